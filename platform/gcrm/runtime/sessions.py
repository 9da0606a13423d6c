"""Sessions: opened at login, touched once a minute, ended at logout or when rights change."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied, hash_token, keys_of
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t

ABSOLUTE = dt.timedelta(hours=8)
TOUCH_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the token goes to the browser, only its hash to the database."""

    token: str
    row: dict[str, Any]


def open_session(
    tenant_id: int, account_id: int, address: str, agent: str, now: dt.datetime
) -> Opened:
    """Make a session with a token of 256 random bits; the caller inserts the row."""
    token = secrets.token_urlsafe(32)
    row = {
        "tenant_id": tenant_id, "token_hash": hash_token(token), "account_id": account_id,
        "created_at": now, "seen_at": now, "expires_at": now + ABSOLUTE, "revoked_at": None,
        "address": address[:45], "agent": agent.replace("\0", "")[:200], "confirmed_at": now,
    }  # fmt: skip
    return Opened(token, row)


def insert_session(writer: Connection, opened: Opened) -> None:
    """Store a new session; one statement."""
    writer.execute(sa.insert(t.session), opened.row)


def revoke_token(writer: Connection, tenant_id: int, token: str, now: dt.datetime) -> None:
    """End one session; one statement."""
    writer.execute(
        sa.update(t.session)
        .where(
            t.session.c.tenant_id == tenant_id,
            t.session.c.token_hash == hash_token(token),
            t.session.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def revoke_all(
    writer: Connection,
    tenant_id: int,
    account_id: int,
    now: dt.datetime,
    but: str | None = None,
) -> None:
    """End all sessions of an account, but for one token; one statement.

    For a new password, changed posts, a disabled account.
    """
    conditions = [
        t.session.c.tenant_id == tenant_id,
        t.session.c.account_id == account_id,
        t.session.c.revoked_at.is_(None),
    ]
    if but is not None:
        conditions.append(t.session.c.token_hash != hash_token(but))
    writer.execute(sa.update(t.session).where(*conditions).values(revoked_at=now))


def needs_touch(actor: Actor, now: dt.datetime) -> bool:
    """Tell whether it is time to write down again that the session is used."""
    return actor.seen_at is not None and now - actor.seen_at >= TOUCH_EVERY


@dataclass(frozen=True, slots=True)
class Token:
    """Which session: the token of the browser that asks."""

    token: str


def _hand_over(
    reader: Connection, services: Services, actor: Actor | None, ask: Token, now: dt.datetime
) -> tuple[Actor | None, str]:
    return actor, ask.token


def _touch(
    writer: Connection, services: Services, plan: tuple[Actor | None, str], now: dt.datetime
) -> None:
    actor, token = plan
    if actor is None:
        return
    writer.execute(
        sa.update(t.session)
        .where(
            t.session.c.tenant_id == actor.tenant_id,
            t.session.c.token_hash == hash_token(token),
            t.session.c.revoked_at.is_(None),
            t.session.c.seen_at < now,
        )
        .values(seen_at=now)
    )


def _end(
    writer: Connection, services: Services, plan: tuple[Actor | None, str], now: dt.datetime
) -> None:
    actor, token = plan
    if actor is None:
        return
    revoke_token(writer, actor.tenant_id, token, now)
    audit.record(
        writer,
        services.sealer.audit_key(actor.tenant_id),
        actor.tenant_id,
        [
            audit.Entry(
                audit.party_chain(actor.party_id), "logout", f"account:{actor.account_id}", now,
                {}, actor.party_id, actor.account_id,
            )
        ],
    )  # fmt: skip


TOUCH = UseCase(_hand_over, _touch)
"""Write down that the session is used; asked for where `needs_touch` says so."""

LOGOUT = UseCase(_hand_over, _end)
"""End the session of the browser that asks."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """End sessions of an account: all, one of them (`key`, its hash in hex), or all but one.

    One's own anybody may end; those of others are a right of the security administrator, and
    of whoever may change the account.
    """

    account_id: int
    key: str = ""
    but: str | None = None
    request_id: str | None = None


def _prepare_revoke(
    reader: Connection, services: Services, actor: Actor, ask: Revoke, now: dt.datetime
) -> tuple[Actor, Revoke, int]:
    if ask.account_id != actor.account_id:
        Accessor(reader, actor, keys_of(reader, actor)).require("admin.sessions", "write")
    party = reader.execute(
        sa.select(t.account.c.party_id).where(
            t.account.c.tenant_id == actor.tenant_id, t.account.c.id == ask.account_id
        )
    ).scalar()
    if party is None:
        raise Denied("account")
    return actor, ask, party


def _commit_revoke(
    writer: Connection, services: Services, plan: tuple[Actor, Revoke, int], now: dt.datetime
) -> None:
    actor, ask, party = plan
    if ask.key:
        _revoke_one(writer, actor.tenant_id, ask, now)
    else:
        revoke_all(writer, actor.tenant_id, ask.account_id, now, ask.but)
    action = "session_revoked" if ask.key else "sessions_revoked"
    entry = audit.Entry(
        audit.party_chain(party), action, f"account:{ask.account_id}", now, {},
        actor.party_id, actor.account_id, ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])


def _revoke_one(writer: Connection, tenant_id: int, ask: Revoke, now: dt.datetime) -> None:
    try:
        token_hash = bytes.fromhex(ask.key)
    except ValueError:
        raise Denied("session") from None
    writer.execute(
        sa.update(t.session)
        .where(
            t.session.c.tenant_id == tenant_id,
            t.session.c.token_hash == token_hash,
            t.session.c.account_id == ask.account_id,
            t.session.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


REVOKE = UseCase(_prepare_revoke, _commit_revoke)
