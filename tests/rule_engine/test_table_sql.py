"""Tables in the database give what they give in Python."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app_definitions.decision import Decision, Row, Table, TableInput, TableOutput, Version
from rule_engine import Verdict, compile_decision
from rule_engine.pieces_sql import DIALECTS
from rule_engine.running import Run, Scope
from rule_engine.table import decide
from rule_engine.table_sql import table_to_sql
from tests.rule_engine.test_expression_sql import COLUMNS, META, PEOPLE, ROWS, engine_of

_amounts = st.sampled_from(["0", "1.5", "80", "-2", "parameters.min_age"])
_number_cells = st.one_of(
    st.just("-"),
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), _amounts),
    st.builds("[{}..{})".format, _amounts, _amounts),
    st.builds("not({})".format, _amounts),
    st.builds("{}, > {}".format, _amounts, _amounts),
    st.sampled_from(["null", "not(null)", "? * 2 > 80", "? > income"]),
)
_text_cells = st.sampled_from(['"1"', '"1","2"', "-", 'not("2")', "null"])
_flag_cells = st.sampled_from(["true", "false", "-", "null", "not(true)"])
_results = st.sampled_from(["1", "2.25", "income", "null", "elder_age + 1"])
_rows = st.lists(
    st.tuples(_number_cells, _text_cells, _flag_cells, _results), min_size=1, max_size=4
)
_policies = st.sampled_from(["UNIQUE", "ANY", "FIRST"])


def table_of(policy, rows):
    return Table(
        policy,
        (
            TableInput("age", "年龄", "elder_age"),
            TableInput("sex", "性别", "sex"),
            TableInput("agent", "代办", "agent_flag"),
        ),
        (TableOutput("out", "结果", "number"),),
        tuple(Row(f"r{at}", cells[:3], cells[3:]) for at, cells in enumerate(rows)),
    )


@pytest.fixture(scope="module", params=DIALECTS)
def database(request, new_url):
    engine = engine_of(request.param, new_url)
    META.create_all(engine)
    yield engine
    META.drop_all(engine)
    engine.dispose()


@given(policy=_policies, rows=_rows, person=PEOPLE)
def test_the_database_and_python_decide_alike(policy, rows, person, vocabulary, context, database):
    table = table_of(policy, rows)
    version = Version("v1", context.now.date(), "", table=table)
    compiled, problems = compile_decision(Decision("d", "d", "table", (), (version,)), vocabulary)
    assert problems == ()
    inputs = {key: value for key, value in person.items() if value is not None}
    expected = decide(compiled.versions[0].table, Run(context), Scope(inputs)).value

    columns, problems = table_to_sql(table, vocabulary, COLUMNS, database.dialect.name, context)
    assert problems == ()
    row = {COLUMNS[key].name: value for key, value in person.items()}
    row["c_age"] = None if row["c_age"] is None else int(row["c_age"])
    with database.begin() as connection:
        connection.execute(sa.delete(ROWS))
        connection.execute(sa.insert(ROWS).values(id=1, **row))
        got = connection.execute(sa.select(columns["out"]).select_from(ROWS)).scalar_one()

    assert got == expected


def test_other_hit_policies_are_a_problem(vocabulary, context):
    table = table_of("COLLECT", [("-", "-", "-", "1")])

    columns, problems = table_to_sql(table, vocabulary, COLUMNS, "sqlite", context, path="x")

    assert columns is None
    assert [(p.code, p.values["construct"]) for p in problems] == [("feel_no_sql", "COLLECT")]


def test_a_verdict_knows_more_than_a_value(vocabulary, context):
    table = table_of("FIRST", [(">= 80", "-", "-", "1"), ("-", "-", "-", "2")])
    version = Version("v1", context.now.date(), "", table=table)
    compiled, _ = compile_decision(Decision("d", "d", "table", (), (version,)), vocabulary)

    value = decide(compiled.versions[0].table, Run(context), Scope({})).value

    assert value == Decimal(2)
    assert compiled.judge({}, context).verdict is Verdict.MISSING
