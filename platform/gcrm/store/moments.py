"""A moment: one snapshot for several reads of a thread, opened when the first of them comes.

A page reads in several places: who asks, what is shown, what waits in the corner. Each with a
transaction of its own would show another moment, and beginning, ending and (on PostgreSQL)
asking whether the connection still lives would cost more than the reading.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError


class Moment:
    """The open snapshot of one thread, or none; whoever reads inside of a read shares it too."""

    def __init__(self, reader: Engine) -> None:
        """Open nothing yet."""
        self._reader = reader
        self._connection: Connection | None = None
        self._open = ExitStack()
        self._readers = 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the snapshot, opened if it is not."""
        connection = self._connection
        if connection is None:
            connection = self._connection = self._begin()
        self._readers += 1
        try:
            yield connection
        except (DBAPIError, sqlite3.Error):
            self._connection = None  # what failed is not read from again
            raise
        finally:
            self._readers -= 1
            if self._connection is not connection:
                self.end()

    def end(self) -> None:
        """Let the snapshot go; one that is being read from ends with that reading."""
        self._connection = None
        if not self._readers:
            with suppress(DBAPIError, sqlite3.Error):  # all was read; the pool drops what is dead
                self._open.close()

    def _begin(self) -> Connection:
        connection = self._open.enter_context(self._reader.connect())
        self._open.enter_context(connection.begin())
        return connection
