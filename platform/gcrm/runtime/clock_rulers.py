"""The day ruler: what a screen draws of a clock, one cell a counted day. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from gcrm.runtime.calendars import WorkingCalendar, days_after
from gcrm.runtime.clocks import Clock, Lamp, is_counted, lamp

Mark = Literal["used", "today", "left", "paused", "late"]

MOST_CELLS = 120


@dataclass(frozen=True, slots=True)
class Cell:
    """One day: what became of it, whether it is the last one, and whether a week begins."""

    day: dt.date
    mark: Mark
    due: bool = False
    week: bool = False


@dataclass(frozen=True, slots=True)
class Ruler:
    """A clock at a moment.

    `left` are the days after today up to the end, `late` those past it, `used` those
    gone, today not counted. For wh, h and min there are no cells, and `share` is the
    used part of the time in per cent; `minutes_left` is negative once it is late.
    """

    lamp: Lamp
    cells: tuple[Cell, ...]
    used: int
    left: int
    late: int
    share: int
    minutes_left: int
    due_on: dt.date
    due_today: bool
    starts_later: bool
    provisional: bool


def ruler(clock: Clock, now: dt.datetime, calendar: WorkingCalendar) -> Ruler:
    """Draw a clock at a moment; a stopped one as it stood when it stopped."""
    at = clock.stopped_at if clock.stopped_at is not None else now
    today, due_on = calendar.date_of(at), calendar.date_of(clock.due_at)
    cells = _cells(clock, at, calendar) if clock.term.unit in ("wd", "nd") else ()
    marks = [cell.mark for cell in cells]
    total = (clock.due_at - clock.counts_from).total_seconds()
    gone = (at - clock.counts_from).total_seconds()
    return Ruler(
        lamp=lamp(clock, now),
        cells=cells,
        used=marks.count("used"),
        left=marks.count("left"),
        late=marks.count("late"),
        share=100 if total <= 0 else round(100 * min(max(gone / total, 0), 1)),
        minutes_left=int((clock.due_at - at).total_seconds() // 60),
        due_on=due_on,
        due_today=due_on == today,
        starts_later=calendar.date_of(clock.counts_from) >= today,
        provisional=clock.provisional,
    )


def _cells(clock: Clock, at: dt.datetime, calendar: WorkingCalendar) -> tuple[Cell, ...]:
    today, due_on = calendar.date_of(at), calendar.date_of(clock.due_at)
    paused_now = clock.status == "suspended"
    last = today if paused_now else max(today, due_on)
    cells: list[Cell] = []
    week: tuple[int, int] | None = None
    for day in days_after(calendar.date_of(clock.counts_from), last):
        mark = _mark(clock, day, at, today, due_on, calendar)
        if mark is None:
            continue
        this = day.isocalendar()[:2]
        cells.append(
            Cell(day, mark, day == due_on and not paused_now, week is not None and week != this)
        )
        week = this
        if len(cells) == MOST_CELLS:
            break
    return tuple(cells)


def _mark(
    clock: Clock,
    day: dt.date,
    at: dt.datetime,
    today: dt.date,
    due_on: dt.date,
    calendar: WorkingCalendar,
) -> Mark | None:
    if not is_counted(day, clock, calendar):
        seen = calendar.is_working_day(day) or day == due_on
        paused = seen and any(
            calendar.date_of(each.from_at) < day <= calendar.date_of(each.to_at or at)
            for each in clock.suspensions
        )
        if paused and day <= due_on:
            return "paused"
        if day != due_on:
            return None
    if day > due_on:
        return "late"
    if day == today:
        return "late" if at > clock.due_at else "today"
    return "used" if day < today else "left"
