"""Deciding by the fast path: from the rows that match to what the hit policy makes of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.fast_running import SLOW
from rule_engine.fast_table import Column, Finder, finder_of, function_of
from rule_engine.running import MAX_STEPS, Run, Scope
from rule_engine.table import CompiledTable, Hit, TableResult, finish
from rule_engine.values import Unknown, unknown_of

Answer = Callable[[Mapping[str, Any]], TableResult | None]
Finders = tuple[Finder | None, Finder | None]

_WAIT = 2
_NO_ROW = TableResult(None, code="decision_no_row")
_ONE_HIT = frozenset(("FIRST", "UNIQUE", "ANY", "PRIORITY"))


@dataclass(frozen=True, slots=True)
class RowTrees:
    """What a row says; a test that is None lets any value pass."""

    tests: tuple[tree.Node | None, ...]
    outputs: tuple[tree.Node, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What the fast path is made from."""

    columns: tuple[Column, ...]
    rows: tuple[RowTrees, ...]
    vocabulary: Vocabulary


class FastDecide:
    """Decides a table, or gives None where the plain evaluation has to.

    `answer` is the whole table as one function of complete inputs, nothing noted; it gives None
    until the table was decided a few times, and for tables that are more than constants.
    """

    __slots__ = ("_calls", "_finders", "_first", "_results", "_single", "_source", "answer")

    def __init__(self, source: Source) -> None:
        """Wait for the evaluations that make generating worth its while."""
        self._source: Source | None = source
        self._calls = 0
        self._finders: Finders | None = None
        self._results: tuple[TableResult | None, ...] = ()
        self._first = self._single = False
        self.answer: Answer = self._later

    def _later(self, inputs: Mapping[str, Any]) -> TableResult | None:
        return None

    def decide(self, table: CompiledTable, run: Run, scope: Scope) -> TableResult | None:
        """Give the same result, notes and steps as the plain evaluation."""
        finders = self._finders
        if finders is None:
            source = self._source
            self._calls += 1
            if source is None or self._calls <= _WAIT:
                return None
            finders = self._make(source, table)
        finder = finders[run.verdict]
        if finder is None or scope.outer is not None:
            return None
        noted, steps = len(run.notes), run.steps
        subjects: list[Any] | None = [] if finder.open else None
        rows = finder.find(scope.values, run, scope, subjects)
        if rows is SLOW:
            del run.notes[noted:]
            run.steps = steps
            return None
        if subjects is not None and finder.open & rows:
            return finish(table, _asked(table, finder, rows, subjects, run, scope), run, scope)
        at = (rows & -rows).bit_length()
        if self._first and rows:
            run.step(at)
            return self._results[at - 1] or self._one(table, at, run, scope)
        run.step(len(table.rows))
        if self._single and not rows & (rows - 1):
            if not rows:
                return _NO_ROW
            return self._results[at - 1] or self._one(table, at, run, scope)
        hits = [Hit(table.rows[place], None) for place in _places(rows)]
        return finish(table, hits, run, scope)

    def _one(self, table: CompiledTable, at: int, run: Run, scope: Scope) -> TableResult:
        return finish(table, [Hit(table.rows[at - 1], None)], run, scope)

    def _make(self, source: Source, table: CompiledTable) -> Finders:
        tests = [
            tuple(
                None if node is None or closure is None else (node, closure)
                for node, closure in zip(trees.tests, row.tests, strict=True)
            )
            for trees, row in zip(source.rows, table.rows, strict=True)
        ]
        plain, strict = (
            finder_of(source.columns, tests, source.vocabulary, verdict=verdict)
            for verdict in (False, True)
        )
        self._results = tuple(
            _result(row.id, trees.outputs)
            for row, trees in zip(table.rows, source.rows, strict=True)
        )
        self._first = table.hit_policy == "FIRST"
        self._single = table.hit_policy in _ONE_HIT and not any(table.defaults)
        if strict is not None and self._single and len(table.rows) <= MAX_STEPS:
            results = (_NO_ROW, *self._results)
            inputs = source.vocabulary.ids()
            self.answer = function_of(strict, inputs, results, first=self._first) or self._later
        self._finders, self._source = (plain, strict), None
        return plain, strict


def _asked(
    table: CompiledTable,
    finder: Finder,
    rows: int,
    subjects: Sequence[Any],
    run: Run,
    scope: Scope,
) -> list[Hit]:
    """Ask the rows that still have tests to pass, in their order."""
    scopes = [Scope({"?": subject}, scope) for subject in subjects]
    hits: list[Hit] = []
    done = 0
    for place in _places(rows):
        run.step(place + 1 - done)
        done = place + 1
        unknown: list[Any] = []
        for column, test in finder.rests.get(place, ()):
            answer = test(run, scopes[column])
            if type(answer) is Unknown:
                unknown.append(answer)
            elif answer is not True:
                break
        else:
            hits.append(Hit(table.rows[place], unknown_of(*unknown)))
            if table.hit_policy == "FIRST" and not unknown:
                return hits
    run.step(len(table.rows) - done)
    return hits


def _places(rows: int) -> Iterator[int]:
    while rows:
        lowest = rows & -rows
        yield lowest.bit_length() - 1
        rows ^= lowest


def _result(row_id: str, outputs: Sequence[tree.Node]) -> TableResult | None:
    """Give the result of a row with one output that is a constant; results can be shared."""
    if len(outputs) != 1 or not isinstance(outputs[0], _CONSTANTS):
        return None
    return TableResult(outputs[0].value, (row_id,))


_CONSTANTS = (tree.NumberLiteral, tree.StringLiteral, tree.BooleanLiteral)
