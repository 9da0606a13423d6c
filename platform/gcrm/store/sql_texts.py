"""The SQL that statements compile to: kept once a process, for all stores of one kind."""

from typing import Any

from sqlalchemy.util import LRUCache

KEPT = 2000
"""Statements of the whole platform and those of apps in use; SQLAlchemy's 500 an engine is less."""

SAME = 500
"""So many of them are found by their key object; statements built for one call come here too."""


class SqlTexts(LRUCache[Any, Any]):
    """SQLAlchemy's compiled statements by kind of database instead of by engine.

    A store has an engine for readers and one for writers, and backup, check and tests open
    stores of their own: each would compile every statement again, some milliseconds each.

    A statement that is kept and executed again brings the same key object each time. It is
    found by that object: a key is a deep tuple, and hashing it takes up to 50 µs a call.
    """

    def __init__(self, capacity: int) -> None:
        """Keep so many statements."""
        super().__init__(capacity)
        self._same: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        """Give what a statement was compiled to, by any engine."""
        dialect, said = key[0], key[1]
        place = (dialect.name, dialect.server_version_info, id(said), key[2:])
        same = self._same.get(place)
        if same is not None:
            return same[1]
        found = super().get(_common(key), default)
        if found is not None:
            if len(self._same) >= SAME:
                self._same.clear()
            self._same[place] = (said, found)  # with the key itself: so its id stays its own
        return found

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
