"""App C: the article's rule and the rule of 2025 as versions of one decision."""

import datetime as dt
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcrm.apps import CompiledApp, compile_package, library
from gcrm.apps.surroundings import evaluation
from rule_engine import DecisionJudgement, Verdict

KINDS = {
    "male": (60, dt.date(1965, 1, 1), 4, 36),
    "female_cadre": (55, dt.date(1970, 1, 1), 4, 36),
    "female_worker": (50, dt.date(1975, 1, 1), 2, 60),
}


@cache
def app() -> CompiledApp:
    found, _ = compile_package(library.read("retirement"))
    assert found is not None
    return found


def judged(as_of: dt.date, locale: str = "zh-CN", **inputs: object) -> DecisionJudgement:
    now = dt.datetime(as_of.year, as_of.month, as_of.day, 2, tzinfo=dt.UTC)
    context = evaluation(app().definition.parameters, now, "990102")
    return (
        app()
        .decisions["precheck"]
        .judge(
            inputs,
            context,
            locale=locale,
            texts=app().translations["en"] if locale == "en" else None,
        )
    )


def test_all_eleven_reference_values_are_tests_of_the_app() -> None:
    named = [test for test in app().definition.tests if test.id.startswith("ref_")]

    assert len(named) == 11
    assert {output.output for test in named for output in test.expect.outputs} == {"delay", "legal"}


@given(
    kind=st.sampled_from(sorted(KINDS)),
    born=st.dates(dt.date(1958, 1, 1), dt.date(1990, 1, 1)),
    pay=st.integers(0, 500),
    as_of=st.dates(dt.date(2025, 1, 1), dt.date(2045, 1, 1)),
)
def test_only_the_outcome_ready_passes_and_the_age_is_that_of_the_formula(
    kind: str, born: dt.date, pay: int, as_of: dt.date
) -> None:
    base, first, step, cap = KINDS[kind]
    late = (born.year - first.year) * 12 + born.month - first.month
    delay = 0 if late < 0 else min(cap, late // step + 1)
    months = born.year * 12 + born.month - 1 + base * 12 + delay
    least = 180 + 6 * min(10, max(0, months // 12 - 2029))

    found = judged(
        as_of,
        emp_kind=kind,
        is_male=kind == "male",
        birth_ym=born,
        retire_mode="legal",
        pay_months=Decimal(pay),
    )

    assert found.outputs["legal"] == dt.date(months // 12, months % 12 + 1, 1)
    assert found.outputs["min_months"] == least
    reached = as_of.year * 12 + as_of.month - 1 >= months
    assert (found.outputs["outcome"] == "ready") is (reached and pay >= least)
    assert (found.verdict is Verdict.PASS) is (found.outputs["outcome"] == "ready")


def test_the_version_is_that_of_the_day() -> None:
    zhang = {"emp_kind": "male", "is_male": True, "birth_ym": dt.date(1963, 3, 10)}
    known = {**zhang, "retire_mode": "legal", "pay_months": Decimal(372)}

    before = judged(dt.date(2024, 12, 31), **known)
    after = judged(dt.date(2025, 1, 1), **known)

    assert (before.version_id, after.version_id) == ("article", "delayed")
    assert before.outputs["outcome"] == after.outputs["outcome"] == "ready"


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh-CN", "缴费还差0年10个月，您退休那年最低要缴180个月。"),
        (
            "en",
            "0 years and 10 months of contributions are missing; in the year in which you retire"
            " 180 months are needed.",
        ),
    ],
)
def test_the_reason_says_how_much_is_missing(locale: str, said: str) -> None:
    found = judged(
        dt.date(2026, 12, 1),
        locale,
        emp_kind="female_worker",
        is_male=False,
        birth_ym=dt.date(1976, 4, 12),
        retire_mode="legal",
        pay_months=Decimal(170),
    )

    assert found.verdict is Verdict.FAIL
    assert [f.message for f in found.findings if f.verdict is Verdict.FAIL] == [said]


def test_what_is_not_filled_in_is_named() -> None:
    found = judged(dt.date(2026, 12, 1), emp_kind="male", retire_mode="legal")

    assert found.verdict is Verdict.MISSING
    assert "birth_ym" in found.missing
    assert all(leaf.label for finding in found.findings for leaf in finding.leaves)
