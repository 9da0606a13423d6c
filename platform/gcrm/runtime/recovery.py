"""A new first password out of the machine itself, where nobody is left who could give one."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.runtime import people, second_factor, sessions
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.sealing import TENANT


@dataclass(frozen=True, slots=True)
class Recover:
    """Give a staff account this password, to be changed at the next login."""

    tenant_id: int
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class _Plan:
    ask: Recover
    account_id: int
    party_id: int
    former: str | None
    hashed: str


def _prepare(
    reader: Connection, services: Services, _actor: Actor | None, ask: Recover, _now: dt.datetime
) -> _Plan:
    account = t.account.c
    row = reader.execute(
        sa.select(account.id, account.party_id, account.password_hash, account.disabled).where(
            account.tenant_id == ask.tenant_id,
            account.login == ask.login.strip().casefold(),
            account.kind == "staff",
        )
    ).first()
    if row is None:
        raise Refused("recovery_unknown", {"login": ask.login}, 404)
    if row.disabled:
        raise Refused("recovery_disabled", {"login": ask.login}, 409)
    services.sealer.load(reader, ask.tenant_id, (TENANT,))
    hashed = services.passwords.hash(ask.password)
    return _Plan(ask, row.id, row.party_id, row.password_hash, hashed)


def _commit(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    tenant_id = plan.ask.tenant_id
    people.set_password(
        writer, (tenant_id, plan.account_id), plan.former, plan.hashed, now, must_change=True
    )
    second_factor.remove(writer, tenant_id, plan.account_id)
    sessions.revoke_all(writer, tenant_id, plan.account_id, now)
    entry = audit.Entry(
        audit.party_chain(plan.party_id), "password_reset", f"account:{plan.account_id}", now,
        {"by": "gcrm password"},
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(tenant_id), tenant_id, [entry])


RECOVER = UseCase(_prepare, _commit)
