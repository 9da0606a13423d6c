"""Equality, order and membership of values (DMN 1.5, 10.3.2.13, 10.3.2.15 and Table 55)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from rule_engine import temporal, wide
from rule_engine.values import (
    DaysDuration,
    Function,
    MonthsDuration,
    OperatorTest,
    Range,
    Time,
    Unknown,
    WideMoment,
    kind_of,
    offset_of,
)

_FINEST = 1_000_000
"""Times are the same if they are so to the millisecond, as the conformance suite has it."""


def equal(a: Any, b: Any) -> bool | None:
    """Tell whether two values are the same; None where they cannot be compared."""
    if a is None or b is None:
        return a is b
    kind = type(a)
    if kind is type(b):
        if kind is Decimal or kind is str or kind is bool:
            return bool(a == b)
        if kind is list:
            return _equal_lists(a, b)
        if kind is dict:
            return _equal_contexts(a, b)
        if kind is Function:
            return True if a is b else None
        if kind is dt.datetime or kind is WideMoment:
            return _equal_moments(a, b)
        if kind is Time:
            return _equal_times(a, b)
        if kind is Range:
            return _equal_ranges(a, b)
        if kind is OperatorTest:
            return a.operator == b.operator and equal(a.operand, b.operand) is True
        return bool(a == b)
    if isinstance(a, OperatorTest | Range) and isinstance(b, OperatorTest | Range):
        return False
    if kind_of(a) == kind_of(b):
        return _equal_moments(a, b) if kind_of(a) == "date and time" else False
    if {kind, type(b)} == {DaysDuration, MonthsDuration}:
        return (_zero(a) and _zero(b)) or None
    return None


def compare(a: Any, b: Any) -> int | None:
    """Order two values: below 0, 0, above 0; None where they have no order."""
    kind = type(a)
    if kind is not type(b):
        return _compare_wide(a, b)
    if kind is Decimal or kind is str or kind is dt.date:
        return -1 if a < b else int(a > b)
    if kind is dt.datetime:
        if (a.tzinfo is None) != (b.tzinfo is None):
            return None
        return -1 if a < b else int(a > b)
    if kind is Time:
        return _compare_times(a, b)
    if kind is DaysDuration:
        return _order(a.nanoseconds, b.nanoseconds)
    if kind is MonthsDuration:
        return _order(a.months, b.months)
    return _compare_wide(a, b)


def _compare_wide(a: Any, b: Any) -> int | None:
    if isinstance(a, temporal.MOMENTS) and isinstance(b, temporal.MOMENTS):
        first, second = temporal.instant(a), temporal.instant(b)
        if (first is None) != (second is None):
            return None
        if first is None or second is None:
            first, second = temporal.local(a), temporal.local(b)
        return _order(first, second)
    if kind_of(a) == kind_of(b) == "date":
        return _order(wide.number_of(a), wide.number_of(b))
    return None


def _order(a: int, b: int) -> int:
    return (a > b) - (a < b)


def holds(operator: str, a: Any, b: Any) -> bool | None:
    """Apply a comparison operator; None where it does not apply."""
    if operator == "=":
        return equal(a, b)
    if operator == "!=":
        same = equal(a, b)
        return None if same is None else not same
    order = compare(a, b)
    if order is None:
        return None
    if operator == "<":
        return order < 0
    if operator == "<=":
        return order <= 0
    if operator == ">":
        return order > 0
    return order >= 0


def within(value: Any, span: Range) -> bool | None:
    """Tell whether a value lies between the ends of a range."""
    if value is None or span.low is None or span.high is None:
        return None
    above = holds(">=" if span.low_closed else ">", value, span.low)
    below = holds("<=" if span.high_closed else "<", value, span.high)
    if above is False or below is False:
        return False if above is not None and below is not None else None
    return True if above and below else None


def passes(value: Any, test: OperatorTest) -> bool | None:
    """Apply a unary test to a value."""
    return holds(test.operator, value, test.operand)


def matches(value: Any, wanted: Any) -> Any:
    """Tell whether a value is another one, lies in it, or is among its elements."""
    if type(value) is Unknown:
        return value
    if isinstance(wanted, Range):
        return within(value, wanted)
    if isinstance(wanted, OperatorTest):
        return passes(value, wanted)
    if isinstance(wanted, list):
        if isinstance(value, list) and equal(value, wanted):
            return True
        return any(_same_or_in(value, item) is True for item in wanted)
    return equal(value, wanted)


def _same_or_in(value: Any, item: Any) -> Any:
    if isinstance(value, list) and isinstance(item, list):
        return equal(value, item)
    return matches(value, item)


def _zero(value: DaysDuration | MonthsDuration) -> bool:
    return not (value.nanoseconds if isinstance(value, DaysDuration) else value.months)


def _equal_lists(a: list[Any], b: list[Any]) -> bool | None:
    if len(a) != len(b):
        return False
    result: bool | None = True
    for first, second in zip(a, b, strict=True):
        same = equal(first, second)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_contexts(a: dict[str, Any], b: dict[str, Any]) -> bool | None:
    if a.keys() != b.keys():
        return False
    return _equal_lists(list(a.values()), [b[key] for key in a])


def _equal_moments(a: Any, b: Any) -> bool | None:
    first, second = temporal.instant(a), temporal.instant(b)
    if (first is None) != (second is None):
        return None
    if first is None or second is None:
        first, second = temporal.local(a), temporal.local(b)
    return first // _FINEST == second // _FINEST


def _instant(value: Time) -> int | None:
    offset = value.offset()
    if value.zone is not None and offset is None:
        offset = offset_of(value.zone, dt.datetime(2000, 1, 1))
    return None if offset is None else value.since_midnight() - offset * 1_000_000_000


def _equal_times(a: Time, b: Time) -> bool | None:
    if (a.zone is None) != (b.zone is None):
        return None
    if a.zone is None:
        return a.since_midnight() // _FINEST == b.since_midnight() // _FINEST
    return (_instant(a) or 0) // _FINEST == (_instant(b) or 0) // _FINEST


def _compare_times(a: Time, b: Time) -> int | None:
    if (a.zone is None) != (b.zone is None):
        return None
    if a.zone is None:
        first, second = a.since_midnight(), b.since_midnight()
    else:
        first, second = _instant(a) or 0, _instant(b) or 0
    return (first > second) - (first < second)


def _equal_ranges(a: Any, b: Any) -> bool:
    return (
        equal(a.low, b.low) is True
        and equal(a.high, b.high) is True
        and a.low_closed == b.low_closed
        and a.high_closed == b.high_closed
    )
