"""What one move of an instance brings: tasks, timers, an end or an incident."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Opened:
    """A task for people; `item` is the signer where several sign."""

    key: str
    step_id: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class TimerRequest:
    """A timer the host must fire.

    `due_at` is the moment. Where the process says `due("step")` and the caller gave no `due`,
    it is None and `step_id` names the step whose due date is meant. `element_id` is the event.
    """

    key: str
    due_at: datetime | None = None
    duration: timedelta | None = None
    step_id: str | None = None
    element_id: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Why an instance cannot go on: a stable code, the element it stands at, and a detail.

    Codes: `no_flow`, `expression`, `decision`, `no_signers`, `runaway`, `stalled`, `engine`.
    """

    code: str
    element_id: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that the process sent and nothing inside it caught."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Advance:
    """The state after a move and what changed, in order.

    Where `incident` is set and nothing was opened or closed, the state is the one before.
    """

    state: bytes
    opened: tuple[Opened, ...] = ()
    closed: tuple[str, ...] = ()
    timers: tuple[TimerRequest, ...] = ()
    cancelled_timers: tuple[str, ...] = ()
    ended: str | None = None
    outcome: str | None = None
    incident: Incident | None = None
    thrown: tuple[Thrown, ...] = ()
