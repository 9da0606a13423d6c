"""From typed tree to the lines of a generated function.

A piece is worked out under the condition that what it needs is not null; `nulls` lists the
values that make it null. Whatever FEEL would note (a wrong type, a division by zero) ends the
function with SLOW, so that values are exactly those of the interpreter. In `strict` functions a
missing input ends it as well: what is left is the same in a verdict.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app_definitions.vocabulary import Vocabulary
from rule_engine import codegen as code
from rule_engine import fast_running, temporal, tree
from rule_engine.check import Checker, type_of
from rule_engine.codegen import Code, Line, Piece
from rule_engine.compare import holds
from rule_engine.evaluate import Compiler
from rule_engine.fast_running import NO_MOMENT, SLOW
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.numeric import CONTEXT
from rule_engine.running import Run, Scope
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

_NUMBERS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
}


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


class Writer:
    """Writes the lines of one function; parameters are the inputs and the context."""

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

    def answer(self, node: tree.Node) -> None:
        """Write the whole of an expression."""
        if isinstance(node, tree.Logical):
            deciding = node.operator == "or"
            flag = self.code.local()
            mark = len(self.lines)
            null = [code.assign(flag, self.code.constant(True))]
            if self.branches(node, deciding, [self.give(deciding)], null):
                self.lines.insert(mark, code.assign(flag, self.code.constant(False)))
                done = code.chosen(
                    code.load(flag), self.code.constant(None), self.code.constant(not deciding)
                )
                self.lines.append(code.give(done))
            else:
                self.lines.append(self.give(not deciding))
            return
        maker = _OPERANDS.get(type(node))
        if maker is None:
            raise Unsupported
        self.lines.append(code.give(self.whole(maker(self, node))))

    def give(self, value: Any) -> Line:
        """Return a constant."""
        return code.give(self.code.constant(value))

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
        return code.chosen(_missing(operand.nulls), self.code.constant(None), operand.piece)

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
        maker = _OPERANDS.get(type(node))
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

    # Operators

    def _negation(self, node: tree.Negation) -> Operand:
        operand = self.operand(node.operand, "number")
        if isinstance(operand.constant, Decimal):
            return self.literal(CONTEXT.minus(operand.constant))
        if operand.kind not in ("number", *_LENGTHS):
            raise Unsupported
        turned = self.helper(fast_running.turned, operand.piece)
        return Operand(turned, operand.kind, operand.nulls, risky=True)

    def _arithmetic(self, node: tree.Arithmetic) -> Operand:
        left, right = self.together(*self.pair(node.left, node.right))
        kind = _result(node.operator, left.kind, right.kind)
        nulls = _joined(left, right)
        if kind == left.kind == right.kind == "number" and node.operator in _NUMBERS:
            done = self.helper(_NUMBERS[node.operator], left.piece, right.piece)
        else:
            done = self.helper(
                fast_running.calculated,
                self.code.constant(node.operator),
                self.code.constant(CLASSES[kind]),
                left.piece,
                right.piece,
            )
        return Operand(done, kind, nulls, risky=True)

    def _comparison(self, node: tree.Comparison) -> Operand:
        if node.operator in ("=", "!="):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(one, tree.NullLiteral):
                    return self._null_test(other, node.operator == "=")
        left, right = self.pair(node.left, node.right)
        if left.kind != right.kind:
            raise Unsupported
        return self.compared(node.operator, left, right)

    def compared(self, operator: str, left: Operand, right: Operand) -> Operand:
        """Compare two values of one kind."""
        kind = left.kind
        if operator in ("=", "!="):
            a, b = self.whole(left), self.whole(right)
            if kind in NATURAL:
                risky = left.risky or right.risky
                return Operand(code.compared(operator, a, b), "boolean", risky=risky)
            held = self.helper(fast_running.held, self.code.constant(operator), a, b)
            return Operand(held, "boolean", risky=True)
        left, right = self.together(left, right)
        nulls = _joined(left, right)
        if kind in ORDERED:
            done = code.compared(operator, left.piece, right.piece)
            return Operand(done, "boolean", nulls, left.risky or right.risky)
        if kind == "boolean":
            raise Unsupported
        held = self.helper(fast_running.held, self.code.constant(operator), left.piece, right.piece)
        return Operand(held, "boolean", nulls, risky=True)

    def _null_test(self, node: tree.Node, wanted: bool) -> Operand:
        if isinstance(node, tree.Name) and node.name in self.kinds:
            known = self._seen.get(node.name)
            value = known.piece if known else self._looked_up(node.name)
        else:
            value = self.whole(self.kept(self.operand(node)))
        none = self.code.constant(None)
        done = code.same(value, none) if wanted else code.other(value, none)
        return Operand(done, "boolean")

    def _between(self, node: tree.Between) -> Operand:
        value, low, high = self.together(
            *(self.operand(part) for part in (node.value, node.low, node.high))
        )
        if not value.kind == low.kind == high.kind or value.kind not in ORDERED:
            raise Unsupported
        done = code.between(low.piece, True, value.piece, True, high.piece)
        risky = value.risky or low.risky or high.risky
        return Operand(done, "boolean", _joined(value, low, high), risky)

    # Logic

    def _logical(self, node: tree.Logical) -> Operand:
        deciding = node.operator == "or"
        flag, name = self.code.local(), self.code.local()
        decide = [code.assign(name, self.code.constant(deciding)), code.leave()]
        with self.block() as lines:
            null = [code.assign(flag, self.code.constant(True))]
            nullable = self.branches(node, deciding, decide, null)
            done = self.code.constant(not deciding)
            if nullable:
                done = code.chosen(code.load(flag), self.code.constant(None), done)
            lines.append(code.assign(name, done))
            lines.append(code.leave())
        if nullable:
            self.lines.append(code.assign(flag, self.code.constant(False)))
        self.lines.append(code.once(lines))
        return held_in(name, "boolean", nullable=nullable)

    def branches(
        self, node: tree.Logical, deciding: bool, decide: list[Line], null: list[Line]
    ) -> bool:
        """Write all parts of `and` or `or`; tells whether one may be null."""
        nullable = False
        for part in node.operands:
            nullable = self.branch(part, deciding, decide, null) or nullable
        return nullable

    def branch(self, node: tree.Node, deciding: bool, decide: list[Line], null: list[Line]) -> bool:
        """Write what happens if a condition has the deciding value, or is null."""
        if isinstance(node, tree.Logical) and (node.operator == "or") == deciding:
            return self.branches(node, deciding, decide, null)
        condition = self.operand(node, "boolean")
        if condition.kind != "boolean":
            raise Unsupported
        piece = condition.piece if deciding else code.negated(condition.piece)
        test = code.when(piece, decide)
        if condition.nulls:
            self.lines.append(code.when(_missing(condition.nulls), null, [test]))
        else:
            self.lines.append(test)
        return bool(condition.nulls)

    def _if(self, node: tree.If) -> Operand:
        condition = self.operand(node.condition, "boolean")
        if condition.kind != "boolean":
            raise Unsupported
        test = condition.piece
        if condition.nulls and condition.nulls != (test,):
            test = code.all_of(code.negated(_missing(condition.nulls)), test)
        name = self.code.local()
        kinds, nullable, blocks = set(), False, []
        for part in (node.yes, node.no):
            with self.block() as lines:
                if isinstance(part, tree.NullLiteral):
                    nullable = True
                    lines.append(code.assign(name, self.code.constant(None)))
                else:
                    value = self.operand(part)
                    kinds.add(value.kind)
                    nullable = nullable or bool(value.nulls)
                    lines.append(code.assign(name, self.whole(value)))
                blocks.append(lines)
        if len(kinds) != 1:
            raise Unsupported
        self.lines.append(code.when(test, *blocks))
        return held_in(name, kinds.pop(), nullable=nullable)

    def _call(self, node: tree.Call) -> Operand:
        name = node.function.name if isinstance(node.function, tree.Name) else ""
        known = self.functions.get(name)
        if known is None or known is not FUNCTIONS.get(name) or len(node.arguments) != 1:
            raise Unsupported
        argument = node.arguments[0]
        if argument.name is not None:
            raise Unsupported
        if name == "not":
            operand = self.operand(argument.value, "boolean")
            if operand.kind != "boolean":
                raise Unsupported
            return Operand(code.negated(operand.piece), "boolean", operand.nulls, operand.risky)
        if name in ("date", "duration") and isinstance(argument.value, tree.StringLiteral):
            return self.literal(self.compiler.compile(node)(Run(NO_MOMENT), Scope({})))
        raise Unsupported

    # Membership

    def _membership(self, node: tree.Membership) -> Operand:
        value = self.kept(self.operand(node.value))
        if value.kind not in NATURAL:
            raise Unsupported
        subject = value.piece
        ways: list[Piece] = []
        equals: list[Any] = []
        at_null: list[bool | None] = []
        for test in _spread(node.tests):
            ways += self._way(test, value, equals, at_null)
        if len(equals) > 2 and value.kind in ("string", "date"):
            ways.append(code.within(subject, self.code.constant(frozenset(equals))))
        else:
            ways += [code.compared("=", subject, self.code.constant(one)) for one in equals]
        found = code.any_of(*ways) if ways else self.code.constant(False)
        if not value.nulls:
            return Operand(found, "boolean")
        empty = True if True in at_null else None if None in at_null else False
        if empty is None:
            return Operand(found, "boolean", value.nulls)
        chosen = code.chosen(_missing(value.nulls), self.code.constant(empty), found)
        return Operand(chosen, "boolean")

    def _way(
        self, node: tree.Node, value: Operand, equals: list[Any], at_null: list[bool | None]
    ) -> list[Piece]:
        if isinstance(node, tree.NullLiteral):
            at_null.append(True)
            return []
        if isinstance(node, tree.RangeLiteral):
            at_null.append(None)
            return self._range_way(node, value)
        operator = node.operator if isinstance(node, tree.Test) else "="
        end = self._end(node.operand if isinstance(node, tree.Test) else node, value)
        if operator not in ("=", "!=") and value.kind not in ORDERED:
            raise Unsupported
        at_null.append(holds(operator, None, 0) if operator in ("=", "!=") else None)
        if operator == "=" and end.constant is not None:
            equals.append(end.constant)
            return []
        return [code.compared(operator, value.piece, end.piece)]

    def _range_way(self, node: tree.RangeLiteral, value: Operand) -> list[Piece]:
        if value.kind not in ORDERED:
            raise Unsupported
        ends = [
            None if isinstance(end, tree.NullLiteral) else self._end(end, value).piece
            for end in (node.low, node.high)
        ]
        low, high = ends
        if low is not None and high is not None:
            return [code.between(low, node.low_closed, value.piece, node.high_closed, high)]
        if low is not None:
            return [code.compared(">=" if node.low_closed else ">", value.piece, low)]
        if high is not None:
            return [code.compared("<=" if node.high_closed else "<", value.piece, high)]
        return [self.code.constant(True)]

    def _end(self, node: tree.Node, value: Operand) -> Operand:
        end = self.kept(self.operand(node))
        if end.nulls or end.kind != value.kind:
            raise Unsupported
        return end


def held_in(name: str, kind: str, *, nullable: bool) -> Operand:
    """Give what stands in a variable."""
    value = code.load(name)
    return Operand(value, kind, (value,) if nullable else (), plain=True)


def _spread(tests: Sequence[tree.Node]) -> Iterator[tree.Node]:
    """Go through tests; a list stands for its elements, which are null only if they say so."""
    for test in tests:
        if isinstance(test, tree.ListLiteral):
            if not all(isinstance(item, _LITERALS) for item in test.items):
                raise Unsupported
            yield from test.items
        else:
            yield test


def _missing(nulls: Sequence[Piece]) -> Piece:
    return code.any_of(*(code.is_none(piece) for piece in nulls))


def _joined(*operands: Operand) -> tuple[Piece, ...]:
    found = {id(piece): piece for operand in operands for piece in operand.nulls}
    return tuple(found.values())


_LENGTHS = ("days and time duration", "years and months duration")


def _result(operator: str, left: str, right: str) -> str:
    if left == right == "number":
        return "number"
    if operator == "+" and left == right == "string":
        return "string"
    if operator in ("+", "-") and right in _LENGTHS and left in ("date", "date and time", right):
        return left
    if operator == "-" and left == right and left in ("date", "date and time"):
        return _LENGTHS[0]
    raise Unsupported


_LITERALS = (tree.NumberLiteral, tree.StringLiteral, tree.BooleanLiteral, tree.AtLiteral)
_OPERANDS: Mapping[type, Callable[[Writer, Any], Operand]] = {
    tree.NumberLiteral: Writer._constant,
    tree.StringLiteral: Writer._constant,
    tree.BooleanLiteral: Writer._constant,
    tree.AtLiteral: Writer._at,
    tree.Name: Writer._name,
    tree.Path: Writer._path,
    tree.Negation: Writer._negation,
    tree.Arithmetic: Writer._arithmetic,
    tree.Comparison: Writer._comparison,
    tree.Logical: Writer._logical,
    tree.Between: Writer._between,
    tree.If: Writer._if,
    tree.Call: Writer._call,
    tree.Membership: Writer._membership,
}
