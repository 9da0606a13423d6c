"""Regions and grids: made, renamed, ended with a successor, imported; old codes stay known."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied
from gcrm.runtime.administration import changes, faster, forget, require, write_down
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError

RESOURCE = "admin.settings"
CODE = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
MOST = 5_000  # rows of one import


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region that exists from a day on."""

    code: str
    name: str
    parent: str | None
    valid_from: dt.date
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditRegion:
    """A region's name as it shall be."""

    code: str
    rev: int
    name: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndRegion:
    """The last day of a region, and the one that takes over."""

    code: str
    rev: int
    last_day: dt.date
    successor: str | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """Rows of code, name, parent; with `check` nothing is written."""

    rows: tuple[tuple[str, str, str], ...]
    valid_from: dt.date
    check: bool
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: the row as people count it, the column, the refusal."""

    row: int
    column: str
    refused: Refused


def list_regions(reader: Connection, accessor: Accessor) -> Sequence[Any]:
    """List all regions, also those that ended; one statement."""
    accessor.require(RESOURCE, "read")
    r = t.region.c
    return reader.execute(
        sa.select(t.region, r.parent_code.label("parent_id"))
        .where(r.tenant_id == accessor.actor.tenant_id)
        .order_by(r.code)
    ).all()


def read_region(reader: Connection, accessor: Accessor, code: str) -> Any:
    """Read one region; Denied where there is none."""
    accessor.require(RESOURCE, "read")
    return _find(reader, accessor.actor.tenant_id, code)


def _find(reader: Connection, tenant_id: int, code: str) -> Any:
    r = t.region.c
    row = reader.execute(
        sa.select(t.region).where(r.tenant_id == tenant_id, r.code == code)
    ).first()
    if row is None:
        raise Denied("region")
    return row


def effect(reader: Connection, tenant_id: int, code: str, today: dt.date) -> tuple[int, int, int]:
    """Count departments, posts and open tasks of a region."""
    d, p, k = t.department.c, t.post.c, t.task.c

    def number(*conditions: Any) -> Any:
        return sa.select(sa.func.count()).where(*conditions).scalar_subquery()

    row = reader.execute(
        sa.select(
            number(d.tenant_id == tenant_id, d.region_code == code, d.valid_to.is_(None)),
            number(
                p.tenant_id == tenant_id,
                p.region_code == code,
                sa.or_(p.valid_to.is_(None), p.valid_to >= today),
            ),
            number(k.tenant_id == tenant_id, k.region_code == code, k.status == "open"),
        )
    ).one()
    return row[0], row[1], row[2]


def level_of(code: str) -> int:
    """Tell the level that a code means: province, city, county, street, community."""
    if len(code) == 12:
        return 5
    if len(code) == 9:
        return 4
    if code.endswith("0000"):
        return 1
    return 2 if code.endswith("00") else 3


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    row: Any
    told: dict[str, Any]

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def _prepare_new(
    reader: Connection, services: Services, actor: Actor, ask: NewRegion, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    if not CODE.fullmatch(ask.code):
        raise Refused("region_code", {}, 422)
    if not ask.name.strip():
        raise Refused("region_name", {}, 422)
    names = _names(reader, actor.tenant_id)
    if ask.code in names:
        raise Refused("region_taken", {"code": ask.code, "name": names[ask.code]}, 409)
    if ask.parent and ask.parent not in names:
        raise Refused("region_parent", {}, 422)
    told = {"code": ask.code, "name": ask.name.strip(), "valid_from": ask.valid_from.isoformat()}
    return _Plan(actor, ask, None, told)


def _names(reader: Connection, tenant_id: int) -> dict[str, str]:
    r = t.region.c
    rows = reader.execute(sa.select(r.code, r.name).where(r.tenant_id == tenant_id))
    return {row.code: row.name for row in rows}


def _row(tenant_id: int, code: str, name: str, parent: str | None, since: dt.date) -> Any:
    return {
        "tenant_id": tenant_id, "code": code, "name": name, "parent_code": parent or None,
        "level": level_of(code), "is_demo": False, "valid_from": since,
    }  # fmt: skip


def _commit_new(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> _Plan:
    ask = plan.ask
    writer.execute(
        sa.insert(t.region),
        _row(plan.tenant_id, ask.code, ask.name.strip(), ask.parent, ask.valid_from),
    )
    _record(writer, services, plan, "region_created", ask.code, now)
    return plan


def _changing(reader: Connection, actor: Actor, ask: Any) -> Any:
    require(reader, actor, RESOURCE, "write")
    row = _find(reader, actor.tenant_id, ask.code)
    if row.rev != ask.rev:
        raise faster(reader, actor.tenant_id, f"region:{row.code}", audit.TENANT_CHAIN)
    if row.valid_to is not None:
        raise Refused("region_closed", {"name": row.name}, 409)
    return row


def _prepare_edit(
    reader: Connection, services: Services, actor: Actor, ask: EditRegion, now: dt.datetime
) -> _Plan:
    row = _changing(reader, actor, ask)
    if not ask.name.strip():
        raise Refused("region_name", {}, 422)
    return _Plan(actor, ask, row, changes({"name": row.name}, {"name": ask.name.strip()}))


def _commit_edit(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> _Plan:
    _touch(writer, plan, name=plan.ask.name.strip())
    _record(writer, services, plan, "region_edited", plan.ask.code, now)
    return plan


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndRegion, now: dt.datetime
) -> _Plan:
    row = _changing(reader, actor, ask)
    today = now.astimezone(services.zone).date()
    if ask.last_day < today - dt.timedelta(days=1):
        raise Refused("region_ends_past", {}, 422)
    if any(effect(reader, actor.tenant_id, row.code, today)) and not ask.successor:
        raise Refused("region_needs_heir", {}, 422)
    if ask.successor:
        heir = _find(reader, actor.tenant_id, ask.successor)
        if heir.code == row.code or heir.valid_to is not None:
            raise Refused("region_heir", {}, 422)
    told = {"valid_to": ask.last_day.isoformat(), "successor": ask.successor}
    return _Plan(actor, ask, row, told)


def _commit_end(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> _Plan:
    """End it; departments, posts and open tasks go over to the successor."""
    ask = plan.ask
    _touch(writer, plan, valid_to=ask.last_day, successor_code=ask.successor)
    if ask.successor:
        for table in (t.department, t.post, t.task):
            open_ = table.c.status == "open" if table is t.task else table.c.valid_to.is_(None)
            writer.execute(
                sa.update(table)
                .where(table.c.tenant_id == plan.tenant_id, table.c.region_code == ask.code, open_)
                .values(region_code=ask.successor)
            )
    _record(writer, services, plan, "region_ended", ask.code, now)
    return plan


@dataclass(frozen=True, slots=True)
class Checked:
    """What an import would do, or did: new rows, renamed ones, faults."""

    tenant_id: int
    new: tuple[tuple[str, str, str], ...]
    renamed: tuple[tuple[str, str, str], ...]  # code, old name, new name
    same: int
    faults: tuple[Fault, ...]
    actor: Actor
    ask: Import


def _prepare_import(
    reader: Connection, services: Services, actor: Actor, ask: Import, now: dt.datetime
) -> Checked:
    require(reader, actor, RESOURCE, "write")
    if not ask.rows:
        raise Refused("sheet_empty", {}, 422)
    if len(ask.rows) > MOST:
        raise Refused("sheet_long", {"most": MOST}, 422)
    names = _names(reader, actor.tenant_id)
    coming = {code for code, _name, _parent in ask.rows}
    new, renamed, faults, same = [], [], [], 0
    seen: set[str] = set()
    for number, (code, name, parent) in enumerate(ask.rows, 2):
        if not CODE.fullmatch(code):
            faults.append(Fault(number, "code", Refused("region_code")))
        elif code in seen:
            faults.append(Fault(number, "code", Refused("region_twice", {"code": code})))
        elif not name.strip():
            faults.append(Fault(number, "name", Refused("region_name")))
        elif parent and parent not in names and parent not in coming:
            faults.append(Fault(number, "parent", Refused("region_parent")))
        elif code not in names:
            new.append((code, name.strip(), parent))
        elif names[code] != name.strip():
            renamed.append((code, names[code], name.strip()))
        else:
            same += 1
        seen.add(code)
    return Checked(actor.tenant_id, tuple(new), tuple(renamed), same, tuple(faults), actor, ask)


def _commit_import(
    writer: Connection, services: Services, plan: Checked, now: dt.datetime
) -> Checked:
    if plan.ask.check or plan.faults or not (plan.new or plan.renamed):
        return plan
    if plan.new:
        rows = [_row(plan.tenant_id, *each, plan.ask.valid_from) for each in plan.new]
        writer.execute(sa.insert(t.region), rows)
    for code, _old, name in plan.renamed:
        r = t.region.c
        writer.execute(
            sa.update(t.region)
            .where(r.tenant_id == plan.tenant_id, r.code == code)
            .values(name=name, rev=r.rev + 1)
        )
    told = {"rows": len(plan.new) + len(plan.renamed), "count": len(plan.new)}
    write_down(
        writer, services, plan.actor, "regions_imported", "region:import", told, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip
    return plan


def _touch(writer: Connection, plan: _Plan, **values: Any) -> None:
    r = t.region.c
    done = writer.execute(
        sa.update(t.region)
        .where(r.tenant_id == plan.tenant_id, r.code == plan.row.code, r.rev == plan.row.rev)
        .values(rev=plan.row.rev + 1, **values)
    )
    if done.rowcount != 1:
        raise StaleError(f"Region {plan.row.code} was changed meanwhile.")


def _record(
    writer: Connection, services: Services, plan: _Plan, action: str, key: Any, now: dt.datetime
) -> None:
    kind = "grid" if action.startswith("grid") else "region"
    write_down(
        writer, services, plan.actor, action, f"{kind}:{key}", plan.told, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A grid inside a region."""

    code: str
    name: str
    region: str
    valid_from: dt.date
    request_id: str | None = None


def list_grids(reader: Connection, accessor: Accessor) -> Sequence[Any]:
    """List grids with their region."""
    accessor.require(RESOURCE, "read")
    grid, r = t.grid.c, t.region.c
    return reader.execute(
        sa.select(t.grid, r.name.label("region"))
        .outerjoin(t.region, sa.and_(r.tenant_id == grid.tenant_id, r.code == grid.region_code))
        .where(grid.tenant_id == accessor.actor.tenant_id)
        .order_by(grid.code)
    ).all()


def _prepare_grid(
    reader: Connection, services: Services, actor: Actor, ask: NewGrid, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    if not ask.code.strip() or not ask.name.strip():
        raise Refused("region_name", {}, 422)
    grid = t.grid.c
    taken = reader.execute(
        sa.select(grid.name).where(grid.tenant_id == actor.tenant_id, grid.code == ask.code)
    ).scalar()
    if taken is not None:
        raise Refused("region_taken", {"code": ask.code, "name": taken}, 409)
    _find(reader, actor.tenant_id, ask.region)
    told = {"code": ask.code, "name": ask.name.strip(), "region": ask.region}
    return _Plan(actor, ask, None, told)


def _commit_grid(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> _Plan:
    ask, key = plan.ask, new_id()
    writer.execute(
        sa.insert(t.grid),
        {
            "tenant_id": plan.tenant_id, "id": key, "code": ask.code, "name": ask.name.strip(),
            "region_code": ask.region, "valid_from": ask.valid_from,
        },
    )  # fmt: skip
    _record(writer, services, plan, "grid_created", key, now)
    return plan


CREATE = UseCase(_prepare_new, _commit_new, forget)
EDIT = UseCase(_prepare_edit, _commit_edit, forget)
END = UseCase(_prepare_end, _commit_end, forget)
IMPORT = UseCase(_prepare_import, _commit_import, forget)
CREATE_GRID = UseCase(_prepare_grid, _commit_grid, forget)
