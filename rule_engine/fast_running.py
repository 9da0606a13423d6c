"""What generated functions need while they run; whatever is not plain they give up on."""

import datetime as dt
from decimal import DecimalException
from typing import Any

from rule_engine.arithmetic import calculate, negated
from rule_engine.calls import Closure
from rule_engine.compare import holds
from rule_engine.properties import property_of
from rule_engine.running import MAX_STEPS, EvaluationContext, Exhausted, Run, Scope

_LEAST_STEPS = MAX_STEPS // 10
_MOST_NOTES = 40


NO_MOMENT = EvaluationContext(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
"""For closures of constants, which ask the world nothing."""


class Slow:
    """What a generated function gives where the general interpreter has to answer."""


SLOW = Slow()


class GiveUp(Exception):  # noqa: N818
    """Leaves a generated function: the general interpreter has something to note."""


ERRORS = (GiveUp, DecimalException, OverflowError, Exhausted, RecursionError)
"""What ends a generated function with SLOW."""


def begin(context: EvaluationContext) -> Run:
    """Begin a run for the parts that are closures."""
    return Run(context)


def begin_verdict(context: EvaluationContext) -> Run:
    """Begin a run for the parts that are closures, in a verdict."""
    return Run(context, verdict=True)


def ask(closure: Closure, wanted: type, run: Run, scope: Scope) -> Any:
    """Ask a closure for a value of a type, or null; gives up where anything is to be noted."""
    value = closure(run, scope)
    if value is not None and type(value) is not wanted:
        raise GiveUp
    notes = run.notes
    if notes and (len(notes) > _MOST_NOTES or any(note.kind == "error" for note in notes)):
        raise GiveUp
    if run.steps < _LEAST_STEPS:
        raise GiveUp
    return value


def parameter(context: EvaluationContext, name: str) -> Any:
    """Look up a parameter."""
    return property_of(context.parameters, name)


def calculated(operator: str, wanted: type, a: Any, b: Any) -> Any:
    """Apply an operator; gives up where it has no result of the type."""
    value = calculate(operator, a, b)
    if type(value) is not wanted:
        raise GiveUp
    return value


def turned(value: Any) -> Any:
    """Turn the sign of a number or duration."""
    return negated(value)


def held(operator: str, a: Any, b: Any) -> bool:
    """Apply a comparison; gives up where it does not apply."""
    value = holds(operator, a, b)
    if value is None:
        raise GiveUp
    return value
