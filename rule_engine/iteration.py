"""Going through lists and ranges, one inside the other (DMN 1.5, 10.3.2.14)."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from rule_engine import tree
from rule_engine.calls import Closure, wrong
from rule_engine.compare import compare
from rule_engine.numeric import of_int
from rule_engine.running import Run, Scope
from rule_engine.values import Range, Unknown, unknown_of


class Source:
    """Where an iterator takes its values from."""

    __slots__ = ("end", "first", "name", "span")

    def __init__(self, name: str, first: Closure, end: Closure | None, span: tree.Span) -> None:
        """Take the values of one expression, or count from it to another."""
        self.name, self.first, self.end, self.span = name, first, end, span

    def values(self, run: Run, scope: Scope) -> Any:
        """Give the values; something else than an iterable where there are none."""
        first = self.first(run, scope)
        if self.end is not None:
            end = self.end(run, scope)
            unknown = unknown_of(first, end)
            return unknown if unknown is not None else _steps(first, end, run, self.span)
        if isinstance(first, Range):
            return _range_steps(first, run, self.span)
        if isinstance(first, list) or first is None or type(first) is Unknown:
            return first
        return [first]


class Trouble:
    """Why an iteration cannot be done: its value."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Keep the value that the whole iteration has."""
        self.value = value


def each(
    sources: list[Source],
    run: Run,
    scope: Scope,
    partial: Any,
    do: Callable[[Scope], None],
    at: int = 0,
) -> Trouble | None:
    """Do something for each combination of values; the answer says why there is none."""
    source = sources[at]
    values = source.values(run, scope)
    if values is None or type(values) is Unknown:
        return Trouble(values)
    for value in values:
        run.step()
        names = {source.name: value}
        if partial is not None:
            names["partial"] = partial
        inner = Scope(names, scope)
        if at + 1 == len(sources):
            do(inner)
        else:
            trouble = each(sources, run, inner, partial, do, at + 1)
            if trouble is not None:
                return trouble
    return None


def _steps(first: Any, end: Any, run: Run, span: tree.Span) -> Any:
    if type(first) is Decimal and type(end) is Decimal:
        low, high = int(first), int(end)
        if low != first or high != end:
            wrong(run, span, "..", first, end)
            return None
        return _counted(low, high)
    if type(first) is dt.date and type(end) is dt.date:
        low, high = first.toordinal(), end.toordinal()
        return (dt.date.fromordinal(int(day)) for day in _counted(low, high))
    if first is not None and end is not None:
        wrong(run, span, "..", first, end)
    return None


def _counted(low: int, high: int) -> Iterable[Decimal]:
    step = 1 if low <= high else -1
    current = low
    while current * step <= high * step:
        yield of_int(current)
        current += step


def _range_steps(span_: Range, run: Run, span: tree.Span) -> Any:
    if (compare(span_.low, span_.high) or 0) > 0:
        return None
    values = _steps(span_.low, span_.high, run, span)
    if values is None:
        return None

    def inner() -> Iterable[Any]:
        for value in values:
            if value == span_.low and not span_.low_closed:
                continue
            if value == span_.high and not span_.high_closed:
                continue
            yield value

    return inner()
