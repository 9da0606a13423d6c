"""Compiling: everything that a designer can get wrong is found, all at once."""

import pytest

from app_definitions.form import Check, Derived, Field, Form, Section
from app_definitions.problem import Catalogue
from form_engine import FieldTypes, compile_form

TYPES = FieldTypes.shipped()


def problems_of(*fields: Field, **section: str) -> list[tuple[str, str]]:
    form = Form("main", "表单", sections=(Section("page", "页", fields=fields, **section),))
    made, problems = compile_form(form, TYPES)
    assert (made is None) == bool(problems)
    catalogue = Catalogue.of("form_engine", "rule_engine")
    for problem in problems:
        for locale in ("zh-CN", "en"):
            said = catalogue.render(problem, locale)
            assert "{" not in said.message + said.fix
    return [(problem.path, problem.code) for problem in problems]


TEXT = Field("a", "text", "甲")
# fields, path, code
WRONG = [
    ((Field("a", "cash", "甲"),), "a.type", "form_type_unknown"),
    ((Field("a", "text", ""),), "a.label", "form_label_missing"),
    ((TEXT, TEXT), "a.id", "form_id_doubled"),
    ((Field("page", "text", "甲"),), "page.id", "form_id_doubled"),
    ((Field("rev", "text", "甲"),), "rev.id", "form_id_reserved"),
    ((Field("a", "text", "甲", settings={"size": 3}),), "a.settings.size", "form_setting_unknown"),
    ((Field("a", "text", "甲", settings={"max_length": "3"}),), "a.settings.max_length",
     "form_setting_wrong"),
    ((Field("a", "text", "甲", settings={"min_length": 9, "max_length": 3}),),
     "a.settings.min_length", "form_settings_limits"),
    ((Field("a", "text", "甲", settings={"pattern": "("}),), "a.settings.pattern",
     "form_settings_pattern"),
    ((Field("a", "text", "甲", settings={"pattern": "(?<=a)b"}),), "a.settings.pattern",
     "form_settings_pattern"),
    ((Field("a", "number", "甲", settings={"min": "9", "max": "3"}),), "a.settings.min",
     "form_settings_limits"),
    ((Field("a", "date", "甲", settings={"latest": "2026-02-30"}),), "a.settings.latest",
     "form_settings_day"),
    ((Field("a", "radio", "甲"),), "a.settings.options", "form_options_missing"),
    ((Field("a", "radio", "甲", settings={"options": [{"id": "x", "label": "一"}] * 2}),),
     "a.options.x", "form_option_doubled"),
    ((Field("a", "select", "甲", settings={"dictionary": "d"}),), "a.settings.dictionary",
     "form_dictionary_unknown"),
    ((Field("a", "subtable", "甲"),), "a.columns", "form_columns_missing"),
    ((Field("a", "text", "甲", columns=(Field("b", "text", "乙"),)),), "a.columns",
     "form_columns_refused"),
    ((Field("a", "subtable", "甲", columns=(Field("b", "file", "乙"),)),), "b.type",
     "form_column_type"),
    ((Field("a", "subtable", "甲", columns=(Field("b", "text", "乙", visible_when="true"),)),),
     "b.visible_when", "form_column_expression"),
    ((Field("a", "computed", "甲"),), "a.value", "form_value_missing"),
    ((Field("a", "text", "甲", value="1"),), "a.value", "form_value_refused"),
    ((Field("a", "text", "甲", visible_when="1 + 1"),), "a.visible_when", "form_condition_type"),
    ((Field("a", "text", "甲", default="1 + 1"),), "a.default", "form_default_type"),
    ((Field("a", "text", "甲", visible_when="b = 1"),), "a.visible_when", "feel_unknown_name"),
    ((Field("a", "text", "甲", visible_when="(("),), "a.visible_when", "feel_"),
    ((Field("a", "text", "甲", checks=(Check("c", "zzz", "错"),)),), "c.that",
     "feel_unknown_name"),
    ((Field("a", "idcard", "甲", derived=(Derived("d", "zzz"),)),), "d.value",
     "feel_unknown_name"),
    ((Field("a", "number", "甲", visible_when="b = 1"),
      Field("b", "number", "乙", visible_when="a = 1")), "a", "form_circle"),
    ((Field("a", "computed", "甲", value="a + 1"),), "a", "form_circle"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "code"), WRONG)
def test_a_mistake_is_found_with_its_place(fields, path, code):
    found = problems_of(*fields)

    assert any(
        place == f"forms/main.json#{path}" and name.startswith(code) for place, name in found
    ), found


def test_all_mistakes_come_back_together():
    found = problems_of(Field("a", "cash", "甲"), Field("b", "radio", "乙"),
                        Field("c", "text", "丙", visible_when="zzz"))  # fmt: skip

    assert len(found) == 3


def test_a_form_without_sections_is_no_form():
    made, problems = compile_form(Form("main", "表单"), TYPES)

    assert made is None
    assert [problem.code for problem in problems] == ["form_empty"]


def test_the_vocabulary_lists_fields_with_types_options_units_and_derived_facts(make):
    form = make(
        {"id": "area", "type": "number", "label": "面积",
         "settings": {"decimals": 1, "unit": "平方米"}},
        {"id": "kind", "type": "radio", "label": "种类", "settings": {
            "options": [{"id": "a", "label": "第一种"}]}},
        {"id": "card", "type": "idcard", "label": "身份证号", "derived": [
            {"id": "born", "value": "birth date of id(card)"}]},
        {"id": "text", "type": "note", "label": "说明"},
    )  # fmt: skip

    area, kind, card, born = form.vocabulary

    assert (area.type, area.unit, area.scale, area.column) == ("number", "平方米", 1, "area")
    assert kind.label_of("a") == "第一种"
    assert (card.sealed, card.column) == (True, None)
    assert (born.id, born.type, born.column) == ("born", "date", "born")


def test_texts_come_in_the_language_of_the_page_and_fall_back(make, fill):
    form = make(
        {"id": "kind", "type": "radio", "label": "种类", "hint": "选一个", "settings": {
            "options": [{"id": "a", "label": "第一种"}, {"id": "b", "label": "第二种"}]}},
        translations={"en": {
            "forms/main.json#page.title": "One page",
            "forms/main.json#kind.label": "Kind",
            "forms/main.json#kind.options.a": "The first",
        }},
    )  # fmt: skip

    section = form.answers({"kind": "a"}, fill(form, locale="en"))[0]
    page = form.render_section("page", form.start({}, fill(form)), fill(form, locale="en"))

    assert (section.title, section.answers[0].label) == ("One page", "Kind")
    assert section.answers[0].text == "The first"
    assert "第二种" in page
    assert "选一个" in page


def test_a_formula_that_writes_a_sealed_answer_in_clear_is_advised_against():
    section = Section(
        "page",
        "页",
        fields=(
            Field("card", "idcard", "身份证号"),
            Field("copy", "computed", "抄", value="card", settings={"result": "string"}),
            Field("born", "computed", "生日", value="birth date of id(card)",
                  settings={"result": "date"}),
        ),
    )  # fmt: skip

    made, problems = compile_form(Form("main", "表单", sections=(section,)), TYPES)

    assert made is not None
    assert [(one.code, one.severity) for one in problems] == [("form_value_reveals", "warning")]
