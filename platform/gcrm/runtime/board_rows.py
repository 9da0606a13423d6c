"""Where the tiles of a board take their rows from: cases, ratings, the records of a form.

Each source gives a column for every input of its vocabulary (`apps.board_sources`) and joins
only what a tile names. All rows come through the accessor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    false,
    literal,
    null,
    select,
    true,
    type_coerce,
)

from gcrm.access import Accessor
from gcrm.store import tables as t
from report_engine.measures_sql import Source
from report_engine.uses import CompiledTile

STREET = 4
"""The level of streets and towns in the tree of regions."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the sources are asked with: moment, zone, database."""

    accessor: Accessor
    now: datetime
    zone: ZoneInfo
    dialect: str

    @property
    def offset(self) -> timedelta:
        """Give the zone's distance from UTC, for SQLite, which knows no zones."""
        return self.now.astimezone(self.zone).utcoffset() or timedelta()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one tile: their source, which of them are the viewer's, and their case."""

    source: Source
    visible: ColumnElement[bool]
    case_id: ColumnElement[Any]


def needs_of(tile: CompiledTile) -> frozenset[str]:
    """List the inputs that a tile names."""
    named = {use.input.id for use in tile.dimensions}
    named |= {use.input.id for use in tile.measures if use.input is not None}
    for condition in (tile.where, *(use.where for use in tile.measures)):
        named |= condition.inputs if condition is not None else frozenset()
    return frozenset(named)


def rows_of(
    tile: CompiledTile, app_id: str, around: Surroundings, also: frozenset[str] = frozenset()
) -> Rows:
    """Give the rows of a tile, with columns for what it names and for `also`.

    Raises LookupError for a source that the platform does not have.
    """
    name = tile.definition.source
    needs = needs_of(tile) | also
    if name == "cases":
        return _cases(app_id, around, needs)
    if name == "ratings":
        return _ratings(app_id, around, needs)
    return _records(name, app_id, around, needs)


def _cases(app_id: str, around: Surroundings, needs: frozenset[str]) -> Rows:
    base, visible = around.accessor.rows("case")
    own = t.case.c
    columns: dict[str, ColumnElement[Any]] = {
        "region": own.region_code,
        "department": own.department_id,
        "state": own.state,
        "outcome": own.outcome,
        "open": _flag(and_(own.decided_at.is_(None), own.closed_at.is_(None))),
        "decided": _flag(own.decided_at.is_not(None)),
        "closed": _flag(own.decided_at.is_not(None) | own.closed_at.is_not(None)),
        "submitted_at": own.submitted_at,
        "accepted_at": own.accepted_at,
        "decided_at": own.decided_at,
        "closed_at": own.closed_at,
        "handled_days": own.handled_days,
        "on_time": _flag(and_(own.decided_at.is_not(None), own.on_time)),
    }
    if "overdue" in needs:
        columns["overdue"] = _flag(_running(t.clock.c.due_at < around.now))
    if "due_soon" in needs:
        columns["due_soon"] = _flag(
            _running(t.clock.c.due_at >= around.now, t.clock.c.warn_at <= around.now)
        )
    base = _with_street(base, columns, t.case, needs)
    return _made(base, columns, around, and_(visible, own.app_id == app_id), own.id)


def _running(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether the clock of what was promised runs and all conditions are true of it.

    Only cases without a result have one, so that no other row leads to a clock.
    """
    own, clock = t.case.c, t.clock.c
    found = (
        select(literal(1))
        .where(
            clock.tenant_id == own.tenant_id,
            clock.case_id == own.id,
            clock.kind == "promised",
            clock.task_id.is_(None),
            clock.status == "running",
            *conditions,
        )
        .correlate(t.case)
        .exists()
    )
    waiting = and_(own.decided_at.is_(None), own.closed_at.is_(None))
    return case((waiting, found), else_=false())


def _ratings(app_id: str, around: Surroundings, needs: frozenset[str]) -> Rows:
    """Ratings are seen as their case is."""
    rating = t.rating
    base, visible = around.accessor.rows("case")
    base = base.join(
        rating,
        and_(rating.c.tenant_id == t.case.c.tenant_id, rating.c.case_id == t.case.c.id),
    )
    columns: dict[str, ColumnElement[Any]] = {
        "region": t.case.c.region_code,
        "department": t.case.c.department_id,
        "submitted_at": t.case.c.submitted_at,
        **{name: rating.c[name] for name in ("score", "counted", "rated_at")},
    }
    base = _with_street(base, columns, t.case, needs)
    own = and_(visible, t.case.c.app_id == app_id)
    return _made(base, columns, around, own, t.case.c.id)


def _records(form_id: str, app_id: str, around: Surroundings, needs: frozenset[str]) -> Rows:
    records = around.accessor.records
    if records is None or form_id not in records(app_id).forms:
        raise LookupError(form_id)
    form = records(app_id).forms[form_id]
    base, visible = around.accessor.rows(f"record:{app_id}.{form_id}")
    columns: dict[str, ColumnElement[Any]] = {
        "region": form.table.c.region_code,
        "department": form.table.c.department_id,
        "state": form.table.c.state,
        "submitted_at": form.table.c.submitted_at,
    }
    base = _with_street(base, columns, form.table, needs)
    columns.update(form.columns)
    return _made(base, columns, around, visible, form.table.c.case_id)


def _with_street(
    base: FromClause, columns: dict[str, ColumnElement[Any]], own: Table, needs: frozenset[str]
) -> FromClause:
    """Give the street of a case: its region's own code, or that of the region around it."""
    if "street" not in needs:
        return base
    place = t.region.alias("place")
    columns["street"] = case(
        (place.c.level == STREET, place.c.code),
        (place.c.level > STREET, place.c.parent_code),
        else_=null(),
    )
    return base.outerjoin(
        place, and_(place.c.tenant_id == own.c.tenant_id, place.c.code == own.c.region_code)
    )


def _made(
    base: FromClause,
    columns: Mapping[str, ColumnElement[Any]],
    around: Surroundings,
    visible: ColumnElement[bool],
    case_id: ColumnElement[Any],
) -> Rows:
    source = Source(base, columns, around.dialect, around.zone.key, around.offset)
    return Rows(source, visible, case_id)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Make a condition a value that is never unknown.

    It is boolean as it is; a CAST would cost SQLite a step at each row.
    """
    return type_coerce(case((condition, true()), else_=false()), Boolean)


Condition = Callable[[Any], ColumnElement[bool]]
