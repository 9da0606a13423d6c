"""Special procedures: the clocks of a case stop for a hearing, a test, an expert, and go on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from form_engine.cleaning import lines, printable
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import corrections
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_clocks import resume_case
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.clock_rows import clocks_of_case, suspend_clocks
from gcrm.runtime.clocks import PROCEDURES, Clock
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import OpenTask, task_at_hand
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store.events import Event

REASON = 10  # characters
LONGEST = 365  # days that one may expect
SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop the clocks of the task's case; the applicant reads the cause, reason and length."""

    task_id: int
    cause: str
    reason: str
    expected_days: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the clocks go on."""

    task_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    ask: Suspend | Resume
    move: CaseMove
    clocks: tuple[Clock, ...]
    calendar: WorkingCalendar


def prepare_suspend(
    reader: Connection, services: Services, actor: Actor, ask: Suspend, now: datetime
) -> _Plan:
    """See that the actor works on the case, that it is not suspended, and why it should be."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    task = task_at_hand(accessor, services, ask.task_id)
    if task.case["state"] == SUSPENDED:
        raise Refused("case_suspended")
    if task.case["state"] == corrections.STATE:
        raise Refused("case_correcting")
    if ask.cause not in PROCEDURES:
        raise Refused("cause_unknown", status=422)
    if len(_reason(ask)) < REASON:
        raise Refused("reason_short", {"minimum": REASON}, 422)
    if ask.expected_days is not None and not 0 < ask.expected_days <= LONGEST:
        raise Refused("days_wrong", {"maximum": LONGEST}, 422)
    event = Event(
        "suspended",
        now,
        {"kind": ask.cause, "days": ask.expected_days},
        actor.party_id,
        task_id=task.id,
    )
    return _plan(reader, services, actor, ask, task, event, now)


def commit_suspend(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write it; give the case."""
    if not isinstance(plan.ask, Suspend):
        raise TypeError(plan.ask)
    tenant = plan.move.case_state.tenant_id
    write_move(writer, services, plan.move, now)
    suspend_clocks(
        writer,
        tenant,
        plan.clocks,
        plan.ask.cause,
        _reason(plan.ask),
        now,
        plan.ask.expected_days,
    )
    return plan.move.case_state.case_id


SUSPEND = UseCase(prepare_suspend, commit_suspend)


def prepare_resume(
    reader: Connection, services: Services, actor: Actor, ask: Resume, now: datetime
) -> _Plan:
    """See that the case is suspended and the actor works on it."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    task = task_at_hand(accessor, services, ask.task_id)
    if task.case["state"] != SUSPENDED:
        raise Refused("case_not_suspended")
    app = services.apps.load(reader, actor.tenant_id, task.case["app_id"], task.case["release"])
    step = app.processes[task.process_id].step(task.step_id)
    state = step.state if step is not None and step.state is not None else "in_review"
    event = Event("resumed", now, {"state": state}, actor.party_id, task_id=task.id)
    return _plan(reader, services, actor, ask, task, event, now)


def commit_resume(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write it; give the case."""
    tenant, case_id = plan.move.case_state.tenant_id, plan.move.case_state.case_id
    write_move(writer, services, plan.move, now)
    resume_case(writer, tenant, case_id, plan.clocks, now, plan.calendar)
    return case_id


RESUME = UseCase(prepare_resume, commit_resume)


def _reason(ask: Suspend) -> str:
    """Give the reason as people read it: nothing unseen, nothing that no text may hold."""
    return printable(lines(ask.reason))


def _plan(
    reader: Connection,
    services: Services,
    actor: Actor,
    ask: Suspend | Resume,
    task: OpenTask,
    event: Event,
    now: datetime,
) -> _Plan:
    entry = audit.Entry(
        audit.case_chain(task.case_id),
        f"case.{event.type}",
        f"case:{task.case_id}",
        now,
        dict(event.data),
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    move = CaseMove(
        task.case_state,
        (event,),
        entry,
        record_forms(reader, services, task.case, actor.tenant_id),
    )
    return _Plan(
        ask,
        move,
        clocks_of_case(reader, actor.tenant_id, task.case_id),
        services.reference.at(reader, actor.tenant_id, now).calendar,
    )
