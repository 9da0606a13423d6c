"""Joining two records of one person, and taking that back."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime.people import RESOURCE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError


@dataclass(frozen=True, slots=True)
class Merge:
    """Which record is kept, and which is joined with it."""

    kept_id: int
    merged_id: int


@dataclass(frozen=True, slots=True)
class Unmerge:
    """Which merge is taken back."""

    merge_id: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Two records, and the merge that joins them."""

    actor: Actor
    kept_id: int
    merged_id: int
    merge_id: int


def _prepare_merge(
    reader: Connection, services: Services, actor: Actor, ask: Merge, now: dt.datetime
) -> Plan:
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    if ask.kept_id == ask.merged_id:
        raise Refused("merge_self", {}, 422)
    rows = {
        row.id: row
        for row in reader.execute(
            sa.select(t.party.c.id, t.party.c.name, t.party.c.merged_into).where(
                t.party.c.tenant_id == actor.tenant_id,
                t.party.c.id.in_((ask.kept_id, ask.merged_id)),
            )
        )
    }
    if len(rows) != 2:
        raise Refused("party_unknown", {}, 404)
    for row in rows.values():
        if row.merged_into is not None:
            raise Refused("merge_done", {"name": row.name}, 409)
    numbers = reader.execute(
        sa.select(t.identifier.c.kind, t.identifier.c.party_id).where(
            t.identifier.c.tenant_id == actor.tenant_id,
            t.identifier.c.party_id.in_((ask.kept_id, ask.merged_id)),
            t.identifier.c.kind.in_(("resident_id", "uscc")),
        )
    ).all()
    kinds = {(row.kind, row.party_id) for row in numbers}
    for kind in ("resident_id", "uscc"):  # one value has one row: two rows are two values
        if (kind, ask.kept_id) in kinds and (kind, ask.merged_id) in kinds:
            raise Refused("merge_conflict", {}, 409)
    return Plan(actor, ask.kept_id, ask.merged_id, new_id())


def _commit_merge(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> int:
    """Mark the one as joined with the other: keys of both open the rows of both; no row moves."""
    tenant_id = plan.actor.tenant_id
    for party_id in (plan.kept_id, plan.merged_id):
        open_yet = writer.execute(
            sa.update(t.party)
            .where(
                t.party.c.tenant_id == tenant_id,
                t.party.c.id == party_id,
                t.party.c.merged_into.is_(None),
            )
            .values(merged_into=None if party_id == plan.kept_id else plan.kept_id)
        ).rowcount
        if open_yet != 1:
            raise StaleError("One of the records was joined meanwhile.")
    writer.execute(
        sa.insert(t.party_merge),
        {
            "tenant_id": tenant_id, "id": plan.merge_id, "kept_id": plan.kept_id,
            "merged_id": plan.merged_id, "merged_by": plan.actor.party_id, "merged_at": now,
        },
    )  # fmt: skip
    _record(writer, services, plan, "party_merged", now)
    return plan.merge_id


def _prepare_unmerge(
    reader: Connection, services: Services, actor: Actor, ask: Unmerge, now: dt.datetime
) -> Plan:
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    row = reader.execute(
        sa.select(t.party_merge).where(
            t.party_merge.c.tenant_id == actor.tenant_id, t.party_merge.c.id == ask.merge_id
        )
    ).first()
    if row is None:
        raise Refused("party_unknown", {}, 404)
    if row.undone_at is not None:
        raise Refused("merge_undone", {}, 409)
    return Plan(actor, row.kept_id, row.merged_id, row.id)


def _commit_unmerge(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> None:
    tenant_id = plan.actor.tenant_id
    undone = writer.execute(
        sa.update(t.party_merge)
        .where(
            t.party_merge.c.tenant_id == tenant_id,
            t.party_merge.c.id == plan.merge_id,
            t.party_merge.c.undone_at.is_(None),
        )
        .values(undone_at=now)
    ).rowcount
    if undone != 1:
        raise StaleError("This was undone meanwhile.")
    writer.execute(
        sa.update(t.party)
        .where(
            t.party.c.tenant_id == tenant_id,
            t.party.c.id == plan.merged_id,
            t.party.c.merged_into == plan.kept_id,
        )
        .values(merged_into=None)
    )
    _record(writer, services, plan, "party_unmerged", now)


MERGE = UseCase(_prepare_merge, _commit_merge)
UNMERGE = UseCase(_prepare_unmerge, _commit_unmerge)


def _record(
    writer: Connection, services: Services, plan: Plan, action: str, now: dt.datetime
) -> None:
    actor = plan.actor
    entries = [
        audit.Entry(
            audit.party_chain(party_id), action, f"party_merge:{plan.merge_id}", now,
            {"kept": str(plan.kept_id), "merged": str(plan.merged_id)}, actor.party_id,
            actor.account_id,
        )
        for party_id in sorted((plan.kept_id, plan.merged_id))
    ]  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, entries)
