"""Arithmetic on numbers, texts, dates and durations (DMN 1.5, Tables 56 to 59)."""

from decimal import Decimal, DecimalException
from typing import Any

from rule_engine import temporal
from rule_engine.numeric import CONTEXT, power
from rule_engine.running import bounded
from rule_engine.values import DaysDuration, MonthsDuration, Time

_POINTS = (*temporal.DATES, *temporal.MOMENTS)


def calculate(operator: str, a: Any, b: Any) -> Any:
    """Apply an operator; None where it does not apply or the result is out of bounds."""
    try:
        return _OPERATORS[operator](a, b)
    except (DecimalException, OverflowError):
        return None


def negated(value: Any) -> Any:
    """Turn the sign of a number or duration; None for anything else."""
    if type(value) is Decimal:
        return CONTEXT.minus(value)
    if type(value) is DaysDuration:
        return DaysDuration(-value.nanoseconds)
    if type(value) is MonthsDuration:
        return MonthsDuration(-value.months)
    return None


def _add(a: Any, b: Any) -> Any:
    first, second = type(a), type(b)
    if first is Decimal and second is Decimal:
        return CONTEXT.add(a, b)
    if first is str and second is str:
        return bounded(a + b)
    if second is DaysDuration or second is MonthsDuration:
        if first is second:
            return _add_durations(a, b, 1)
        return _move(a, b, 1)
    if first is DaysDuration or first is MonthsDuration:
        return _move(b, a, 1)
    return None


def _subtract(a: Any, b: Any) -> Any:
    first, second = type(a), type(b)
    if first is Decimal and second is Decimal:
        return CONTEXT.subtract(a, b)
    if second is DaysDuration or second is MonthsDuration:
        if first is second:
            return _add_durations(a, b, -1)
        return _move(a, b, -1)
    if isinstance(a, _POINTS) and isinstance(b, _POINTS):
        return temporal.between_moments(a, b)
    if first is Time and second is Time:
        if (a.zone is None) != (b.zone is None):
            return None
        shift = ((b.offset() or 0) - (a.offset() or 0)) * 1_000_000_000
        return DaysDuration(a.since_midnight() - b.since_midnight() + shift)
    return None


def _multiply(a: Any, b: Any) -> Any:
    first, second = type(a), type(b)
    if first is Decimal and second is Decimal:
        return CONTEXT.multiply(a, b)
    if second is Decimal and first in (DaysDuration, MonthsDuration):
        return _scaled(a, b)
    if first is Decimal and second in (DaysDuration, MonthsDuration):
        return _scaled(b, a)
    return None


def _divide(a: Any, b: Any) -> Any:
    first, second = type(a), type(b)
    if first is Decimal and second is Decimal:
        return CONTEXT.divide(a, b)
    if second is Decimal and first in (DaysDuration, MonthsDuration):
        return _scaled(a, CONTEXT.divide(Decimal(1), b)) if b else None
    if first is second is DaysDuration:
        return CONTEXT.divide(Decimal(a.nanoseconds), Decimal(b.nanoseconds))
    if first is second is MonthsDuration:
        return CONTEXT.divide(Decimal(a.months), Decimal(b.months))
    return None


def _power(a: Any, b: Any) -> Any:
    if type(a) is Decimal and type(b) is Decimal:
        return power(a, b)
    return None


def _add_durations(a: Any, b: Any, sign: int) -> Any:
    if type(a) is DaysDuration:
        return temporal.days_of(a.nanoseconds + sign * b.nanoseconds)
    return temporal.months_of(a.months + sign * b.months)


def _move(point: Any, length: Any, sign: int) -> Any:
    if isinstance(length, MonthsDuration):
        if isinstance(point, _POINTS):
            return temporal.add_months(point, sign * length.months)
        return None
    moved = DaysDuration(sign * length.nanoseconds)
    if isinstance(point, Time):
        return temporal.add_to_time(point, moved)
    if isinstance(point, _POINTS):
        return temporal.add_days(point, moved)
    return None


def _scaled(length: Any, factor: Decimal) -> Any:
    if isinstance(length, DaysDuration):
        return temporal.days_of(int(CONTEXT.multiply(Decimal(length.nanoseconds), factor)))
    return temporal.months_of(int(CONTEXT.multiply(Decimal(length.months), factor)))


_OPERATORS = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": _power,
}
