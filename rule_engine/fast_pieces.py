"""Pieces of a generated function: values with their kinds and nulls, loaded once and checked.

A piece is worked out under the condition that what it needs is not null; `nulls` lists the
values that make it null. Whatever has no native form is asked of its closure.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from app_definitions.vocabulary import Vocabulary
from rule_engine import codegen as code
from rule_engine import fast_running, temporal, tree
from rule_engine.check import Checker, type_of
from rule_engine.codegen import Code, Line, Piece
from rule_engine.evaluate import Compiler
from rule_engine.fast_running import SLOW
from rule_engine.functions.registry import FeelFunction
from rule_engine.running import Scope
from rule_engine.values import DaysDuration, MonthsDuration, Time, kind_of

CLASSES: Mapping[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": dt.date,
    "date and time": dt.datetime,
    "time": Time,
    "days and time duration": DaysDuration,
    "years and months duration": MonthsDuration,
}
ORDERED = frozenset(("number", "string", "date"))
"""Kinds that Python orders as FEEL does; booleans it knows only as equal or not."""
NATURAL = ORDERED | {"boolean"}


class Unsupported(Exception):  # noqa: N818
    """Says that a part has no types to go by."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value of the generated function.

    `risky` if working it out may end the function, `plain` if it stands in a variable already.
    """

    piece: Piece
    kind: str
    nulls: tuple[Piece, ...] = ()
    risky: bool = False
    constant: Any = None
    plain: bool = False


class Pieces:
    """The lines of one function under way; parameters are the inputs and the context."""

    makers: ClassVar[Mapping[type, Callable[[Any, Any], Operand]]] = {}

    def __init__(
        self,
        vocabulary: Vocabulary,
        functions: Mapping[str, FeelFunction],
        *,
        strict: bool,
        parameters: int = 2,
    ) -> None:
        """Know the names and their types."""
        self.kinds = {entry.id: type_of(entry.type).name for entry in vocabulary}
        self.functions = functions
        self.checker = Checker(vocabulary, functions)
        self.compiler = Compiler(functions, vocabulary.ids())
        self.strict = strict
        self.code = Code(parameters)
        self.lines: list[Line] = []
        self.guarded = False
        self._seen: dict[str, Operand] = {}
        self._type = self.code.constant(type)
        self._slow = self.code.constant(SLOW)

    # Whole functions

    def function(self) -> Callable[..., Any]:
        """Compile what was written."""
        body = self.lines
        if self.guarded:
            errors = self.code.constant(fast_running.ERRORS)
            body = [code.guarded(body, errors, self._slow)]
        return self.code.function(body)

    # Blocks and pieces

    @contextmanager
    def block(self) -> Iterator[list[Line]]:
        """Write into a block of its own; what it loads is not known after it."""
        lines, seen = self.lines, self._seen
        self.lines, self._seen = [], dict(seen)
        try:
            yield self.lines
        finally:
            self.lines, self._seen = lines, seen

    def whole(self, operand: Operand) -> Piece:
        """Give a value that is None where it is null."""
        if not operand.nulls or operand.nulls == (operand.piece,):
            return operand.piece
        return code.chosen(missing(operand.nulls), self.code.constant(None), operand.piece)

    def kept(self, operand: Operand) -> Operand:
        """Work a value out here and now, into a variable."""
        if operand.constant is not None or operand.plain:
            return operand
        return self.variable(self.whole(operand), operand.kind, nullable=bool(operand.nulls))

    def variable(self, value: Piece, kind: str, *, nullable: bool) -> Operand:
        """Put a value into a variable."""
        name = self.code.local()
        self.lines.append(code.assign(name, value))
        return held_in(name, kind, nullable=nullable)

    def together(self, *operands: Operand) -> list[Operand]:
        """Make sure that a risky value is worked out even where another one is null."""
        nulls = {id(piece) for operand in operands for piece in operand.nulls}
        return [
            self.kept(operand)
            if operand.risky and nulls - {id(piece) for piece in operand.nulls}
            else operand
            for operand in operands
        ]

    def helper(self, function: Callable[..., Any], *arguments: Any) -> Piece:
        """Call a helper that may give up."""
        self.guarded = True
        return code.call(self.code.constant(function), *arguments)

    def operand(self, node: tree.Node, likely: str = "") -> Operand:
        """Write a value: typed where that is known, otherwise by asking its closure.

        `likely` is the kind to count on where none is declared.
        """
        maker = self.makers.get(type(node))
        if maker is not None:
            mark, seen = len(self.lines), dict(self._seen)
            try:
                return maker(self, node)
            except Unsupported:
                del self.lines[mark:]
                self._seen = seen
        return self.asked(node, likely)

    def pair(self, left: tree.Node, right: tree.Node) -> tuple[Operand, Operand]:
        """Write two values that belong together: the kind of one is likely that of the other."""
        try:
            first = self.operand(left)
        except Unsupported:
            second = self.operand(right)
            return self.operand(left, second.kind), second
        return first, self.operand(right, first.kind)

    def asked(self, node: tree.Node, likely: str) -> Operand:
        """Ask the closure of a part."""
        kind = self.checker.type(node).name
        kind = likely if kind == "any" else kind
        if kind not in CLASSES or isinstance(node, tree.Name):
            raise Unsupported
        closure = self.compiler.compile(node)
        wanted = self.code.constant(CLASSES[kind])
        run, scope = self._running()
        asked = self.helper(fast_running.ask, self.code.constant(closure), wanted, run, scope)
        return self.variable(asked, kind, nullable=True)

    def _running(self) -> tuple[Piece, Piece]:
        if "?run" not in self._seen:
            begin = fast_running.begin_verdict if self.strict else fast_running.begin
            run = code.call(self.code.constant(begin), self.code.parameter(1))
            scope = code.call(self.code.constant(Scope), self.code.parameter(0))
            self._seen["?run"] = self.variable(run, "run", nullable=False)
            self._seen["?scope"] = self.variable(scope, "scope", nullable=False)
        return self._seen["?run"].piece, self._seen["?scope"].piece

    # Literals and names

    def _constant(self, node: Any) -> Operand:
        return self.literal(node.value)

    def literal(self, value: Any) -> Operand:
        """Give a constant."""
        kind = kind_of(value)
        if CLASSES.get(kind) is not type(value):
            raise Unsupported
        return Operand(self.code.constant(value), kind, constant=value)

    def _at(self, node: tree.AtLiteral) -> Operand:
        return self.literal(temporal.read_any(node.text))

    def _name(self, node: tree.Name) -> Operand:
        known = self._seen.get(node.name)
        if known is not None:
            return known
        kind = self.kinds.get(node.name, "")
        if kind not in CLASSES or node.name == "?":
            raise Unsupported
        operand = self.variable(self._looked_up(node.name), kind, nullable=not self.strict)
        self._seen[node.name] = operand
        self.must_be(operand)
        return operand

    def must_be(self, operand: Operand) -> None:
        """End the function unless a variable has its type, or is null where it may be."""
        wanted = self.code.constant(CLASSES[operand.kind])
        wrong = code.other(code.call(self._type, operand.piece), wanted)
        if operand.nulls:
            wrong = code.all_of(wrong, code.other(operand.piece, self.code.constant(None)))
        self.lines.append(code.when(wrong, [code.give(self._slow)]))

    def _looked_up(self, name: str) -> Piece:
        return code.look_up(self.code.parameter(0), self.code.constant(name))

    def _path(self, node: tree.Path) -> Operand:
        base = node.base
        if not isinstance(base, tree.Name) or base.name != "parameters":
            raise Unsupported
        key = f"parameters.{node.member}"
        known = self._seen.get(key)
        if known is not None:
            return known
        if self.kinds.get(key) not in CLASSES or "parameters" in self.kinds:
            raise Unsupported
        found = code.call(
            self.code.constant(fast_running.parameter),
            self.code.parameter(1),
            self.code.constant(node.member),
        )
        operand = self.variable(found, self.kinds[key], nullable=False)
        self._seen[key] = operand
        self.must_be(operand)
        return operand


def held_in(name: str, kind: str, *, nullable: bool) -> Operand:
    """Give what stands in a variable."""
    value = code.load(name)
    return Operand(value, kind, (value,) if nullable else (), plain=True)


def missing(nulls: Sequence[Piece]) -> Piece:
    """Ask whether one of the values is null."""
    return code.any_of(*(code.is_none(piece) for piece in nulls))
