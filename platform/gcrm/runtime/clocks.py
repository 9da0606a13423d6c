"""The legal clock: when something is due, when to warn, what suspends it. Pure.

A period begins on the day after its start (民法典 201). A suspension is a period like
any other: its days are those after the day it began up to the day it ended.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from app_definitions.deadline import Unit
from gcrm.runtime.calendars import WorkingCalendar

Kind = Literal["statutory", "promised", "step"]
Status = Literal["running", "suspended", "stopped"]
Lamp = Literal["green", "yellow", "red", "paused"]
Cause = Literal[
    "correction", "hearing", "tender", "inspection", "testing", "quarantine", "appraisal",
    "expert_review", "publicity", "other",
]  # fmt: skip

CAUSES: tuple[str, ...] = get_args(Cause)
"""What suspends a clock: 补正, 公示 and the special procedures of 行政许可法 45."""
PROCEDURES = tuple(each for each in CAUSES if each not in ("correction", "publicity"))
"""Those that a clerk may choose; the others have a way of their own."""

_DAY = dt.timedelta(days=1)
_ORDINARY = 250  # working days of a period that is walked through once a day, not once a clock
_LATE = dt.date.max - 4000 * _DAY
_WARN_SHARE = 30  # per cent of the period that is left when the lamp turns yellow


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take: a number of units on a calendar."""

    value: int
    unit: Unit
    calendar: str = "cn"
    suspended_by: tuple[str, ...] = CAUSES


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time that does not count; `to_at` is None while it lasts."""

    id: int
    cause: str
    reason: str
    from_at: dt.datetime
    to_at: dt.datetime | None = None
    expected_days: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends and when to warn; provisional where a year is not announced."""

    at: dt.datetime
    warn_at: dt.datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """One running period of a case, a step or a ticket."""

    id: int
    case_id: int
    kind: Kind
    term: Term
    counts_from: dt.datetime
    due_at: dt.datetime
    warn_at: dt.datetime
    provisional: bool
    status: Status = "running"
    task_id: int | None = None
    stopped_at: dt.datetime | None = None
    told: str = "green"  # the lamp that people were last told of
    suspensions: tuple[Suspension, ...] = ()


def due(
    term: Term,
    counts_from: dt.datetime,
    calendar: WorkingCalendar,
    suspensions: Sequence[Suspension] = (),
) -> Due:
    """Compute the end of a period, leaving out what was suspended.

    wd and nd end at the close of a working day (a last day that is off moves on to the
    next working day, 民法典 203); wh, h and min are counted from the moment itself. An
    open suspension leaves out what has passed of it only on resuming.
    """
    over = tuple(
        each for each in suspensions if each.to_at is not None and each.cause in term.suspended_by
    )
    if term.unit in ("wd", "nd"):
        return _due_in_days(term, counts_from, calendar, over)
    return _due_in_time(term, counts_from, calendar, over)


def start(
    clock_id: int,
    case_id: int,
    kind: Kind,
    term: Term,
    counts_from: dt.datetime,
    calendar: WorkingCalendar,
    task_id: int | None = None,
) -> Clock:
    """Start a clock at a moment (acceptance for the statutory one, opening for a step's)."""
    end = due(term, counts_from, calendar)
    return Clock(
        clock_id, case_id, kind, term, counts_from, end.at, end.warn_at, end.provisional,
        task_id=task_id,
    )  # fmt: skip


def suspend(clock: Clock, suspension: Suspension) -> Clock:
    """Stop counting from a moment on; a clock that this cause does not suspend, or that is not
    running, stays as it is."""
    if clock.status != "running" or suspension.cause not in clock.term.suspended_by:
        return clock
    return replace(clock, status="suspended", suspensions=(*clock.suspensions, suspension))


def resume(clock: Clock, now: dt.datetime, calendar: WorkingCalendar) -> Clock:
    """Count on; the end moves by exactly what was suspended before it."""
    if clock.status != "suspended":
        return clock
    ended = tuple(
        replace(each, to_at=max(now, each.from_at)) if each.to_at is None else each
        for each in clock.suspensions
    )
    return recompute(replace(clock, status="running", suspensions=ended), calendar)


def extend(clock: Clock, extra: int, calendar: WorkingCalendar) -> Clock:
    """Lengthen the period by a number of its units."""
    term = replace(clock.term, value=clock.term.value + extra)
    return recompute(replace(clock, term=term), calendar)


def stop(clock: Clock, now: dt.datetime) -> Clock:
    """End the clock: what it measured is done. A suspension ends with it."""
    if clock.status == "stopped":
        return clock
    ended = tuple(
        replace(each, to_at=max(now, each.from_at)) if each.to_at is None else each
        for each in clock.suspensions
    )
    return replace(clock, status="stopped", stopped_at=now, suspensions=ended)


def recompute(clock: Clock, calendar: WorkingCalendar) -> Clock:
    """Compute the end anew, after a suspension or when a calendar was imported."""
    end = due(clock.term, clock.counts_from, calendar, clock.suspensions)
    return replace(clock, due_at=end.at, warn_at=end.warn_at, provisional=end.provisional)


def lamp(clock: Clock, now: dt.datetime) -> Lamp:
    """Tell the colour: red past the end, yellow when a third or one day is left, else green.

    A stopped clock keeps the colour of the moment at which it stopped.
    """
    if clock.status == "suspended":
        return "paused"
    at = clock.stopped_at if clock.stopped_at is not None else now
    if at > clock.due_at:
        return "red"
    return "yellow" if at >= clock.warn_at else "green"


def is_counted(day: dt.date, clock: Clock, calendar: WorkingCalendar) -> bool:
    """Tell whether a day counts towards the period: after its start, on, and not suspended."""
    if day <= calendar.date_of(clock.counts_from):
        return False
    if clock.term.unit != "nd" and not calendar.is_working_day(day):
        return False
    return not any(
        calendar.date_of(each.from_at) < day
        and (each.to_at is None or day <= calendar.date_of(each.to_at))
        for each in clock.suspensions
        if each.cause in clock.term.suspended_by
    )


def _due_in_days(
    term: Term, counts_from: dt.datetime, calendar: WorkingCalendar, over: Sequence[Suspension]
) -> Due:
    first = calendar.date_of(counts_from)
    paused = [
        (calendar.date_of(each.from_at), calendar.date_of(each.to_at))
        for each in over
        if each.to_at is not None
    ]
    value = max(term.value, 0)
    kept = max(value * _WARN_SHARE // 100, 1)  # units left when the lamp turns yellow
    day, left, warn = first, value, counts_from
    if term.unit == "wd" and not paused and value <= _ORDINARY and first < _LATE:
        if value > kept:
            warn = calendar.midnight(calendar.add_working_days(first, value - kept))
        day, left = calendar.add_working_days(first, value), 0
    while left > 0 and day < dt.date.max - 400 * _DAY:
        day += _DAY
        if term.unit == "wd" and not calendar.is_working_day(day):
            continue
        if any(begin < day <= end for begin, end in paused):
            continue
        left -= 1
        if left == kept:
            warn = calendar.midnight(day)
    last = calendar.next_working_day(day)
    provisional = any(
        not calendar.announced(dt.date(year, 1, 1)) for year in range(first.year, last.year + 1)
    )
    at = max(calendar.closing(last), counts_from)
    return Due(at, min(max(warn, counts_from), at), provisional)


def _due_in_time(
    term: Term, counts_from: dt.datetime, calendar: WorkingCalendar, over: Sequence[Suspension]
) -> Due:
    length = (
        dt.timedelta(minutes=term.value) if term.unit == "min" else dt.timedelta(hours=term.value)
    )
    paused = sorted((each.from_at, each.to_at) for each in over if each.to_at is not None)
    at = _walk(term, counts_from, length, calendar, paused)
    warn = _walk(term, counts_from, length * (100 - _WARN_SHARE) / 100, calendar, paused)
    years = range(calendar.date_of(counts_from).year, calendar.date_of(at).year + 1)
    provisional = term.unit == "wh" and any(
        not calendar.announced(dt.date(year, 1, 1)) for year in years
    )
    return Due(at, warn, provisional)


def _walk(
    term: Term,
    start_at: dt.datetime,
    length: dt.timedelta,
    calendar: WorkingCalendar,
    paused: Sequence[tuple[dt.datetime, dt.datetime]],
) -> dt.datetime:
    """Walk a length of time over spans that count, around those that are paused."""
    left, at = length, start_at
    far = dt.datetime.max.replace(tzinfo=dt.UTC) - dt.timedelta(days=400)
    spans = calendar.working_spans(start_at) if term.unit == "wh" else ((start_at, far),)
    for begin, end in spans:
        for piece_begin, piece_end in _without(begin, end, paused):
            at = piece_begin
            if left <= piece_end - piece_begin:
                return piece_begin + left
            left -= piece_end - piece_begin
            at = piece_end
    return at


def _without(
    begin: dt.datetime, end: dt.datetime, paused: Sequence[tuple[dt.datetime, dt.datetime]]
) -> Sequence[tuple[dt.datetime, dt.datetime]]:
    pieces = []
    for pause_begin, pause_end in paused:
        if pause_end <= begin or pause_begin >= end:
            continue
        if pause_begin > begin:
            pieces.append((begin, pause_begin))
        begin = max(begin, pause_end)
    if begin < end:
        pieces.append((begin, end))
    return pieces
