"""Sheets: rows and cells that engines hand to each other, whoever reads or writes Excel."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

Value = str | Decimal | bool | dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, a note for the reader, and the values allowed here (empty: any)."""

    value: Value
    note: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table: the heads of its columns, then its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
