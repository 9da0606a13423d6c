"""The shipped app: its forms compile, can be filled in on four screens, and read in English."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import app_definitions
from app_definitions.dictionary import read_dictionary
from app_definitions.form import read_form
from app_definitions.translation import read_translation
from app_definitions.vocabulary import Input
from form_engine import FieldTypes, Form, compile_form
from tests.effort import calls

APP = Path(app_definitions.__file__).parent / "library" / "elder_allowance"
FORMS = sorted(path.stem for path in (APP / "forms").glob("*.json"))
SCREENS: dict[str, dict[str, list[str]]] = {
    "who": {"agent_flag": ["true"], "relation": ["helper"], "helper_no": ["BB0001"]},
    "elder": {
        "elder_name": ["王德福"],
        "elder_id": ["９９０１０２ 19360212 001x"],
        "elder_phone": ["199 0000 0312"],
    },
    "home": {
        "hukou_region": ["990102001001"],
        "live_addr-region": ["990102001001"],
        "live_addr-detail": ["建国路118号2单元301室"],
        "bank": ["6217 0000 0000 0000 004"],
    },
    "confirm": {"other_sub": ["none"], "alive_photo-new": ["1"], "sign-photo": ["6"]},
}


def shipped(name: str) -> Form:
    def document(folder: str, stem: str) -> Any:
        return json.loads((APP / folder / f"{stem}.json").read_text("utf-8"))

    definition, _ = read_form(document("forms", name), f"forms/{name}.json")
    dictionaries = [
        read_dictionary(document("dictionaries", path.stem), path.name)[0]
        for path in (APP / "dictionaries").glob("*.json")
    ]
    translation, _ = read_translation(document("i18n", "en"), "i18n/en.json")
    assert definition is not None
    form, problems = compile_form(
        definition,
        FieldTypes.shipped(),
        dictionaries=[one for one in dictionaries if one is not None],
        vocabulary_extra=[Input("amount", "金额", "number")],
        translations=[translation] if translation else [],
    )
    assert form is not None, problems
    assert problems == ()
    return form


@pytest.mark.parametrize("name", FORMS)
def test_each_form_compiles(name):
    assert shipped(name).fields


def test_it_is_filled_in_screen_by_screen(fill):
    form = shipped("main")
    values: dict[str, object] = {}

    for section, raw in SCREENS.items():
        bound = form.bind(raw, values, fill(form), section)
        assert bound.errors == ()
        values = dict(bound.values)

    assert form.check(values, fill(form)) == ()
    assert [section.id for section in form.visible_sections(values, fill(form))] == list(SCREENS)
    assert form.to_json(form.effective(values, fill(form)))["elder_age"] == "90"
    assert form.from_json(form.to_json(values)).keys() >= {"elder_id", "sign", "bank"}
    assert form.sealed >= {"elder_id", "elder_phone", "bank"}


def test_the_community_sees_a_masked_number_and_no_card(fill):
    form = shipped("main")
    values: dict[str, object] = {}
    for section, raw in SCREENS.items():
        values = dict(form.bind(raw, values, fill(form), section).values)

    said = {
        answer.field_id: answer.text
        for section in form.answers(values, fill(form, "verify"))
        for answer in section.answers
    }

    assert said["elder_id"] == "990102********001X"
    assert "bank" not in said
    assert said["relation"]


def test_no_chinese_is_left_on_an_english_page(fill):
    form = shipped("main")
    context = fill(form, locale="en")

    for section in form.sections:
        bound = form.bind({}, {"agent_flag": True}, context, section.id)
        page = form.render_section(section.id, bound, context)
        places = re.sub(r"<optgroup.*?</optgroup>", "", page, flags=re.S)
        assert not re.search(r"[\u4e00-\u9fff]", places), section.id


def test_binding_checking_and_answering_take_few_steps(fill):
    form = shipped("main")
    context = fill(form)
    raw = {name: texts for screen in SCREENS.values() for name, texts in screen.items()}
    form.bind(raw, {}, context)

    def work() -> None:
        values = form.bind(raw, {}, context).values
        form.check(values, context)
        form.effective(values, context)

    assert calls(work) < 20_000
