"""Working calendars: which days and hours count, announced or provisional; reading, storing."""

import datetime as dt
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t

NATIONAL = "cn"
ZONE = ZoneInfo("Asia/Shanghai")

Hours = tuple[tuple[dt.time, dt.time], ...]

_DAY = dt.timedelta(days=1)
_KEPT = 2_000  # answers of a calendar
_FARTHEST = 40_000  # days; a length of time beyond a century is a slip, not a deadline


@dataclass(frozen=True, slots=True)
class Day:
    """One day that differs from its weekday, or a holiday with its name."""

    day: dt.date
    working: bool
    name: str
    source: str | None = None  # of a day changed by hand; None: the year's notice


@dataclass(frozen=True, slots=True)
class Year:
    """One announced year with its holidays and make-up working days."""

    year: int
    source: str
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are working days, and when a working day begins and ends.

    In a year that is not announced yet the weekends and the statutory holidays are
    off, and what is counted in it is provisional; nothing here raises for any date.
    """

    code: str
    zone: ZoneInfo
    hours: Hours
    days: Mapping[dt.date, Day] = field(hash=False)
    years: frozenset[int]
    _known: dict[tuple[dt.date, int], dt.date] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def announced(self, date: dt.date) -> bool:
        """Tell whether the year of this date has been announced."""
        return date.year in self.years

    def is_working_day(self, date: dt.date) -> bool:
        """Tell whether people work on that day."""
        if date.year in self.years:
            known = self.days.get(date)
            return date.weekday() < 5 if known is None else known.working
        return date.weekday() < 5 and date not in statutory_days()

    def name_of(self, date: dt.date) -> str:
        """Name the holiday or the make-up day; empty for an ordinary day."""
        if date.year in self.years:
            known = self.days.get(date)
            return "" if known is None else known.name
        return statutory_days().get(date, "")

    def add_working_days(self, date: dt.date, n: int) -> dt.date:
        """Give the n-th working day after a date (before it where n is negative).

        The date itself is not counted; 0 gives it back. Beyond a century the answer
        stands still. What was asked is kept: the periods of a day's cases are the same few.
        """
        known = self._known.get((date, n))
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[date, n] = self._walk_days(date, n)
        return known

    def _walk_days(self, date: dt.date, n: int) -> dt.date:
        step = _DAY if n > 0 else -_DAY
        left = abs(n)
        for _ in range(_FARTHEST):
            if left <= 0 or not dt.date.min < date < dt.date.max:
                break
            date += step
            left -= self.is_working_day(date)
        return date

    def next_working_day(self, date: dt.date) -> dt.date:
        """Give the date itself where it is a working day, else the next one."""
        while not self.is_working_day(date) and date < dt.date.max:
            date += _DAY
        return date

    def working_days_after(self, after: dt.date, until: dt.date) -> int:
        """Count the working days after one date up to and with another; 0 where it is earlier."""
        return sum(self.is_working_day(day) for day in days_after(after, until))

    def opening(self, date: dt.date) -> dt.datetime:
        """Give the moment at which a working day begins."""
        return self._at(date, self.hours[0][0])

    def closing(self, date: dt.date) -> dt.datetime:
        """Give the moment at which a working day ends."""
        return self._at(date, self.hours[-1][1])

    def date_of(self, moment: dt.datetime) -> dt.date:
        """Give the date of a moment on this calendar's clock."""
        return moment.astimezone(self.zone).date()

    def midnight(self, date: dt.date) -> dt.datetime:
        """Give the moment at which a date begins."""
        return self._at(date, dt.time())

    def working_spans(
        self, start: dt.datetime, limit: int = _FARTHEST
    ) -> Iterable[tuple[dt.datetime, dt.datetime]]:
        """Walk through the spans of working time from a moment on."""
        date = self.date_of(start)
        for _ in range(limit):
            if self.is_working_day(date):
                for opens, closes in self.hours:
                    begin, end = self._at(date, opens), self._at(date, closes)
                    if end > start:
                        yield max(begin, start), end
            if date >= dt.date.max - _DAY:
                return
            date += _DAY

    def _at(self, date: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(date, time, self.zone).astimezone(dt.UTC)


def days_after(after: dt.date, until: dt.date) -> Iterable[dt.date]:
    """Walk through the days after one date up to and with another."""
    for number in range((until - after).days):
        yield after + dt.timedelta(days=number + 1)


def make_calendar(
    code: str, zone: ZoneInfo, hours: Hours, years: Iterable[Year]
) -> WorkingCalendar:
    """Make a calendar of announced years."""
    known = tuple(years)
    return WorkingCalendar(
        code=code,
        zone=zone,
        hours=hours,
        days={day.day: day for year in known for day in year.days},
        years=frozenset(year.year for year in known),
    )


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, object]:
    path = resources.files("gcrm.runtime") / "data" / "calendar_cn.json"
    document: Mapping[str, object] = json.loads(path.read_text("utf-8"))
    return document


def shipped_years() -> tuple[Year, ...]:
    """Give the announced years that ship with the program (2024 to 2026)."""
    years = _shipped()["years"]
    assert isinstance(years, list)  # noqa: S101  our own file
    return tuple(
        Year(
            year["year"],
            year["source"],
            tuple(
                Day(dt.date.fromisoformat(day["day"]), day["working"], day["name"])
                for day in year["days"]
            ),
        )
        for year in years
    )


def shipped_hours() -> Hours:
    """Give the working hours that ship with the program: 9:00–12:00, 13:30–17:30."""
    return read_hours(_shipped()["hours"])


def shipped_calendar(zone: ZoneInfo = ZONE) -> WorkingCalendar:
    """Give the calendar that ships with the program, for tests and tools without a store."""
    return make_calendar(NATIONAL, zone, shipped_hours(), shipped_years())


@lru_cache(maxsize=1)
def statutory_days() -> Mapping[dt.date, str]:
    """Give the holidays that the law fixes, with names, for years not announced yet."""
    statutory = _shipped()["statutory"]
    assert isinstance(statutory, dict)  # noqa: S101  our own file
    known = {dt.date.fromisoformat(day["day"]): day["name"] for day in statutory["days"]}
    last = max(known)
    for year in range(last.year + 1, last.year + 60):  # the fixed ones go on for ever
        for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)):
            known[dt.date(year, month, day)] = ""
    return known


def read_hours(document: object) -> Hours:
    """Read hours as they are stored: `[["09:00", "12:00"], …]`; the shipped ones where empty."""
    spans = document if isinstance(document, list) else []
    hours = tuple(
        (dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)) for opens, closes in spans
    )
    return hours or ((dt.time(9), dt.time(12)), (dt.time(13, 30), dt.time(17, 30)))


def read_calendar(reader: Connection, tenant_id: int, code: str = NATIONAL) -> WorkingCalendar:
    """Read a tenant's calendar in its own zone; one that was never stored knows weekends only.

    Three statements; callers keep the value (`runtime.reference`).
    """
    head = reader.execute(
        sa.select(t.tenant.c.zone, t.calendar.c.hours)
        .select_from(
            t.tenant.outerjoin(
                t.calendar,
                sa.and_(t.calendar.c.tenant_id == t.tenant.c.id, t.calendar.c.code == code),
            )
        )
        .where(t.tenant.c.id == tenant_id)
    ).first()
    years = reader.execute(
        sa.select(t.calendar_year.c.year, t.calendar_year.c.source).where(
            t.calendar_year.c.tenant_id == tenant_id, t.calendar_year.c.calendar == code
        )
    ).all()
    days = reader.execute(
        sa.select(t.calendar_day.c.day, t.calendar_day.c.working, t.calendar_day.c.name)
        .where(t.calendar_day.c.tenant_id == tenant_id, t.calendar_day.c.calendar == code)
        .order_by(t.calendar_day.c.day)
    ).all()
    known = [Day(row.day, row.working, row.name) for row in days]
    starts = [day.day for day in known]
    return make_calendar(
        code,
        ZoneInfo(head.zone) if head is not None else ZONE,
        read_hours(head.hours if head is not None else None),
        (
            Year(
                row.year,
                row.source,
                tuple(
                    known[
                        bisect_left(starts, dt.date(row.year, 1, 1)) : bisect_left(
                            starts, dt.date(row.year + 1, 1, 1)
                        )
                    ]
                ),
            )
            for row in years
        ),
    )


def seed_calendar(writer: Connection, tenant_id: int, now: dt.datetime) -> None:
    """Store the shipped calendar of a new tenant."""
    name = str(_shipped()["name"])
    writer.execute(
        sa.insert(t.calendar),
        {"tenant_id": tenant_id, "code": NATIONAL, "name": name, "hours": _shipped()["hours"]},
    )
    store_years(writer, tenant_id, NATIONAL, shipped_years(), now)


def store_years(
    writer: Connection, tenant_id: int, code: str, years: Iterable[Year], now: dt.datetime
) -> None:
    """Store announced years; what was known of the same years is replaced."""
    for year in years:
        first, last = dt.date(year.year, 1, 1), dt.date(year.year, 12, 31)
        writer.execute(
            sa.delete(t.calendar_day).where(
                t.calendar_day.c.tenant_id == tenant_id,
                t.calendar_day.c.calendar == code,
                t.calendar_day.c.day.between(first, last),
            )
        )
        writer.execute(
            sa.delete(t.calendar_year).where(
                t.calendar_year.c.tenant_id == tenant_id,
                t.calendar_year.c.calendar == code,
                t.calendar_year.c.year == year.year,
            )
        )
        writer.execute(
            sa.insert(t.calendar_year),
            {
                "tenant_id": tenant_id, "calendar": code, "year": year.year,
                "source": year.source, "imported_at": now,
            },
        )  # fmt: skip
        if year.days:
            writer.execute(
                sa.insert(t.calendar_day),
                [
                    {
                        "tenant_id": tenant_id, "calendar": code, "day": day.day,
                        "working": day.working, "name": day.name, "source": day.source,
                    }
                    for day in year.days
                ],
            )  # fmt: skip
