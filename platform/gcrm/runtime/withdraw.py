"""The applicant takes an application back: everything open is closed, the clocks stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, update

from flow_engine import Advance
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime.case_moves import CaseMove, instances_of, record_forms, write_move
from gcrm.runtime.clock_rows import clocks_of_case, stop_clocks
from gcrm.runtime.clocks import Clock
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event

OPEN = frozenset({"submitted", "correcting", "accepted", "in_review", "suspended", "publicity"})
"""States in which nothing has been decided: only then can an application be taken back."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an application back."""

    case_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    move: CaseMove
    moves: tuple[tuple[RowMapping, Advance], ...]
    clocks: Sequence[Clock]


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Withdraw, now: datetime
) -> _Plan:
    """See that the case is the actor's and undecided."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("case", ask.case_id, "act")
    if row is None:
        raise Refused("not_found", status=404)
    if row["state"] == "withdrawn":
        raise Refused("withdrawn_already")
    if row["state"] not in OPEN:
        raise Refused("withdraw_late")
    app = services.apps.load(reader, actor.tenant_id, row["app_id"], row["release"])
    represented = row["applicant_id"] if row["applicant_id"] != actor.party_id else None
    entry = audit.Entry(
        audit.case_chain(row["id"]),
        "case.withdraw",
        f"case:{row['id']}",
        now,
        {},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    move = CaseMove(
        CaseState.of(row),
        (Event("withdrawn", now, {}, actor.party_id, represented),),
        entry,
        record_forms(reader, services, row, actor.tenant_id),
    )
    moves = tuple(
        (each, app.processes[each["process_id"]].cancel(each["state"]))
        for each in instances_of(reader, actor.tenant_id, row["id"])
    )
    return _Plan(move, moves, clocks_of_case(reader, actor.tenant_id, row["id"]))


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write it; give the case. Raises StaleError where a clerk was faster."""
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
    writer.execute(
        update(t.task)
        .where(
            t.task.c.tenant_id == state.tenant_id,
            t.task.c.case_id == state.case_id,
            t.task.c.status == "open",
        )
        .values(status="cancelled", rev=t.task.c.rev + 1)
    )
    writer.execute(
        update(t.timer)
        .where(
            t.timer.c.tenant_id == state.tenant_id,
            t.timer.c.case_id == state.case_id,
            t.timer.c.status == "waiting",
        )
        .values(status="cancelled")
    )
    stop_clocks(writer, state.tenant_id, plan.clocks, now)
    return state.case_id


WITHDRAW = UseCase(prepare, commit)
