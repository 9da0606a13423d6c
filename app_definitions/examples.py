"""Examples: the tests that an app carries, run whenever it is published."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from app_definitions.shapes import Id, Text, Word
from app_definitions.states import State


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A value of a field, as JSON has it in snapshots."""

    field: Id
    value: Any


@dataclass(frozen=True, slots=True)
class GivenFact:
    """A value of a fact."""

    fact: Id
    value: Any


@dataclass(frozen=True, slots=True)
class Act:
    """A button pressed at a step; `values` are what is filled in there."""

    step: Word
    verb: Id
    values: tuple[GivenValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedOutput:
    """A value that a decision gives."""

    decision: Id
    output: Id
    value: Any


@dataclass(frozen=True, slots=True)
class Expected:
    """What a test expects; what is empty is not looked at.

    `messages` are pieces of the sentences of the pre-check; `path` is the steps in order.
    """

    precheck: Literal["", "pass", "fail", "missing"] = ""
    messages: tuple[Text, ...] = ()
    path: tuple[Word, ...] = ()
    state: State | None = None
    outputs: tuple[ExpectedOutput, ...] = ()


@dataclass(frozen=True, slots=True)
class AppTest:
    """An example: given this application at this moment, and these acts, this comes out."""

    id: Id
    name: Text
    as_of: dt.datetime
    variant: Id
    expect: Expected
    given: tuple[GivenValue, ...] = ()
    facts: tuple[GivenFact, ...] = ()
    acts: tuple[Act, ...] = ()
