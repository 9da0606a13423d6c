"""Roles: who brought them, what they may, who holds them; those of the platform change here."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied, ScopeError, from_json
from gcrm.runtime.administration import changes, faster, forget, require, write_down
from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.names import english_of, name_column, name_in, with_english

RESOURCE = "admin.rights"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
ROWS = ("case", "task", "submission", "event", "opinion", "attachment", "notice", "rating")
ROOMS = (
    "admin.people", "admin.rights", "admin.settings", "admin.jobs", "admin.audit",
    "admin.sessions", "admin.apps", "admin.messages",
)  # fmt: skip
ACTIONS = ("read", "write", "act", "publish", "reveal", "answer", "extend", "judge")
SCOPES: Mapping[str, Mapping[str, Any]] = {
    "everything": {"scope": "everything"},
    "department_below": {"scope": "department", "below": True},
    "department": {"scope": "department", "below": False},
    "region_below": {"scope": "region", "below": True},
    "region": {"scope": "region", "below": False},
    "grid": {"scope": "grid"},
    "assigned": {"scope": "assigned"},
    "own": {"scope": "own"},
}
APART = (
    ("admin.people", "admin.rights"),
    ("admin.people", "admin.audit"),
    ("admin.rights", "admin.audit"),
    ("admin.settings", "admin.rights"),
    ("admin.settings", "admin.audit"),
)
"""Powers that no role has together with the right to write: nobody makes accounts and gives
them power, nobody changes what they are checked by."""


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role in the list."""

    code: str
    name: str
    apps: tuple[str, ...]
    rights: int
    holders: int
    platform: bool


def list_roles(
    reader: Connection, accessor: Accessor, app_id: str, query: str, today: dt.date, locale: str
) -> list[RoleLine]:
    """List roles with the apps that use them, and count rights and holders; three statements."""
    accessor.require(RESOURCE, "read")
    tenant = accessor.actor.tenant_id
    r, right, p = t.role.c, t.role_right.c, t.post.c
    apps: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for row in reader.execute(
        sa.select(right.role_code, right.app_id, sa.func.count().label("rights"))
        .where(right.tenant_id == tenant)
        .group_by(right.role_code, right.app_id)
    ):
        counts[row.role_code] = counts.get(row.role_code, 0) + row.rights
        if row.app_id:
            apps.setdefault(row.role_code, set()).add(row.app_id)
    holders: dict[str, int] = {
        row[0]: row[1]
        for row in reader.execute(
            sa.select(p.role_code, sa.func.count(sa.func.distinct(p.account_id)))
            .where(
                p.tenant_id == tenant,
                p.valid_from <= today,
                sa.or_(p.valid_to.is_(None), p.valid_to >= today),
            )
            .group_by(p.role_code)
        )
    }
    found, said = [], name_column(t.role, locale).label("said")
    for row in reader.execute(
        sa.select(r.code, r.name, said, r.app_id)
        .where(r.tenant_id == tenant)
        .order_by(said, r.code)
    ):
        used = {*apps.get(row.code, ()), *([row.app_id] if row.app_id else [])}
        wanted = not app_id or app_id in used or (app_id == "-" and row.app_id is None)
        if wanted and (
            not query or query.casefold() in f"{row.name} {row.said} {row.code}".casefold()
        ):
            found.append(
                RoleLine(
                    row.code, row.said, tuple(sorted(used)), counts.get(row.code, 0),
                    holders.get(row.code, 0), row.app_id is None,
                )
            )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class RightLine:
    """One right of a role, with the scope as a sentence."""

    id: int
    resource: str
    action: str
    sentence: str
    app_id: str | None


@dataclass(frozen=True, slots=True)
class RolePage:
    """A role with its rights and who holds it today; `said` is its name for the reader."""

    code: str
    name: str
    english: str
    said: str
    app_id: str | None
    excludes: tuple[str, ...]
    rev: int
    rights: tuple[RightLine, ...]
    holders: tuple[Any, ...]


def read_role(
    reader: Connection, accessor: Accessor, code: str, today: dt.date, locale: str
) -> RolePage:
    """Read a role; Denied where there is none."""
    accessor.require(RESOURCE, "read")
    tenant = accessor.actor.tenant_id
    role = _find(reader, tenant, code)
    right, p, a = t.role_right.c, t.post.c, t.account.c
    rights = [
        RightLine(row.id, row.resource, row.action, _sentence(row.scope, locale), row.app_id)
        for row in reader.execute(
            sa.select(t.role_right)
            .where(right.tenant_id == tenant, right.role_code == code)
            .order_by(right.app_id, right.resource, right.action, right.id)
        )
    ]
    holders = reader.execute(
        sa.select(
            a.id,
            t.party.c.name,
            name_column(t.department, locale).label("office"),
            p.valid_from,
            p.valid_to,
        )
        .select_from(
            t.post.join(t.account, sa.and_(a.tenant_id == p.tenant_id, a.id == p.account_id))
            .join(t.party, sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.party_id))
            .join(
                t.department,
                sa.and_(
                    t.department.c.tenant_id == p.tenant_id, t.department.c.id == p.department_id
                ),
            )
        )
        .where(
            p.tenant_id == tenant,
            p.role_code == code,
            sa.or_(p.valid_to.is_(None), p.valid_to >= today),
        )
        .order_by(t.party.c.name)
    ).all()
    excludes = tuple(each for each in (role.excludes or "").split(",") if each)
    return RolePage(
        role.code, role.name, english_of(role), name_in(locale, role.name, role.names),
        role.app_id, excludes, role.rev, tuple(rights), tuple(holders),
    )  # fmt: skip


def _sentence(scope: Any, locale: str) -> str:
    try:
        return from_json(scope).sentence(locale)
    except ScopeError:
        return from_json({"scope": "nothing"}).sentence(locale)


def _find(reader: Connection, tenant_id: int, code: str) -> Any:
    row = reader.execute(
        sa.select(t.role).where(t.role.c.tenant_id == tenant_id, t.role.c.code == code)
    ).first()
    if row is None:
        raise Denied("role")
    return row


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role of the platform to be made."""

    code: str
    name: str
    excludes: tuple[str, ...] = ()
    english: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditRole:
    """Names of a role and the roles that no holder may have besides."""

    code: str
    rev: int
    name: str
    excludes: tuple[str, ...] = ()
    english: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddRight:
    """A right more; `scope` is a key of SCOPES."""

    code: str
    rev: int
    resource: str
    action: str
    scope: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class TakeRight:
    """A right less."""

    code: str
    rev: int
    right_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    role: Any
    told: dict[str, Any]
    names: Mapping[str, str] | None = None


def _prepare_new(
    reader: Connection, services: Services, actor: Actor, ask: NewRole, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    if not CODE.fullmatch(ask.code):
        raise Refused("role_code", {}, 422)
    if not ask.name.strip():
        raise Refused("role_name", {}, 422)
    if reader.execute(
        sa.select(t.role.c.code).where(
            t.role.c.tenant_id == actor.tenant_id, t.role.c.code == ask.code
        )
    ).first():
        raise Refused("role_taken", {"code": ask.code}, 409)
    english = read_english(ask.english)
    told = {"name": ask.name.strip(), "excludes": ",".join(ask.excludes)}
    if english:
        told["english"] = english
    return _Plan(actor, ask, None, told, with_english(None, english))


def _commit_new(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> str:
    ask = plan.ask
    writer.execute(
        sa.insert(t.role),
        {
            "tenant_id": plan.actor.tenant_id, "code": ask.code, "name": ask.name.strip(),
            "names": plan.names, "excludes": ",".join(ask.excludes)[:200],
        },
    )  # fmt: skip
    _record(writer, services, plan, "role_created", now)
    return str(ask.code)


def _changing(reader: Connection, actor: Actor, ask: Any) -> Any:
    """Read a role of the platform that the actor may change, and does not hold."""
    require(reader, actor, RESOURCE, "write")
    role = _find(reader, actor.tenant_id, ask.code)
    if role.app_id is not None:
        raise Refused("role_of_app", {}, 403)
    if actor.has_role(role.code):
        raise Refused("role_own", {}, 403)
    if role.rev != ask.rev:
        raise faster(reader, actor.tenant_id, f"role:{role.code}", audit.TENANT_CHAIN)
    return role


def _prepare_edit(
    reader: Connection, services: Services, actor: Actor, ask: EditRole, now: dt.datetime
) -> _Plan:
    role = _changing(reader, actor, ask)
    if not ask.name.strip():
        raise Refused("role_name", {}, 422)
    both = _both(reader, actor.tenant_id, role.code, ask.excludes, now)
    if both is not None:
        raise Refused("role_excludes_held", {"name": both}, 409)
    english = read_english(ask.english)
    told = {
        "name": {"before": role.name, "after": ask.name.strip()},
        "excludes": {"before": role.excludes or "", "after": ",".join(ask.excludes)},
        **changes({"english": english_of(role)}, {"english": english}),
    }
    return _Plan(actor, ask, role, told, with_english(role.names, english))


def _both(
    reader: Connection, tenant_id: int, code: str, excludes: Sequence[str], now: dt.datetime
) -> str | None:
    """Name somebody who holds both roles now, so that they cannot exclude each other."""
    mine, other = t.post.alias("mine"), t.post.alias("other")
    today = now.date()
    return reader.execute(
        sa.select(t.party.c.name)
        .select_from(
            mine.join(
                other,
                sa.and_(other.c.tenant_id == mine.c.tenant_id, other.c.party_id == mine.c.party_id),
            ).join(
                t.party,
                sa.and_(t.party.c.tenant_id == mine.c.tenant_id, t.party.c.id == mine.c.party_id),
            )
        )
        .where(
            mine.c.tenant_id == tenant_id,
            mine.c.role_code == code,
            other.c.role_code.in_(list(excludes)),
            sa.or_(mine.c.valid_to.is_(None), mine.c.valid_to >= today),
            sa.or_(other.c.valid_to.is_(None), other.c.valid_to >= today),
        )
        .limit(1)
    ).scalar()


def _commit_edit(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask = plan.ask
    excludes = ",".join(ask.excludes)[:200]
    _touch(writer, plan, name=ask.name.strip(), names=plan.names, excludes=excludes)
    _record(writer, services, plan, "role_changed", now)
    return plan.actor


def _prepare_add(
    reader: Connection, services: Services, actor: Actor, ask: AddRight, now: dt.datetime
) -> _Plan:
    role = _changing(reader, actor, ask)
    if ask.resource not in (*ROWS, *ROOMS) or ask.action not in ACTIONS:
        raise Refused("right_unknown", {}, 422)
    if ask.scope not in SCOPES:
        raise Refused("right_unknown", {}, 422)
    right = t.role_right.c
    held = {
        (row.resource, row.action)
        for row in reader.execute(
            sa.select(right.resource, right.action).where(
                right.tenant_id == actor.tenant_id, right.role_code == role.code
            )
        )
    }
    _check_apart(role.code, {*held, (ask.resource, ask.action)})
    told = {"rights": {"before": None, "after": f"{ask.resource} {ask.action} {ask.scope}"}}
    return _Plan(actor, ask, role, told)


def _check_apart(code: str, rights: set[tuple[str, str]]) -> None:
    """Refuse powers that must stay with different people (等保 8.1.5)."""
    writes = {resource for resource, action in rights if action != "read"}
    if code == "audit_admin" and writes:
        raise Refused("right_auditor", {}, 409)
    named = {resource for resource, _ in rights}
    for one, other in APART:
        audits = other == "admin.audit" and other in named
        if one in writes and (other in writes or audits):
            raise Refused("right_mixes", {}, 409)


def _commit_add(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask = plan.ask
    _touch(writer, plan)
    writer.execute(
        sa.insert(t.role_right),
        {
            "tenant_id": plan.actor.tenant_id, "id": new_id(), "role_code": ask.code,
            "resource": ask.resource, "action": ask.action, "scope": dict(SCOPES[ask.scope]),
        },
    )  # fmt: skip
    _record(writer, services, plan, "role_changed", now)
    return plan.actor


def _prepare_take(
    reader: Connection, services: Services, actor: Actor, ask: TakeRight, now: dt.datetime
) -> _Plan:
    role = _changing(reader, actor, ask)
    right = t.role_right.c
    row = reader.execute(
        sa.select(t.role_right).where(
            right.tenant_id == actor.tenant_id,
            right.id == ask.right_id,
            right.role_code == role.code,
        )
    ).first()
    if row is None:
        raise Refused("right_gone", {}, 409)
    if row.app_id is not None:
        raise Refused("right_of_app", {}, 403)
    scope = _sentence(row.scope, "zh-CN")
    told = {"rights": {"before": f"{row.resource} {row.action} {scope}", "after": None}}
    return _Plan(actor, ask, role, told)


def _commit_take(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    _touch(writer, plan)
    writer.execute(
        sa.delete(t.role_right).where(
            t.role_right.c.tenant_id == plan.actor.tenant_id,
            t.role_right.c.id == plan.ask.right_id,
        )
    )
    _record(writer, services, plan, "role_changed", now)
    return plan.actor


def _touch(writer: Connection, plan: _Plan, **values: Any) -> None:
    r = t.role.c
    done = writer.execute(
        sa.update(t.role)
        .where(
            r.tenant_id == plan.actor.tenant_id,
            r.code == plan.role.code,
            r.rev == plan.role.rev,
        )
        .values(rev=plan.role.rev + 1, **values)
    )
    if done.rowcount != 1:
        raise StaleError(f"Role {plan.role.code} was changed meanwhile.")


def _record(
    writer: Connection, services: Services, plan: _Plan, action: str, now: dt.datetime
) -> None:
    write_down(
        writer, services, plan.actor, action, f"role:{plan.ask.code}", plan.told, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip


CREATE = UseCase(_prepare_new, _commit_new)
EDIT = UseCase(_prepare_edit, _commit_edit, forget)
ADD_RIGHT = UseCase(_prepare_add, _commit_add, forget)
TAKE_RIGHT = UseCase(_prepare_take, _commit_take, forget)
