"""Incidents: what stopped and why, letting a process try again, closing one with a note."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from form_engine.cleaning import lines, printable
from gcrm.access import Accessor, Actor, Denied
from gcrm.runtime import system_moves
from gcrm.runtime.administration import PAGE, require, write_down
from gcrm.runtime.operation import RESOURCE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.system_moves import Fire
from gcrm.runtime.use_case import UseCase
from gcrm.store import events
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.sealing import TENANT

NOTE = 5  # characters
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close an incident that needs nothing more; the note says why."""

    incident_id: int
    note: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Let the process of an incident try again, or look again for people."""

    incident_id: int
    request_id: str | None = None


def list_incidents(
    reader: Connection, accessor: Accessor, status: str, code: str, page: int
) -> tuple[Sequence[Any], int]:
    """List incidents with the number of their case, the newest first; two statements."""
    accessor.require(RESOURCE, "read")
    statement = _select().where(t.incident.c.tenant_id == accessor.actor.tenant_id)
    if status:
        statement = statement.where(t.incident.c.status == status)
    if code:
        statement = statement.where(t.incident.c.code == code)
    total = reader.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar()
    rows = reader.execute(
        statement.order_by(t.incident.c.created_at.desc(), t.incident.c.id.desc())
        .limit(PAGE)
        .offset(page * PAGE)
    ).all()
    return rows, int(total or 0)


def read_incident(reader: Connection, accessor: Accessor, incident_id: int) -> Any:
    """Read one incident; raises Denied where there is none."""
    accessor.require(RESOURCE, "read")
    return _find(reader, accessor.actor.tenant_id, incident_id)


def read_note(services: Services, row: Any) -> str:
    """Open the note with which an incident was closed."""
    if row.note_sealed is None:
        return ""
    place = f"incident.note_sealed.{row.id}"
    return services.sealer.open(row.tenant_id, TENANT, place, row.note_sealed).decode("utf-8")


def _select() -> sa.Select[Any]:
    i, who = t.incident.c, t.party.c
    return sa.select(
        t.incident,
        t.case.c.number,
        t.case.c.app_id,
        t.case.c.release,
        t.app.c.name.label("app_name"),
        t.instance.c.process_id,
        who.name.label("resolver"),
    ).select_from(
        t.incident.outerjoin(
            t.case, sa.and_(t.case.c.tenant_id == i.tenant_id, t.case.c.id == i.case_id)
        )
        .outerjoin(t.app, sa.and_(t.app.c.tenant_id == i.tenant_id, t.app.c.id == t.case.c.app_id))
        .outerjoin(
            t.instance,
            sa.and_(t.instance.c.tenant_id == i.tenant_id, t.instance.c.id == i.instance_id),
        )
        .outerjoin(t.party, sa.and_(who.tenant_id == i.tenant_id, who.id == i.resolved_by))
    )


def _find(reader: Connection, tenant_id: int, incident_id: int) -> Any:
    row = reader.execute(
        _select().where(t.incident.c.tenant_id == tenant_id, t.incident.c.id == incident_id)
    ).first()
    if row is None:
        raise Denied("incident")
    return row


def readable_cases(accessor: Accessor, cases: Sequence[int]) -> frozenset[int]:
    """Tell which of these cases the actor may open; one statement."""
    statement = accessor.select("case").with_only_columns(t.case.c.id)
    return frozenset(
        accessor.reader.execute(statement.where(t.case.c.id.in_(sorted(set(cases))))).scalars()
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Resolve | Retry
    row: Any
    case_state: CaseState | None = None
    sealed: bytes | None = None
    fire: Fire | None = None


def _open(reader: Connection, actor: Actor, incident_id: int) -> Any:
    require(reader, actor, RESOURCE, "write")
    row = _find(reader, actor.tenant_id, incident_id)
    if row.status != "open":
        raise Refused("incident_done", {"name": row.resolver or "", "at": row.resolved_at}, 409)
    return row


def _case(reader: Connection, row: Any) -> CaseState | None:
    if row.case_id is None:
        return None
    found = reader.execute(
        sa.select(t.case).where(t.case.c.tenant_id == row.tenant_id, t.case.c.id == row.case_id)
    ).one()
    return CaseState.of(found)


def _prepare_resolve(
    reader: Connection, services: Services, actor: Actor, ask: Resolve, now: dt.datetime
) -> _Plan:
    row = _open(reader, actor, ask.incident_id)
    note = printable(lines(ask.note)).strip()
    if len(note) < NOTE:
        raise Refused("note_short", {"minimum": NOTE}, 422)
    if len(note) > LONGEST:
        raise Refused("note_long", {"maximum": LONGEST}, 422)
    place = f"incident.note_sealed.{row.id}"
    sealed = services.sealer.seal(actor.tenant_id, TENANT, place, note.encode("utf-8"))
    return _Plan(actor, ask, row, _case(reader, row), sealed)


def _commit_resolve(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    _close(writer, plan, now, t.incident.c.id == plan.row.id)
    if plan.case_state is not None:
        events.append(writer, plan.case_state, [_event(plan, now)])
    _told(writer, services, plan, "incident_resolved", now)


def _prepare_retry(
    reader: Connection, services: Services, actor: Actor, ask: Retry, now: dt.datetime
) -> _Plan:
    row = _open(reader, actor, ask.incident_id)
    if row.code == "no_candidate":
        lists = services.reference.at(reader, actor.tenant_id, now)
        if not lists.holders((str(row.data.get("role")),)):
            raise Refused("incident_still_nobody", {}, 409)
        return _Plan(actor, ask, row, _case(reader, row))
    if not row.code.startswith("flow_") or row.instance_id is None:
        raise Refused("incident_no_retry", {}, 409)
    wanted = {
        "tenant_id": row.tenant_id, "id": 0, "instance_id": row.instance_id, "key": "",
    }  # fmt: skip
    fire = system_moves.prepare_fire(reader, services, wanted, now, resume=True)
    if fire.movement is None or fire.case_state is None:
        raise Refused("incident_over", {}, 409)
    if fire.movement.status == "incident":
        raise Refused("incident_still_stopped", {}, 409)
    return _Plan(actor, ask, row, fire.case_state, None, fire)


def _commit_retry(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    """Write what the process did; all incidents at which it stood are over."""
    i = t.incident.c
    fire = plan.fire
    if fire is not None and fire.movement is not None and fire.case_state is not None:
        movement = replace(fire.movement, events=(_event(plan, now), *fire.movement.events))
        system_moves.write_move(writer, fire, movement, fire.case_state, now)
        _close(writer, plan, now, i.instance_id == plan.row.instance_id, i.code.startswith("flow_"))
    else:
        _close(writer, plan, now, i.id == plan.row.id)
        if plan.case_state is not None:
            events.append(writer, plan.case_state, [_event(plan, now)])
    _told(writer, services, plan, "incident_retried", now)


def _event(plan: _Plan, now: dt.datetime) -> Event:
    return Event("incident_resolved", now, {"code": plan.row.code}, plan.actor.party_id)


def _close(writer: Connection, plan: _Plan, now: dt.datetime, *conditions: Any) -> None:
    done = writer.execute(
        sa.update(t.incident)
        .where(
            t.incident.c.tenant_id == plan.actor.tenant_id,
            t.incident.c.status == "open",
            *conditions,
        )
        .values(
            status="resolved", resolved_at=now, resolved_by=plan.actor.party_id,
            note_sealed=plan.sealed,
        )
    )  # fmt: skip
    if not done.rowcount:
        raise StaleError(f"Incident {plan.row.id} was closed meanwhile.")


def _told(
    writer: Connection, services: Services, plan: _Plan, action: str, now: dt.datetime
) -> None:
    data: Mapping[str, Any] = {"kind": plan.row.code, "case": str(plan.row.case_id or "")}
    write_down(
        writer, services, plan.actor, action, f"incident:{plan.row.id}", data, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip


RESOLVE = UseCase(_prepare_resolve, _commit_resolve)
RETRY = UseCase(_prepare_retry, _commit_retry)
