"""The tables in the database are the tables in the code, on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DatabaseError

from gcrm.store import database, records
from gcrm.store.columns import metadata
from gcrm.store.engine import Store
from gcrm.store.records import Field, Shape

ROOT = Path(__file__).resolve().parents[3]


def test_autogenerate_finds_no_difference(store: Store) -> None:
    with store.write() as writer:
        context = MigrationContext.configure(
            writer,
            opts={
                "compare_type": True,
                "target_metadata": metadata,
                "include_name": lambda name, _kind, _parents: not _is_full_text(name),
            },
        )
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_the_database_has_the_newest_revision(store: Store) -> None:
    with store.read() as reader:
        assert database.revision(reader) == database.newest()


def test_an_upgrade_of_the_newest_changes_nothing(store: Store, store_url: str) -> None:
    database.upgrade(store_url)

    with store.read() as reader:
        assert database.revision(reader) == database.newest()


def test_a_downgrade_leaves_nothing_and_an_upgrade_brings_all_back(store: Store) -> None:
    with store.write() as writer:
        config = database.configuration()
        config.attributes["connection"] = writer
        command.downgrade(config, "base")
        assert sa.inspect(writer).get_table_names() == ["alembic_version"]
        database.upgrade_through(writer)

    with store.read() as reader:
        found = {name for name in sa.inspect(reader).get_table_names() if not _is_full_text(name)}

    assert found == {"alembic_version", *metadata.tables}


def _is_full_text(name: str | None) -> bool:
    """Say whether a table is the full-text index, which each database has in its own way."""
    return (name or "").startswith("service_fts")


def test_record_tables_are_no_difference(store: Store) -> None:
    shape = Shape("main", "", (Field("name", "text"),))
    with store.write() as writer:
        assert records.create_or_widen(writer, 1, "elder", 1, [shape])
        config = database.configuration()
        config.attributes["connection"] = writer
        command.check(config)  # raises where autogenerate would write something


def test_alembic_works_from_setup_cfg(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", "-c", "setup.cfg", "upgrade", "head"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={"GCRM_DATA": str(tmp_path), "PATH": "/usr/bin"},
    )

    assert (tmp_path / "gcrm.db").exists()


@pytest.mark.parametrize("table", ["audit", "audit_seal"])
def test_the_database_refuses_to_change_what_was_recorded(store: Store, table: str) -> None:
    values = {
        "audit": "(tenant_id, id, chain, seq, at, action, subject, data, hash) "
        "VALUES (1, 1, 'tenant', 1, '2026-11-24 00:00:00', 'a', 's', '{}', :hash)",
        "audit_seal": "(tenant_id, seq, at, rows, entries, hash) "
        "VALUES (1, 1, '2026-11-24 00:00:00', 1, '[]', :hash)",
    }[table]
    with store.write() as writer:
        writer.execute(sa.text(f"INSERT INTO {table} {values}"), {"hash": b"\0" * 32})

    for statement in (f"UPDATE {table} SET hash = :hash", f"DELETE FROM {table}"):  # noqa: S608
        parameters = {"hash": b"\1" * 32} if ":hash" in statement else {}
        with pytest.raises(DatabaseError, match="append-only"), store.write() as writer:
            writer.execute(sa.text(statement), parameters)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old program goes on with it, as the installer says."""

    def broken(_connection: sa.Connection) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(database.statistics, "write", broken)

    with pytest.raises(OSError, match="No space left"):
        database.upgrade(f"sqlite:///{tmp_path / 'gcrm.db'}")

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'gcrm.db'}")
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
