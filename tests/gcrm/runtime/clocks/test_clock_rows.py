"""Clocks in the store: what is written is read again, with its suspensions."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Connection

from gcrm.runtime import clock_rows, clocks
from gcrm.runtime.calendars import shipped_calendar
from gcrm.runtime.clocks import Clock, Term
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store

CALENDAR = shipped_calendar()
NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def case(store: Store) -> int:
    key = new_id()
    row: dict[str, Any] = {
        "tenant_id": 1, "id": key, "lookup_code": "c", "app_id": "a", "release": 1,
        "item_variant_id": 1, "root_id": key, "mode": "real", "title": "t", "applicant_id": 1,
        "state": "accepted", "events": 0, "rev": 1,
    }  # fmt: skip
    with store.write() as writer:
        writer.execute(t.case.insert(), row)
    return key


def _two(case: int) -> list[Clock]:
    return [
        clocks.start(new_id(), case, "statutory", Term(20, "wd"), NOW, CALENDAR),
        clocks.start(new_id(), case, "promised", Term(10, "wd"), NOW, CALENDAR),
    ]


def _insert(writer: Connection, started: list[Clock]) -> None:
    writer.execute(t.clock.insert(), [clock_rows.values_of(1, clock) for clock in started])


def test_a_clock_goes_through_the_store_unchanged(store: Store, case: int) -> None:
    started = _two(case)
    with store.write() as writer:
        _insert(writer, started)
    with store.read() as reader:
        before = store.statements()
        found = clock_rows.clocks_of_case(reader, 1, case)
        assert store.statements() - before == 1

    assert sorted(found, key=lambda each: each.id) == sorted(started, key=lambda each: each.id)


def test_suspending_resuming_and_stopping_are_kept(store: Store, case: int) -> None:
    later = NOW + dt.timedelta(days=7)
    with store.write() as writer:
        _insert(writer, _two(case))
    with store.write() as writer:
        running = clock_rows.clocks_of_case(writer, 1, case)
        suspended = clock_rows.suspend_clocks(writer, 1, running, "correction", "等材料", NOW, 15)
    with store.read() as reader:
        assert clock_rows.clocks_of_case(reader, 1, case) == suspended
    with store.write() as writer:
        resumed = clock_rows.resume_clocks(writer, 1, suspended, later, CALENDAR)
    with store.read() as reader:
        assert clock_rows.clocks_of_case(reader, 1, case) == resumed
    with store.write() as writer:
        again = clock_rows.suspend_clocks(writer, 1, resumed, "hearing", "听证", later)
        stopped = clock_rows.stop_clocks(writer, 1, again, later)
    with store.read() as reader:
        found = clock_rows.clocks_of_case(reader, 1, case)

    assert found == stopped
    assert {each.status for each in found} == {"stopped"}
    assert [each.cause for each in found[0].suspensions] == ["correction", "hearing"]
