"""The two databases as SQLAlchemy speaks to them: each execution is heard, SQLite begins at once.

Listeners of the engine's events could do both. But with a single one SQLAlchemy goes through
the lists of four more events at each statement, which is a third of what a statement costs.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect


def _unheard() -> None:
    """Nobody counts."""


class _Heard(DefaultDialect):
    """Tells each execution of a statement; `heard` may be replaced."""

    heard: Callable[[], None] = staticmethod(_unheard)

    def initialize(self, connection: Any) -> None:
        """Ask a new database who it is, which is no statement of ours."""
        heard, self.heard = self.heard, _unheard
        super().initialize(connection)
        self.heard = heard

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """Execute, and let it be heard."""
        self.heard()
        cursor.execute(statement, parameters)

    def do_executemany(
        self, cursor: Any, statement: Any, parameters: Any, context: Any = None
    ) -> None:
        """Execute with many rows, which is one execution."""
        self.heard()
        cursor.executemany(statement, parameters)


class Sqlite(_Heard, SQLiteDialect_pysqlite):
    """SQLite whose transactions begin as the engine wants, and not by the driver."""

    supports_statement_cache = True
    begin = "BEGIN"

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin a transaction."""
        dbapi_connection.execute(self.begin)


class Postgresql(_Heard, PGDialect_psycopg):
    """PostgreSQL through psycopg 3."""

    supports_statement_cache = True


DRIVER = "gcrm"
"""What stands behind the plus in the addresses of the store's own engines."""

registry.register(f"sqlite.{DRIVER}", __name__, "Sqlite")
registry.register(f"postgresql.{DRIVER}", __name__, "Postgresql")
