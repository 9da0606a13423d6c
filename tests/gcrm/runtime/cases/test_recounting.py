"""A calendar of days that are over comes in: handling times are counted again by a job."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from gcrm.runtime import calendar_import
from gcrm.runtime.calendar_import import Import
from gcrm.runtime.calendars import shipped_calendar
from gcrm.runtime.jobs import Worker
from gcrm.runtime.recounting import RECOUNT
from gcrm.store import tables as t


def year_with(closed: dt.date) -> bytes:
    """Write the year as it ships, with one more day on which nobody worked."""
    known = [day for day in shipped_calendar().days.values() if day.day.year == closed.year]
    lines = [f"{day.day},{'上班' if day.working else '放假'},{day.name}" for day in known]
    return "\n".join(["日期,是否上班,名称", *lines, f"{closed},放假,防汛停办"]).encode()


def handled(town: Any, case_id: int) -> int:
    days: int = town.one(select(t.case.c.handled_days).where(t.case.c.id == case_id))
    return days


def test_imported_days_of_the_past_change_how_long_cases_took(town: Any) -> None:
    first = town.submitted().case_id
    begun = town.clock.now.date()
    town.clock.go(days=7)
    town.decide(first)
    later = town.submitted(elder=town.new_elder()).case_id
    town.decide(later)
    before = handled(town, first), handled(town, later)

    content = year_with(begun + dt.timedelta(days=2))
    town.run(calendar_import.IMPORT, town.staff("sysadmin"), Import(content, "市政府防汛通知"))
    waiting = town.rows(select(t.job.c.kind).where(t.job.c.kind == RECOUNT))
    at_once = handled(town, first), handled(town, later)
    worker = Worker(town.house)
    while worker.turn():
        pass

    assert not worker.failures
    assert len(waiting) == 1
    assert at_once == before
    assert (handled(town, first), handled(town, later)) == (before[0] - 1, before[1])
