"""SQLite's log is moved into the database beside the writer: no commit makes others wait."""

import datetime as dt
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from gcrm.runtime.jobs import Worker
from gcrm.store import tables as t
from gcrm.store.engine import Store
from tests.gcrm.store.test_engine import NOW, tenant

MANY = 4_000  # rows of a kilobyte: some two thousand pages of the log

only_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@only_sqlite
def test_a_commit_leaves_the_log_and_a_checkpoint_moves_it(store: Store, tmp_path: Path) -> None:
    with store.write() as writer:
        writer.execute(
            sa.insert(t.tenant),
            [tenant(number) | {"name": "云" * 300} for number in range(1, MANY)],
        )
    before = _alone(store, tmp_path / "before.db")

    with store.read() as reader:  # somebody reads meanwhile
        reader.scalar(sa.select(t.tenant.c.id).limit(1))
        store.checkpoint()

    assert (before, _alone(store, tmp_path / "after.db")) == (0, MANY - 1)


@only_sqlite
def test_a_checkpoint_does_not_wait_for_the_writer(store: Store) -> None:
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), tenant())
        store.checkpoint()

    with store.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(t.tenant)) == 1


def test_the_worker_moves_the_log_once_a_second() -> None:
    place = _Place()
    worker = Worker(place)  # type: ignore[arg-type]

    for milliseconds in (0, 400, 900, 1_000, 1_500):
        place.at = NOW + dt.timedelta(milliseconds=milliseconds)
        worker.move_log()

    assert place.moved == [NOW, NOW + dt.timedelta(seconds=1)]


class _Place:
    """A house with nothing but a clock and a log."""

    def __init__(self) -> None:
        self.at = NOW
        self.moved: list[dt.datetime] = []

    @property
    def store(self) -> "_Place":
        return self

    def now(self) -> dt.datetime:
        return self.at

    def checkpoint(self) -> None:
        self.moved.append(self.at)


def _alone(store: Store, copy: Path) -> int:
    """Count the tenants that the database file holds without its log."""
    assert store.file is not None
    shutil.copy(store.file, copy)
    with sqlite3.connect(copy) as connection:
        count: int = connection.execute("SELECT count(*) FROM tenant").fetchone()[0]
    connection.close()
    return count
