"""Routing variables and decisions of a process: all that the flow engine learns of a case."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flow_engine import Process
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.runtime.precheck import Precheck
from rule_engine import EvaluationContext

PRECHECK = "precheck"


def routing_variables(
    process: Process, form: Form, inputs: Mapping[str, Any], checked: Precheck | None
) -> dict[str, Any]:
    """Give exactly what the conditions of the process name, and nothing that the form seals."""
    variables = {
        name: inputs[name]
        for name in sorted(process.inputs)
        if name in inputs and inputs[name] is not None and name not in form.sealed
    }
    if checked is not None:
        variables[PRECHECK] = checked.verdict.name.lower()
    return variables


def decider(
    app: CompiledApp, inputs: Mapping[str, Any], context: EvaluationContext
) -> Callable[[str, Mapping[str, object]], dict[str, Any]]:
    """Serve the process's business rule tasks from the answers, facts and its own variables."""

    def decide(decision_id: str, variables: Mapping[str, object]) -> dict[str, Any]:
        judgement = app.decisions[decision_id].judge({**variables, **inputs}, context)
        return dict(judgement.outputs)

    return decide


def redecided(
    app: CompiledApp,
    process: Process,
    state: bytes,
    inputs: Mapping[str, Any],
    context: EvaluationContext,
) -> dict[str, Any]:
    """Give anew what decisions have left in the process: answers have changed since."""
    held = process.variables(state)
    found: dict[str, Any] = {}
    for node in process.definition.nodes:
        if node.decision is not None:
            judged = app.decisions[node.decision].judge({**held, **inputs}, context)
            found |= {name: value for name, value in judged.outputs.items() if name in held}
    return found


def variables_of(process: Process, state: bytes) -> dict[str, Any]:
    """Give the routing variables of an instance: what decisions left for its steps."""
    return process.variables(state)


def outputs_of(process: Process, state: bytes) -> dict[str, str]:
    """Give what decisions worked out, as text; the verbs pressed and the pre-check left out."""
    return {
        name: str(value)
        for name, value in process.variables(state).items()
        if name != PRECHECK and not name.startswith("verb") and isinstance(value, str | Decimal)
    }
