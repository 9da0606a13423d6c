"""Working days: the shipped calendar, years not announced, and the laws of counting."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcrm.runtime.calendars import (
    Day,
    Year,
    make_calendar,
    read_calendar,
    seed_calendar,
    shipped_calendar,
    shipped_hours,
    shipped_years,
    statutory_days,
    store_years,
)
from gcrm.store import tables as t
from gcrm.store.engine import Store

CALENDAR = shipped_calendar()
DATES = st.dates(dt.date(2020, 1, 1), dt.date(2045, 12, 31))

# domain.md 1.4: verified reference values, start day excluded
REFERENCE = [
    ("2026-09-18", 1, "2026-09-20"),
    ("2026-09-24", 10, "2026-10-15"),
    ("2026-09-29", 5, "2026-10-12"),
    ("2026-09-30", 1, "2026-10-08"),
    ("2026-09-30", 3, "2026-10-10"),
    ("2026-09-30", 5, "2026-10-13"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2025-09-30", 5, "2025-10-14"),
    ("2026-11-20", 20, "2026-12-18"),
]


@pytest.mark.parametrize(("start", "days", "end"), REFERENCE)
def test_reference_values_of_the_domain(start: str, days: int, end: str) -> None:
    date = dt.date.fromisoformat(start)

    assert CALENDAR.add_working_days(date, days).isoformat() == end


def test_holidays_and_make_up_days_of_2026_are_those_of_the_notice() -> None:
    days = {day.day.isoformat()[5:]: day for day in shipped_years()[-1].days}
    off = [key for key, day in days.items() if not day.working]

    assert [key for key, day in days.items() if day.working] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    assert off == [
        "01-01", "01-02", "01-03",
        *(f"02-{day}" for day in range(15, 24)),
        "04-04", "04-05", "04-06",
        *(f"05-0{day}" for day in range(1, 6)),
        "06-19", "06-20", "06-21", "09-25", "09-26", "09-27",
        *(f"10-0{day}" for day in range(1, 8)),
    ]  # fmt: skip
    assert CALENDAR.name_of(dt.date(2026, 10, 10)) == "国庆节调休上班"


def test_a_year_not_announced_has_weekends_and_statutory_holidays() -> None:
    assert not CALENDAR.announced(dt.date(2027, 2, 8))
    assert not CALENDAR.is_working_day(dt.date(2027, 2, 8))  # third day of Spring Festival
    assert CALENDAR.is_working_day(dt.date(2027, 2, 9))
    assert not CALENDAR.is_working_day(dt.date(2061, 10, 1))
    assert CALENDAR.name_of(dt.date(2027, 2, 8)) == "春节"


def test_each_shipped_year_to_come_has_the_thirteen_days_of_the_law() -> None:
    for year in range(2027, 2041):
        days = [day for day in statutory_days() if day.year == year]
        assert len(days) in (12, 13), year  # 12 where 中秋节 falls into 国庆节


def test_every_date_has_an_answer() -> None:
    for date in (dt.date.min, dt.date.max, dt.date(1900, 1, 1), dt.date(9999, 12, 30)):
        assert CALENDAR.is_working_day(date) in (True, False)
        assert dt.date.min <= CALENDAR.add_working_days(date, 5) <= dt.date.max
        assert dt.date.min <= CALENDAR.add_working_days(date, -5) <= dt.date.max
    assert CALENDAR.add_working_days(dt.date(2026, 1, 1), 10**9) <= dt.date.max


@given(date=DATES, n=st.integers(1, 60), more=st.integers(0, 20))
def test_counting_is_monotone_and_adds_up(date: dt.date, n: int, more: int) -> None:
    end = CALENDAR.add_working_days(date, n)

    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_after(date, end) == n
    assert CALENDAR.add_working_days(end, more) == CALENDAR.add_working_days(date, n + more)
    assert CALENDAR.add_working_days(date + dt.timedelta(days=1), n) >= end


@given(date=DATES, n=st.integers(1, 40))
def test_going_back_undoes_going_forth(date: dt.date, n: int) -> None:
    start = CALENDAR.next_working_day(date)

    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n) == start
    assert CALENDAR.add_working_days(start, 0) == start


def test_a_stored_calendar_is_the_shipped_one_and_can_be_replaced(store: Store) -> None:
    now = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
    with store.write() as writer:
        writer.execute(
            t.tenant.insert().values(
                id=1, code="yunzhou", name="云州市", zone="Asia/Shanghai", locale="zh-CN",
                created_at=now,
            )
        )  # fmt: skip
        seed_calendar(writer, 1, now)
    with store.read() as reader:
        stored = read_calendar(reader, 1)
    assert stored == CALENDAR
    assert stored.days == CALENDAR.days

    announced = Year(2027, "通知", (Day(dt.date(2027, 2, 9), False, "春节"),))
    with store.write() as writer:
        store_years(writer, 1, "cn", (announced,), now)
        store_years(writer, 1, "cn", (announced,), now)
    with store.read() as reader:
        stored = read_calendar(reader, 1)
        unknown = read_calendar(reader, 1, "none")

    assert stored.announced(dt.date(2027, 2, 9))
    assert not stored.is_working_day(dt.date(2027, 2, 9))
    assert stored.is_working_day(dt.date(2027, 2, 8))
    assert not unknown.announced(dt.date(2026, 1, 1))
    assert unknown.hours == shipped_hours()


def test_a_calendar_of_another_zone_has_its_own_hours() -> None:
    from zoneinfo import ZoneInfo

    urumqi = make_calendar("xj", ZoneInfo("Asia/Urumqi"), shipped_hours(), shipped_years())

    assert urumqi.closing(dt.date(2026, 11, 24)) == dt.datetime(2026, 11, 24, 11, 30, tzinfo=dt.UTC)
    assert CALENDAR.opening(dt.date(2026, 11, 24)) == dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)
