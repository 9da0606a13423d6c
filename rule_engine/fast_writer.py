"""From typed tree to the lines of a generated function.

A piece is worked out under the condition that what it needs is not null; `nulls` lists the
values that make it null. Whatever FEEL would note (a wrong type, a division by zero) ends the
function with SLOW, so that values are exactly those of the interpreter. In `strict` functions a
missing input ends it as well: what is left is the same in a verdict.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rule_engine import codegen as code
from rule_engine import fast_running, tree
from rule_engine.codegen import Line, Piece
from rule_engine.compare import holds
from rule_engine.fast_pieces import (
    CLASSES,
    NATURAL,
    ORDERED,
    Operand,
    Pieces,
    Unsupported,
    held_in,
    missing,
)
from rule_engine.fast_running import NO_MOMENT
from rule_engine.functions.known import FUNCTIONS
from rule_engine.numeric import CONTEXT
from rule_engine.running import Run, Scope

_NUMBERS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
}


class Writer(Pieces):
    """Writes whole expressions."""

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
        maker = self.makers.get(type(node))
        if maker is None:
            raise Unsupported
        self.lines.append(code.give(self.whole(maker(self, node))))

    def give(self, value: Any) -> Line:
        """Return a constant."""
        return code.give(self.code.constant(value))

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
            self.lines.append(code.when(missing(condition.nulls), null, [test]))
        else:
            self.lines.append(test)
        return bool(condition.nulls)

    def _if(self, node: tree.If) -> Operand:
        condition = self.operand(node.condition, "boolean")
        if condition.kind != "boolean":
            raise Unsupported
        test = condition.piece
        if condition.nulls and condition.nulls != (test,):
            test = code.all_of(code.negated(missing(condition.nulls)), test)
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
        chosen = code.chosen(missing(value.nulls), self.code.constant(empty), found)
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


def _spread(tests: Sequence[tree.Node]) -> Iterator[tree.Node]:
    """Go through tests; a list stands for its elements, which are null only if they say so."""
    for test in tests:
        if isinstance(test, tree.ListLiteral):
            if not all(isinstance(item, _LITERALS) for item in test.items):
                raise Unsupported
            yield from test.items
        else:
            yield test


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
Writer.makers = {
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
