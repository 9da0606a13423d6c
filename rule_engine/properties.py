"""What follows a dot: members of contexts, parts of dates and ranges (DMN 1.5, Table 65)."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rule_engine import temporal, wide
from rule_engine.values import (
    DaysDuration,
    MonthsDuration,
    OperatorTest,
    Range,
    Time,
    WideDate,
    WideMoment,
)

NAMES = (
    "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone",
    "date", "time", "days", "hours", "minutes", "seconds", "years", "months", "start", "end",
    "start included", "end included", "value",
)  # fmt: skip


class _Absent:
    """What a value gives for a property that it does not have."""


ABSENT = _Absent()


def property_of(value: Any, name: str) -> Any:
    """Give a member or property of a value; ABSENT where there is none."""
    if isinstance(value, Mapping):
        return value.get(name, ABSENT)
    kind = type(value)
    if kind is dt.date or kind is WideDate:
        return _date(value, name)
    if kind is dt.datetime or kind is WideMoment:
        return _moment(value, name)
    if kind is Time:
        return _time(value, name)
    if kind is DaysDuration:
        return _part(value.parts(), ("days", "hours", "minutes", "seconds"), name)
    if kind is MonthsDuration:
        return _part(value.parts(), ("years", "months"), name)
    if kind is Range:
        return _range(value, name)
    if kind is OperatorTest:
        return _operator(value, name)
    return ABSENT


def _part(parts: tuple[int, ...], names: tuple[str, ...], name: str) -> Any:
    return Decimal(parts[names.index(name)]) if name in names else ABSENT


def _date(value: temporal.AnyDate, name: str) -> Any:
    if name == "weekday":
        return Decimal((wide.number_of(value) + 3) % 7 + 1)
    if name in ("year", "month", "day"):
        return Decimal(getattr(value, name))
    return ABSENT


def _moment(value: temporal.AnyMoment, name: str) -> Any:
    date, time = wide.split(value)
    if name == "date":
        return date
    if name == "time":
        return time
    if name in ("hour", "minute", "second"):
        return Decimal(getattr(time, name))
    if name in ("time offset", "timezone"):
        return _zone(time.zone, wide.offset(value), name)
    return _date(date, name)


def _time(value: Time, name: str) -> Any:
    if name in ("hour", "minute", "second"):
        return Decimal(getattr(value, name))
    if name in ("time offset", "timezone"):
        return _zone(value.zone, value.offset(), name)
    return ABSENT


def _zone(zone: dt.tzinfo | None, offset: int | None, name: str) -> Any:
    if name == "time offset":
        return None if offset is None else DaysDuration(offset * 1_000_000_000)
    return zone.key if isinstance(zone, zoneinfo.ZoneInfo) else None


def _range(value: Range, name: str) -> Any:
    known = {
        "start": value.low,
        "end": value.high,
        "start included": value.low_closed,
        "end included": value.high_closed,
    }
    return known.get(name, ABSENT)


def _operator(value: OperatorTest, name: str) -> Any:
    below, above = value.operator in ("<", "<="), value.operator in (">", ">=")
    same = value.operator == "="
    known = {
        "start": value.operand if above or same else None,
        "end": value.operand if below or same else None,
        "start included": value.operator == ">=" or same,
        "end included": value.operator == "<=" or same,
    }
    return known.get(name, ABSENT)
