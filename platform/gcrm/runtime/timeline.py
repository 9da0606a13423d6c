"""Six steps for citizens and the moments of a case, read off its one event log. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gcrm.runtime.step_spans import CLOSES, OPENS, Span
from gcrm.store.events import Event, Projection, apply, public_state

Mark = Literal["done", "now", "next", "skipped"]

PUBLIC_STEPS = ("submitted", "correcting", "accepted", "handling", "decided", "closed")
SHOWN_TO_CITIZEN = frozenset(
    {
        "submitted",
        "accepted",
        "not_accepted",
        "correction_requested",
        "corrected",
        "step_opened",
        "suspended",
        "resumed",
        "publicity_started",
        "publicity_ended",
        "approved",
        "refused",
        "issuing",
        "completed",
        "withdrawn",
        "terminated",
        "revoked",
        "deadline_extended",
    }
)

HIDDEN = frozenset({"rated"})
"""Shown to nobody: when a case was rated would tell its clerk who rated how."""


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One of the six; `at` is when it was first reached."""

    code: str
    mark: Mark
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of what happened: the event's type and what its sentence names."""

    type: str
    at: datetime
    actor: str | None  # a name; None: the system
    step: str | None
    data: Mapping[str, Any]
    span: Span | None = None  # of a step: since when, till when, how long


def public_steps(events: Sequence[Event]) -> tuple[PublicStep, ...]:
    """Tell for each of the six where the case stands; steps passed over are skipped, not done."""
    reached: dict[str, datetime] = {}
    projection = Projection()
    for event in events:
        projection = apply(projection, event)
        code = public_state(projection.state)
        if code is not None:
            reached.setdefault(code, event.at)
    current = public_state(projection.state)
    place = PUBLIC_STEPS.index(current) if current is not None else -1
    return tuple(
        PublicStep(code, _mark(index, place, code in reached, code), reached.get(code))
        for index, code in enumerate(PUBLIC_STEPS)
    )


def _mark(index: int, place: int, reached: bool, code: str) -> Mark:
    if index == place:
        return "now"
    if index > place:
        return "next"
    return "done" if reached else "skipped"


def moments(
    events: Iterable[Event],
    names: Mapping[int, str],
    steps: Mapping[str, str],
    *,
    citizen: bool,
    spans: Mapping[int, Span] | None = None,
) -> tuple[Moment, ...]:
    """List what happened, the newest first; a citizen sees offices' steps but no clerk's name.

    With `spans` a step is one line, its end or, while it is open, its beginning.
    """
    known = spans or {}
    lines = [
        Moment(
            event.type,
            event.at,
            None if citizen or event.actor_id is None else names.get(event.actor_id),
            steps.get(str(event.data.get("step", ""))),
            _told(event, names, citizen),
            known.get(event.task_id or 0) if event.type in OPENS | CLOSES else None,
        )
        for event in events
        if event.type in SHOWN_TO_CITIZEN or (not citizen and event.type not in HIDDEN)
        if not _told_at_its_end(event, known)
    ]
    return tuple(reversed(lines))


def _told_at_its_end(event: Event, spans: Mapping[int, Span]) -> bool:
    span = spans.get(event.task_id or 0)
    return event.type in OPENS and span is not None and span.until is not None


def _told(event: Event, names: Mapping[int, str], citizen: bool) -> dict[str, Any]:
    if citizen:
        return {key: value for key, value in event.data.items() if key in _PUBLIC_DATA}
    told = dict(event.data)
    if event.type == "task_transferred":
        told["to_name"] = names.get(int(event.data["to"]), "")
    if event.data.get("from"):
        told["from_name"] = names.get(int(event.data["from"]), "")
    return told


_PUBLIC_DATA = frozenset({"state", "step", "due", "kind", "days"})
