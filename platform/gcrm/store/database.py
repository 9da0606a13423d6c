"""Bring the tables to the newest form (alembic), and tell which form they have."""

import importlib.util
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event

from gcrm.store import statistics
from gcrm.store.engine import url_of
from gcrm.store.record_changes import bring_along


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest form; make it where there is none.

    SQLite gets its folder made. The server must be stopped. All or nothing: where a step
    fails, the database is as it was and the old program goes on with it.
    """
    address = url_of(url)
    if address.get_backend_name() == "sqlite":
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    if engine.dialect.name == "sqlite":
        _begin_before_ddl(engine)
    try:
        with engine.begin() as connection:
            upgrade_through(connection)
        if engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(address.database or "")) as plain:
                plain.execute("PRAGMA journal_mode = WAL")  # never inside a transaction
    finally:
        engine.dispose()


def _begin_before_ddl(engine: Engine) -> None:
    """Let SQLite's driver begin where we do: by itself it begins at the first INSERT only."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def upgrade_through(connection: Connection) -> None:
    """Bring the database behind an open connection to the newest form, record tables too."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    bring_along(connection)
    statistics.write(connection)


def revision(connection: Connection) -> str | None:
    """Tell the revision of the database, None where there are no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


@cache  # alembic reads and runs every revision for it
def newest() -> str | None:
    """Tell the revision that this program needs."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def revisions() -> frozenset[str]:
    """Tell all revisions that this program knows."""
    scripts = ScriptDirectory.from_config(configuration())
    return frozenset(script.revision for script in scripts.walk_revisions())


def configuration() -> Config:
    """Make alembic's configuration: from the installed package, or from the checkout."""
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _folder() -> Path:
    spec = importlib.util.find_spec("gcrm.migrations")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(__file__).resolve().parents[3] / "migrations"
