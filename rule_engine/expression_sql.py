"""From tree to SQL: conditions that the database answers over record tables.

Known are comparison, ranges, membership, and/or/not, tests for null, + - * / on numbers of a
declared scale, + on texts, dates with durations, `if`, and some functions; anything else is a
Problem. `value` mode gives FEEL's value; `verdict` mode leaves missing inputs unknown and gives
the verdict as its code: pass, fail, missing or error.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Boolean, Integer, Text
from sqlalchemy.sql import ColumnElement, and_, case, false, func, literal, null, or_, type_coerce

from app_definitions.problem import Problems
from rule_engine import pieces_sql, temporal, tree
from rule_engine.cursor import Fault
from rule_engine.expression import Expression, problem_of
from rule_engine.functions_sql import FUNCTIONS
from rule_engine.pieces_sql import Piece, Sql, Unsupported, constant
from rule_engine.running import EvaluationContext
from rule_engine.values import DaysDuration, MonthsDuration
from rule_engine.verdict import Verdict

Mode = Literal["value", "verdict"]

CONSTRUCTS = (
    "= != < <= > >=", "between", "in", "[a..b]", "and", "or", "not", "= null", "+ - * /", "if",
    "date ± duration", "date - date", "today()", "parameters", "age", "months between",
    "days between", "contains", "starts with", "ends with", "string length",
)  # fmt: skip
"""What all three databases know, for the public table of constructs."""


def to_sql(
    expression: Expression,
    columns: Mapping[str, ColumnElement[Any]],
    dialect: str,
    context: EvaluationContext,
    *,
    mode: Mode = "value",
    exact: bool = False,
    path: str = "",
) -> tuple[ColumnElement[Any] | None, Problems]:
    """Translate an expression; `columns` gives the column of each input.

    Without `exact` a condition is meant for WHERE: NULL and false are the same, so that
    indexes serve. In `verdict` mode the answer is the text of a Verdict.
    """
    writer = Writer(expression, columns, dialect, context, mode)
    try:
        if mode == "verdict":
            return _verdict(writer.truth(expression.tree, exact=True)), ()
        piece = writer.piece(expression.tree, exact=exact)
    except Unsupported as refused:
        fault = Fault(refused.code, writer.at.span, _values(refused))
        return None, (problem_of(fault, expression.text, path),)
    if piece.below is not None:
        fault = Fault("feel_no_sql", expression.tree.span, {"construct": "/"})
        return None, (problem_of(fault, expression.text, path),)
    if piece.kind == "number":
        return pieces_sql.typed(piece.sql, piece.scale), ()
    return pieces_sql.answered(piece).sql, ()


def _verdict(judged: Piece) -> Sql:
    known = [(judged.sql, Verdict.PASS), (pieces_sql.negated(judged.sql), Verdict.FAIL)]
    if judged.error is not None:
        known.append((judged.error, Verdict.ERROR))
    whens = [(when, _text(verdict)) for when, verdict in known]
    return case(*whens, else_=_text(Verdict.MISSING))


def _text(verdict: Verdict) -> Sql:
    return literal(verdict.value, Text())


def _values(refused: Unsupported) -> dict[str, str | int]:
    name = "construct" if refused.code == "feel_no_sql" else "input"
    return {name: refused.construct}


class Writer:
    """Translates the nodes of one expression; `subject` is what `?` stands for."""

    def __init__(
        self,
        expression: Expression,
        columns: Mapping[str, ColumnElement[Any]],
        dialect: str,
        context: EvaluationContext,
        mode: Mode,
        subject: Piece | None = None,
    ) -> None:
        """Know the columns and what they are asked for."""
        self.subject = subject
        self.expression = expression
        self.columns = columns
        self.dialect = dialect
        self.context = context
        self.verdict = mode == "verdict"
        self.at: tree.Node = expression.tree

    def piece(self, node: tree.Node, *, exact: bool) -> Piece:
        """Translate a node."""
        writer = _WRITERS.get(type(node))
        self.at = node
        if writer is None:
            raise Unsupported(_construct(node))
        return writer(self, node, exact)

    def condition(self, node: tree.Node, *, exact: bool) -> Sql:
        """Translate a node that must be true or false."""
        return self.truth(node, exact=exact).sql

    def truth(self, node: tree.Node, *, exact: bool) -> Piece:
        """Translate a node that must be true or false; what may go wrong in it is kept."""
        piece = self.piece(node, exact=exact)
        if piece.kind == "null" and not self.verdict:
            return Piece("boolean", null())
        if piece.kind != "boolean":
            self.at = node
            raise Unsupported(piece.kind)
        return piece

    def day(self) -> dt.date:
        """Give the day of the context."""
        return self.context.now.astimezone(self.context.zone).date()

    # Values

    def _literal(self, node: Any, exact: bool) -> Piece:
        return constant(node.value, self.dialect)

    def _null(self, node: tree.NullLiteral, exact: bool) -> Piece:
        return Piece("null", null())

    def _at(self, node: tree.AtLiteral, exact: bool) -> Piece:
        return self.any_constant(temporal.read_any(node.text))

    def any_constant(self, value: Any) -> Piece:
        """Bind a value; durations stay as they are, for dates to move by."""
        if isinstance(value, DaysDuration | MonthsDuration):
            return Piece("duration", null(), constant=value)
        return constant(value, self.dialect)

    def _name(self, node: tree.Name, exact: bool) -> Piece:
        if node.name == "?" and self.subject is not None:
            return self.subject
        entry = self.expression.vocabulary.get(node.name)
        if entry is None:
            raise Unsupported(node.name)
        if entry.sealed:
            raise Unsupported(entry.label or entry.id, "feel_sealed_sql")
        column = self.columns.get(node.name)
        if column is None:
            raise Unsupported(entry.label or entry.id, "feel_no_column")
        return pieces_sql.column(entry.type, column, self.dialect, entry.scale)

    def _path(self, node: tree.Path, exact: bool) -> Piece:
        if isinstance(node.base, tree.Name) and node.base.name == "parameters":
            if node.member not in self.context.parameters:
                raise Unsupported(f"parameters.{node.member}")
            return self.any_constant(self.context.parameters[node.member])
        base = self.piece(node.base, exact=True)
        if base.kind == "date" and node.member in ("year", "month", "day"):
            base = pieces_sql.answered(base)
            part = pieces_sql.part(base, node.member, self.dialect)
            return pieces_sql.whole(part, 9999, self.dialect, base.error)
        raise Unsupported(f".{node.member}")

    def _negation(self, node: tree.Negation, exact: bool) -> Piece:
        inner = self.piece(node.operand, exact=True)
        if inner.kind != "number" or inner.below is not None:
            raise Unsupported("-")
        return Piece("number", -inner.sql, inner.scale, inner.most, error=inner.error)

    def _arithmetic(self, node: tree.Arithmetic, exact: bool) -> Piece:
        a, b = self.piece(node.left, exact=True), self.piece(node.right, exact=True)
        operator = node.operator
        self.at = node
        if a.kind == b.kind == "number":
            if operator in ("+", "-"):
                return pieces_sql.add(a, b, operator, self.dialect)
            if operator == "*":
                return pieces_sql.multiply(a, b, self.dialect)
            if operator == "/":
                return pieces_sql.divide(a, b)
        if a.kind == b.kind == "string" and operator == "+":
            joined = pieces_sql.string(a.sql.concat(b.sql), self.dialect)
            return replace(joined, error=pieces_sql.wrong(a.error, b.error))
        if operator in ("+", "-") and a.kind == "date" and b.kind == "duration":
            return self._moved(a, b.constant, 1 if operator == "+" else -1)
        if operator == "+" and a.kind == "duration" and b.kind == "date":
            return self._moved(b, a.constant, 1)
        if operator == "-" and a.kind == b.kind == "date":
            a, b = pieces_sql.answered(a), pieces_sql.answered(b)
            error = pieces_sql.wrong(a.error, b.error)
            return Piece("days", pieces_sql.days_between(b, a, self.dialect), error=error)
        raise Unsupported(operator)

    def _moved(self, date: Piece, length: Any, sign: int) -> Piece:
        if isinstance(length, MonthsDuration):
            return pieces_sql.add_months(date, sign * length.months, self.dialect)
        days, rest = divmod(sign * length.nanoseconds, _DAY)
        if rest:
            raise Unsupported("duration")
        return pieces_sql.add_days(date, days, self.dialect)

    # Conditions

    def _comparison(self, node: tree.Comparison, exact: bool) -> Piece:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, tree.NullLiteral) and node.operator in ("=", "!="):
                return self._null_test(node, other)
        a, b = self.piece(node.left, exact=True), self.piece(node.right, exact=True)
        self.at = node
        return self.compared(node.operator, a, b, exact=exact)

    def _null_test(self, node: tree.Comparison, other: tree.Node) -> Piece:
        """Only a name, or a member of one, sees what is missing."""
        inner = self.piece(other, exact=True)
        if inner.below is not None or inner.kind in ("duration", "days"):
            raise Unsupported("null")
        empty = inner.sql.is_(None)
        found = empty if node.operator == "=" else pieces_sql.negated(empty)
        if self.verdict and not isinstance(other, tree.Name | tree.Path):
            found = case((inner.unknown, null()), else_=found)
        return Piece("boolean", found)

    def compared(self, operator: str, a: Piece, b: Piece, *, exact: bool) -> Piece:
        """Compare two pieces; in a verdict what is missing comes before what is wrong."""
        given = (a, b)
        sign: Sql | None = None
        if a.kind == b.kind == "number":
            a, b, sign = pieces_sql.over(a, b, self.dialect)
        elif {a.kind, b.kind} == {"days", "duration"}:
            a, b = _days(a), _days(b)
        elif a.kind != b.kind or a.kind in ("duration", "null"):
            raise Unsupported(operator)
        equality = operator in ("=", "!=")
        if (equality and sign is not None) or (not equality and a.kind == "boolean"):
            raise Unsupported(f"/ {operator}" if equality else operator)
        if equality:
            return Piece("boolean", self._equal(operator, a, b, exact=exact))
        error = pieces_sql.unless(pieces_sql.wrong(*(one.error for one in given)), *given)
        plain = _ordered(operator, a.sql, b.sql)
        if sign is None:
            return Piece("boolean", plain, error=error)
        turned = _ordered(_TURNED[operator], a.sql, b.sql)
        found = case((sign > 0, plain), (sign < 0, turned), else_=null())
        return Piece("boolean", found, error=error)

    def _equal(self, operator: str, a: Piece, b: Piece, *, exact: bool) -> Sql:
        same = a.sql == b.sql if operator == "=" else a.sql != b.sql
        if self.verdict and a.error is None and b.error is None:
            return same
        if not self.verdict and not exact and operator == "=" and _is_bound(a, b):
            return same
        is_it = a.sql.is_not_distinct_from(b.sql)
        found = is_it if operator == "=" else a.sql.is_distinct_from(b.sql)
        return case((or_(a.unknown, b.unknown), null()), else_=found) if self.verdict else found

    def _logical(self, node: tree.Logical, exact: bool) -> Piece:
        parts = [self.truth(operand, exact=exact) for operand in node.operands]
        joined = [part.sql for part in parts]
        sql = and_(*joined) if node.operator == "and" else or_(*joined)
        error = pieces_sql.wrong(*(part.error for part in parts))
        if error is not None and self.verdict and node is not self.expression.tree:
            error = and_(sql.is_(None), error)  # what the other parts decide is no error
        return Piece("boolean", sql, error=error)

    def _between(self, node: tree.Between, exact: bool) -> Piece:
        value = self.piece(node.value, exact=True)
        low, high = self.piece(node.low, exact=True), self.piece(node.high, exact=True)
        self.at = node
        found = self._within(value, low, high, "[]", exact=exact)
        return replace(found, error=pieces_sql.unless(found.error, value, low, high))

    def _within(self, value: Piece, low: Piece, high: Piece, shape: str, *, exact: bool) -> Piece:
        above = self.compared(">=" if shape[0] == "[" else ">", value, low, exact=True).sql
        below = self.compared("<=" if shape[1] == "]" else "<", value, high, exact=True).sql
        both = and_(above, below)
        if not exact:
            return Piece("boolean", both)
        missing = or_(*(piece.sql.is_(None) for piece in (value, low, high)))
        error = pieces_sql.wrong(value.error, low.error, high.error)
        return Piece(
            "boolean",
            case((missing, null()), else_=both),
            error=pieces_sql.unless(error, low, high),
        )

    def _membership(self, node: tree.Membership, exact: bool) -> Piece:
        value = self.piece(node.value, exact=True)
        parts = [self._test(value, test, exact=exact) for test in node.tests]
        return self._either(parts)

    def _either(self, parts: list[Piece]) -> Piece:
        """Join tests of which one must hold; what is missing comes before what is wrong."""
        error = pieces_sql.unless(pieces_sql.wrong(*(part.error for part in parts)), *parts)
        return Piece("boolean", or_(*(part.sql for part in parts)), error=error)

    def _unary_tests(self, node: tree.UnaryTests, exact: bool) -> Piece:
        if self.subject is None:
            raise Unsupported("?")
        if not node.tests:
            return constant(not node.negated, self.dialect)
        subject = self.subject
        either = or_(*(self._cell(subject, test) for test in node.tests))
        return Piece("boolean", pieces_sql.negated(either) if node.negated else either)

    def _cell(self, value: Piece, test: tree.Node) -> Sql:
        """Apply one test of a cell; a condition over `?` or other names is itself the test."""
        if any(node == tree.Name("?") for node in tree.walk(test)):
            return self.condition(test, exact=True)
        if not isinstance(test, _CONDITIONS) or value.kind == "boolean":
            return self._test(value, test, exact=True).sql
        return and_(value.sql.is_not(None), self.condition(test, exact=True))

    def _test(self, value: Piece, test: tree.Node, *, exact: bool) -> Piece:
        self.at = test
        if isinstance(test, tree.NullLiteral):
            return Piece("boolean", value.sql.is_(None))
        if isinstance(test, tree.Test):
            operand = self.piece(test.operand, exact=True)
            exact = exact or (test.operator in ("=", "!=") and not self.verdict)
            return self.compared(test.operator, value, operand, exact=exact)
        if isinstance(test, tree.RangeLiteral):
            low, high = self.piece(test.low, exact=True), self.piece(test.high, exact=True)
            shape = ("[" if test.low_closed else "(") + ("]" if test.high_closed else ")")
            return self._within(value, low, high, shape, exact=exact)
        if isinstance(test, tree.ListLiteral):
            return Piece("boolean", self._in_list(value, test.items, exact=exact))
        return self.compared("=", value, self.piece(test, exact=True), exact=exact)

    def _in_list(self, value: Piece, items: tuple[tree.Node, ...], *, exact: bool) -> Sql:
        found = [self._test(value, item, exact=exact) for item in items]
        if not found:
            raise Unsupported("[]")
        if self.verdict:
            return or_(*(_or_false(one) for one in found))
        either = or_(*(one.sql for one in found))
        return func.coalesce(either, False, type_=Boolean()) if exact else either

    def _if(self, node: tree.If, exact: bool) -> Piece:
        chosen = self.truth(node.condition, exact=True)
        yes, no = self.piece(node.yes, exact=exact), self.piece(node.no, exact=exact)
        self.at = node
        if yes.kind != no.kind or yes.below is not None or no.below is not None:
            raise Unsupported("if")
        if yes.kind == "number":
            yes, no = pieces_sql.aligned(yes, no, self.dialect)
        sql: Sql = case((chosen.sql, yes.sql), else_=no.sql)
        error: Sql | None = None
        if self.verdict:
            refused = pieces_sql.negated(chosen.sql)
            if chosen.error is not None:
                refused = or_(refused, chosen.error)
            agreed = case((yes.sql == no.sql, yes.sql), else_=null())
            sql = case((chosen.sql, yes.sql), (refused, no.sql), else_=agreed)
            if yes.error is not None or no.error is not None:
                first = yes.error if yes.error is not None else false()
                second = no.error if no.error is not None else false()
                error = case((chosen.sql, first), (refused, second), else_=and_(first, second))
        beyond: Sql | None = None
        if yes.beyond is not None or no.beyond is not None:
            first, second = (
                false() if one.beyond is None else one.beyond for one in (yes, no)
            )  # fmt: skip
            beyond = case((chosen.sql, first), else_=second)
        sql = type_coerce(sql, yes.sql.type)
        most = max(yes.most, no.most)
        return Piece(yes.kind, sql, yes.scale, most, error=error, beyond=beyond)

    # Functions

    def _call(self, node: tree.Call, exact: bool) -> Piece:
        name = node.function.name if isinstance(node.function, tree.Name) else ""
        writer = FUNCTIONS.get(name)
        if writer is None or any(argument.name for argument in node.arguments):
            raise Unsupported(name or "function")
        given = [argument.value for argument in node.arguments]
        piece = writer(self, given)
        self.at = node
        return piece


_CONDITIONS = (tree.Comparison, tree.Logical, tree.Between, tree.Membership)
_DAY = 86_400_000_000_000
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _ordered(operator: str, a: Sql, b: Sql) -> Sql:
    if operator == "<":
        return a < b
    if operator == "<=":
        return a <= b
    return a > b if operator == ">" else a >= b


def _is_bound(a: Piece, b: Piece) -> bool:
    return a.constant is not None or b.constant is not None


def _or_false(test: Piece) -> Sql:
    if test.error is None:
        return test.sql
    return case((test.sql.is_not(None), test.sql), (test.error, false()), else_=null())


def _days(piece: Piece) -> Piece:
    if piece.kind == "days":
        return piece
    length = piece.constant
    if not isinstance(length, DaysDuration):
        raise Unsupported("duration")
    days, rest = divmod(length.nanoseconds, _DAY)
    if rest:
        raise Unsupported("duration")
    return Piece("days", literal(days, Integer()), constant=days)


def _construct(node: tree.Node) -> str:
    names = {
        tree.For: "for",
        tree.Quantified: "some / every",
        tree.Filter: "[ ]",
        tree.FunctionLiteral: "function",
        tree.ContextLiteral: "{ }",
        tree.ListLiteral: "[ ]",
        tree.InstanceOf: "instance of",
    }
    return names.get(type(node), type(node).__name__)


_WRITERS: dict[type, Callable[[Writer, Any, bool], Piece]] = {
    tree.NumberLiteral: Writer._literal,
    tree.StringLiteral: Writer._literal,
    tree.BooleanLiteral: Writer._literal,
    tree.NullLiteral: Writer._null,
    tree.AtLiteral: Writer._at,
    tree.Name: Writer._name,
    tree.Path: Writer._path,
    tree.Negation: Writer._negation,
    tree.Arithmetic: Writer._arithmetic,
    tree.Comparison: Writer._comparison,
    tree.Logical: Writer._logical,
    tree.Between: Writer._between,
    tree.Membership: Writer._membership,
    tree.UnaryTests: Writer._unary_tests,
    tree.If: Writer._if,
    tree.Call: Writer._call,
}
