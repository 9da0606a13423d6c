"""The worker's lock: of several worker processes on PostgreSQL one does what is done once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gcrm.store.engine import Store

NUMBER = 0x6763726D  # "gcrm"


@contextmanager
def alone(store: Store) -> Iterator[Callable[[], bool]]:
    """Try to hold the installation's worker lock; gives a question whether it is (still) held.

    SQLite has one process anyway. On PostgreSQL it is an advisory lock of a connection of
    its own, outside of any transaction: it goes with the process, however that ends. So a
    worker needs the server's own address, not PgBouncer's in transaction mode.
    """
    if store.dialect == "sqlite":
        yield _always
        return
    engine = sa.create_engine(store.url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
    try:
        connection = _connect(engine)
        held = connection is not None and bool(
            connection.scalar(sa.select(sa.func.pg_try_advisory_lock(NUMBER)))
        )

        def still() -> bool:
            try:
                return held and connection is not None and connection.scalar(sa.select(1)) == 1
            except DBAPIError:
                return False

        yield still
        if connection is not None:
            connection.close()
    finally:
        engine.dispose()


def is_held(reader: sa.Connection) -> bool:
    """Say whether some worker of this PostgreSQL installation holds the lock now."""
    found = reader.execute(
        sa.text(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = :number AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        {"number": NUMBER},
    )
    return found.first() is not None


def _always() -> bool:
    return True


def _connect(engine: sa.Engine) -> sa.Connection | None:
    """Connect, or give nothing where the server is away: the worker tries again."""
    try:
        return engine.connect()
    except DBAPIError:
        return None
