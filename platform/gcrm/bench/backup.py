"""`gcrm bench backup`: how long an archive of many cases takes while people go on writing.

The cases are the demo's made-up ones; four threads write outbox rows through the fair writer
all the while. The archive is read again whole and put back into an empty place, where its
tables are counted. GCRM_BENCH_DATA names a folder with a city, of which a copy is taken.
"""

import os
import platform
import shutil
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from gcrm import config
from gcrm.assembly import House, build
from gcrm.demo import load, many_cases, read_city
from gcrm.demo.loading import TENANT_ID
from gcrm.store import backups, database, selfcheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id

CASES = 100_000
WRITERS = 4
CHECKED = 10_000  # more cases are not gone through one by one: `gcrm selfcheck` takes its time
ALONE = 3.0
LIMIT = 60.0  # seconds that the design allows


def measure(cases: int | None = None, alone: float = ALONE) -> dict[str, Any]:
    """Make the cases where they are missing, back up under load, restore, check.

    `alone` is how many seconds people write before the backup begins.
    """
    wanted = cases or int(os.environ.get("GCRM_BENCH_CASES", CASES))
    kept = "" if cases else os.environ.get("GCRM_BENCH_DATA", "")
    folder = Path(tempfile.mkdtemp(prefix="gcrm-bench-"))
    try:
        if kept:
            _copy(Path(kept), folder / "data")
        return _measure(folder, wanted, alone)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(kept: Path, to: Path) -> None:
    """Copy a city without disturbing it: SQLite copies its own file, whoever has it open."""
    to.mkdir(parents=True)
    with (
        closing(sqlite3.connect(f"file:{kept / 'gcrm.db'}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(to / "gcrm.db")) as new,
    ):
        old.backup(new)
    shutil.copy2(kept / "master.key", to / "master.key")
    if (kept / "blobs").is_dir():
        shutil.copytree(kept / "blobs", to / "blobs")


def _measure(folder: Path, cases: int, alone: float) -> dict[str, Any]:
    settings = config.load({"GCRM_DATA": str(folder / "data")})
    database.upgrade(settings.database)
    house = build(settings)
    load(house, read_city())
    with house.store.read() as reader:
        known = reader.execute(select(func.count()).select_from(t.case)).scalar_one()
    if known < cases:
        many_cases.make(house, TENANT_ID, cases - known)
    load_made = _Load(house)
    before = load_made.rate(alone)
    archive = folder / "backup.tar"
    with load_made:
        began = time.perf_counter()
        backups.backup(
            settings.database, settings.data / "blobs", archive, settings.master_key, house.now()
        )
        seconds = time.perf_counter() - began
    during = load_made.written / max(seconds, 0.001)
    with house.store.read() as reader:
        before_it = _rows(reader)
    house.close()
    began = time.perf_counter()
    there = folder / "there"
    url = f"sqlite:///{there / 'gcrm.db'}"
    backups.restore(archive, url, there / "blobs", settings.master_key)
    restoring = time.perf_counter() - began
    again = build(
        config.load(
            {
                "GCRM_DATA": str(there),
                "GCRM_MASTER_KEY_FILE": str(settings.data / "master.key"),
            }
        )
    )
    with again.store.read() as reader:
        after_it = _rows(reader)
        found = selfcheck.check(reader) if cases <= CHECKED else None
    again.close()
    return {
        "name": "backup",
        "ratios": {
            "of_the_time_allowed": round(seconds / LIMIT, 3),
            "writes_during_to_before": round(during / before, 2),
            "cases_restored_to_kept": after_it["case"] / before_it["case"],
        },
        "figures": {
            "cases": before_it["case"],
            "rows": sum(before_it.values()),
            "tables_that_differ": sum(after_it[name] != count for name, count in before_it.items()),
            "backup_seconds": round(seconds, 2),
            "restore_seconds": round(restoring, 2),
            "archive_megabytes": round(archive.stat().st_size / 1e6, 1),
            "writes_a_second_during": round(during),
            "writes_a_second_before": round(before),
            "longest_write_ms": round(load_made.longest * 1000),
            "findings_after_restore": "not asked" if found is None else len(found),
        },
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    }


def _rows(reader: Connection) -> dict[str, int]:
    """Count the rows of each table but the one that is written all the while."""
    return {
        table.name: reader.execute(select(func.count()).select_from(table)).scalar_one()
        for table in t.case.metadata.sorted_tables
        if table is not t.outbox
    }


class _Load:
    """Threads that write one row after the other while the block runs."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self.written = 0
        self.longest = 0.0

    def rate(self, seconds: float) -> float:
        """Measure how much is written without a backup."""
        with self:
            self._over.wait(seconds)
        return max(self.written / seconds, 1.0)

    def __enter__(self) -> None:
        self.written, self.longest = 0, 0.0
        self._over.clear()
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            now = self._house.now()
            row = {
                "tenant_id": TENANT_ID, "id": new_id(), "topic": "bench", "payload": {},
                "created_at": now, "applied_at": now,
            }  # fmt: skip
            with self._house.store.write() as writer:
                writer.execute(insert(t.outbox), row)
            with self._guard:
                self.written += 1
                self.longest = max(self.longest, time.perf_counter() - began)
