"""Functions on points and ranges: Allen's relations (DMN 1.5, 10.3.4.11)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rule_engine import temporal, tree
from rule_engine.compare import compare, equal, within
from rule_engine.functions.registry import FeelFunction, feel
from rule_engine.names import Names
from rule_engine.parser import parse_expression
from rule_engine.running import Run
from rule_engine.values import Range


def _order(a: Any, b: Any) -> int:
    order = compare(a, b)
    if order is None:
        raise _NoOrderError
    return order


class _NoOrderError(Exception):
    pass


def _relation(name: str, compute: Callable[[Any, Any], bool | None], *shapes: str) -> FeelFunction:
    @feel(name, *shapes, result="boolean")
    def relation(run: Run, first: Any, second: Any) -> Any:
        try:
            return compute(first, second)
        except _NoOrderError:
            return None

    return relation


def _ends(value: Any) -> Range:
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _before(a: Any, b: Any) -> bool:
    first, second = _ends(a), _ends(b)
    order = _order(first.high, second.low)
    return order < 0 or (order == 0 and not (first.high_closed and second.low_closed))


def _meets(a: Range, b: Range) -> bool:
    return a.high_closed and b.low_closed and _order(a.high, b.low) == 0


def _low_order(a: Range, b: Range) -> int:
    order = _order(a.low, b.low)
    return order or (a.low_closed is False) - (b.low_closed is False)


def _high_order(a: Range, b: Range) -> int:
    order = _order(a.high, b.high)
    return order or (a.high_closed is True) - (b.high_closed is True)


def _includes(a: Range, b: Any) -> bool | None:
    if not isinstance(b, Range):
        return within(b, a)
    return _low_order(a, b) <= 0 and _high_order(a, b) >= 0


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: Range, b: Range) -> bool:
    return _overlaps(a, b) and _low_order(a, b) < 0 and _high_order(a, b) <= 0


def _finishes(a: Any, b: Range) -> bool:
    if not isinstance(a, Range):
        return b.high_closed and equal(a, b.high) is True
    return _high_order(a, b) == 0 and _low_order(a, b) >= 0


def _starts(a: Any, b: Range) -> bool:
    if not isinstance(a, Range):
        return b.low_closed and equal(a, b.low) is True
    return _low_order(a, b) == 0 and _high_order(a, b) <= 0


def _coincides(a: Any, b: Any) -> bool:
    first, second = _ends(a), _ends(b)
    return _low_order(first, second) == 0 and _high_order(first, second) == 0


_POINTS = "point1: any, point2: any"
_RANGES = "range1: range, range2: range"
_POINT_RANGE = "point: any, range: range"
_RANGE_POINT = "range: range, point: any"
_ANY = (_RANGES, _RANGE_POINT, _POINT_RANGE, _POINTS)


@feel("range", "from: string", result="range")
def range_(run: Run, text: str) -> Any:
    """Read a range whose ends are literals."""
    node, faults = parse_expression(text, Names((), ("date", "time", "date and time", "duration")))
    if faults or not isinstance(node, tree.RangeLiteral):
        return None
    low, high = _end(node.low), _end(node.high)
    if low is _NONE or high is _NONE or (low is None and high is None):
        return None
    if low is not None and high is not None and (compare(low, high) or 0) > 0:
        return None
    if low is not None and high is not None and compare(low, high) is None:
        return None
    return Range(low, high, node.low_closed, node.high_closed)


_NONE = object()
_READERS: dict[str, tuple[Callable[[str], Any], ...]] = {
    "date": (temporal.read_date,),
    "time": (temporal.read_time,),
    "date and time": (temporal.read_moment,),
    "duration": (temporal.read_days, temporal.read_months),
}


def _end(node: tree.Node) -> Any:
    if isinstance(node, tree.NumberLiteral | tree.StringLiteral):
        return node.value
    if isinstance(node, tree.NullLiteral):
        return None
    if isinstance(node, tree.AtLiteral):
        return temporal.read_any(node.text)
    if isinstance(node, tree.Negation):
        inner = _end(node.operand)
        return -inner if isinstance(inner, Decimal) else _NONE
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        given = [argument.value for argument in node.arguments]
        if len(given) == 1 and isinstance(given[0], tree.StringLiteral):
            text = given[0].value
            values = (reader(text) for reader in _READERS.get(node.function.name, ()))
            return next((value for value in values if value is not None), _NONE)
    return _NONE


ALL = (
    range_,
    _relation("before", _before, *_ANY),
    _relation("after", lambda a, b: _before(b, a), *_ANY),
    _relation("meets", _meets, _RANGES),
    _relation("met by", lambda a, b: _meets(b, a), _RANGES),
    _relation("overlaps", _overlaps, _RANGES),
    _relation("overlaps before", _overlaps_before, _RANGES),
    _relation("overlaps after", lambda a, b: _overlaps_before(b, a), _RANGES),
    _relation("finishes", _finishes, _RANGES, _POINT_RANGE),
    _relation("finished by", lambda a, b: _finishes(b, a), _RANGES, _RANGE_POINT),
    _relation("includes", _includes, _RANGES, _RANGE_POINT),
    _relation("during", lambda a, b: _includes(b, a), _RANGES, _POINT_RANGE),
    _relation("starts", _starts, _RANGES, _POINT_RANGE),
    _relation("started by", lambda a, b: _starts(b, a), _RANGES, _RANGE_POINT),
    _relation("coincides", _coincides, *_ANY),
)
