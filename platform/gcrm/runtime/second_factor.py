"""A second factor for staff: codes of an app on a phone (RFC 6238), each good once.

The secret is sealed under the person's own key. The step of the last code that was taken is
kept, so that nobody uses a code again that they looked at over a shoulder.
"""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Actor
from gcrm.runtime.administration import write_down
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

STEP = 30  # seconds
DIGITS = 6
EITHER_SIDE = 1  # steps that a phone's clock may be off
SECRET = 20  # bytes, as SHA-1 gives (RFC 4226, 4)


def code_at(secret: bytes, step: int) -> str:
    """Give the code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), hashlib.sha1)
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching(secret: bytes, code: str, now: dt.datetime, last: int) -> int | None:
    """Give the step whose code this is, among those near now and after the last one taken."""
    wanted = "".join(code.split())
    if not wanted.isascii() or len(wanted) != DIGITS:
        return None
    here = int(now.timestamp()) // STEP
    for step in range(here - EITHER_SIDE, here + EITHER_SIDE + 1):
        if step > last and hmac.compare_digest(code_at(secret, step), wanted):
            return step
    return None


def address(secret: bytes, login: str, place: str) -> str:
    """Give what a QR code tells the app on the phone."""
    text = base64.b32encode(secret).decode("ascii")
    label = quote(f"{place}:{login}")
    return f"otpauth://totp/{label}?secret={text}&issuer={quote(place)}&digits={DIGITS}"


def read_factor(reader: Connection, tenant_id: int, account_id: int) -> Any:
    """Read the factor of an account; None where there is none."""
    f = t.second_factor.c
    return reader.execute(
        sa.select(t.second_factor).where(f.tenant_id == tenant_id, f.account_id == account_id)
    ).first()


def open_secret(reader: Connection, services: Services, row: Any, party_id: int) -> bytes:
    """Open the secret of a factor."""
    services.sealer.load(reader, row.tenant_id, (party_id,))
    return services.sealer.open(row.tenant_id, party_id, place(row.account_id), row.secret_sealed)


def place(account_id: int) -> str:
    """Name the place where a secret is sealed."""
    return f"second_factor.secret_sealed.{account_id}"


def take(writer: Connection, tenant_id: int, account_id: int, step: int) -> None:
    """Write down the step of a code that was taken; StaleError where it was taken already."""
    f = t.second_factor.c
    done = writer.execute(
        sa.update(t.second_factor)
        .where(f.tenant_id == tenant_id, f.account_id == account_id, f.last_step < step)
        .values(last_step=step)
    )
    if done.rowcount != 1:
        raise StaleError("The code was used meanwhile.")


def remove(writer: Connection, tenant_id: int, account_id: int) -> None:
    """Take the factor of an account away."""
    f = t.second_factor.c
    writer.execute(
        sa.delete(t.second_factor).where(f.tenant_id == tenant_id, f.account_id == account_id)
    )


@dataclass(frozen=True, slots=True)
class Start:
    """Begin with a new secret; it counts only once a code of it was given."""

    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """A code from the phone, to show that it has the secret."""

    code: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """Go without a second factor again; the caller has asked for the password once more."""

    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    sealed: bytes = b""
    step: int = 0


def _prepare_start(
    reader: Connection, services: Services, actor: Actor, ask: Start, now: dt.datetime
) -> _Plan:
    row = read_factor(reader, actor.tenant_id, actor.account_id)
    if row is not None and row.confirmed_at is not None:
        raise Refused("second_there", {}, 409)
    services.sealer.load(reader, actor.tenant_id, (actor.party_id,))
    sealed = services.sealer.seal(
        actor.tenant_id, actor.party_id, place(actor.account_id), secrets.token_bytes(SECRET)
    )
    return _Plan(actor, ask, sealed)


def _commit_start(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    actor = plan.actor
    remove(writer, actor.tenant_id, actor.account_id)
    writer.execute(
        sa.insert(t.second_factor),
        {
            "tenant_id": actor.tenant_id, "account_id": actor.account_id,
            "secret_sealed": plan.sealed, "last_step": 0, "created_at": now,
        },
    )  # fmt: skip


def _prepare_confirm(
    reader: Connection, services: Services, actor: Actor, ask: Confirm, now: dt.datetime
) -> _Plan:
    row = read_factor(reader, actor.tenant_id, actor.account_id)
    if row is None:
        raise Refused("second_gone", {}, 409)
    secret = open_secret(reader, services, row, actor.party_id)
    step = matching(secret, ask.code, now, row.last_step)
    if step is None:
        raise Refused("second_wrong", {}, 422)
    return _Plan(actor, ask, step=step)


def _commit_confirm(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    actor, f = plan.actor, t.second_factor.c
    take(writer, actor.tenant_id, actor.account_id, plan.step)
    writer.execute(
        sa.update(t.second_factor)
        .where(f.tenant_id == actor.tenant_id, f.account_id == actor.account_id)
        .values(confirmed_at=now)
    )
    _told(writer, services, plan, "second_factor_added", now)


def _prepare_remove(
    reader: Connection, services: Services, actor: Actor, ask: Remove, now: dt.datetime
) -> _Plan:
    return _Plan(actor, ask)


def _commit_remove(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    remove(writer, plan.actor.tenant_id, plan.actor.account_id)
    _told(writer, services, plan, "second_factor_removed", now)


def _told(
    writer: Connection, services: Services, plan: _Plan, action: str, now: dt.datetime
) -> None:
    actor = plan.actor
    write_down(
        writer, services, actor, action, f"account:{actor.account_id}", {}, now,
        chain=audit.party_chain(actor.party_id), request_id=plan.ask.request_id,
    )  # fmt: skip


START = UseCase(_prepare_start, _commit_start)
CONFIRM = UseCase(_prepare_confirm, _commit_confirm)
REMOVE = UseCase(_prepare_remove, _commit_remove)
