"""The executable form: clean BPMN generated from a definition, with keys where texts stood.

SpiffWorkflow parses only this. It holds known elements and attributes and nothing that a
person typed; where an expression stood there is a key such as `e3`. What SpiffWorkflow cannot
run but BPMN allows (several flows out of a task, a path without an end) is spelled out here.
"""

from dataclasses import dataclass, field

from lxml import etree

from flow_engine.checks import GATEWAYS
from flow_engine.expressions import ALWAYS, Expressions
from flow_engine.model import BPMN, Event, Flow, Loop, Node, ProcessDefinition

PREFIX = "n."
"""Stands before every id: SpiffWorkflow keeps `Start`, `End` and others for itself."""

GENERATED = "x."
"""Stands before the ids of elements that nobody drew."""

SCRIPT, DECISION = "script ", "decision "

_REFS = {"message": "messageRef", "signal": "signalRef"}
_CODES = {"error": "errorCode", "escalation": "escalationCode"}


@dataclass(slots=True)
class Executable:
    """The generated document, and what the parser needs beside it."""

    root: etree._Element
    timers: dict[str, Event] = field(default_factory=dict)
    loops: dict[str, Loop] = field(default_factory=dict)


def build(definition: ProcessDefinition, expressions: Expressions) -> Executable:
    """Generate the executable form; expressions are compiled on the way."""
    return _Builder(definition, expressions).build()


def own_id(spec_name: str) -> str | None:
    """Give the id of the drawn element from SpiffWorkflow's name.

    What was generated belongs to the element it was generated for; the rest gives None.
    """
    name = spec_name.removesuffix(" [child]").removesuffix(".BoundaryEventSplit")
    if name.startswith(GENERATED):
        return name.removeprefix(GENERATED).rpartition(".")[0]
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else None


class _Builder:
    def __init__(self, definition: ProcessDefinition, expressions: Expressions) -> None:
        self.definition = definition
        self.expressions = expressions
        self.result = Executable(etree.Element(_tag("definitions"), nsmap={"bpmn": BPMN}))
        self.events: dict[tuple[str, str | None], str] = {}
        self.scopes: dict[str, etree._Element] = {}
        self.leaving: dict[str, list[Flow]] = {}
        for flow in definition.flows:
            self.leaving.setdefault(flow.source, []).append(flow)

    def build(self) -> Executable:
        inside = {node.id for node in self.definition.nodes}
        for scope in self.definition.scopes:
            if scope not in inside:
                self.scopes[scope] = self._element(self.result.root, "process", scope)
                self.scopes[scope].set("isExecutable", "true")
        for node in self.definition.nodes:
            self._node(node)
        return self.result

    def _element(self, parent: etree._Element, kind: str, own: str) -> etree._Element:
        return etree.SubElement(parent, _tag(kind), id=f"{PREFIX}{own}")

    def _node(self, node: Node) -> None:
        scope = self.scopes[node.scope]
        kind = _kind(node)
        element = self._element(scope, kind, node.id)
        if node.kind == "subProcess":
            self.scopes[node.id] = element
        if node.kind == "boundaryEvent":
            element.set("attachedToRef", f"{PREFIX}{node.attached_to}")
            element.set("cancelActivity", "true" if node.interrupting else "false")
        if node.kind == "callActivity":
            element.set("calledElement", f"{PREFIX}{node.called}")
        if kind == "scriptTask":
            etree.SubElement(element, _tag("script")).text = self._script(node)
        if node.kind != "startEvent":
            for event in node.events:
                self._event(element, node, event)
        if node.loop is not None:
            self._loop(element, node, node.loop)
        self._flows(scope, node, element)

    def _script(self, node: Node) -> str:
        if node.kind == "businessRuleTask":
            return f"{DECISION}{node.id} {node.decision}"
        if node.kind == "scriptTask":
            key = self.expressions.add(node.script or "", node.id, "script")
            return f"{SCRIPT}{node.result} {key}"
        return ""

    def _event(self, element: etree._Element, node: Node, event: Event) -> None:
        name = "terminate" if event.kind == "terminate" else event.kind
        definition = etree.SubElement(element, _tag(f"{name}EventDefinition"))
        if event.kind == "timer":
            self.result.timers[element.get("id") or ""] = event
            kind = event.timer or "timeDate"
            etree.SubElement(definition, _tag(kind)).text = element.get("id")
        elif event.kind == "conditional":
            key = self.expressions.add(event.text, node.id, "condition", judges=True)
            etree.SubElement(definition, _tag("condition")).text = key
        elif event.kind in _REFS or event.kind in _CODES:
            ref = self._named(event)
            if ref is not None:
                definition.set(_REFS.get(event.kind, f"{event.kind}Ref"), ref)
            if element.tag == _tag("receiveTask") and ref is not None:
                element.set("messageRef", ref)

    def _named(self, event: Event) -> str | None:
        """Declare the message, signal, error or escalation once and give its id."""
        if event.ref is None:
            return None
        known = self.events.get((event.kind, event.ref))
        if known is not None:
            return known
        ref = self.events[(event.kind, event.ref)] = f"d{len(self.events)}"
        attributes = {"id": ref, "name": event.ref}
        if event.kind in _CODES:
            attributes[_CODES[event.kind]] = event.ref
        self.result.root.insert(0, etree.Element(_tag(event.kind), attributes))
        return ref

    def _loop(self, element: etree._Element, node: Node, loop: Loop) -> None:
        self.result.loops[element.get("id") or ""] = loop
        if loop.kind == "standard":
            made = etree.SubElement(element, _tag("standardLoopCharacteristics"))
            if loop.maximum is not None:
                made.set("loopMaximum", loop.maximum)
            made.set("testBefore", "true" if loop.test_before else "false")
            if loop.condition:
                key = self.expressions.add(loop.condition, node.id, "loop", judges=True)
                etree.SubElement(made, _tag("loopCondition")).text = key
            return
        made = etree.SubElement(element, _tag("multiInstanceLoopCharacteristics"))
        made.set("isSequential", "true" if loop.kind == "sequential" else "false")
        if loop.cardinality is not None:
            key = self.expressions.add(loop.cardinality, node.id, "loop")
            etree.SubElement(made, _tag("loopCardinality")).text = key
        else:
            etree.SubElement(made, _tag("loopDataInputRef")).text = loop.collection
            name = loop.item or "item"
            etree.SubElement(made, _tag("inputDataItem"), id=name, name=name)
        condition = self._completion(node, loop)
        if condition is not None:
            etree.SubElement(made, _tag("completionCondition")).text = condition

    def _completion(self, node: Node, loop: Loop) -> str | None:
        if loop.condition:
            return self.expressions.add(loop.condition, node.id, "loop", judges=True)
        return ALWAYS if node.step is not None and node.step.sign == "any_of" else None

    def _flows(self, scope: etree._Element, node: Node, element: etree._Element) -> None:
        flows = self.leaving.get(node.id, [])
        own = element.get("id") or ""
        if node.kind == "endEvent":
            return
        if not flows:
            made = etree.SubElement(scope, _tag("endEvent"), id=f"{GENERATED}{node.id}.end")
            _connect(scope, own, made.get("id") or "", f"{GENERATED}{node.id}.out")
            return
        if node.kind not in GATEWAYS and (len(flows) > 1 or _conditional(flows[0], node)):
            own = self._split(scope, node, flows)
        elif node.kind in ("parallelGateway", "eventBasedGateway"):
            for flow in flows:
                _connect(scope, own, f"{PREFIX}{flow.target}", f"{PREFIX}{flow.id}")
            return
        deciding = node.kind in GATEWAYS or any(_conditional(flow, node) for flow in flows)
        for flow in flows:
            made = _connect(scope, own, f"{PREFIX}{flow.target}", f"{PREFIX}{flow.id}")
            if not deciding:
                continue
            if flow.id == node.default or (len(flows) == 1 and not flow.condition):
                _named(scope, own).set("default", f"{PREFIX}{flow.id}")
                continue
            key = ALWAYS
            if flow.condition:
                key = self.expressions.add(flow.condition, flow.id, "condition", judges=True)
            etree.SubElement(made, _tag("conditionExpression")).text = key

    def _split(self, scope: etree._Element, node: Node, flows: list[Flow]) -> str:
        """Spell out the gateway that several flows out of a task stand for."""
        conditional = any(_conditional(flow, node) for flow in flows)
        kind = "inclusiveGateway" if conditional else "parallelGateway"
        made = etree.SubElement(scope, _tag(kind), id=f"{GENERATED}{node.id}.split")
        own = made.get("id") or ""
        _connect(scope, f"{PREFIX}{node.id}", own, f"{GENERATED}{node.id}.out")
        return own


def _kind(node: Node) -> str:
    """Give the element SpiffWorkflow is shown: it knows no decisions and runs no plain tasks."""
    if node.kind == "businessRuleTask":
        return "scriptTask"
    if node.kind == "task":
        return "userTask" if node.step is not None else "scriptTask"
    return "userTask" if node.kind == "manualTask" else node.kind


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _conditional(flow: Flow, node: Node) -> bool:
    return bool(flow.condition) or flow.id == node.default


def _connect(scope: etree._Element, source: str, target: str, own: str) -> etree._Element:
    return etree.SubElement(scope, _tag("sequenceFlow"), id=own, sourceRef=source, targetRef=target)


def _named(scope: etree._Element, own: str) -> etree._Element:
    return next(child for child in scope if child.get("id") == own)
