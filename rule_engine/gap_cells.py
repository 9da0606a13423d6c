"""Cells as sets: which atoms of its column's domain a cell's tests let pass.

Known are comparisons, ranges, lists of values, options and null tests, joined by and, or and not
over the column's own value. Anything else is `NotAnalysed`, and the report says where it stands.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rule_engine import tree
from rule_engine.evaluate import Compiler
from rule_engine.functions.registry import FeelFunction
from rule_engine.gap_domain import Domain, NotComparable
from rule_engine.running import EvaluationContext, Exhausted, Run, Scope
from rule_engine.values import Range

_CONSTRUCTORS = frozenset({"date", "date and time", "time", "duration", "number"})
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotAnalysed(Exception):  # noqa: N818
    """A test that cannot be seen as a set of values."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the tests of a cell compare with."""

    value: Any
    ordered: bool


class CellReader:
    """Reads the cells of one column; `subject` is the name of the input that it asks about."""

    def __init__(
        self,
        subject: str | None,
        functions: Mapping[str, FeelFunction],
        context: EvaluationContext,
    ) -> None:
        """Know what the column asks about, and the parameters."""
        self.subject = subject
        self.context = context
        self.compiler = Compiler(functions, frozenset())
        self.constant_names = _CONSTRUCTORS & functions.keys()
        self.known: dict[tuple[str, Any], int] = {}

    def constants(self, node: tree.Node) -> Iterator[Found]:
        """List the constants of a cell. Raises NotAnalysed."""
        for kind, value in self._tests(node):
            if value is not None:
                yield Found(value, kind in ("<", "<=", ">", ">="))

    def asks_null(self, node: tree.Node) -> bool:
        """Tell whether a cell has a literal null test. Raises NotAnalysed."""
        return any(value is None for _, value in self._tests(node))

    def _tests(self, node: tree.Node) -> Iterator[tuple[str, Any]]:
        seen: list[tuple[str, Any]] = []

        def note(kind: str, value: Any) -> int:
            seen.append((kind, value))
            return 0

        _Sets(self, note, 0).of(node)
        return iter(seen)

    def mask(self, node: tree.Node, domain: Domain) -> int:
        """Give the atoms of the column's one domain that pass. Raises NotAnalysed."""
        known = self.known

        def ask(kind: str, value: Any) -> int:
            if value is None:
                return domain.values if kind == "!=" else 0
            found = known.get((kind, value))
            if found is None:
                place = domain.of(value)
                test = _TESTS[kind]
                found = domain.compared(kind, place)
                if found is None:
                    found = domain.mask(lambda sample: test(sample, place))
                known[kind, value] = found
            return found

        try:
            found = _Sets(self, ask, domain.values).of(node)
        except (NotComparable, TypeError) as trouble:
            raise NotAnalysed from trouble
        return found | self._null(node, domain)

    def _null(self, node: tree.Node, domain: Domain) -> int:
        """Give the atom of null if it passes, as the cell itself says."""
        if not domain.atoms or domain.atoms[-1].kind != "null":
            return 0
        names = {"?": None} if self.subject is None else {"?": None, self.subject: None}
        try:
            passed = self.compiler.compile(node)(Run(self.context), Scope(names))
        except Exhausted as bound:
            raise NotAnalysed from bound
        return 1 << len(domain.atoms) - 1 if passed is True else 0

    def is_subject(self, node: tree.Node) -> bool:
        """Tell whether a node is the value under test."""
        return isinstance(node, tree.Name) and node.name in ("?", self.subject)

    def constant(self, node: tree.Node) -> Any:
        """Work out a constant. Raises NotAnalysed where something else is named."""
        allowed: set[int] = set()
        for part in tree.walk(node):
            if isinstance(part, tree.Call) and self._makes_constants(part.function):
                allowed.add(id(part.function))
            if isinstance(part, tree.Path) and self._is_parameter(part):
                allowed.add(id(part.base))
            if isinstance(part, tree.Name) and id(part) not in allowed:
                raise NotAnalysed
        run = Run(self.context)
        values = Scope({"parameters": self.context.parameters})
        try:
            value = self.compiler.compile(node)(run, values)
        except (Exhausted, RecursionError) as trouble:
            raise NotAnalysed from trouble
        if value is None and not isinstance(node, tree.NullLiteral):
            raise NotAnalysed
        return value

    def _makes_constants(self, function: tree.Node) -> bool:
        return isinstance(function, tree.Name) and function.name in self.constant_names

    def _is_parameter(self, path: tree.Path) -> bool:
        return path.base == tree.Name("parameters") and path.member in self.context.parameters


class _Sets:
    """Walks over a cell; `ask(test, constant)` gives the set of one comparison."""

    def __init__(self, reader: CellReader, ask: Callable[[str, Any], int], values: int) -> None:
        self.reader = reader
        self.ask = ask
        self.values = values

    def of(self, node: tree.Node) -> int:
        """Give the set of the values, null left out, for which a cell holds."""
        if isinstance(node, tree.UnaryTests):
            if not node.tests:
                return self.values
            found = self.any_of(node.tests)
            return self.values & ~found if node.negated else found
        return self.condition(node)

    def any_of(self, tests: tuple[tree.Node, ...]) -> int:
        found = 0
        for test in tests:
            found |= self.test(test)
        return found

    def test(self, node: tree.Node) -> int:
        """Give the set of one unary test."""
        if isinstance(node, tree.Test):
            return self.compared(node.operator, self.reader.constant(node.operand))
        if isinstance(node, tree.UnaryTests):
            return self.of(node)
        if self.names_subject(node):
            return self.condition(node)
        return self.equal(self.reader.constant(node))

    def names_subject(self, node: tree.Node) -> bool:
        return any(self.reader.is_subject(part) for part in tree.walk(node))

    def equal(self, value: Any) -> int:
        """Give the set of a value, of a range, or of any in a list."""
        if isinstance(value, Range):
            return self.within(value)
        if isinstance(value, list):
            found = 0
            for item in value:
                found |= self.equal(item)
            return found
        return self.ask("=", value)

    def within(self, span: Range) -> int:
        found = self.values
        if span.low is not None:
            found &= self.ask(">=" if span.low_closed else ">", span.low)
        if span.high is not None:
            found &= self.ask("<=" if span.high_closed else "<", span.high)
        return found if span.low is not None or span.high is not None else 0

    def compared(self, kind: str, value: Any) -> int:
        if isinstance(value, Range | list) or (value is None and kind not in ("=", "!=")):
            raise NotAnalysed
        return self.ask(kind, value)

    def condition(self, node: tree.Node) -> int:
        """Give the set of a condition over the value under test."""
        reader = self.reader
        if isinstance(node, tree.Logical):
            found = [self.condition(operand) for operand in node.operands]
            joined = found[0]
            for each in found[1:]:
                joined = joined & each if node.operator == "and" else joined | each
            return joined
        if isinstance(node, tree.Call) and node.function == tree.Name("not"):
            if len(node.arguments) != 1:
                raise NotAnalysed
            return self.values & ~self.condition(node.arguments[0].value)
        if isinstance(node, tree.Comparison):
            if reader.is_subject(node.left):
                return self.compared(node.operator, reader.constant(node.right))
            if reader.is_subject(node.right):
                return self.compared(_FLIPPED[node.operator], reader.constant(node.left))
        if isinstance(node, tree.Between) and reader.is_subject(node.value):
            span = Range(reader.constant(node.low), reader.constant(node.high), True, True)
            return self.within(span)
        if isinstance(node, tree.Membership) and reader.is_subject(node.value):
            return self.any_of(node.tests)
        if reader.is_subject(node):
            return self.ask("=", True)
        if isinstance(node, tree.BooleanLiteral):
            return self.values if node.value else 0
        raise NotAnalysed
