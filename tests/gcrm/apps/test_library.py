"""The library: every app that ships is canonical, without problems, and passes its tests."""

import re

import pytest

from app_definitions import form, package
from gcrm.apps import compile_package, library, report
from gcrm.apps.surroundings import evaluation
from rule_engine import Verdict


@pytest.mark.parametrize("name", library.names())
def test_an_app_that_ships_has_no_problem_and_passes_its_tests(name: str) -> None:
    found = report.check(library.read(name))

    assert found["problems"] == []
    assert found["ok"]
    assert found["canonical"]
    assert [test for test in found["tests"] if not test["passed"]] == []


@pytest.mark.parametrize("name", library.names())
def test_a_shipped_definition_is_written_as_it_stands(name: str) -> None:
    for part in library.read(name).parts:
        assert package.canonical_part(part.path, part.content) == (part.content, ())


@pytest.mark.parametrize("name", library.names())
def test_chinese_texts_have_full_width_punctuation(name: str) -> None:
    for part in library.read(name).parts:
        if part.path.startswith("i18n/"):
            continue
        assert not re.search(r"[一-鿿][,;:?!]|[,;?!][一-鿿]", part.content.decode())


def test_the_form_has_four_screens_of_at_most_three_questions() -> None:
    app, _ = compile_package(library.read("elder_allowance"))
    assert app is not None
    main = app.forms["main"]

    asked = [[field for field in section.fields if field.type.answers] for section in main.sections]

    assert len(asked) == 4
    assert max(map(len, asked)) <= 3


def test_rights_are_those_of_the_specification() -> None:
    app, _ = compile_package(library.read("elder_allowance"))
    assert app is not None
    rights = {
        (step, role): app.forms["main"].rights_for(step, (role,) if role else ())
        for step, role in (
            (form.APPLY, ""),
            ("verify", "community_clerk"),
            ("street", "street_civil"),
            ("bureau", "mz_a"),
            ("view", "audit"),
        )
    }
    by_field = {
        field: [found[field] for found in rights.values()]
        for field in ("elder_id", "bank", "elder_phone", "elder_age", "sign")
    }

    assert by_field == {
        "elder_id": ["write", "masked", "read", "read", "masked"],
        "bank": ["write", "hidden", "hidden", "read", "hidden"],
        "elder_phone": ["write", "read", "masked", "masked", "masked"],
        "elder_age": ["read", "read", "read", "read", "masked"],
        "sign": ["write", "read", "read", "read", "hidden"],
    }


def test_reasons_are_told_in_english_too() -> None:
    app, _ = compile_package(library.read("elder_allowance"))
    assert app is not None
    test = next(each for each in app.definition.tests if each.id == "short_of_80")
    context = evaluation(app.definition.parameters, test.as_of, "990102001001")
    inputs = app.forms["main"].from_json({each.field: each.value for each in test.given})
    born = {"elder_born": context.now.date().replace(year=1947, month=2, day=15)}

    judgement = app.decisions["precheck"].judge(
        {**inputs, **born}, context, locale="en", texts=app.translations["en"]
    )

    reasons = {finding.condition_id: finding for finding in judgement.findings}
    assert judgement.verdict is Verdict.MISSING
    assert reasons["region"].verdict is Verdict.PASS
    assert "missing" in reasons["age"].message
