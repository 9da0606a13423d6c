"""Where the tiles of a board take their rows from: cases, ratings, the records of a form.

Each source gives a column for every input of its vocabulary (`apps.board_sources`) and joins
only what a tile names. All rows come through the accessor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Subquery,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    select,
    true,
)

from gcrm.access import Accessor
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.store import tables as t
from report_engine.measures_sql import Source
from report_engine.uses import CompiledTile

STREET = 4
"""The level of streets and towns in the tree of regions."""

YEARS_BACK = 12
"""How far back working days are numbered; a case that took longer has no handling time."""

DAY = 86_400  # seconds
EPOCH = date(1970, 1, 1).toordinal()
WIDTH = 4  # digits
ZERO = ord("0")

_CLOCK = frozenset({"overdue", "due_soon", "on_time", "handled_days"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the sources are asked with: moment, zone, calendar, database."""

    accessor: Accessor
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar
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
    }
    if needs & _CLOCK:
        base = _with_clock(base, columns, around, needs)
    base = _with_street(base, columns, t.case, needs)
    return _made(base, columns, around, and_(visible, own.app_id == app_id), own.id)


def _with_clock(
    base: FromClause,
    columns: dict[str, ColumnElement[Any]],
    around: Surroundings,
    needs: frozenset[str],
) -> FromClause:
    """Join the clock of what was promised, and read from it how long the case took."""
    clock = t.clock.alias("promised")
    base = base.outerjoin(
        clock,
        and_(
            clock.c.tenant_id == t.case.c.tenant_id,
            clock.c.case_id == t.case.c.id,
            clock.c.kind == "promised",
            clock.c.task_id.is_(None),
        ),
    )
    running = clock.c.status == "running"
    columns["overdue"] = _flag(and_(running, clock.c.due_at < around.now))
    columns["due_soon"] = _flag(
        and_(running, clock.c.due_at >= around.now, clock.c.warn_at <= around.now)
    )
    columns["on_time"] = _flag(
        and_(t.case.c.decided_at.is_not(None), clock.c.stopped_at <= clock.c.due_at)
    )
    if "handled_days" not in needs:
        return base
    paused = _paused(around)
    base = base.outerjoin(paused, paused.c.clock_id == clock.c.id)
    taken = _number(clock.c.stopped_at, around) - _number(clock.c.counts_from, around)
    columns["handled_days"] = taken - func.coalesce(paused.c.days, 0)
    return base


def _number(moment: ColumnElement[Any], around: Surroundings) -> ColumnElement[Any]:
    """Count the working days from a first day up to a moment's; nothing outside of the calendar.

    The difference of two is what `WorkingCalendar.working_days_after` counts, so that a
    calendar corrected later corrects the boards at once. The counts of all days come as one
    string of bytes, in which a day is found by its place: no join, no table to keep.
    """
    first, counts = _counts(around.calendar, around.now.year)
    sqlite = around.dialect == "sqlite"
    shift = int(around.offset.total_seconds())
    seconds: ColumnElement[Any] = (
        func.unixepoch(moment, type_=BigInteger)
        if sqlite
        else cast(func.floor(func.extract("epoch", moment)), BigInteger)
    )
    place = (seconds + shift) // DAY - first.toordinal() + EPOCH
    told = literal(counts, LargeBinary)
    if sqlite:
        number: ColumnElement[Any] = cast(func.substr(told, place * WIDTH + 1, WIDTH), Integer)
    else:
        at = cast(place, Integer) * WIDTH
        digits = [func.get_byte(told, at + step) - ZERO for step in range(WIDTH)]
        number = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    inside = and_(place >= 0, place < len(counts) // WIDTH)
    return case((inside, number), else_=null())


@lru_cache(maxsize=16)
def _counts(calendar: WorkingCalendar, year: int) -> tuple[date, bytes]:
    """Give the first day, and for it and all days after it four digits of the count."""
    first, last = date(year - YEARS_BACK, 1, 1), date(year + 1, 12, 31)
    found, count, day = [], 0, first
    while day <= last:
        count += calendar.is_working_day(day)
        found.append(f"{count:0{WIDTH}d}")
        day += timedelta(days=1)
    return first, "".join(found).encode("ascii")


def _paused(around: Surroundings) -> Subquery:
    """Add up the working days during which each clock stood still."""
    pause = t.clock_suspension.c
    days = _number(pause.to_at, around) - _number(pause.from_at, around)
    return (
        select(pause.clock_id, func.sum(days).label("days"))
        .where(pause.tenant_id == around.accessor.actor.tenant_id, pause.to_at.is_not(None))
        .group_by(pause.clock_id)
        .subquery("paused")
    )


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
    """Make a condition a value that is never unknown."""
    return case((condition, true()), else_=false()).cast(Boolean)


Condition = Callable[[Any], ColumnElement[bool]]
