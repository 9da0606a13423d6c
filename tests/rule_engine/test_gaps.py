"""The gap and overlap report against brute force, its words, and its cost."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_definitions.decision import Row, Table, TableInput, TableOutput
from app_definitions.vocabulary import Input, Option, Vocabulary
from rule_engine import EvaluationContext, compile_unary_tests
from rule_engine.gap_words import Teller
from rule_engine.gaps import GapReport, find_gaps
from tests.effort import calls

CONTEXT = EvaluationContext(
    now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), parameters={"cap": Decimal(3)}
)
KNOWN = Vocabulary(
    (
        Input("age", "年龄", "number", scale=0, unit="岁"),
        Input("income", "收入", "number"),
        Input("kind", "身份", "string", options=(Option("a", "男职工"), Option("b", "女干部"))),
        Input("note", "备注", "string"),
        Input("flag", "代办", "boolean"),
        Input("born", "出生日期", "date"),
        Input("parameters.cap", "上限", "number"),
    )
)
GRID = {
    "age": [Decimal(n) for n in range(-2, 8)],
    "income": [Decimal(n) / 2 for n in range(-3, 14)],
    "kind": ["a", "b"],
    "note": ["x", "y", "zz"],
    "flag": [True, False],
    "born": [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(-1, 8)],
}


def table(columns: list[str], rows: list[list[str]], policy: Any = "UNIQUE", outputs=()) -> Table:
    return Table(
        policy,
        tuple(TableInput(f"c{at}", "", name) for at, name in enumerate(columns)),
        (TableOutput("out", "结果", "string"),),
        tuple(
            Row(f"r{at}", tuple(cells), (outputs[at] if outputs else '"x"',))
            for at, cells in enumerate(rows)
        ),
    )


def report(*args: Any, **more: Any) -> tuple[GapReport, Table]:
    made = table(*args, **more)
    return find_gaps(made, KNOWN, CONTEXT), made


def said(found: GapReport, made: Table, locale: str = "zh-CN") -> list[str]:
    teller = Teller(found, tuple(row.id for row in made.rows), locale)
    return [teller.say(finding) for finding in found.findings]


# Random tables


def literals(name: str) -> st.SearchStrategy[str]:
    if name in ("age", "income"):
        return st.integers(0, 5).map(str)
    if name == "kind":
        return st.sampled_from(['"a"', '"b"'])
    if name == "note":
        return st.sampled_from(['"x"', '"y"'])
    if name == "flag":
        return st.sampled_from(["true", "false"])
    return st.integers(1, 5).map(lambda day: f'date("2026-01-0{day}")')


def cells(name: str) -> st.SearchStrategy[str]:
    one = literals(name)
    equal = st.one_of(one, one.map(lambda v: f"not({v})"), st.tuples(one, one).map(", ".join))
    nulls = st.sampled_from(["-", "null", "not(null)", "? != null"])
    joined = st.tuples(one, st.sampled_from(["and", "or"]), one).map(
        lambda v: f"? = {v[0]} {v[1]} not(? = {v[2]})"
    )
    if name in ("kind", "note", "flag"):
        return st.one_of(st.just("-"), equal, nulls, joined)
    ends = st.tuples(one, one).map(sorted)
    ordered = st.one_of(
        st.tuples(st.sampled_from(["<", "<=", ">", ">="]), one).map(" ".join),
        st.tuples(st.sampled_from("[("), ends, st.sampled_from("])")).map(
            lambda v: f"{v[0]}{v[1][0]}..{v[1][1]}{v[2]}"
        ),
        ends.map(lambda v: f"? between {v[0]} and {v[1]}"),
        ends.map(lambda v: f"? > {v[0]} and {name} <= {v[1]}"),
    )
    extra = [st.just("> parameters.cap")] if name != "born" else []
    return st.one_of(st.just("-"), equal, nulls, joined, ordered, ordered, *extra)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    columns = draw(st.lists(st.sampled_from(sorted(GRID)), min_size=1, max_size=3))
    size = draw(st.integers(1, 5))
    return columns, [[draw(cells(name)) for name in columns] for _ in range(size)]


def brute(columns: list[str], rows: list[list[str]]) -> list[tuple[dict[str, Any], list[int]]]:
    """Which rows match in each context, as the evaluator says."""
    names = sorted(set(columns))
    asked = {
        name: any("null" in row[at] for row in rows for at, c in enumerate(columns) if c == name)
        for name in names
    }
    compiled = {}
    for row in rows:
        for name, text in zip(columns, row, strict=True):
            entry = KNOWN.get(name)
            compiled[name, text], problems = compile_unary_tests(text, KNOWN, subject=entry)
            assert problems == ()
    found = []
    for values in itertools.product(*(GRID[n] + [None] * asked[n] for n in names)):
        context = dict(zip(names, values, strict=True))
        hits = [
            number
            for number, row in enumerate(rows)
            if all(
                passes(compiled[name, text], context, name)
                for name, text in zip(columns, row, strict=True)
            )
        ]
        found.append((context, hits))
    return found


def passes(test: Any, context: dict[str, Any], name: str) -> bool:
    from rule_engine.running import Run, Scope

    return test.closure(Run(CONTEXT), Scope({**context, "?": context[name]})) is True


def inside(found: GapReport, box: tuple[int, ...], context: dict[str, Any]) -> bool:
    for column, mask in zip(found.columns, box, strict=True):
        assert column.domain is not None
        value = context[column.id]
        for place, atom in enumerate(column.domain.atoms):  # noqa: B007 - used below
            if value is None or atom.kind == "null":
                here = value is None and atom.kind == "null"
            elif atom.kind == "stretch":
                here = (atom.low is None or value > atom.low) and (
                    atom.high is None or value < atom.high
                )
            elif atom.kind == "other":
                points = [one.sample for one in column.domain.atoms if one.kind == "point"]
                here = value not in points
            else:
                here = value == atom.sample
            if here:
                break
        else:
            raise AssertionError(f"{value} lies in no atom")
        if not mask >> place & 1:
            return False
    return True


@given(made=tables())
def test_gaps_and_overlaps_are_those_of_brute_force(
    made: tuple[list[str], list[list[str]]],
) -> None:
    columns, rows = made
    found, _ = report(columns, rows)
    contexts = brute(columns, rows)

    assert found.of("not_analysed", "not_finished") == ()
    gaps = [finding.box for finding in found.of("gap")]
    for context, hits in contexts:
        assert any(inside(found, box, context) for box in gaps) is (not hits), (context, hits)
    pairs = {(f"r{a}", f"r{b}") for _, hits in contexts for a, b in itertools.combinations(hits, 2)}
    assert {finding.rows for finding in found.of("overlap")} == pairs
    dead = {f"r{n}" for n in range(len(rows))} - {f"r{n}" for _, hits in contexts for n in hits}
    assert {finding.rows[0] for finding in found.of("never")} == dead


@given(made=tables())
def test_hidden_rows_of_first_are_those_of_brute_force(
    made: tuple[list[str], list[list[str]]],
) -> None:
    columns, rows = made
    found, _ = report(columns, rows, policy="FIRST")
    contexts = brute(columns, rows)

    matched = {number for _, hits in contexts for number in hits}
    reached = {hits[0] for _, hits in contexts if hits}
    hidden = {finding.rows[0] for finding in found.of("hidden")}
    assert hidden == {f"r{number}" for number in matched - reached}


@given(made=tables())
def test_examples_show_what_they_are_given_for(made: tuple[list[str], list[list[str]]]) -> None:
    columns, rows = made
    found, _ = report(columns, rows)

    for finding in found.of("gap", "overlap"):
        example = dict(finding.example or {})
        hits = {
            f"r{number}"
            for number, row in enumerate(rows)
            if all(
                passes(compile_unary_tests(text, KNOWN, subject=KNOWN.get(name))[0], example, name)
                for name, text in zip(columns, row, strict=True)
            )
        }
        assert hits >= set(finding.rows)
        assert finding.kind == "overlap" or not hits


# Words


@pytest.mark.parametrize(
    ("columns", "rows", "policy", "chinese", "english"),
    [
        (
            ["age"],
            [["< 60"], ["[60..80)"], [">= 90"]],
            "UNIQUE",
            "没有一行管到：年龄不小于80，小于90。例如：年龄是80。",
            "No row decides: 年龄 is 80 or more, is below 90. For example: 年龄 is 80.",
        ),
        (
            ["age", "kind"],
            [["<= 60", "-"], [">= 60", '"a"'], ["> 60", '"b"']],
            "UNIQUE",
            "第1行（r0）和第2行（r1）会同时命中，但这张表只许命中一行（UNIQUE）。"
            "例如：年龄是60，身份是“男职工”。",
            "Row 1 (r0) and row 2 (r1) match together, but only one row may match (UNIQUE)."
            ' For example: 年龄 is 60, 身份 is "男职工".',
        ),
        (
            ["income"],
            [["> 5"], ["> 7"], ["<= 5"]],
            "FIRST",
            "第2行（r1）永远轮不到，前面的第1行（r0）已经全部管到。例如：收入是8。",
            "Row 2 (r1) is never reached: row 1 (r0) before it takes everything."
            " For example: 收入 is 8.",
        ),
        (
            ["flag"],
            [["true"], ["false and true"], ["? = true and ? = false"], ["false"]],
            "FIRST",
            "第3行（r2）永远不会命中，它的条件自相矛盾。",
            "Row 3 (r2) never matches: its tests contradict each other.",
        ),
        (
            ["born"],
            [['<= date("2026-01-03")'], ['> date("2026-01-05")']],
            "UNIQUE",
            "没有一行管到：出生日期晚于2026年1月3日（周六），不晚于2026年1月5日（周一）。"
            "例如：出生日期是2026年1月5日（周一）。",
            None,
        ),
    ],
    ids=["gap", "overlap", "hidden", "never", "dates"],
)
def test_a_finding_says_what_is_wrong_with_an_example(
    columns: list[str], rows: list[list[str]], policy: str, chinese: str, english: str | None
) -> None:
    found, made = report(columns, rows, policy=policy)

    assert chinese in said(found, made)
    if english is not None:
        assert english in said(found, made, "en")


def test_rows_of_any_may_meet_where_they_agree() -> None:
    same, _ = report(["age"], [["< 5"], [">= 3"]], policy="ANY", outputs=['"x"', '"x"'])
    other, made = report(["age"], [["< 5"], [">= 3"]], policy="ANY", outputs=['"x"', '"y"'])

    assert same.findings == ()
    assert [finding.rows for finding in other.of("conflict")] == [("r0", "r1")]
    assert "“结果”给的结果不一样" in said(other, made)[0]


def test_what_is_no_set_of_values_is_named_with_its_place() -> None:
    found, made = report(["age", "note"], [["> 3", 'starts with(?, "a")'], ["<= 3", "-"]])

    assert [(f.kind, f.rows, f.column, f.text) for f in found.findings] == [
        ("not_analysed", ("r0",), "备注", 'starts with(?, "a")')
    ]
    assert said(found, made) == [
        '未分析：第1行（r0）“备注”里的“starts with(?, "a")”不是单个值上的比较，没有检查。'
    ]


def test_computed_columns_that_share_an_input_are_not_analysed() -> None:
    found, _ = report(["age + 1", "age * 2"], [["> 3", "-"], ["<= 3", "-"]])

    assert {finding.kind for finding in found.findings} == {"not_analysed"}


def test_a_parameter_is_a_constant_with_its_value() -> None:
    found, _ = report(["income"], [["> parameters.cap"], ["< parameters.cap"]])

    assert [finding.example for finding in found.of("gap")] == [{"income": Decimal(3)}]


@pytest.mark.parametrize("column", ["age(born)", "born.year", "months between(born, today())"])
def test_between_two_whole_numbers_there_is_no_gap(column: str) -> None:
    found, _ = report([column], [["<= 60"], ["61"], [">= 62"]])

    assert found.findings == ()


# Cost


@pytest.mark.parametrize("shape", ["bands", "grid", "first", "wild"])
def test_five_hundred_rows_take_less_than_four_million_steps(shape: str) -> None:
    rows = {
        "bands": [[f"[{n * 10}..{n * 10 + 10})", "-", "-"] for n in range(500)],
        "grid": [
            [f"[{n // 10}..{n // 10 + 1})", '"a"' if n % 2 else '"b"', str(n % 10)]
            for n in range(500)
        ],
        "first": [[f"> {500 - n}", "-", f"< {n}"] for n in range(500)],
        "wild": [[f"> {n % 37}", '"a"' if n % 3 else "-", f"[{n % 41}..{n}]"] for n in range(500)],
    }[shape]
    policy = "FIRST" if shape == "first" else "UNIQUE"
    reports = []

    def work() -> None:
        reports.append(report(["income", "kind", "age"], rows, policy=policy))
        said(*reports[0])

    assert calls(work) < 4_000_000
    assert len(reports[0][0].findings) <= 100


def test_a_table_of_thousands_of_rows_stays_within_its_effort() -> None:
    points, _ = report(["income"], [[str(n)] for n in range(1500)], policy="FIRST")
    ranges, _ = report(["income"], [[f">= {1500 - n}"] for n in range(1500)])

    assert points.of("not_finished") == ()
    assert len(ranges.of("not_finished")) <= 1
