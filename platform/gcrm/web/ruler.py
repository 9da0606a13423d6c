"""The day ruler on a page: what each cell looks like, the legend, and the sentence that says it."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

from markupsafe import Markup

from gcrm.runtime import clock_rulers, clocks
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clocks import Clock
from gcrm.web import dates, marks
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext

CLASSES = {"used": "done", "today": "today", "left": "", "paused": "off", "late": "late"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One counted day: its number in the month and the classes that draw it."""

    label: str
    kinds: str


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """All cells of a clock, what they mean, and the same in words."""

    days: tuple[Cell, ...]
    key: tuple[Key, ...]
    sentence: str


def show(clock: Clock, drawn: clock_rulers.Ruler) -> Ruler | None:
    """Make a clock's ruler ready to show; None for one that counts no days."""
    if not drawn.cells:
        return None
    marks = [cell.mark for cell in drawn.cells]
    paused = marks.count("paused")
    running = "today" in marks
    stopped = clock.status == "stopped"
    return Ruler(
        tuple(Cell(str(cell.day.day), _kinds(cell, stopped)) for cell in drawn.cells),
        _key(clock, drawn, paused, running and not stopped),
        _sentence(clock, drawn, paused, running and not stopped),
    )


def _kinds(cell: clock_rulers.Cell, stopped: bool) -> str:
    mark = "used" if stopped and cell.mark == "today" else cell.mark
    names = (CLASSES[mark], "due" if cell.due else "", "wk" if cell.week else "")
    return " ".join(name for name in names if name)


def _key(clock: Clock, drawn: clock_rulers.Ruler, paused: int, running: bool) -> tuple[Key, ...]:
    entries = [
        Key("done", ngettext("已用%(num)s天", "%(num)s used", drawn.used)) if drawn.used else None,
        Key("today", _("今天")) if running else None,
        Key("", ngettext("还剩%(num)s天", "%(num)s left", drawn.left))
        if drawn.left and clock.stopped_at is None
        else None,
        Key("off", ngettext("暂停%(num)s天，不算", "%(num)s paused, not counted", paused))
        if paused
        else None,
        Key("late", ngettext("超了%(num)s天", "%(num)s late", drawn.late)) if drawn.late else None,
        Key("due", _("办好的日子")) if any(cell.due for cell in drawn.cells) else None,
    ]
    return tuple(entry for entry in entries if entry)


def _sentence(clock: Clock, drawn: clock_rulers.Ruler, paused: int, running: bool) -> str:
    total = clock.term.value
    first = next((cell.day for cell in drawn.cells if cell.mark != "paused"), drawn.due_on)
    parts = [
        ngettext("共%(num)s个工作日。", "%(num)s working days in all.", total)
        if clock.term.unit == "wd"
        else ngettext("共%(num)s天。", "%(num)s days in all.", total),
        _("%(day)s起算。", day=dates.short(first)),
        ngettext("已用%(num)s天。", "%(num)s used.", drawn.used),
    ]
    if running:
        today = next(cell.day for cell in drawn.cells if cell.mark == "today")
        parts.append(
            _("今天%(day)s是第%(number)s天。", day=dates.short(today), number=drawn.used + 1)
        )
    if paused:
        parts.append(
            ngettext("暂停%(num)s天，不算在内。", "%(num)s paused and not counted.", paused)
        )
    if clock.stopped_at is not None:
        parts.append(_("%(day)s办好。", day=dates.short(clock.stopped_at)))
    elif drawn.late:
        parts.append(ngettext("已经超了%(num)s天。", "%(num)s days late.", drawn.late))
    else:
        parts.append(ngettext("还剩%(num)s天。", "%(num)s left.", drawn.left))
    return (" " if locale() == "en" else "").join(parts)


def remaining(clock: Clock, drawn: clock_rulers.Ruler) -> str:
    """Say beside a lamp what is left: 6天, 今天, 超2天, 等补正."""
    if clock.status == "suspended":
        cause = clock.suspensions[-1].cause if clock.suspensions else ""
        return _("等补正") if cause == "correction" else _("暂停计时")
    if drawn.minutes_left < 0:
        if drawn.late:
            return ngettext("超%(num)s天", "%(num)s d late", drawn.late)
        return _("已超时")
    if drawn.cells and (drawn.due_today or not drawn.left):
        return _("今天")
    if drawn.cells:
        return ngettext("%(num)s天", "%(num)s days", drawn.left)
    if drawn.minutes_left >= 60:
        return ngettext("%(num)s小时", "%(num)s hours", drawn.minutes_left // 60)
    return ngettext("%(num)s分钟", "%(num)s minutes", drawn.minutes_left)


@dataclass(frozen=True, slots=True)
class Short:
    """A clock in a list: its lamp with what is left, and the ruler without numbers."""

    lamp: Markup
    ruler: Markup


def short(clock: Clock, now: dt.datetime, calendar: WorkingCalendar) -> Short:
    """Draw a clock for a list; those that count the same days are drawn once."""
    if clock.term.unit not in ("wd", "nd"):  # these count minutes
        return _short(clock, now, calendar)
    at, date = clock.stopped_at or now, calendar.date_of
    key = (
        locale(),
        calendar,
        clock.term,
        clock.status,
        clocks.lamp(clock, now),
        date(clock.counts_from),
        date(clock.due_at),
        date(at),
        at > clock.due_at,
        clock.stopped_at and date(clock.stopped_at),
        tuple((each.cause, date(each.from_at), each.to_at and date(each.to_at))
              for each in clock.suspensions),
    )  # fmt: skip
    found = _shorts.get(key)
    if found is None:
        if len(_shorts) >= SHORTS:
            _shorts.clear()
        found = _shorts[key] = _short(clock, now, calendar)
    return found


SHORTS = 1_000
_shorts: dict[Hashable, Short] = {}


def _short(clock: Clock, now: dt.datetime, calendar: WorkingCalendar) -> Short:
    drawn = clock_rulers.ruler(clock, now, calendar)
    lamp = marks.lamp(LAMPS[drawn.lamp], remaining(clock, drawn))
    shown = show(clock, drawn)
    if shown is None:
        return Short(lamp, Markup(""))
    cells = Markup("").join(
        Markup('<span class="{}"></span>').format(day.kinds)
        if day.kinds
        else Markup("<span></span>")
        for day in shown.days
    )
    drawing = Markup('<div class="ruler ruler--mini" role="img" aria-label="{}">{}</div>')
    return Short(lamp, drawing.format(shown.sentence, cells))


LAMPS = {"green": "ok", "yellow": "warn", "red": "late", "paused": "paused"}
