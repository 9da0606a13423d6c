"""Decision tables as sheets and back: staff fill rows in Excel, codes stay codes.

The first column holds the rows' ids and the last one the article of law; a cell of a column
with options shows the option's label. Nothing but the rows is read back.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app_definitions import ids
from app_definitions.decision import Choice, Row, Table
from app_definitions.problem import Problem, Problems, error
from app_definitions.sheets import Cell, Sheet
from rule_engine import tree
from rule_engine.lexer import quoted
from rule_engine.names import Names
from rule_engine.numeric import plain
from rule_engine.parser import parse_expression
from rule_engine.show import iso

HEADS: Mapping[str, tuple[str, str]] = {
    "zh": ("编号", "依据"),
    "en": ("ID", "Source"),
}
MAX_ROWS = 10_000
_MADE = re.compile(r"r(\d+)")


def to_sheet(table: Table, name: str, locale: str = "zh-CN") -> Sheet:
    """Write the rows of a table."""
    first, last = _heads(locale)
    columns = (
        first,
        *(column.label for column in table.inputs),
        *(column.label for column in table.outputs),
        last,
    )
    offered = [column.options for column in table.inputs]
    offered += [column.options for column in table.outputs]
    rows = []
    for row in table.rows:
        texts = (*row.inputs, *row.outputs)
        cells = [Cell(row.id)]
        for options, text in zip(offered, texts, strict=True):
            choices = tuple(option.label for option in options)
            cells.append(Cell(_shown(text, options), choices=choices))
        cells.append(Cell(row.source))
        rows.append(tuple(cells))
    return Sheet(name, columns, tuple(rows))


def from_sheet(
    sheet: Sheet, table: Table, *, path: str = "", locale: str = "zh-CN"
) -> tuple[tuple[Row, ...], Problems]:
    """Read rows for a table; columns are found by their heads, new rows get new ids."""
    first, last = _heads(locale)
    places = {head.strip(): at for at, head in enumerate(sheet.columns)}
    labels = [column.label for column in table.inputs]
    labels += [column.label for column in table.outputs]
    problems: list[Problem] = [
        error(path, "sheet_column_missing", column=label) for label in labels if label not in places
    ]
    if len(sheet.rows) > MAX_ROWS:
        problems.append(error(path, "sheet_too_long", rows=len(sheet.rows), most=MAX_ROWS))
    if problems:
        return (), tuple(problems)
    taken = {row.id for row in table.rows}
    seen: set[str] = set()
    rows = []
    for number, cells in enumerate(sheet.rows, start=2):
        values = {head: cells[at].value if at < len(cells) else None for head, at in places.items()}
        if not any(value not in (None, "") for value in values.values()):
            continue
        row_id = str(values.get(first) or "").strip()
        if row_id and (not ids.is_id(row_id) or row_id in seen):
            problems.append(error(path, "sheet_bad_id", row=number, id=row_id))
            continue
        row_id = row_id or _new_id(taken | seen)
        seen.add(row_id)
        rows.append(
            Row(
                row_id,
                tuple(_stored(values[c.label], c.options, "-") for c in table.inputs),
                tuple(_stored(values[c.label], c.options, "null") for c in table.outputs),
                str(values.get(last) or "").strip(),
            )
        )
    return (() if problems else tuple(rows)), tuple(problems)


def _heads(locale: str) -> tuple[str, str]:
    return HEADS["zh" if locale.lower().startswith("zh") else "en"]


def _shown(text: str, options: tuple[Choice, ...]) -> str:
    """Write a cell: a plain text without quotes where it is an option."""
    code = _plain_text(text)
    return next((option.label for option in options if option.code == code), text)


def _plain_text(text: str) -> str | None:
    node, faults = parse_expression(text, Names())
    return node.value if not faults and isinstance(node, tree.StringLiteral) else None


def _stored(value: Any, options: tuple[Choice, ...], empty: str) -> str:
    """Read a cell as FEEL text."""
    if value is None or value == "":
        return empty
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if not isinstance(value, str):
        return f"@{quoted(iso(value))}"
    text = value.strip()
    code = next((o.code for o in options if text in (o.label, o.code)), None)
    return text if code is None else quoted(code)


def _new_id(taken: set[str]) -> str:
    numbers = [int(found[1]) for name in taken if (found := _MADE.fullmatch(name))]
    return f"r{max(numbers, default=0) + 1}"
