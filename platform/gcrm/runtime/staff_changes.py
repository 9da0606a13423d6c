"""Changing staff: name and contact, one post more or less, a lock; each says who was faster."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime import powers, sessions
from gcrm.runtime.administration import changes, faster, forget, write_down
from gcrm.runtime.contacts import Contact
from gcrm.runtime.people import NewPost, check_posts
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.staff_rows import (
    FOR_EVER,
    PostLine,
    find_account,
    open_contact,
    posts_of,
)
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.names import Named


@dataclass(frozen=True, slots=True)
class Edit:
    """Name and contact as they shall be; `rev` is the account's when the form was drawn."""

    account_id: int
    rev: int
    name: str
    phone: str = ""
    mail: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddPost:
    """One post more, from a day on; without a last day until further notice."""

    account_id: int
    rev: int
    post: NewPost
    valid_from: dt.date
    valid_to: dt.date | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndPost:
    """A post's last day; yesterday ends it at once, and takes one away that has not begun."""

    account_id: int
    rev: int
    post_id: int
    last_day: dt.date
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetLock:
    """Lock an account until it is unlocked, or unlock it."""

    account_id: int
    rev: int
    locked: bool
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written on which account."""

    actor: Actor
    ask: Any
    account: Any
    values: dict[str, Any]
    told: dict[str, Any]
    post: PostLine | None = None

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def _account(reader: Connection, actor: Actor, ask: Any) -> tuple[Accessor, Any, list[PostLine]]:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    posts = powers.check_changing(reader, accessor, ask.account_id)
    account = find_account(reader, actor.tenant_id, ask.account_id)
    check_rev(reader, actor.tenant_id, account, ask.rev)
    return accessor, account, posts


def check_rev(reader: Connection, tenant_id: int, account: Any, rev: int) -> None:
    """Refuse a form that is older than the account, saying who changed it and when."""
    if account.rev != rev:
        subject, chain = f"account:{account.id}", audit.party_chain(account.party_id)
        raise faster(reader, tenant_id, subject, chain)


def _prepare_edit(
    reader: Connection, services: Services, actor: Actor, ask: Edit, now: dt.datetime
) -> Plan:
    _, account, _ = _account(reader, actor, ask)
    name = " ".join(ask.name.split())
    if not name:
        raise Refused("staff_name_missing", {}, 422)
    contact = Contact.read(ask.phone, ask.mail)
    old = open_contact(reader, services, actor.tenant_id, account)
    services.sealer.load(reader, actor.tenant_id, (account.party_id,))
    told = changes(
        {"name": account.name, **Contact(old["phone"], old["mail"]).masks()},
        {"name": name, **contact.masks()},
    )
    columns = contact.columns(services.sealer, actor.tenant_id, account.party_id, account.id)
    return Plan(actor, ask, account, {"name": name, **columns}, told)


def _commit_edit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> int:
    values = dict(plan.values)
    name = values.pop("name")
    touch(writer, plan.tenant_id, plan.account, **values)
    writer.execute(
        sa.update(t.party)
        .where(t.party.c.tenant_id == plan.tenant_id, t.party.c.id == plan.account.party_id)
        .values(name=name)
    )
    _record(writer, services, plan, "staff_edited", now)
    return int(plan.account.id)


def _prepare_add(
    reader: Connection, services: Services, actor: Actor, ask: AddPost, now: dt.datetime
) -> Plan:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    account = find_account(reader, actor.tenant_id, ask.account_id)
    if account.id == actor.account_id:
        raise Refused("own_account", {}, 403)
    powers.check_giving(reader, accessor, (ask.post,))
    check_rev(reader, actor.tenant_id, account, ask.rev)
    today = now.astimezone(services.zone).date()
    if ask.valid_from < today:
        raise Refused("post_begins_past", {}, 422)
    if ask.valid_to is not None and ask.valid_to < ask.valid_from:
        raise Refused("post_dates", {}, 422)
    check_posts(reader, actor.tenant_id, (ask.post,))
    check_clash(reader, actor.tenant_id, account, ask)
    told = {
        "role": ask.post.role,
        "department": str(ask.post.department_id),
        "region": ask.post.region_code,
        "valid_from": ask.valid_from.isoformat(),
        "valid_to": ask.valid_to.isoformat() if ask.valid_to else None,
    }
    return Plan(actor, ask, account, {}, told)


def check_clash(reader: Connection, tenant_id: int, account: Any, ask: AddPost) -> None:
    """Refuse a post beside another of the person that excludes it or is the same."""
    p, r = t.post.c, t.role.c
    wanted = reader.execute(
        sa.select(r.code, r.name, r.names, r.excludes).where(
            r.tenant_id == tenant_id, r.code == ask.post.role
        )
    ).one()
    last = ask.valid_to or dt.date.max
    rows = reader.execute(
        sa.select(
            r.code,
            r.name,
            r.names,
            r.excludes,
            p.department_id,
            p.region_code,
            p.valid_from,
            p.valid_to,
        )
        .join(t.role, sa.and_(r.tenant_id == p.tenant_id, r.code == p.role_code))
        .where(
            p.tenant_id == tenant_id,
            sa.or_(p.party_id == account.party_id, p.account_id == account.id),
        )
    )
    for row in rows:
        if row.valid_from > last or (row.valid_to or dt.date.max) < ask.valid_from:
            continue
        if powers.exclude(wanted, row):
            both = {"role": Named.of(wanted), "other": Named.of(row)}
            raise Refused("roles_exclude", both, 409)
        same = (row.code, row.department_id, row.region_code or None)
        if same == (ask.post.role, ask.post.department_id, ask.post.region_code):
            raise Refused("post_twice", {"role": Named.of(row), "from": row.valid_from}, 409)


def _commit_add(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Any:
    ask = plan.ask
    touch(writer, plan.tenant_id, plan.account)
    writer.execute(
        sa.insert(t.post),
        {
            "tenant_id": plan.tenant_id, "id": new_id(), "party_id": plan.account.party_id,
            "account_id": plan.account.id, "department_id": ask.post.department_id,
            "role_code": ask.post.role, "region_code": ask.post.region_code,
            "grid_id": ask.post.grid_id, "valid_from": ask.valid_from, "valid_to": ask.valid_to,
        },
    )  # fmt: skip
    sessions.revoke_all(writer, plan.tenant_id, plan.account.id, now)
    _record(writer, services, plan, "post_added", now)
    return plan


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndPost, now: dt.datetime
) -> Plan:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    account = find_account(reader, actor.tenant_id, ask.account_id)
    if account.id == actor.account_id:
        raise Refused("own_account", {}, 403)
    posts = posts_of(reader, actor.tenant_id, [account.id]).get(account.id, [])
    post = next((each for each in posts if each.id == ask.post_id), None)
    if post is None:
        raise Refused("post_gone", {}, 409)
    powers.check_giving(reader, accessor, (post,))
    check_rev(reader, actor.tenant_id, account, ask.rev)
    today = now.astimezone(services.zone).date()
    if post.valid_to is not None and post.valid_to < today:
        raise Refused("post_over", {"day": post.valid_to}, 409)
    if ask.last_day < today - dt.timedelta(days=1):
        raise Refused("post_ends_past", {}, 422)
    told = {
        "role": post.role,
        "department": str(post.department_id),
        **changes({"valid_to": post.valid_to}, {"valid_to": ask.last_day}),
    }
    return Plan(actor, ask, account, {}, told, post)


def _commit_end(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Any:
    post, last_day = plan.post, plan.ask.last_day
    if post is None:
        raise TypeError(plan)
    touch(writer, plan.tenant_id, plan.account)
    where = (t.post.c.tenant_id == plan.tenant_id, t.post.c.id == post.id)
    if last_day < post.valid_from:
        writer.execute(sa.delete(t.post).where(*where))
    else:
        writer.execute(sa.update(t.post).where(*where).values(valid_to=last_day))
    sessions.revoke_all(writer, plan.tenant_id, plan.account.id, now)
    _record(writer, services, plan, "post_ended", now)
    return plan


def _prepare_lock(
    reader: Connection, services: Services, actor: Actor, ask: SetLock, now: dt.datetime
) -> Plan:
    _, account, _ = _account(reader, actor, ask)
    values: dict[str, Any] = {"failures": 0, "locked_until": FOR_EVER if ask.locked else None}
    return Plan(actor, ask, account, values, {})


def _commit_lock(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> int:
    touch(writer, plan.tenant_id, plan.account, **plan.values)
    if plan.ask.locked:
        sessions.revoke_all(writer, plan.tenant_id, plan.account.id, now)
    action = "account_locked" if plan.ask.locked else "account_unlocked"
    _record(writer, services, plan, action, now)
    return int(plan.account.id)


EDIT = UseCase(_prepare_edit, _commit_edit)
ADD_POST = UseCase(_prepare_add, _commit_add, forget)
END_POST = UseCase(_prepare_end, _commit_end, forget)
LOCK = UseCase(_prepare_lock, _commit_lock)


def touch(writer: Connection, tenant_id: int, account: Any, **values: Any) -> None:
    """Write the account's columns and count its revision up; StaleError if somebody did."""
    a = t.account.c
    done = writer.execute(
        sa.update(t.account)
        .where(a.tenant_id == tenant_id, a.id == account.id, a.rev == account.rev)
        .values(rev=account.rev + 1, **values)
    )
    if done.rowcount != 1:
        raise StaleError(f"Account {account.id} was changed meanwhile.")


def _record(
    writer: Connection, services: Services, plan: Plan, action: str, now: dt.datetime
) -> None:
    write_down(
        writer, services, plan.actor, action, f"account:{plan.account.id}", plan.told, now,
        chain=audit.party_chain(plan.account.party_id), request_id=plan.ask.request_id,
    )  # fmt: skip
