"""Decision tables as SQL: one CASE for each output, for UNIQUE, ANY and FIRST."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.sql import ColumnElement, and_, case, literal, null, true

from app_definitions.decision import Table
from app_definitions.problem import Problem, Problems, error
from app_definitions.vocabulary import Vocabulary
from rule_engine import pieces_sql, tree
from rule_engine.compile_decision import subject_of
from rule_engine.expression import Expression, compile_expression, compile_unary_tests
from rule_engine.expression_sql import Writer
from rule_engine.pieces_sql import Piece, Sql, Unsupported
from rule_engine.running import EvaluationContext

POLICIES = ("UNIQUE", "ANY", "FIRST")


def table_to_sql(
    table: Table,
    vocabulary: Vocabulary,
    columns: Mapping[str, ColumnElement[Any]],
    dialect: str,
    context: EvaluationContext,
    *,
    path: str = "",
) -> tuple[dict[str, ColumnElement[Any]] | None, Problems]:
    """Give FEEL's value of each output by its id.

    Missing inputs are null, as in a decision's value. Rows that a hit policy forbids to match
    together give null.
    """
    if table.hit_policy not in POLICIES:
        return None, (error(path, "feel_no_sql", construct=table.hit_policy),)
    work = _Work(table, vocabulary, columns, dialect, context, path)
    try:
        outputs = work.outputs()
    except Unsupported as refused:
        name = "construct" if refused.code == "feel_no_sql" else "input"
        work.problems.append(Problem(path, refused.code, {name: refused.construct}))
        return None, tuple(work.problems)
    return (None if work.problems else outputs), tuple(work.problems)


class _Work:
    def __init__(
        self,
        table: Table,
        vocabulary: Vocabulary,
        columns: Mapping[str, ColumnElement[Any]],
        dialect: str,
        context: EvaluationContext,
        path: str,
    ) -> None:
        self.table = table
        self.vocabulary = vocabulary
        self.columns = columns
        self.dialect = dialect
        self.context = context
        self.path = path
        self.problems: list[Problem] = []

    def expression(self, text: str) -> Expression | None:
        found, problems = compile_expression(text, self.vocabulary, path=self.path)
        self.problems += problems
        return found

    def writer(self, expression: Expression, subject: Piece | None = None) -> Writer:
        return Writer(
            expression, self.columns, self.dialect, self.context, "value", subject=subject
        )

    def outputs(self) -> dict[str, ColumnElement[Any]]:
        matches = self._matches()
        found: dict[str, ColumnElement[Any]] = {}
        for at, output in enumerate(self.table.outputs):
            pieces = [self._output(row.outputs[at]) for row in self.table.rows]
            if self.problems or not pieces:
                continue
            found[output.id] = self._joined(matches, _alike(pieces, self.dialect))
        return found

    def _matches(self) -> list[Sql]:
        asked = [self.expression(column.expression) for column in self.table.inputs]
        subjects = [None if e is None else self.writer(e).piece(e.tree, exact=True) for e in asked]
        matches: list[Sql] = []
        for row in self.table.rows:
            tests: list[Sql] = []
            for text, column, expression, subject in zip(
                row.inputs, self.table.inputs, asked, subjects, strict=True
            ):
                entry, kind = subject_of(column, expression, self.vocabulary)
                cell, problems = compile_unary_tests(
                    text, self.vocabulary, subject=entry, subject_type=kind, path=self.path
                )
                self.problems += problems
                if cell is not None and subject is not None and cell.tree != tree.UnaryTests(()):
                    tests.append(self.writer(cell, subject).condition(cell.tree, exact=True))
            matches.append(and_(true(), *tests))
        return matches

    def _output(self, text: str) -> Piece:
        expression = self.expression(text.strip() or "null")
        if expression is None:
            return Piece("null", null())
        return self.writer(expression).piece(expression.tree, exact=True)

    def _joined(self, matches: list[Sql], pieces: list[Piece]) -> ColumnElement[Any]:
        if not matches:
            return null()
        whens = [(match, piece.sql) for match, piece in zip(matches, pieces, strict=True)]
        value: Sql = case(*whens, else_=null())
        if self.table.hit_policy == "UNIQUE":
            hits = _count(matches)
            value = case((hits == 1, value), else_=null())
        elif self.table.hit_policy == "ANY":
            others = [
                case((and_(match, piece.sql.is_distinct_from(value)), 1), else_=0)
                for match, piece in zip(matches, pieces, strict=True)
            ]
            different: Sql = others[0]
            for other in others[1:]:
                different = different + other
            value = case((different == 0, value), else_=null())
        first = next((piece for piece in pieces if piece.kind != "null"), pieces[0])
        if first.kind == "number":
            return pieces_sql.typed(value, first.scale)
        return value


def _count(matches: list[Sql]) -> Sql:
    total: Sql = literal(0)
    for match in matches:
        total = total + case((match, 1), else_=0)
    return total


def _alike(pieces: list[Piece], dialect: str) -> list[Piece]:
    kinds = {piece.kind for piece in pieces if piece.kind != "null"}
    if len(kinds) > 1 or any(piece.below is not None for piece in pieces):
        raise Unsupported("CASE")
    if kinds != {"number"}:
        return pieces
    scale = max(piece.scale for piece in pieces)
    return [
        piece if piece.kind == "null" else pieces_sql.placed(piece, scale, dialect)
        for piece in pieces
    ]
