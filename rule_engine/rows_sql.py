"""Conditions on the rows of a table: asked of the database, or of one row, with one answer.

A condition is compiled against the fields that it names itself. It is taken only if both
databases know all of it, so that a list and a look at one row cannot differ.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Boolean, Date, Integer, Numeric, String
from sqlalchemy.sql import ColumnElement, and_, column
from sqlalchemy.types import TypeEngine

from app_definitions.problem import Problem, Problems
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine.cursor import Fault
from rule_engine.expression import Expression, compile_expression, problem_of
from rule_engine.expression_sql import to_sql
from rule_engine.running import EvaluationContext
from rule_engine.values import kind_of

Kind = Literal["string", "number", "boolean", "date"]
KINDS: tuple[Kind, ...] = ("string", "number", "boolean", "date")
DIALECTS = ("sqlite", "postgresql")
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class RowField:
    """A field that a condition names; a number has so many places behind the point."""

    id: str
    kind: Kind
    scale: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class RowCondition:
    """A condition that is true of a row or not; what is missing or wrong is not true."""

    text: str
    fields: tuple[RowField, ...]
    expression: Expression = field(repr=False, compare=False)

    def sql(
        self, columns: Mapping[str, ColumnElement[Any]], dialect: str, today: dt.date
    ) -> ColumnElement[bool]:
        """Ask the database, with columns of the declared kinds by field id; never NULL."""
        asked, problems = to_sql(self.expression, columns, dialect, _context(today), exact=True)
        if asked is None:
            raise ValueError(f"The condition was taken, and cannot be asked: {problems[0].code}.")
        return and_(asked, asked.is_not(None))

    def holds(self, values: Mapping[str, Any], today: dt.date) -> bool:
        """Ask one row, given the values of the fields; a value of another kind is no answer."""
        inputs: dict[str, Any] = {}
        for known in self.fields:
            value = values.get(known.id)
            if isinstance(value, int) and not isinstance(value, bool):
                value = Decimal(value)
            if value is None:
                continue
            if kind_of(value) != known.kind:
                return False
            inputs[known.id] = value
        return self.expression.is_true(inputs, _context(today))

    def sentence(self, locale: str) -> str:
        """Say the condition."""
        return self.expression.sentence(locale)


@lru_cache(maxsize=1024)
def compile_row_condition(
    text: str, fields: tuple[RowField, ...], path: str = ""
) -> tuple[RowCondition | None, Problems]:
    """Compile a condition, or say what is wrong with it and what a database cannot do."""
    if len(text) > LONGEST:
        return None, (Problem(path, "feel_text_too_long"),)
    vocabulary = Vocabulary(
        tuple(
            Input(one.id, one.label or one.id, one.kind, scale=one.scale, column=one.id)
            for one in fields
        )
    )
    expression, problems = compile_expression(text, vocabulary, path=path)
    if expression is None:
        return None, problems
    if expression.type.name != "boolean":
        kind: dict[str, str | int] = {"operator": text[:60], "type": str(expression.type.name)}
        fault = Fault("feel_not_boolean", expression.tree.span, kind)
        return None, (problem_of(fault, text, path),)
    columns = {one.id: column(one.id, _type(one)) for one in fields}
    for dialect in DIALECTS:
        _, refused = to_sql(
            expression, columns, dialect, _context(dt.date(2000, 1, 1)), exact=True, path=path
        )
        if refused:
            return None, refused
    return RowCondition(text, fields, expression), ()


def _type(known: RowField) -> TypeEngine[Any]:
    if known.kind == "number":
        return Numeric(30, known.scale) if known.scale else Integer()
    kinds: Mapping[str, TypeEngine[Any]] = {
        "string": String(), "boolean": Boolean(), "date": Date(),
    }  # fmt: skip
    return kinds[known.kind]


def _context(today: dt.date) -> EvaluationContext:
    """Know the day alone: a scope asks for no moment, no parameter and no calendar."""
    return EvaluationContext(dt.datetime.combine(today, dt.time(12), dt.UTC))


__all__ = ["KINDS", "RowCondition", "RowField", "compile_row_condition"]
