"""Indexes of decision tables: which rows a value lets pass, as bits, by hash or by bisection.

The ends of all ranges of a column cut its values into pieces; each piece knows its rows. Bit n
is row n. A value is found by the number of ends below it and the number of ends up to it.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rule_engine import temporal, tree
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.numeric import CONTEXT

MAX_BYTES = 32_000_000
"""What the indexes of one table may take."""
_HASHED_NUMBERS = 16

INDEXED: Mapping[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": dt.date,
}
Rows = int


@dataclass(frozen=True, slots=True)
class Span:
    """Values between two ends; None is an open end, equal closed ends are one value."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool

    def is_point(self) -> bool:
        """Tell whether there is one value only."""
        return (
            self.low is not None
            and self.low_closed
            and self.high_closed
            and (self.low is self.high)
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """The values that a cell lets pass, or all others; null is not among them."""

    spans: tuple[Span, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """Rows by place among sorted ends; the place is the sum of the counts of ends."""

    ends: list[Any]
    rows: list[Rows]
    counts: tuple[Callable[[list[Any], Any], int], ...]


@dataclass(frozen=True, slots=True)
class Hashed:
    """Rows by value, and those of any other value."""

    rows: dict[Any, Rows]
    others: Rows


Index = Ordered | Hashed


def cell_of(
    node: tree.Node, kind: str, functions: Mapping[str, FeelFunction] = FUNCTIONS
) -> Cell | None:
    """Read a cell as spans of values; None where it is more than that."""
    if not isinstance(node, tree.UnaryTests) or kind not in INDEXED:
        return None
    spans: list[Span] = []
    for test in node.tests:
        found = _spans(test, kind, functions)
        if found is None:
            return None
        spans += found
    return Cell(tuple(spans), node.negated)


def _spans(test: tree.Node, kind: str, functions: Mapping[str, FeelFunction]) -> list[Span] | None:
    if isinstance(test, tree.NullLiteral):
        return []
    if isinstance(test, tree.ListLiteral):
        found = [_spans(item, kind, functions) for item in test.items]
        if any(isinstance(item, tree.Test | tree.ListLiteral) for item in test.items):
            return None
        lists = [spans for spans in found if spans is not None]
        return [span for spans in lists for span in spans] if len(lists) == len(found) else None
    if isinstance(test, tree.RangeLiteral):
        return _range(test, kind, functions)
    operator = test.operator if isinstance(test, tree.Test) else "="
    value = constant_of(test.operand if isinstance(test, tree.Test) else test, kind, functions)
    if value is None:
        return None
    if operator == "=":
        return [Span(value, True, value, True)]
    if operator == "!=":
        return [Span(None, False, value, False), Span(value, False, None, False)]
    if kind == "boolean":
        return None
    if operator in ("<", "<="):
        return [Span(None, False, value, operator == "<=")]
    return [Span(value, operator == ">=", None, False)]


def _range(
    node: tree.RangeLiteral, kind: str, functions: Mapping[str, FeelFunction]
) -> list[Span] | None:
    if kind == "boolean":
        return None
    ends = []
    for end in (node.low, node.high):
        value = constant_of(end, kind, functions)
        if value is None and not isinstance(end, tree.NullLiteral):
            return None
        ends.append(value)
    return [Span(ends[0], node.low_closed, ends[1], node.high_closed)]


def constant_of(
    node: tree.Node, kind: str, functions: Mapping[str, FeelFunction] = FUNCTIONS
) -> Any:
    """Give the constant that a node stands for, or None where it is none of the kind."""
    value: Any = None
    if isinstance(node, tree.NumberLiteral | tree.StringLiteral | tree.BooleanLiteral):
        value = node.value
    elif isinstance(node, tree.AtLiteral):
        value = temporal.read_any(node.text)
    elif isinstance(node, tree.Negation) and isinstance(node.operand, tree.NumberLiteral):
        value = CONTEXT.minus(node.operand.value)
    elif node == _date(node) and functions.get("date") is FUNCTIONS["date"]:
        value = temporal.read_date(node.arguments[0].value.value)  # type: ignore[attr-defined]
    return value if type(value) is INDEXED.get(kind) else None


def _date(node: tree.Node) -> tree.Node | None:
    """Give back a call of `date` with a text."""
    if not isinstance(node, tree.Call) or node.function != tree.Name("date"):
        return None
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        return None
    return node if isinstance(node.arguments[0].value, tree.StringLiteral) else None


def index_of(cells: Sequence[Cell | None], kind: str, room: int = MAX_BYTES) -> Index | None:
    """Build the index of a column; a cell that is None lets all values pass.

    None where the index would take more room than there is.
    """
    free = sum(1 << at for at, cell in enumerate(cells) if cell is None)
    used = [(at, cell) for at, cell in enumerate(cells) if cell is not None]
    spans = [span for _, cell in used for span in cell.spans]
    values = {end for span in spans for end in (span.low, span.high) if end is not None}
    if (2 * len(values) + 1) * (len(cells) // 8 + 28) > room:
        return None
    points = all(span.is_point() for span in spans) and not any(cell.negated for _, cell in used)
    if points and (kind != "number" or len(values) > _HASHED_NUMBERS):
        rows = dict.fromkeys(values, free)
        for at, cell in used:
            for value in {span.low for span in cell.spans}:
                rows[value] |= 1 << at
        return Hashed(rows, free)
    if kind == "boolean":
        return Hashed({value: free | _passing(used, value) for value in (True, False)}, free)
    ends = sorted(values)
    return _reduced(ends, _pieces(used, ends, free))


def size_of(index: Index) -> int:
    """Estimate the bytes that an index takes."""
    rows = index.rows if isinstance(index, Ordered) else index.rows.values()
    return sum(row.bit_length() // 7 + 28 for row in rows)


def _passing(used: Sequence[tuple[int, Cell]], value: bool) -> Rows:
    rows = 0
    for at, cell in used:
        inside = any(
            span.low is value if span.is_point() else _is_other(span, value) for span in cell.spans
        )
        if inside != cell.negated:
            rows |= 1 << at
    return rows


def _is_other(span: Span, value: bool) -> bool:
    """Ask one half of `!= x` of a boolean; the two halves together let the other value pass."""
    return (span.low if span.high is None else span.high) is not value


def _pieces(used: Sequence[tuple[int, Cell]], ends: Sequence[Any], free: Rows) -> list[Rows]:
    places = {end: 2 * at + 1 for at, end in enumerate(ends)}
    last = 2 * len(ends)
    turns = [0] * (last + 2)
    for at, cell in used:
        bit = 1 << at
        for first, final in _merged([_place(span, places, last) for span in cell.spans]):
            turns[first] ^= bit
            turns[final + 1] ^= bit
        if cell.negated:
            turns[0] ^= bit
    rows, current = [], free
    for turn in turns[:-1]:
        current ^= turn
        rows.append(current)
    return rows


def _place(span: Span, places: Mapping[Any, int], last: int) -> tuple[int, int]:
    first = 0 if span.low is None else places[span.low] + (not span.low_closed)
    final = last if span.high is None else places[span.high] - (not span.high_closed)
    return first, final


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    done: list[tuple[int, int]] = []
    for first, final in sorted(piece for piece in pieces if piece[0] <= piece[1]):
        if done and first <= done[-1][1] + 1:
            done[-1] = (done[-1][0], max(done[-1][1], final))
        else:
            done.append((first, final))
    return done


def _reduced(ends: list[Any], rows: list[Rows]) -> Ordered:
    """Keep one bisection where an end always goes with the values on one side of it."""
    ranges = range(1, len(rows), 2)
    if all(rows[at] == rows[at + 1] for at in ranges):
        return Ordered(ends, rows[::2], (bisect_right,))
    if all(rows[at] == rows[at - 1] for at in ranges):
        return Ordered(ends, rows[::2], (bisect_left,))
    return Ordered(ends, rows, (bisect_left, bisect_right))
