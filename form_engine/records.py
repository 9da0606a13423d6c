"""Record columns: what of a form's answers is listed, filtered, sorted and counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from form_engine.field import Field, RecordKind, RecordShape

DERIVED_SCALE = 6
_KINDS: Mapping[str, RecordShape] = {
    "string": RecordShape("text"),
    "number": RecordShape("decimal", DERIVED_SCALE),
    "boolean": RecordShape("boolean"),
    "date": RecordShape("date"),
    "date and time": RecordShape("moment"),
}


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column: its id (of a field or a derived fact), its kind, and its sub-table or ""."""

    id: str
    kind: RecordKind
    scale: int | None = None
    subtable: str = ""


def columns_of(fields: Iterable[Field]) -> tuple[RecordColumn, ...]:
    """List the columns that fields fill, in their order, each followed by its derived facts."""
    found: list[RecordColumn] = []
    for field in fields:
        found += _column(field, "")
        for name, expression in field.derived:
            shape = _KINDS.get(expression.type.name)
            if shape is not None:
                found.append(RecordColumn(name, shape.kind, shape.scale))
        if field.recorded:
            found += [one for column in field.columns for one in _column(column, field.id)]
    return tuple(found)


def _column(field: Field, subtable: str) -> list[RecordColumn]:
    shape = field.type.record(field) if field.recorded else None
    return [RecordColumn(field.id, shape.kind, shape.scale, subtable)] if shape else []


def record_values(
    columns: Iterable[RecordColumn], fields: Iterable[Field], inputs: Mapping[str, object]
) -> dict[str, Any]:
    """Give what goes into the columns. A column without a value gets None.

    Rows of a sub-table stand under its id, as a list of columns to values.
    """
    by_id = {field.id: field for field in fields}
    values: dict[str, Any] = {}
    for column in columns:
        if column.subtable:
            values.setdefault(column.subtable, _rows(by_id[column.subtable], inputs))
            continue
        field = by_id.get(column.id)
        value = inputs.get(column.id)
        if field is not None and value is not None:
            value = field.type.record_value(value, field)
        values[column.id] = _fitting(value, column)
    return values


def _rows(field: Field, inputs: Mapping[str, object]) -> list[dict[str, Any]]:
    rows = inputs.get(field.id)
    kept = [
        (column, RecordColumn(column.id, shape.kind, shape.scale))
        for column in field.columns
        if column.recorded and (shape := column.type.record(column)) is not None
    ]
    return [
        {
            column.id: _fitting(column.type.record_value(row.get(column.id), column), place)
            for column, place in kept
        }
        for row in (rows if isinstance(rows, list) else [])
    ]


def _fitting(value: object, column: RecordColumn) -> object:
    if not isinstance(value, Decimal):
        return value
    if column.kind == "whole":
        return int(value)
    return value.quantize(Decimal(1).scaleb(-(column.scale or 0)))
