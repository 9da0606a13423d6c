"""Routing variables and decisions of a process: all that the flow engine learns of a case."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flow_engine import Process, Step, Verb
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.task_rows import OpenTask
from rule_engine import EvaluationContext, Verdict

PRECHECK = "precheck"


class RuleError(Exception):
    """A decision could not be worked out; the process stops and an administrator is told."""


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


def signing(process: Process) -> dict[str, list[str]]:
    """Give who signs each step that several sign: the roles of its assignees, one seat each."""
    return {step.signers: list(step.roles) for step in process.steps if step.signers is not None}


def votes(step: Step, task: OpenTask, verb: Verb) -> dict[str, int]:
    """Count the votes of a step that several sign, the one just given among them.

    Only votes of this round count: a step that was sent back is signed anew.
    """
    if step.signers is None:
        return {}
    kinds = {each.id: each.kind for each in step.verbs}
    given = [
        kinds.get(each.verb, "other")
        for each in task.steps
        if each.verb is not None and (each.step_id, each.round) == (step.id, task.round)
    ]
    given.append(verb.kind)
    return {
        f"votes_for_{step.id}": given.count("advance"),
        f"votes_against_{step.id}": given.count("refuse"),
    }


def decider(
    app: CompiledApp, inputs: Mapping[str, Any], context: EvaluationContext
) -> Callable[[str, Mapping[str, object]], dict[str, Any]]:
    """Serve the process's business rule tasks from the answers, facts and its own variables."""

    def decide(decision_id: str, variables: Mapping[str, object]) -> dict[str, Any]:
        judgement = app.decisions[decision_id].judge({**variables, **inputs}, context)
        if judgement.verdict is Verdict.ERROR:
            codes = ", ".join(sorted({note.code for note in judgement.notes}))
            raise RuleError(f"could not be worked out: {codes}")
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
        if name != PRECHECK
        and not name.startswith(("verb", "votes_"))
        and isinstance(value, str | Decimal)
    }
