"""Login of staff: a password, a lock per account and per address, a new session."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.runtime import second_factor, sessions, throttles
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.sessions import Opened
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t

HELD = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
"""A lock that lasts longer was set by an administrator, not by wrong passwords."""


@dataclass(frozen=True, slots=True)
class Login:
    """What was typed, and from where; `former` is the browser's old token, which ends."""

    tenant_id: int
    login: str
    password: str
    address: str
    agent: str = ""
    former: str | None = None
    code: str = ""  # of the second factor, where the account has one


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The answer to a login: a token for the browser, or a refusal that was written down."""

    token: str
    account_id: int
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the password said, before anything is written."""

    ask: Login
    account: Any
    right: bool
    opened: Opened | None
    rehashed: str | None
    subject: str
    address: str
    step: int | None = None  # of the second factor's code


def prepare(
    reader: Connection, services: Services, actor: Actor | None, ask: Login, now: dt.datetime
) -> Plan:
    """Look the account up and compare the password (slow, so before the writer is held)."""
    login = ask.login.strip().casefold().replace("\0", "")[:120]
    subject = _subject(services, ask.tenant_id, "login", login)
    address = _subject(services, ask.tenant_id, "address", ask.address)
    known = throttles.read_throttles(reader, ask.tenant_id, (subject, address), now)
    until = known[address].locked(now)
    if until is not None:
        raise Refused("address_locked", {"until": until}, 429)
    account = reader.execute(
        sa.select(
            t.account.c.id,
            t.account.c.party_id,
            t.account.c.password_hash,
            t.account.c.locked_until,
            t.account.c.disabled,
        ).where(
            t.account.c.tenant_id == ask.tenant_id,
            t.account.c.login == login,
            t.account.c.kind == "staff",
        )
    ).first()
    until = known[subject].locked(now) if account is None else _locked(account, now)
    if until is not None:
        raise locked_refusal(until)
    password = ask.password[:1000]
    right = services.passwords.verify(
        account.password_hash if account is not None else None, password
    )
    if right and account is not None and account.disabled:
        raise Refused("account_disabled", {}, 403)
    step = None
    if right and account is not None:
        right, step = _second(reader, services, account, ask, now)
    opened = rehashed = None
    if right and account is not None:
        opened = sessions.open_session(ask.tenant_id, account.id, ask.address, ask.agent, now)
        if services.passwords.needs_rehash(account.password_hash):
            rehashed = services.passwords.hash(password)
    return Plan(ask, account, right, opened, rehashed, subject, address, step)


def _second(
    reader: Connection, services: Services, account: Any, ask: Login, now: dt.datetime
) -> tuple[bool, int | None]:
    """Tell whether the second factor agrees, and the step of its code; without one it does.

    A wrong code counts like a wrong password. Raises Refused where none was given.
    """
    factor = second_factor.read_factor(reader, ask.tenant_id, account.id)
    if factor is None or factor.confirmed_at is None:
        return True, None
    if not ask.code.strip():
        raise Refused("second_needed", {}, 401)
    secret = second_factor.open_secret(reader, services, factor, account.party_id)
    step = second_factor.matching(secret, ask.code, now, factor.last_step)
    return step is not None, step


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> LoggedIn:
    """Open the session, or count the failure; a lock that came meanwhile wins."""
    tenant_id = plan.ask.tenant_id
    if not plan.right or plan.account is None or plan.opened is None:
        return LoggedIn("", 0, _count_failure(writer, services, plan, now))
    values: dict[str, Any] = {"failures": 0, "locked_until": None}
    if plan.rehashed is not None:
        values["password_hash"] = plan.rehashed
    opened = writer.execute(
        sa.update(t.account)
        .where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.id == plan.account.id,
            t.account.c.password_hash == plan.account.password_hash,
            t.account.c.disabled.is_(False),
            sa.or_(t.account.c.locked_until.is_(None), t.account.c.locked_until <= now),
        )
        .values(**values)
    ).rowcount
    if opened != 1:
        return LoggedIn("", 0, Refused("login_wrong", {}, 401))
    if plan.step is not None:
        second_factor.take(writer, tenant_id, plan.account.id, plan.step)
    if plan.ask.former:
        sessions.revoke_token(writer, tenant_id, plan.ask.former, now)
    sessions.insert_session(writer, plan.opened)
    _record(writer, services, plan, "login", now)
    return LoggedIn(plan.opened.token, plan.account.id)


def after(services: Services, receipt: LoggedIn) -> None:
    """Raise the refusal, now that the failure is counted."""
    if receipt.refused is not None:
        raise receipt.refused


LOGIN = UseCase(prepare, commit, after)
LOGOUT = sessions.LOGOUT


def _count_failure(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Refused:
    tenant_id = plan.ask.tenant_id
    throttles.failed(writer, tenant_id, plan.address, throttles.ADDRESS, now)
    if plan.account is None:
        until = throttles.failed(writer, tenant_id, plan.subject, throttles.LOGIN, now)
    else:
        until = fail_account(writer, tenant_id, plan.account.id, now)
        _record(writer, services, plan, "login_locked" if until else "login_failed", now)
    return locked_refusal(until) if until is not None else Refused("login_wrong", {}, 401)


def fail_account(
    writer: Connection, tenant_id: int, account_id: int, now: dt.datetime
) -> dt.datetime | None:
    """Count a failure on the account; a lock that has run out begins a new count."""
    where = (t.account.c.tenant_id == tenant_id, t.account.c.id == account_id)
    over = t.account.c.locked_until <= now
    failures = writer.execute(
        sa.update(t.account)
        .where(*where)
        .values(failures=sa.case((over, 1), else_=t.account.c.failures + 1))
        .returning(t.account.c.failures)
    ).scalar_one()
    until = now + throttles.LOGIN.lock if failures >= throttles.LOGIN.limit else None
    writer.execute(sa.update(t.account).where(*where).values(locked_until=until))
    return until


def _locked(account: Any, now: dt.datetime) -> dt.datetime | None:
    until: dt.datetime | None = account.locked_until
    return until if until is not None and now < until else None


def locked_refusal(until: dt.datetime) -> Refused:
    """Say until when an account is locked."""
    if until >= HELD:
        return Refused("login_held", {}, 423)
    return Refused("login_locked", {"limit": throttles.LOGIN.limit, "until": until}, 423)


def _record(
    writer: Connection, services: Services, plan: Plan, action: str, now: dt.datetime
) -> None:
    account = plan.account
    entry = audit.Entry(
        audit.party_chain(account.party_id), action, f"account:{account.id}", now,
        {"address": plan.ask.address}, account.party_id, account.id,
    )  # fmt: skip
    tenant_id = plan.ask.tenant_id
    audit.record(writer, services.sealer.audit_key(tenant_id), tenant_id, [entry])


def _subject(services: Services, tenant_id: int, kind: str, text: str) -> str:
    """Name a subject without keeping the login or the address in clear."""
    return f"{kind}:{services.sealer.blind_index(tenant_id, kind, text).hex()}"
