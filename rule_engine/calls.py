"""Calling functions, and noting what is wrong with their arguments."""

from collections.abc import Callable
from typing import Any

from rule_engine import tree
from rule_engine.functions.registry import FeelFunction, arranged, invoke
from rule_engine.running import Run, Scope, weighed
from rule_engine.values import Function, kind_of, unknown_of

Closure = Callable[[Run, Scope], Any]

CALL_STEPS = 6
"""What a call of a known function counts for, beside the texts that it reads and writes."""


def wrong(run: Run, span: tree.Span, operator: str, a: Any, b: Any) -> None:
    """Note that an operator does not apply to two values."""
    first, second = kind_of(a), kind_of(b)
    code = "feel_out_of_bounds" if first == second == "number" else "feel_wrong_operands"
    run.error(code, span, operator=operator, left=first, right=second)


def invoke_known(
    known: FeelFunction,
    shapes: list[tuple[int, tuple[int, ...]]],
    given: list[Any],
    run: Run,
    span: tree.Span,
) -> Any:
    """Call a function of the registry, and note it where it has no result."""
    unknown = unknown_of(*given)
    if unknown is not None:
        return unknown
    run.step(CALL_STEPS + sum(len(text) >> 6 for text in given if type(text) is str))
    before = len(run.notes)
    value, fitted = invoke(known, shapes, given, run)
    if type(value) is str:
        run.step(len(value) >> 6)
    elif type(value) is list or type(value) is dict:
        weighed(run, value)
    if not fitted:
        run.error("feel_wrong_arguments", span, name=known.name)
    elif value is None and not known.may_be_null and _is_new(run, before, given):
        run.error("feel_no_result", span, name=known.name)
    return value


def _is_new(run: Run, before: int, given: list[Any]) -> bool:
    return len(run.notes) == before and all(argument is not None for argument in given)


def call_value(
    function: Function,
    names: tuple[str | None, ...],
    given: list[Any],
    run: Run,
    span: tree.Span = tree.NO_SPAN,
) -> Any:
    """Call a function value with positional or named arguments."""
    if all(name is None for name in names):
        if function.parameters == ("...",):
            return function.call(run, given)
        if len(given) != len(function.parameters):
            run.error("feel_wrong_arguments", span, name=function.name)
            return None
        return function.call(run, given)
    by_name = dict(zip(names, given, strict=True))
    if len(by_name) != len(names) or set(by_name) - set(function.parameters):
        run.error("feel_wrong_arguments", span, name=function.name)
        return None
    if set(function.parameters) - set(by_name):
        run.error("feel_wrong_arguments", span, name=function.name)
        return None
    return function.call(run, [by_name[name] for name in function.parameters])


def as_value(known: FeelFunction) -> Function:
    """Give a function of the registry as a value."""
    cached = _VALUES.get(known.name)
    if cached is not None and cached[0] is known:
        return cached[1]

    def call(run: Run, arguments: list[Any]) -> Any:
        shapes = arranged(known, (None,) * len(arguments))
        return invoke_known(known, shapes, arguments, run, tree.NO_SPAN)

    first = known.signatures[0].parameters if len(known.signatures) == 1 else ()
    exact = first and not any(p.optional or p.variadic for p in first)
    parameters = tuple(p.name for p in first) if exact else ("...",)
    value = Function(known.name, parameters, call)
    _VALUES[known.name] = (known, value)
    return value


_VALUES: dict[str, tuple[FeelFunction, Function]] = {}
