"""Rows put by statements that are kept: compiled once, then handed to the driver.

Executing a statement, SQLAlchemy finds its text, its parameters' names, their defaults and what
it will return. For a statement that puts a whole row the answer never changes, and finding it
takes twice the time that SQLite takes for the row; a submit puts eleven.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Delete, Dialect, Insert, Table, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

KEPT = 1000

Kept = Insert | Update | Delete
Convert = Callable[[Any], Any]


def put_rows(writer: Connection, into: Table | Kept, rows: Sequence[Mapping[str, Any]]) -> int:
    """Put, change or remove rows by one statement; give how many it met, 0 for none.

    `into` is a table to insert into, or a statement that the caller keeps and that returns
    nothing. The keys of the first row are the columns, or the statement's own
    parameters, that all rows give. Raises KeyError where a row lacks one, ValueError where the
    statement needs more, and SQLAlchemy's errors as its own execution does.
    """
    if not rows:
        return 0
    place = (into, writer.dialect.name, tuple(rows[0]))
    text = _TEXTS.get(place)
    if text is None:
        text = _TEXTS[place] = _Text(into, writer.dialect, list(rows[0]))
    values = [text.values(row) for row in rows]
    return writer.exec_driver_sql(text.sql, values if len(values) > 1 else values[0]).rowcount


class _Text:
    """The SQL on one kind of database, and how a row becomes what its driver takes."""

    def __init__(self, into: Table | Kept, dialect: Dialect, keys: list[str]) -> None:
        statement = sa.insert(into) if isinstance(into, Table) else into
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params:
            raise ValueError("Only a statement of fixed text is kept.")
        self.sql = compiled.string
        self._named = not compiled.positional
        self._steps: list[tuple[str, Convert | None]] = []
        self._fixed: dict[str, Any] = {}
        given = frozenset(keys)
        for name in compiled.positiontup or compiled.binds:
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if name in given:
                self._steps.append((name, convert))
            elif bind.required:
                raise ValueError(f'The rows do not give "{name}".')
            else:
                value = bind.effective_value
                self._steps.append((name, _always(convert(value) if convert else value)))
                self._fixed[name] = None

    def values(self, row: Mapping[str, Any]) -> Any:
        """Give a row's values in the driver's own types."""
        whole = {**self._fixed, **row} if self._fixed else row
        if self._named:
            return {
                name: whole[name] if convert is None else convert(whole[name])
                for name, convert in self._steps
            }
        return tuple(
            [
                whole[name] if convert is None else convert(whole[name])
                for name, convert in self._steps
            ]
        )


def _always(value: Any) -> Convert:
    return lambda _unused: value


_TEXTS: LRUCache[Any, _Text] = LRUCache(KEPT)
