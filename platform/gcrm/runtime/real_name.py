"""The real-name step: a name and an ID number, checked with the population register (L2)."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from form_engine.fields.idcard import birth_date, check_digit
from gcrm.access import Actor
from gcrm.connectors import ConnectorError
from gcrm.runtime import throttles
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.masks import mask

KIND = "resident_id"
L2 = 2
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True, slots=True)
class RealName:
    """What was typed."""

    name: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the register said, and what will be written."""

    actor: Actor
    subject: str
    refused: Refused | None
    name: str = ""
    index: bytes = b""
    identifier: dict[str, Any] | None = None  # a new row
    known_identifier: int | None = None
    party_id: int = 0  # whose the number is from now on
    phone_sealed: bytes | None = None  # sealed again where the account moves to another party


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The answer: the account is at L2 under this party, or a refusal that was written down."""

    party_id: int
    name: str
    refused: Refused | None = None


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: RealName, now: dt.datetime
) -> Plan:
    """Check the number, ask the register, and find whose number it is.

    Raises Refused where nothing was compared; the register being away is such a
    refusal (`real_name_away`): the account stays at L1.
    """
    if actor.kind != "citizen":
        raise Refused("not_found", {}, 404)
    name = clean_name(ask.name)
    number = clean_id_number(ask.id_number, now.astimezone(services.zone).date())
    sealer, tenant_id = services.sealer, actor.tenant_id
    subject = f"real_name:{actor.account_id}"
    throttle = throttles.read_throttles(reader, tenant_id, (subject,), now)[subject]
    until = throttle.locked(now)
    if until is not None:
        raise Refused("real_name_often", {"until": until}, 429)
    try:
        person = services.connectors.population.find(number)
    except ConnectorError:
        raise Refused("real_name_away", {}, 503) from None
    if person is None or clean_name(person.name) != name:
        return Plan(actor, subject, Refused("real_name_mismatch", {}, 422))
    if not person.alive:
        return Plan(actor, subject, Refused("real_name_dead", {}, 422))
    index = sealer.blind_index(tenant_id, KIND, number)
    party_id, known = _owner(reader, actor, index)
    sealer.load(reader, tenant_id, {party_id, actor.party_id})
    identifier = None
    if known is None:
        key = new_id()
        place = f"identifier.sealed.{key}"
        identifier = {
            "tenant_id": tenant_id, "id": key, "party_id": party_id, "kind": KIND,
            "blind_index": index,
            "sealed": sealer.seal(tenant_id, party_id, place, number.encode("ascii")),
            "mask": mask(KIND, number), "source": "population", "assurance": L2,
            "created_at": now,
        }  # fmt: skip
    phone = _phone_sealed_for(reader, services, actor, party_id)
    return Plan(actor, subject, None, name, index, identifier, known, party_id, phone)


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Confirmed:
    """Raise the account to L2, or count the failure."""
    actor, tenant_id = plan.actor, plan.actor.tenant_id
    if plan.refused is not None:
        throttles.failed(writer, tenant_id, plan.subject, throttles.REAL_NAME, now)
        _record(writer, services, plan, "real_name_failed", actor.party_id, now)
        return Confirmed(actor.party_id, "", plan.refused)
    if plan.identifier is not None:
        writer.execute(sa.insert(t.identifier), plan.identifier)
    else:
        _confirm_identifier(writer, plan)
    if plan.party_id != actor.party_id:
        _move_account(writer, plan, now)
    writer.execute(
        sa.update(t.party)
        .where(t.party.c.tenant_id == tenant_id, t.party.c.id == plan.party_id)
        .values(kind="natural", name=plan.name)
    )
    raised = writer.execute(
        sa.update(t.account)
        .where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.id == actor.account_id,
            t.account.c.party_id == plan.party_id,
        )
        .values(assurance=sa.case((t.account.c.assurance > L2, t.account.c.assurance), else_=L2))
    ).rowcount
    if raised != 1:
        raise StaleError("The account has moved to another party meanwhile.")
    throttles.forgive(writer, tenant_id, (plan.subject,))
    _record(writer, services, plan, "real_name", plan.party_id, now)
    return Confirmed(plan.party_id, plan.name)


def after(services: Services, receipt: Confirmed) -> None:
    """Raise the refusal, now that the failure is counted."""
    if receipt.refused is not None:
        raise receipt.refused


CONFIRM = UseCase(prepare, commit, after)


def clean_name(text: str) -> str:
    """Give a name as it is compared: composed signs, no blanks, one kind of middle dot.

    Raises Refused where nothing is left.
    """
    name = "".join(unicodedata.normalize("NFC", text).split())
    name = re.sub("[•‧・．∙●.]", "·", name)[:50]
    if not name or any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise Refused("name_missing", {}, 422)
    return name


def clean_id_number(text: str, today: dt.date) -> str:
    """Give an ID number of 18 places (GB 11643-1999). Raises Refused for anything else."""
    number = "".join(text.split()).upper()
    if _SHAPE.fullmatch(number) is None or not number.isascii():
        raise Refused("id_wrong", {}, 422)
    born = birth_date(number)
    if born is None or born > today or check_digit(number) != number[17]:
        raise Refused("id_wrong", {}, 422)
    return number


def _owner(reader: Connection, actor: Actor, index: bytes) -> tuple[int, int | None]:
    """Find whose number it is: the actor's own party, one without a citizen account, or new.

    Raises Refused where another account has it, or where this account has another number.
    """
    tenant_id = actor.tenant_id
    own = t.identifier.c
    rows = reader.execute(
        sa.select(own.id, own.party_id, own.blind_index, own.assurance).where(
            own.tenant_id == tenant_id,
            own.kind == KIND,
            sa.or_(own.blind_index == index, own.party_id == actor.party_id),
        )
    ).all()
    mine = [row for row in rows if row.party_id == actor.party_id]
    if any(bytes(row.blind_index) != index for row in mine):
        raise Refused("real_name_other", {}, 409)
    holder = next((row for row in rows if bytes(row.blind_index) == index), None)
    if holder is None:
        return actor.party_id, None
    if holder.party_id == actor.party_id:
        return actor.party_id, holder.id
    taken = reader.execute(
        sa.select(t.account.c.id).where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.party_id == holder.party_id,
            t.account.c.kind == "citizen",
        )
    ).first()
    if taken is not None:
        raise Refused("real_name_taken", {}, 409)
    return holder.party_id, holder.id


def _phone_sealed_for(
    reader: Connection, services: Services, actor: Actor, party_id: int
) -> bytes | None:
    """Seal the account's phone for another party, where the account moves there."""
    if party_id == actor.party_id:
        return None
    sealed = reader.execute(
        sa.select(t.account.c.phone_sealed).where(
            t.account.c.tenant_id == actor.tenant_id, t.account.c.id == actor.account_id
        )
    ).scalar()
    if sealed is None:
        return None
    place = f"account.phone_sealed.{actor.account_id}"
    phone = services.sealer.open(actor.tenant_id, actor.party_id, place, sealed)
    return services.sealer.seal(actor.tenant_id, party_id, place, phone)


def _confirm_identifier(writer: Connection, plan: Plan) -> None:
    """Raise what a form had only declared, or what was confirmed before."""
    columns = t.identifier.c
    confirmed = writer.execute(
        sa.update(t.identifier)
        .where(
            columns.tenant_id == plan.actor.tenant_id,
            columns.id == plan.known_identifier,
            columns.party_id == plan.party_id,
        )
        .values(assurance=sa.case((columns.assurance > L2, columns.assurance), else_=L2))
    ).rowcount
    if confirmed != 1:
        raise StaleError("The identifier has moved to another party meanwhile.")


def _move_account(writer: Connection, plan: Plan, now: dt.datetime) -> None:
    """Join the account's nameless party with the one that a form had made for this person."""
    actor, tenant_id = plan.actor, plan.actor.tenant_id
    taken = writer.execute(
        sa.select(t.account.c.id).where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.party_id == plan.party_id,
            t.account.c.kind == "citizen",
        )
    ).first()
    if taken is not None:
        raise StaleError("Another account was confirmed with this number meanwhile.")
    writer.execute(
        sa.update(t.account)
        .where(t.account.c.tenant_id == tenant_id, t.account.c.id == actor.account_id)
        .values(party_id=plan.party_id, phone_sealed=plan.phone_sealed)
    )
    writer.execute(
        sa.update(t.party)
        .where(t.party.c.tenant_id == tenant_id, t.party.c.id == actor.party_id)
        .values(merged_into=plan.party_id)
    )
    writer.execute(
        sa.insert(t.party_merge),
        {
            "tenant_id": tenant_id, "id": new_id(), "kept_id": plan.party_id,
            "merged_id": actor.party_id, "merged_by": plan.party_id, "merged_at": now,
        },
    )  # fmt: skip


def _record(
    writer: Connection,
    services: Services,
    plan: Plan,
    action: str,
    party_id: int,
    now: dt.datetime,
) -> None:
    actor = plan.actor
    data: dict[str, Any] = {"code": plan.refused.code} if plan.refused is not None else {}
    entry = audit.Entry(
        audit.party_chain(party_id), action, f"account:{actor.account_id}", now, data,
        actor.party_id, actor.account_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])
