"""From tree to closures: the Python face of every construct (DMN 1.5, 10.3.2).

Each node becomes a function of the run and the scope. In a verdict, missing inputs come as
`Unknown`; what cannot be decided without them stays unknown, `and` and `or` are Kleene's.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rule_engine import tree
from rule_engine.calls import Closure, call_value, invoke_known
from rule_engine.closures import Maker, constant, whole
from rule_engine.closures_operators import Operators
from rule_engine.compare import equal
from rule_engine.feel_types import ANY, MISMATCH, coerced, has_type, type_of_name
from rule_engine.functions.registry import FeelFunction, arranged
from rule_engine.iteration import Source, each
from rule_engine.running import (
    MAX_CALLS,
    EvaluationContext,
    Exhausted,
    Run,
    Scope,
    weighed,
)
from rule_engine.values import Function, Unknown, kind_of, unknown_of

_CONSTANT = frozenset(("date", "time", "date and time", "duration"))
"""Functions that give the same for a text at any moment: worked out once."""
_NO_MOMENT = EvaluationContext(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))


class Compiler(Operators):
    """Turns whole trees into closures."""

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
            return weighed(run, whole(done)) if trouble is None else trouble.value

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
        is_place = isinstance(node.condition, tree.NumberLiteral) or (
            isinstance(node.condition, tree.Negation)
            and isinstance(node.condition.operand, tree.NumberLiteral)
        )

        def pick(run: Run, scope: Scope) -> Any:
            value = base(run, scope)
            if value is None or type(value) is Unknown:
                return value
            items = value if isinstance(value, list) else [value]
            if is_place:
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

        if known.name in _CONSTANT and all(
            isinstance(argument.value, tree.StringLiteral) for argument in node.arguments
        ):
            run = Run(_NO_MOMENT)
            value = call(run, Scope({}))
            if value is not None and not run.notes:
                return constant(value)
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
            return weighed(run, values)

        return make

    def _list(self, node: tree.ListLiteral) -> Closure:
        items = [self.compile(item) for item in node.items]
        return lambda run, scope: weighed(run, whole([item(run, scope) for item in items]))

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


_MAKERS: dict[type, Maker] = {
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
Compiler.makers = _MAKERS
