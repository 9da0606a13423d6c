"""From tree to closures: the Python face of every construct (DMN 1.5, 10.3.2).

Each node becomes a function of the run and the scope. In a verdict, missing inputs come as
`Unknown`; what cannot be decided without them stays unknown, `and` and `or` are Kleene's.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from rule_engine import temporal, tree
from rule_engine.arithmetic import calculate, negated
from rule_engine.calls import Closure, as_value, call_value, invoke_known, wrong
from rule_engine.compare import equal, holds, matches, within
from rule_engine.feel_types import ANY, MISMATCH, Type, coerced, has_type, type_of_name
from rule_engine.functions.registry import FeelFunction, arranged
from rule_engine.iteration import Source, each
from rule_engine.properties import ABSENT, property_of
from rule_engine.running import MAX_CALLS, Exhausted, Run, Scope
from rule_engine.values import Function, OperatorTest, Range, Unknown, kind_of, unknown_of

_NOT_THERE = object()


class Compiler:
    """Turns trees into closures; knows the functions, the declared inputs and types."""

    def __init__(
        self,
        functions: Mapping[str, FeelFunction],
        inputs: Iterable[str] = (),
        types: Mapping[str, Type] | None = None,
        *,
        callables: Iterable[str] = (),
    ) -> None:
        """Know what names mean outside the tree; `callables` are inputs that are functions."""
        self.functions = functions
        self.inputs = frozenset(inputs)
        self.types = types or {}
        self.callables = frozenset(callables)
        self._locals: list[dict[str, str | None]] = []

    def compile(self, node: tree.Node) -> Closure:
        """Make the closure of a node."""
        return _MAKERS[type(node)](self, node)

    def root_of(self, node: tree.Node) -> str | None:
        """Name the input that a value is taken from, where it is taken from one."""
        if isinstance(node, tree.Name):
            for layer in reversed(self._locals):
                if node.name in layer:
                    return layer[node.name]
            return node.name if node.name in self.inputs else None
        if isinstance(node, tree.Path | tree.Filter):
            return self.root_of(node.base)
        return None

    def is_local(self, name: str) -> bool:
        """Tell whether a name is declared inside the expression."""
        return any(name in layer for layer in self._locals)

    def inside(self, names: Mapping[str, str | None], node: tree.Node) -> Closure:
        """Make the closure of a node that sees more names."""
        self._locals.append(dict(names))
        try:
            return self.compile(node)
        finally:
            self._locals.pop()

    # Literals and names

    def _number(self, node: tree.NumberLiteral) -> Closure:
        return _constant(node.value)

    def _string(self, node: tree.StringLiteral) -> Closure:
        return _constant(node.value)

    def _boolean(self, node: tree.BooleanLiteral) -> Closure:
        return _constant(node.value)

    def _null(self, node: tree.NullLiteral) -> Closure:
        return _constant(None)

    def _at(self, node: tree.AtLiteral) -> Closure:
        return _constant(temporal.read_any(node.text))

    def _name(self, node: tree.Name) -> Closure:
        name, span = node.name, node.span
        if name == "parameters" and name not in self.inputs and not self.is_local(name):
            return lambda run, scope: run.context.parameters
        hidden = self.is_local(name) or name in self.inputs
        known = None if hidden else self.functions.get(name)
        function = None if known is None else as_value(known)
        root = self._locals[-1].get("item") if self._locals and "item" in self._locals[-1] else None

        def look(run: Run, scope: Scope) -> Any:
            inner: Scope | None = scope
            while inner is not None:
                value = inner.values.get(name, _NOT_THERE)
                if value is not _NOT_THERE:
                    if value is None and inner.outer is None and name != "?":
                        return Unknown(frozenset((name,))) if run.verdict else _missing(run, node)
                    return value
                inner = inner.outer
            if function is not None:
                return function
            if run.verdict and (name in self.inputs or root):
                return Unknown(frozenset((name if name in self.inputs else root or name,)))
            if name in self.inputs:
                return _missing(run, node)
            run.error("feel_unknown_name", span, name=name)
            return None

        return look

    def _path(self, node: tree.Path) -> Closure:
        base, member, span = self.compile(node.base), node.member, node.span
        root = self.root_of(node.base)
        is_parameter = isinstance(node.base, tree.Name) and node.base.name == "parameters"

        def take(run: Run, value: Any) -> Any:
            if type(value) is Unknown:
                return value
            found = property_of(value, member)
            if found is ABSENT or (found is None and root):
                if root and (isinstance(value, dict) or value is None):
                    if run.verdict:
                        return Unknown(frozenset((root,)))
                    run.missing(root, span)
                elif is_parameter:
                    run.error("feel_unknown_parameter", span, name=member)
                elif value is not None:
                    run.error("feel_unknown_member", span, name=member, type=kind_of(value))
                return None
            return found

        def follow(run: Run, scope: Scope) -> Any:
            value = base(run, scope)
            if isinstance(value, list):
                run.step(len(value))
                return _whole([take(run, item) for item in value])
            return take(run, value)

        return follow

    # Operators

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
            return _constant(not node.negated)
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
            if wanted is True and not plain and type(value) is not bool:
                return True
            if type(value) is Unknown:
                return value
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

    # Control

    def _if_(self, node: tree.If) -> Closure:
        condition, yes, no = (self.compile(n) for n in (node.condition, node.yes, node.no))

        def choose(run: Run, scope: Scope) -> Any:
            chosen = condition(run, scope)
            if type(chosen) is Unknown:
                first, second = yes(run, scope), no(run, scope)
                unknown = unknown_of(chosen, first, second)
                return first if equal(first, second) is True else unknown
            return yes(run, scope) if chosen is True else no(run, scope)

        return choose

    def _for_(self, node: tree.For) -> Closure:
        sources, names = self._iterators(node.iterators)
        body = self.inside({**names, "partial": None}, node.body)

        def loop(run: Run, scope: Scope) -> Any:
            done: list[Any] = []
            trouble = each(sources, run, scope, done, lambda inner: done.append(body(run, inner)))
            return _whole(done) if trouble is None else trouble.value

        return loop

    def _quantified(self, node: tree.Quantified) -> Closure:
        sources, names = self._iterators(node.iterators)
        condition = self.inside(names, node.condition)
        deciding = node.kind == "some"

        def ask(run: Run, scope: Scope) -> Any:
            answers: list[Any] = []
            trouble = each(
                sources, run, scope, None, lambda inner: answers.append(condition(run, inner))
            )
            if trouble is not None:
                return trouble.value
            if any(answer is deciding for answer in answers):
                return deciding
            unknown = unknown_of(*answers)
            if all(type(answer) is bool or type(answer) is Unknown for answer in answers):
                return not deciding if unknown is None else unknown
            return None

        return ask

    def _iterators(
        self, iterators: tuple[tree.Iterator, ...]
    ) -> tuple[list[Source], dict[str, str | None]]:
        names: dict[str, str | None] = {}
        sources = []
        for iterator in iterators:
            first = self.inside(names, iterator.source)
            end = self.inside(names, iterator.end) if iterator.end is not None else None
            sources.append(Source(iterator.name, first, end, iterator.span))
            self._locals.append(names)
            names[iterator.name] = self.root_of(iterator.source)
            self._locals.pop()
        return sources, names

    def _filter(self, node: tree.Filter) -> Closure:
        base, span = self.compile(node.base), node.span
        condition = self.inside({"item": self.root_of(node.base)}, node.condition)
        constant = isinstance(node.condition, tree.NumberLiteral) or (
            isinstance(node.condition, tree.Negation)
            and isinstance(node.condition.operand, tree.NumberLiteral)
        )

        def pick(run: Run, scope: Scope) -> Any:
            value = base(run, scope)
            if value is None or type(value) is Unknown:
                return value
            items = value if isinstance(value, list) else [value]
            if constant:
                return _element(items, condition(run, scope))
            kept: list[Any] = []
            unknown: list[Any] = []
            for item in items:
                run.step()
                answer = condition(run, Scope(_item_values(item), scope))
                if answer is True:
                    kept.append(item)
                elif type(answer) is Decimal:
                    return _element(items, answer)
                elif type(answer) is Unknown:
                    unknown.append(answer)
                elif answer is not None and type(answer) is not bool:
                    run.error("feel_not_boolean", span, operator="[ ]", type=kind_of(answer))
                    return None
            if not items:
                answer = _quiet(condition, run, scope)
                return None if type(answer) is Decimal else []
            return unknown_of(*unknown) if unknown else kept

        return pick

    # Functions

    def _function(self, node: tree.FunctionLiteral) -> Closure:
        names = tuple(parameter.name for parameter in node.parameters)
        types = tuple(
            type_of_name(p.type, self.types) if p.type is not None else ANY for p in node.parameters
        )
        span = node.span
        if node.external:

            def refuse(run: Run, scope: Scope) -> Any:
                run.error("feel_external_function", span)
                return None

            return refuse
        body = self.inside(dict.fromkeys(names), node.body)

        def make(run: Run, scope: Scope) -> Any:
            def call(inner_run: Run, arguments: list[Any]) -> Any:
                values: dict[str, Any] = {}
                for name, kind, argument in zip(names, types, arguments, strict=True):
                    value = coerced(argument, kind or ANY)
                    if value is MISMATCH:
                        inner_run.error("feel_wrong_argument", span, name=name)
                        return None
                    values[name] = value
                inner_run.step(10)
                inner_run.calls += 1
                if inner_run.calls > MAX_CALLS:
                    raise Exhausted("feel_too_many_calls")
                try:
                    return body(inner_run, Scope(values, scope))
                finally:
                    inner_run.calls -= 1

            return Function("", names, call, types)

        return make

    def _call(self, node: tree.Call) -> Closure:
        arguments = [self.compile(argument.value) for argument in node.arguments]
        names = tuple(argument.name for argument in node.arguments)
        function = node.function
        if (
            isinstance(function, tree.Name)
            and function.name in self.functions
            and not self.is_local(function.name)
            and function.name not in self.callables
        ):
            return self._known_call(self.functions[function.name], names, arguments, node)
        target, span = self.compile(function), node.span

        def call(run: Run, scope: Scope) -> Any:
            value = target(run, scope)
            given = [argument(run, scope) for argument in arguments]
            unknown = unknown_of(value, *given)
            if unknown is not None:
                return unknown
            if not isinstance(value, Function):
                if value is not None:
                    run.error("feel_not_a_function", span, type=kind_of(value))
                return None
            return call_value(value, names, given, run, span)

        return call

    def _known_call(
        self,
        known: FeelFunction,
        names: tuple[str | None, ...],
        arguments: list[Closure],
        node: tree.Call,
    ) -> Closure:
        shapes = arranged(known, names)
        span = node.span

        def call(run: Run, scope: Scope) -> Any:
            given = [argument(run, scope) for argument in arguments]
            return invoke_known(known, shapes, given, run, span)

        return call

    # Structures

    def _context(self, node: tree.ContextLiteral) -> Closure:
        entries: list[tuple[str, Closure]] = []
        names: dict[str, str | None] = {}
        for entry in node.entries:
            entries.append((entry.key, self.inside(names, entry.value)))
            names[entry.key] = None
        keys = [key for key, _ in entries]
        twice = len(set(keys)) != len(keys)
        span = node.span

        def make(run: Run, scope: Scope) -> Any:
            if twice:
                run.error("feel_key_twice", span)
                return None
            values: dict[str, Any] = {}
            inner = Scope(values, scope)
            for key, value in entries:
                values[key] = value(run, inner)
            return values

        return make

    def _list(self, node: tree.ListLiteral) -> Closure:
        items = [self.compile(item) for item in node.items]
        return lambda run, scope: _whole([item(run, scope) for item in items])

    def _instance_of(self, node: tree.InstanceOf) -> Closure:
        value, kind, span = self.compile(node.value), type_of_name(node.type, self.types), node.span

        def check(run: Run, scope: Scope) -> Any:
            found = value(run, scope)
            if type(found) is Unknown:
                return found
            if kind is None:
                run.error("feel_unknown_type", span, name=node.type.name)
                return None
            return has_type(found, kind)

        return check

    def _broken(self, node: tree.Broken) -> Closure:
        span = node.span

        def refuse(run: Run, scope: Scope) -> Any:
            run.error("feel_broken", span)
            return None

        return refuse


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


def _constant(value: Any) -> Closure:
    return lambda run, scope: value


def _missing(run: Run, node: tree.Name) -> None:
    run.missing(node.name, node.span)


def _whole(values: list[Any]) -> Any:
    unknown = unknown_of(*values)
    return values if unknown is None else unknown


def _item_values(item: Any) -> Mapping[str, Any]:
    if isinstance(item, dict):
        return item if "item" in item else {**item, "item": item}
    return {"item": item}


def _element(items: list[Any], place: Any) -> Any:
    if type(place) is not Decimal or place != place.to_integral_value():
        return None
    at = int(place) if abs(place) <= len(items) else 0
    if at == 0:
        return None
    return items[at - 1] if at > 0 else items[at]


def _quiet(condition: Closure, run: Run, scope: Scope) -> Any:
    before = len(run.notes)
    answer = condition(run, Scope({"item": None}, scope))
    del run.notes[before:]
    return answer


_MAKERS: dict[type, Callable[[Compiler, Any], Closure]] = {
    tree.NumberLiteral: Compiler._number,
    tree.StringLiteral: Compiler._string,
    tree.BooleanLiteral: Compiler._boolean,
    tree.NullLiteral: Compiler._null,
    tree.AtLiteral: Compiler._at,
    tree.Name: Compiler._name,
    tree.Path: Compiler._path,
    tree.Negation: Compiler._negation,
    tree.Arithmetic: Compiler._arithmetic,
    tree.Comparison: Compiler._comparison,
    tree.Logical: Compiler._logical,
    tree.Between: Compiler._between,
    tree.Membership: Compiler._membership,
    tree.UnaryTests: Compiler._unary_tests,
    tree.Test: Compiler._operator_test,
    tree.RangeLiteral: Compiler._range,
    tree.If: Compiler._if_,
    tree.For: Compiler._for_,
    tree.Quantified: Compiler._quantified,
    tree.Filter: Compiler._filter,
    tree.FunctionLiteral: Compiler._function,
    tree.Call: Compiler._call,
    tree.ContextLiteral: Compiler._context,
    tree.ListLiteral: Compiler._list,
    tree.InstanceOf: Compiler._instance_of,
    tree.Broken: Compiler._broken,
}
