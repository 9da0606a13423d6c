"""Processes: compiled once for a release, shared by all instances, which are bytes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent

from app_definitions import ids
from app_definitions.problem import Problems, error, has_errors
from app_definitions.vocabulary import Vocabulary
from flow_engine import checks, executable, moves, running, timers
from flow_engine.advance import Advance
from flow_engine.errors import NotWaiting, UnknownTarget, UnknownVerb
from flow_engine.executable import PREFIX
from flow_engine.expressions import (
    VERB,
    Compile,
    Expressions,
    plain,
    vocabulary_of,
    votes_of,
)
from flow_engine.model import ProcessDefinition, Step
from flow_engine.parser import parse
from flow_engine.running import Move, Plans
from flow_engine.script_engine import Decide
from flow_engine.state import variables as stored_variables
from flow_engine.timers import Due, Plan
from rule_engine.running import EvaluationContext

ZONE = ZoneInfo("Asia/Shanghai")

Evaluation = Callable[[datetime], EvaluationContext]


def compile_process(
    definition: ProcessDefinition,
    compile_expression: Compile,
    vocabulary: Vocabulary,
    *,
    evaluation: Evaluation | None = None,
) -> tuple["Process | None", Problems]:
    """Compile a definition; all problems come back together.

    Conditions may name the inputs of `vocabulary`, `verb` (the verb just pressed),
    `verb_<step>` (the last one of a step) and, of a step that several sign,
    `votes_for_<step>` and `votes_against_<step>`, which the caller counts. `evaluation`
    gives the context of a moment where a move is given none of its own.
    """
    structure = tuple(checks.check(definition))
    if has_errors(structure):
        return None, structure
    names = vocabulary_of(definition, vocabulary)
    expressions = Expressions(definition.part, compile_expression, names)
    made = executable.build(definition, expressions)
    plans: dict[str, Plan] = {}
    keys: dict[str, str] = {}
    for name, event in made.timers.items():
        plan = plans[name] = timers.parse(event.text, ZONE)
        if plan.text is not None:
            keys[name] = expressions.add(plan.text, name.removeprefix(PREFIX), "timer")
    unknown = [
        error(ids.path(definition.part, [name.removeprefix(PREFIX)], "timer"), "flow_due_unknown",
              id=plan.due_of)
        for name, plan in plans.items()
        if plan.due_of is not None and definition.node(plan.due_of) is None
    ]  # fmt: skip
    problems = (*structure, *expressions.problems, *unknown)
    if has_errors(problems):
        return None, problems
    try:
        specs = parse(made, f"{PREFIX}{definition.id}")
    except ValidationException as failure:
        refusal = error(definition.part, "flow_refused", detail=str(failure)[:200])
        return None, (*problems, refusal)
    shared = Plans(definition, specs, expressions, plans, keys)
    return Process(shared, evaluation or (lambda now: EvaluationContext(now, ZONE))), problems


class Process:
    """A compiled process. Nothing in it changes; threads share it.

    Every move takes the state before and gives the state after, and never touches the former.
    """

    def __init__(self, plans: Plans, evaluation: Evaluation) -> None:
        """Hold what all instances share."""
        self._plans = plans
        self._evaluation = evaluation
        self.steps = plans.definition.steps
        """What people do, in the order of the file."""
        self._steps = {step.id: step for step in self.steps}

    @property
    def definition(self) -> ProcessDefinition:
        """Give what was drawn."""
        return self._plans.definition

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Name what conditions and timers use of a case: all that the process may be told."""
        own = {VERB, *(f"{VERB}_{step.id}" for step in self.steps)}
        own.update(name for step in self.steps for name in votes_of(step))
        loops = [node.loop for node in self.definition.nodes if node.loop is not None]
        own.update(loop.item for loop in loops if loop.item)
        lists = {loop.collection for loop in loops if loop.collection}
        return (self._plans.expressions.inputs | lists) - own

    def variables(self, state: bytes) -> dict[str, Any]:
        """Give an instance's routing variables as FEEL values, decisions' outputs among them."""
        return self._plans.expressions.typed(stored_variables(state))

    def step(self, step_id: str) -> Step | None:
        """Find a step by its id."""
        return self._steps.get(step_id)

    def start(
        self,
        variables: Mapping[str, object],
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
    ) -> Advance:
        """Begin an instance and run it until it waits for a person, a timer or a message."""
        move = self._move(None, now, decide, due, context)
        move.instance.variables.update(_plain(variables))
        return move.finish(lambda: None)

    def complete(
        self,
        state: bytes,
        key: str,
        verb: str,
        variables: Mapping[str, object],
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
    ) -> Advance:
        """Finish a task with a verb and run on; a verb with a target sends back to it.

        Raises NotWaiting where the task is not open, UnknownVerb where the step has no such verb.
        """
        move = self._move(state, now, decide, due, context)
        token = move.token(key)
        if token is None or key not in move.people:
            raise NotWaiting(key)
        step = self._steps[executable.own_id(token.task_spec.name) or ""]
        known = step.verb(verb)
        if known is None and step.verbs:
            raise UnknownVerb(step.id, verb, tuple(each.id for each in step.verbs))
        own = {**_plain(variables), VERB: verb, f"{VERB}_{step.id}": verb}
        if known is not None and known.to is not None:
            return self._back(move, key, known.to, own)
        return move.finish(lambda: (move.instance.variables.update(own), token.run())[0])

    def fire(
        self,
        state: bytes,
        key: str,
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
    ) -> Advance:
        """Let a timer go off. Raises NotWaiting where it is not waited for."""
        move = self._move(state, now, decide, due, context)
        token = move.token(key)
        if token is None or key not in move.waits:
            raise NotWaiting(key)
        plan = self._plans.timers.get(getattr(token.task_spec.event_definition, "name", "") or "")
        times = plan.times if plan is not None else 1
        return move.finish(lambda: running.fire(move.instance, token, key, times))

    def catch(
        self,
        state: bytes,
        message: str,
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
    ) -> Advance:
        """Bring a message. Raises NotWaiting where nothing waits for it."""
        move = self._move(state, now, decide, due, context)
        event = BpmnEvent(MessageEventDefinition(message))
        waiting = [t for t in move.instance.listening() if t.task_spec.catches(t, event)]
        if not waiting:
            raise NotWaiting(message)
        return move.finish(lambda: move.instance.catch(event))

    def send_back(
        self,
        state: bytes,
        key: str,
        target_step: str,
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
    ) -> Advance:
        """Open a step or block again and give up what came after it.

        The task `key` closes if it stands in the target's branch or behind it; in a parallel
        branch it stays open. Finished parallel branches keep their result.
        Raises NotWaiting or UnknownTarget.
        """
        move = self._move(state, now, decide, due, context)
        if key not in move.people:
            raise NotWaiting(key)
        return self._back(move, key, target_step, {})

    def resume(
        self,
        state: bytes,
        now: datetime,
        decide: Decide,
        *,
        due: Due | None = None,
        context: EvaluationContext | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> Advance:
        """Try again after an incident, with other variables if need be."""
        move = self._move(state, now, decide, due, context)
        move.instance.variables.update(_plain(variables or {}))
        return move.finish(lambda: None)

    def cancel(self, state: bytes) -> Advance:
        """End an instance from outside: everything open is closed, no end event is reached."""
        never = datetime.min.replace(tzinfo=ZONE)
        move = Move(self._plans, EvaluationContext(never, ZONE), never, _nothing, None, state)
        return move.finish(lambda: setattr(move.instance, "completed", True))

    def _back(self, move: Move, key: str, target: str, own: dict[str, Any]) -> Advance:
        token = move.token(key)
        node = self._plans.definition.node(target)
        if token is None or node is None or (node.step is None and node.kind != "subProcess"):
            raise UnknownTarget(target, "only a step or a block can be opened again.")
        move.instance.variables.update(own)
        moves.check_target(self._plans.definition, move.instance, token, target)
        return move.finish(
            lambda: moves.send_back(self._plans.definition, move.instance, token, target)
        )

    def _move(
        self,
        state: bytes | None,
        now: datetime,
        decide: Decide,
        due: Due | None,
        context: EvaluationContext | None,
    ) -> Move:
        return Move(self._plans, context or self._evaluation(now), now, decide, due, state)


def _plain(variables: Mapping[str, object]) -> dict[str, Any]:
    return {str(name): plain(value) for name, value in variables.items()}


def _nothing(decision: str, variables: Mapping[str, object]) -> dict[str, Any]:
    raise LookupError(decision)
