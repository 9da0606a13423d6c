"""One evaluation: what it needs from outside, its budget, and the notes that explain its nulls."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from rule_engine.tree import Span

MAX_STEPS = 20_000
MAX_CALLS = 60
MAX_NOTES = 50
MAX_TEXT = 1_000_000


class Calendar(Protocol):
    """Which days are working days."""

    def is_working_day(self, date: dt.date) -> bool:
        """Tell whether people work on this day."""
        ...

    def add_working_days(self, date: dt.date, n: int) -> dt.date:
        """Go n working days on; the first day does not count."""
        ...


class Regions(Protocol):
    """Which region lies in which."""

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether a region is another one or lies in it."""
        ...


def place_name(regions: Regions | None, code: str) -> str:
    """Name a region for readers where the tree of regions knows names, else give its code."""
    find = getattr(regions, "get", None)
    region = find(code) if find is not None else None
    return str(getattr(region, "name", "") or code)


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What an evaluation asks of the world; `parameters` are chosen for date and region."""

    now: dt.datetime
    zone: dt.tzinfo = dt.UTC
    calendar: Calendar | None = None
    regions: Regions | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Why there is a null: inputs are missing, or something is wrong at a place of the text."""

    kind: Literal["missing", "error"]
    code: str
    span: Span
    inputs: tuple[str, ...] = ()
    values: Mapping[str, str | int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Result:
    """A value, with the notes that explain it where it is null."""

    value: Any
    notes: tuple[Note, ...] = ()

    @property
    def errors(self) -> tuple[Note, ...]:
        """List what went wrong."""
        return tuple(note for note in self.notes if note.kind == "error")

    @property
    def missing(self) -> tuple[str, ...]:
        """List the inputs that were missing."""
        found: dict[str, None] = {}
        for note in self.notes:
            found.update(dict.fromkeys(note.inputs))
        return tuple(found)


class Exhausted(Exception):  # noqa: N818
    """Ends an evaluation that takes too many steps or too much room."""

    def __init__(self, code: str) -> None:
        """Say which bound was met."""
        super().__init__(code)
        self.code = code


class Run:
    """The state of one evaluation."""

    __slots__ = ("calls", "context", "notes", "steps", "verdict")

    def __init__(self, context: EvaluationContext, *, verdict: bool = False) -> None:
        """Begin; in a verdict missing inputs are unknown, otherwise they are null."""
        self.context = context
        self.verdict = verdict
        self.notes: list[Note] = []
        self.steps = MAX_STEPS
        self.calls = 0

    def step(self, count: int = 1) -> None:
        """Use up steps of the budget; raises Exhausted when there are none left."""
        self.steps -= count
        if self.steps < 0:
            raise Exhausted("feel_too_many_steps")

    def error(self, code: str, span: Span, **values: str | int) -> None:
        """Note that something is wrong; the value is null."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(Note("error", code, span, (), values))

    def missing(self, name: str, span: Span) -> None:
        """Note that an input is missing; the value is null."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(Note("missing", "feel_missing", span, (name,)))


class Scope:
    """Names with values; what is not here is looked for in the outer scope."""

    __slots__ = ("outer", "values")

    def __init__(self, values: Mapping[str, Any], outer: "Scope | None" = None) -> None:
        """Put names inside another scope."""
        self.values = values
        self.outer = outer


def bounded(text: str) -> str:
    """Let a text pass that is not too long; raises Exhausted otherwise."""
    if len(text) > MAX_TEXT:
        raise Exhausted("feel_text_too_long")
    return text


def weighed(run: Run, value: Any) -> Any:
    """Let a list or context pass, and use up steps for all that lies deeper in it.

    Lists may hold one list many times over; whoever walks through them takes that long.
    """
    waiting = [item for item in _inside(value) if isinstance(item, list | dict)]
    count = 0
    while waiting:
        inner = _inside(waiting.pop())
        count += 1 + len(inner)
        if count > run.steps:
            break
        waiting.extend(item for item in inner if isinstance(item, list | dict))
    if count:
        run.step(count)
    return value


def _inside(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []
