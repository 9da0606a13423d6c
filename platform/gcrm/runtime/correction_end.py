"""A correction that nobody answers: a reminder first, then the case is terminated."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from gcrm.runtime import closing
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.closing import Closing
from gcrm.runtime.corrections import DUE_TIMER, EXPIRED, STATE
from gcrm.runtime.services import Services
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event

PREFIX = "correction."


@dataclass(frozen=True, slots=True)
class Overdue:
    """A timer of a correction that goes off; neither reminder nor end: it is over."""

    timer: RowMapping
    reminder: CaseMove | None = None
    end: Closing | None = None


def is_ours(timer: RowMapping) -> bool:
    """Tell whether a timer belongs to a correction and to no process."""
    return timer["instance_id"] is None and str(timer["key"]).startswith(PREFIX)


def prepare(reader: Connection, services: Services, timer: RowMapping, now: datetime) -> Overdue:
    """See whether the applicant is still to answer, and what that brings now."""
    tenant = timer["tenant_id"]
    name, _, number = timer["key"].partition(":")
    row = (
        reader.execute(
            select(t.case).where(t.case.c.tenant_id == tenant, t.case.c.id == timer["case_id"])
        )
        .mappings()
        .one()
    )
    found = reader.execute(
        select(t.correction).where(
            t.correction.c.tenant_id == tenant, t.correction.c.id == int(number)
        )
    ).one_or_none()
    if found is None or found.status != "open" or row["state"] != STATE:
        return Overdue(timer)
    services.sealer.load(reader, tenant, ())
    late = name == DUE_TIMER
    data = {"kind": "correction", "correction": found.id, "due": found.due_at.isoformat()}
    entry = audit.Entry(
        audit.case_chain(row["id"]),
        "case.terminated" if late else "case.reminded",
        f"case:{row['id']}",
        now,
        {"correction": str(found.id)},
    )
    if not late:
        move = CaseMove(
            CaseState.of(row),
            (Event("reminded", now, data),),
            entry,
            record_forms(reader, services, row, tenant),
        )
        return Overdue(timer, reminder=move)
    event = Event("terminated", now, {"cause": "correction_overdue", **data})
    outcome = {
        "kind": "terminated",
        "data": {"step": found.step_id, "outputs": {}, "cause": "correction_overdue"},
    }
    end = closing.prepare(reader, services, row, event, entry, correction=EXPIRED, outcome=outcome)
    return Overdue(timer, end=end)


def commit(writer: Connection, services: Services, plan: Overdue, now: datetime) -> None:
    """Write it. Raises StaleError where the timer went off already or the case moved on."""
    timer = plan.timer
    over = plan.reminder is None and plan.end is None
    fired = writer.execute(
        update(t.timer)
        .where(
            t.timer.c.tenant_id == timer["tenant_id"],
            t.timer.c.id == timer["id"],
            t.timer.c.status == "waiting",
        )
        .values(status="cancelled" if over else "fired")
    )
    if fired.rowcount != 1:
        raise StaleError(f"Timer {timer['id']} went off already.")
    if plan.reminder is not None:
        write_move(writer, services, plan.reminder, now)
    if plan.end is not None:
        closing.write(writer, services, plan.end, now)
