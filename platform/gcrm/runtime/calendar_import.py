"""Importing the State Council's notice of a year: JSON or CSV, then every provisional date anew."""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime import clock_rows, clocks, rating_terms
from gcrm.runtime.calendars import (
    NATIONAL,
    Day,
    Hours,
    Year,
    make_calendar,
    read_calendar,
    store_years,
)
from gcrm.runtime.clocks import Clock
from gcrm.runtime.recounting import RECOUNT
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, jobs
from gcrm.store import tables as t

RESOURCE = "admin.settings"
FORMAT = "gcrm.calendar/1"
LARGEST = 1_000_000  # characters
YES = frozenset({"1", "true", "yes", "y", "是", "上班", "工作日", "班"})
NO = frozenset({"0", "false", "no", "n", "否", "放假", "休息", "休", "假"})


@dataclass(frozen=True, slots=True)
class Import:
    """A file as it was uploaded; `source` names the notice where the file does not."""

    content: bytes
    source: str
    code: str = NATIONAL
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The years of the file, and the clocks whose end becomes certain or moves."""

    actor: Actor
    code: str
    request_id: str | None
    years: tuple[Year, ...]
    moved: tuple[Clock, ...]
    ratings: tuple[rating_terms.Moved, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many days of which years came in, and how many dates were computed anew."""

    years: tuple[int, ...]
    days: int
    recomputed: int
    tenant_id: int


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Import, now: dt.datetime
) -> Plan:
    """Read the file and compute every provisional date with it."""
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    years = tuple(
        _with_local(reader, actor.tenant_id, ask.code, year)
        for year in read_years(ask.content, ask.source.strip())
    )
    before = read_calendar(reader, actor.tenant_id, ask.code)
    renewed = {year.year for year in years}
    kept = [
        Year(number, "", tuple(day for day in before.days.values() if day.day.year == number))
        for number in before.years - renewed
    ]
    hours: Hours = before.hours
    calendar = make_calendar(ask.code, before.zone, hours, (*kept, *years))
    provisional = clock_rows.provisional_clocks(reader, actor.tenant_id, ask.code)
    moved = tuple(clocks.recompute(clock, calendar) for clock in provisional)
    ratings: tuple[rating_terms.Moved, ...] = ()
    if ask.code == NATIONAL:
        ratings = rating_terms.find_moved(reader, services, actor.tenant_id, before, calendar, now)
    return Plan(actor, ask.code, ask.request_id, years, moved, ratings)


def _with_local(reader: Connection, tenant_id: int, code: str, year: Year) -> Year:
    """Keep the days of the year that were changed by hand."""
    d = t.calendar_day.c
    local = {
        row.day: Day(row.day, row.working, row.name, row.source)
        for row in reader.execute(
            sa.select(d.day, d.working, d.name, d.source).where(
                d.tenant_id == tenant_id,
                d.calendar == code,
                d.source.is_not(None),
                d.day.between(dt.date(year.year, 1, 1), dt.date(year.year, 12, 31)),
            )
        )
    }
    if not local:
        return year
    kept = tuple(day for day in year.days if day.day not in local)
    return Year(year.year, year.source, (*kept, *local.values()))


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Imported:
    """Store the years, the clocks, and the dates of the steps that show one."""
    tenant_id = plan.actor.tenant_id
    store_years(writer, tenant_id, plan.code, plan.years, now)
    clock_rows.update_clocks(writer, tenant_id, plan.moved)
    rating_terms.move(writer, tenant_id, plan.ratings)
    if any(year.year <= now.year for year in plan.years):  # days that cases have taken already
        jobs.enqueue(writer, tenant_id, [jobs.NewJob(RECOUNT, {}, now)], now)
    of_steps = [clock for clock in plan.moved if clock.task_id is not None]
    if of_steps:
        writer.execute(
            sa.update(t.task)
            .where(t.task.c.tenant_id == tenant_id, t.task.c.id == sa.bindparam("of_task"))
            .values(due_at=sa.bindparam("to_due_at", type_=t.task.c.due_at.type)),
            [{"of_task": clock.task_id, "to_due_at": clock.due_at} for clock in of_steps],
        )
    numbers = tuple(year.year for year in plan.years)
    entry = audit.Entry(
        audit.TENANT_CHAIN, "calendar_imported", f"calendar:{plan.code}", now,
        {"years": ",".join(str(each) for each in numbers), "clocks": len(plan.moved),
         "ratings": len(plan.ratings)},
        plan.actor.party_id, plan.actor.account_id, plan.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(tenant_id), tenant_id, [entry])
    return Imported(numbers, sum(len(year.days) for year in plan.years), len(plan.moved), tenant_id)


def after(services: Services, receipt: Imported) -> None:
    """Let this process forget the calendar it kept; the others do within a minute."""
    services.reference.forget(receipt.tenant_id)


IMPORT = UseCase(prepare, commit, after)


def read_years(content: bytes, source: str) -> tuple[Year, ...]:
    """Read a file of days: JSON as the shipped one, or CSV with day, working, name.

    Raises Refused with the line that is wrong.
    """
    text = _decode(content)
    if text.lstrip().startswith(("{", "[")):
        return _read_json(text, source)
    return _read_csv(text, source)


def _decode(content: bytes) -> str:
    if len(content) > 4 * LARGEST:
        raise Refused("calendar_large", {}, 422)
    for encoding in ("utf-8-sig", "gb18030"):  # Excel on Chinese Windows writes the second
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("calendar_unreadable", {}, 422)


def _read_json(text: str, source: str) -> tuple[Year, ...]:
    try:
        document: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise Refused("calendar_unreadable", {}, 422) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Refused("calendar_format", {"format": FORMAT}, 422)
    years = document.get("years")
    if not isinstance(years, list) or not years:
        raise Refused("calendar_empty", {}, 422)
    found = []
    for number, year in enumerate(years, 1):
        if not isinstance(year, dict) or not isinstance(year.get("days"), list):
            raise Refused("calendar_line", {"line": number}, 422)
        days = tuple(
            _day(each.get("day"), each.get("working"), each.get("name"), line)
            for line, each in enumerate(year["days"], 1)
            if isinstance(each, dict) or _wrong(line)
        )
        found.extend(_by_year(days, str(year.get("source") or source)))
    return _checked(found)


def _read_csv(text: str, source: str) -> tuple[Year, ...]:
    days = []
    for line, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (line == 1 and not cells[0][:1].isdigit()):
            continue
        if len(cells) < 2:
            raise Refused("calendar_line", {"line": line}, 422)
        days.append(_day(cells[0], cells[1], cells[2] if len(cells) > 2 else "", line))
    if not days:
        raise Refused("calendar_empty", {}, 422)
    return _checked(_by_year(days, source))


def _day(day: Any, working: Any, name: Any, line: int) -> Day:
    try:
        date = dt.date.fromisoformat(str(day).replace("/", "-"))
    except ValueError:
        raise Refused("calendar_date", {"line": line, "text": str(day)[:40]}, 422) from None
    if isinstance(working, bool):
        works = working
    elif str(working).casefold() in YES:
        works = True
    elif str(working).casefold() in NO:
        works = False
    else:
        raise Refused("calendar_working", {"line": line, "text": str(working)[:40]}, 422)
    return Day(date, works, str(name or "")[:40])


def _wrong(line: int) -> bool:
    raise Refused("calendar_line", {"line": line}, 422)


def _by_year(days: Sequence[Day], source: str) -> list[Year]:
    numbers = sorted({day.day.year for day in days})
    return [
        Year(number, source, tuple(day for day in days if day.day.year == number))
        for number in numbers
    ]


def _checked(years: Sequence[Year]) -> tuple[Year, ...]:
    """Refuse what cannot be a notice: a day twice, a year twice, or hardly any holiday."""
    if not years:
        raise Refused("calendar_empty", {}, 422)
    if len({year.year for year in years}) != len(years):
        raise Refused("calendar_twice", {"day": str(years[0].year)}, 422)
    for year in years:
        if not year.source:
            raise Refused("calendar_source", {"year": str(year.year)}, 422)
        seen: set[dt.date] = set()
        for day in year.days:
            if day.day in seen:
                raise Refused("calendar_twice", {"day": day.day.isoformat()}, 422)
            seen.add(day.day)
        off = sum(not day.working for day in year.days)
        if off < 11:  # thirteen statutory days, two of which may fall together
            raise Refused("calendar_few", {"year": str(year.year), "count": off}, 422)
    return tuple(sorted(years, key=lambda year: year.year))
