"""Staff accounts and posts: made, changed and ended by administrators; own password changes."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied, keys_of
from gcrm.runtime import powers, second_factor, sessions
from gcrm.runtime.administration import offices
from gcrm.runtime.contacts import Contact
from gcrm.runtime.passwords import HISTORY
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.names import Named

RESOURCE = "admin.people"
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")
"""What a staff number may look like: people type it every day."""


@dataclass(frozen=True, slots=True)
class NewPost:
    """One duty to be given: a role in a department, for a region where it differs from its."""

    role: str
    department_id: int
    region_code: str | None = None
    grid_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A member of staff to be made; they must choose a password of their own at first login."""

    name: str
    login: str
    password: str
    posts: tuple[NewPost, ...] = ()
    phone: str = ""
    mail: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """One's own password; `token` is the session that stays."""

    old: str
    new: str
    token: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Somebody's password, set by an administrator; also lifts a lock.

    They must change it at their next login; a second factor goes, too: the phone may be lost.
    """

    account_id: int
    password: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetPosts:
    """All posts that somebody has from today on."""

    account_id: int
    posts: tuple[NewPost, ...]
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written, and for which account."""

    actor: Actor
    ask: Any
    account_id: int
    party_id: int
    hashed: str = ""
    former: str | None = None
    contact: Contact | None = None


def _prepare_new(
    reader: Connection, services: Services, actor: Actor, ask: NewStaff, now: dt.datetime
) -> Plan:
    accessor = _accessor(reader, actor)
    accessor.require(RESOURCE, "write")
    if not ask.posts and offices(accessor, RESOURCE, "write") is not None:
        raise Refused("post_missing", {}, 422)
    login = _login(ask.login)
    taken = reader.execute(
        sa.select(t.account.c.id).where(
            t.account.c.tenant_id == actor.tenant_id, t.account.c.login == login
        )
    ).first()
    if not LOGIN.fullmatch(login):
        raise Refused("login_shape", {}, 422)
    if taken is not None:
        raise Refused("login_taken", {"login": login}, 409)
    if not ask.name.strip():
        raise Refused("staff_name_missing", {}, 422)
    services.passwords.check_new(ask.password, login)
    check_posts(reader, actor.tenant_id, ask.posts)
    powers.check_giving(reader, accessor, ask.posts)
    account, party = new_id(), new_id()
    contact = Contact.read(ask.phone, ask.mail)
    return Plan(actor, ask, account, party, services.passwords.hash(ask.password), None, contact)


def _commit_new(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> int:
    ask, tenant_id = plan.ask, plan.actor.tenant_id
    writer.execute(
        sa.insert(t.party),
        {
            "tenant_id": tenant_id, "id": plan.party_id, "kind": "natural",
            "name": ask.name.strip(), "created_at": now,
        },
    )  # fmt: skip
    key = services.sealer.new_key(tenant_id, plan.party_id)
    services.sealer.store_keys(writer, (key,), now)
    writer.execute(
        sa.insert(t.account),
        {
            "tenant_id": tenant_id, "id": plan.account_id, "party_id": plan.party_id,
            "kind": "staff", "login": _login(ask.login), "password_hash": plan.hashed,
            "password_changed_at": now, "assurance": 3, "created_at": now, "must_change": True,
            **_columns(services, plan),
        },
    )  # fmt: skip
    _insert_posts(writer, services, plan, ask.posts, now)
    told = {
        "login": _login(ask.login),
        "name": ask.name.strip(),
        "posts": ",".join(f"{each.role}@{each.department_id}" for each in ask.posts),
    }
    _record(writer, services, plan, "staff_created", told, now)
    return plan.account_id


def _columns(services: Services, plan: Plan) -> dict[str, Any]:
    if plan.contact is None:
        return {}
    return plan.contact.columns(
        services.sealer, plan.actor.tenant_id, plan.party_id, plan.account_id
    )


def _prepare_change(
    reader: Connection, services: Services, actor: Actor, ask: ChangePassword, now: dt.datetime
) -> Plan:
    account = _account(reader, actor.tenant_id, actor.account_id)
    if not services.passwords.verify(account.password_hash, ask.old[:1000]):
        raise Refused("password_wrong", {}, 422)
    former = (account.password_hash, *_history(reader, actor.tenant_id, actor.account_id))
    services.passwords.check_new(ask.new, account.login or "", former)
    hashed = services.passwords.hash(ask.new)
    return Plan(actor, ask, actor.account_id, actor.party_id, hashed, account.password_hash)


def _commit_change(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> None:
    _set_password(writer, plan, now, must_change=False)
    sessions.revoke_all(writer, plan.actor.tenant_id, plan.account_id, now, but=plan.ask.token)
    _record(writer, services, plan, "password_changed", {}, now)


def _prepare_reset(
    reader: Connection, services: Services, actor: Actor, ask: ResetPassword, now: dt.datetime
) -> Plan:
    powers.check_changing(reader, _accessor(reader, actor), ask.account_id)
    account = _account(reader, actor.tenant_id, ask.account_id)
    former = (account.password_hash, *_history(reader, actor.tenant_id, ask.account_id))
    services.passwords.check_new(
        ask.password, account.login or "", tuple(each for each in former if each)
    )
    hashed = services.passwords.hash(ask.password)
    return Plan(actor, ask, account.id, account.party_id, hashed, account.password_hash)


def _commit_reset(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> None:
    _set_password(writer, plan, now, must_change=True)
    second_factor.remove(writer, plan.actor.tenant_id, plan.account_id)
    sessions.revoke_all(writer, plan.actor.tenant_id, plan.account_id, now)
    _record(writer, services, plan, "password_reset", {}, now)


def _prepare_posts(
    reader: Connection, services: Services, actor: Actor, ask: SetPosts, now: dt.datetime
) -> Plan:
    accessor = _accessor(reader, actor)
    accessor.require(RESOURCE, "write")
    account = _account(reader, actor.tenant_id, ask.account_id)
    check_posts(reader, actor.tenant_id, ask.posts)
    powers.check_changing(reader, accessor, ask.account_id)
    powers.check_giving(reader, accessor, ask.posts)
    return Plan(actor, ask, account.id, account.party_id)


def _commit_posts(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> None:
    """End the posts of yesterday and give those of today; sessions begin anew with them."""
    tenant_id = plan.actor.tenant_id
    today = now.astimezone(services.zone).date()
    held = (
        t.post.c.tenant_id == tenant_id,
        t.post.c.account_id == plan.account_id,
        sa.or_(t.post.c.valid_to.is_(None), t.post.c.valid_to >= today),
    )
    writer.execute(sa.delete(t.post).where(*held, t.post.c.valid_from >= today))
    writer.execute(sa.update(t.post).where(*held).values(valid_to=today - dt.timedelta(days=1)))
    _insert_posts(writer, services, plan, plan.ask.posts, now)
    sessions.revoke_all(writer, tenant_id, plan.account_id, now)
    roles = sorted({each.role for each in plan.ask.posts})
    _record(writer, services, plan, "posts_changed", {"roles": ",".join(roles)}, now)


CREATE_STAFF = UseCase(_prepare_new, _commit_new)
CHANGE_PASSWORD = UseCase(_prepare_change, _commit_change)
RESET_PASSWORD = UseCase(_prepare_reset, _commit_reset)
SET_POSTS = UseCase(_prepare_posts, _commit_posts)


def check_posts(reader: Connection, tenant_id: int, posts: Sequence[NewPost]) -> None:
    """Refuse posts whose role or department is not there, or whose roles exclude each other.

    三员分立: system, security and audit administrators are never one person.
    """
    codes = {each.role for each in posts}
    roles = {
        row.code: row
        for row in reader.execute(
            sa.select(t.role.c.code, t.role.c.name, t.role.c.names, t.role.c.excludes).where(
                t.role.c.tenant_id == tenant_id, t.role.c.code.in_(sorted(codes))
            )
        )
    }
    for code in sorted(codes - roles.keys()):
        raise Refused("role_unknown", {"role": code}, 422)
    for row in roles.values():
        for other in roles.values():
            if powers.exclude(row, other):
                both = {"role": Named.of(row), "other": Named.of(other)}
                raise Refused("roles_exclude", both, 409)
    wanted = {each.department_id for each in posts}
    known = set(
        reader.execute(
            sa.select(t.department.c.id).where(
                t.department.c.tenant_id == tenant_id, t.department.c.id.in_(sorted(wanted))
            )
        ).scalars()
    )
    for department in sorted(wanted - known):
        raise Refused("department_unknown", {"department": str(department)}, 422)


def _accessor(reader: Connection, actor: Actor) -> Accessor:
    return Accessor(reader, actor, keys_of(reader, actor))


def _login(text: str) -> str:
    return text.strip().casefold().replace("\0", "")[:120]


def _account(reader: Connection, tenant_id: int, account_id: int) -> Any:
    account = reader.execute(
        sa.select(
            t.account.c.id, t.account.c.party_id, t.account.c.login, t.account.c.password_hash
        ).where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.id == account_id,
            t.account.c.kind == "staff",
        )
    ).first()
    if account is None:
        raise Denied("account")
    return account


def _history(reader: Connection, tenant_id: int, account_id: int) -> list[str]:
    return list(
        reader.execute(
            sa.select(t.password_history.c.password_hash)
            .where(
                t.password_history.c.tenant_id == tenant_id,
                t.password_history.c.account_id == account_id,
            )
            .order_by(t.password_history.c.changed_at.desc(), t.password_history.c.id.desc())
            .limit(HISTORY - 1)
        ).scalars()
    )


def _set_password(writer: Connection, plan: Plan, now: dt.datetime, *, must_change: bool) -> None:
    account = plan.actor.tenant_id, plan.account_id
    set_password(writer, account, plan.former, plan.hashed, now, must_change=must_change)


def set_password(
    writer: Connection,
    account: tuple[int, int],
    former: str | None,
    hashed: str,
    now: dt.datetime,
    *,
    must_change: bool,
) -> None:
    """Give an account (tenant, id) another password; what it had is kept as history.

    Raises StaleError where it is no longer the former one.
    """
    tenant_id, account_id = account
    changed = writer.execute(
        sa.update(t.account)
        .where(
            t.account.c.tenant_id == tenant_id,
            t.account.c.id == account_id,
            t.account.c.password_hash == former,
        )
        .values(
            password_hash=hashed,
            password_changed_at=now,
            must_change=must_change,
            failures=0,
            locked_until=None,
        )
    ).rowcount
    if changed != 1:
        raise StaleError("The password was changed meanwhile.")
    writer.execute(
        sa.insert(t.password_history),
        {
            "tenant_id": tenant_id, "id": new_id(), "account_id": account_id,
            "password_hash": former, "changed_at": now,
        },
    )  # fmt: skip


def _insert_posts(
    writer: Connection,
    services: Services,
    plan: Plan,
    posts: Sequence[NewPost],
    now: dt.datetime,
) -> None:
    if not posts:
        return
    writer.execute(
        sa.insert(t.post),
        [
            {
                "tenant_id": plan.actor.tenant_id, "id": new_id(), "party_id": plan.party_id,
                "account_id": plan.account_id, "department_id": each.department_id,
                "role_code": each.role, "region_code": each.region_code,
                "grid_id": each.grid_id, "valid_from": now.astimezone(services.zone).date(),
            }
            for each in posts
        ],
    )  # fmt: skip


def _record(
    writer: Connection,
    services: Services,
    plan: Plan,
    action: str,
    data: dict[str, Any],
    now: dt.datetime,
) -> None:
    actor = plan.actor
    entry = audit.Entry(
        audit.party_chain(plan.party_id), action, f"account:{plan.account_id}", now, data,
        actor.party_id, actor.account_id, plan.ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])
