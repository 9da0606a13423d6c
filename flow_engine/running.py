"""One move of an instance: run what needs no person, then say what changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.util.task import TaskState

from flow_engine import state, timers
from flow_engine.advance import Advance, Incident, Opened, Thrown, TimerRequest
from flow_engine.errors import EvaluationError
from flow_engine.executable import own_id
from flow_engine.expressions import Expressions
from flow_engine.model import ProcessDefinition
from flow_engine.parser import Specs
from flow_engine.script_engine import Decide, DecisionError, ScriptEngine
from flow_engine.specs import HostCycle, HostTimer, NoFlow, NoSigners
from flow_engine.timers import Due, Plan
from flow_engine.tokens import Instance, Token

MAX_STEPS = 5_000
MAX_LEVEL = 300


@dataclass(frozen=True, slots=True)
class Plans:
    """What all moves of a process share."""

    definition: ProcessDefinition
    specs: Specs
    expressions: Expressions
    timers: dict[str, Plan]
    timer_keys: dict[str, str] = field(default_factory=dict)


class Runaway(EvaluationError):  # noqa: N818
    """The process went round and round without a person, a timer or a message."""


class Move:
    """An instance in memory from loading its state until the answer."""

    def __init__(
        self,
        plans: Plans,
        context: Any,
        now: datetime,
        decide: Decide,
        due: Due | None,
        before: bytes | None,
    ) -> None:
        """Load a state, or begin a new instance where there is none."""
        self.plans = plans
        self.now = now
        self.zone = context.zone
        self.context = context
        self.due = due
        self.engine = ScriptEngine(plans.expressions, context, decide)
        self.thrown: list[Thrown] = []
        self.instance = Instance(plans.specs, self.engine)
        if before is None:
            self.instance.begin()
        else:
            state.load(before, self.instance)
        self.before = before
        self.people = {str(token.id) for token in self._people()}
        self.waits = {key for token in self.instance.listening() for key, _ in self._keys(token)}

    def token(self, key: str) -> Token | None:
        """Find the open token a key stands for."""
        number = key.partition(".")[0].partition("~")[0]
        return self.instance.find(int(number)) if number.isdecimal() else None

    def finish(self, act: Callable[[], None]) -> Advance:
        """Do something to the instance, run what follows, and say what changed."""
        given = dict(self.instance.variables)
        last: Token | None = None
        try:
            act()
            for last in self._automatic():
                last.run()
            requests = self._requests()
            return self._answer(requests, self._stalled())
        except Exception as failure:  # anything a definition can cause is an incident
            incident = _incident(failure, last)
            if last is None or last._state != TaskState.ERROR or incident.code == "runaway":
                return Advance(self._begun(given), incident=incident)
            last._set_state(TaskState.READY)
            return self._parked(given, incident)

    def _begun(self, given: dict[str, Any]) -> bytes:
        """Give the state before the move; of a new instance the one with its first token."""
        if self.before is not None:
            return self.before
        fresh = Instance(self.plans.specs, self.engine)
        fresh.begin()
        fresh.variables.update(given)
        return state.dump(fresh)

    def _parked(self, given: dict[str, Any], incident: Incident) -> Advance:
        """Keep what was done, with the token where it could not go on."""
        try:
            return self._answer(self._requests(), incident)
        except EvaluationError:
            return Advance(self._begun(given), incident=incident)

    def _automatic(self) -> Any:
        """Go through what is ready and needs no person, within limits."""
        steps = 0
        while not self.instance.completed:
            token = self.instance.next_automatic()
            if token is None:
                return
            steps += 1
            if steps > MAX_STEPS:
                raise Runaway(token.task_spec.name, f"More than {MAX_STEPS} steps in one move.")
            if token.level > MAX_LEVEL:
                self._compact()
                continue
            yield token
            self._collect_thrown()

    def _compact(self) -> None:
        """Drop finished tokens in the middle of a long move."""
        held = state.dump(self.instance)
        self.instance = Instance(self.plans.specs, self.engine)
        state.load(held, self.instance)

    def _collect_thrown(self) -> None:
        for event in self.instance.get_events():
            definition = event.event_definition
            kind = type(definition).__name__.removesuffix("EventDefinition").lower()
            self.thrown.append(Thrown(kind, getattr(definition, "name", None) or kind))

    def _people(self) -> list[Token]:
        return [token for token in self.instance.ready.values() if token.task_spec.manual]

    def _keys(self, token: Token) -> list[tuple[str, str]]:
        """Give the timers a waiting token stands for: key and name."""
        definition = token.task_spec.event_definition
        if isinstance(definition, HostCycle):
            return [(f"{token.id}~{token.internal_data.get('round', 0)}", definition.name)]
        if isinstance(definition, HostTimer):
            return [(str(token.id), definition.name)]
        inner = getattr(definition, "event_definitions", ())
        return [
            (f"{token.id}.{index}", each.name)
            for index, each in enumerate(inner)
            if isinstance(each, HostTimer)
        ]

    def _requests(self) -> list[TimerRequest]:
        """List the timers that are new, with the moments they are due at."""
        if self.instance.completed:
            return []
        return [
            self._request(token, key, name)
            for token in self.instance.listening()
            for key, name in self._keys(token)
            if key not in self.waits
        ]

    def _request(self, token: Token, key: str, name: str) -> TimerRequest:
        element = own_id(name)
        plan = self.plans.timers[name]
        if plan.due_of is not None:
            at = self.due(plan.due_of) if self.due is not None else None
            return TimerRequest(key, at, step_id=plan.due_of, element_id=element)
        if plan.text is not None:
            value = self.engine.value(token, self.plans.timer_keys[name])
            at = timers.due(value, self.now, self.zone, name)
            return TimerRequest(key, at, element_id=element)
        later = token.internal_data.get("round", 0) > 0 and plan.span is not None
        moment = plan.span.after(self.now) if later and plan.span else plan.moment(self.now)
        return TimerRequest(key, moment, element_id=element)

    def _stalled(self) -> Incident | None:
        """Tell where a token got stuck: nothing is open, and the end was not reached."""
        instance = self.instance
        if instance.completed or self._people() or instance.listening():
            return None
        stuck = next(iter(instance.waiting.values()), None)
        where = own_id(stuck.task_spec.name) if stuck is not None else None
        return Incident("stalled", where, "Nothing is open and no end was reached.")

    def _answer(self, requests: list[TimerRequest], incident: Incident | None) -> Advance:
        instance = self.instance
        people = [] if instance.completed else sorted(self._people(), key=lambda t: t.id)
        keys = {str(token.id) for token in people}
        waits = (
            set()
            if instance.completed
            else {key for token in instance.listening() for key, _ in self._keys(token)}
        )
        ended = own_id(instance.end_event or "") if instance.completed else None
        node = self.plans.definition.node(ended) if ended is not None else None
        return Advance(
            state=state.dump(instance),
            opened=tuple(_opened(token) for token in people if str(token.id) not in self.people),
            closed=tuple(sorted(self.people - keys, key=int)),
            timers=tuple(requests),
            cancelled_timers=tuple(sorted(self.waits - waits)),
            ended=ended,
            outcome=node.outcome if node is not None else None,
            incident=incident,
            thrown=tuple(self.thrown),
        )


def fire(instance: Instance, token: Token, key: str, plan_times: int | None) -> None:
    """Let a waiting timer go off."""
    spec = token.task_spec
    definition = spec.event_definition
    if isinstance(definition, HostCycle):
        done = token.internal_data.get("round", 0) + 1
        repeats = getattr(spec, "cancel_activity", True) is False
        if repeats and (plan_times is None or done < plan_times):
            token.internal_data["round"] = done
            for output in spec.outputs:
                if not isinstance(output, BoundaryEventJoin):
                    # not below the event: it takes what hangs on it along when it is cancelled
                    child = token.workflow.task_tree._add_child(output, TaskState.FUTURE)
                    child.triggered = True
                    output._predict(child, mask=TaskState.NOT_FINISHED_MASK)
                    output._update(child)
            return
        for output in spec.outputs:
            child = token._add_child(output, TaskState.FUTURE)
            output._predict(child, mask=TaskState.NOT_FINISHED_MASK)
    if "." in key:
        chosen = definition.event_definitions[int(key.partition(".")[2])]
        token.internal_data["seen_events"] = [_Seen(chosen)]
    else:
        token.internal_data["event_fired"] = True
    spec._update(token)


class _Seen:
    """An event that an event-based gateway chose."""

    target = None
    payload = None

    def __init__(self, event_definition: Any) -> None:
        self.event_definition = event_definition
        self.correlations: dict[str, Any] = {}


def _opened(token: Token) -> Opened:
    item = token.internal_data.get("item")
    loop = token.parent
    if item is None and loop is not None and "key_or_index" in token.internal_data:
        reference = getattr(loop.task_spec, "input_item", None)
        item = token.data.get(reference.bpmn_id) if reference is not None else None
    step = own_id(token.task_spec.name) or token.task_spec.name
    return Opened(str(token.id), step, None if item is None else str(item))


def _incident(failure: Exception, last: Token | None) -> Incident:
    """Say why the instance cannot go on."""
    where = failure.where if isinstance(failure, EvaluationError) else None
    if where is None and last is not None:
        where = last.task_spec.name
    element = (own_id(where) or where) if where else None
    codes: tuple[tuple[type[Exception], str], ...] = (
        (NoFlow, "no_flow"),
        (NoSigners, "no_signers"),
        (Runaway, "runaway"),
        (DecisionError, "decision"),
        (EvaluationError, "expression"),
    )
    code = next((code for kind, code in codes if isinstance(failure, kind)), "engine")
    return Incident(code, element, str(failure) or type(failure).__name__)
