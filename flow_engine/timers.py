"""Timers: what a timer's text means, and the moment it comes to (ISO 8601)."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from flow_engine.errors import EvaluationError
from rule_engine.values import DaysDuration, MonthsDuration

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,6})?)"
_DURATION = re.compile(
    rf"^P(?:(\d{{1,4}})Y)?(?:(\d{{1,4}})M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?$"
)
_CYCLE = re.compile(r"^R(\d{0,6})/(?:([^P/][^/]*)/)?(P[^/]+)$")
_DUE = re.compile(r"""^due\(\s*["']([A-Za-z_][A-Za-z0-9_.\-]{0,79})["']\s*\)$""")


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in calendar months and a fixed rest; months keep their day where they can."""

    months: int
    rest: timedelta

    def after(self, moment: datetime) -> datetime:
        """Give the moment that lies this span after `moment`."""
        index = moment.year * 12 + moment.month - 1 + self.months
        year, month = divmod(index, 12)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day) + self.rest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a timer's text says; `text` is left where it is an expression.

    `times` counts the firings of a cycle; None means for ever.
    """

    span: Span | None = None
    at: datetime | None = None
    due_of: str | None = None
    text: str | None = None
    cycle: bool = False
    times: int | None = 1

    def moment(self, now: datetime) -> datetime | None:
        """Give the first moment, or None where only the host knows it."""
        if self.at is not None:
            return self.at
        return self.span.after(now) if self.span is not None else None


def parse_span(text: str) -> Span | None:
    """Read an ISO 8601 duration; None where the text is none."""
    found = _DURATION.match(text)
    if found is None or text.endswith(("P", "T")):
        return None
    years, months, *rest = found.groups()
    weeks, days, hours, minutes, seconds = (float((n or "0").replace(",", ".")) for n in rest)
    return Span(
        int(years or 0) * 12 + int(months or 0),
        timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds),
    )


def parse_moment(text: str, zone: tzinfo) -> datetime | None:
    """Read an ISO 8601 date or moment; without an offset it is local to `zone`."""
    if not re.match(r"^\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return local.astimezone(UTC)


def parse(text: str, zone: tzinfo) -> Plan:
    """Understand a timer's text; what is no literal is left as an expression."""
    text = text.strip().removeprefix("=").strip()
    plain = text.strip("\"'")
    due = _DUE.match(text)
    if due is not None:
        return Plan(due_of=due.group(1))
    cycle = _CYCLE.match(plain)
    if cycle is not None:
        return _cycle(cycle, zone) or Plan(text=text)
    span = parse_span(plain)
    if span is not None:
        return Plan(span=span)
    at = parse_moment(plain, zone)
    return Plan(at=at) if at is not None else Plan(text=text)


def _cycle(found: re.Match[str], zone: tzinfo) -> Plan | None:
    times, start, length = found.groups()
    span = parse_span(length)
    at = parse_moment(start, zone) if start else None
    if span is None or (start and at is None):
        return None
    return Plan(span=span, at=at, cycle=True, times=int(times) if times else None)


def due(value: object, now: datetime, zone: tzinfo, where: str) -> datetime:
    """Turn what an expression gave into a moment: a moment, a date, or a duration from now."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone).astimezone(UTC)
    span = _span_of(value)
    if span is not None:
        return span.after(now)
    at = parse_moment(str(value), zone)
    if at is None:
        raise EvaluationError(where, f'The timer gives "{value}"; that is no moment and no span.')
    return at


def _span_of(value: object) -> Span | None:
    if isinstance(value, DaysDuration):
        return Span(0, value.timedelta())
    if isinstance(value, MonthsDuration):
        return Span(value.months, timedelta())
    return parse_span(str(value))


Due = Callable[[str], datetime]
"""Gives the due date of a step; the host knows its clocks and calendars."""
