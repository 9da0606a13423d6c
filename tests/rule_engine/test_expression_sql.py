"""The database and Python give the same answers, in value and in verdict."""

import datetime as dt
import os
import random
import secrets
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import Verdict, compile_expression
from rule_engine.expression_sql import to_sql
from rule_engine.pieces_sql import DIALECTS, Decimals

META = sa.MetaData()
ROWS = sa.Table(
    "rule_rows",
    META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("c_age", sa.BigInteger),
    sa.Column("c_income", Decimals(2)),
    sa.Column("c_sex", sa.Text),
    sa.Column("c_born", sa.Date),
    sa.Column("c_agent", sa.Boolean),
    sa.Column("c_region", sa.Text),
    sa.Column("c_name", sa.Text),
    sa.Column("c_moved", sa.DateTime(timezone=True)),
)
CROWD = ROWS.to_metadata(META, name="rule_crowd")
HANDFUL = 50
DEPTH = int(os.environ.get("GCRM_DEPTH", "1"))
PARTS = 3 if os.environ.get("GCRM_QUICK") else 6  # of a rule: each costs databases much
COLUMNS = {
    "elder_age": ROWS.c.c_age,
    "income": ROWS.c.c_income,
    "sex": ROWS.c.c_sex,
    "born": ROWS.c.c_born,
    "agent_flag": ROWS.c.c_agent,
    "hukou_region": ROWS.c.c_region,
    "name": ROWS.c.c_name,
    "moved_at": ROWS.c.c_moved,
}

_numbers = st.sampled_from(["elder_age", "income", "0", "1.5", "80", "-2", "parameters.min_age"])
_limits = st.sampled_from(["0", "1.5", "80", "-2", "parameters.min_age"])
_divisors = st.sampled_from(["12", "-3", "0", "0.7"])
_sums = st.builds("({} {} {})".format, _numbers, st.sampled_from(["+", "-"]), _numbers)
_products = st.builds("{} * {}".format, st.sampled_from(["elder_age", "income"]),
                      st.sampled_from(["2", "0.5", "-1"]))  # fmt: skip
_amounts = st.one_of(_numbers, _sums, _products)
_days = st.sampled_from(
    ["born", '@"1950-01-31"', 'born + @"P1M"', 'born - @"P13M"', 'born + @"P30D"', "today()",
     '@"P1Y" + born', 'born + @"P96000M"', 'born - @"P700000D"']
)  # fmt: skip
_texts = st.sampled_from(['"1"', '"2"', "name", 'name + "1"', '"甲"', '"a"'])
_moments = st.sampled_from(
    ["now()", '@"2026-11-24T01:00:00+08:00"', '@"2026-11-23T17:00:00Z"', "moved_at"]
)
_order = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_strict = st.sampled_from(["<", "<=", ">", ">="])
_conditions = st.one_of(
    st.builds("{} {} {}".format, _amounts, _order, _amounts),
    st.builds("{} {} {}".format, _days, _order, _days),
    st.builds("{} {} {}".format, _texts, _order, _texts),
    st.builds("moved_at {} {}".format, _order, _moments),
    st.builds("income / {} {} {}".format, _divisors, _strict, _numbers),
    st.builds("income / elder_age {} {}".format, _strict, _limits),
    st.builds("{} {} elder_age / 0".format, _numbers, _strict),
    st.builds("{} between {} and {}".format, _amounts, _numbers, _numbers),
    st.builds("{} in [{}..{})".format, _numbers, _numbers, _numbers),
    st.builds("{} in ({}, < {})".format, _numbers, _numbers, _numbers),
    st.builds('name in ("1", {})'.format, _texts),
    st.builds("{} in [1, 80, {}]".format, _numbers, _numbers),
    st.builds("{} {} null".format, st.sampled_from([*COLUMNS]), st.sampled_from(["=", "!="])),
    st.sampled_from(["agent_flag", "agent_flag = true", "agent_flag != false"]),
    st.builds("age(born) {} {}".format, _order, _numbers),
    st.builds("age({}, born) {} {}".format, _days, _order, _numbers),
    st.builds("age(born, {}) in [{}..{}]".format, _days, _numbers, _numbers),
    st.builds("age(born, {}) in ({}, < {})".format, _days, _numbers, _numbers),
    st.builds("age(born, {}) between {} and {}".format, _days, _numbers, _numbers),
    st.builds("{} between age({}, born) and {}".format, _numbers, _days, _numbers),
    st.builds("elder_age in [age({}, born)..{}]".format, _days, _numbers),
    st.builds("(if income / elder_age > 9 then age(born, {}) else 7) > {}".format, _days, _numbers),
    st.builds("months between(born, {}) > 900".format, _days),
    st.builds("days between({}, born) < 30".format, _days),
    st.builds('today() - born > @"P{}D"'.format, st.sampled_from(["10000", "30000"])),
    st.builds("{}(name, {})".format, st.sampled_from(["contains", "starts with", "ends with"]),
              _texts),
    st.builds("string length(name) {} 1".format, _order),
)  # fmt: skip
CONDITIONS = st.recursive(
    _conditions,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=PARTS,
)

PEOPLE = st.fixed_dictionaries(
    {
        "elder_age": st.none() | st.integers(-3, 120).map(Decimal),
        "income": st.none() | st.decimals(-100, 9000, places=2),
        "sex": st.sampled_from([None, "1", "2"]),
        "born": st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2026, 11, 24)),
        "agent_flag": st.sampled_from([None, True, False]),
        "hukou_region": st.none(),
        "moved_at": st.sampled_from(
            [
                None,
                dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC),
                dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            ]
        ),
        "name": st.sampled_from([None, "", "a", "1", "甲", "甲1", "𠮷"]),
    }
)


ALONE = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "enable_external_access": False,
    "threads": 1,
}
"""DuckDB without extensions, files and network."""


def engine_of(dialect, new_url):
    if dialect == "duckdb":
        return sa.create_engine(
            "duckdb:///:memory:", poolclass=sa.StaticPool, connect_args={"config": ALONE}
        )
    return sa.create_engine(new_url(dialect))


@pytest.fixture(scope="module", params=DIALECTS)
def database(request, new_url):
    engine = engine_of(request.param, new_url)
    META.create_all(engine)
    yield engine
    META.drop_all(engine)
    engine.dispose()


def answers(connection, person, expression, context, **how):
    dialect = connection.dialect.name
    condition, problems = to_sql(expression, COLUMNS, dialect, context, **how)
    assert problems == ()
    connection.execute(sa.delete(ROWS))
    connection.execute(sa.insert(ROWS).values(_row(1, person)))
    kind = sa.Text if how.get("mode") == "verdict" else sa.Boolean
    value = connection.execute(sa.select(sa.type_coerce(condition, kind))).scalar_one()
    if how.get("mode") == "verdict":
        return value, None
    chosen = connection.execute(sa.select(ROWS.c.id).where(condition)).all()
    return value, bool(chosen)


@pytest.fixture(scope="module")
def crowd(database):
    """A thousand people in a table of their own, asked about in handfuls."""
    seed = DEPTH if DEPTH == 1 else secrets.randbits(64)
    people = list(_people(random.Random(seed), 20 * HANDFUL))  # noqa: S311
    with database.begin() as connection:
        connection.execute(sa.delete(CROWD))
        connection.execute(sa.insert(CROWD), [_row(n, each) for n, each in enumerate(people)])
    return seed, people


def _people(chance, count):
    """Make people: null, missing and equal answers, numbers beside the bounds that rules name."""

    def one(*choices):
        return chance.choice([None, *(choice() for choice in choices)])

    for _ in range(count):
        yield {
            "elder_age": one(lambda: Decimal(chance.randint(-3, 120)), lambda: Decimal(80)),
            "income": one(
                lambda: Decimal(chance.randint(-10_000, 900_000)) / 100,
                lambda: Decimal(chance.choice(["0.00", "1.50", "-2.00", "80.00"])),
            ),
            "sex": chance.choice([None, "1", "2"]),
            "born": one(
                lambda: dt.date(1900, 1, 1) + dt.timedelta(days=chance.randint(0, 46_348)),
                lambda: chance.choice(
                    [dt.date(1946, 11, 24), dt.date(1948, 2, 29), dt.date(1950, 1, 31)]
                ),
            ),
            "agent_flag": chance.choice([None, True, False]),
            "hukou_region": chance.choice([None, "1", "990102"]),
            "moved_at": chance.choice(
                [
                    None,
                    dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC),
                    dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
                ]
            ),
            "name": chance.choice([None, "", "a", "1", "甲", "甲1", "𠮷"]),
        }


def _row(number, person):
    row = {COLUMNS[key].name: value for key, value in person.items()}
    if row["c_age"] is not None:
        row["c_age"] = int(row["c_age"])
    return row | {"id": number}


@given(text=CONDITIONS, first=st.integers(0, 19))
@pytest.mark.parametrize("database", DIALECTS, indirect=True)
def test_the_database_and_python_agree(text, first, vocabulary, context, database, crowd):
    """A hundred rules, each about fifty people: 5,000 pairs on each database."""
    seed, people = crowd
    expression, problems = compile_expression(text, vocabulary)
    assert problems == ()
    asked = range(first * HANDFUL, (first + 1) * HANDFUL)
    columns = {key: CROWD.c[column.name] for key, column in COLUMNS.items()}
    among = CROWD.c.id.between(asked[0], asked[-1])

    def ask(kind=sa.Boolean, **how):
        condition, faults = to_sql(expression, columns, database.dialect.name, context, **how)
        assert faults == ()
        return condition, sa.type_coerce(condition, kind)

    with database.begin() as connection:
        exact = {
            number: (value, verdict)
            for number, value, verdict in connection.execute(
                sa.select(CROWD.c.id, ask(exact=True)[1], ask(sa.Text, mode="verdict")[1]).where(
                    among
                )
            )
        }
        chosen = set(connection.scalars(sa.select(CROWD.c.id).where(among, ask()[0])))

    for number in asked:
        inputs = {key: value for key, value in people[number].items() if value is not None}
        expected = expression.value(inputs, context).value
        judged = expression.judge(inputs, context).verdict.value
        found = (*exact[number], number in chosen)
        assert found == (expected, judged, expected is True), (seed, number, inputs)


@pytest.mark.parametrize(
    ("text", "given", "verdict"),
    [
        ("income / 0 > 1", {"income": Decimal(1)}, Verdict.ERROR),
        ("income / 0 > 1", {}, Verdict.MISSING),
        ("income / elder_age > 1", {"income": Decimal(1), "elder_age": 0}, Verdict.ERROR),
        ("income / elder_age > 1 or agent_flag", {"income": Decimal(1), "elder_age": 0},
         Verdict.ERROR),
        ("not(age(born) > 1)", {"born": dt.date(2027, 1, 1)}, Verdict.ERROR),
        ("age(born) = 1", {"born": dt.date(2027, 1, 1)}, Verdict.FAIL),
        ("age(born) in [1..2]", {"born": dt.date(2027, 1, 1)}, Verdict.ERROR),
        ("age(born) in [1..2]", {}, Verdict.MISSING),
    ],
)  # fmt: skip
def test_an_error_is_never_missing(text, given, verdict, vocabulary, context, database):
    expression, _ = compile_expression(text, vocabulary)
    person = dict.fromkeys(COLUMNS) | given

    with database.begin() as connection:
        found, _ = answers(connection, person, expression, context, mode="verdict")

    assert found == verdict.value == expression.verdict(given, context).value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('elder_id = "990102"', "feel_sealed_sql"),
        ("count(members) > 1", "feel_no_column"),
        ("some m in members satisfies m.amount > 1", "feel_no_sql"),
        ('upper case(name) = "A"', "feel_no_sql"),
        ("income * income * income > 5", "feel_no_sql"),
        ("1 / income = 3", "feel_no_sql"),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_database_cannot_do_is_a_problem(text, code, dialect, vocabulary, context):
    expression, _ = compile_expression(text, vocabulary)

    condition, problems = to_sql(expression, COLUMNS, dialect, context)

    assert condition is None
    assert [problem.code for problem in problems][:1] in ([code], ["feel_no_sql"])


def test_a_filter_lets_indexes_serve(vocabulary, context):
    expression, _ = compile_expression('sex = "1" and elder_age >= 80', vocabulary)

    condition, _ = to_sql(expression, COLUMNS, "sqlite", context)

    assert str(condition.compile(compile_kwargs={"literal_binds": True})) == (
        "rule_rows.c_sex = '1' AND rule_rows.c_age >= 80"
    )


def test_numbers_come_back_as_decimals(vocabulary, context, database):
    expression, _ = compile_expression("income * 12 + 0.5", vocabulary)
    column, problems = to_sql(expression, COLUMNS, database.dialect.name, context)
    assert problems == ()

    with database.begin() as connection:
        connection.execute(sa.delete(ROWS))
        connection.execute(sa.insert(ROWS).values(id=1, c_income=Decimal("100.25")))
        value = connection.execute(sa.select(column)).scalar_one()

    assert value == Decimal("1203.50")


def _asked(database, text, kind, value, context):
    """Ask one condition or value over the one input `x`."""
    entry = Input("x", "x", {sa.Date: "date", sa.Text: "string"}.get(type(kind), "number"))
    expression, problems = compile_expression(text, Vocabulary((entry,)))
    assert problems == ()
    row = sa.select(sa.cast(sa.literal(str(value), sa.Text()), kind).label("x")).subquery()
    column, problems = to_sql(expression, {"x": row.c.x}, database.dialect.name, context)
    if column is None:
        return problems[0].code
    with database.begin() as connection:
        got = connection.execute(sa.select(column)).scalar_one()
    assert got == expression.value({"x": value}, context).value
    return got


@pytest.mark.parametrize("database", ["postgresql", "duckdb"], indirect=True)
@pytest.mark.parametrize(
    ("text", "kind", "value", "got"),
    [
        ("x + 0.01", sa.Numeric(30, 2), Decimal("9999999999999999999999999999.98"),
         Decimal("9999999999999999999999999999.99")),
        ("x > 99999999999999999999999999999999.98", sa.Numeric(34, 2),
         Decimal("99999999999999999999999999999999.99"), True),
        ("x * x", sa.Numeric(16, 4), Decimal("999999999999.9999"),
         Decimal("999999999999999800000000.00000001")),
        ("x * 1000000007", sa.Integer(), Decimal(2147483647), Decimal(2147483662032385529)),
        ("x / 0.000000003 > 333.3", sa.Numeric(16, 9), Decimal("0.000001"), True),
    ],
)  # fmt: skip
def test_decimals_are_exact_to_their_declared_digits(text, kind, value, got, context, database):
    assert _asked(database, text, kind, value, context) == got


@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x + 1", sa.Numeric(38, 2)),
        ("x * x > 1", sa.Numeric(30, 2)),
        ("x > 0.0000000001", sa.Numeric(38, 2)),
        ("x * 0.00000000000000000001 > 1", sa.Numeric(22, 20)),
        ("x > 1", sa.Numeric(50, 2)),
    ],
)
def test_beyond_the_digits_of_duckdb_nothing_is_rounded(text, kind, context, database):
    assert _asked(database, text, kind, Decimal(1), context) == "feel_no_sql"


@pytest.mark.parametrize(
    ("text", "value", "got"),
    [
        ('x + @"P1M"', dt.date(2024, 1, 31), dt.date(2024, 2, 29)),
        ('x - @"P11M"', dt.date(2024, 1, 31), dt.date(2023, 2, 28)),
        ('x + @"P9000000M"', dt.date(2024, 1, 31), None),
        ('x - @"P40000000D"', dt.date(2024, 1, 31), None),
        ("age(x)", dt.date(1946, 11, 25), Decimal(79)),
        ("age(x)", dt.date(1946, 11, 24), Decimal(80)),
        ("x.month", dt.date(1946, 11, 24), Decimal(11)),
        ("days between(x, today()) * days between(x, today())", dt.date(1946, 11, 24),
         Decimal(29220) ** 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
def test_duckdb_counts_with_dates_as_feel_does(text, value, got, context, database):
    assert _asked(database, text, sa.Date(), value, context) == got


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('contains(x, "")', ""),
        ('starts with(x, "𠮷")', "𠮷野"),
        ("string length(x) = 2", "𠮷野"),
        ('x > "\uffe5"', "𠮷"),
        ('x < "a"', "Z"),
        ('ends with(x, "")', "a"),
    ],
)
def test_texts_are_compared_by_code_point(text, value, context, database):
    assert _asked(database, text, sa.Text(), value, context) is True
