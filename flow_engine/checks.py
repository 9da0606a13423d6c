"""Checks of a drawn process: everything that could not run, found before it runs."""

import re
from collections import Counter
from collections.abc import Iterator

from app_definitions import ids
from app_definitions.problem import Problem, error, warning
from flow_engine.model import Flow, Node, ProcessDefinition, Step

RUNNABLE = frozenset(
    [
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "task",
        "userTask",
        "manualTask",
        "businessRuleTask",
        "scriptTask",
        "receiveTask",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "subProcess",
        "callActivity",
    ]
)
GATEWAYS = frozenset(
    ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")
)
DECIDING = frozenset(("exclusiveGateway", "inclusiveGateway"))
EVENTS = {
    "intermediateCatchEvent": frozenset(("timer", "message", "signal", "conditional")),
    "intermediateThrowEvent": frozenset(("message", "signal", "escalation")),
    "boundaryEvent": frozenset(
        ("timer", "message", "signal", "error", "escalation", "conditional")
    ),
    "endEvent": frozenset(("message", "signal", "error", "escalation", "terminate")),
    "receiveTask": frozenset(("message",)),
}
FEEL_LANGUAGES = ("feel", "application/feel", "https://www.omg.org/spec/dmn/20230324/feel/")
VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,79}$")


def check(definition: ProcessDefinition) -> Iterator[Problem]:
    """Find what cannot run in the structure; expressions are checked when compiled."""
    look = _Look(definition)
    for scope in definition.scopes:
        yield from look.scope(scope)
    for node in definition.nodes:
        yield from look.node(node)
    for flow in definition.flows:
        yield from look.flow(flow)
    yield from look.reach()


def is_feel(language: str | None) -> bool:
    """Tell whether a file's language attribute means FEEL; none means FEEL too."""
    if language is None or not language.strip():
        return True
    lower = language.strip().lower()
    return lower in FEEL_LANGUAGES or (lower.endswith("/feel/") and "omg.org/spec/dmn" in lower)


class _Look:
    def __init__(self, definition: ProcessDefinition) -> None:
        self.definition = definition
        self.nodes = {node.id: node for node in definition.nodes}
        self.leaving: dict[str, list[Flow]] = {}
        self.entering: dict[str, list[Flow]] = {}
        for flow in definition.flows:
            self.leaving.setdefault(flow.source, []).append(flow)
            self.entering.setdefault(flow.target, []).append(flow)

    def path(self, element: str, prop: str = "") -> str:
        return ids.path(self.definition.part, [element], prop)

    def scope(self, scope: str) -> Iterator[Problem]:
        """A process or sub-process starts at one place and ends somewhere."""
        own = self.nodes.get(scope)
        if own is not None and own.kind != "subProcess":
            return
        inside = [node for node in self.definition.nodes if node.scope == scope]
        starts = [node for node in inside if node.kind == "startEvent"]
        if not starts:
            yield error(self.path(scope), "flow_no_start", id=scope)
        elif len(starts) > 1:
            yield error(self.path(scope), "flow_several_starts", id=scope, count=len(starts))
        if not any(node.kind == "endEvent" for node in inside):
            yield error(self.path(scope), "flow_no_end", id=scope)

    def node(self, node: Node) -> Iterator[Problem]:
        """A node is of a kind that runs, and has what its kind needs."""
        if node.kind not in RUNNABLE:
            yield error(self.path(node.id), "flow_kind_unknown", name=node.name, kind=node.kind)
            return
        if node.by_event:
            yield error(self.path(node.id), "flow_event_subprocess", name=node.name)
        yield from self._events(node)
        yield from self._attached(node)
        yield from self._loop(node)
        if node.kind == "scriptTask":
            yield from self._script(node)
        if node.kind == "businessRuleTask" and node.decision is None:
            yield error(self.path(node.id, "decision"), "flow_decision_missing", name=node.name)
        if node.kind == "callActivity" and node.called not in self.definition.scopes:
            yield error(
                self.path(node.id, "called"),
                "flow_called_unknown",
                name=node.name,
                called=node.called or "-",
            )
        if node.step is not None:
            yield from self._step(node, node.step)
        known = {flow.id for flow in self.leaving.get(node.id, ())}
        if node.default is not None and node.default not in known:
            yield error(self.path(node.id, "default"), "flow_default_unknown", id=node.default)

    def _events(self, node: Node) -> Iterator[Problem]:
        if node.kind == "startEvent":
            if node.scope in self.nodes and node.events:
                yield error(self.path(node.id), "flow_start_event", name=node.name)
            return
        if len(node.events) > 1:
            yield error(self.path(node.id), "flow_several_events", name=node.name)
        for event in node.events:
            if event.kind not in EVENTS.get(node.kind, ()):
                yield error(self.path(node.id), "flow_event_kind", name=node.name, kind=event.kind)
            elif event.kind == "timer" and not event.text:
                yield error(self.path(node.id, "timer"), "flow_timer_empty", name=node.name)
            elif event.kind == "conditional" and not event.text:
                yield error(self.path(node.id, "condition"), "flow_condition_empty", id=node.id)
        if not node.events and node.kind in ("boundaryEvent", "intermediateCatchEvent"):
            yield error(self.path(node.id), "flow_event_none", name=node.name)

    def _attached(self, node: Node) -> Iterator[Problem]:
        if node.kind != "boundaryEvent":
            return
        host = self.nodes.get(node.attached_to or "")
        if host is None or host.scope != node.scope or host.kind in GATEWAYS:
            yield error(self.path(node.id, "attached_to"), "flow_attached_unknown", name=node.name)

    def _loop(self, node: Node) -> Iterator[Problem]:
        loop = node.loop
        if loop is None:
            return
        if loop.kind == "standard":
            if not loop.condition and not loop.maximum:
                yield error(self.path(node.id, "loop"), "flow_loop_endless", name=node.name)
            if loop.maximum is not None and not re.fullmatch(r"[1-9]\d{0,5}", loop.maximum):
                yield error(
                    self.path(node.id, "loop"), "flow_loop_maximum", maximum=loop.maximum[:40]
                )
            return
        if (loop.collection is None) == (loop.cardinality is None):
            yield error(self.path(node.id, "loop"), "flow_several_source", name=node.name)
        for name in (loop.collection, loop.item):
            if name is not None and not VARIABLE.match(name):
                yield error(self.path(node.id, "loop"), "flow_variable_name", variable=name[:60])

    def _script(self, node: Node) -> Iterator[Problem]:
        if node.script_format is None or not is_feel(node.script_format):
            language = (node.script_format or "?")[:40]
            yield error(
                self.path(node.id, "script"),
                "flow_script_language",
                name=node.name,
                language=language,
            )
        elif node.result is None or not VARIABLE.match(node.result):
            yield error(self.path(node.id, "script"), "flow_script_result", name=node.name)

    def _step(self, node: Node, step: Step) -> Iterator[Problem]:
        if not ids.is_id(step.id):
            yield error(self.path(node.id), "flow_step_id", id=step.id)
        for doubled, count in Counter(verb.id for verb in step.verbs).items():
            if count > 1:
                yield error(self.path(node.id, "verb"), "flow_verb_doubled", verb=doubled)
        for verb in step.verbs:
            target = self.nodes.get(verb.to or "")
            if verb.to is not None and not _is_place(target):
                yield error(
                    self.path(node.id, "verb"), "flow_target_unknown", verb=verb.label, to=verb.to
                )
            if verb.kind == "send_back" and verb.to is None:
                yield error(self.path(node.id, "verb"), "flow_target_missing", verb=verb.label)
        for other in step.four_eyes:
            known = self.nodes.get(other)
            if known is None or known.step is None:
                yield error(self.path(node.id, "four_eyes"), "flow_step_unknown", id=other)
        several = node.loop is not None and node.loop.kind != "standard"
        if not several and step.sign != "any_of":
            yield error(self.path(node.id, "sign"), "flow_sign_alone", name=step.name)

    def flow(self, flow: Flow) -> Iterator[Problem]:
        """A flow joins two nodes of one scope; a deciding gateway's flow has a condition."""
        source, target = self.nodes.get(flow.source), self.nodes.get(flow.target)
        if source is None or target is None or source.scope != target.scope:
            yield error(self.path(flow.id), "flow_dangling", id=flow.id)
            return
        if target.kind in ("startEvent", "boundaryEvent") or source.kind == "endEvent":
            yield error(self.path(flow.id), "flow_direction", id=flow.id)
        decides = source.kind in DECIDING and len(self.leaving[source.id]) > 1
        if decides and flow.condition is None and source.default != flow.id:
            yield error(
                self.path(flow.id, "condition"),
                "flow_condition_missing",
                name=source.name,
                to=target.name,
            )
        if flow.condition is not None and not flow.condition and source.default != flow.id:
            yield error(self.path(flow.id, "condition"), "flow_condition_empty", id=flow.id)
        if flow.condition is not None and not is_feel(flow.language):
            language = (flow.language or "")[:60]
            yield error(self.path(flow.id, "condition"), "flow_language", language=language)
        if source.kind == "eventBasedGateway" and target.kind not in (
            "intermediateCatchEvent",
            "receiveTask",
        ):
            yield error(self.path(flow.id), "flow_after_event_gateway", name=target.name)

    def reach(self) -> Iterator[Problem]:
        """What no path reaches never runs; a path that stops without an end event is said."""
        for node in self.definition.nodes:
            entered = node.kind in ("startEvent", "boundaryEvent") or self.entering.get(node.id)
            if not entered:
                yield warning(self.path(node.id), "flow_unreachable", name=node.name)
            if node.kind != "endEvent" and not self.leaving.get(node.id):
                yield warning(self.path(node.id), "flow_dead_end", name=node.name)


def _is_place(node: Node | None) -> bool:
    """Tell whether a token can be put at a node by sending back."""
    return node is not None and (node.step is not None or node.kind == "subProcess")
