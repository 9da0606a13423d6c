"""Measures on both databases give what counting by hand gives."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text

from app_definitions.board import Board, Dimension, Measure, Tile
from gcrm.store.columns import Moment
from gcrm.store.record_types import Scaled
from report_engine.board import compile_board
from report_engine.charts import standard
from report_engine.measures_sql import Source, queries
from report_engine.results import table_of
from rule_engine.expression import compile_expression
from rule_engine.expression_sql import to_sql
from rule_engine.running import EvaluationContext

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
RECORDS = Table(
    "r_test_measures",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("c_street", Text),
    Column("c_kind", Text),
    Column("c_amount", Scaled(2)),
    Column("c_granted", Boolean),
    Column("c_born", Date),
    Column("c_at", Moment),
)
ROWS = [
    ("a", "new", Decimal("30.00"), True, date(1940, 2, 29), datetime(2026, 1, 31, 15, tzinfo=UTC)),
    ("a", "new", Decimal("60.55"), False, date(1935, 1, 1), datetime(2026, 1, 31, 17, tzinfo=UTC)),
    ("a", None, None, None, None, None),
    ("b", "old", Decimal("0.01"), True, date(1925, 7, 4), datetime(2025, 12, 31, 16, tzinfo=UTC)),
    ("b", "new", Decimal("-5.00"), True, date(1940, 3, 1), datetime(2026, 11, 24, 1, tzinfo=UTC)),
    (None, "old", Decimal("300.00"), False, date(1940, 2, 29), datetime(2026, 5, 4, tzinfo=UTC)),
]
NAMES = ("c_street", "c_kind", "c_amount", "c_granted", "c_born", "c_at")


def measure(own, aggregate, field=None, where=""):
    return Measure(own, own, aggregate, field, where)


def tile(*measures, dimensions=(), where="", kind="bar"):
    return Tile("t", kind, "T", "main", measures, 0, 0, 6, 6, tuple(dimensions), where)


@pytest.fixture
def ask(store, vocabulary):
    """Fill a record table and ask it for a tile's table."""
    with store.write() as writer:
        RECORDS.create(writer)

    def fill(rows):
        with store.write() as writer:
            writer.execute(RECORDS.delete())
            given = [dict(zip(NAMES, row, strict=True)) for row in rows]
            if given:
                writer.execute(RECORDS.insert(), given)

    def run(asked, visible=None):
        board, problems = compile_board(
            Board("b", "B", (), (asked,)),
            "boards/b.json",
            standard(),
            {"main": vocabulary},
            compile_expression,
        )
        assert board is not None, problems
        columns = {
            entry.id: RECORDS.c[entry.column]
            for entry in vocabulary
            if entry.column is not None and entry.column in RECORDS.c
        }
        context = EvaluationContext(NOW)
        source = Source(RECORDS, columns, store.dialect)

        def condition(expression):
            made, wrong = to_sql(expression, columns, store.dialect, context)
            assert made is not None, wrong
            return made

        seen = RECORDS.c.id > 0 if visible is None else visible
        asked_queries = queries(board.tiles[0], source, seen, condition)
        with store.read() as reader:
            answers = [reader.execute(query.select).all() for query in asked_queries]
        return table_of(board.tiles[0], asked_queries, answers, {}, "zh-CN")

    run.fill = fill
    fill(ROWS)
    return run


def test_counts_and_sums_without_a_dimension(ask):
    table = ask(
        tile(
            measure("n", "count"),
            measure("granted", "count", where="granted"),
            measure("kinds", "count_distinct", "kind"),
            measure("sum", "sum", "amount"),
            measure("new", "sum", "amount", 'kind = "new"'),
        )
    )

    assert table.rows == ((6, 3, 2, Decimal("385.56"), Decimal("85.55")),)
    assert [str(value) for value in table.rows[0][3:]] == ["385.56", "85.55"]


def test_averages_smallest_and_largest_are_exact(ask):
    table = ask(
        tile(
            measure("average", "average", "amount"),
            measure("least", "min", "amount"),
            measure("most", "max", "amount"),
            measure("middle", "median", "amount"),
        )
    )

    assert table.rows == (
        (Decimal("385.56") / 5, Decimal("-5.00"), Decimal("300.00"), Decimal("30.00")),
    )


def test_a_dimension_splits_and_what_is_not_given_comes_last(ask):
    table = ask(
        tile(
            measure("n", "count"),
            measure("middle", "median", "amount"),
            dimensions=[Dimension("d", "街道", "street")],
        )
    )

    assert table.rows == (
        ("a", 3, Decimal("45.275")),
        ("b", 2, Decimal("-2.495")),
        (None, 1, Decimal("300.00")),
    )
    assert table.columns[0].labels["a"] == "长安街道"


def test_codes_without_an_order_stand_by_size(ask):
    table = ask(tile(measure("s", "sum", "amount"), dimensions=[Dimension("d", "类别", "kind")]))

    assert [row[0] for row in table.rows] == ["old", "new", None]


@pytest.mark.parametrize(
    ("field", "grain", "groups"),
    [
        ("at", "year", {"2026": 5}),
        ("at", "quarter", {"2026-Q1": 3, "2026-Q2": 1, "2026-Q4": 1}),
        ("at", "month", {"2026-01": 2, "2026-02": 1, "2026-05": 1, "2026-11": 1}),
        ("at", "week", {"2025-12-29": 1, "2026-01-26": 2, "2026-05-04": 1, "2026-11-23": 1}),
        ("at", "hour", None),
        (
            "at",
            "day",
            {"2026-01-01": 1, "2026-01-31": 1, "2026-02-01": 1, "2026-05-04": 1, "2026-11-24": 1},
        ),
        ("born", "month", {"1925-07": 1, "1935-01": 1, "1940-02": 2, "1940-03": 1}),
        ("born", "quarter", {"1925-Q3": 1, "1935-Q1": 1, "1940-Q1": 3}),
        ("born", "week", {"1925-06-29": 1, "1934-12-31": 1, "1940-02-26": 3}),
    ],
)
def test_moments_are_cut_in_local_time(ask, field, grain, groups):
    table = ask(
        tile(
            measure("n", "count"),
            dimensions=[Dimension("d", "时间", field, grain)],
            where=f"{field} != null",
        )
    )

    found = dict(table.rows)
    if groups is None:
        local = [row[5].astimezone(CHINA) for row in ROWS if row[5]]
        groups = {moment.strftime("%Y-%m-%d %H:00"): 1 for moment in local}
    assert {key: count for key, count in found.items() if count} == groups
    assert list(found) == sorted(found)


def test_two_dimensions_and_a_boolean(ask):
    table = ask(
        tile(
            measure("n", "count"),
            dimensions=[Dimension("d", "街道", "street"), Dimension("g", "准予", "granted")],
        )
    )

    assert {row[:2]: row[2] for row in table.rows}["b", "true"] == 2
    assert table.columns[1].labels == {"true": "是", "false": "否"}


def test_the_viewers_where_bounds_every_query(ask):
    mine = RECORDS.c.c_street == "b"
    table = ask(
        tile(
            measure("n", "count"),
            measure("s", "sum", "amount"),
            measure("m", "median", "amount"),
        ),
        mine,
    )

    assert table.rows == ((2, Decimal("-4.99"), Decimal("-2.495")),)


def test_hostile_labels_and_values_are_bound(ask):
    evil = "'); DROP TABLE r_test_measures; --"
    ask.fill([(evil, evil, Decimal(1), True, None, None)])

    table = ask(
        tile(
            measure("n", "count", where='kind = "\'); DROP TABLE r_test_measures; --"'),
            dimensions=[Dimension("d", evil, "kind")],
        )
    )

    assert table.rows == ((evil, 1),)


def test_an_empty_table_counts_nothing(ask):
    ask.fill([])

    assert ask(tile(measure("n", "count"), measure("s", "sum", "amount"))).rows == ((0, None),)
    assert ask(tile(measure("n", "count"), dimensions=[Dimension("d", "x", "street")])).rows == ()


AMOUNTS = st.one_of(st.none(), st.integers(-10_000, 10_000).map(lambda n: Decimal(n) / 100))


@given(rows=st.lists(st.tuples(st.sampled_from(["a", "b", None]), AMOUNTS), max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_counts_as_python_does(ask, rows):
    ask.fill([(street, "k", amount, None, None, None) for street, amount in rows])
    groups = defaultdict(list)
    for street, amount in rows:
        groups[street].append(amount)

    table = ask(
        tile(
            measure("n", "count"),
            measure("s", "sum", "amount"),
            measure("a", "average", "amount"),
            measure("m", "median", "amount"),
            measure("p", "count", where="amount > 0"),
            dimensions=[Dimension("d", "街道", "street")],
        )
    )

    expected = {}
    for street, amounts in groups.items():
        given_ = [amount for amount in amounts if amount is not None]
        total = sum(given_) if given_ else None
        expected[street] = (
            len(amounts),
            total,
            total / len(given_) if given_ else None,
            median(given_) if given_ else None,
            sum(amount > 0 for amount in given_),
        )
    assert {row[0]: row[1:] for row in table.rows} == expected
