"""Processes to test with: small BPMN drawn in code, compiled with the real expression language."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app_definitions.problem import Problem
from app_definitions.vocabulary import Input, Vocabulary
from flow_engine import Advance, Process, compile_process, read_process
from rule_engine.expression import compile_expression

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:gcrm="urn:gcrm:bpmn:1" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    id="d" targetNamespace="urn:test">
<bpmn:message id="m_withdraw" name="withdraw"/>
<bpmn:process id="main" name="Test" isExecutable="true">"""
TAIL = "</bpmn:process></bpmn:definitions>"

VOCABULARY = Vocabulary(
    (
        Input("amount", "Amount", "number"),
        Input("items", "Items", "list<string>"),
        Input("signers", "Signers", "list<string>"),
        Input("note", "Note", "string"),
        Input("rounds", "Rounds", "number"),
        Input("passed", "Passed", "boolean"),
        Input("moment", "Moment", "date and time"),
    )
)


@dataclass(frozen=True)
class Draw:
    """Draws BPMN elements."""

    verbs: str = (
        '<gcrm:verb id="pass" label="通过"/>'
        '<gcrm:verb id="refuse" label="不予" kind="refuse" reason="required"/>'
    )

    def file(self, *elements: str, head: str = HEAD) -> bytes:
        return (head + "".join(elements) + TAIL).encode()

    def flow(self, own: str, source: str, target: str, condition: str | None = None) -> str:
        inside = ""
        if condition is not None:
            inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
        return (
            f'<bpmn:sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</bpmn:sequenceFlow>"
        )

    def chain(self, *ids: str) -> str:
        """Join elements one after the other."""
        pairs = itertools.pairwise(ids)
        return "".join(self.flow(f"{a}_to_{b}", a, b) for a, b in pairs)

    def user(self, own: str, more_verbs: str = "", extra: str = "", step: str = "") -> str:
        return (
            f'<bpmn:userTask id="{own}" name="{own}"><bpmn:extensionElements><gcrm:step {step}>'
            f'<gcrm:assignee role="clerk"/>{self.verbs}{more_verbs}</gcrm:step>'
            f"</bpmn:extensionElements>{extra}</bpmn:userTask>"
        )

    def end(self, own: str, state: str = "") -> str:
        words = f'<gcrm:outcome state="{state}"/>' if state else ""
        inside = f"<bpmn:extensionElements>{words}</bpmn:extensionElements>" if words else ""
        return f'<bpmn:endEvent id="{own}">{inside}</bpmn:endEvent>'

    def node(self, kind: str, own: str, inside: str = "", **attributes: str) -> str:
        more = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f'<bpmn:{kind} id="{own}"{more}>{inside}</bpmn:{kind}>'


class Player:
    """Plays one instance: completes tasks by step, and remembers what is open."""

    def __init__(self, process: Process, decide: Callable[..., Any]) -> None:
        self.process = process
        self.decide = decide
        self.tasks: dict[str, str] = {}
        self.items: dict[str, str | None] = {}
        self.timers: dict[str, str] = {}
        self.last: Advance
        self.due: Callable[[str], datetime] | None = None

    def took(self, advance: Advance) -> Advance:
        for key in advance.closed:
            del self.tasks[key]
        for key in advance.cancelled_timers:
            del self.timers[key]
        self.tasks.update({task.key: task.step_id for task in advance.opened})
        self.items.update({task.key: task.item for task in advance.opened})
        self.timers.update({timer.key: timer.element_id or "" for timer in advance.timers})
        self.last = advance
        return advance

    def steps(self) -> list[str]:
        return sorted(self.tasks.values())

    def key(self, step: str) -> str:
        return next(key for key, name in self.tasks.items() if name == step)

    def start(self, **variables: object) -> Advance:
        return self.took(self.process.start(variables, NOW, self.decide, due=self.due))

    def do(self, step: str, verb: str = "pass", **variables: object) -> Advance:
        key = self.key(step)
        return self.complete(key, verb, **variables)

    def complete(self, key: str, verb: str = "pass", **variables: object) -> Advance:
        state = self.last.state
        return self.took(
            self.process.complete(state, key, verb, variables, NOW, self.decide, due=self.due)
        )

    def fire(self, element: str) -> Advance:
        key = next(key for key, name in self.timers.items() if name == element)
        return self.took(self.process.fire(self.last.state, key, NOW, self.decide, due=self.due))

    def catch(self, message: str) -> Advance:
        return self.took(
            self.process.catch(self.last.state, message, NOW, self.decide, due=self.due)
        )

    def back(self, step: str, target: str) -> Advance:
        return self.took(
            self.process.send_back(
                self.last.state, self.key(step), target, NOW, self.decide, due=self.due
            )
        )


def refuse(decision: str, variables: dict[str, Any]) -> dict[str, Any]:
    raise LookupError(f"no decision {decision}")


@pytest.fixture
def draw() -> Draw:
    return Draw()


@pytest.fixture
def vocabulary() -> Vocabulary:
    return VOCABULARY


@pytest.fixture
def problems_of() -> Callable[[bytes], list[Problem]]:
    """Read and compile a file and give everything that is wrong with it."""

    def find(content: bytes) -> list[Problem]:
        definition, problems = read_process(content, "processes/main.bpmn")
        if definition is None:
            return list(problems)
        _, more = compile_process(definition, compile_expression, VOCABULARY)
        return [*problems, *(problem for problem in more if problem not in problems)]

    return find


@pytest.fixture
def compiled() -> Callable[[bytes], Process]:
    """Compile a file that has nothing wrong."""

    def make(content: bytes) -> Process:
        definition, problems = read_process(content, "processes/main.bpmn")
        assert definition is not None, problems
        process, problems = compile_process(definition, compile_expression, VOCABULARY)
        assert process is not None, problems
        return process

    return make


@pytest.fixture
def play(compiled: Callable[[bytes], Process]) -> Callable[..., Player]:
    """Give a player for a file."""

    def make(content: bytes, decide: Callable[..., Any] = refuse) -> Player:
        return Player(compiled(content), decide)

    return make


@pytest.fixture
def now() -> datetime:
    return NOW
