"""Functions that the databases know."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.sql import and_, case, func, null

from rule_engine import pieces_sql, temporal, tree
from rule_engine.pieces_sql import Piece, Sql, Unsupported, constant
from rule_engine.running import EvaluationContext


class Translator(Protocol):
    """What functions need of the translation they stand in."""

    dialect: str
    context: EvaluationContext

    def piece(self, node: tree.Node, *, exact: bool) -> Piece:
        """Translate a node."""
        ...

    def truth(self, node: tree.Node, *, exact: bool) -> Piece:
        """Translate a node that must be true or false."""
        ...

    def day(self) -> dt.date:
        """Give the day of the context."""
        ...

    def any_constant(self, value: Any) -> Piece:
        """Bind a value, durations too."""
        ...


def _not(writer: Translator, given: list[tree.Node]) -> Piece:
    inner = writer.truth(given[0], exact=True)
    return Piece("boolean", pieces_sql.negated(inner.sql), error=inner.error)


def _today(writer: Translator, given: list[tree.Node]) -> Piece:
    return constant(writer.day(), writer.dialect)


def _now(writer: Translator, given: list[tree.Node]) -> Piece:
    return constant(writer.context.now, writer.dialect)


def _read(writer: Translator, given: list[tree.Node]) -> Piece:
    first = given[0]
    if len(given) != 1 or not isinstance(first, tree.StringLiteral):
        raise Unsupported("date")
    value = temporal.read_any(first.value)
    if value is None:
        raise Unsupported(first.value)
    return writer.any_constant(value)


def _dates(writer: Translator, given: list[tree.Node]) -> tuple[Piece, Piece]:
    """Translate two dates; the second is today where it is not given."""
    first = writer.piece(given[0], exact=True)
    second = writer.piece(given[1], exact=True) if len(given) > 1 else _today(writer, [])
    if first.kind != "date" or second.kind != "date":
        raise Unsupported(first.kind)
    return pieces_sql.answered(first), pieces_sql.answered(second)


def _age(writer: Translator, given: list[tree.Node]) -> Piece:
    born, on = _dates(writer, given)
    months = pieces_sql.months_between(born, on, writer.dialect)
    sql = case((on.sql < born.sql, null()), else_=pieces_sql.years(months, writer.dialect))
    unborn = and_(on.sql.is_not(None), born.sql.is_not(None), on.sql < born.sql)
    error = pieces_sql.wrong(_error_of(born, on), unborn)
    return pieces_sql.whole(sql, 9999, writer.dialect, error)


def _months_between(writer: Translator, given: list[tree.Node]) -> Piece:
    dates = _dates(writer, given)
    months = pieces_sql.months_between(*dates, writer.dialect)
    return pieces_sql.whole(months, 10**6, writer.dialect, _error_of(*dates))


def _days_between(writer: Translator, given: list[tree.Node]) -> Piece:
    dates = _dates(writer, given)
    days = pieces_sql.days_between(*dates, writer.dialect)
    return pieces_sql.whole(days, 10**7, writer.dialect, _error_of(*dates))


def _error_of(*given: Piece) -> Sql | None:
    """Give the error of a call: what is missing among its arguments comes before what is wrong."""
    return pieces_sql.unless(pieces_sql.wrong(*(piece.error for piece in given)), *given)


def _strings(writer: Translator, given: list[tree.Node]) -> tuple[list[Sql], Sql | None]:
    """Translate arguments that must be texts; the second part is the error of the call."""
    pieces = [writer.piece(node, exact=True) for node in given]
    if any(piece.kind != "string" for piece in pieces):
        raise Unsupported("string")
    return [piece.sql for piece in pieces], _error_of(*pieces)


def _contains(writer: Translator, given: list[tree.Node]) -> Piece:
    (text, match), error = _strings(writer, given)
    find = func.instr if writer.dialect == "sqlite" else func.strpos
    return Piece("boolean", find(text, match) > 0, error=error)


def _starts_with(writer: Translator, given: list[tree.Node]) -> Piece:
    (text, match), error = _strings(writer, given)
    found = func.substr(text, 1, func.length(match)) == match
    return Piece("boolean", found, error=error)


def _ends_with(writer: Translator, given: list[tree.Node]) -> Piece:
    (text, match), error = _strings(writer, given)
    start = func.length(text) - func.length(match) + 1
    long_enough = func.length(text) >= func.length(match)
    return Piece("boolean", and_(long_enough, func.substr(text, start) == match), error=error)


def _string_length(writer: Translator, given: list[tree.Node]) -> Piece:
    (text,), error = _strings(writer, given)
    return pieces_sql.whole(func.length(text), 10**9, writer.dialect, error)


FUNCTIONS: dict[str, Callable[[Translator, list[tree.Node]], Piece]] = {
    "not": _not,
    "today": _today,
    "now": _now,
    "date": _read,
    "date and time": _read,
    "duration": _read,
    "age": _age,
    "months between": _months_between,
    "days between": _days_between,
    "contains": _contains,
    "starts with": _starts_with,
    "ends with": _ends_with,
    "string length": _string_length,
}
