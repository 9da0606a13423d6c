"""Terms of bad ratings: by when somebody gets in touch, and by when one is put right."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gcrm.runtime import clocks, house_parameters
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clocks import Due, Term
from gcrm.runtime.rating_words import UNDONE
from gcrm.runtime.reference import Lists
from gcrm.runtime.services import Services
from gcrm.store import tables as t

CONTACT, RECTIFY = "rating_contact_days", "rating_rectify_days"
CONTEST = "rating_contest_days"


@dataclass(frozen=True, slots=True)
class Moved:
    """A rating whose terms come out otherwise with another calendar."""

    rating_id: int
    due_at: dt.datetime | None
    rectify_due_at: dt.datetime | None


def term(
    lists: Lists,
    code: str,
    since: dt.datetime,
    region: str | None,
    *,
    more: int = 0,
    calendar: WorkingCalendar | None = None,
) -> Due:
    """Give the end of a term that counts from a moment, by the value of that moment's day."""
    counted = calendar if calendar is not None else lists.calendar
    days = house_parameters.whole(lists, code, counted.date_of(since), region)
    return clocks.due(Term(days + more, "wd"), since, counted)


def contest_until(lists: Lists, row: Any) -> dt.datetime | None:
    """Give until when an office may contest a bad rating; None for any other."""
    if row["due_from"] is None:
        return None
    return term(lists, CONTEST, row["due_from"], row["region_code"]).at


def find_moved(
    reader: Connection,
    services: Services,
    tenant_id: int,
    before: WorkingCalendar,
    after: WorkingCalendar,
    now: dt.datetime,
    *,
    since: dt.date | None = None,
) -> tuple[Moved, ...]:
    """Find the ratings whose terms another calendar moves: provisional ones, or from a day on."""
    lists = services.reference.at(reader, tenant_id, now)
    rating = t.rating.c
    rows = reader.execute(
        select(t.rating).where(rating.tenant_id == tenant_id, rating.status.in_(UNDONE))
    ).mappings()
    found = []
    for row in rows:
        ends = {
            "due_at": _anew(lists, row, "due_at", before, after, since),
            "rectify_due_at": _anew(lists, row, "rectify_due_at", before, after, since),
        }
        if any(ends[name] != row[name] for name in ends):
            found.append(Moved(row["id"], ends["due_at"], ends["rectify_due_at"]))
    return tuple(found)


def _anew(
    lists: Lists,
    row: Any,
    name: str,
    before: WorkingCalendar,
    after: WorkingCalendar,
    since: dt.date | None,
) -> dt.datetime | None:
    old: dt.datetime | None = row[name]
    first = name == "due_at"
    begin = row["due_from"] if first else row["rectify_from"]
    if old is None or begin is None:
        return old
    more = row["extend_days"] if not first and row["extend_state"] == "granted" else 0
    code, region = (CONTACT if first else RECTIFY), row["region_code"]
    if since is None:
        known = term(lists, code, begin, region, more=more, calendar=before)
        if not known.provisional:
            return old
    elif before.date_of(old) < since:
        return old
    return term(lists, code, begin, region, more=more, calendar=after).at


def move(writer: Connection, tenant_id: int, moved: Sequence[Moved]) -> None:
    """Write the new ends; whoever is about to write a step prepares it again."""
    if not moved:
        return
    rating = t.rating.c
    writer.execute(
        update(t.rating)
        .where(
            rating.tenant_id == tenant_id,
            rating.id == bindparam("of_rating"),
            rating.status.in_(UNDONE),
        )
        .values(
            due_at=bindparam("to_due_at", type_=rating.due_at.type),
            rectify_due_at=bindparam("to_rectify", type_=rating.rectify_due_at.type),
            rev=rating.rev + 1,
        ),
        [
            {
                "of_rating": each.rating_id,
                "to_due_at": each.due_at,
                "to_rectify": each.rectify_due_at,
            }
            for each in moved
        ],
    )
