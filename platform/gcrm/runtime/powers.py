"""Who may give which post: offices to their administrators, powers to the security administrator.

No super-user (等保 8.1.5): whoever makes accounts cannot give the roles that administer, and
nobody changes an account of their own or one with more power than theirs.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor
from gcrm.runtime.administration import offices
from gcrm.runtime.refusals import Refused
from gcrm.runtime.staff_rows import RESOURCE, PostLine, check_office, posts_of
from gcrm.store import tables as t

RIGHTS = "admin.rights"


class Duty(Protocol):
    """A role in a department, given or to be given."""

    @property
    def role(self) -> str:
        """The role's code."""
        ...

    @property
    def department_id(self) -> int:
        """The department."""
        ...


def administering(reader: Connection, tenant_id: int) -> frozenset[str]:
    """Give the roles that administer the platform: the three, and those with such a right."""
    r = t.role_right.c
    found = reader.execute(
        sa.select(r.role_code).where(
            r.tenant_id == tenant_id, r.app_id.is_(None), r.resource.startswith("admin.")
        )
    ).scalars()
    return frozenset({*t.THREE, *found})


def check_giving(reader: Connection, accessor: Accessor, posts: Iterable[Duty]) -> None:
    """Refuse posts that the actor may not give or take away. Raises Denied or Refused."""
    strong = administering(reader, accessor.actor.tenant_id)
    mine: frozenset[int] | None = frozenset()
    asked = False
    for post in posts:
        if post.role in strong:
            if not accessor.has(RIGHTS, "write"):
                raise Refused("post_of_power", {}, 403)
            continue
        accessor.require(RESOURCE, "write")
        if not asked:
            mine, asked = offices(accessor, RESOURCE, "write"), True
        if mine is not None and post.department_id not in mine:
            raise Refused("post_elsewhere", {}, 403)


def check_changing(reader: Connection, accessor: Accessor, account_id: int) -> list[PostLine]:
    """Refuse to change oneself, somebody of another office, or an account with more power.

    Gives the account's posts. Raises Denied or Refused.
    """
    actor = accessor.actor
    if not accessor.has(RESOURCE, "write") and not accessor.has(RIGHTS, "write"):
        accessor.require(RESOURCE, "write")
    posts = posts_of(reader, actor.tenant_id, [account_id]).get(account_id, [])
    if account_id == actor.account_id:
        raise Refused("own_account", {}, 403)
    today = actor.today or dt.date.max
    held = [post for post in posts if post.when(today) != "over"]
    strong = administering(reader, actor.tenant_id)
    if any(post.role in strong for post in held):
        if not accessor.has(RIGHTS, "write"):
            raise Refused("account_of_power", {}, 403)
        return posts
    accessor.require(RESOURCE, "write")
    check_office(accessor, "write", posts)
    return posts


def exclude(one: Any, other: Any) -> bool:
    """Tell whether two roles may not be one person's."""
    if one.code == other.code:
        return False
    if one.code in t.THREE and other.code in t.THREE:
        return True
    return other.code in _codes(one.excludes) or one.code in _codes(other.excludes)


def _codes(text: str | None) -> Sequence[str]:
    return [each.strip() for each in (text or "").split(",")]
