"""One day of the working calendar changed by hand, with its source; what that does to deadlines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.runtime import clock_rows, clocks, rating_terms
from gcrm.runtime.administration import forget, require, write_down
from gcrm.runtime.calendar_import import RESOURCE
from gcrm.runtime.calendars import NATIONAL, Day, WorkingCalendar, read_calendar
from gcrm.runtime.clocks import Clock
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t


@dataclass(frozen=True, slots=True)
class ChangeDay:
    """Whether people work on a day; `working` None takes a change by hand back."""

    day: dt.date
    working: bool | None
    name: str
    source: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The day as it was, and the clocks whose end moves."""

    actor: Actor
    ask: ChangeDay
    before: bool
    moved: tuple[Clock, ...]
    ratings: tuple[rating_terms.Moved, ...]

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


@dataclass(frozen=True, slots=True)
class Local:
    """A day changed by hand."""

    day: dt.date
    working: bool
    name: str
    source: str


def local_days(reader: Connection, tenant_id: int, year: int | None = None) -> list[Local]:
    """List the days that were changed by hand."""
    d = t.calendar_day.c
    statement = sa.select(d.day, d.working, d.name, d.source).where(
        d.tenant_id == tenant_id, d.calendar == NATIONAL, d.source.is_not(None)
    )
    if year is not None:
        statement = statement.where(d.day.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    return [Local(*row) for row in reader.execute(statement.order_by(d.day))]


def sources(reader: Connection, tenant_id: int) -> dict[int, str]:
    """Give the notice of each announced year."""
    y = t.calendar_year.c
    rows = reader.execute(
        sa.select(y.year, y.source)
        .where(y.tenant_id == tenant_id, y.calendar == NATIONAL)
        .order_by(y.year)
    )
    return {row.year: row.source for row in rows}


def provisional(reader: Connection, tenant_id: int) -> dict[int, int]:
    """Count the running clocks that end in years not announced yet."""
    c = t.clock.c
    rows = reader.execute(
        sa.select(c.due_at).where(
            c.tenant_id == tenant_id, c.provisional, c.status != "stopped", c.calendar == NATIONAL
        )
    ).scalars()
    counts: dict[int, int] = {}
    for due_at in rows:
        counts[due_at.year] = counts.get(due_at.year, 0) + 1
    return counts


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: ChangeDay, now: dt.datetime
) -> Plan:
    require(reader, actor, RESOURCE, "write")
    calendar = read_calendar(reader, actor.tenant_id)
    if ask.day.year not in calendar.years:
        raise Refused("calendar_not_announced", {"year": str(ask.day.year)}, 422)
    if ask.day < calendar.date_of(now):
        raise Refused("calendar_past", {}, 422)
    if ask.working is not None and not ask.source.strip():
        raise Refused("calendar_day_source", {}, 422)
    if ask.working is None and not any(
        each.day == ask.day for each in local_days(reader, actor.tenant_id, ask.day.year)
    ):
        raise Refused("calendar_day_same", {}, 409)
    before = calendar.is_working_day(ask.day)
    if ask.working is not None and ask.working == before:
        raise Refused("calendar_day_same", {}, 409)
    after = changed(calendar, ask)
    running = clock_rows.running_clocks(reader, actor.tenant_id, NATIONAL, ask.day)
    anew = [clocks.recompute(clock, after) for clock in running]
    moved = tuple(new for old, new in zip(running, anew, strict=True) if new.due_at != old.due_at)
    ratings = rating_terms.find_moved(
        reader, services, actor.tenant_id, calendar, after, now, since=ask.day
    )
    return Plan(actor, ask, before, moved, ratings)


def changed(calendar: WorkingCalendar, ask: ChangeDay) -> WorkingCalendar:
    """Give the calendar as it will be."""
    days = {day: each for day, each in calendar.days.items() if day != ask.day}
    if ask.working is not None:
        days[ask.day] = Day(ask.day, ask.working, ask.name)
    return replace(calendar, days=days)


def _commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Plan:
    ask, d = plan.ask, t.calendar_day.c
    writer.execute(
        sa.delete(t.calendar_day).where(
            d.tenant_id == plan.tenant_id, d.calendar == NATIONAL, d.day == ask.day
        )
    )
    if ask.working is not None:
        writer.execute(
            sa.insert(t.calendar_day),
            {
                "tenant_id": plan.tenant_id, "calendar": NATIONAL, "day": ask.day,
                "working": ask.working, "name": ask.name.strip()[:40],
                "source": ask.source.strip()[:200],
            },
        )  # fmt: skip
    move_clocks(writer, plan.tenant_id, plan.moved)
    rating_terms.move(writer, plan.tenant_id, plan.ratings)
    told: dict[str, Any] = {
        "day": ask.day.isoformat(),
        "working": {"before": plan.before, "after": ask.working},
        "source": ask.source.strip()[:200],
        "clocks": len(plan.moved),
        "ratings": len(plan.ratings),
    }
    write_down(
        writer, services, plan.actor, "calendar_day_changed", f"calendar:{NATIONAL}", told, now,
        request_id=ask.request_id,
    )  # fmt: skip
    return plan


def move_clocks(writer: Connection, tenant_id: int, moved: Sequence[Clock]) -> None:
    """Write the new ends of clocks, and of the steps that show one."""
    clock_rows.update_clocks(writer, tenant_id, moved)
    of_steps = [clock for clock in moved if clock.task_id is not None]
    if of_steps:
        writer.execute(
            sa.update(t.task)
            .where(t.task.c.tenant_id == tenant_id, t.task.c.id == sa.bindparam("of_task"))
            .values(due_at=sa.bindparam("to_due_at", type_=t.task.c.due_at.type)),
            [{"of_task": clock.task_id, "to_due_at": clock.due_at} for clock in of_steps],
        )


CHANGE_DAY = UseCase(_prepare, _commit, forget)
