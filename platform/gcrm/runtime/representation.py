"""Who acts for whom: declared with proof in an application, or entered by staff; always ended."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied, keys_of
from gcrm.runtime.people import RESOURCE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id

Kind = Literal["parent", "agent", "legal_representative", "handler", "helper"]

L2 = 2


@dataclass(frozen=True, slots=True)
class Declared:
    """What an application says: who acts for whom, in which app, with which proof.

    `proof` names what shows it (an attachment's id, a relation from the form);
    helpers give their staff number instead.
    """

    principal_id: int
    representative_id: int
    kind: Kind
    scope: str
    proof: str = ""
    staff_number: str = ""


def check_declared(actor: Actor, declared: Declared) -> None:
    """Refuse a declaration that cannot stand. Raises Refused; reads nothing."""
    if declared.principal_id == declared.representative_id:
        raise Refused("represent_self", {}, 422)
    if actor.assurance < L2:
        raise Refused("represent_assurance", {}, 403)
    if declared.kind == "helper" and not declared.staff_number.strip():
        raise Refused("represent_number", {}, 422)
    if declared.kind != "helper" and not declared.proof.strip():
        raise Refused("represent_proof", {}, 422)


def find_helper(reader: Connection, tenant_id: int, staff_number: str) -> int:
    """Find the party of a helper by the staff number, which is the name they log in with.

    Raises Refused where there is none, or the account is switched off.
    """
    number = staff_number.strip().casefold().replace("\0", "")[:120]
    party = reader.execute(
        sa.select(t.account.c.party_id).where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.login == number,
            t.account.c.kind == "staff",
            t.account.c.disabled.is_(False),
        )
    ).scalar()
    if party is None:
        raise Refused("represent_number", {}, 422)
    return int(party)


def declaration_row(tenant_id: int, declared: Declared, now: dt.datetime, today: dt.date) -> Any:
    """Give the row of a declaration, to be inserted with the submission that makes it."""
    return {
        "tenant_id": tenant_id, "id": new_id(), "principal_id": declared.principal_id,
        "representative_id": declared.representative_id, "kind": declared.kind,
        "scope": declared.scope, "staff_number": declared.staff_number.strip()[:40] or None,
        "proof": declared.proof or None, "valid_from": today, "valid_to": None,
        "created_at": now,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Enter:
    """A representation entered by staff who saw the proof: a parent, a legal representative."""

    declared: Declared
    valid_from: dt.date
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Which representation ends today; both sides may end it, and staff."""

    representation_id: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written."""

    actor: Actor
    row: Any


def _prepare_enter(
    reader: Connection, services: Services, actor: Actor, ask: Enter, now: dt.datetime
) -> Plan:
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    declared = ask.declared
    check_declared(actor, declared)
    if ask.valid_to is not None and ask.valid_to < ask.valid_from:
        raise Refused("represent_dates", {"from": ask.valid_from}, 422)
    if declared.kind == "helper":
        find_helper(reader, actor.tenant_id, declared.staff_number)
    known = reader.execute(
        sa.select(sa.func.count())
        .select_from(t.party)
        .where(
            t.party.c.tenant_id == actor.tenant_id,
            t.party.c.id.in_((declared.principal_id, declared.representative_id)),
        )
    ).scalar_one()
    if known != 2:
        raise Refused("party_unknown", {}, 404)
    row = declaration_row(actor.tenant_id, declared, now, ask.valid_from)
    return Plan(actor, {**row, "valid_to": ask.valid_to})


def _commit_enter(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> int:
    writer.execute(sa.insert(t.representation), plan.row)
    _record(writer, services, plan, "represents", now)
    return int(plan.row["id"])


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: End, now: dt.datetime
) -> Plan:
    row = (
        reader.execute(
            sa.select(t.representation).where(
                t.representation.c.tenant_id == actor.tenant_id,
                t.representation.c.id == ask.representation_id,
            )
        )
        .mappings()
        .first()
    )
    keys = keys_of(reader, actor)
    accessor = Accessor(reader, actor, keys)
    mine = row is not None and not keys.parties.isdisjoint(
        (row["principal_id"], row["representative_id"])
    )
    if row is None or not (mine or accessor.has(RESOURCE, "write")):
        raise Denied("representation")
    return Plan(actor, dict(row))


def _commit_end(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> None:
    """End it at once: its last day is yesterday."""
    yesterday = now.astimezone(services.zone).date() - dt.timedelta(days=1)
    columns = t.representation.c
    writer.execute(
        sa.update(t.representation)
        .where(
            columns.tenant_id == plan.actor.tenant_id,
            columns.id == plan.row["id"],
            sa.or_(columns.valid_to.is_(None), columns.valid_to > yesterday),
        )
        .values(valid_to=yesterday)
    )
    _record(writer, services, plan, "represents_no_more", now)


ENTER = UseCase(_prepare_enter, _commit_enter)
END = UseCase(_prepare_end, _commit_end)


def _record(
    writer: Connection, services: Services, plan: Plan, action: str, now: dt.datetime
) -> None:
    actor, row = plan.actor, plan.row
    entries = [
        audit.Entry(
            audit.party_chain(party_id), action, f"representation:{row['id']}", now,
            {"kind": row["kind"], "scope": row["scope"]}, actor.party_id, actor.account_id,
        )
        for party_id in sorted({row["principal_id"], row["representative_id"]})
    ]  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, entries)
