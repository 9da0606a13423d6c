"""Killing a writer at any moment loses no acknowledged case and leaves no half one."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gcrm.store import events, numbers
from gcrm.store import tables as t
from gcrm.store.engine import Store

PLATFORM = Path(events.__file__).resolve().parents[2]
WRITER = """
import datetime as dt, sys
import sqlalchemy as sa
from gcrm.store import events, numbers, tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store

url, party = sys.argv[1], int(sys.argv[2])
store = Store(url, synchronous="FULL")
now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
log = [events.Event("submitted", now), events.Event("accepted", now)]
while True:
    key = new_id()
    with store.write() as writer:
        writer.execute(sa.insert(t.case).values(
            tenant_id=1, id=key, number=None, lookup_code=str(key), app_id="a", release=1,
            item_variant_id=1, root_id=key, mode="real", title="x", applicant_id=party, rev=1,
            **events.project(log).columns()))
        events.write(writer, 1, key, log)
        number = numbers.draw(writer, 1, "EA", 2026)
        writer.execute(sa.update(t.case).where(t.case.c.id == key).values(number=number))
    print(key, number, flush=True)
"""


def test_killed_writers_lose_nothing_acknowledged(store: Store, store_url: str, city: Any) -> None:
    chance = random.Random(11)  # noqa: S311
    acknowledged: list[tuple[int, str]] = []
    for _ in range(3):
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WRITER, store_url, str(city.party)],
            env={"PYTHONPATH": str(PLATFORM)},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 25)):
                key, number = process.stdout.readline().split()
                acknowledged.append((int(key), number))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().splitlines()
        acknowledged += [(int(k), n) for k, n in (line.split() for line in rest if " " in line)]

    with store.write() as writer:  # a new writer goes on where they ended
        following = numbers.draw(writer, 1, "EA", 2026)
    with store.read() as reader:
        found = dict(reader.execute(sa.select(t.case.c.id, t.case.c.number)).all())
        assert list(events.rebuild(reader)) == []
    assert all(found[key] == number for key, number in acknowledged)
    assert len(set(found.values())) == len(found)
    assert following == f"EA-2026-{len(found) + 1:06d}"
