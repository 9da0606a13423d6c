"""Values of FEEL that Python has no type for: times, durations, ranges, functions, the unknown."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

NANOSECONDS = 1_000_000_000
DAY = 86_400 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, with a zone or without."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    zone: dt.tzinfo | None = None

    def offset(self) -> int | None:
        """Give the offset from UTC in seconds, or None where it is unknown."""
        return offset_of(self.zone)

    def since_midnight(self) -> int:
        """Count nanoseconds since midnight on the clock's face."""
        seconds = self.hour * 3600 + self.minute * 60 + self.second
        return seconds * NANOSECONDS + self.nanosecond


@dataclass(frozen=True, slots=True, order=True)
class WideDate:
    """A date of a year that Python has not: before 1 or after 9999."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class WideMoment:
    """A date and time that Python has not: of a wide date, or finer than a microsecond."""

    date: dt.date | WideDate
    time: Time


@dataclass(frozen=True, slots=True)
class DaysDuration:
    """A days and time duration, in nanoseconds."""

    nanoseconds: int

    def parts(self) -> tuple[int, int, int, int, int]:
        """Split the length into days, hours, minutes, seconds, nanoseconds, all of one sign."""
        sign = -1 if self.nanoseconds < 0 else 1
        seconds, nanoseconds = divmod(abs(self.nanoseconds), NANOSECONDS)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return (sign * days, sign * hours, sign * minutes, sign * seconds, sign * nanoseconds)

    def timedelta(self) -> dt.timedelta:
        """Give the length as Python has it, to the microsecond."""
        return dt.timedelta(microseconds=self.nanoseconds // 1000)


@dataclass(frozen=True, slots=True)
class MonthsDuration:
    """A years and months duration, in months."""

    months: int

    def parts(self) -> tuple[int, int]:
        """Split the length into years and months, both of one sign."""
        sign = -1 if self.months < 0 else 1
        years, months = divmod(abs(self.months), 12)
        return (sign * years, sign * months)


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; None is an open end."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class OperatorTest:
    """A unary test made a value: `(!= 10)`."""

    operator: str
    operand: Any


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something that can be called."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[[Any, list[Any]], Any]
    types: tuple[Any, ...] = ()
    result: Any = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a verdict has in place of missing inputs: it could be any value."""

    inputs: frozenset[str]


def unknown_of(*values: Any) -> Unknown | None:
    """Join what is unknown among the values; None if all are known."""
    found: frozenset[str] | None = None
    for value in values:
        if type(value) is Unknown:
            found = value.inputs if found is None else found | value.inputs
    return None if found is None else Unknown(found)


def offset_of(zone: dt.tzinfo | None, at: dt.datetime | None = None) -> int | None:
    """Give the offset of a zone in seconds; a named zone needs a moment."""
    if zone is None:
        return None
    offset = zone.utcoffset(at)
    return None if offset is None else int(offset.total_seconds())


def kind_of(value: Any) -> str:
    """Name the FEEL type of a value."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, dict):
        return "context"
    return "any"


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    dt.date: "date",
    dt.datetime: "date and time",
    WideDate: "date",
    WideMoment: "date and time",
    Time: "time",
    DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration",
    Range: "range",
    OperatorTest: "range",
    Function: "function",
    list: "list",
    dict: "context",
    Unknown: "unknown",
}
