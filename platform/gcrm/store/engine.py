"""The store: one writer and many readers over SQLite, or a pool over PostgreSQL."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from gcrm.store.dialects import DRIVER, Postgresql, Sqlite
from gcrm.store.errors import StaleError, StoreAwayError, StoreBusyError, StoreError
from gcrm.store.moments import Moment
from gcrm.store.sql_texts import SQL_TEXTS
from gcrm.store.writer import FairLock

Synchronous = Literal["FULL", "NORMAL", "EXTRA"]
Dialect = Literal["sqlite", "postgresql"]

GIVEN_UP = frozenset({"40001", "40P01"})  # serialisation failure, deadlock
AWAY = frozenset(  # the low byte of SQLite's code: no room, cannot read, write, open
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)
LOG_PAGES = 10_000  # of SQLite's log, after which a commit itself moves them into the database
BUSY_MS = 5_000  # another process (backup, check) may hold SQLite's own lock for a moment


class Store:
    """Where everything is kept. `read` and `write` are the only doors; nobody else commits."""

    def __init__(
        self,
        url: str,
        *,
        synchronous: Synchronous = "FULL",
        readers: int = 16,
        writers: int = 8,
        prepare_threshold: int | None = 5,
        wait: float = 30.0,
    ) -> None:
        """Open the store; the tables must be there (`database.upgrade`).

        `synchronous` is SQLite's: FULL survives a power cut, NORMAL only a killed
        process. `readers` and `writers` are the most connections of each kind.
        `prepare_threshold` None is for PgBouncer in transaction mode. `wait` is how
        many seconds a writer waits for its turn; `waited` hears how long each did.
        """
        self.url = url_of(url)
        self.dialect: Dialect = (
            "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"
        )
        self._local = threading.local()
        self._lock: FairLock | None = None
        self._wait = wait
        self.waited: Callable[[float], None] = _unheard
        if self.dialect == "sqlite":
            self._lock = FairLock()
            self._writer = _sqlite(self.url, "IMMEDIATE", 1, synchronous)
            self._reader = _sqlite(self.url, "DEFERRED", readers, synchronous)
        else:
            self._writer = _postgresql(self.url, False, writers, prepare_threshold, wait)
            self._reader = _postgresql(self.url, True, readers, prepare_threshold, wait)
        for engine in (self._writer, self._reader):
            cast(Sqlite | Postgresql, engine.dialect).heard = self._count

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that reads one snapshot and cannot write.

        Within `moment` it is the snapshot that this thread has open already. Raises
        StoreAwayError where the database cannot be read now.
        """
        shared: Moment | None = getattr(self._local, "moment", None)
        try:
            if shared is None:
                with self._reader.connect() as connection, connection.begin():
                    yield connection
            else:
                with shared.reading() as connection:
                    yield connection
        except (DBAPIError, sqlite3.Error, PoolTimeoutError) as error:
            told = _translated(error)
            if told is None:
                raise
            raise told from error

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Let the reads of this thread share one snapshot: a page shows one moment.

        After a write of this thread the next read begins a new one, which sees it.
        """
        if getattr(self._local, "moment", None) is not None:
            yield
            return
        shared = self._local.moment = Moment(self._reader)
        try:
            yield
        finally:
            self._local.moment = None
            shared.end()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the writing connection for one transaction; commit it at the end.

        An exception rolls everything back. Nothing slow belongs in here: no network,
        no hashing, no rendering (`holding` lets a test see to it). Raises StaleError where
        PostgreSQL gave up on a deadlock: prepare again; StoreBusyError where the writer was
        not free in time, StoreAwayError where nothing can be written now.
        """
        if self.holding():
            raise StoreError("This thread holds the writer already; write in one transaction.")
        shared: Moment | None = getattr(self._local, "moment", None)
        if shared is not None:
            shared.end()
        began = time.perf_counter()
        if self._lock is not None:
            self._lock.acquire(self._wait)
        self._local.holding = True
        try:
            with self._writer.connect() as connection, connection.begin():
                self.waited(time.perf_counter() - began)
                yield connection
        except (DBAPIError, sqlite3.Error, PoolTimeoutError) as error:
            told = _translated(error)
            if told is None:
                raise
            raise told from error
        finally:
            self._local.holding = False
            if self._lock is not None:
                self._lock.release()

    def holding(self) -> bool:
        """Say whether this thread is inside `write`."""
        return bool(getattr(self._local, "holding", False))

    def statements(self) -> int:
        """Count the cursor executions of this thread so far; BEGIN and COMMIT do not count."""
        return int(getattr(self._local, "statements", 0))

    def checkpoint(self) -> None:
        """Move what SQLite's log holds into the database, beside readers and the writer.

        Else every sixteenth commit or so would do it while it holds the writer, and all who
        wait would wait for the disk. On PostgreSQL the server sees to this itself.
        """
        if self.dialect != "sqlite":
            return
        connection = self._reader.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        except sqlite3.Error as error:
            told = _translated(error)
            if told is None:
                raise
            raise told from error
        finally:
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()

    @property
    def file(self) -> Path | None:
        """The database file of SQLite, or None."""
        return Path(self.url.database or "") if self.dialect == "sqlite" else None

    def _count(self) -> None:
        self._local.statements = getattr(self._local, "statements", 0) + 1


def _unheard(_seconds: float) -> None:
    """Nobody measures."""


def url_of(text: str) -> URL:
    """Read a database address; PostgreSQL is always spoken to through psycopg 3.

    Raises StoreError for any other database, and for SQLite in memory, which two
    connections cannot share.
    """
    url = make_url(text)
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StoreError(
                "SQLite in memory has no readers; name a file: sqlite:////path/gcrm.db"
            )
        return url
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(f'"{backend}" is not supported; use sqlite or postgresql.')


def _translated(error: Exception) -> StoreError | None:
    """Say in the store's own words what a caller can do something about."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError("No connection to the database was free in time.")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) in GIVEN_UP:
        return StaleError("The database gave this transaction up for another one.")
    code = getattr(cause, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_BUSY:
        return StoreBusyError("Another process holds the database.")
    if code is not None:
        return StoreAwayError(f"SQLite cannot go on: {cause}.") if code & 0xFF in AWAY else None
    if isinstance(error, OperationalError | InterfaceError):
        return StoreAwayError("The database server is away, full or read-only.")
    return None


def dump_json(value: Any) -> str:
    """Write JSON as it is stored: compact, Chinese as it is."""
    return _JSON.encode(value)


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps makes it anew


def _sqlite(url: URL, begin: str, size: int, synchronous: Synchronous) -> Engine:
    engine = create_engine(
        url.set(drivername=f"sqlite+{DRIVER}"),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        json_serializer=dump_json,
        hide_parameters=True,  # an error's text must not quote what people wrote
        connect_args={"check_same_thread": False},
        execution_options={"compiled_cache": SQL_TEXTS},
    )
    cast(Sqlite, engine.dialect).begin = f"BEGIN {begin}"
    writes = begin == "IMMEDIATE"

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # None: the driver begins nothing by itself; the dialect does. Without BEGIN
        # IMMEDIATE two writers fail with "database is locked" in spite of the timeout.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")  # no work where it is so already
        if writes:
            cursor.execute(f"PRAGMA synchronous = {synchronous}")
            cursor.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not writes:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    return engine


def _postgresql(
    url: URL, read_only: bool, size: int, prepare_threshold: int | None, wait: float
) -> Engine:
    engine = create_engine(
        url.set(drivername=f"postgresql+{DRIVER}"),
        pool_size=min(size, 5),
        max_overflow=max(size - 5, 0),
        pool_timeout=wait,
        json_serializer=dump_json,
        hide_parameters=True,
        pool_pre_ping=True,  # a connection that died with a restarted server is replaced
        isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
        connect_args={"prepare_threshold": prepare_threshold},
        execution_options={"compiled_cache": SQL_TEXTS},
    )
    if read_only:

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.read_only = True

    return engine
