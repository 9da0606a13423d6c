"""Ending a case from outside its process: everything open is closed, the clocks stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, update

from flow_engine import Advance
from gcrm.runtime import handling
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_moves import CaseMove, instances_of, record_forms, write_move
from gcrm.runtime.clock_rows import clocks_of_case, stop_clocks
from gcrm.runtime.clocks import Clock
from gcrm.runtime.services import Services
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event


@dataclass(frozen=True, slots=True)
class Closing:
    """What ends with a case, as it was read; `outcome` is kept where somebody decided."""

    move: CaseMove
    moves: tuple[tuple[RowMapping, Advance], ...]
    clocks: Sequence[Clock]
    calendar: WorkingCalendar
    correction: str  # what becomes of an open one: cancelled or expired
    outcome: Mapping[str, Any] | None = None


def prepare(
    reader: Connection,
    services: Services,
    row: Any,
    event: Event,
    entry: audit.Entry,
    *,
    correction: str = "cancelled",
    outcome: Mapping[str, Any] | None = None,
) -> Closing:
    """Read all that is open of a case; `row` holds the columns of `tables.case`."""
    tenant = row["tenant_id"]
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    return Closing(
        CaseMove(CaseState.of(row), (event,), entry, record_forms(reader, services, row, tenant)),
        tuple(
            (each, app.processes[each["process_id"]].cancel(each["state"]))
            for each in instances_of(reader, tenant, row["id"])
        ),
        clocks_of_case(reader, tenant, row["id"]),
        services.reference.at(reader, tenant, event.at).calendar,
        correction,
        outcome,
    )


def write(writer: Connection, services: Services, plan: Closing, now: datetime) -> int:
    """Write it; give the case. Raises StaleError where somebody was faster."""
    state = plan.move.case_state
    write_move(writer, services, plan.move, now)
    for row, advance in plan.moves:
        moved = writer.execute(
            update(t.instance)
            .where(
                t.instance.c.tenant_id == state.tenant_id,
                t.instance.c.id == row["id"],
                t.instance.c.rev == row["rev"],
            )
            .values(state=advance.state, status="ended", rev=row["rev"] + 1, ended_at=now)
        )
        if moved.rowcount != 1:
            raise StaleError(f"Instance {row['id']} has moved on.")
    for table, still, ended in (
        (t.task, "open", {"status": "cancelled", "rev": t.task.c.rev + 1}),
        (t.timer, "waiting", {"status": "cancelled"}),
        (t.correction, "open", {"status": plan.correction}),
        (t.publicity, "open", {"status": "cancelled"}),
    ):
        writer.execute(
            update(table)
            .where(
                table.c.tenant_id == state.tenant_id,
                table.c.case_id == state.case_id,
                table.c.status == still,
            )
            .values(**ended)
        )
    stop_clocks(writer, state.tenant_id, plan.clocks, now)
    handling.settle(writer, state.tenant_id, plan.calendar, now, (state.case_id,))
    if plan.outcome is not None:
        writer.execute(
            insert(t.case_outcome).values(
                tenant_id=state.tenant_id,
                id=new_id(),
                case_id=state.case_id,
                decided_at=now,
                **plan.outcome,
            )
        )
    return state.case_id
