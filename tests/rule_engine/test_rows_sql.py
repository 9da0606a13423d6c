"""Conditions on rows: the database lists exactly the rows of which they hold one by one."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rule_engine.pieces_sql import DIALECTS
from rule_engine.rows_sql import RowField, compile_row_condition
from tests.rule_engine.test_expression_sql import (
    COLUMNS,
    CONDITIONS,
    META,
    PEOPLE,
    ROWS,
    engine_of,
)

FIELDS = (
    RowField("elder_age", "number", label="年龄"),
    RowField("income", "number", 2),
    RowField("sex", "string"),
    RowField("born", "date"),
    RowField("agent_flag", "boolean"),
    RowField("hukou_region", "string"),
    RowField("name", "string"),
)
TODAY = dt.date(2026, 11, 24)
NAMED = {field.id: COLUMNS[field.id] for field in FIELDS}


@pytest.fixture(scope="module", params=DIALECTS)
def database(request, new_url):
    engine = engine_of(request.param, new_url)
    META.create_all(engine)
    yield engine
    META.drop_all(engine)
    engine.dispose()


@settings(max_examples=settings().max_examples // 2)
@given(
    text=CONDITIONS.filter(lambda text: "moved_at" not in text and "parameters" not in text),
    people=st.lists(PEOPLE, min_size=1, max_size=4),
)
def test_a_list_and_a_look_at_each_row_agree(text, people, database):
    condition, problems = compile_row_condition(text, FIELDS)
    assert problems == ()
    with database.begin() as connection:
        connection.execute(sa.delete(ROWS))
        rows = [
            {"id": at, **{COLUMNS[key].name: value for key, value in person.items()}}
            for at, person in enumerate(people)
        ]
        for row in rows:
            row["c_age"] = None if row["c_age"] is None else int(row["c_age"])
        connection.execute(sa.insert(ROWS), rows)
        asked = condition.sql(NAMED, connection.dialect.name, TODAY)
        listed = set(connection.execute(sa.select(ROWS.c.id).where(asked)).scalars())
        rest = set(connection.execute(sa.select(ROWS.c.id).where(~asked)).scalars())

    one_by_one = {at for at, person in enumerate(people) if condition.holds(person, TODAY)}

    assert listed == one_by_one
    assert listed | rest == set(range(len(people)))
    assert not listed & rest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nix > 1", "feel_unknown_name"),
        ("income", "feel_not_boolean"),
        ('matches(name, "a")', "feel_no_sql"),
        ("income > parameters.limit", "feel_no_sql"),
        ("income * income * income > 1", "feel_no_sql"),
        ("income > ", "feel_unfinished"),
        ("a" * 3000, "feel_text_too_long"),
    ],
)
def test_what_no_database_can_ask_is_refused_before(text, code):
    condition, problems = compile_row_condition(text, FIELDS, "app.json#clerk.rights")

    assert condition is None
    assert [problem.path for problem in problems][:1] == ["app.json#clerk.rights"]
    assert code in {problem.code for problem in problems}


def test_a_value_of_another_kind_is_no_answer():
    condition, _ = compile_row_condition("income != 5", FIELDS)

    assert condition.holds({"income": Decimal(1)}, TODAY)
    assert not condition.holds({"income": "1"}, TODAY)
    assert condition.sentence("zh-CN") == "income不是5"
