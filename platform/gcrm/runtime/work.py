"""Work done on a case: everything that completing a task writes, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from gcrm.runtime import handling, publicity
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.movement import Movement, message_of, write_rows
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import OpenTask
from gcrm.store import audit, events, outbox, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.record_tables import RecordForm
from gcrm.store.rows import put_rows


@dataclass(frozen=True, slots=True)
class StepSubmission:
    """The legal record of a step's own form, and what of it is listed."""

    row: Mapping[str, Any]
    record: tuple[RecordForm, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Work:
    """Rows and events of one completed task, ready to be written."""

    task: OpenTask
    movement: Movement
    events: tuple[events.Event, ...]
    verb: str
    done_by: int
    stopped: bool  # the process could not go on: only the incident is written
    opinion: Mapping[str, Any] | None
    submission: StepSubmission | None
    clocks: tuple[Mapping[str, Any], ...]
    outputs: Mapping[str, str]  # what decisions worked out, kept with the outcome
    forms: tuple[RecordForm, ...]  # of which the case has a record already
    entry: audit.Entry
    calendar: WorkingCalendar
    outcome_id: int = field(default_factory=new_id)
    refusal: Mapping[str, Any] | None = None  # why, on which rule, what now
    opening: publicity.Opening | None = None  # the result becomes public


def write(writer: Connection, services: Services, work: Work, now: datetime) -> None:
    """Write it all. Raises StaleError where the task, the process or the case moved on."""
    task = work.task
    if not work.stopped:
        _finish_task(writer, work, now)
        if work.opinion is not None:
            put_rows(writer, t.opinion, [work.opinion])
        if work.submission is not None:
            _write_submission(writer, work.submission)
    _move_instance(writer, task, work.movement, now)
    before = task.case_state
    after = events.append(writer, before, work.events)
    if after.projection.state != before.projection.state:
        _move_records(writer, work, after.projection.state)
    if work.opening is not None:
        publicity.write_opening(writer, work.opening, now)
    else:
        _turn_clocks(writer, work, now)
    others = [key for key in work.movement.closed if key != task.key]
    close_others(
        writer,
        task.tenant_id,
        task.instance_id,
        others,
        work.movement.cancelled_timers,
        now,
        clocks=not work.movement.decided,
    )
    write_rows(writer, replace(work.movement, clocks=()))
    if work.movement.decided:
        _write_outcome(writer, work, now)
    message = message_of(task.case_id, work.events, before.projection.events)
    outbox.put(writer, task.tenant_id, [message], now)
    audit.record(
        writer,
        services.sealer.audit_key(task.tenant_id),
        task.tenant_id,
        [work.entry],
        {work.entry.chain: task.tail},
    )


def opinion_place(opinion_id: int) -> str:
    """Name the place where an opinion is sealed."""
    return f"opinion.text_sealed.{opinion_id}"


def _finish_task(writer: Connection, work: Work, now: datetime) -> None:
    task = work.task
    finished = {
        "of_tenant": task.tenant_id,
        "of_task": task.id,
        "of_rev": task.rev,
        "status": "done",
        "done_at": now,
        "done_by": work.done_by,
        "verb": work.verb,
        "rev": task.rev + 1,
    }
    if put_rows(writer, _FINISH, [finished]) != 1:
        raise StaleError(f"Task {task.id} was done or taken by somebody else.")


def _move_instance(writer: Connection, task: OpenTask, movement: Movement, now: datetime) -> None:
    moved = {
        "of_tenant": task.tenant_id,
        "of_instance": task.instance_id,
        "of_rev": task.instance_rev,
        "state": movement.state,
        "status": movement.status,
        "rev": task.instance_rev + 1,
        "ended_at": now if movement.status == "ended" else None,
    }
    if put_rows(writer, _MOVE, [moved]) != 1:
        raise StaleError(f"Instance {task.instance_id} has moved on.")


def _write_submission(writer: Connection, submission: StepSubmission) -> None:
    put_rows(writer, t.submission, [submission.row])
    if submission.record is not None:
        form, fixed, values, subtables = submission.record
        records.write_record(writer, form, fixed, values, subtables)


def _move_records(writer: Connection, work: Work, state: str) -> None:
    """Bring the state along in the records that the case has."""
    records.move(writer, work.forms, work.task.tenant_id, work.task.case_id, state=state)


def _turn_clocks(writer: Connection, work: Work, now: datetime) -> None:
    """Stop the step's clock and start the next ones: one statement; a decision stops them all."""
    task = work.task
    if work.movement.decided:
        case = {"of_tenant": task.tenant_id, "of_case": task.case_id}
        put_rows(writer, _STOP_ALL, [{**case, "status": "stopped", "stopped_at": now}])
        handling.settle(writer, task.tenant_id, work.calendar, now, (task.case_id,))
        return
    started = [dict(row) for row in (*work.clocks, *work.movement.clocks)]
    stops = task.clock_id is not None and not work.stopped
    if not started:
        if stops:
            clock = {"of_tenant": task.tenant_id, "of_clock": task.clock_id}
            put_rows(writer, _STOP, [{**clock, "status": "stopped", "stopped_at": now}])
        return
    if stops:
        # The stopped clock stands there already: of its row only what follows is taken.
        started.append({**started[0], "id": task.clock_id, "status": "stopped", "stopped_at": now})
    rows = [{"stopped_at": None, **row} for row in started]
    put_rows(writer, _start_or_stop(writer.dialect.name), rows)


@lru_cache
def _start_or_stop(dialect: str) -> Any:
    """Make the statement once for each database."""
    insert_ = sqlite.insert(t.clock) if dialect == "sqlite" else postgresql.insert(t.clock)
    changes = {name: insert_.excluded[name] for name in ("status", "stopped_at")}
    return insert_.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changes)


def close_others(
    writer: Connection,
    tenant_id: int,
    instance_id: int,
    closed: Sequence[str],
    timers: Sequence[str],
    now: datetime,
    *,
    clocks: bool = True,
) -> None:
    """Cancel tasks with their clocks, and timers, that a move took away; no statement for none.

    Without `clocks` those have been stopped with the whole case.
    """
    if closed:
        cancelled = (
            writer.execute(
                update(t.task)
                .where(
                    t.task.c.tenant_id == tenant_id,
                    t.task.c.instance_id == instance_id,
                    t.task.c.key.in_(closed),
                    t.task.c.status == "open",
                )
                .values(status="cancelled", rev=t.task.c.rev + 1)
                .returning(t.task.c.id)
            )
            .scalars()
            .all()
        )
        if clocks:
            writer.execute(
                update(t.clock)
                .where(
                    t.clock.c.tenant_id == tenant_id,
                    t.clock.c.task_id.in_(cancelled),
                    t.clock.c.status != "stopped",
                )
                .values(status="stopped", stopped_at=now)
            )
    if timers:
        writer.execute(
            update(t.timer)
            .where(
                t.timer.c.tenant_id == tenant_id,
                t.timer.c.instance_id == instance_id,
                t.timer.c.key.in_(timers),
                t.timer.c.status == "waiting",
            )
            .values(status="cancelled")
        )


def _write_outcome(writer: Connection, work: Work, now: datetime) -> None:
    task = work.task
    outcome = {
        "tenant_id": task.tenant_id,
        "id": work.outcome_id,
        "case_id": task.case_id,
        "kind": work.movement.outcome,
        "data": {
            "step": task.step_id,
            "outputs": dict(work.outputs),
            **({"refusal": dict(work.refusal)} if work.refusal is not None else {}),
        },
        "decided_at": now,
    }
    put_rows(writer, t.case_outcome, [outcome])


_FINISH = update(t.task).where(
    t.task.c.tenant_id == bindparam("of_tenant"),
    t.task.c.id == bindparam("of_task"),
    t.task.c.rev == bindparam("of_rev"),
    t.task.c.status == "open",
)
_MOVE = update(t.instance).where(
    t.instance.c.tenant_id == bindparam("of_tenant"),
    t.instance.c.id == bindparam("of_instance"),
    t.instance.c.rev == bindparam("of_rev"),
)
_STOP = update(t.clock).where(
    t.clock.c.tenant_id == bindparam("of_tenant"), t.clock.c.id == bindparam("of_clock")
)
_STOP_ALL = update(t.clock).where(
    t.clock.c.tenant_id == bindparam("of_tenant"),
    t.clock.c.case_id == bindparam("of_case"),
    t.clock.c.status != "stopped",
)
