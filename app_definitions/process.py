"""The words of a process: what our extension elements say about a step, an end or a decision.

BPMN itself is read by the flow engine; here stand the words in the namespace
`urn:gcrm:bpmn:1`, which a BPMN element carries inside its `extensionElements`.
"""

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from xml.etree.ElementTree import Element, SubElement

from app_definitions import codec, ids, reading, shapes
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Feel, Id, Mark, Small, Text
from app_definitions.states import State

NAMESPACE = "urn:gcrm:bpmn:1"

Reference = Annotated[str, Mark("reference", pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]{0,79}$")]
"""The id of another element of the same process; BPMN tools make longer ids than ours."""


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who works on a step: a role, looked for at the place of the case, and who else if empty."""

    role: Id
    place: Literal["region", "department", "none"] = "none"
    fallback: Id | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a step may take, and from which moment that counts."""

    value: Small
    unit: Literal["wd", "wh", "nd", "h", "min"]
    counts_from: Literal["opened", "accepted", "submitted"] = "opened"


@dataclass(frozen=True, slots=True)
class Verb:
    """A button of a step; `kind` says what it does, `to` where a send-back goes."""

    id: Id
    label: Text
    kind: Literal["advance", "send_back", "refuse", "correct", "other"] = "advance"
    reason: Literal["required", "optional", "none"] = "none"
    to: Reference | None = None


@dataclass(frozen=True, slots=True)
class StateMark:
    """The state in which the case is while the step is open."""

    code: State


@dataclass(frozen=True, slots=True)
class Step:
    """All that a step needs; `four_eyes` names steps whose worker may not work here."""

    form: Id | None = None
    four_eyes: tuple[Reference, ...] = ()
    opinion: Literal["required", "optional", "none"] = "optional"
    sign: Literal["any_of", "all_of", "in_turn"] = "any_of"
    assignee: tuple[Assignee, ...] = ()
    deadline: Deadline | None = None
    state: StateMark | None = None
    verb: tuple[Verb, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the case stands after an end event."""

    state: State


@dataclass(frozen=True, slots=True)
class DecisionCall:
    """The decision that a business rule task asks; its outputs become routing variables."""

    ref: Id


@dataclass(frozen=True, slots=True)
class MemberCall:
    """The member case that a call activity opens."""

    ref: Id


@dataclass(frozen=True, slots=True)
class TimerExpression:
    """When a timer is due, in FEEL (a moment or a duration)."""

    due: Feel


@dataclass(frozen=True, slots=True)
class Publicity:
    """What a timer waits for while a result is published: so many days as a parameter says."""

    parameter: Id


@dataclass(frozen=True, slots=True)
class Words:
    """Everything of ours that one BPMN element carries."""

    FORMAT: ClassVar[str] = "gcrm.process/1"

    step: Step | None = None
    outcome: Outcome | None = None
    decision: DecisionCall | None = None
    member: MemberCall | None = None
    timer: TimerExpression | None = None
    publicity: Publicity | None = None


def read_words(extensions: Element | None, part: str, node: str) -> tuple[Words | None, Problems]:
    """Read what stands in a BPMN element's `extensionElements`; others' elements are left alone.

    `gcrm:state` may also stand beside `gcrm:step`.
    """
    if extensions is None:
        return Words(), ()
    found = [child for child in extensions if _name(child)]
    document: dict[str, Any] = {}
    problems: list[Problem] = []
    for child in found:
        name = _name(child)
        if name == "state":
            document.setdefault("step", {})["state"] = dict(child.attrib)
        elif name in document and name != "step":
            problems.append(error(ids.path(part, [node], name), "word_doubled", name=name))
        else:
            read = _document(child, _model(Words, name), part, node, problems)
            document[name] = {**read, **document.get(name, {})}
    words, more = reading.read(Words, {"format": Words.FORMAT, **document}, part)
    return words, (*problems, *(_under(problem, node) for problem in more))


def write_words(words: Words, extensions: Element) -> None:
    """Put our words into an `extensionElements`, in the order of the model; ours there go."""
    for child in [child for child in extensions if _name(child)]:
        extensions.remove(child)
    for name, content in codec.encode(words).items():
        _element(extensions, name, content)


def _name(element: Element) -> str:
    """Give the local name of an element of ours, or nothing."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.removeprefix(f"{{{NAMESPACE}}}") if tag.startswith(f"{{{NAMESPACE}}}") else ""


def _model(outer: type, name: str) -> type | None:
    for entry, hint in shapes.attributes(outer):
        if entry.name == name:
            return next(_models(hint), None)
    return None


def _models(hint: Any) -> Iterator[type]:
    base, _ = shapes.unmarked(shapes.optional(hint)[0])
    if typing.get_origin(base) is tuple:
        base, _ = shapes.unmarked(typing.get_args(base)[0])
    if isinstance(base, type) and base is not str and base is not int:
        yield base


def _document(
    element: Element, model: type | None, part: str, node: str, problems: list[Problem]
) -> dict[str, Any]:
    """Turn attributes and children into the JSON of a model; unknown ones are kept to be named."""
    document: dict[str, Any] = {}
    hints = {entry.name: hint for entry, hint in shapes.attributes(model)} if model else {}
    for name, text in element.attrib.items():
        document[name] = _value(hints.get(name), text)
    for child in element:
        name = _name(child)
        if not name:
            continue
        inner = _document(child, _model(model, name) if model else None, part, node, problems)
        hint = shapes.unmarked(shapes.optional(hints.get(name))[0])[0]
        if typing.get_origin(hint) is tuple:
            document.setdefault(name, []).append(inner)
        elif name in document:
            problems.append(error(ids.path(part, [node], name), "word_doubled", name=name))
        else:
            document[name] = inner
    return document


def _value(hint: Any, text: str) -> Any:
    base, mark = shapes.unmarked(shapes.optional(hint)[0])
    if typing.get_origin(base) is tuple:
        return text.split()
    if base is int and mark is not None and text.isdecimal() and len(text) < 10:
        return int(text)
    return text


def _under(problem: Problem, node: str) -> Problem:
    """Move a problem's path below the BPMN element."""
    part, _, inside = problem.path.partition("#")
    place = ids.path(part, [node, *([inside] if inside else [])])
    return Problem(place, problem.code, problem.values, problem.severity)


def _element(parent: Element, name: str, content: dict[str, Any]) -> None:
    element = SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in content.items():
        if isinstance(value, dict):
            _element(element, key, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                _element(element, key, item)
        elif isinstance(value, list):
            element.set(key, " ".join(value))
        else:
            element.set(key, str(value))
