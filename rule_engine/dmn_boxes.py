"""Boxed expressions to closures (DMN 1.5, 7.3 and 8)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rule_engine import tree
from rule_engine.calls import Closure, call_value
from rule_engine.dmn_model import (
    Box,
    Clause,
    ContextBox,
    FilterBox,
    FunctionBox,
    IfBox,
    InvocationBox,
    IteratorBox,
    ListBox,
    Literal,
    RelationBox,
    TableBox,
)
from rule_engine.dmn_types import Types, conformed
from rule_engine.evaluate import Compiler
from rule_engine.feel_types import MISMATCH, Type
from rule_engine.functions.known import STANDARD
from rule_engine.iteration import Source, each
from rule_engine.names import Names
from rule_engine.parser import parse_expression, parse_unary_tests
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.running import MAX_CALLS, Exhausted, Run, Scope
from rule_engine.table import CompiledRow, CompiledTable, decide
from rule_engine.values import Function

_HIT_POLICIES = frozenset(
    ("UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
)


class Boxes:
    """Compiles boxed expressions of one model; `broken` lists texts that could not be read."""

    def __init__(self, members: Iterable[str]) -> None:
        """Know all member names that the model declares."""
        self.members = tuple(members)
        self.types: Types | None = None
        self.broken: list[tuple[str, str]] = []

    def kind(self, name: str) -> Type:
        """Give a declared type."""
        assert self.types is not None  # noqa: S101
        return self.types.get(name)

    def compiler(self, names: Iterable[str]) -> Compiler:
        """Make a compiler that sees names."""
        known = self.types.known if self.types is not None else {}
        visible = frozenset(names)
        return Compiler(STANDARD, visible, known, callables=visible)

    def names(self, names: Iterable[str]) -> Names:
        """Make the names that a text may use."""
        return Names(names, STANDARD, (*self.members, *PROPERTIES))

    def text(self, text: str, names: tuple[str, ...]) -> Closure:
        """Compile FEEL text; a text that cannot be read gives null."""
        if not text:
            return _null
        node, faults = parse_expression(text, self.names(names))
        if faults:
            self.broken.append((text, faults[0].code))
            return self._broken(faults[0].code)
        return self.compiler(names).compile(node)

    def tests(self, text: str, names: tuple[str, ...]) -> Closure | None:
        """Compile a cell; None where any value passes."""
        if text.strip() in ("", "-"):
            return None
        node, faults = parse_unary_tests(text, self.names((*names, "?")))
        if faults:
            self.broken.append((text, faults[0].code))
            return self._broken(faults[0].code)
        return self.compiler((*names, "?")).compile(node)

    def _broken(self, code: str) -> Closure:
        def refuse(run: Run, scope: Scope) -> Any:
            run.error(code, tree.NO_SPAN)
            return None

        return refuse

    def box(self, box: Box | None, names: tuple[str, ...]) -> Closure:
        """Compile a boxed expression that sees names."""
        return _null if box is None else _MAKERS[type(box)](self, box, names)

    def typed(self, closure: Closure, type_name: str) -> Closure:
        """Convert what a closure gives to a declared type; null where it has another one."""
        if not type_name:
            return closure
        kind = self.kind(type_name)

        def convert(run: Run, scope: Scope) -> Any:
            value = conformed(closure(run, scope), kind, run, scope)
            if value is MISMATCH:
                run.error("feel_wrong_result", tree.NO_SPAN, wanted=str(kind))
                return None
            return value

        return convert

    def _literal(self, box: Literal, names: tuple[str, ...]) -> Closure:
        return self.typed(self.text(box.text, names), box.type)

    def _list(self, box: ListBox, names: tuple[str, ...]) -> Closure:
        items = [self.box(item, names) for item in box.items]
        return self.typed(lambda run, scope: [item(run, scope) for item in items], box.type)

    def _relation(self, box: RelationBox, names: tuple[str, ...]) -> Closure:
        rows = [[self.box(cell, names) for cell in row] for row in box.rows]
        columns = box.columns

        def make(run: Run, scope: Scope) -> Any:
            return [
                {name: cell(run, scope) for name, cell in zip(columns, row, strict=False)}
                for row in rows
            ]

        return make

    def _context(self, box: ContextBox, names: tuple[str, ...]) -> Closure:
        entries: list[tuple[str, Closure]] = []
        inner = names
        for entry in box.entries:
            entries.append((entry.name, self.typed(self.box(entry.value, inner), entry.type)))
            if entry.name:
                inner = (*inner, entry.name)

        def make(run: Run, scope: Scope) -> Any:
            values: dict[str, Any] = {}
            inside = Scope(values, scope)
            for name, closure in entries:
                value = closure(run, inside)
                if not name:
                    return value
                values[name] = value
            return values

        return make

    def _invocation(self, box: InvocationBox, names: tuple[str, ...]) -> Closure:
        called = self.box(box.called, names)
        bindings = [
            (entry.name, self.typed(self.box(entry.value, names), entry.type))
            for entry in box.bindings
        ]
        parameters = tuple(name for name, _ in bindings)

        def call(run: Run, scope: Scope) -> Any:
            function = called(run, scope)
            if not isinstance(function, Function):
                run.error("feel_not_a_function", tree.NO_SPAN, type="any")
                return None
            given = [closure(run, scope) for _, closure in bindings]
            return call_value(function, parameters, given, run)

        return call

    def _function(self, box: FunctionBox, names: tuple[str, ...]) -> Closure:
        make = self.function(box, names, box.type)
        return lambda run, scope: make(run, scope)

    def function(
        self, box: FunctionBox, names: tuple[str, ...], result: str, own: str = ""
    ) -> Callable[[Run, Scope], Function | None]:
        """Compile a function: it sees names, its own name and its parameters."""
        parameters = tuple(parameter.name for parameter in box.parameters)
        kinds = tuple(self.kind(parameter.type) for parameter in box.parameters)
        seen = (*names, own, *parameters) if own else (*names, *parameters)
        body = self.typed(self.box(box.body, seen), result)
        result_kind = self.kind(result)

        def make(run: Run, scope: Scope) -> Function | None:
            if box.kind != "FEEL":
                run.error("feel_external_function", tree.NO_SPAN)
                return None

            def call(inner: Run, arguments: list[Any]) -> Any:
                values = _bound(parameters, kinds, arguments, inner, scope)
                if values is None:
                    return None
                if own:
                    values.setdefault(own, function)
                return guarded(inner, body, Scope(values, scope))

            function = Function(own, parameters, call, kinds, result_kind)
            return function

        return make

    def _if(self, box: IfBox, names: tuple[str, ...]) -> Closure:
        condition, yes, no = (self.box(inner, names) for inner in (box.condition, box.yes, box.no))

        def choose(run: Run, scope: Scope) -> Any:
            return yes(run, scope) if condition(run, scope) is True else no(run, scope)

        return choose

    def _filter(self, box: FilterBox, names: tuple[str, ...]) -> Closure:
        source, match = self.box(box.source, names), self.box(box.match, (*names, "item"))

        def pick(run: Run, scope: Scope) -> Any:
            value = source(run, scope)
            if value is None:
                return None
            kept = []
            for item in value if isinstance(value, list) else [value]:
                run.step()
                inner: Mapping[str, Any] = {"item": item}
                if isinstance(item, dict):
                    inner = {**item, "item": item}
                answer = match(run, Scope(inner, scope))
                if type(answer) is not bool:
                    run.error("feel_not_boolean", tree.NO_SPAN, operator="[ ]", type="any")
                    return None
                if answer:
                    kept.append(item)
            return kept

        return pick

    def _iterator(self, box: IteratorBox, names: tuple[str, ...]) -> Closure:
        source = Source(box.variable, self.box(box.source, names), None, tree.NO_SPAN)
        body = self.box(box.body, (*names, box.variable, "partial"))
        kind = box.kind

        def loop(run: Run, scope: Scope) -> Any:
            done: list[Any] = []
            partial = done if kind == "for" else None
            trouble = each(
                [source], run, scope, partial, lambda inner: done.append(body(run, inner))
            )
            if trouble is not None:
                return trouble.value
            if kind == "for":
                return done
            deciding = kind == "some"
            if any(answer is deciding for answer in done):
                return deciding
            return not deciding if all(type(answer) is bool for answer in done) else None

        return loop

    # Tables

    def _table(self, box: TableBox, names: tuple[str, ...]) -> Closure:
        columns = tuple(
            self.typed(self.text(clause.text, names), clause.type) for clause in box.inputs
        )
        rows = tuple(
            CompiledRow(
                rule.id,
                tuple(self.tests(text, names) for text in rule.inputs),
                tuple(
                    self.typed(self.text(text, names), clause.type)
                    for text, clause in zip(rule.outputs, box.outputs, strict=False)
                ),
            )
            for rule in box.rules
        )
        policy = box.hit_policy if box.hit_policy in _HIT_POLICIES else "UNIQUE"
        table = CompiledTable(
            policy,
            box.aggregation,
            columns,
            tuple(clause.name for clause in box.outputs),
            rows,
            tuple(self._choices(clause, names) for clause in box.outputs),
            tuple(self.text(c.default, names) if c.default else None for c in box.outputs),
            tuple(self.tests(clause.allowed, names) for clause in box.inputs),
        )

        def run_table(run: Run, scope: Scope) -> Any:
            return decide(table, run, scope).value

        return run_table

    def _choices(self, clause: Clause, names: tuple[str, ...]) -> tuple[Closure, ...]:
        if not clause.allowed:
            return ()
        node, faults = parse_unary_tests(clause.allowed, self.names(names))
        if faults or not isinstance(node, tree.UnaryTests):
            return ()
        compiler = self.compiler(names)
        return tuple(compiler.compile(test) for test in node.tests)


def guarded(run: Run, body: Closure, scope: Scope) -> Any:
    """Run the body of a function within the bounds on calls."""
    run.step(10)
    run.calls += 1
    if run.calls > MAX_CALLS:
        raise Exhausted("feel_too_many_calls")
    try:
        return body(run, scope)
    finally:
        run.calls -= 1


def _bound(
    parameters: tuple[str, ...],
    kinds: tuple[Type, ...],
    arguments: list[Any],
    run: Run,
    scope: Scope,
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for name, kind, argument in zip(parameters, kinds, arguments, strict=True):
        value = conformed(argument, kind, run, scope)
        if value is MISMATCH:
            run.error("feel_wrong_argument", tree.NO_SPAN, name=name)
            return None
        values[name] = value
    return values


def _null(run: Run, scope: Scope) -> Any:
    return None


_MAKERS: dict[type, Callable[[Boxes, Any, tuple[str, ...]], Closure]] = {
    Literal: Boxes._literal,
    ListBox: Boxes._list,
    RelationBox: Boxes._relation,
    ContextBox: Boxes._context,
    InvocationBox: Boxes._invocation,
    FunctionBox: Boxes._function,
    IfBox: Boxes._if,
    FilterBox: Boxes._filter,
    IteratorBox: Boxes._iterator,
    TableBox: Boxes._table,
}
