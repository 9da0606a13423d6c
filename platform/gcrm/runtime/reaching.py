"""How a person wants to be reached: channels, nights, and a mail address they confirmed."""

import datetime as dt
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.connectors import ConnectorError, Mail
from gcrm.runtime.public_address import base_of
from gcrm.runtime.refusals import Refused, sentence
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.masks import mask
from gcrm.store.numbers import upsert

ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LASTS = dt.timedelta(minutes=30)
WAIT = dt.timedelta(seconds=60)
DAY = dt.timedelta(hours=24)
MOST_A_DAY = 10
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of how to reach somebody. `pending` is a masked address that waits for its
    code."""

    phone_mask: str
    mail_mask: str
    sms: bool
    mail: bool
    night: bool
    pending: str


def read_reach(reader: Connection, actor: Actor, now: dt.datetime) -> Reach:
    """Read it: two statements. Without a choice text messages go out, by day."""
    account, contact = t.account.c, t.contact.c
    same = sa.and_(contact.tenant_id == account.tenant_id, contact.account_id == account.id)
    row = reader.execute(
        sa.select(account.phone_mask, contact.mail_mask, contact.sms, contact.mail, contact.night)
        .select_from(t.account.outerjoin(t.contact, same))
        .where(account.tenant_id == actor.tenant_id, account.id == actor.account_id)
    ).one()
    pending = _newest(reader, actor)
    waits = pending is not None and pending.used_at is None and pending.expires_at > now
    return Reach(
        row.phone_mask or "",
        row.mail_mask or "",
        row.sms is not False,
        bool(row.mail),
        bool(row.night),
        pending.mail_mask if waits else "",
    )


@dataclass(frozen=True, slots=True)
class Choose:
    """Choose channels. What the platform itself shows is always there."""

    sms: bool
    mail: bool
    night: bool


def prepare_choose(
    reader: Connection, services: Services, actor: Actor, ask: Choose, now: dt.datetime
) -> tuple[Actor, Choose]:
    """Mail needs an address that was confirmed."""
    if ask.mail and not read_reach(reader, actor, now).mail_mask:
        raise Refused("mail_none", status=422)
    return actor, ask


def commit_choose(
    writer: Connection, services: Services, plan: tuple[Actor, Choose], now: dt.datetime
) -> None:
    """Write it down."""
    actor, ask = plan
    values = {"sms": ask.sms, "mail": ask.mail, "night": ask.night}
    _store(writer, actor, values, now)


CHOOSE = UseCase(prepare_choose, commit_choose)


@dataclass(frozen=True, slots=True)
class AskMailCode:
    """Send a code to an address that somebody wants to use."""

    address: str
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class _CodePlan:
    row: dict[str, Any]
    mail: Mail


def prepare_code(
    reader: Connection, services: Services, actor: Actor, ask: AskMailCode, now: dt.datetime
) -> _CodePlan:
    """Make a code, unless one was sent a moment ago or too many were sent today."""
    address = ask.address.strip()
    if len(address) > 120 or not address.isascii() or ADDRESS.fullmatch(address) is None:
        raise Refused("mail_wrong", status=422)
    code_of = t.mail_code.c
    sent = list(
        reader.execute(
            sa.select(code_of.created_at)
            .where(
                code_of.tenant_id == actor.tenant_id,
                code_of.account_id == actor.account_id,
                code_of.created_at > now - DAY,
            )
            .order_by(code_of.created_at.desc())
        ).scalars()
    )
    if sent and now < sent[0] + WAIT:
        left = (sent[0] + WAIT - now).total_seconds()
        raise Refused("mail_code_wait", {"seconds": max(int(left + 0.999), 1)}, 429)
    if len(sent) >= MOST_A_DAY:
        raise Refused("mail_code_many", status=429)
    services.sealer.load(reader, actor.tenant_id, (actor.party_id,))
    key, code = new_id(), f"{secrets.randbelow(1_000_000):06}"
    place = f"mail_code.mail_sealed.{key}"
    row = {
        "tenant_id": actor.tenant_id, "id": key, "account_id": actor.account_id,
        "party_id": actor.party_id,
        "mail_sealed": services.sealer.seal(
            actor.tenant_id, actor.party_id, place, address.encode("ascii")
        ),
        "mail_mask": mask("mail", address),
        "code_hash": _code_hash(services, actor.tenant_id, key, code),
        "attempts": 0, "created_at": now, "expires_at": now + LASTS, "used_at": None,
    }  # fmt: skip
    minutes = int(LASTS.total_seconds() // 60)
    link = f"{base_of(reader, services, actor.tenant_id)}/me/contact"
    text = sentence("mail_code_text", ask.locale, code=code, minutes=minutes, link=link)
    subject = sentence("mail_code_subject", ask.locale)
    return _CodePlan(row, Mail(actor.tenant_id, address, subject, text, now, f"code{key}"))


def commit_code(
    writer: Connection, services: Services, plan: _CodePlan, now: dt.datetime
) -> _CodePlan:
    """Store the code; the mail goes out afterwards."""
    writer.execute(sa.insert(t.mail_code), plan.row)
    return plan


def after_code(services: Services, receipt: _CodePlan) -> str:
    """Send the mail and give the masked address."""
    try:
        services.connectors.mail.send(receipt.mail)
    except ConnectorError as failure:
        code = "mail_wrong" if failure.permanent else "mail_away"
        raise Refused(code, status=422 if failure.permanent else 503) from None
    return str(receipt.row["mail_mask"])


ASK_MAIL_CODE = UseCase(prepare_code, commit_code, after_code)


@dataclass(frozen=True, slots=True)
class ConfirmMail:
    """Type the code of the mail."""

    code: str


@dataclass(frozen=True, slots=True)
class _Confirm:
    actor: Actor
    code_id: int
    attempts: int
    right: bool
    sealed: bytes
    mail_mask: str


def prepare_confirm(
    reader: Connection, services: Services, actor: Actor, ask: ConfirmMail, now: dt.datetime
) -> _Confirm:
    """Compare the code, and seal the address for its new place."""
    row = _newest(reader, actor)
    if row is None or row.used_at is not None or row.expires_at <= now or row.attempts >= ATTEMPTS:
        raise Refused("mail_code_over", status=410)
    typed = re.sub(r"\s", "", ask.code)[:20]
    right = hmac.compare_digest(_code_hash(services, actor.tenant_id, row.id, typed), row.code_hash)
    services.sealer.load(reader, actor.tenant_id, (row.party_id,))
    place = f"mail_code.mail_sealed.{row.id}"
    address = services.sealer.open(actor.tenant_id, row.party_id, place, row.mail_sealed)
    sealed = services.sealer.seal(
        actor.tenant_id, row.party_id, f"contact.mail_sealed.{actor.account_id}", address
    )
    return _Confirm(actor, row.id, row.attempts, right, sealed, row.mail_mask)


def commit_confirm(
    writer: Connection, services: Services, plan: _Confirm, now: dt.datetime
) -> Refused | None:
    """Use the code up and keep the address, or count a wrong try."""
    actor, codes = plan.actor, t.mail_code.c
    mine = (codes.tenant_id == actor.tenant_id, codes.id == plan.code_id, codes.used_at.is_(None))
    if not plan.right:
        writer.execute(sa.update(t.mail_code).where(*mine).values(attempts=codes.attempts + 1))
        left = ATTEMPTS - plan.attempts - 1
        if left <= 0:
            return Refused("mail_code_over", status=410)
        return Refused("mail_code_wrong", {"left": left}, 422)
    used = writer.execute(
        sa.update(t.mail_code).where(*mine, codes.attempts < ATTEMPTS).values(used_at=now)
    )
    if used.rowcount != 1:
        raise StaleError("This code was used meanwhile.")
    values = {
        "mail_sealed": plan.sealed, "mail_mask": plan.mail_mask, "mail_since": now, "mail": True,
    }  # fmt: skip
    _store(writer, actor, values, now)
    _record(writer, services, actor, "mail_confirmed", now)
    return None


def after_confirm(services: Services, receipt: Refused | None) -> None:
    """Raise the refusal that was counted."""
    if receipt is not None:
        raise receipt


CONFIRM_MAIL = UseCase(prepare_confirm, commit_confirm, after_confirm)


@dataclass(frozen=True, slots=True)
class RemoveMail:
    """Forget the mail address."""


def prepare_remove(
    reader: Connection, services: Services, actor: Actor, ask: RemoveMail, now: dt.datetime
) -> Actor:
    """Nothing is to be decided."""
    return actor


def commit_remove(writer: Connection, services: Services, plan: Actor, now: dt.datetime) -> None:
    """Wipe it, with codes that were sent to it."""
    values = {"mail_sealed": None, "mail_mask": "", "mail_since": None, "mail": False}
    _store(writer, plan, values, now)
    codes = t.mail_code.c
    writer.execute(
        sa.delete(t.mail_code).where(
            codes.tenant_id == plan.tenant_id, codes.account_id == plan.account_id
        )
    )
    _record(writer, services, plan, "mail_removed", now)


REMOVE_MAIL = UseCase(prepare_remove, commit_remove)


def _store(writer: Connection, actor: Actor, values: dict[str, Any], now: dt.datetime) -> None:
    fresh = {
        "tenant_id": actor.tenant_id, "account_id": actor.account_id, "party_id": actor.party_id,
        "mail_sealed": None, "mail_mask": "", "sms": True, "mail": False, "night": False,
        "changed_at": now,
    }  # fmt: skip
    writer.execute(
        upsert(writer, t.contact)
        .values(**{**fresh, **values})
        .on_conflict_do_update(
            index_elements=[t.contact.c.tenant_id, t.contact.c.account_id],
            set_={**values, "changed_at": now},
        )
    )


def _newest(reader: Connection, actor: Actor) -> Any:
    codes = t.mail_code.c
    return reader.execute(
        sa.select(t.mail_code)
        .where(codes.tenant_id == actor.tenant_id, codes.account_id == actor.account_id)
        .order_by(codes.id.desc())
        .limit(1)
    ).first()


def _code_hash(services: Services, tenant_id: int, key: int, code: str) -> bytes:
    """Hash a code with the tenant's key: six digits alone would be tried out in a moment."""
    return services.sealer.blind_index(tenant_id, "mail_code", f"{key}:{code}")


def _record(
    writer: Connection, services: Services, actor: Actor, action: str, now: dt.datetime
) -> None:
    entry = audit.Entry(
        audit.party_chain(actor.party_id), action, f"account:{actor.account_id}", now, {},
        actor.party_id, actor.account_id,
    )  # fmt: skip
    key = services.sealer.audit_key(actor.tenant_id)
    audit.record(writer, key, actor.tenant_id, [entry])
