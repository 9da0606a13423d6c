"""What one move of a process means for its case: events, tasks, timers, clocks, incidents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app_definitions.process import Assignee
from flow_engine import Advance, Opened, Process, Step
from gcrm.runtime import clocks as clocks_
from gcrm.runtime.assignment import Assignment, assign
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clock_rows import values_of
from gcrm.runtime.clocks import Term
from gcrm.runtime.reference import Candidates
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.events import Event
from gcrm.store.outbox import Message
from gcrm.store.rows import put_rows

DECIDED = frozenset(
    {"approved", "refused", "not_accepted", "withdrawn", "terminated", "completed", "revoked"}
)
"""Outcomes that stop the clocks of the whole case."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a move takes place: the case, its place and owner, who could work on it."""

    tenant_id: int
    case_id: int
    instance_id: int
    process: Process
    calendar: WorkingCalendar
    candidates: tuple[Candidates, ...]
    regions: Sequence[str]
    owner_id: int | None
    accepted_at: datetime | None
    submitted_at: datetime
    now: datetime
    rounds: Mapping[str, int] = field(default_factory=dict)  # tasks of a step so far
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of the day and place


@dataclass(frozen=True, slots=True)
class Publication:
    """A result becomes public until a moment; `key` is the token that waits for its end."""

    key: str
    until: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Movement:
    """The rows and events that a move brings; `status` is the instance's."""

    state: bytes
    status: str
    events: tuple[Event, ...]
    tasks: tuple[Mapping[str, Any], ...]
    closed: tuple[str, ...]
    timers: tuple[Mapping[str, Any], ...]
    cancelled_timers: tuple[str, ...]
    clocks: tuple[Mapping[str, Any], ...]
    incidents: tuple[Mapping[str, Any], ...]
    decided: bool
    outcome: str | None
    publication: Publication | None = None


def read_advance(advance: Advance, scene: Scene) -> Movement:
    """Turn what the engine says into rows; nothing is written."""
    events: list[Event] = []
    tasks: list[Mapping[str, Any]] = []
    clocks: list[Mapping[str, Any]] = []
    incidents: list[Mapping[str, Any]] = []
    for opened in advance.opened:
        step = _step(scene.process, opened.step_id)
        given = assign(_assignee(step, opened), scene.candidates, scene.regions, scene.owner_id)
        task = _task(scene, step, opened, given)
        tasks.append(task)
        if step.deadline is not None:
            clock = clocks_.start(
                new_id(),
                scene.case_id,
                "step",
                Term(step.deadline.value, step.deadline.unit),
                _counts_from(scene, step.deadline.counts_from),
                scene.calendar,
                task["id"],
            )
            clocks.append(values_of(scene.tenant_id, clock))
            task["due_at"] = clock.due_at
        events.append(_opened_event(scene, step, task))
        if given.missing is not None:
            incidents.append(
                _incident(scene, "no_candidate", {"role": given.missing, "step": step.id})
            )
    if advance.incident is not None:
        found = advance.incident
        incidents.append(
            _incident(scene, f"flow_{found.code}", {"element": found.element_id or ""})
        )
    if incidents:
        codes = sorted({str(each["code"]) for each in incidents})
        events.append(Event("incident_raised", scene.now, {"codes": codes}))
    publication = _publication(advance, scene)
    if publication is not None:
        until = publication.until.isoformat()
        events.append(Event("publicity_started", scene.now, {"until": until}))
    if advance.outcome is not None:
        events.append(Event(advance.outcome, scene.now, {"end": advance.ended or ""}))
    return Movement(
        state=advance.state,
        status=_status(advance),
        events=tuple(events),
        tasks=tuple(tasks),
        closed=advance.closed,
        timers=tuple(_timers(advance, scene, tasks)),
        cancelled_timers=advance.cancelled_timers,
        clocks=tuple(clocks),
        incidents=tuple(incidents),
        decided=advance.outcome in DECIDED,
        outcome=advance.outcome,
        publication=publication,
    )


def _publication(advance: Advance, scene: Scene) -> Publication | None:
    """Tell whether the process now waits while its result is public, and until when."""
    for timer in advance.timers:
        node = scene.process.definition.node(timer.element_id or "")
        if node is not None and node.publicity is not None:
            days = int(scene.parameters.get(node.publicity) or 0)
            end = clocks_.due(Term(days, "nd"), scene.now, scene.calendar)
            return Publication(timer.key, end.at, days)
    return None


def write_rows(
    writer: Connection, movement: Movement, clocks: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Insert tasks, timers, clocks (with the case's own) and incidents; one statement a kind."""
    put_rows(writer, t.task, movement.tasks)
    put_rows(writer, t.timer, movement.timers)
    put_rows(writer, t.clock, (*clocks, *movement.clocks))
    put_rows(writer, t.incident, movement.incidents)


def message_of(case_id: int, events: Iterable[Event], before: int, **more: Any) -> Message:
    """Tell others what happened: the types of the events and their numbers, nothing personal."""
    types = [event.type for event in events]
    numbers = {"from": before + 1, "to": before + len(types)}
    return Message("case", {"events": types, **numbers, **more}, case_id)


def _step(process: Process, step_id: str) -> Step:
    step = process.step(step_id)
    if step is None:
        raise LookupError(f'The process has no step "{step_id}".')
    return step


def _assignee(step: Step, opened: Opened) -> Assignee:
    """Choose the assignee of a step; where several sign, `item` names the signer's role."""
    for each in step.assignees:
        if opened.item is None or opened.item == each.role:
            return each
    return Assignee(role=opened.item or "applicant")


def _task(scene: Scene, step: Step, opened: Opened, given: Assignment) -> dict[str, Any]:
    return {
        "tenant_id": scene.tenant_id,
        "id": new_id(),
        "case_id": scene.case_id,
        "instance_id": scene.instance_id,
        "key": opened.key,
        "step_id": step.id,
        "name": step.name,
        "round": scene.rounds.get(step.id, 0) + 1,
        "role_code": given.role,
        "department_id": given.department_id,
        "region_code": given.region,
        "grid_id": given.grid_id,
        "status": "open",
        "opened_at": scene.now,
        "due_at": None,
        "rev": 1,
    }


def _opened_event(scene: Scene, step: Step, task: Mapping[str, Any]) -> Event:
    data: dict[str, Any] = {"step": step.id, "round": task["round"]}
    if step.state is not None:
        data["state"] = step.state
    elif scene.accepted_at is not None:
        data["state"] = "in_review"
    return Event("step_opened", scene.now, data, task_id=task["id"])


def _counts_from(scene: Scene, counts_from: str) -> datetime:
    match counts_from:
        case "accepted":
            return scene.accepted_at or scene.now
        case "submitted":
            return scene.submitted_at
        case _:
            return scene.now


def _timers(
    advance: Advance, scene: Scene, tasks: Sequence[Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    due = {task["step_id"]: task["due_at"] for task in tasks}
    for timer in advance.timers:
        node = scene.process.definition.node(timer.element_id or "")
        if node is not None and node.publicity is not None:
            continue  # the row of the publicity says when it ends
        at = timer.due_at or (scene.now + timer.duration if timer.duration else None)
        if at is None and timer.step_id is not None:
            at = due.get(timer.step_id)
        if at is not None:
            yield {
                "tenant_id": scene.tenant_id,
                "id": new_id(),
                "case_id": scene.case_id,
                "instance_id": scene.instance_id,
                "key": timer.key,
                "due_at": at,
                "status": "waiting",
            }


def _incident(scene: Scene, code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": scene.tenant_id,
        "id": new_id(),
        "case_id": scene.case_id,
        "instance_id": scene.instance_id,
        "code": code,
        "data": dict(data),
        "status": "open",
        "created_at": scene.now,
    }


def _status(advance: Advance) -> str:
    if advance.ended is not None:
        return "ended"
    return "incident" if advance.incident is not None else "running"
