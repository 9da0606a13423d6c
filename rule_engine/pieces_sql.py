"""Pieces of SQL with their FEEL types, and how the databases count with decimals and dates.

SQLite has no decimals: a number is a whole one with a known scale there, within 63 bits; what
could grow larger is refused, never rounded. PostgreSQL has NUMERIC. DuckDB has decimals of 38
digits with a scale that is part of the type: each number says its own there.
"""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
)
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.sql import (
    ColumnElement,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    type_coerce,
)
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeDecorator, TypeEngine

COLUMN_MOST = 10**15
"""What the whole number in a column is at most taken to be: 9,999,999,999,999.99 yuan."""
DIALECTS = ("sqlite", "postgresql", "duckdb")
MOST = {"sqlite": 2**63 - 1, "postgresql": 10**38, "duckdb": 10**38 - 1}
WIDEST = 38
"""The digits of DuckDB's widest decimal; its results of 18 digits stay at 18 and overflow."""
MANY_MONTHS = 12 * 100_000
"""Further than any date reaches, and near enough for DuckDB's own days."""

_WIDE = Context(prec=100)  # the context of the thread would round to 28 digits

Sql = ColumnElement[Any]


class Unsupported(Exception):  # noqa: N818
    """Leaves the translation: the database cannot do this."""

    def __init__(self, construct: str, code: str = "feel_no_sql") -> None:
        """Name the construct or input."""
        super().__init__(construct)
        self.construct, self.code = construct, code


class _Native(Numeric[Decimal]):
    """Hands decimals over as they are: duckdb-engine (0.17) would take them through floats."""

    def bind_processor(self, dialect: Any) -> None:
        """Leave what is bound."""

    def result_processor(self, dialect: Any, coltype: object) -> None:
        """Leave what comes back."""


class Decimals(TypeDecorator[Decimal]):
    """Reads scaled whole numbers of SQLite as decimals."""

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        """Know the number of places."""
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: Any) -> TypeEngine[Any]:
        """Take whole numbers on SQLite, and say the scale on DuckDB: its NUMERIC has three."""
        kind: TypeEngine[Any] = BigInteger() if dialect.name == "sqlite" else Numeric()
        if dialect.name == "duckdb":
            kind = _Native(min(max(18, self.scale), WIDEST), min(self.scale, WIDEST))
        return dialect.type_descriptor(kind)  # type: ignore[no-any-return]

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> Any:
        """Write a decimal."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(value.scaleb(self.scale))

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        """Read a decimal."""
        if value is None:
            return None
        found = Decimal(value)
        return found.scaleb(-self.scale) if dialect.name == "sqlite" else found


@dataclass(frozen=True, slots=True)
class Piece:
    """SQL with its type.

    `most` bounds a number's whole value; a number may stand over a denominator, which only
    comparisons can use. `error` is true where NULL comes from an error; NULL without it is
    what is missing. Where nothing can go wrong there is no `error`. A moved day may lie `beyond`
    the years 1 to 9999: it can be compared, but is an error as an answer (`answered`).
    """

    kind: str
    sql: Sql
    scale: int = 0
    most: int = 0
    below: "Piece | None" = None
    constant: Any = None
    error: Sql | None = None
    beyond: Sql | None = None

    @property
    def unknown(self) -> Sql:
        """Tell in SQL whether the value is missing, and not wrong."""
        parts = [self] if self.below is None else [self, self.below]
        missing = or_(*(piece.sql.is_(None) for piece in parts))
        return missing if self.error is None else and_(missing, negated(self.error))


def wrong(*errors: Sql | None) -> Sql | None:
    """Join errors of which one is enough."""
    found = [one for one in errors if one is not None]
    return or_(*found) if found else None


def unless(error: Sql | None, *pieces: Piece) -> Sql | None:
    """Give an error that only shows where none of the pieces is missing."""
    if error is None:
        return None
    return and_(error, *(negated(piece.unknown) for piece in pieces))


def constant(value: Any, dialect: str) -> Piece:
    """Bind a value."""
    if value is None:
        return Piece("null", null())
    if isinstance(value, bool):
        return Piece("boolean", literal(value, Boolean()), constant=value)
    if isinstance(value, Decimal):
        return _number(value, dialect)
    if isinstance(value, str):
        return string(literal(value, Text()), dialect, value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise Unsupported(value.isoformat())
        moment = literal(value.astimezone(dt.UTC), DateTime(timezone=True))
        return Piece("date and time", moment, constant=value)
    if isinstance(value, dt.date):
        return Piece("date", literal(value, Date()), constant=value)
    raise Unsupported(type(value).__name__)


def negated(sql: Sql) -> Sql:
    """Turn a condition round, in brackets: NOT binds looser than IS."""
    return Grouping(not_(sql))


def string(sql: Sql, dialect: str, value: str | None = None) -> Piece:
    """Compare texts by code point everywhere."""
    if dialect != "sqlite":
        sql = sql.collate("C")
    return Piece("string", sql, constant=value)


def _number(value: Decimal, dialect: str) -> Piece:
    if value and not -40 < value.adjusted() < 40:
        raise Unsupported(str(value))
    scale = len(f"{value:f}".partition(".")[2].rstrip("0"))
    whole = int(value.scaleb(scale, _WIDE))
    sql: Sql = literal(whole, BigInteger()) if dialect == "sqlite" else literal(value, Numeric())
    if dialect == "duckdb":
        sql = cast(literal(f"{value:f}", Text()), Numeric(WIDEST, min(scale, WIDEST)))
    return fits(Piece("number", sql, scale, abs(whole), constant=value), dialect)


def column(kind: str, sql: Sql, dialect: str, scale: int | None) -> Piece:
    """Read a column of a record table as what it is."""
    if kind == "number":
        own = getattr(sql.type, "scale", None)
        if isinstance(sql.type, Integer):
            own = 0
        places = own if own is not None else scale
        if places is None:
            raise Unsupported(str(sql), "feel_no_column")
        if dialect == "duckdb":
            most = _most(sql.type)
            fits(Piece("number", sql, places, most), dialect)
            return Piece("number", cast(sql, Numeric(WIDEST, places)), places, most)
        raw = type_coerce(sql, BigInteger() if dialect == "sqlite" else Numeric())
        return Piece("number", raw, places, COLUMN_MOST)
    if kind == "string":
        return string(type_coerce(sql, Text()), dialect)
    if kind == "boolean":
        return Piece("boolean", type_coerce(sql, Boolean()))
    if kind in ("date", "date and time"):
        return Piece(kind, sql)
    raise Unsupported(kind)


def _most(kind: TypeEngine[Any]) -> int:
    """Bound a column of DuckDB by its declared precision: what outgrows a type is a failure."""
    if isinstance(kind, Integer):
        bits = 15 if isinstance(kind, SmallInteger) else 63 if isinstance(kind, BigInteger) else 31
        return int(2**bits)
    precision = None if isinstance(kind, Float) else getattr(kind, "precision", None)
    return COLUMN_MOST if precision is None else int(10**precision - 1)


def whole(sql: Sql, most: int, dialect: str, error: Sql | None = None) -> Piece:
    """Give a whole number that was worked out, such as an age."""
    wide = cast(sql, Numeric(WIDEST, 0)) if dialect == "duckdb" else type_coerce(sql, Integer())
    return Piece("number", wide, 0, most, error=error)


def fits(piece: Piece, dialect: str) -> Piece:
    """Let numbers pass that cannot outgrow the database."""
    if dialect == "duckdb" and piece.scale > WIDEST:
        raise Unsupported(f"> {WIDEST}")
    if piece.most > MOST[dialect]:
        raise Unsupported(f"> {MOST[dialect]}")
    return piece


def rescaled(piece: Piece, scale: int, dialect: str) -> Piece:
    """Give a number more places; PostgreSQL's have as many as they need."""
    if dialect == "postgresql" or piece.scale == scale:
        return piece
    by = scale - piece.scale
    if dialect == "sqlite":
        sql: Sql = piece.sql * literal(10**by, BigInteger())
    else:
        sql = cast(piece.sql, Numeric(WIDEST, min(scale, WIDEST)))
    return fits(Piece("number", sql, scale, piece.most * 10**by, error=piece.error), dialect)


def placed(piece: Piece, scale: int, dialect: str) -> Piece:
    """Give a number a scale that is at least its own."""
    return rescaled(piece, scale, dialect)


def typed(sql: Sql, scale: int) -> Sql:
    """Give a number that comes back as a decimal."""
    return type_coerce(sql, Decimals(scale))


def aligned(a: Piece, b: Piece, dialect: str) -> tuple[Piece, Piece]:
    """Give two numbers the same scale."""
    scale = max(a.scale, b.scale)
    return rescaled(a, scale, dialect), rescaled(b, scale, dialect)


def add(a: Piece, b: Piece, operator: str, dialect: str) -> Piece:
    """Add or subtract numbers."""
    first, second = aligned(_whole(a), _whole(b), dialect)
    sql = first.sql + second.sql if operator == "+" else first.sql - second.sql
    most = first.most + second.most
    error = wrong(a.error, b.error)
    return fits(Piece("number", sql, max(a.scale, b.scale), most, error=error), dialect)


def multiply(a: Piece, b: Piece, dialect: str) -> Piece:
    """Multiply numbers."""
    _whole(a), _whole(b)
    error = wrong(a.error, b.error)
    piece = Piece("number", a.sql * b.sql, a.scale + b.scale, a.most * b.most, error=error)
    return fits(piece, dialect)


def divide(a: Piece, b: Piece) -> Piece:
    """Put one number over another; only comparisons can use it."""
    _whole(a), _whole(b)
    nothing = and_(a.sql.is_not(None), b.sql.is_not(None), b.sql == 0)
    if b.constant is not None:
        error = wrong(a.error, a.sql.is_not(None) if not b.constant else None)
    else:
        error = wrong(a.error, b.error, nothing)
    return Piece("number", a.sql, a.scale, a.most, b, error=error)


def over(a: Piece, b: Piece, dialect: str) -> tuple[Piece, Piece, Sql | None]:
    """Bring two numbers to one level; the third is a sign that turns the comparison round."""
    if a.below is None and b.below is None:
        return (*aligned(a, b, dialect), None)
    if a.below is not None and b.below is None:
        below = a.below
        top = Piece("number", a.sql, a.scale, a.most)
        return (*aligned(top, multiply(b, below, dialect), dialect), below.sql)
    if b.below is not None and a.below is None:
        below = b.below
        top = Piece("number", b.sql, b.scale, b.most)
        return (*aligned(multiply(a, below, dialect), top, dialect), below.sql)
    raise Unsupported("/")


def _whole(piece: Piece) -> Piece:
    if piece.below is not None:
        raise Unsupported("/")
    return piece


def part(piece: Piece, name: str, dialect: str) -> Sql:
    """Take year, month or day of a date as a whole number."""
    if dialect == "sqlite":
        form = {"year": "%Y", "month": "%m", "day": "%d"}[name]
        return cast(func.strftime(form, piece.sql), Integer)
    if dialect == "duckdb":
        return cast(func.date_part(name, piece.sql), Integer)
    return cast(func.extract(name, piece.sql), Integer)


def months_between(start: Piece, end: Piece, dialect: str) -> Sql:
    """Count whole months between two dates, as FEEL does, negative backwards."""

    def forward(a: Piece, b: Piece) -> Sql:
        years = part(b, "year", dialect) - part(a, "year", dialect)
        months = part(b, "month", dialect) - part(a, "month", dialect)
        short = part(b, "day", dialect) < part(a, "day", dialect)
        return years * 12 + months - case((short, 1), else_=0)

    sql = case((end.sql < start.sql, -forward(end, start)), else_=forward(start, end))
    return case((or_(start.sql.is_(None), end.sql.is_(None)), null()), else_=sql)


def years(months: Sql, dialect: str) -> Sql:
    """Give the whole years of months that are not negative."""
    if dialect == "duckdb":  # its / gives a fraction
        return months.op("//", return_type=Integer())(literal(12, Integer()))
    return months // 12


def days_between(start: Piece, end: Piece, dialect: str) -> Sql:
    """Count days between two dates."""
    if dialect == "sqlite":
        return cast(func.julianday(end.sql) - func.julianday(start.sql), Integer)
    return cast(end.sql, Date) - cast(start.sql, Date)


def add_months(piece: Piece, months: int, dialect: str) -> Piece:
    """Go months on; a day that the month does not have becomes its last one."""
    piece, later = answered(piece), months > 0
    year, month = divmod((9999 * 12 + 11 if later else 12) - months, 12)
    limit = None
    if dt.MINYEAR <= year <= dt.MAXYEAR:
        limit = dt.date(year, month + 1, monthrange(year, month + 1)[1] if later else 1)
    if dialect == "duckdb":
        months = max(-MANY_MONTHS, min(months, MANY_MONTHS))
    if dialect != "sqlite":
        step = cast(literal(f"{months} months", String()), INTERVAL())
        return _dated(piece, cast(piece.sql + step, Date), limit, later, dialect)
    first = func.date(piece.sql, "start of month", f"{months:+d} months")
    last = func.date(first, "start of month", "+1 month", "-1 day")
    days = cast(func.strftime("%d", piece.sql), Integer) - 1
    moved = func.date(first, cast(days, String) + " days")
    return _dated(piece, func.min(moved, last), limit, later, dialect)


def add_days(piece: Piece, days: int, dialect: str) -> Piece:
    """Go days on."""
    piece, later = answered(piece), days > 0
    number = (dt.date.max if later else dt.date.min).toordinal() - days
    within = 1 <= number <= dt.date.max.toordinal()
    limit = dt.date.fromordinal(number) if within else None
    if dialect == "sqlite":
        moved: Sql = func.date(piece.sql, f"{days:+d} days")
    else:
        moved = cast(piece.sql, Date) + literal(days if within else 0, Integer())
    return _dated(piece, moved, limit, later, dialect)


def _dated(piece: Piece, moved: Sql, limit: dt.date | None, later: bool, dialect: str) -> Piece:
    """Give a day that was moved; from beyond `limit` it leaves the years 1 to 9999.

    A sign that sorts before or behind all days stands for those beyond: databases reach
    differently far, and SQLite not even so far.
    """
    if limit is None:
        beyond: Sql = piece.sql.is_not(None)
    else:
        edge = literal(limit, Date())
        beyond = piece.sql > edge if later else piece.sql < edge
    if dialect == "sqlite":
        sign: Sql = literal("A" if later else "-", Text())
    else:
        sign = cast(literal("infinity" if later else "-infinity", Text()), Date)
    sql = type_coerce(case((beyond, sign), else_=moved), Date())
    return Piece("date", sql, error=piece.error, beyond=beyond)


def answered(piece: Piece) -> Piece:
    """Give a day as an answer: beyond the years 1 to 9999 there is none, and that is an error."""
    if piece.beyond is None:
        return piece
    sql = type_coerce(case((piece.beyond, null()), else_=piece.sql), Date())
    return Piece("date", sql, error=wrong(piece.error, piece.beyond))
