"""Grids as they go on: another name, a last day. Their code stays for ever."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access.actors import Actor
from gcrm.runtime.administration import changes, forget, require, write_down
from gcrm.runtime.refusals import Refused
from gcrm.runtime.regions import RESOURCE
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.errors import StaleError


@dataclass(frozen=True, slots=True)
class EditGrid:
    """A grid's name as it shall be."""

    grid_id: int
    name: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndGrid:
    """The last day of a grid."""

    grid_id: int
    last_day: dt.date
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: EditGrid | EndGrid
    row: Any
    values: dict[str, Any]
    action: str
    told: dict[str, Any]

    @property
    def tenant_id(self) -> int:
        """The tenant whose grid it is."""
        return self.actor.tenant_id


def find_grid(reader: Connection, tenant_id: int, grid_id: int) -> Any:
    """Give a grid's row. Raises Refused for one that is not there."""
    grid, region = t.grid.c, t.region.c
    row = reader.execute(
        sa.select(t.grid, region.name.label("region"))
        .outerjoin(
            t.region, sa.and_(region.tenant_id == grid.tenant_id, region.code == grid.region_code)
        )
        .where(grid.tenant_id == tenant_id, grid.id == grid_id)
    ).first()
    if row is None:
        raise Refused("not_found", status=404)
    return row


def _changing(reader: Connection, actor: Actor, ask: EditGrid | EndGrid) -> Any:
    require(reader, actor, RESOURCE, "write")
    row = find_grid(reader, actor.tenant_id, ask.grid_id)
    if row.valid_to is not None:
        raise Refused("region_closed", {"name": row.name}, 409)
    return row


def _prepare_edit(
    reader: Connection, services: Services, actor: Actor, ask: EditGrid, now: dt.datetime
) -> _Plan:
    row, name = _changing(reader, actor, ask), ask.name.strip()
    if not name:
        raise Refused("region_name", {}, 422)
    told = changes({"name": row.name}, {"name": name})
    return _Plan(actor, ask, row, {"name": name}, "grid_edited", told)


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndGrid, now: dt.datetime
) -> _Plan:
    row = _changing(reader, actor, ask)
    today = now.astimezone(services.zone).date()
    if ask.last_day < max(today - dt.timedelta(days=1), row.valid_from):
        raise Refused("region_ends_past", {}, 422)
    post = t.post.c
    held = reader.execute(
        sa.select(sa.func.count()).where(
            post.tenant_id == actor.tenant_id,
            post.grid_id == row.id,
            sa.or_(post.valid_to.is_(None), post.valid_to > ask.last_day),
        )
    ).scalar_one()
    if held:
        raise Refused("grid_has_posts", {"count": held}, 422)
    told = {"valid_to": ask.last_day.isoformat()}
    return _Plan(actor, ask, row, {"valid_to": ask.last_day}, "grid_ended", told)


def _commit(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> _Plan:
    grid = t.grid.c
    done = writer.execute(
        sa.update(t.grid)
        .where(grid.tenant_id == plan.tenant_id, grid.id == plan.row.id,
               grid.name == plan.row.name, grid.valid_to.is_(None))
        .values(**plan.values)
    )  # fmt: skip
    if done.rowcount != 1:
        raise StaleError("This grid was changed meanwhile.")
    write_down(
        writer, services, plan.actor, plan.action, f"grid:{plan.row.id}", plan.told, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip
    return plan


EDIT = UseCase(_prepare_edit, _commit, forget)
END = UseCase(_prepare_end, _commit, forget)
