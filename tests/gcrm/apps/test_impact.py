"""The impact list: who comes out otherwise between two versions or releases."""

import dataclasses
import datetime as dt
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app_definitions import canonical
from gcrm.apps import CompiledApp, compile_package, library
from gcrm.apps.impact import Change, Sample, Side, changes, held, samples_of_tests
from rule_engine import Verdict

JUNE = dt.datetime(2027, 6, 1, 2, 0, tzinfo=dt.UTC)


@cache
def app(name: str = "retirement") -> CompiledApp:
    found, _ = compile_package(library.read(name))
    assert found is not None
    return found


def listed(
    old: Side, new: Side, as_of: dt.datetime = JUNE, locale: str = "zh-CN"
) -> dict[str, Change]:
    found = changes(old, new, samples_of_tests(old.app, old.decision_id), as_of, locale=locale)
    return {change.sample.id: change for change in found}


def test_between_the_article_and_the_rule_of_2025_sun_li_and_liu_qiang_change() -> None:
    found = listed(Side(app(), "precheck", "article"), Side(app(), "precheck", "delayed"))

    liu, sun = found["liu"], found["sun"]
    assert (liu.old.said, liu.new.said) == ("不符合", "可办")
    assert (liu.old.verdict, liu.new.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert liu.old.reasons == ("按旧规则要超过60周岁，您现在60周岁。",)
    assert (sun.old.said, sun.new.said) == ("不符合", "三选一")
    assert (sun.old.verdict, sun.new.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert sun.new.reasons == ("缴费还差0年10个月，您退休那年最低要缴180个月。",)


def test_who_comes_out_the_same_is_not_listed() -> None:
    found = listed(Side(app(), "precheck", "article"), Side(app(), "precheck", "delayed"))

    assert "zhang" not in found
    assert "before_1965" not in found


def test_the_list_is_said_in_english_too() -> None:
    found = listed(
        Side(app(), "precheck", "article"), Side(app(), "precheck", "delayed"), locale="en"
    )

    assert (found["sun"].old.said, found["sun"].new.said) == (
        "Does not qualify",
        "One of three ways",
    )
    assert "10 months of contributions are missing" in found["sun"].new.reasons[0]


@pytest.mark.parametrize("name", library.names())
@settings(max_examples=6)
@given(day=st.dates(dt.date(2024, 1, 1), dt.date(2045, 12, 31)))
def test_the_same_version_changes_nothing(name: str, day: dt.date) -> None:
    as_of = dt.datetime(day.year, day.month, day.day, 3, tzinfo=dt.UTC)
    for decision in app(name).decisions.values():
        for version in (None, *(one.definition.id for one in decision.versions)):
            side = Side(app(name), decision.id, version)

            assert listed(side, side, as_of) == {}


def test_a_release_is_held_against_another_one() -> None:
    package = library.read("elder_allowance")
    part = next(each for each in package.parts if each.path == "decisions/amount.json")
    dearer = package.with_part(part.path, part.content.replace(b'"30"', b'"50"'))
    new, problems = compile_package(dearer)
    assert new is not None, problems

    found = listed(Side(app("elder_allowance"), "amount"), Side(new, "amount"), JUNE)

    assert {change.new.said for change in found.values()} == {"50"}
    assert {change.old.said for change in found.values()} == {"30"}
    assert "li_86" in found


def test_what_is_missing_is_a_change_of_the_verdict() -> None:
    sample = Sample("one", "缺出生年月", {"emp_kind": "male"}, variant="new")
    known = {"emp_kind": "male", "birth_ym": "1966-11-05", "pay_months": "384"}
    full = dataclasses.replace(sample, given={**known, "retire_mode": "legal"})
    old, new = Side(app(), "precheck", "article"), Side(app(), "precheck", "delayed")

    found = list(changes(old, new, [sample, full], JUNE))

    assert [change.sample for change in found] == [full]


def test_a_version_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match='no version "v9"'):
        held(app().decisions["precheck"], "v9")


def test_the_outcome_of_every_sample_can_be_written_as_json() -> None:
    for change in listed(
        Side(app(), "precheck", "article"), Side(app(), "precheck", "delayed")
    ).values():
        assert canonical.dumps(dict(change.new.outcome))
