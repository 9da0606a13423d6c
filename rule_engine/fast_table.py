"""The fast path of a decision table: one generated function finds the rows that match.

Each column is looked up in its index; the sets of rows are joined as bits. Rows with cells that
are more than constants are asked by their closures from the first such cell on, in order, so
that value, rows, notes and steps are those of the plain evaluation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app_definitions.vocabulary import Vocabulary
from rule_engine import codegen as code
from rule_engine import table_index, tree
from rule_engine.calls import Closure
from rule_engine.codegen import Line, Piece
from rule_engine.fast_running import NO_MOMENT, SLOW
from rule_engine.running import MAX_STEPS, Run, Scope
from rule_engine.table_index import INDEXED, Cell, Hashed, Index

MAX_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Column:
    """What a table asks about: its tree, the kind of its values, and its closure."""

    node: tree.Node
    kind: str
    closure: Closure
    """How the plain evaluation works the value out, with its notes."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds rows: `find` gives bits or SLOW; the rows of `open` still have tests to pass.

    Columns and indexes are there for tables that one function can decide.
    """

    find: Callable[..., Any]
    open: int
    rests: dict[int, tuple[tuple[int, Closure], ...]]
    columns: Sequence[Column] = ()
    indexes: Sequence[Index] = ()


def finder_of(
    columns: Sequence[Column],
    tests: Sequence[Sequence[tuple[tree.Node, Closure] | None]],
    vocabulary: Vocabulary,
    *,
    verdict: bool,
) -> Finder | None:
    """Generate the function of a table; None where a column has no type to go by."""
    if not 0 < len(tests) <= MAX_ROWS or any(column.kind not in INDEXED for column in columns):
        return None
    asked: set[int] = set()
    while True:
        cells, rests = _cells(columns, tests, asked)
        indexes = _indexes(columns, cells)
        if isinstance(indexes, list):
            break
        asked.add(indexes)
    nulls = [_null_rows(cells, tests, at) for at in range(len(columns))]
    inputs = vocabulary.ids()
    writer = _Writer(columns, indexes, nulls, inputs, verdict=verdict, asks=bool(rests))
    whole = not rests and all(writer.is_input(column) for column in columns)
    return Finder(
        writer.finder(),
        sum(1 << row for row in rests),
        rests,
        columns if whole else (),
        indexes if whole else (),
    )


def function_of(
    finder: Finder, inputs: frozenset[str], results: Sequence[Any], *, first: bool
) -> Callable[[Mapping[str, Any]], Any] | None:
    """Compile a table that asks about inputs only to one function of the inputs.

    It gives an element of `results`, the first where no row matches, or None: where an input is
    missing or has a wrong type, or more than one row matches and not the `first` counts.
    """
    if not finder.columns:
        return None
    nulls = [0] * len(finder.columns)
    writer = _Writer(finder.columns, finder.indexes, nulls, inputs, verdict=True, asks=False)
    return writer.function(results, first=first)


def _indexes(
    columns: Sequence[Column], cells: Sequence[Sequence[Cell | None]]
) -> list[Index] | int:
    """Build the indexes of all columns, or give the number of one that has no room."""
    room = table_index.MAX_BYTES
    indexes: list[Index] = []
    for at, column in enumerate(columns):
        index = table_index.index_of([row[at] for row in cells], column.kind, room)
        if index is None:
            return at
        room -= table_index.size_of(index)
        indexes.append(index)
    return indexes


def _cells(
    columns: Sequence[Column],
    tests: Sequence[Sequence[tuple[tree.Node, Closure] | None]],
    asked: set[int],
) -> tuple[list[list[Cell | None]], dict[int, tuple[tuple[int, Closure], ...]]]:
    """Read the cells; after the first that cannot be read a row is asked by its closures."""
    rests: dict[int, tuple[tuple[int, Closure], ...]] = {}
    cells: list[list[Cell | None]] = []
    for number, row in enumerate(tests):
        read: list[Cell | None] = []
        for at, (column, test) in enumerate(zip(columns, row, strict=True)):
            cell = None
            if test is not None and at not in asked:
                cell = table_index.cell_of(test[0], column.kind)
            if test is not None and cell is None:
                later = enumerate(row[at:], at)
                rests[number] = tuple((place, one[1]) for place, one in later if one is not None)
                break
            read.append(cell)
        cells.append(read + [None] * (len(columns) - len(read)))
    return cells, rests


def _null_rows(
    cells: Sequence[Sequence[Cell | None]],
    tests: Sequence[Sequence[tuple[tree.Node, Closure] | None]],
    at: int,
) -> int:
    """Ask the closures of a column which rows let null pass; equal cells are asked once."""
    answers: dict[tree.Node, bool] = {}
    run, scope = Run(NO_MOMENT), Scope({"?": None})
    rows = 0
    for number, (row, test) in enumerate(zip(cells, tests, strict=True)):
        passes = True
        found = test[at]
        if row[at] is not None and found is not None:
            node, closure = found
            if node not in answers:
                answers[node] = closure(run, scope) is True
                run.steps = MAX_STEPS
            passes = answers[node]
        if passes:
            rows |= 1 << number
    return rows


class _Writer:
    """Writes the function; parameters are inputs, run, scope, and the list for the subjects."""

    def __init__(
        self,
        columns: Sequence[Column],
        indexes: Sequence[Index],
        nulls: Sequence[int],
        inputs: frozenset[str],
        *,
        verdict: bool,
        asks: bool,
    ) -> None:
        self.columns, self.indexes, self.nulls, self.inputs = columns, indexes, nulls, inputs
        self.verdict, self.asks = verdict, asks
        self.code = code.Code(4)
        self.lines: list[Line] = []
        self.slow = code.give(self.code.constant(SLOW))

    def finder(self) -> Callable[..., Any]:
        """Compile a function that gives the rows that match."""
        self.lines.append(code.give(self.rows()))
        return self.code.function(self.lines)

    def function(
        self, results: Sequence[Any], *, first: bool
    ) -> Callable[[Mapping[str, Any]], Any]:
        """Compile a function that gives the result."""
        self.code = code.Code(1)
        self.slow = code.give(self.code.constant(None))
        rows = self.code.local()
        self.lines.append(code.assign(rows, self.rows()))
        found = code.load(rows)
        if not first:
            self.lines.append(code.when(code.more_bits(found), [self.slow]))
        place = code.first_bit(found)
        self.lines.append(code.give(code.item(self.code.constant(tuple(results)), place)))
        return self.code.function(self.lines)

    def rows(self) -> Piece:
        """Write the loading of all columns, and give the rows that match."""
        found: Piece | None = None
        for column, index, nulls in zip(self.columns, self.indexes, self.nulls, strict=True):
            value = self.subject(column)
            rows = self.looked_up(index, value)
            if self.may_be_null(column):
                at_null = code.is_none(value)
                rows = code.chosen(at_null, self.code.constant(nulls), rows)
            found = rows if found is None else code.common_bits(found, rows)
            if self.asks:
                keep = self.code.constant(list.append)
                self.lines.append(code.run(code.call(keep, self.code.parameter(3), value)))
        return self.code.constant(0) if found is None else found

    def is_input(self, column: Column) -> bool:
        """Tell whether a column asks about an input as it is."""
        return isinstance(column.node, tree.Name) and column.node.name in self.inputs

    def may_be_null(self, column: Column) -> bool:
        """Tell whether null is a value of the column; in a verdict an input is missing then."""
        return not self.verdict or not self.is_input(column)

    def subject(self, column: Column) -> Piece:
        """Write the value of a column; the closure says what is missing where it is null."""
        name = self.code.local()
        value = code.load(name)
        typed = code.other(
            code.call(self.code.constant(type), value), self.code.constant(INDEXED[column.kind])
        )
        wrong: list[Line] = [self.slow]
        if isinstance(column.node, tree.Name) and self.is_input(column):
            key = self.code.constant(column.node.name)
            self.lines.append(code.assign(name, code.look_up(self.code.parameter(0), key)))
            if not self.verdict:
                wrong = [
                    code.when(code.is_none(value), [code.run(self.asked(column))], [self.slow])
                ]
        else:
            self.lines.append(code.assign(name, self.asked(column)))
            typed = code.all_of(typed, code.other(value, self.code.constant(None)))
        self.lines.append(code.when(typed, wrong))
        return value

    def asked(self, column: Column) -> Piece:
        """Ask the closure of a column, which notes what the plain evaluation notes."""
        return code.call(
            self.code.constant(column.closure), self.code.parameter(1), self.code.parameter(2)
        )

    def looked_up(self, index: Index, value: Piece) -> Piece:
        """Write how the rows of a value are found."""
        if isinstance(index, Hashed):
            if not index.rows:
                return self.code.constant(index.others)
            rows = self.code.constant(index.rows)
            return code.look_up(rows, value, self.code.constant(index.others))
        counts = [
            code.call(self.code.constant(count), self.code.constant(index.ends), value)
            for count in index.counts
        ]
        at = counts[0] if len(counts) == 1 else code.added(*counts)
        return code.item(self.code.constant(index.rows), at)
