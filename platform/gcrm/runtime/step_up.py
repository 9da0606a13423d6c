"""Step-up: the password once more before what cannot be undone, good for ten minutes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor, hash_token
from gcrm.runtime import login, throttles
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t

GOOD_FOR = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StepUp:
    """The password of who asks, in the session of `token`."""

    password: str
    token: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the password said."""

    actor: Actor
    ask: StepUp
    right: bool


def is_fresh(reader: Connection, actor: Actor, token: str, now: dt.datetime) -> bool:
    """Tell whether the password was given in this session within the last ten minutes."""
    at = reader.execute(
        sa.select(t.session.c.confirmed_at).where(
            t.session.c.tenant_id == actor.tenant_id, t.session.c.token_hash == hash_token(token)
        )
    ).scalar()
    return at is not None and now < at + GOOD_FOR


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: StepUp, now: dt.datetime
) -> Plan:
    account = reader.execute(
        sa.select(t.account.c.password_hash, t.account.c.locked_until).where(
            t.account.c.tenant_id == actor.tenant_id, t.account.c.id == actor.account_id
        )
    ).one()
    if account.locked_until is not None and now < account.locked_until:
        raise login.locked_refusal(account.locked_until)
    return Plan(actor, ask, services.passwords.verify(account.password_hash, ask.password[:1000]))


def _commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Any:
    """Note the moment in the session; a wrong password counts like one at login."""
    actor = plan.actor
    if plan.right:
        writer.execute(
            sa.update(t.session)
            .where(
                t.session.c.tenant_id == actor.tenant_id,
                t.session.c.token_hash == hash_token(plan.ask.token),
            )
            .values(confirmed_at=now)
        )
        writer.execute(
            sa.update(t.account)
            .where(t.account.c.tenant_id == actor.tenant_id, t.account.c.id == actor.account_id)
            .values(failures=0)
        )
        return None
    until = login.fail_account(writer, actor.tenant_id, actor.account_id, now)
    entry = audit.Entry(
        audit.party_chain(actor.party_id), "step_up_failed", f"account:{actor.account_id}", now,
        {}, actor.party_id, actor.account_id, plan.ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])
    if until is not None:
        return login.locked_refusal(until)
    return Refused("step_up_wrong", {"limit": throttles.LOGIN.limit}, 422)


def _after(services: Services, receipt: Refused | None) -> None:
    """Raise the refusal, now that the failure is counted."""
    if receipt is not None:
        raise receipt


CONFIRM = UseCase(_prepare, _commit, _after)
