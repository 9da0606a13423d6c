"""The legal clock: ends, lamps, suspensions, extensions, provisional dates."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcrm.runtime import clocks
from gcrm.runtime.calendars import (
    Day,
    Year,
    make_calendar,
    shipped_calendar,
    shipped_hours,
    shipped_years,
)
from gcrm.runtime.clocks import Clock, Suspension, Term

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = shipped_calendar()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(dt.UTC)


def said(moment: dt.datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def clock(value: int, unit: Any, start: str, kind: Any = "statutory") -> Clock:
    return clocks.start(1, 2, kind, Term(value, unit), at(start), CALENDAR)


def pause(start: str, cause: str = "correction") -> Suspension:
    return Suspension(3, cause, "等材料", at(start))


def test_a_complaint_of_the_day_before_the_holiday_is_due_after_it() -> None:
    """Acceptance value ③ of the hotline: dispatched 2026-09-30 17:20, five working days."""
    assert said(clock(5, "wd", "2026-09-30T17:20").due_at) == "2026-10-13 17:30"


@pytest.mark.parametrize(
    ("value", "unit", "start", "end"),
    [
        (1, "wd", "2026-11-24T09:00", "2026-11-25 17:30"),
        (1, "wd", "2026-11-24T23:59", "2026-11-25 17:30"),
        (1, "wd", "2026-11-21T10:00", "2026-11-23 17:30"),  # Saturday
        (20, "wd", "2026-11-20T10:00", "2026-12-18 17:30"),
        (2, "wh", "2026-11-24T11:00", "2026-11-24 14:30"),
        (2, "wh", "2026-11-24T16:30", "2026-11-25 10:00"),
        (2, "wh", "2026-11-24T12:30", "2026-11-24 15:30"),
        (2, "wh", "2026-11-24T20:00", "2026-11-25 11:00"),
        (7, "wh", "2026-09-30T17:00", "2026-10-08 17:00"),
        (24, "h", "2026-09-30T17:20", "2026-10-01 17:20"),
        (90, "min", "2026-11-24T23:00", "2026-11-25 00:30"),
        (15, "nd", "2026-11-24T09:00", "2026-12-09 17:30"),
        (3, "nd", "2026-11-24T09:00", "2026-11-27 17:30"),
        (3, "nd", "2026-09-28T09:00", "2026-10-08 17:30"),  # the last day is a holiday
        (4, "nd", "2026-11-24T09:00", "2026-11-30 17:30"),  # Saturday moves to Monday
    ],
)
def test_each_unit_ends_when_it_should(value: int, unit: str, start: str, end: str) -> None:
    assert said(clock(value, unit, start).due_at) == end


@pytest.mark.parametrize(
    ("value", "warn"),
    [
        (1, "2026-11-23 10:00"),  # one day is left from the beginning
        (2, "2026-11-24 00:00"),  # day 1: one is left after it
        (5, "2026-11-27 00:00"),  # day 4
        (10, "2026-12-02 00:00"),  # day 7: three of ten are left after it
        (20, "2026-12-11 00:00"),  # day 14: six of twenty
    ],
)
def test_yellow_begins_when_a_third_or_one_day_is_left(value: int, warn: str) -> None:
    running = clock(value, "wd", "2026-11-23T10:00")

    assert said(running.warn_at) == warn


def test_the_lamp_goes_from_green_over_yellow_to_red() -> None:
    running = clock(5, "wd", "2026-11-23T10:00")  # due 2026-11-30

    assert clocks.lamp(running, at("2026-11-26T18:00")) == "green"
    assert clocks.lamp(running, at("2026-11-27T09:00")) == "yellow"
    assert clocks.lamp(running, at("2026-11-30T17:30")) == "yellow"
    assert clocks.lamp(running, at("2026-11-30T17:31")) == "red"


def test_a_stopped_clock_keeps_the_colour_it_had() -> None:
    stopped = clocks.stop(clock(5, "wd", "2026-11-23T10:00"), at("2026-11-25T10:00"))

    assert stopped.status == "stopped"
    assert clocks.lamp(stopped, at("2027-01-01T00:00")) == "green"
    assert clocks.stop(stopped, at("2026-12-25T10:00")) is stopped


def test_a_correction_pauses_and_shifts_the_end_by_its_working_days() -> None:
    running = clock(5, "wd", "2026-09-21T10:00")  # 22 23 24 28 29
    assert said(running.due_at) == "2026-09-29 17:30"

    suspended = clocks.suspend(running, pause("2026-09-23T15:00"))

    assert suspended.status == "suspended"
    assert clocks.lamp(suspended, at("2026-10-30T09:00")) == "paused"
    resumed = clocks.resume(suspended, at("2026-10-09T09:00"), CALENDAR)  # 24 28 29 30 08 09 off
    assert said(resumed.due_at) == "2026-10-13 17:30"  # 22 23 | 10 12 13
    assert resumed.status == "running"
    assert resumed.suspensions[0].to_at == at("2026-10-09T09:00")


def test_resuming_on_the_same_day_changes_nothing() -> None:
    running = clock(5, "wd", "2026-11-23T10:00")
    resumed = clocks.resume(
        clocks.suspend(running, pause("2026-11-25T09:00")), at("2026-11-25T17:00"), CALENDAR
    )

    assert resumed.due_at == running.due_at


def test_hours_pause_to_the_minute() -> None:
    running = clock(4, "wh", "2026-11-24T10:00")  # 10–12, 13:30–15:30
    assert said(running.due_at) == "2026-11-24 15:30"

    resumed = clocks.resume(
        clocks.suspend(running, pause("2026-11-24T11:00")), at("2026-11-24T14:00"), CALENDAR
    )

    assert said(resumed.due_at) == "2026-11-24 17:00"


def test_a_cause_that_does_not_suspend_this_clock_leaves_it_running() -> None:
    term = Term(5, "wd", suspended_by=("correction",))
    running = clocks.start(1, 2, "step", term, at("2026-11-23T10:00"), CALENDAR)

    assert clocks.suspend(running, pause("2026-11-24T09:00", "hearing")) is running
    assert clocks.resume(running, at("2026-11-25T09:00"), CALENDAR) is running


def test_an_extension_adds_units_and_the_lamp_follows() -> None:
    running = clock(5, "wd", "2026-11-23T10:00")

    longer = clocks.extend(running, 10, CALENDAR)

    assert said(longer.due_at) == "2026-12-14 17:30"
    assert longer.term.value == 15
    assert clocks.lamp(longer, at("2026-12-01T09:00")) == "green"


def test_a_date_beyond_the_announced_years_is_provisional_until_the_import() -> None:
    running = clock(5, "wd", "2026-12-30T10:00")  # 31, then 2027: 4 5 6 7
    assert running.provisional
    assert said(running.due_at) == "2027-01-07 17:30"

    notice = Year(
        2027, "通知", (Day(dt.date(2027, 1, 4), False, "元旦"), Day(dt.date(2027, 1, 9), True, ""))
    )
    imported = make_calendar("cn", ZONE, shipped_hours(), (*shipped_years(), notice))
    known = clocks.recompute(running, imported)

    assert not known.provisional
    assert said(known.due_at) == "2027-01-07 17:30"  # 1 Jan is a working day in this notice
    assert not clock(10**5, "wd", "2026-12-30T10:00").due_at < running.due_at


def test_natural_hours_are_never_provisional() -> None:
    assert not clock(24, "h", "2026-12-31T10:00").provisional
    assert clock(24, "wh", "2026-12-31T10:00").provisional


STARTS = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 10, 1)).map(
    lambda moment: moment.replace(tzinfo=dt.UTC)
)
UNITS = st.sampled_from(("wd", "wh", "nd", "h", "min"))
TERMS = st.builds(Term, st.integers(1, 30), UNITS)


@given(term=TERMS, start=STARTS, later=st.integers(0, 10**6), more=st.integers(0, 5))
def test_later_or_longer_never_ends_earlier(
    term: Term, start: dt.datetime, later: int, more: int
) -> None:
    end = clocks.due(term, start, CALENDAR)

    assert start <= end.warn_at <= end.at
    assert clocks.due(term, start + dt.timedelta(seconds=later), CALENDAR).at >= end.at
    longer = Term(term.value + more, term.unit)
    assert clocks.due(longer, start, CALENDAR).at >= end.at


PAUSES = st.lists(
    st.tuples(st.integers(0, 60 * 24), st.integers(0, 30 * 24)), min_size=1, max_size=3
)


@given(value=st.integers(1, 30), start=STARTS, pauses=PAUSES)
def test_resuming_shifts_by_exactly_the_suspended_working_days(
    value: int, start: dt.datetime, pauses: list[tuple[int, int]]
) -> None:
    running = clocks.start(1, 2, "promised", Term(value, "wd"), start, CALENDAR)
    moment = start
    for wait, length in pauses:
        moment += dt.timedelta(hours=wait)
        before = running
        running = clocks.suspend(running, Suspension(3, "testing", "等检测", moment))
        began = CALENDAR.date_of(moment)
        moment += dt.timedelta(hours=length)
        running = clocks.resume(running, moment, CALENDAR)
        ended = CALENDAR.date_of(moment)
        due_before = CALENDAR.date_of(before.due_at)
        shift = CALENDAR.working_days_after(began, ended) if began < due_before else 0

        assert CALENDAR.date_of(running.due_at) == CALENDAR.add_working_days(due_before, shift)
    counted = [
        day
        for day in (CALENDAR.date_of(start) + dt.timedelta(days=n) for n in range(1, 800))
        if day <= CALENDAR.date_of(running.due_at) and clocks.is_counted(day, running, CALENDAR)
    ]
    assert len(counted) == value


@given(term=TERMS, start=STARTS, wait=st.integers(0, 500), length=st.integers(0, 500))
def test_a_suspension_never_brings_the_end_forward(
    term: Term, start: dt.datetime, wait: int, length: int
) -> None:
    running = clocks.start(1, 2, "promised", term, start, CALENDAR)
    moment = start + dt.timedelta(hours=wait)
    suspended = clocks.suspend(running, Suspension(3, "hearing", "听证", moment))
    resumed = clocks.resume(suspended, moment + dt.timedelta(hours=length), CALENDAR)

    assert resumed.due_at >= running.due_at
