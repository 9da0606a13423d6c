"""From the generated BPMN to SpiffWorkflow's specifications."""

from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    CANCEL_EVENT_XPATH,
    ERROR_EVENT_XPATH,
    ESCALATION_EVENT_XPATH,
    MESSAGE_EVENT_XPATH,
    SIGNAL_EVENT_XPATH,
    TERMINATION_EVENT_XPATH,
    EndEventParser,
)
from SpiffWorkflow.bpmn.parser.util import full_tag

from flow_engine import specs
from flow_engine.executable import Executable

_OWN = {
    "subProcess": specs.Block,
    "callActivity": specs.Call,
    "endEvent": specs.EndEvent,
    "parallelGateway": specs.ParallelGateway,
    "inclusiveGateway": specs.InclusiveGateway,
    "exclusiveGateway": specs.ExclusiveGateway,
}
_KNOWN = [
    "startEvent",
    "endEvent",
    "userTask",
    "subProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "callActivity",
    "scriptTask",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "receiveTask",
    "eventBasedGateway",
]


@dataclass(frozen=True, slots=True)
class Specs:
    """The specification of a process and of its sub-processes, shared by all instances."""

    top: Any
    subs: dict[str, Any]

    def all(self) -> list[Any]:
        """List all of them."""
        return [self.top, *self.subs.values()]


class _Node:
    """What all node parsers change: loops of ours, timers fired by the host."""

    STANDARD_LOOP_CLASS = specs.StandardLoop
    PARALLEL_MI_CLASS = specs.Parallel
    SEQUENTIAL_MI_CLASS = specs.Sequential

    node: Any

    def parse_timer_event(self, event: Any) -> Any:
        name = self.node.get("id")
        cycle = event.find(full_tag("timeCycle")) is not None
        return specs.HostCycle(name, "") if cycle else specs.HostTimer(name, "")


class _End(_Node, EndEventParser):  # type: ignore[misc]
    """End events throw signals too; SpiffWorkflow's parser passes over them."""

    def create_task(self) -> Any:
        definition = self.get_event_definition(
            [
                MESSAGE_EVENT_XPATH,
                SIGNAL_EVENT_XPATH,
                CANCEL_EVENT_XPATH,
                ERROR_EVENT_XPATH,
                ESCALATION_EVENT_XPATH,
                TERMINATION_EVENT_XPATH,
            ]
        )
        task = self._create_task(definition)
        task.connect(self.spec.end)
        return task


def _classes() -> dict[str, tuple[Any, Any]]:
    made: dict[str, tuple[Any, Any]] = {}
    for name in _KNOWN:
        parser, spec = BpmnParser.PARSER_CLASSES[full_tag(name)]
        own = _End if name == "endEvent" else type(f"Own{parser.__name__}", (_Node, parser), {})
        made[full_tag(name)] = (own, _OWN.get(name, spec))
    return made


class Parser(BpmnParser):  # type: ignore[misc]
    """Knows only what the executable form may hold; anything else is refused."""

    PARSER_CLASSES = _classes()


def parse(executable: Executable, process: str) -> Specs:
    """Parse the executable form into specifications that never change again."""
    parser = Parser()
    parser.add_bpmn_xml(etree.fromstring(etree.tostring(executable.root)))
    made = Specs(parser.get_spec(process), parser.get_subprocess_specs(process))
    for spec in made.all():
        for task_spec in list(spec.task_specs.values()):
            _settle(spec, task_spec)
    return made


def _settle(spec: Any, task_spec: Any) -> None:
    """Connect loops with their children now: the specification is shared by all threads."""
    looping: Any = specs.Quiet
    if not isinstance(task_spec, looping):
        return
    if getattr(task_spec, "data_input", None) is not None:
        task_spec.data_input = specs.Listed(task_spec.data_input.bpmn_id, None)
    child = spec.task_specs[task_spec.task_spec]
    child.completed_event.connect(task_spec.merge_child)
