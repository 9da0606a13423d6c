"""Citizens: a phone number and a code of six digits; a new phone makes a new account.

A phone number is no identity: the account's party has no identifier until the
real-name step (`runtime.real_name`).
"""

import datetime as dt
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.connectors import ConnectorError, Sms
from gcrm.runtime import sessions, throttles
from gcrm.runtime.refusals import Refused, sentence
from gcrm.runtime.services import Services
from gcrm.runtime.sessions import Opened
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.masks import mask
from gcrm.store.sealing import KeyRow

PHONE = re.compile(r"1[3-9][0-9]{9}")
LASTS = dt.timedelta(minutes=5)
WAIT = dt.timedelta(seconds=60)
DAY = dt.timedelta(hours=24)
MOST_A_DAY = 10
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class AskCode:
    """To which phone, for what, from where, and in which language."""

    tenant_id: int
    phone: str
    address: str
    locale: str = "zh-CN"
    purpose: str = "login"


@dataclass(frozen=True, slots=True)
class SendPlan:
    """A code that is about to be stored and sent."""

    ask: AskCode
    phone: str
    row: dict[str, Any]
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page may show: a masked number, and when another code may be asked for."""

    phone_mask: str
    again_at: dt.datetime
    message: Sms


def _prepare_send(
    reader: Connection, services: Services, actor: Actor | None, ask: AskCode, now: dt.datetime
) -> SendPlan:
    phone = clean_phone(ask.phone)
    sealer = services.sealer
    address = f"sms:{sealer.blind_index(ask.tenant_id, 'address', ask.address).hex()}"
    until = throttles.read_throttles(reader, ask.tenant_id, (address,), now)[address].locked(now)
    if until is not None:
        raise Refused("address_locked", {"until": until}, 429)
    index = sealer.blind_index(ask.tenant_id, "phone", phone)
    sent = list(
        reader.execute(
            sa.select(t.phone_code.c.created_at)
            .where(
                t.phone_code.c.tenant_id == ask.tenant_id,
                t.phone_code.c.phone_index == index,
                t.phone_code.c.created_at > now - DAY,
            )
            .order_by(t.phone_code.c.created_at.desc())
        ).scalars()
    )
    if sent and now < sent[0] + WAIT:
        left = (sent[0] + WAIT - now).total_seconds()
        raise Refused("code_wait", {"seconds": max(int(left + 0.999), 1)}, 429)
    if len(sent) >= MOST_A_DAY:
        raise Refused("code_too_many", {"until": sent[MOST_A_DAY - 1] + DAY}, 429)
    key, code = new_id(), f"{secrets.randbelow(1_000_000):06}"
    row = {
        "tenant_id": ask.tenant_id, "id": key, "phone_index": index, "purpose": ask.purpose,
        "code_hash": _code_hash(services, ask.tenant_id, key, code), "attempts": 0,
        "created_at": now, "expires_at": now + LASTS, "used_at": None,
    }  # fmt: skip
    return SendPlan(ask, phone, row, code, address)


def _commit_send(writer: Connection, services: Services, plan: SendPlan, now: dt.datetime) -> Sent:
    ask = plan.ask
    writer.execute(sa.insert(t.phone_code), plan.row)
    throttles.failed(writer, ask.tenant_id, plan.address, throttles.CODES_OF_ADDRESS, now)
    text = sentence(
        "sms_code", ask.locale, code=plan.code, minutes=int(LASTS.total_seconds() // 60)
    )
    message = Sms(ask.tenant_id, plan.phone, text, "code", now)
    return Sent(mask("phone", plan.phone), now + WAIT, message)


def _after_send(services: Services, receipt: Sent) -> None:
    try:
        services.connectors.sms.send(receipt.message)
    except ConnectorError:
        raise Refused("sms_away", {}, 503) from None


SEND = UseCase(_prepare_send, _commit_send, _after_send)
"""Send a code; the message goes out once the code is stored."""


@dataclass(frozen=True, slots=True)
class CodeLogin:
    """The code that was typed, and from where; `former` is the browser's old token."""

    tenant_id: int
    phone: str
    code: str
    address: str
    agent: str = ""
    former: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class LoginPlan:
    """What the code said, and what a new person would be."""

    ask: CodeLogin
    phone: str
    index: bytes
    code_id: int
    attempts: int
    right: bool
    account: Any
    opened: Opened
    party_id: int
    newcomer: tuple[dict[str, Any], dict[str, Any], KeyRow] | None
    address: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The answer: a token for the browser, or a refusal that was written down."""

    token: str
    account_id: int
    new: bool = False
    refused: Refused | None = None


def _prepare_login(
    reader: Connection, services: Services, actor: Actor | None, ask: CodeLogin, now: dt.datetime
) -> LoginPlan:
    phone = clean_phone(ask.phone)
    sealer, tenant_id = services.sealer, ask.tenant_id
    address = f"address:{sealer.blind_index(tenant_id, 'address', ask.address).hex()}"
    until = throttles.read_throttles(reader, tenant_id, (address,), now)[address].locked(now)
    if until is not None:
        raise Refused("address_locked", {"until": until}, 429)
    index = sealer.blind_index(tenant_id, "phone", phone)
    code = reader.execute(
        sa.select(
            t.phone_code.c.id,
            t.phone_code.c.code_hash,
            t.phone_code.c.attempts,
            t.phone_code.c.expires_at,
            t.phone_code.c.used_at,
        )
        .where(
            t.phone_code.c.tenant_id == tenant_id,
            t.phone_code.c.phone_index == index,
            t.phone_code.c.purpose == "login",
        )
        .order_by(t.phone_code.c.created_at.desc(), t.phone_code.c.id.desc())
        .limit(1)
    ).first()
    if (
        code is None
        or code.used_at is not None
        or code.expires_at <= now
        or code.attempts >= ATTEMPTS
    ):
        raise _over()
    typed = re.sub(r"\s", "", ask.code)[:20]
    right = hmac.compare_digest(_code_hash(services, tenant_id, code.id, typed), code.code_hash)
    account = reader.execute(
        sa.select(t.account.c.id, t.account.c.party_id, t.account.c.disabled).where(
            t.account.c.tenant_id == tenant_id, t.account.c.phone_index == index
        )
    ).first()
    if right and account is not None and account.disabled:
        raise Refused("account_disabled", {}, 403)
    account_id = account.id if account is not None else new_id()
    party_id = account.party_id if account is not None else new_id()
    newcomer = None
    if right and account is None:
        key = sealer.new_key(tenant_id, party_id)
        place = f"account.phone_sealed.{account_id}"
        newcomer = (
            {
                "tenant_id": tenant_id, "id": party_id, "kind": "unidentified",
                "name": mask("phone", phone), "created_at": now,
            },
            {
                "tenant_id": tenant_id, "id": account_id, "party_id": party_id,
                "kind": "citizen", "phone_index": index,
                "phone_sealed": sealer.seal(tenant_id, party_id, place, phone.encode("ascii")),
                "phone_mask": mask("phone", phone), "assurance": 1, "locale": ask.locale,
                "created_at": now,
            },
            key,
        )  # fmt: skip
    opened = sessions.open_session(tenant_id, account_id, ask.address, ask.agent, now)
    return LoginPlan(
        ask, phone, index, code.id, code.attempts, right, account, opened, party_id, newcomer,
        address,
    )  # fmt: skip


def _commit_login(
    writer: Connection, services: Services, plan: LoginPlan, now: dt.datetime
) -> LoggedIn:
    ask, codes = plan.ask, t.phone_code.c
    where = (codes.tenant_id == ask.tenant_id, codes.id == plan.code_id, codes.used_at.is_(None))
    if not plan.right:
        attempts = writer.execute(
            sa.update(t.phone_code)
            .where(*where)
            .values(attempts=codes.attempts + 1)
            .returning(codes.attempts)
        ).scalar()
        throttles.failed(writer, ask.tenant_id, plan.address, throttles.ADDRESS, now)
        left = 0 if attempts is None else ATTEMPTS - attempts
        refused = Refused("code_wrong", {"left": left}, 401) if left > 0 else _over()
        return LoggedIn("", 0, refused=refused)
    used = writer.execute(
        sa.update(t.phone_code)
        .where(*where, codes.attempts < ATTEMPTS, codes.expires_at > now)
        .values(used_at=now)
    ).rowcount
    if used != 1:
        return LoggedIn("", 0, refused=_over())
    if plan.newcomer is not None:
        party, account, key = plan.newcomer
        writer.execute(sa.insert(t.party), party)
        services.sealer.store_keys(writer, (key,), now)
        writer.execute(sa.insert(t.account), account)
    elif not _still_open(writer, plan):
        raise StaleError("The account was disabled or moved meanwhile.")
    if ask.former:
        sessions.revoke_token(writer, ask.tenant_id, ask.former, now)
    sessions.insert_session(writer, plan.opened)
    account_id = plan.opened.row["account_id"]
    entry = audit.Entry(
        audit.party_chain(plan.party_id), "registered" if plan.newcomer else "login",
        f"account:{account_id}", now, {"address": ask.address}, plan.party_id, account_id,
    )  # fmt: skip
    tails = {audit.party_chain(plan.party_id): audit.START} if plan.newcomer else None
    key_of_chains = services.sealer.audit_key(ask.tenant_id)
    audit.record(writer, key_of_chains, ask.tenant_id, [entry], tails)
    return LoggedIn(plan.opened.token, account_id, plan.newcomer is not None)


def _after_login(services: Services, receipt: LoggedIn) -> None:
    if receipt.refused is not None:
        raise receipt.refused


LOGIN = UseCase(_prepare_login, _commit_login, _after_login)
"""Log a citizen in with phone and code; a phone that is new makes an account at L1."""


def clean_phone(text: str) -> str:
    """Give the eleven digits of a phone number. Raises Refused for anything else."""
    digits = re.sub(r"[\s\-()]", "", text)
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if PHONE.fullmatch(digits) is None:
        raise Refused("phone_wrong", {}, 422)
    return digits


def _still_open(writer: Connection, plan: LoginPlan) -> bool:
    """Ask again whether the account is open and whose it is: it may have changed since."""
    row = writer.execute(
        sa.select(t.account.c.party_id, t.account.c.disabled).where(
            t.account.c.tenant_id == plan.ask.tenant_id, t.account.c.id == plan.account.id
        )
    ).first()
    return row is not None and not row.disabled and row.party_id == plan.party_id


def _over() -> Refused:
    return Refused("code_over", {"minutes": int(LASTS.total_seconds() // 60)}, 410)


def _code_hash(services: Services, tenant_id: int, key: int, code: str) -> bytes:
    """Hash a code with the tenant's key: six digits alone would be tried out in a moment."""
    return services.sealer.blind_index(tenant_id, "code", f"{key}:{code}")
