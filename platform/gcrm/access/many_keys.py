"""Comparing a column with a set of keys of any size: past a limit the set travels as one value.

A province has tens of thousands of communities; SQLite takes 32,766 parameters a
statement, PostgreSQL 65,535.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    False_,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean

LIMIT = 1_000


def among(column: ColumnElement[Any] | None, values: Collection[Any]) -> ColumnElement[bool]:
    """Compare with a set; two-valued, and still a condition that an index serves."""
    if column is None or not values:
        return false()
    if len(values) == 1:
        return and_(column.is_not(None), column == next(iter(values)))
    if len(values) > LIMIT:
        return and_(column.is_not(None), _Many(column, sorted(values)))
    return and_(column.is_not(None), column.in_(sorted(values)))


def any_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Join with OR, without those that never hold: one of them keeps indexes from serving."""
    kept = [each for each in conditions if not isinstance(each, False_)]
    return or_(*kept) if kept else false()


class _Many(ColumnElement[bool]):
    """`column IN (…)` with the values as one JSON array; written in each database's words."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], values: list[Any]) -> None:
        self.column = column
        self.whole = isinstance(values[0], int)
        self.array = bindparam(None, json.dumps(values), type_=Text, unique=True)


@compiles(_Many, "sqlite")
def _sqlite(element: _Many, compiler: SQLCompiler, **how: Any) -> str:
    column = compiler.process(element.column, **how)
    array = compiler.process(element.array, **how)  # a bound parameter, as the column is a name
    return f"{column} IN (SELECT value FROM json_each({array}))"  # noqa: S608


@compiles(_Many, "postgresql")
def _postgresql(element: _Many, compiler: SQLCompiler, **how: Any) -> str:
    text = func.jsonb_array_elements_text(cast(element.array, JSONB))
    values = cast(text, BigInteger) if element.whole else text
    column = compiler.process(element.column, **how)
    return f"{column} IN ({compiler.process(select(values), **how)})"
