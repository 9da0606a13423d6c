"""Formats: each kept fixture is read for ever, written as it was, and newer ones are refused."""

import copy
import json
import pathlib
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from app_definitions import canonical, codec, formats, kinds, process, reading
from app_definitions.form import Form, read_form

KEPT = pathlib.Path(__file__).parent / "formats"
KINDS = {kind.model.FORMAT.removeprefix("gcrm.").partition("/")[0]: kind for kind in kinds.KINDS}
FILES = sorted(KEPT.glob("*/*.json"))


def load(file: pathlib.Path) -> Any:
    document, trouble = canonical.loads(file.read_bytes(), file.name)
    assert trouble is None
    return document


def test_there_is_a_fixture_of_every_kind():
    assert {file.stem for file in FILES} == set(KINDS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.stem}/{file.parent.name}")
def test_what_was_written_once_is_read_for_ever_and_written_the_same(file):
    kind = KINDS[file.stem]

    model, problems = kind.read(load(file), file.name)

    assert problems == ()
    if file.parent.name == str(formats.split(kind.model.FORMAT)[1]):
        assert canonical.dumps(kind.write(model)).decode() == file.read_text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_property_of_a_format_stands_in_its_fixture(file):
    schema = reading.schema_of(KINDS[file.stem].model)
    written = json.dumps(load(file))
    spans = {"nodes", "conditions"} if file.stem == "decision" else set()

    for name in schema["properties"]:
        assert f'"{name}"' in written or name in spans


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.model.FORMAT)
def test_a_newer_format_is_refused_with_its_number(kind):
    name, number = formats.split(kind.model.FORMAT)

    model, problems = kind.read({"format": f"{name}/{number + 1}"}, "x.json")

    assert model is None
    assert [problem.code for problem in problems] == ["format_too_new"]


@pytest.mark.parametrize("name", list(kinds.schemas()))
def test_the_schema_file_is_the_one_that_the_model_gives(name):
    file = pathlib.Path(kinds.__file__).parent / "schemas" / name

    assert file.read_bytes() == canonical.dumps(kinds.schemas()[name]), "python -m app_definitions"
    jsonschema.Draft202012Validator.check_schema(kinds.schemas()[name])


def test_old_formats_are_brought_up_step_by_step_and_left_unchanged():
    old = {"format": "gcrm.form/1", "a": 1}
    upgrades = {
        ("gcrm.form", 1): lambda document: {**document, "b": document["a"] + 1},
        ("gcrm.form", 2): lambda document: {**document, "c": document["b"] + 1},
    }

    result, problem = formats.upgrade(old, "gcrm.form/3", "x", upgrades)

    assert problem is None
    assert result == {"format": "gcrm.form/3", "a": 1, "b": 2, "c": 3}
    assert old == {"format": "gcrm.form/1", "a": 1}


@pytest.mark.parametrize("found", [None, 1, "", "gcrm.form", "gcrm.form/0", "gcrm.form/one"])
def test_a_missing_format_is_named(found):
    _, problems = read_form({"format": found}, "forms/main.json")

    assert [problem.code for problem in problems] == ["format_missing"]


def test_another_kind_is_refused():
    _, problems = read_form({"format": "gcrm.app/1"}, "forms/main.json")

    assert [problem.code for problem in problems] == ["format_of_other_kind"]


def test_all_problems_come_back_together_beside_what_has_them():
    document = load(KEPT / "1" / "form.json")
    fields = document["sections"][0]["fields"]
    fields[0]["label"] = 3
    fields[0]["rights"][0]["right"] = "red"
    fields[1]["id"] = "Größe"
    del fields[2]["type"]
    fields[3]["colour"] = "blue"
    document["layout"] = "wild"

    form, problems = read_form(document, "forms/main.json")

    assert form is None
    assert {(problem.path, problem.code) for problem in problems} == {
        ("forms/main.json#id_no.label", "wrong_type"),
        ("forms/main.json#id_no.rights[0].right", "value_not_allowed"),
        ("forms/main.json#Größe.id", "bad_id"),
        ("forms/main.json#people.type", "property_missing"),
        ("forms/main.json#age.colour", "property_unknown"),
        ("forms/main.json#main.layout", "value_not_allowed"),
    }


def test_an_id_is_used_once_in_a_part():
    document = load(KEPT / "1" / "form.json")
    document["sections"][0]["fields"][1]["id"] = "person"

    form, problems = read_form(document, "forms/main.json")

    assert isinstance(form, Form)
    assert [(p.path, p.code) for p in problems] == [("forms/main.json#person.id", "id_doubled")]


def test_an_id_may_come_again_in_another_version_of_a_decision():
    document = load(KEPT / "1" / "decision.json")
    later = copy.deepcopy(document["versions"][0])
    later |= {"id": "v2027", "effective_from": "2027-01-01"}
    del later["effective_to"]
    later["table"]["rows"][0]["inputs"] = []
    document["versions"].append(later)

    _, problems = KINDS["decision"].read(document, "d")

    assert [(p.path, p.code) for p in problems] == [
        ("d#v2027.hundred.inputs", "row_has_other_width")
    ]


def test_words_of_a_process_are_written_as_they_were():
    file = KEPT / "1" / "process.xml"
    element = ElementTree.fromstring(file.read_text())  # noqa: S314 - our own file

    words, problems = process.read_words(element, "processes/main.bpmn", "verify")
    assert words is not None
    for prefix, address in (
        ("bpmn", "http://www.omg.org/spec/BPMN/20100524/MODEL"),
        ("gcrm", process.NAMESPACE),
    ):
        ElementTree.register_namespace(prefix, address)
    process.write_words(words, element)

    assert problems == ()
    assert process.read_words(element, "p", "verify")[0] == words
    assert set(codec.encode(words)) == {"step", "outcome", "decision", "member", "timer"}
    assert ElementTree.tostring(element, encoding="unicode") == file.read_text().strip()


def test_wrong_words_of_a_process_are_named_at_their_element():
    element = ElementTree.fromstring(  # noqa: S314 - our own text
        '<e xmlns:gcrm="urn:gcrm:bpmn:1" xmlns:x="urn:x"><x:other/>'
        '<gcrm:step form="Verify" colour="red">'
        '<gcrm:deadline value="soon" unit="year"/></gcrm:step>'
        '<gcrm:outcome state="done"/><gcrm:outcome state="done"/></e>'
    )

    words, problems = process.read_words(element, "processes/main.bpmn", "verify")

    assert words is None
    assert {(problem.path.partition("#")[2], problem.code) for problem in problems} == {
        ("verify.step.form", "bad_id"),
        ("verify.step.colour", "property_unknown"),
        ("verify.step.deadline.value", "wrong_type"),
        ("verify.step.deadline.unit", "value_not_allowed"),
        ("verify.outcome.state", "value_not_allowed"),
        ("verify.outcome", "word_doubled"),
    }
