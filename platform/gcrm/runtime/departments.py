"""Departments: made, renamed, moved, merged or abolished, with what that does to posts."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied
from gcrm.runtime.administration import changes, faster, forget, require, write_down
from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.staff_rows import below
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CLOSED_STATES
from gcrm.store.names import Named, english_of, with_english

RESOURCE = "admin.settings"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}")


@dataclass(frozen=True, slots=True)
class NewDepartment:
    """A department that exists from a day on."""

    code: str
    name: str
    parent_id: int | None
    region: str | None
    valid_from: dt.date
    english: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditDepartment:
    """Names, place in the tree and region as they shall be."""

    department_id: int
    rev: int
    name: str
    parent_id: int | None
    region: str | None
    english: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndDepartment:
    """The last day of a department; a successor takes over its posts and what is below it."""

    department_id: int
    rev: int
    last_day: dt.date
    successor_id: int | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What ending a department would touch."""

    posts: int
    people: int
    children: int
    tasks: int
    cases: int


def list_departments(reader: Connection, accessor: Accessor, today: dt.date) -> Sequence[Any]:
    """List departments with their number of posts today; one statement."""
    accessor.require(RESOURCE, "read")
    d, p = t.department.c, t.post.c
    posts = (
        sa.select(sa.func.count(sa.func.distinct(p.account_id)))
        .where(
            p.tenant_id == d.tenant_id,
            p.department_id == d.id,
            p.valid_from <= today,
            sa.or_(p.valid_to.is_(None), p.valid_to >= today),
        )
        .scalar_subquery()
    )
    return reader.execute(
        sa.select(t.department, t.region.c.name.label("region"), posts.label("people"))
        .select_from(
            t.department.outerjoin(
                t.region,
                sa.and_(t.region.c.tenant_id == d.tenant_id, t.region.c.code == d.region_code),
            )
        )
        .where(d.tenant_id == accessor.actor.tenant_id)
        .order_by(d.code)
    ).all()


def read_department(reader: Connection, accessor: Accessor, department_id: int) -> Any:
    """Read one department; Denied where there is none."""
    accessor.require(RESOURCE, "read")
    return _find(reader, accessor.actor.tenant_id, department_id)


def _find(reader: Connection, tenant_id: int, department_id: int) -> Any:
    d = t.department.c
    row = reader.execute(
        sa.select(t.department).where(d.tenant_id == tenant_id, d.id == department_id)
    ).first()
    if row is None:
        raise Denied("department")
    return row


def effect(reader: Connection, tenant_id: int, department_id: int, today: dt.date) -> Effect:
    """Count what hangs on a department: posts, people, departments below, open work."""
    p, d, k, c = t.post.c, t.department.c, t.task.c, t.case.c
    held = (
        p.tenant_id == tenant_id,
        p.department_id == department_id,
        sa.or_(p.valid_to.is_(None), p.valid_to >= today),
    )

    def number(what: Any, *conditions: Any) -> Any:
        return sa.select(what).where(*conditions).scalar_subquery()

    row = reader.execute(
        sa.select(
            number(sa.func.count(), *held),
            number(sa.func.count(sa.func.distinct(p.account_id)), *held),
            number(
                sa.func.count(),
                d.tenant_id == tenant_id,
                d.parent_id == department_id,
                d.valid_to.is_(None),
            ),
            number(
                sa.func.count(),
                k.tenant_id == tenant_id,
                k.department_id == department_id,
                k.status == "open",
            ),
            number(
                sa.func.count(),
                c.tenant_id == tenant_id,
                c.department_id == department_id,
                c.state.not_in(sorted(CLOSED_STATES)),
            ),
        )
    ).one()
    return Effect(*row)


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    row: Any
    told: dict[str, Any]
    posts: tuple[Any, ...] = ()
    names: Mapping[str, str] | None = None

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def _prepare_new(
    reader: Connection, services: Services, actor: Actor, ask: NewDepartment, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    if not CODE.fullmatch(ask.code):
        raise Refused("department_code", {}, 422)
    if not ask.name.strip():
        raise Refused("department_name", {}, 422)
    d = t.department.c
    taken = reader.execute(
        sa.select(d.name, d.names).where(d.tenant_id == actor.tenant_id, d.code == ask.code)
    ).first()
    if taken is not None:
        raise Refused("department_taken", {"code": ask.code, "name": Named.of(taken)}, 409)
    if ask.parent_id is not None:
        _check_open(_find(reader, actor.tenant_id, ask.parent_id), ask.valid_from)
    _check_region(reader, actor.tenant_id, ask.region)
    english = read_english(ask.english)
    told = {"code": ask.code, "name": ask.name.strip(), "valid_from": ask.valid_from.isoformat()}
    if english:
        told["english"] = english
    return _Plan(actor, ask, None, told, names=with_english(None, english))


def _check_open(row: Any, day: dt.date) -> None:
    if row.valid_to is not None and row.valid_to < day:
        raise Refused("department_closed", {"name": Named.of(row)}, 409)


def _check_region(reader: Connection, tenant_id: int, code: str | None) -> None:
    r = t.region.c
    if code and (
        reader.execute(sa.select(r.code).where(r.tenant_id == tenant_id, r.code == code)).first()
        is None
    ):
        raise Refused("department_region", {}, 422)


def _commit_new(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask, key = plan.ask, new_id()
    writer.execute(
        sa.insert(t.department),
        {
            "tenant_id": plan.tenant_id, "id": key, "code": ask.code, "name": ask.name.strip(),
            "names": plan.names, "parent_id": ask.parent_id, "region_code": ask.region,
            "valid_from": ask.valid_from,
        },
    )  # fmt: skip
    _record(writer, services, plan, "department_created", key, now)
    return plan


def _changing(reader: Connection, actor: Actor, ask: Any) -> Any:
    require(reader, actor, RESOURCE, "write")
    row = _find(reader, actor.tenant_id, ask.department_id)
    if row.rev != ask.rev:
        subject = f"department:{row.id}"
        raise faster(reader, actor.tenant_id, subject, audit.TENANT_CHAIN)
    if row.valid_to is not None:
        raise Refused("department_closed", {"name": Named.of(row)}, 409)
    return row


def _prepare_edit(
    reader: Connection, services: Services, actor: Actor, ask: EditDepartment, now: dt.datetime
) -> _Plan:
    row = _changing(reader, actor, ask)
    if not ask.name.strip():
        raise Refused("department_name", {}, 422)
    if ask.parent_id is not None:
        if ask.parent_id in below(reader, actor.tenant_id, row.id):
            raise Refused("department_circle", {}, 422)
        _check_open(_find(reader, actor.tenant_id, ask.parent_id), now.date())
    _check_region(reader, actor.tenant_id, ask.region)
    english = read_english(ask.english)
    told = changes(
        {
            "name": row.name, "english": english_of(row), "parent": str(row.parent_id or ""),
            "region": row.region_code,
        },
        {
            "name": ask.name.strip(), "english": english, "parent": str(ask.parent_id or ""),
            "region": ask.region,
        },
    )  # fmt: skip
    return _Plan(actor, ask, row, told, names=with_english(row.names, english))


def _commit_edit(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask = plan.ask
    _touch(
        writer, plan, name=ask.name.strip(), names=plan.names, parent_id=ask.parent_id,
        region_code=ask.region,
    )  # fmt: skip
    _record(writer, services, plan, "department_edited", plan.row.id, now)
    return plan


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndDepartment, now: dt.datetime
) -> _Plan:
    row = _changing(reader, actor, ask)
    today = now.astimezone(services.zone).date()
    if ask.last_day < today - dt.timedelta(days=1):
        raise Refused("department_ends_past", {}, 422)
    found = effect(reader, actor.tenant_id, row.id, today)
    if ask.successor_id is None:
        if found.children or found.posts or found.tasks:
            raise Refused("department_needs_heir", {}, 422)
    elif ask.successor_id in below(reader, actor.tenant_id, row.id):
        raise Refused("department_circle", {}, 422)
    else:
        _check_open(_find(reader, actor.tenant_id, ask.successor_id), ask.last_day)
    p = t.post.c
    posts = reader.execute(
        sa.select(t.post).where(
            p.tenant_id == actor.tenant_id,
            p.department_id == row.id,
            sa.or_(p.valid_to.is_(None), p.valid_to > ask.last_day),
        )
    ).all()
    told = {
        "valid_to": ask.last_day.isoformat(),
        "successor": str(ask.successor_id or ""),
        "posts_moved": len(posts),
    }
    return _Plan(actor, ask, row, told, tuple(posts))


def _commit_end(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    """End it; posts go on in the successor from the next day, what was below hangs there."""
    ask, row = plan.ask, plan.row
    _touch(writer, plan, valid_to=ask.last_day, successor_id=ask.successor_id)
    if ask.successor_id is not None:
        next_day = ask.last_day + dt.timedelta(days=1)
        for post in plan.posts:
            _move_post(writer, post, ask, next_day)
        writer.execute(
            sa.update(t.department)
            .where(
                t.department.c.tenant_id == plan.tenant_id,
                t.department.c.parent_id == row.id,
                t.department.c.valid_to.is_(None),
            )
            .values(parent_id=ask.successor_id, rev=t.department.c.rev + 1)
        )
        writer.execute(
            sa.update(t.task)
            .where(
                t.task.c.tenant_id == plan.tenant_id,
                t.task.c.department_id == row.id,
                t.task.c.status == "open",
            )
            .values(department_id=ask.successor_id, rev=t.task.c.rev + 1)
        )
    _record(writer, services, plan, "department_ended", row.id, now)
    return plan


def _move_post(writer: Connection, post: Any, ask: EndDepartment, next_day: dt.date) -> None:
    where = (t.post.c.tenant_id == post.tenant_id, t.post.c.id == post.id)
    if post.valid_from >= next_day:
        writer.execute(sa.update(t.post).where(*where).values(department_id=ask.successor_id))
        return
    writer.execute(sa.update(t.post).where(*where).values(valid_to=ask.last_day))
    writer.execute(
        sa.insert(t.post),
        {
            "tenant_id": post.tenant_id, "id": new_id(), "party_id": post.party_id,
            "account_id": post.account_id, "department_id": ask.successor_id,
            "role_code": post.role_code, "region_code": post.region_code,
            "grid_id": post.grid_id, "valid_from": next_day, "valid_to": post.valid_to,
        },
    )  # fmt: skip


def _touch(writer: Connection, plan: _Plan, **values: Any) -> None:
    d = t.department.c
    done = writer.execute(
        sa.update(t.department)
        .where(d.tenant_id == plan.tenant_id, d.id == plan.row.id, d.rev == plan.row.rev)
        .values(rev=plan.row.rev + 1, **values)
    )
    if done.rowcount != 1:
        raise StaleError(f"Department {plan.row.id} was changed meanwhile.")


def _record(
    writer: Connection, services: Services, plan: _Plan, action: str, key: int, now: dt.datetime
) -> None:
    write_down(
        writer, services, plan.actor, action, f"department:{key}", plan.told, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip


CREATE = UseCase(_prepare_new, _commit_new, forget)
EDIT = UseCase(_prepare_edit, _commit_edit, forget)
END = UseCase(_prepare_end, _commit_end, forget)
