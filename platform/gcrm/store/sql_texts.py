"""The SQL that statements compile to: kept once a process, for all stores of one kind."""

from typing import Any

from sqlalchemy.util import LRUCache

KEPT = 2000
"""Statements of the whole platform and those of apps in use; SQLAlchemy's 500 an engine is less."""


class SqlTexts(LRUCache[Any, Any]):
    """SQLAlchemy's compiled statements by kind of database instead of by engine.

    A store has an engine for readers and one for writers, and backup, check and tests open
    stores of their own: each would compile every statement again, some milliseconds each.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Give what a statement was compiled to, by any engine."""
        return super().get(_common(key), default)

    def __getitem__(self, key: Any) -> Any:
        """Give what a statement was compiled to, by any engine."""
        return super().__getitem__(_common(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep what a statement was compiled to."""
        super().__setitem__(_common(key), value)


def _common(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Name the dialect instead of the engine's own copy of it."""
    dialect = key[0]
    return (dialect.name, dialect.server_version_info, *key[1:])


SQL_TEXTS = SqlTexts(KEPT)
