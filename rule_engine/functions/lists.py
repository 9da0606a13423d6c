"""Functions on lists (DMN 1.5, 10.3.4.4 and 10.3.4.9)."""

import functools
from decimal import Decimal, DecimalException
from typing import Any

from rule_engine.arithmetic import calculate
from rule_engine.compare import compare, equal
from rule_engine.functions.registry import feel
from rule_engine.numeric import CONTEXT, as_int, of_int
from rule_engine.running import Run
from rule_engine.values import DaysDuration, Function, MonthsDuration


def _items(arguments: list[Any]) -> list[Any]:
    if len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0]
    return arguments


def _among(run: Run, items: list[Any], wanted: Any) -> int | None:
    run.step(len(items))
    for place, item in enumerate(items):
        if equal(item, wanted) is True:
            return place
    return None


@feel(
    "list contains",
    "list: list, element: any",
    result="boolean",
    people={"zh": "{0}里有{1}", "en": "{0} has {1}"},
)
def list_contains(run: Run, items: list[Any], element: Any) -> Any:
    """Tell whether an element is in a list."""
    return _among(run, items, element) is not None


@feel("count", "list: list", result="number", people={"zh": "{0}的个数", "en": "number of {0}"})
def count(run: Run, items: list[Any]) -> Any:
    """Count the elements."""
    return of_int(len(items))


def _extreme(run: Run, arguments: list[Any], sign: int) -> Any:
    items = _items(arguments)
    run.step(len(items))
    if not items or any(item is None for item in items):
        return None
    best = items[0]
    if len(items) == 1:
        return best if compare(best, best) is not None else None
    for item in items[1:]:
        order = compare(item, best)
        if order is None:
            return None
        if order * sign > 0:
            best = item
    return best


@feel(
    "min",
    "list: list",
    "c...: any",
    may_be_null=True,
    people={
        "zh": "{0}中最小的",
        "en": "the smallest of {0}",
        "zh/2": "{0}和{1}中小的",
        "en/2": "the smaller of {0} and {1}",
    },
)
def min_(run: Run, *arguments: Any) -> Any:
    """Give the smallest."""
    return _extreme(run, _flat(arguments), -1)


@feel(
    "max",
    "list: list",
    "c...: any",
    may_be_null=True,
    people={
        "zh": "{0}中最大的",
        "en": "the largest of {0}",
        "zh/2": "{0}和{1}中大的",
        "en/2": "the larger of {0} and {1}",
    },
)
def max_(run: Run, *arguments: Any) -> Any:
    """Give the largest."""
    return _extreme(run, _flat(arguments), 1)


def _flat(arguments: tuple[Any, ...]) -> list[Any]:
    return list(arguments[0]) if arguments and isinstance(arguments[0], list) else list(arguments)


def _numbers(run: Run, arguments: tuple[Any, ...]) -> list[Decimal] | None:
    items = _items(_flat(arguments))
    run.step(len(items))
    if not items or any(type(item) is not Decimal for item in items):
        return None
    return items


@feel(
    "sum",
    "list: list",
    "n...: any",
    may_be_null=True,
    people={"zh": "{0}的合计", "en": "the total of {0}"},
)
def sum_(run: Run, *arguments: Any) -> Any:
    """Add up numbers or durations."""
    items = _items(_flat(arguments))
    run.step(len(items))
    kinds = {type(item) for item in items}
    if len(kinds) != 1 or not kinds <= {Decimal, DaysDuration, MonthsDuration}:
        return None
    return functools.reduce(
        lambda a, b: None if a is None else calculate("+", a, b), items[1:], items[0]
    )


@feel("mean", "list: list", "n...: any", result="number", may_be_null=True)
def mean(run: Run, *arguments: Any) -> Any:
    """Give the average."""
    items = _numbers(run, arguments)
    if items is None:
        return None
    total = functools.reduce(CONTEXT.add, items)
    return CONTEXT.divide(total, of_int(len(items)))


@feel("product", "list: list", "n...: any", result="number", may_be_null=True)
def product(run: Run, *arguments: Any) -> Any:
    """Multiply all numbers."""
    items = _numbers(run, arguments)
    try:
        return None if items is None else functools.reduce(CONTEXT.multiply, items)
    except DecimalException:
        return None


@feel("median", "list: list", "n...: any", result="number", may_be_null=True)
def median(run: Run, *arguments: Any) -> Any:
    """Give the number in the middle."""
    items = _numbers(run, arguments)
    if items is None:
        return None
    ordered = sorted(items)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@feel("stddev", "list: list", "n...: any", result="number", may_be_null=True)
def stddev(run: Run, *arguments: Any) -> Any:
    """Give the standard deviation of a sample."""
    items = _numbers(run, arguments)
    if items is None or len(items) < 2:
        return None
    centre = CONTEXT.divide(functools.reduce(CONTEXT.add, items), of_int(len(items)))
    squares = [CONTEXT.power(CONTEXT.subtract(item, centre), 2) for item in items]
    return CONTEXT.sqrt(
        CONTEXT.divide(functools.reduce(CONTEXT.add, squares), of_int(len(items) - 1))
    )


@feel("mode", "list: list", "n...: any", result="list", may_be_null=True)
def mode(run: Run, *arguments: Any) -> Any:
    """Give the most frequent numbers in order."""
    items = _items(_flat(arguments))
    run.step(len(items))
    if any(type(item) is not Decimal for item in items):
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, times in counts.items() if times == most)


def _joined(run: Run, arguments: tuple[Any, ...], deciding: bool) -> Any:
    items = _items(_flat(arguments))
    run.step(len(items))
    if any(item is deciding for item in items):
        return deciding
    if any(type(item) is not bool for item in items):
        return None
    return not deciding


@feel("all", "list: list", "b...: any", result="boolean", may_be_null=True)
def all_(run: Run, *arguments: Any) -> Any:
    """Tell whether all are true."""
    return _joined(run, arguments, False)


@feel("any", "list: list", "b...: any", result="boolean", may_be_null=True)
def any_(run: Run, *arguments: Any) -> Any:
    """Tell whether one is true."""
    return _joined(run, arguments, True)


@feel("sublist", "list: list, start position: number, length?: number", result="list")
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None) -> Any:
    """Take elements from a position on."""
    at = as_int(start)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    begin = at - 1 if at > 0 else len(items) + at
    if length is None:
        return items[begin:]
    size = as_int(length)
    if size is None or size < 0 or begin + size > len(items):
        return None
    return items[begin : begin + size]


@feel("append", "list: list, item...: any", result="list")
def append(run: Run, items: list[Any], more: list[Any]) -> Any:
    """Add elements at the end."""
    run.step(len(items))
    return [*items, *more]


@feel("concatenate", "list...: list", result="list")
def concatenate(run: Run, lists: list[list[Any]]) -> Any:
    """Put lists together."""
    run.step(sum(map(len, lists)))
    return [item for items in lists for item in items]


@feel("union", "list...: list", result="list")
def union(run: Run, lists: list[list[Any]]) -> Any:
    """Put lists together without what is there twice."""
    return _distinct(run, [item for items in lists for item in items])


@feel("distinct values", "list: list", result="list")
def distinct_values(run: Run, items: list[Any]) -> Any:
    """Leave out what is there twice."""
    return _distinct(run, items)


def _distinct(run: Run, items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        run.step()
        if type(item) is Decimal or type(item) is str:
            if (type(item), item) in seen:
                continue
            seen.add((type(item), item))
            kept.append(item)
        elif _among(run, kept, item) is None:
            kept.append(item)
    return kept


@feel("insert before", "list: list, position: number, newItem: any", result="list")
def insert_before(run: Run, items: list[Any], position: Decimal, item: Any) -> Any:
    """Put an element before a position."""
    at = as_int(position)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    begin = at - 1 if at > 0 else len(items) + at
    return [*items[:begin], item, *items[begin:]]


@feel("remove", "list: list, position: number", result="list")
def remove(run: Run, items: list[Any], position: Decimal) -> Any:
    """Leave out the element at a position."""
    at = as_int(position)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    begin = at - 1 if at > 0 else len(items) + at
    return [*items[:begin], *items[begin + 1 :]]


@feel(
    "list replace",
    "list: list, position: number, newItem: any",
    "list: list, match: function, newItem: any",
    result="list",
    by_signature=True,
)
def list_replace(run: Run, number: int, items: list[Any], where: Any, item: Any) -> Any:
    """Put another element at a position, or where a function says so."""
    if number == 0:
        at = int(where)
        if at == 0 or abs(at) > len(items):
            return None
        begin = at - 1 if at > 0 else len(items) + at
        return [*items[:begin], item, *items[begin + 1 :]]
    done = []
    if len(where.parameters) != 2:
        return None
    for old in items:
        run.step()
        chosen = where.call(run, [old, item])
        if type(chosen) is not bool:
            return None
        done.append(item if chosen else old)
    return done


@feel("reverse", "list: list", result="list")
def reverse(run: Run, items: list[Any]) -> Any:
    """Turn the order round."""
    run.step(len(items))
    return items[::-1]


@feel("index of", "list: list, match: any", result="list")
def index_of(run: Run, items: list[Any], match: Any) -> Any:
    """List the positions of an element."""
    run.step(len(items))
    return [of_int(at + 1) for at, item in enumerate(items) if equal(item, match) is True]


@feel("flatten", "list: list", result="list")
def flatten(run: Run, items: list[Any]) -> Any:
    """Take the elements out of inner lists."""
    done: list[Any] = []
    waiting: list[Any] = [items]
    while waiting:
        run.step()
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(reversed(current))
        else:
            done.append(current)
    return done


@feel("sort", "list: list, precedes?: function", result="list", may_be_null=True)
def sort(run: Run, items: list[Any], precedes: Function | None) -> Any:
    """Put elements in order, by a function that tells whether one precedes another."""
    if precedes is not None and len(precedes.parameters) != 2:
        return None
    wrong = False

    def order(a: Any, b: Any) -> int:
        nonlocal wrong
        run.step()
        if precedes is None:
            found = compare(a, b)
            wrong = wrong or found is None
            return found or 0
        if precedes.call(run, [a, b]) is True:
            return -1
        return 1 if precedes.call(run, [b, a]) is True else 0

    done = sorted(items, key=functools.cmp_to_key(order))
    return None if wrong else done


ALL = (
    list_contains, count, min_, max_, sum_, mean, product, median, stddev, mode, all_, any_,
    sublist, append, concatenate, union, distinct_values, insert_before, remove, list_replace,
    reverse, index_of, flatten, sort,
)  # fmt: skip
