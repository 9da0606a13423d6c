"""Flows as a line of steps, the way offices tell them: one after the other, each may refuse.

A process that this module wrote is read back and edited as a line; any other one, with branches
or timers of its own, stays as it was drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from app_definitions import ids
from flow_engine import read_process

UNITS = ("wd", "wh", "nd", "h")
MOST_STEPS = 40

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:gcrm="urn:gcrm:bpmn:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    "id={definitions} targetNamespace={space}>\n"
    '  <bpmn:process id={process} name={name} isExecutable="true">\n'
    '    <bpmn:startEvent id="begin" name="提交" />\n'
)
_TAIL = """    <bpmn:endEvent id="approved" name="准予">
      <bpmn:extensionElements>
        <gcrm:outcome state="approved" />
      </bpmn:extensionElements>
    </bpmn:endEvent>
    <bpmn:endEvent id="refused" name="不予">
      <bpmn:extensionElements>
        <gcrm:outcome state="refused" />
      </bpmn:extensionElements>
    </bpmn:endEvent>
"""


@dataclass(frozen=True, slots=True)
class LineStep:
    """One step: who works on it, how long, and which buttons there are."""

    id: str
    name: str
    role: str
    days: int = 3
    unit: str = "wd"
    form: str = ""
    opinion: str = "optional"
    advance: str = "通过"
    correct: bool = True
    refuse: bool = True
    back: bool = False  # to the step before it

    def to_json(self) -> dict[str, Any]:
        """Give the step for the designer."""
        return {name: getattr(self, name) for name in self.__slots__}


def from_json(document: Any) -> tuple[LineStep, ...]:
    """Read steps as the designer sends them. Raises ValueError where they are none."""
    if not isinstance(document, list) or not 1 <= len(document) <= MOST_STEPS:
        raise ValueError("A flow has 1 to 40 steps.")
    steps = tuple(_step(each) for each in document)
    if len({step.id for step in steps}) != len(steps):
        raise ValueError("Each step has an id of its own.")
    return steps


def _step(document: Any) -> LineStep:
    if not isinstance(document, dict):
        raise ValueError("A step is an object.")
    text = {name: str(document.get(name, "")).strip()[:200] for name in ("id", "name", "role")}
    days, unit = document.get("days", 3), str(document.get("unit", "wd"))
    if not ids.is_id(text["id"]) or text["id"] in ("begin", "approved", "refused"):
        raise ValueError("A step has an id.")
    if type(days) is not int or not 1 <= days <= 1000 or unit not in UNITS:
        raise ValueError("A step has a deadline.")
    return LineStep(
        text["id"],
        text["name"],
        text["role"],
        days,
        unit,
        str(document.get("form", "")) if ids.is_id(str(document.get("form", ""))) else "",
        "required" if document.get("opinion") == "required" else "optional",
        str(document.get("advance") or "通过").strip()[:40],
        document.get("correct") is True,
        document.get("refuse") is True,
        document.get("back") is True,
    )


def write(app_id: str, process_id: str, name: str, steps: Sequence[LineStep]) -> bytes:
    """Write a line of steps as BPMN; where a step refuses the case ends.

    Who goes on from the first step has accepted the application (受理).
    """
    lines = [
        _HEAD.format(
            definitions=quoteattr(f"{app_id}_definitions"),
            space=quoteattr(f"urn:gcrm:{app_id}"),
            process=quoteattr(process_id),
            name=quoteattr(name),
        )
    ]
    for place, step in enumerate(steps):
        lines.append(_task(step, steps[place - 1].id if place else ""))
        if step.refuse:
            lines.append(
                f'    <bpmn:exclusiveGateway id="{step.id}_result" name="结果" '
                f'default="{step.id}_on" />\n'
            )
    lines.append(_TAIL)
    entries = [step.id for step in steps]
    lines.append(_flow("to_first", "begin", entries[0]))
    for step, target in zip(steps, [*entries[1:], "approved"], strict=True):
        if not step.refuse:
            lines.append(_flow(f"{step.id}_on", step.id, target))
            continue
        gateway = f"{step.id}_result"
        lines.append(_flow(f"{step.id}_done", step.id, gateway))
        lines.append(_flow(f"{step.id}_on", gateway, target))
        condition = f'verb_{step.id} = "refuse"'
        lines.append(_flow(f"{step.id}_no", gateway, "refused", condition))
    return "".join((*lines, "  </bpmn:process>\n</bpmn:definitions>\n")).encode()


def _task(step: LineStep, before: str) -> str:
    form = f' form="{step.form}"' if step.form else ""
    verbs = [f'<gcrm:verb id="pass" label={quoteattr(step.advance)} />']
    if step.correct:
        verbs.append('<gcrm:verb id="correct" label="退回让申请人补" kind="correct" />')
    if step.back and before:
        verbs.append(
            f'<gcrm:verb id="back" label="退回上一步" kind="send_back" reason="required" '
            f'to="{before}" />'
        )
    if step.refuse:
        verbs.append('<gcrm:verb id="refuse" label="不予办理" kind="refuse" reason="required" />')
    words = "".join(f"          {verb}\n" for verb in verbs)
    return (
        f"    <bpmn:userTask id={quoteattr(step.id)} name={quoteattr(step.name)}>\n"
        "      <bpmn:extensionElements>\n"
        f'        <gcrm:step{form} opinion="{step.opinion}">\n'
        f'          <gcrm:assignee role={quoteattr(step.role)} place="region" />\n'
        f'          <gcrm:deadline value="{step.days}" unit="{step.unit}" />\n'
        f'          <gcrm:state code="{"in_review" if before else "submitted"}" />\n'
        f"{words}"
        "        </gcrm:step>\n"
        "      </bpmn:extensionElements>\n"
        "    </bpmn:userTask>\n"
    )


def _flow(flow_id: str, source: str, target: str, condition: str = "") -> str:
    head = f'    <bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}"'
    if not condition:
        return f"{head} />\n"
    return (
        f'{head}>\n      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
        f"{escape(condition)}</bpmn:conditionExpression>\n    </bpmn:sequenceFlow>\n"
    )


def read(app_id: str, content: bytes, part: str) -> tuple[LineStep, ...] | None:
    """Read a process as a line of steps; None where it is more than that."""
    definition, _problems = read_process(content, part)
    if definition is None or not definition.steps:
        return None
    steps = []
    for step in definition.steps:
        verbs = {verb.id: verb for verb in step.verbs}
        if len(step.assignees) != 1 or step.deadline is None or "pass" not in verbs:
            return None
        steps.append(
            LineStep(
                step.id,
                step.name,
                step.assignees[0].role,
                int(step.deadline.value),
                step.deadline.unit,
                step.form or "",
                step.opinion,
                verbs["pass"].label,
                "correct" in verbs,
                "refuse" in verbs,
                "back" in verbs,
            )
        )
    same = write(app_id, definition.id, definition.name, steps) == content
    return tuple(steps) if same else None
