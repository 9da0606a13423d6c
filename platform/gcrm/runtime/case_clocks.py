"""Clocks of a whole case: the two that acceptance starts, and all that go on after a pause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from app_definitions.app import ItemVariant
from app_definitions.deadline import Duration
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clock_rows import resume_clocks, values_of
from gcrm.runtime.clocks import Clock, Kind, Term, start
from gcrm.store import tables as t
from gcrm.store.columns import new_id


def accepted_clocks(
    tenant_id: int, case_id: int, variant: ItemVariant, calendar: WorkingCalendar, now: datetime
) -> tuple[Mapping[str, Any], ...]:
    """Start both at the moment of acceptance; give their rows."""
    terms: tuple[tuple[Kind, Duration], ...] = (
        ("statutory", variant.statutory),
        ("promised", variant.promised),
    )
    return tuple(
        values_of(
            tenant_id,
            start(new_id(), case_id, kind, Term(term.value, term.unit), now, calendar),
        )
        for kind, term in terms
    )


def resume_case(
    writer: Connection,
    tenant_id: int,
    case_id: int,
    suspended: Sequence[Clock],
    now: datetime,
    calendar: WorkingCalendar,
) -> None:
    """Let the clocks of a case go on.

    Every end moves by what was suspended, also the one that the inbox sorts by and the
    timers of the process that go off at it.
    """
    after = resume_clocks(writer, tenant_id, suspended, now, calendar)
    for before, clock in zip(suspended, after, strict=True):
        if clock.task_id is not None and clock.status == "running":
            _move_timers(writer, tenant_id, case_id, before.due_at, clock.due_at)
            writer.execute(
                update(t.task)
                .where(
                    t.task.c.tenant_id == tenant_id,
                    t.task.c.id == clock.task_id,
                    t.task.c.status == "open",
                )
                .values(due_at=clock.due_at)
            )


def _move_timers(
    writer: Connection, tenant_id: int, case_id: int, due_at: datetime, to: datetime
) -> None:
    timer = t.timer.c
    writer.execute(
        update(t.timer)
        .where(
            timer.tenant_id == tenant_id,
            timer.case_id == case_id,
            timer.status == "waiting",
            timer.due_at == due_at,
            timer.instance_id.is_not(None),
        )
        .values(due_at=to)
    )
