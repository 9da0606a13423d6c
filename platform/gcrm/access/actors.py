"""Who asks: the actor of a session, found with one statement."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, select

from gcrm.store.tables import account, department, party, post, session, tenant

IDLE = {
    "staff": dt.timedelta(minutes=15),
    "citizen": dt.timedelta(minutes=30),
    "service": dt.timedelta(minutes=15),
}
"""How long a session may rest, by kind of account (等保 8.1.4.1 b)."""


@dataclass(frozen=True, slots=True)
class Post:
    """One duty of a member of staff: a role in a department, for a region or a grid."""

    role: str
    department_id: int | None
    region_code: str | None
    grid_id: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account, the party behind it, and the posts that are valid today.

    `kind` is citizen, staff or service; `assurance` 1 phone, 2 real name, 3 face or
    card. `seen_at` is when the session was last written down as used, `today` the day
    in the tenant's zone. `must_change`: the password was somebody else's choice, and nothing
    else is open until it is changed.
    """

    tenant_id: int
    account_id: int
    party_id: int
    kind: str
    assurance: int
    locale: str
    posts: tuple[Post, ...]
    name: str
    seen_at: dt.datetime | None = None
    today: dt.date | None = None
    must_change: bool = False

    def has_role(self, role: str) -> bool:
        """Tell whether one of the posts has this role."""
        return any(each.role == role for each in self.posts)


def hash_token(token: str) -> bytes:
    """Give what the database keeps of a session's token (256 random bits need no salt)."""
    return hashlib.sha256(token.encode("utf-8")).digest()


def actor_of_session(
    reader: Connection, tenant_id: int, token: str, now: dt.datetime
) -> Actor | None:
    """Find who holds the token; None where the session is over, revoked, idle or disabled.

    One statement, whatever the number of posts.
    """
    rows = reader.execute(_SESSION, {"tenant": tenant_id, "hash": hash_token(token)}).all()
    if not rows:
        return None
    first = rows[0]._mapping
    if first["revoked_at"] is not None or first["disabled"] or first["expires_at"] <= now:
        return None
    if first["seen_at"] + IDLE[first["kind"]] <= now:
        return None
    today = now.astimezone(ZoneInfo(first["zone"])).date()
    return Actor(
        tenant_id=tenant_id,
        account_id=first["account_id"],
        party_id=first["party_id"],
        kind=first["kind"],
        assurance=first["assurance"],
        locale=first["locale"] or first["tenant_locale"],
        posts=valid_posts([dict(row._mapping) for row in rows], today),
        name=first["name"],
        seen_at=first["seen_at"],
        today=today,
        must_change=first["must_change"],
    )


def actor_of_account(
    reader: Connection, tenant_id: int, account_id: int, now: dt.datetime
) -> Actor | None:
    """Find the actor of an account without a session: for jobs, commands and tests."""
    rows = reader.execute(_ACCOUNT, {"tenant": tenant_id, "account": account_id}).all()
    if not rows or rows[0].disabled:
        return None
    first = rows[0]._mapping
    today = now.astimezone(ZoneInfo(first["zone"])).date()
    return Actor(
        tenant_id=tenant_id,
        account_id=account_id,
        party_id=first["party_id"],
        kind=first["kind"],
        assurance=first["assurance"],
        locale=first["locale"] or first["tenant_locale"],
        posts=valid_posts([dict(row._mapping) for row in rows], today),
        name=first["name"],
        today=today,
    )


def valid_posts(rows: Sequence[Mapping[str, Any]], today: dt.date) -> tuple[Post, ...]:
    """Keep the posts that are valid on a day; a post without a region has its department's."""
    posts = {
        Post(
            row["role_code"],
            row["department_id"],
            row["post_region"] or row["department_region"],
            row["grid_id"],
        )
        for row in rows
        if row["role_code"] is not None
        and row["valid_from"] <= today
        and (row["valid_to"] is None or today <= row["valid_to"])
    }
    return tuple(sorted(posts, key=lambda each: (each.role, each.department_id or 0)))


_WHO = (
    account.c.id.label("account_id"),
    account.c.party_id,
    account.c.kind,
    account.c.assurance,
    account.c.locale,
    account.c.disabled,
    account.c.must_change,
    party.c.name,
    tenant.c.zone,
    tenant.c.locale.label("tenant_locale"),
    post.c.role_code,
    post.c.department_id,
    post.c.region_code.label("post_region"),
    post.c.grid_id,
    post.c.valid_from,
    post.c.valid_to,
    department.c.region_code.label("department_region"),
)

_PEOPLE = (
    account.join(tenant, tenant.c.id == account.c.tenant_id)
    .join(party, and_(party.c.tenant_id == account.c.tenant_id, party.c.id == account.c.party_id))
    .outerjoin(
        post,
        and_(
            post.c.tenant_id == account.c.tenant_id,
            post.c.account_id == account.c.id,
            account.c.kind != "citizen",
        ),
    )
    .outerjoin(
        department,
        and_(department.c.tenant_id == post.c.tenant_id, department.c.id == post.c.department_id),
    )
)

_SESSION = (
    select(session.c.revoked_at, session.c.expires_at, session.c.seen_at, *_WHO)
    .select_from(
        session.join(
            _PEOPLE,
            and_(account.c.tenant_id == session.c.tenant_id, account.c.id == session.c.account_id),
        )
    )
    .where(session.c.tenant_id == bindparam("tenant"), session.c.token_hash == bindparam("hash"))
)

_ACCOUNT = (
    select(*_WHO)
    .select_from(_PEOPLE)
    .where(account.c.tenant_id == bindparam("tenant"), account.c.id == bindparam("account"))
)
