"""Flows: BPMN run by SpiffWorkflow behind an interface of our own."""

from flow_engine.advance import Advance, Incident, Opened, Thrown, TimerRequest
from flow_engine.errors import BadState, FlowError, NotWaiting, UnknownTarget, UnknownVerb
from flow_engine.model import ProcessDefinition, Step, Verb
from flow_engine.process import Process, compile_process
from flow_engine.reading import read_process

__all__ = [
    "Advance",
    "BadState",
    "FlowError",
    "Incident",
    "NotWaiting",
    "Opened",
    "Process",
    "ProcessDefinition",
    "Step",
    "Thrown",
    "TimerRequest",
    "UnknownTarget",
    "UnknownVerb",
    "Verb",
    "compile_process",
    "read_process",
]
