"""A rule that cannot be worked out: administrators are told, the applicant is not blamed."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.apps import compile_package, library
from gcrm.runtime import submit
from gcrm.runtime.correction_ask import Asked
from gcrm.store import tables as t
from rule_engine import Verdict
from tests.gcrm.runtime.cases import test_corrections as corrections

BROKEN = {
    "decisions/precheck.json": (
        b'"elder_age >= parameters.min_age"',
        b'"elder_age / (elder_age - elder_age) >= parameters.min_age"',
    ),
    "forms/main.json": (b'"age(elder_born)"', b'"age(elder_born) / 0"'),
}


@pytest.fixture
def spoil(town: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Serve the app with a part that has an error in a rule."""

    def act(path: str) -> None:
        package = library.read("elder_allowance")
        part = next(each for each in package.parts if each.path == path)
        old, new = BROKEN[path]
        assert old in part.content
        app, problems = compile_package(package.with_part(path, part.content.replace(old, new)))
        assert app is not None, problems
        served = replace(app, number=1)
        apps = town.house.services.apps
        monkeypatch.setattr(apps, "load", lambda *_: served)
        monkeypatch.setattr(apps, "current", lambda *_: served)

    return act


def incidents(town: Any) -> list[Any]:
    with town.house.store.read() as reader:
        c = t.incident.c
        return list(
            reader.execute(select(c.case_id, c.data, c.status).where(c.code == "rule_error")).all()
        )


def test_an_error_in_the_pre_check_is_an_incident_and_nothing_missing(
    town: Any, spoil: Any
) -> None:
    spoil("decisions/precheck.json")
    ask = town.fill(town.chen)

    first = town.run(submit.SUBMIT, town.chen, ask)
    town.run(submit.SUBMIT, town.chen, ask)

    assert first.case_id is None
    assert first.precheck.verdict is Verdict.ERROR
    assert [f.verdict for f in first.precheck.obstacles] == [Verdict.ERROR]
    [(case_id, data, status)] = incidents(town)
    assert (case_id, status) == (None, "open")
    assert data == {
        "app": "elder_allowance",
        "release": 1,
        "rules": ["decisions/precheck.json#age.that"],
    }


def test_who_insists_hands_in_and_the_incident_names_the_case(town: Any, spoil: Any) -> None:
    spoil("decisions/precheck.json")
    ask = replace(town.fill(town.chen), insist=True)

    done = town.run(submit.SUBMIT, town.chen, ask)

    assert [row.case_id for row in incidents(town)] == [done.case_id]


def test_an_error_in_a_formula_is_an_incident(town: Any, spoil: Any) -> None:
    spoil("forms/main.json")
    ask = replace(town.fill(town.chen), insist=True)

    town.run(submit.SUBMIT, town.chen, ask)

    [(_case, data, _status)] = incidents(town)
    assert "forms/main.json#elder_age.value" in data["rules"]


def test_rules_without_errors_tell_nobody(town: Any) -> None:
    town.submitted()
    town.run(submit.SUBMIT, town.chen, town.fill(town.chen, elder=town.new_elder(1960)))

    assert incidents(town) == []


def test_an_error_in_the_rules_of_corrected_answers_names_the_case(town: Any, spoil: Any) -> None:
    case_id = town.submitted().case_id
    corrections.ask(town, case_id, Asked("hukou_region", phrase="differs"))
    corrections.save(town, case_id, hukou_region="990202001001")
    spoil("decisions/precheck.json")

    answered = corrections.hand_in(town, case_id)

    assert answered.precheck.verdict is Verdict.FAIL, "another condition is known not to hold"
    assert [row.case_id for row in incidents(town)] == [case_id]
