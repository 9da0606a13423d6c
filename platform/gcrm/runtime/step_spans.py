"""How long each step of a case lay with an office, in working time. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gcrm.runtime.calendars import WorkingCalendar
from gcrm.store.events import RESTING_STATES, Event, Projection, apply

OPENS = frozenset({"step_opened", "task_opened"})
CLOSES = frozenset({"task_done", "task_cancelled"})


@dataclass(frozen=True, slots=True)
class Span:
    """One step's time with an office; `until` is None while it is still there."""

    since: dt.datetime
    until: dt.datetime | None
    worked: dt.timedelta


def spans_of(
    events: Sequence[Event], calendar: WorkingCalendar, now: dt.datetime
) -> Mapping[int, Span]:
    """Give the span of each task by its id; time in which the case rested is nobody's."""
    opened: dict[int, dt.datetime] = {}
    closed: dict[int, dt.datetime] = {}
    rests: list[tuple[dt.datetime, dt.datetime]] = []
    projection, resting = Projection(), None
    for event in events:
        projection = apply(projection, event)
        if projection.state in RESTING_STATES:
            resting = resting or event.at
        elif resting is not None:
            rests.append((resting, event.at))
            resting = None
        if event.task_id is None:
            continue
        if event.type in OPENS:
            opened.setdefault(event.task_id, event.at)
        elif event.type in CLOSES:
            closed.setdefault(event.task_id, event.at)
    if resting is not None:
        rests.append((resting, now))
    return {
        task: Span(since, closed.get(task), _worked(calendar, since, closed.get(task, now), rests))
        for task, since in opened.items()
    }


def _worked(
    calendar: WorkingCalendar,
    since: dt.datetime,
    until: dt.datetime,
    rests: Sequence[tuple[dt.datetime, dt.datetime]],
) -> dt.timedelta:
    inside = ((max(begin, since), min(end, until)) for begin, end in rests)
    rested = (working_time(calendar, begin, end) for begin, end in inside if begin < end)
    return working_time(calendar, since, until) - sum(rested, dt.timedelta())


def working_time(calendar: WorkingCalendar, since: dt.datetime, until: dt.datetime) -> dt.timedelta:
    """Add up the working time between two moments."""
    total = dt.timedelta()
    for begin, end in calendar.working_spans(since):
        if begin >= until:
            break
        total += min(end, until) - begin
    return total


def working_day(calendar: WorkingCalendar) -> dt.timedelta:
    """Give the length of one working day."""
    today = dt.date(2000, 1, 1)
    spans = (
        dt.datetime.combine(today, closes) - dt.datetime.combine(today, opens)
        for opens, closes in calendar.hours
    )
    return sum(spans, dt.timedelta())
