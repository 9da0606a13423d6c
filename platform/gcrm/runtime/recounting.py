"""Count handling times again after days that are over changed: found aside, then written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gcrm.runtime import handling
from gcrm.runtime.calendars import WorkingCalendar, read_calendar
from gcrm.runtime.services import Services
from gcrm.store.jobs import Job

RECOUNT = "handling.recount"


@dataclass(frozen=True, slots=True)
class Recount:
    """The cases that say something else than the calendar of now."""

    calendar: WorkingCalendar
    cases: Sequence[int]


def work(reader: Connection, services: Services, job: Job, now: datetime) -> Recount:
    """Find them while others write."""
    calendar = read_calendar(reader, job.tenant_id)
    found = handling.differences(reader, job.tenant_id, calendar, now)
    return Recount(calendar, [row.id for row in found])


def commit(writer: Connection, job: Job, plan: Recount, now: datetime) -> None:
    """Store what they took; what ended meanwhile was counted with the new days already."""
    handling.settle(writer, job.tenant_id, plan.calendar, now, plan.cases)


def leave(writer: Connection, job: Job, now: datetime) -> None:
    """Leave all as it is: the job's own incident says that it was given up."""
