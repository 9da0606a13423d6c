"""Tables: the numbers of a tile as rows, before they are drawn, mailed or written to Excel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app_definitions.sheets import Cell, Sheet
from report_engine.numbers import Format, show
from report_engine.words import NOTHING, short

Value = str | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension, whose values are codes or lengths of time, or a measure, a number.

    `labels` says what people read for a code.
    """

    id: str
    label: str
    kind: str
    format: Format = field(default_factory=Format)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, dimensions first, and rows in the order in which they are shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def dimensions(self) -> tuple[Column, ...]:
        """List the columns that split."""
        return tuple(column for column in self.columns if column.kind == "dimension")

    @property
    def measures(self) -> tuple[Column, ...]:
        """List the columns that count."""
        return tuple(column for column in self.columns if column.kind == "measure")

    def sheet(self, name: str, locale: str) -> Sheet:
        """Give the table as a sheet: labels for codes, numbers as numbers."""
        rows = tuple(
            tuple(Cell(self._value(at, value, locale)) for at, value in enumerate(row))
            for row in self.rows
        )
        return Sheet(name, tuple(column.label for column in self.columns), rows)

    def _value(self, at: int, value: Value, locale: str) -> Value:
        column = self.columns[at]
        return value if column.kind == "measure" else label_of(column, value, locale)


def label_of(column: Column, value: Value, locale: str) -> str:
    """Say a value of a dimension as people read it."""
    if value is None or value == "":
        return NOTHING[short(locale)]
    if isinstance(value, Decimal):
        return show(value, column.format, locale)
    return column.labels.get(value, value)
