"""How long cases took: working days and whether the promise was kept, counted once and stored.

Both are known when the clock of what was promised stops; boards then add up a column instead of
counting days for each row. They are counted again by a job where a calendar of days that are
over is replaced, and by `gcrm selfcheck --rebuild`.
"""

import datetime as dt
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from gcrm.runtime.calendars import WorkingCalendar
from gcrm.store import tables as t

YEARS_BACK = 12
"""How far back working days are numbered; a case that took longer has no handling time."""

AT_ONCE = 500  # cases named in one statement

DAY = 86_400  # seconds
EPOCH = dt.date(1970, 1, 1).toordinal()
WIDTH = 4  # digits
ZERO = ord("0")


def settle(
    writer: Connection,
    tenant_id: int,
    calendar: WorkingCalendar,
    now: dt.datetime,
    cases: Collection[int],
) -> None:
    """Store how long these cases took, whose clocks have just stopped; one statement for 500."""
    statement = _settling(calendar, now.year, writer.dialect.name)
    wanted = sorted(cases)
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        writer.execute(statement, {"of_tenant": tenant_id, "of_cases": some})


def settle_all(
    writer: Connection, tenant_id: int, calendar: WorkingCalendar, now: dt.datetime
) -> int:
    """Count all cases of a tenant again; give how many said something else. Two statements."""
    own, dialect = t.case.c, writer.dialect.name
    told = _told(calendar, now.year, dialect, t.clock.c.tenant_id == tenant_id)
    changed = writer.execute(
        sa.update(t.case)
        .where(own.tenant_id == tenant_id, own.id == told.c.case_id, _differs(told))
        .values(handled_days=told.c.days, on_time=told.c.on_time)
    ).rowcount
    stopped = sa.select(told.c.case_id)
    running = writer.execute(
        sa.update(t.case)
        .where(
            own.tenant_id == tenant_id,
            sa.or_(own.handled_days.is_not(None), own.on_time.is_not(None)),
            own.id.not_in(stopped),
        )
        .values(handled_days=None, on_time=None)
    ).rowcount
    return changed + running


def differences(
    reader: Connection, tenant_id: int, calendar: WorkingCalendar, now: dt.datetime
) -> list[Any]:
    """List the cases that say something else than their clock: id, stored and counted values."""
    own = t.case.c
    told = _told(calendar, now.year, reader.dialect.name, t.clock.c.tenant_id == tenant_id)
    statement = (
        sa.select(own.id, own.handled_days, own.on_time, told.c.days, told.c.on_time.label("kept"))
        .outerjoin_from(t.case, told, told.c.case_id == own.id)
        .where(own.tenant_id == tenant_id, _differs(told))
        .order_by(own.id)
    )
    return list(reader.execute(statement))


def number(
    moment: ColumnElement[Any], calendar: WorkingCalendar, year: int, dialect: str
) -> ColumnElement[Any]:
    """Count the working days from a first day up to a moment's; nothing outside of the calendar.

    The difference of two is what `WorkingCalendar.working_days_after` counts. The counts of all
    days come as one string of bytes, in which a day is found by its place: no join, no table.
    """
    first, counts = _counts(calendar, year)
    sqlite = dialect == "sqlite"
    noon = dt.datetime(year, 1, 1, 12, tzinfo=dt.UTC).astimezone(calendar.zone)
    shift = int((noon.utcoffset() or dt.timedelta()).total_seconds())
    seconds: ColumnElement[Any] = (
        sa.func.unixepoch(moment, type_=sa.BigInteger)
        if sqlite
        else sa.cast(sa.func.floor(sa.func.extract("epoch", moment)), sa.BigInteger)
    )
    place = (seconds + shift) // DAY - first.toordinal() + EPOCH
    told = sa.literal(counts, sa.LargeBinary)
    if sqlite:
        digits = sa.func.substr(told, place * WIDTH + 1, WIDTH)
        found: ColumnElement[Any] = sa.cast(digits, sa.Integer)
    else:
        at = sa.cast(place, sa.Integer) * WIDTH
        each = [sa.func.get_byte(told, at + step) - ZERO for step in range(WIDTH)]
        found = each[0] * 1000 + each[1] * 100 + each[2] * 10 + each[3]
    inside = sa.and_(place >= 0, place < len(counts) // WIDTH)
    return sa.case((inside, found), else_=sa.null())


@lru_cache(maxsize=16)
def _settling(calendar: WorkingCalendar, year: int, dialect: str) -> sa.Update:
    """Make the statement once for a calendar: decisions are frequent, and it is a large one."""
    these = sa.and_(
        t.clock.c.tenant_id == sa.bindparam("of_tenant"),
        t.clock.c.case_id.in_(sa.bindparam("of_cases", expanding=True)),
    )
    told = _told(calendar, year, dialect, these)
    return (
        sa.update(t.case)
        .where(t.case.c.tenant_id == sa.bindparam("of_tenant"), t.case.c.id == told.c.case_id)
        .values(handled_days=told.c.days, on_time=told.c.on_time)
    )


def _told(
    calendar: WorkingCalendar, year: int, dialect: str, these: ColumnElement[bool]
) -> sa.Subquery:
    """Select what the stopped clocks of promises tell: case, working days, kept or not.

    Days on which a clock stood still do not count.
    """
    clock, pause = t.clock.c, t.clock_suspension.c

    def days(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
        return number(end, calendar, year, dialect) - number(begin, calendar, year, dialect)

    paused = (
        sa.select(sa.func.coalesce(sa.func.sum(days(pause.from_at, pause.to_at)), 0))
        .where(
            pause.tenant_id == clock.tenant_id,
            pause.clock_id == clock.id,
            pause.to_at.is_not(None),
        )
        .correlate(t.clock)
        .scalar_subquery()
    )
    return (
        sa.select(
            clock.case_id,
            (days(clock.counts_from, clock.stopped_at) - paused).label("days"),
            (clock.stopped_at <= clock.due_at).label("on_time"),
        )
        .where(these, clock.kind == "promised", clock.task_id.is_(None), clock.status == "stopped")
        .subquery("told")
    )


def _differs(told: sa.Subquery) -> ColumnElement[bool]:
    own = t.case.c
    return sa.or_(
        own.handled_days.is_distinct_from(told.c.days),
        own.on_time.is_distinct_from(told.c.on_time),
    )


@lru_cache(maxsize=16)
def _counts(calendar: WorkingCalendar, year: int) -> tuple[dt.date, bytes]:
    """Give the first day, and for it and all days after it four digits of the count."""
    first, last = dt.date(year - YEARS_BACK, 1, 1), dt.date(year + 1, 12, 31)
    found, count, day = [], 0, first
    while day <= last:
        count += calendar.is_working_day(day)
        found.append(f"{count:0{WIDTH}d}")
        day += dt.timedelta(days=1)
    return first, "".join(found).encode("ascii")
