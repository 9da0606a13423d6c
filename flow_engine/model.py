"""Process definitions: what was drawn, read from BPMN into values of our own."""

from dataclasses import dataclass, field

from app_definitions.process import Assignee, Deadline

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a person may do with a task; `to` names the step a send-back goes to."""

    id: str
    label: str
    kind: str
    reason: str = "none"
    to: str | None = None

    @property
    def reason_required(self) -> bool:
        """Tell whether a reason must be given."""
        return self.reason == "required"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that people do: a user task with everything the platform needs to know of it.

    `sign` says how several signers decide; it matters where `signers` names the routing
    variable that lists them. `block` is the sub-process the step stands in, if any.
    """

    id: str
    name: str
    form: str | None = None
    assignees: tuple[Assignee, ...] = ()
    deadline: Deadline | None = None
    verbs: tuple[Verb, ...] = ()
    four_eyes: tuple[str, ...] = ()
    opinion: str = "optional"
    sign: str = "any_of"
    signers: str | None = None
    state: str | None = None
    block: str | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """List the roles that may do the step."""
        return tuple(assignee.role for assignee in self.assignees)

    def verb(self, verb_id: str) -> Verb | None:
        """Find a verb by its id."""
        return next((verb for verb in self.verbs if verb.id == verb_id), None)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event waits for or throws: its kind, the name it goes by, and a timer's text."""

    kind: str
    ref: str | None = None
    timer: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """How often an activity runs: `standard`, `parallel` or `sequential`."""

    kind: str
    collection: str | None = None
    item: str | None = None
    cardinality: str | None = None
    condition: str | None = None
    maximum: str | None = None
    test_before: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `language` is what the file says the condition is written in."""

    id: str
    source: str
    target: str
    condition: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node; `scope` is the process or sub-process it stands in."""

    id: str
    kind: str
    name: str
    scope: str
    default: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    events: tuple[Event, ...] = ()
    loop: Loop | None = None
    called: str | None = None
    script: str | None = None
    script_format: str | None = None
    result: str | None = None
    decision: str | None = None
    by_event: bool = False
    step: Step | None = None
    outcome: str | None = None
    publicity: str | None = None  # the parameter that says for how many days a result is public


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """A process as it was drawn. `content` is the file's bytes, never changed."""

    id: str
    name: str
    part: str
    content: bytes = field(repr=False)
    scopes: tuple[str, ...]
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    messages: tuple[tuple[str, str], ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """List what people do, in the order of the file."""
        return tuple(node.step for node in self.nodes if node.step is not None)

    def node(self, node_id: str) -> Node | None:
        """Find a node by its id."""
        return next((node for node in self.nodes if node.id == node_id), None)
