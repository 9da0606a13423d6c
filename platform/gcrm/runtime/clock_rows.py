"""Clocks as rows: reading those of a case, writing what happened to them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.runtime import clocks
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clocks import Clock, Suspension, Term
from gcrm.store import tables as t
from gcrm.store.columns import new_id


def values_of(tenant_id: int, clock: Clock) -> dict[str, Any]:
    """Give a clock as a row of the table `clock`."""
    return {
        "tenant_id": tenant_id, "id": clock.id, "case_id": clock.case_id,
        "task_id": clock.task_id, "kind": clock.kind, "value": clock.term.value,
        "unit": clock.term.unit, "calendar": clock.term.calendar,
        "counts_from": clock.counts_from, "due_at": clock.due_at, "warn_at": clock.warn_at,
        "provisional": clock.provisional, "status": clock.status,
        "stopped_at": clock.stopped_at, "lamp": clock.told,
    }  # fmt: skip


def clocks_of(
    reader: Connection, tenant_id: int, case_ids: Iterable[int]
) -> dict[int, tuple[Clock, ...]]:
    """Read the clocks of cases with their suspensions; one statement."""
    wanted = sorted(set(case_ids))
    if len(wanted) == 1:
        rows = reader.execute(_OF_CASE, {"tenant": tenant_id, "case": wanted[0]})
    else:
        rows = reader.execute(_OF_CASES, {"tenant": tenant_id, "cases": wanted})
    found: dict[int, list[Clock]] = {case_id: [] for case_id in wanted}
    for clock in _clocks(rows):
        found[clock.case_id].append(clock)
    return {case_id: tuple(running) for case_id, running in found.items()}


def clocks_of_tasks(
    reader: Connection, tenant_id: int, tasks: Mapping[int, int]
) -> dict[int, Clock]:
    """Read the steps' own clocks by task; `tasks` gives each one's case. One statement."""
    if not tasks:
        return {}
    rows = reader.execute(
        _OF_TASKS,
        {"tenant": tenant_id, "cases": sorted(set(tasks.values())), "tasks": sorted(tasks)},
    )
    return {clock.task_id: clock for clock in reversed(_clocks(rows)) if clock.task_id is not None}


def clocks_of_case(reader: Connection, tenant_id: int, case_id: int) -> tuple[Clock, ...]:
    """Read the clocks of one case; one statement."""
    return clocks_of(reader, tenant_id, (case_id,))[case_id]


def provisional_clocks(reader: Connection, tenant_id: int, calendar: str) -> tuple[Clock, ...]:
    """Read the clocks whose end was computed without an announced calendar."""
    rows = reader.execute(
        _CLOCKS.where(
            t.clock.c.tenant_id == tenant_id,
            t.clock.c.calendar == calendar,
            t.clock.c.provisional,
            t.clock.c.status != "stopped",
        )
    )
    return _clocks(rows)


def running_clocks(
    reader: Connection, tenant_id: int, calendar: str, since: dt.date
) -> tuple[Clock, ...]:
    """Read the clocks that are not over and end on a day or later: a changed day may move them."""
    rows = reader.execute(
        _CLOCKS.where(
            t.clock.c.tenant_id == tenant_id,
            t.clock.c.calendar == calendar,
            t.clock.c.status != "stopped",
            t.clock.c.due_at
            >= dt.datetime.combine(since, dt.time(), dt.UTC) - dt.timedelta(days=1),
        )
    )
    return _clocks(rows)


def update_clocks(writer: Connection, tenant_id: int, changed: Sequence[Clock]) -> None:
    """Write what may change of clocks; one statement."""
    if not changed:
        return
    writer.execute(
        sa.update(t.clock)
        .where(t.clock.c.tenant_id == tenant_id, t.clock.c.id == sa.bindparam("of_clock"))
        .values(
            {name: sa.bindparam(f"to_{name}", type_=t.clock.c[name].type) for name in _CHANGING}
        ),
        [
            {
                "of_clock": clock.id,
                **{f"to_{name}": values_of(tenant_id, clock)[name] for name in _CHANGING},
            }
            for clock in changed
        ],
    )


_CHANGING = ("value", "due_at", "warn_at", "provisional", "status", "stopped_at", "lamp")


def suspend_clocks(
    writer: Connection,
    tenant_id: int,
    running: Sequence[Clock],
    cause: str,
    reason: str,
    now: dt.datetime,
    expected_days: int | None = None,
) -> tuple[Clock, ...]:
    """Suspend those that run and that the cause suspends; two statements. Give all of them."""
    after = tuple(
        clocks.suspend(clock, Suspension(new_id(), cause, reason, now, None, expected_days))
        for clock in running
    )
    changed = [clock for clock, before in zip(after, running, strict=True) if clock is not before]
    update_clocks(writer, tenant_id, changed)
    if changed:
        writer.execute(
            sa.insert(t.clock_suspension),
            [
                {
                    "tenant_id": tenant_id, "id": clock.suspensions[-1].id,
                    "case_id": clock.case_id, "clock_id": clock.id, "kind": cause,
                    "reason": reason, "from_at": now, "to_at": None,
                    "expected_days": expected_days,
                }
                for clock in changed
            ],
        )  # fmt: skip
    return after


def resume_clocks(
    writer: Connection,
    tenant_id: int,
    suspended: Sequence[Clock],
    now: dt.datetime,
    calendar: WorkingCalendar,
) -> tuple[Clock, ...]:
    """Let suspended clocks count on; two statements. Give all of them."""
    after = tuple(clocks.resume(clock, now, calendar) for clock in suspended)
    changed = [clock for clock, before in zip(after, suspended, strict=True) if clock is not before]
    update_clocks(writer, tenant_id, changed)
    _close_suspensions(writer, tenant_id, changed, now)
    return after


def stop_clocks(
    writer: Connection, tenant_id: int, running: Sequence[Clock], now: dt.datetime
) -> tuple[Clock, ...]:
    """End clocks: one statement, one more where some were suspended. Give all of them."""
    after = tuple(clocks.stop(clock, now) for clock in running)
    end_clocks(writer, tenant_id, running, after, now)
    return after


def end_clocks(
    writer: Connection,
    tenant_id: int,
    before: Sequence[Clock],
    after: Sequence[Clock],
    now: dt.datetime,
) -> None:
    """Write clocks that have ended, and the ends of their suspensions; two statements."""
    pairs = [pair for pair in zip(before, after, strict=True) if pair[0] is not pair[1]]
    update_clocks(writer, tenant_id, [ended for _, ended in pairs])
    _close_suspensions(
        writer, tenant_id, [was for was, _ in pairs if was.status == "suspended"], now
    )


def _close_suspensions(
    writer: Connection, tenant_id: int, ended: Sequence[Clock], now: dt.datetime
) -> None:
    if not ended:
        return
    columns = t.clock_suspension.c
    writer.execute(
        sa.update(t.clock_suspension)
        .where(
            columns.tenant_id == tenant_id,
            columns.clock_id.in_([clock.id for clock in ended]),
            columns.to_at.is_(None),
        )
        .values(to_at=now)
    )


_pause = t.clock_suspension.c
_CLOCKS = (
    sa.select(
        t.clock,
        _pause.id.label("pause_id"),
        _pause.kind.label("cause"),
        _pause.reason,
        _pause.from_at,
        _pause.to_at,
        _pause.expected_days,
    )
    .select_from(
        t.clock.outerjoin(
            t.clock_suspension,
            sa.and_(_pause.tenant_id == t.clock.c.tenant_id, _pause.clock_id == t.clock.c.id),
        )
    )
    .order_by(t.clock.c.id, _pause.from_at, _pause.id)
)
_OF_TENANT = _CLOCKS.where(t.clock.c.tenant_id == sa.bindparam("tenant"))
_OF_CASE = _OF_TENANT.where(t.clock.c.case_id == sa.bindparam("case"))
_OF_CASES = _OF_TENANT.where(t.clock.c.case_id.in_(sa.bindparam("cases", expanding=True)))
_OF_TASKS = _OF_CASES.where(t.clock.c.task_id.in_(sa.bindparam("tasks", expanding=True)))


def _clocks(rows: Iterable[sa.Row[Any]]) -> tuple[Clock, ...]:
    found: dict[int, tuple[Any, list[Suspension]]] = {}
    for row in rows:
        _, pauses = found.setdefault(row.id, (row, []))
        if row.pause_id is not None:
            pauses.append(
                Suspension(
                    row.pause_id, row.cause, row.reason, row.from_at, row.to_at, row.expected_days
                )
            )
    return tuple(_clock(row, tuple(pauses)) for row, pauses in found.values())


def _clock(row: Any, pauses: tuple[Suspension, ...]) -> Clock:
    return Clock(
        id=row.id,
        case_id=row.case_id,
        kind=row.kind,
        term=Term(row.value, row.unit, row.calendar),
        counts_from=row.counts_from,
        due_at=row.due_at,
        warn_at=row.warn_at,
        provisional=row.provisional,
        status=row.status,
        task_id=row.task_id,
        stopped_at=row.stopped_at,
        told=row.lamp,
        suspensions=pauses,
    )
