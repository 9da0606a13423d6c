"""Unmasking: with a reason, written down in its own transaction before the value leaves."""

import base64
import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied, keys_of
from gcrm.runtime.answers import SEALED
from gcrm.runtime.people import RESOURCE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.ciphers import label_of

MINIMUM = 5  # characters of a reason
MAXIMUM = 200
ACTION = "reveal"

_LONG_NUMBER = re.compile(r"[0-9０-９]{6,}[0-9０-９Xx]?")


@dataclass(frozen=True, slots=True)
class Reveal:
    """One answer of a case that is shown masked, and what somebody needs it for."""

    case_id: int
    field_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RevealIdentifier:
    """One identifier of a party, and what somebody needs it for."""

    identifier_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A sealed value, where it lies, and who will be told that it was looked at."""

    actor: Actor
    subject: str
    chains: tuple[str, ...]
    reason: str
    party_id: int
    place: str
    sealed: bytes
    is_json: bool


@dataclass(frozen=True, slots=True)
class Revealed:
    """The value as JSON, on its way to one page."""

    value: Any


def _prepare_field(
    reader: Connection, services: Services, actor: Actor, ask: Reveal, now: dt.datetime
) -> Plan:
    """Find the newest answer. Raises Denied unless the case may be revealed and the field seen."""
    reason = clean_reason(ask.reason)
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    case = accessor.get("case", ask.case_id, ACTION)
    rows = reader.execute(
        sa.select(
            t.submission.c.id, t.submission.c.snapshot, t.submission.c.form_id,
            t.submission.c.release,
        )
        .where(
            t.submission.c.tenant_id == actor.tenant_id,
            t.submission.c.case_id == ask.case_id,
        )
        .order_by(t.submission.c.submitted_at.desc(), t.submission.c.id.desc())
    ).all()  # fmt: skip
    roles = {post.role for post in actor.posts}
    for row in rows:
        values = json.loads(row.snapshot)["values"]
        if ask.field_id not in values:
            continue
        app = services.apps.load(reader, actor.tenant_id, case["app_id"], row.release)
        rights = app.forms[row.form_id].rights_for(case["step_id"] or "*", roles)
        if rights.get(ask.field_id, "hidden") == "hidden":
            raise Denied("field")
        value = values[ask.field_id]
        if not isinstance(value, Mapping) or SEALED not in value:
            raise Denied("field")  # nothing is masked there
        sealed = base64.b64decode(value[SEALED])
        party_id = label_of(sealed).party_id
        services.sealer.load(reader, actor.tenant_id, (party_id,))
        return Plan(
            actor,
            f"field:{ask.field_id}",
            (audit.case_chain(ask.case_id), audit.party_chain(party_id)),
            reason,
            party_id,
            f"submission.snapshot.{row.id}.{ask.field_id}",  # as answers.snapshot seals it
            sealed,
            True,
        )
    raise Refused("reveal_empty", {}, 404)


def _prepare_identifier(
    reader: Connection, services: Services, actor: Actor, ask: RevealIdentifier, now: dt.datetime
) -> Plan:
    reason = clean_reason(ask.reason)
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, ACTION)
    row = reader.execute(
        sa.select(t.identifier.c.id, t.identifier.c.party_id, t.identifier.c.sealed).where(
            t.identifier.c.tenant_id == actor.tenant_id, t.identifier.c.id == ask.identifier_id
        )
    ).first()
    if row is None:
        raise Denied("identifier")
    services.sealer.load(reader, actor.tenant_id, (row.party_id,))
    return Plan(
        actor, f"identifier:{row.id}", (audit.party_chain(row.party_id),), reason, row.party_id,
        f"identifier.sealed.{row.id}", row.sealed, False,
    )  # fmt: skip


def _commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Plan:
    """Write down who looks at what and why, for the case and for the person."""
    actor = plan.actor
    entries = [
        audit.Entry(
            chain, "revealed", plan.subject, now, {"reason": plan.reason}, actor.party_id,
            actor.account_id,
        )
        for chain in plan.chains
    ]  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, entries)
    return plan


def _after(services: Services, receipt: Plan) -> Revealed:
    """Open the value, now that looking at it is on record."""
    opened = services.sealer.open(
        receipt.actor.tenant_id, receipt.party_id, receipt.place, receipt.sealed
    ).decode("utf-8")
    return Revealed(json.loads(opened) if receipt.is_json else opened)


REVEAL = UseCase(_prepare_field, _commit, _after)
REVEAL_IDENTIFIER = UseCase(_prepare_identifier, _commit, _after)


def clean_reason(text: str) -> str:
    """Give the reason as it is kept: long numbers are struck out, since audit holds no values.

    Raises Refused where nothing is said.
    """
    reason = " ".join(text.replace("\0", "").split())[:MAXIMUM]
    if len(reason) < MINIMUM:
        raise Refused("reason_missing", {"minimum": MINIMUM}, 422)
    return _LONG_NUMBER.sub("***", reason)
