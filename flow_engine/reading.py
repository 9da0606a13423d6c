"""Reading BPMN: bytes become a process definition; what cannot run is a problem, never a trace."""

import re
from collections.abc import Iterator
from typing import cast
from xml.etree.ElementTree import Element

from lxml import etree

from app_definitions import ids, process
from app_definitions.problem import Problem, Problems, error
from flow_engine import checks
from flow_engine.model import BPMN, Event, Flow, Loop, Node, ProcessDefinition, Step, Verb

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 60

FLOW_NODES = checks.RUNNABLE | {
    "adHocSubProcess",
    "complexGateway",
    "sendTask",
    "serviceTask",
    "transaction",
}
SCOPES = frozenset(("subProcess", "transaction", "adHocSubProcess"))
PEOPLE = frozenset(("userTask", "manualTask"))

_ID = re.compile(r"^[A-Za-z_][A-Za-z0-9_.\-]{0,79}$")
_EVENTS = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "terminateEventDefinition": "terminate",
    "cancelEventDefinition": "cancel",
    "compensateEventDefinition": "compensation",
    "linkEventDefinition": "link",
}
_REFS = ("messageRef", "signalRef", "errorRef", "escalationRef")
_TIMERS = ("timeDate", "timeDuration", "timeCycle")


def read_process(content: bytes, part: str) -> tuple[ProcessDefinition | None, Problems]:
    """Read a BPMN file; all problems come back together.

    The definition is None where there is nothing to show. Where it has errors it comes back
    together with them, and cannot be compiled.
    """
    root, refusal = _parse(content, part)
    if root is None:
        return None, refusal
    processes = [child for child in root if child.tag == _tag("process")]
    chosen = _main(processes)
    if chosen is None:
        code = "process_missing" if not processes else "process_several"
        return None, (error(part, code, count=len(processes)),)
    reader = _Reader(part, root)
    for element in processes:
        if element is chosen or element.get("id") in reader.called:
            reader.scope(element, element.get("id") or "")
    definition = ProcessDefinition(
        id=chosen.get("id") or "",
        name=chosen.get("name") or chosen.get("id") or "",
        part=part,
        content=content,
        scopes=tuple(reader.scopes),
        nodes=tuple(reader.nodes),
        flows=tuple(reader.flows),
        messages=tuple(sorted(reader.names.items())),
    )
    return definition, (*reader.problems, *checks.check(definition))


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _parse(content: bytes, part: str) -> tuple[etree._Element | None, Problems]:
    """Parse without entities, network or DOCTYPE, within limits."""
    if len(content) > MAX_BYTES:
        return None, (error(part, "bpmn_too_large", limit=MAX_BYTES // 1_000_000),)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as failure:
        line = getattr(failure, "lineno", None) or 0
        return None, (error(part, "bpmn_not_xml", line=line, detail=str(failure)[:200]),)
    if root.getroottree().docinfo.internalDTD is not None or b"<!doctype" in content.lower():
        return None, (error(part, "bpmn_doctype"),)
    if root.tag != _tag("definitions"):
        return None, (error(part, "bpmn_root", name=str(root.tag)[-60:]),)
    count, deepest = 0, 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        deepest += 1 if event == "start" else -1
        count += event == "start"
        if count > MAX_ELEMENTS or deepest > MAX_DEPTH:
            return None, (error(part, "bpmn_too_many", limit=MAX_ELEMENTS, depth=MAX_DEPTH),)
    return root, ()


def _main(processes: list[etree._Element]) -> etree._Element | None:
    """Choose the process that runs: the only one, or the only executable one nobody calls."""
    if len(processes) <= 1:
        return processes[0] if processes else None
    called = {call.get("calledElement") for p in processes for call in p.iter(_tag("callActivity"))}
    executable = [p for p in processes if p.get("isExecutable") == "true"]
    if len(executable) > 1:
        executable = [p for p in executable if p.get("id") not in called]
    return executable[0] if len(executable) == 1 else None


class _Reader:
    """Collects nodes and flows of all scopes of one file."""

    def __init__(self, part: str, root: etree._Element) -> None:
        self.part = part
        self.scopes: list[str] = []
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []
        self.problems: list[Problem] = []
        self.seen: set[str] = set()
        self.called = {call.get("calledElement") for call in root.iter(_tag("callActivity"))}
        self.names = {
            child.get("id") or "": _event_name(child)
            for child in root
            if child.tag in (_tag("message"), _tag("signal"), _tag("error"), _tag("escalation"))
        }

    def scope(self, element: etree._Element, scope: str) -> None:
        """Read a process or sub-process and everything in it."""
        self.scopes.append(scope)
        self._claim(element)
        for child in element:
            name = etree.QName(child).localname
            if child.tag == _tag("sequenceFlow"):
                self._claim(child)
                self.flows.append(_flow(child))
            elif child.tag == _tag(name) and name in FLOW_NODES:
                self._claim(child)
                self.nodes.append(self._node(child, name, scope))
                if name in SCOPES:
                    # _claim would see the sub-process a second time
                    self.seen.discard(child.get("id") or "")
                    self.scope(child, child.get("id") or "")

    def _claim(self, element: etree._Element) -> None:
        own = element.get("id") or ""
        if not _ID.match(own):
            line = int(element.sourceline or 0)  # type: ignore[call-overload]
            self.problems.append(error(self.part, "bpmn_id_invalid", id=own[:60], line=line))
        elif own in self.seen:
            self.problems.append(error(ids.path(self.part, [own]), "bpmn_id_doubled", id=own))
        self.seen.add(own)

    def _node(self, element: etree._Element, kind: str, scope: str) -> Node:
        own = element.get("id") or ""
        extensions = element.find(_tag("extensionElements"))
        words, problems = process.read_words(cast(Element | None, extensions), self.part, own)
        self.problems += problems
        words = words or process.Words()
        script = element.find(_tag("script"))
        loop = _loop(element)
        return Node(
            id=own,
            kind=kind,
            name=element.get("name") or own,
            scope=scope,
            default=element.get("default"),
            attached_to=element.get("attachedToRef"),
            interrupting=(element.get("cancelActivity") or "true") != "false",
            events=tuple(self._events(element, words)),
            loop=loop,
            called=element.get("calledElement"),
            script=_text(script) if script is not None else None,
            script_format=element.get("scriptFormat"),
            result=_result(element),
            decision=words.decision.ref if words.decision is not None else None,
            by_event=element.get("triggeredByEvent") == "true",
            step=_step(element, kind, scope, words, loop) if _is_step(kind, words) else None,
            outcome=words.outcome.state if words.outcome is not None else None,
            publicity=words.publicity.parameter if words.publicity is not None else None,
        )

    def _events(self, element: etree._Element, words: process.Words) -> Iterator[Event]:
        if element.tag == _tag("receiveTask"):
            ref = element.get("messageRef")
            yield Event("message", self.names.get(ref or "", ref or element.get("name")))
            return
        for child in element:
            kind = _EVENTS.get(etree.QName(child).localname)
            if kind is None or not str(child.tag).startswith(f"{{{BPMN}}}"):
                continue
            if kind == "timer":
                yield _timer(child, words)
            elif kind == "conditional":
                yield Event(kind, text=_text(child.find(_tag("condition"))))
            else:
                ref = next((child.get(name) for name in _REFS if child.get(name)), None)
                yield Event(kind, self.names.get(ref, ref) if ref else element.get("name"))


def _is_step(kind: str, words: process.Words) -> bool:
    return kind in PEOPLE or (kind == "task" and words.step is not None)


def _event_name(element: etree._Element) -> str:
    """Give the name an event goes by: a message by its name, an error by its code."""
    code = element.get("errorCode") or element.get("escalationCode")
    return code or element.get("name") or element.get("id") or ""


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(text) for text in element.itertext()).strip()


def _flow(element: etree._Element) -> Flow:
    condition = element.find(_tag("conditionExpression"))
    return Flow(
        id=element.get("id") or "",
        source=element.get("sourceRef") or "",
        target=element.get("targetRef") or "",
        condition=None if condition is None else _text(condition),
        language=None if condition is None else condition.get("language"),
    )


def _timer(element: etree._Element, words: process.Words) -> Event:
    for kind in _TIMERS:
        found = element.find(_tag(kind))
        if found is not None:
            text = words.timer.due if words.timer is not None else _text(found)
            return Event("timer", timer=kind, text=text)
    return Event("timer", timer="timeDate", text=words.timer.due if words.timer else "")


def _loop(element: etree._Element) -> Loop | None:
    standard = element.find(_tag("standardLoopCharacteristics"))
    if standard is not None:
        condition = standard.find(_tag("loopCondition"))
        return Loop(
            "standard",
            condition=None if condition is None else _text(condition),
            maximum=standard.get("loopMaximum"),
            test_before=standard.get("testBefore") == "true",
        )
    several = element.find(_tag("multiInstanceLoopCharacteristics"))
    if several is None:
        return None
    item = several.find(_tag("inputDataItem"))
    collection = several.find(_tag("loopDataInputRef"))
    cardinality = several.find(_tag("loopCardinality"))
    condition = several.find(_tag("completionCondition"))
    return Loop(
        "sequential" if several.get("isSequential") == "true" else "parallel",
        collection=None if collection is None else _text(collection),
        item=None if item is None else item.get("name") or item.get("id"),
        cardinality=None if cardinality is None else _text(cardinality),
        condition=None if condition is None else _text(condition),
    )


def _result(element: etree._Element) -> str | None:
    """Give the variable that a script writes, by whatever attribute tools store it under."""
    for name, value in element.attrib.items():
        if etree.QName(name).localname == "resultVariable":
            return str(value)
    return None


def _step(
    element: etree._Element, kind: str, scope: str, words: process.Words, loop: Loop | None
) -> Step:
    step = words.step or process.Step()
    explicit = element.find(f".//{{{process.NAMESPACE}}}step")
    sign: str = step.sign
    if (
        loop is not None
        and loop.kind != "standard"
        and (explicit is None or explicit.get("sign") is None)
    ):
        sign = "in_turn" if loop.kind == "sequential" else "all_of"
    parent = element.getparent()
    return Step(
        id=element.get("id") or "",
        name=element.get("name") or element.get("id") or "",
        form=step.form,
        assignees=step.assignee,
        deadline=step.deadline,
        verbs=tuple(Verb(v.id, v.label, v.kind, v.reason, v.to) for v in step.verb),
        four_eyes=step.four_eyes,
        opinion=step.opinion,
        sign=sign,
        signers=loop.collection if loop is not None else None,
        state=step.state.code if step.state is not None else None,
        block=scope if parent is not None and parent.tag != _tag("process") else None,
    )
