"""Measures as SQL: counting, adding and splitting rows of a record table.

The caller passes the columns, what the viewer may see as a WHERE, and how a compiled condition
becomes SQL. Nothing here is text: every value is bound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.sql import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    column,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.sql.elements import Label
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import Boolean, Date, DateTime, Integer, Numeric, String, TypeEngine

from app_definitions.problem import Problems
from app_definitions.vocabulary import Vocabulary
from report_engine.uses import CompiledTile, DimensionUse, MeasureUse
from rule_engine.expression import Expression
from rule_engine.expression_sql import to_sql
from rule_engine.running import EvaluationContext

MOST_ROWS = 5_000
_LENGTHS: Mapping[str, int] = {"year": 4, "month": 7}  # of a date as text

_TYPES: Mapping[str, TypeEngine[Any]] = {
    "number": Numeric(),
    "boolean": Boolean(),
    "date": Date(),
    "date and time": DateTime(timezone=True),
}

Condition = Callable[[Expression], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a tile's rows come from.

    `columns` gives the column of each field. `dialect` is `sqlite` or `postgresql`; moments are
    kept in UTC and split in the zone, whose `offset` SQLite needs because it knows no zones.
    """

    table: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    dialect: str
    zone: str = "Asia/Shanghai"
    offset: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT and what its columns are: first the dimensions, then parts of measures.

    `parts` names for each further column the measure it belongs to and what it is of it.
    """

    select: Select[Any]
    dimensions: int
    parts: tuple[tuple[str, str], ...]


def queries(
    tile: CompiledTile, source: Source, visible: ColumnElement[bool], condition: Condition
) -> tuple[Query, ...]:
    """Give the queries of a tile: one for all that adds up, one for each median."""
    keys = [_key(use, source).label(f"k{at}") for at, use in enumerate(tile.dimensions)]
    rows = visible if tile.where is None else and_(visible, condition(tile.where))
    added = [use for use in tile.measures if use.definition.aggregate != "median"]
    found: list[Query] = []
    if added:
        values = [_value(use, source, condition).label(f"v{at}") for at, use in enumerate(added)]
        inner = select(*keys, *values).select_from(source.table).where(rows).subquery()
        columns: list[ColumnElement[Any]] = []
        parts: list[tuple[str, str]] = []
        for at, use in enumerate(added):
            for name, column in _aggregate(use, inner.c[f"v{at}"]):
                columns.append(column)
                parts.append((use.definition.id, name))
        found.append(_query(inner, len(keys), columns, parts))
    for use in tile.measures:
        if use.definition.aggregate == "median":
            found.append(_median(use, keys, source, rows, condition))
    return tuple(found)


def sizes(
    tile: CompiledTile,
    source: Source,
    visible: ColumnElement[bool],
    condition: Condition,
    said: frozenset[str],
) -> Query:
    """Give the query for how many rows each row of a tile's table rests upon.

    The part without a measure is the whole row's. A measure has one of its own where it takes
    only some of these rows by anything but what they say (`said`).
    """
    keys = [_key(use, source).label(f"k{at}") for at, use in enumerate(tile.dimensions)]
    rows = visible if tile.where is None else and_(visible, condition(tile.where))
    own = [use for use in tile.measures if _narrows(use, said)]
    flags = [
        case((_taken(use, source, condition), 1), else_=null()).label(f"v{at}")
        for at, use in enumerate(own)
    ]
    inner = select(*keys, literal(1).label("n"), *flags).select_from(source.table).where(rows)
    base = inner.subquery()
    columns: list[ColumnElement[Any]] = [func.count(base.c.n)]
    columns += [func.count(base.c[f"v{at}"]) for at in range(len(own))]
    parts = [("", "count"), *((use.definition.id, "count") for use in own)]
    return _query(base, len(keys), columns, parts)


def _narrows(use: MeasureUse, said: frozenset[str]) -> bool:
    named = set(use.where.inputs) if use.where is not None else set()
    if use.input is not None:
        named.add(use.input.id)
    return not named <= said


def _taken(use: MeasureUse, source: Source, condition: Condition) -> ColumnElement[bool]:
    wanted = [condition(use.where)] if use.where is not None else []
    if use.input is not None:
        wanted.append(_column(use, source).is_not(None))
    return and_(*wanted)


def days(
    tile: CompiledTile,
    source: Source,
    visible: ColumnElement[bool],
    condition: Condition,
    column: ColumnElement[Any],
) -> Select[Any]:
    """Give the query for how many rows each day of a column has, from the first day on."""
    rows = visible if tile.where is None else and_(visible, condition(tile.where))
    day = cut(column, "day", source.dialect, source.zone, source.offset).label("day")
    base = select(day).select_from(source.table).where(rows, column.is_not(None)).subquery()
    return select(base.c.day, func.count()).group_by(base.c.day).order_by(base.c.day)


def split(
    tile: CompiledTile,
    source: Source,
    visible: ColumnElement[bool],
    condition: Condition,
    column: ColumnElement[Any],
) -> Select[Any]:
    """Give the query for how many rows each value of a column has."""
    rows = visible if tile.where is None else and_(visible, condition(tile.where))
    base = select(column.label("value")).select_from(source.table).where(rows).subquery()
    return select(base.c.value, func.count()).group_by(base.c.value)


def rows(
    tile: CompiledTile,
    source: Source,
    visible: ColumnElement[bool],
    condition: Condition,
    measure_id: str,
    keys: Mapping[str, str | None],
) -> ColumnElement[bool]:
    """Give the condition on exactly the rows that a number of the tile counts.

    `keys` are the values of dimensions as the table has them, None where nothing was given.
    The rows of an average are those that have a value, of a share those it is a share of.
    Raises LookupError for a measure or dimension that the tile does not have.
    """
    use = next((each for each in tile.measures if each.definition.id == measure_id), None)
    known = {each.definition.id: each for each in tile.dimensions}
    if use is None or not keys.keys() <= known.keys():
        raise LookupError(measure_id)
    wanted = [visible]
    if tile.where is not None:
        wanted.append(condition(tile.where))
    wanted += [_equals(known[name], source, value) for name, value in keys.items()]
    if use.definition.aggregate != "share":
        if use.where is not None:
            wanted.append(condition(use.where))
        if use.input is not None:
            wanted.append(_column(use, source).is_not(None))
    return and_(*wanted)


def _equals(use: DimensionUse, source: Source, value: str | None) -> ColumnElement[bool]:
    """Compare a dimension with a key, which is text in an address, as the column's own type."""
    key = _key(use, source)
    if value is None:
        return key.is_(None)
    typed: Any = value
    if not use.definition.grain:
        try:
            typed = _read(use.input.type, key.type, value)
        except (ValueError, InvalidOperation) as wrong:
            raise LookupError(value) from wrong
    same: ColumnElement[bool] = key == typed
    return same


def _read(feel_type: str, kind: TypeEngine[Any], value: str) -> Any:
    if feel_type == "boolean":
        return value == "true"
    if isinstance(kind, Integer):
        return int(value)
    if feel_type == "number":
        return Decimal(value)
    if feel_type == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if feel_type == "date and time" else value


def _query(
    inner: Subquery,
    dimensions: int,
    columns: list[ColumnElement[Any]],
    parts: list[tuple[str, str]],
) -> Query:
    """Group the rows of a subquery by their keys.

    The keys are computed inside it: PostgreSQL takes the same expression with bound values in
    SELECT and GROUP BY for two different ones.
    """
    keys = [inner.c[f"k{at}"] for at in range(dimensions)]
    chosen = select(*keys, *columns)
    if keys:
        chosen = chosen.group_by(*keys)
    return Query(chosen.limit(MOST_ROWS + 1), dimensions, tuple(parts))


def _value(use: MeasureUse, source: Source, condition: Condition) -> ColumnElement[Any]:
    """Give what a row brings to a measure: nothing where the measure's condition is not true."""
    counted = use.definition.aggregate == "count"
    if use.definition.aggregate == "share":
        return literal(1) if use.where is None else case((condition(use.where), 1), else_=0)
    value: ColumnElement[Any] = literal(1) if counted else _column(use, source)
    if use.where is None:
        return value
    return case((condition(use.where), value), else_=null())


def _aggregate(use: MeasureUse, value: ColumnElement[Any]) -> list[tuple[str, ColumnElement[Any]]]:
    """Give the parts of a measure; an average is a sum and a count, divided exactly later."""
    kind = use.definition.aggregate
    if kind == "count":
        return [("count", func.count(value))]
    if kind == "count_distinct":
        return [("count", func.count(value.distinct()))]
    if kind in ("average", "share"):
        return [("sum", func.sum(value, type_=value.type)), ("of", func.count(value))]
    if kind == "min":
        return [("value", func.min(value, type_=value.type))]
    if kind == "max":
        return [("value", func.max(value, type_=value.type))]
    return [("value", func.sum(value, type_=value.type))]


def _median(
    use: MeasureUse,
    keys: list[Label[Any]],
    source: Source,
    rows: ColumnElement[bool],
    condition: Condition,
) -> Query:
    """Number the rows of each group by value and take the one or two in the middle."""
    value = _value(use, source, condition).label("v")
    base = select(*keys, value).select_from(source.table).where(rows).subquery()
    names = [base.c[f"k{at}"] for at in range(len(keys))]
    inner = (
        select(
            *names,
            base.c.v,
            func.row_number().over(partition_by=names or None, order_by=base.c.v).label("p"),
            func.count().over(partition_by=names or None).label("n"),
        )
        .where(base.c.v.is_not(None))
        .subquery()
    )
    middle = (
        select(inner).where(inner.c.p * 2 >= inner.c.n, inner.c.p * 2 <= inner.c.n + 2).subquery()
    )
    own = use.definition.id
    columns: list[ColumnElement[Any]] = [
        func.sum(middle.c.v, type_=base.c.v.type),
        func.count(middle.c.v),
    ]
    return _query(middle, len(keys), columns, [(own, "sum"), (own, "of")])


def sql_problems(expression: Expression, vocabulary: Vocabulary, path: str) -> Problems:
    """Tell what of a condition the database cannot judge."""
    columns: dict[str, ColumnElement[Any]] = {
        entry.id: column(entry.id, _TYPES.get(entry.type, String())) for entry in vocabulary
    }
    context = EvaluationContext(datetime(2000, 1, 1, tzinfo=UTC))
    _, problems = to_sql(expression, columns, "postgresql", context, path=path)
    return problems


def _column(use: MeasureUse, source: Source) -> ColumnElement[Any]:
    if use.input is None:
        raise LookupError(f'Measure "{use.definition.id}" has no field.')
    return source.columns[use.input.id]


def _key(use: DimensionUse, source: Source) -> ColumnElement[Any]:
    """Give the column that splits, cut to the dimension's length of time."""
    column = source.columns[use.input.id]
    grain = use.definition.grain
    return cut(column, grain, source.dialect, source.zone, source.offset) if grain else column


def cut(
    column: ColumnElement[Any], grain: str, dialect: str, zone: str, offset: timedelta
) -> ColumnElement[Any]:
    """Cut a moment or date to a length of time, as text; moments in the local time."""
    if dialect == "sqlite":
        return _cut_sqlite(column, grain, offset)
    return _cut_postgresql(column, grain, zone)


def _cut_sqlite(column: ColumnElement[Any], grain: str, offset: timedelta) -> ColumnElement[Any]:
    day = isinstance(column.type, Date)
    shift = () if day else (f"{int(offset.total_seconds())} seconds",)
    if grain == "week":
        return func.strftime("%Y-%m-%d", column, *shift, "-6 days", "weekday 1")
    if grain == "quarter":
        month = func.strftime("%m", column, *shift)
        number = case((month <= "03", "1"), (month <= "06", "2"), (month <= "09", "3"), else_="4")
        return func.strftime("%Y-Q", column, *shift).concat(number)
    shapes = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00"}
    local = func.strftime(shapes[grain], column, *shift)
    if grain not in _LENGTHS:
        return local
    # A zone moves a moment by less than a day: from the 2nd to the 27th its month is the same,
    # and cutting text costs a fifth of asking for the date.
    text = type_coerce(column, String())
    day_of_month = func.substr(text, 9, 2)
    inside = and_(day_of_month >= "02", day_of_month <= "27")
    return case((inside, func.substr(text, 1, _LENGTHS[grain])), else_=local)


def _cut_postgresql(column: ColumnElement[Any], grain: str, zone: str) -> ColumnElement[Any]:
    local = column if isinstance(column.type, Date) else func.timezone(zone, column)
    shapes = {
        "year": "YYYY",
        "quarter": 'YYYY-"Q"Q',
        "month": "YYYY-MM",
        "day": "YYYY-MM-DD",
        "hour": "YYYY-MM-DD HH24:00",
    }
    if grain == "week":
        return func.to_char(func.date_trunc("week", local), "YYYY-MM-DD")
    return func.to_char(local, shapes[grain])
