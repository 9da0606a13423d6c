"""Handling time in the database is what the calendar counts."""

import datetime as dt
import random
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from gcrm.runtime.calendars import shipped_calendar
from gcrm.runtime.handling import number
from gcrm.store.columns import Moment

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
SPANS = Table(
    "spans_of_a_test",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("begun", Moment),
    Column("ended", Moment),
)


@pytest.fixture
def spans(store: Any) -> list[tuple[dt.datetime, dt.datetime]]:
    """Spans of time over holidays, make-up days and midnights."""
    pick = random.Random(7)  # noqa: S311
    begin = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    found = []
    for _ in range(300):
        at = begin + dt.timedelta(minutes=pick.randrange(0, 1_500_000))
        found.append((at, at + dt.timedelta(minutes=pick.randrange(0, 90_000))))
    midnight = dt.datetime(2026, 2, 13, 16, 0, tzinfo=dt.UTC)
    found.append((midnight - dt.timedelta(seconds=1), midnight))
    with store.write() as writer:
        SPANS.create(writer)
        rows = [{"id": at, "begun": a, "ended": b} for at, (a, b) in enumerate(found)]
        writer.execute(insert(SPANS), rows)
    return found


def test_working_days_in_the_database_are_those_of_the_calendar(store: Any, spans: Any):
    calendar = shipped_calendar()

    def counted_up(moment: Any) -> Any:
        return number(moment, calendar, NOW.year, store.dialect)

    days = counted_up(SPANS.c.ended) - counted_up(SPANS.c.begun)

    with store.read() as reader:
        found = reader.execute(select(days).order_by(SPANS.c.id)).scalars().all()

    counted = [
        calendar.working_days_after(calendar.date_of(a), calendar.date_of(b)) for a, b in spans
    ]
    assert list(found) == counted


def test_a_moment_before_the_calendar_has_no_number(store: Any):
    begun = number(SPANS.c.begun, shipped_calendar(), NOW.year, store.dialect)
    with store.write() as writer:
        SPANS.create(writer)
        old = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
        writer.execute(insert(SPANS), {"id": 1, "begun": old, "ended": NOW})

    with store.read() as reader:
        found = reader.execute(select(begun)).scalar_one()

    assert found is None
