"""Staff as administrators see them: lists with filters, and everything about one person."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Select

from gcrm.access import IDLE, Accessor, Actor, Denied
from gcrm.runtime.administration import PAGE, offices
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.names import Named

RESOURCE = "admin.people"
STATES = ("active", "locked", "disabled", "idle")
SORTS = ("name", "login", "seen")
FOR_EVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
"""Until when an account is locked that an administrator locked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of staff is narrowed to; empty means all."""

    query: str = ""
    department_id: int | None = None
    role: str = ""
    state: str = ""
    sort: str = "name"
    down: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in words."""

    id: int
    role: str
    role_name: Named
    department_id: int
    department: Named
    region_code: str | None
    region: str | None
    grid: str | None
    valid_from: dt.date
    valid_to: dt.date | None

    def when(self, today: dt.date) -> str:
        """Tell whether the post is over, valid today or still to come."""
        if self.valid_to is not None and self.valid_to < today:
            return "over"
        return "coming" if self.valid_from > today else "now"


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One account of staff in a list."""

    id: int
    party_id: int
    name: str
    login: str
    state: str
    phone: str
    seen_at: dt.datetime | None
    posts: tuple[PostLine, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """One account of staff with all that its page shows; contact in clear for who may write."""

    id: int
    party_id: int
    name: str
    login: str
    state: str
    locked_until: dt.datetime | None
    phone: str
    mail: str
    must_change: bool
    created_at: dt.datetime
    password_changed_at: dt.datetime | None
    rev: int
    posts: tuple[PostLine, ...]


def list_staff(
    reader: Connection, accessor: Accessor, wanted: Wanted, now: dt.datetime, today: dt.date
) -> tuple[list[StaffLine], int]:
    """List accounts of staff that the actor administers, and count them. Three statements."""
    accessor.require(RESOURCE, "read")
    statement = _narrowed(accessor, wanted, now, today)
    total = reader.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar()
    orders: dict[str, Any] = {"name": t.party.c.name, "login": t.account.c.login, "seen": _SEEN}
    order = orders.get(wanted.sort, t.party.c.name)
    rows = reader.execute(
        statement.order_by(
            order.desc().nulls_last() if wanted.down else order.asc().nulls_first(), t.account.c.id
        )
        .limit(PAGE)
        .offset(wanted.page * PAGE)
    ).all()
    posts = posts_of(reader, accessor.actor.tenant_id, [row.id for row in rows])
    lines = [
        StaffLine(
            row.id, row.party_id, row.name, row.login or "", state_of(row, now),
            row.phone_mask or "", row.seen_at, tuple(posts.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip
    return lines, int(total or 0)


_SEEN = (
    sa.select(sa.func.max(t.session.c.seen_at))
    .where(t.session.c.tenant_id == t.account.c.tenant_id, t.session.c.account_id == t.account.c.id)
    .scalar_subquery()
)


def _narrowed(accessor: Accessor, wanted: Wanted, now: dt.datetime, today: dt.date) -> Select[Any]:
    a, tenant = t.account.c, accessor.actor.tenant_id
    statement = (
        sa.select(
            a.id, a.party_id, a.login, a.disabled, a.locked_until, a.phone_mask,
            t.party.c.name, _SEEN.label("seen_at"),
        )
        .select_from(
            t.account.join(
                t.party, sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.party_id)
            )
        )
        .where(a.tenant_id == tenant, a.kind == "staff")
    )  # fmt: skip
    mine = offices(accessor, RESOURCE, "read")
    if mine is not None:
        statement = statement.where(_has_post(t.post.c.department_id.in_(sorted(mine))))
    text = wanted.query.strip().replace("\0", "")
    if text:
        statement = statement.where(
            sa.or_(
                t.party.c.name.contains(text, autoescape=True),
                a.login.contains(text.casefold(), autoescape=True),
            )
        )
    valid = sa.and_(
        t.post.c.valid_from <= today,
        sa.or_(t.post.c.valid_to.is_(None), t.post.c.valid_to >= today),
    )
    if wanted.department_id is not None:
        inside = below(accessor.reader, tenant, wanted.department_id)
        statement = statement.where(_has_post(valid, t.post.c.department_id.in_(sorted(inside))))
    if wanted.role:
        statement = statement.where(_has_post(valid, t.post.c.role_code == wanted.role))
    locked = sa.and_(a.locked_until.is_not(None), a.locked_until > now)
    match wanted.state:
        case "active":
            statement = statement.where(
                a.disabled.is_(False), sa.or_(a.locked_until.is_(None), a.locked_until <= now)
            )
        case "locked":
            statement = statement.where(a.disabled.is_(False), locked)
        case "disabled":
            statement = statement.where(a.disabled.is_(True))
        case "idle":
            statement = statement.where(~_has_post(valid))
        case _:
            pass
    return statement


def _has_post(*conditions: Any) -> sa.ColumnElement[bool]:
    return sa.exists(
        sa.select(1).where(
            t.post.c.tenant_id == t.account.c.tenant_id,
            t.post.c.account_id == t.account.c.id,
            *conditions,
        )
    )


def below(reader: Connection, tenant_id: int, department_id: int) -> frozenset[int]:
    """Give a department and all below it."""
    d = t.department.c
    parents = {
        row.id: row.parent_id
        for row in reader.execute(sa.select(d.id, d.parent_id).where(d.tenant_id == tenant_id))
    }
    found = {department_id}
    while True:
        more = {key for key, parent in parents.items() if parent in found} - found
        if not more:
            return frozenset(found)
        found |= more


def state_of(row: Any, now: dt.datetime) -> str:
    """Tell whether an account can be used."""
    if row.disabled:
        return "disabled"
    return "locked" if row.locked_until is not None and now < row.locked_until else "active"


def posts_of(
    reader: Connection, tenant_id: int, accounts: Sequence[int]
) -> dict[int, list[PostLine]]:
    """Read the posts of accounts, the newest first; one statement."""
    p, d, r = t.post.c, t.department.c, t.role.c
    rows = reader.execute(
        sa.select(
            p.account_id, p.id, p.role_code, r.name.label("role_name"), r.names.label("role_names"),
            p.department_id, d.name.label("department"), d.names.label("department_names"),
            p.region_code, t.region.c.name.label("region"),
            t.grid.c.name.label("grid"), p.valid_from, p.valid_to,
        )
        .select_from(
            t.post.join(t.department, sa.and_(d.tenant_id == p.tenant_id, d.id == p.department_id))
            .join(t.role, sa.and_(r.tenant_id == p.tenant_id, r.code == p.role_code))
            .outerjoin(
                t.region,
                sa.and_(
                    t.region.c.tenant_id == p.tenant_id, t.region.c.code == p.region_code
                ),
            )
            .outerjoin(
                t.grid, sa.and_(t.grid.c.tenant_id == p.tenant_id, t.grid.c.id == p.grid_id)
            )
        )
        .where(p.tenant_id == tenant_id, p.account_id.in_(accounts))
        .order_by(p.valid_from.desc(), p.id.desc())
    )  # fmt: skip
    found: dict[int, list[PostLine]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append(
            PostLine(
                row.id, row.role_code, Named(row.role_name, row.role_names), row.department_id,
                Named(row.department, row.department_names), row.region_code, row.region,
                row.grid, row.valid_from, row.valid_to,
            )
        )  # fmt: skip
    return found


def read_person(
    reader: Connection, services: Services, accessor: Accessor, account_id: int, now: dt.datetime
) -> Person:
    """Read one account; Denied where it is not there, or not the actor's to administer."""
    accessor.require(RESOURCE, "read")
    tenant_id = accessor.actor.tenant_id
    account = find_account(reader, tenant_id, account_id)
    posts = posts_of(reader, tenant_id, [account_id]).get(account_id, [])
    check_office(accessor, "read", posts)
    contact = {"phone": account.phone_mask or "", "mail": account.mail_mask or ""}
    if account.contact_sealed is not None and accessor.has(RESOURCE, "write"):
        contact = open_contact(reader, services, tenant_id, account)
    return Person(
        account.id, account.party_id, account.name, account.login or "", state_of(account, now),
        account.locked_until, contact["phone"], contact["mail"], account.must_change,
        account.created_at, account.password_changed_at, account.rev, tuple(posts),
    )  # fmt: skip


def open_contact(
    reader: Connection, services: Services, tenant_id: int, account: Any
) -> dict[str, str]:
    """Give phone and mail of an account in clear."""
    if account.contact_sealed is None:
        return {"phone": "", "mail": ""}
    services.sealer.load(reader, tenant_id, (account.party_id,))
    content = services.sealer.open(
        tenant_id, account.party_id, contact_place(account.id), account.contact_sealed
    )
    found: dict[str, str] = json.loads(content)
    return found


def contact_place(account_id: int) -> str:
    """Name the place where an office's way to reach somebody is sealed."""
    return f"account.contact_sealed.{account_id}"


def find_account(reader: Connection, tenant_id: int, account_id: int) -> Any:
    """Read an account of staff with its name; raises Denied where there is none."""
    a = t.account.c
    row = reader.execute(
        sa.select(t.account, t.party.c.name)
        .join(t.party, sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.party_id))
        .where(a.tenant_id == tenant_id, a.id == account_id, a.kind == "staff")
    ).first()
    if row is None:
        raise Denied("account")
    return row


def check_office(accessor: Accessor, action: str, posts: Sequence[PostLine]) -> None:
    """Refuse somebody who administers other offices than those of the posts.

    To read, one of the posts is enough; to change a person, all that are not over must lie
    in the administrator's offices. Who has no post belongs to those who administer all.
    """
    mine = offices(accessor, RESOURCE, action)
    if mine is None:
        return
    today = accessor.actor.today or dt.date.max
    inside = [post.department_id in mine for post in posts]
    if action != "read":
        inside = [post.department_id in mine for post in posts if post.when(today) != "over"]
    if not inside or not (any(inside) if action == "read" else all(inside)):
        raise Denied("account")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One place where somebody is logged in."""

    key: str
    account_id: int
    name: str
    login: str
    kind: str
    address: str
    agent: str
    created_at: dt.datetime
    seen_at: dt.datetime
    mine: bool


def list_sessions(
    reader: Connection,
    actor: Actor,
    now: dt.datetime,
    *,
    account_id: int | None = None,
    query: str = "",
    kind: str = "",
    mine: bytes = b"",
    page: int = 0,
) -> tuple[list[OpenSession], int]:
    """List sessions that are open now, those used last first; two statements.

    The caller has asked whether the actor may; `mine` is the hash of the asking session.
    """
    s, a = t.session.c, t.account.c
    alive = sa.or_(
        *(sa.and_(a.kind == name, s.seen_at > now - idle) for name, idle in IDLE.items())
    )
    statement = (
        sa.select(
            s.token_hash, s.account_id, s.address, s.agent, s.created_at, s.seen_at, a.kind,
            a.login, t.party.c.name,
        )
        .select_from(
            t.session.join(
                t.account, sa.and_(a.tenant_id == s.tenant_id, a.id == s.account_id)
            ).join(
                t.party, sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.party_id)
            )
        )
        .where(
            s.tenant_id == actor.tenant_id, s.revoked_at.is_(None), s.expires_at > now, alive
        )
    )  # fmt: skip
    if account_id is not None:
        statement = statement.where(s.account_id == account_id)
    if kind:
        statement = statement.where(a.kind == kind)
    text = query.strip().replace("\0", "")
    if text:
        statement = statement.where(
            sa.or_(
                t.party.c.name.contains(text, autoescape=True),
                a.login.contains(text.casefold(), autoescape=True),
                s.address == text,
            )
        )
    total = reader.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar()
    rows = reader.execute(
        statement.order_by(s.seen_at.desc(), s.token_hash).limit(PAGE).offset(page * PAGE)
    )
    return [
        OpenSession(
            row.token_hash.hex(), row.account_id, row.name, row.login or "", row.kind,
            row.address, row.agent, row.created_at, row.seen_at, row.token_hash == mine,
        )
        for row in rows
    ], int(total or 0)  # fmt: skip
