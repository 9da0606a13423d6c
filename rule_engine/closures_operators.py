"""Closures of operators, ranges and tests (DMN 1.5, 10.3.2.13 to 10.3.2.15)."""

from collections.abc import Callable
from typing import Any

from rule_engine import tree
from rule_engine.arithmetic import calculate, negated
from rule_engine.calls import Closure, wrong
from rule_engine.closures import Closures, constant
from rule_engine.compare import holds, matches, within
from rule_engine.running import Run, Scope
from rule_engine.values import OperatorTest, Range, Unknown, kind_of, unknown_of


class Operators(Closures):
    """Turns operators into closures."""

    def _negation(self, node: tree.Negation) -> Closure:
        operand, span = self.compile(node.operand), node.span

        def negate(run: Run, scope: Scope) -> Any:
            value = operand(run, scope)
            if type(value) is Unknown:
                return value
            done = negated(value)
            if done is None and value is not None:
                run.error("feel_wrong_operand", span, operator="-", type=kind_of(value))
            return done

        return negate

    def _arithmetic(self, node: tree.Arithmetic) -> Closure:
        left, right = self.compile(node.left), self.compile(node.right)
        operator, span = node.operator, node.span

        def operate(run: Run, scope: Scope) -> Any:
            a, b = left(run, scope), right(run, scope)
            done = None
            if a is not None and b is not None:
                if type(a) is Unknown or type(b) is Unknown:
                    return unknown_of(a, b)
                done = calculate(operator, a, b)
                if done is None:
                    wrong(run, span, operator, a, b)
                elif type(done) is str:
                    run.step(len(done) >> 6)
            return done

        return operate

    def _comparison(self, node: tree.Comparison) -> Closure:
        if node.operator in ("=", "!="):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(one, tree.NullLiteral):
                    return self._null_test(other, node.operator == "=")
        left, right = self.compile(node.left), self.compile(node.right)
        operator, span = node.operator, node.span

        def check(run: Run, scope: Scope) -> Any:
            a, b = left(run, scope), right(run, scope)
            if type(a) is Unknown or type(b) is Unknown:
                return unknown_of(a, b)
            done = holds(operator, a, b)
            if done is None and a is not None and b is not None:
                wrong(run, span, operator, a, b)
            return done

        return check

    def _null_test(self, node: tree.Node, wanted: bool) -> Closure:
        value = self.compile(node)
        sees = isinstance(node, tree.Name | tree.Path)

        def check(run: Run, scope: Scope) -> Any:
            before = len(run.notes)
            found = value(run, scope)
            if type(found) is Unknown:
                if not sees:
                    return found
                found = None
            if sees:
                run.notes[before:] = [n for n in run.notes[before:] if n.kind == "error"]
            return (found is None) == wanted

        return check

    def _logical(self, node: tree.Logical) -> Closure:
        operands = [(self.compile(operand), operand.span) for operand in node.operands]
        deciding = node.operator == "or"
        operator = node.operator

        def join(run: Run, scope: Scope) -> Any:
            null = False
            unknown: list[Any] = []
            for operand, span in operands:
                value = operand(run, scope)
                if value is deciding:
                    return deciding
                if type(value) is Unknown:
                    unknown.append(value)
                elif type(value) is not bool:
                    null = True
                    if value is not None:
                        run.error("feel_not_boolean", span, operator=operator, type=kind_of(value))
            if null:
                return None
            return unknown_of(*unknown) if unknown else not deciding

        return join

    def _between(self, node: tree.Between) -> Closure:
        value, low, high = (self.compile(n) for n in (node.value, node.low, node.high))
        span = node.span

        def check(run: Run, scope: Scope) -> Any:
            v, a, b = value(run, scope), low(run, scope), high(run, scope)
            unknown = unknown_of(v, a, b)
            if unknown is not None:
                return unknown
            if v is None or a is None or b is None:
                return None
            done = within(v, Range(a, b, True, True))
            if done is None:
                wrong(run, span, "between", v, a)
            return done

        return check

    def _membership(self, node: tree.Membership) -> Closure:
        value = self.compile(node.value)
        tests = [(self.test(test, plain=True), test) for test in node.tests]
        return _any_test(value, tests, negated_=False)

    def _unary_tests(self, node: tree.UnaryTests) -> Closure:
        if not node.tests:
            return constant(not node.negated)
        tests = [(self.test(test, plain=False), test) for test in node.tests]
        return _any_test(self._name(tree.Name("?")), tests, negated_=node.negated)

    def test(self, node: tree.Node, *, plain: bool) -> Callable[[Run, Scope, Any], Any]:
        """Make the function that applies one unary test to a value."""
        if isinstance(node, tree.NullLiteral):
            return lambda run, scope, value: value is None or type(value) is Unknown
        inner = self.compile(node)
        members = None
        is_range = isinstance(node, tree.RangeLiteral | tree.Test)
        if isinstance(node, tree.ListLiteral):
            members = [self.test(item, plain=plain) for item in node.items]
        uses_value = not plain and any(n == tree.Name("?") for n in tree.walk(node))

        def apply(run: Run, scope: Scope, value: Any) -> Any:
            if members is not None and run.verdict:
                answers = [member(run, scope, value) for member in members]
                return True if True in answers else unknown_of(*answers) or False
            wanted = inner(run, scope)
            if type(wanted) is Unknown:
                return wanted
            if uses_value:
                return wanted
            if wanted is None and is_range:
                return None
            if type(value) is Unknown:
                return value
            if wanted is True and not plain and type(value) is not bool and value is not None:
                return True
            return matches(value, wanted)

        return apply

    def _operator_test(self, node: tree.Test) -> Closure:
        operand, operator = self.compile(node.operand), node.operator

        def make(run: Run, scope: Scope) -> Any:
            value = operand(run, scope)
            return value if type(value) is Unknown else OperatorTest(operator, value)

        return make

    def _range(self, node: tree.RangeLiteral) -> Closure:
        low, high, span = self.compile(node.low), self.compile(node.high), node.span
        low_closed, high_closed = node.low_closed, node.high_closed
        low_open = isinstance(node.low, tree.NullLiteral)
        high_open = isinstance(node.high, tree.NullLiteral)

        def make(run: Run, scope: Scope) -> Any:
            a, b = low(run, scope), high(run, scope)
            if type(a) is Unknown or type(b) is Unknown:
                return unknown_of(a, b)
            if (a is None and not low_open) or (b is None and not high_open):
                return None
            if a is not None and b is not None and holds("<=", a, b) is None:
                wrong(run, span, "..", a, b)
                return None
            return Range(a, b, low_closed, high_closed)

        return make


def _any_test(
    value: Closure,
    tests: list[tuple[Callable[[Run, Scope, Any], Any], tree.Node]],
    *,
    negated_: bool,
) -> Closure:
    def check(run: Run, scope: Scope) -> Any:
        subject = value(run, scope)
        unknown: list[Any] = []
        null = False
        answer: Any = False
        for test, _ in tests:
            found = test(run, scope, subject)
            if found is True:
                answer = True
                break
            if type(found) is Unknown:
                unknown.append(found)
            elif found is None:
                null = True
        if answer is not True:
            answer = unknown_of(*unknown) if unknown else None if null else False
        if negated_ and type(answer) is bool:
            return not answer
        return answer

    return check
