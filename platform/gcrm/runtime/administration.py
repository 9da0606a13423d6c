"""What all administration has in common: may they, who was faster, what is written down."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import audit
from gcrm.store import tables as t

PAGE = 50


def require(reader: Connection, actor: Actor, resource: str, action: str) -> Accessor:
    """Give the accessor of somebody who may; raises Denied for everybody else."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    accessor.require(resource, action)
    return accessor


def write_down(
    writer: Connection,
    services: Services,
    actor: Actor,
    action: str,
    subject: str,
    data: Mapping[str, Any],
    now: dt.datetime,
    *,
    chain: str = audit.TENANT_CHAIN,
    request_id: str | None = None,
) -> None:
    """Write an audit row in the transaction of what it tells. Values are codes, names, masks."""
    entry = audit.Entry(
        chain, action, subject, now, data, actor.party_id, actor.account_id, request_id
    )
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Give before and after of what differs, in words that an audit row may hold."""
    return {
        name: {"before": _told(before.get(name)), "after": _told(after[name])}
        for name in after
        if before.get(name) != after[name]
    }


def _told(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def faster(reader: Connection, tenant_id: int, subject: str, chain: str) -> Refused:
    """Say who changed the subject last, and when: somebody was faster than this form."""
    last = last_change(reader, tenant_id, subject, chain)
    if last is None:
        return Refused("changed_meanwhile", {}, 409)
    return Refused("changed_by", {"name": last.name or "", "at": last.at}, 409)


def last_change(reader: Connection, tenant_id: int, subject: str, chain: str) -> Any:
    """Read the newest audit row about a subject: name, at, action; None where there is none."""
    a = t.audit.c
    return reader.execute(
        sa.select(t.party.c.name, a.at, a.action, a.data)
        .select_from(
            t.audit.outerjoin(
                t.party,
                sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.actor_id),
            )
        )
        .where(
            a.tenant_id == tenant_id,
            a.chain == chain,
            a.subject == subject,
            a.action.not_in(SILENT),
        )
        .order_by(a.seq.desc())
        .limit(1)
    ).first()


SILENT = ("login", "logout", "login_failed", "login_locked", "step_up", "password_changed")
"""What people do with their own account: no change of what a form shows."""


def history(
    reader: Connection, tenant_id: int, chain: str, subject: str | None = None, limit: int = 20
) -> Sequence[Any]:
    """Read the newest audit rows of a chain, of one subject where one is named."""
    a = t.audit.c
    wanted = [a.tenant_id == tenant_id, a.chain == chain]
    if subject is not None:
        wanted.append(a.subject == subject)
    return reader.execute(
        sa.select(a.id, a.at, a.action, a.data, t.party.c.name)
        .select_from(
            t.audit.outerjoin(
                t.party,
                sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.actor_id),
            )
        )
        .where(*wanted)
        .order_by(a.seq.desc())
        .limit(limit)
    ).all()


def offices(accessor: Accessor, resource: str, action: str) -> frozenset[int] | None:
    """Give the departments for which somebody administers; None: for all."""
    if accessor.may(resource, action, {}):
        return None
    d = t.department.c
    rows = accessor.reader.execute(
        sa.select(d.id, d.region_code).where(d.tenant_id == accessor.actor.tenant_id)
    )
    return frozenset(
        row.id
        for row in rows
        if accessor.may(resource, action, {"department_id": row.id, "region_code": row.region_code})
    )


def forget(services: Services, receipt: Any) -> Any:
    """Let this process read its lists again: regions, calendar, parameters, who holds what."""
    services.reference.forget(receipt.tenant_id)
    return receipt
