"""What a page follows by itself: the trees it gets, and what it must never get."""

import datetime as dt
import json
import pathlib
from dataclasses import replace
from decimal import Decimal

import jsonschema
import pytest
from lxml import html

import rule_engine
from app_definitions.vocabulary import Input

SCHEMA = json.loads(
    (pathlib.Path(rule_engine.__file__).parent / "schemas" / "gcrm.tree.1.json").read_text("utf-8")
)
SEX = {"id": "id_no", "type": "idcard", "label": "身份证号"}
KIND = {
    "id": "kind", "type": "radio", "label": "类别",
    "settings": {"options": [{"id": "a", "label": "甲"}, {"id": "b", "label": "乙"}]},
}  # fmt: skip


def drawn(form, context, values=None, section="page"):
    page = form.render_section(section, form.start(values or {}, context), context)
    return html.fragment_fromstring(f"<div>{page}</div>")


def handed(form, context, values=None, section="page"):
    places = drawn(form, context, values, section).xpath("//*[@data-live]")
    return json.loads(places[0].get("data-live")) if places else {}


def ids(found):
    return [field["id"] for field in found["tree"]["fields"]] if found else []


def test_a_page_gets_trees_of_all_that_hangs_on_its_answers(make, fill):
    form = make(
        KIND,
        {"id": "much", "type": "money", "label": "数额", "required_when": 'kind = "b"',
         "checks": [{"id": "little", "that": "much <= 500", "message": "最多500元。"}]},
        {"id": "why", "type": "text", "label": "原因", "visible_when": 'kind != "a" and much > 9'},
        {"id": "year", "type": "computed", "label": "一年", "value": "much * 12",
         "settings": {"decimals": 2, "unit": "元"}},
    )  # fmt: skip

    found = handed(form, fill(form))
    page = drawn(form, fill(form))

    jsonschema.Draft202012Validator(SCHEMA).validate(found["tree"])
    assert ids(found) == ["much", "why", "year"]
    assert found["now"] == "2026-11-24T10:00:00+08:00"
    assert found["controls"] == {
        "kind": {"as": "code"},
        "much": {"as": "number", "decimals": 2, "without": ["¥", "￥", "元"]},
    }
    assert found["messages"] == {"little": "最多500元。"}
    assert found["results"] == {"year": {"type": "number", "decimals": 2, "unit": "元"}}
    assert page.xpath("//*[@data-shows='why']//*[@id='f-why']")
    assert page.xpath("//*[@data-asks='much']")[0].get("hidden") is not None
    assert page.xpath("//*[@data-result='year']/output")


def test_a_page_without_conditions_gets_nothing(make, fill):
    form = make(KIND, {"id": "name", "type": "text", "label": "姓名", "required": True})

    assert handed(form, fill(form)) == {}


def test_answers_of_other_pages_are_handed_over_where_they_may_be_read(make, fill):
    sections = [
        {"id": "one", "title": "一", "fields": [
            {"id": "born", "type": "date", "label": "出生"},
            {"id": "income", "type": "money", "label": "收入"},
            {"id": "flag", "type": "switch", "label": "是吗"}]},
        {"id": "two", "title": "二", "fields": [
            KIND,
            {"id": "why", "type": "text", "label": "原因",
             "visible_when": 'kind = "a" and income > 5 and age(born) > 1 and flag'}]},
    ]  # fmt: skip
    form = make(sections=sections)
    values = {"born": dt.date(1950, 1, 2), "income": Decimal("7.50"), "flag": True}

    found = handed(form, fill(form), values, "two")

    assert found["known"] == {"born": "1950-01-02", "income": "7.5", "flag": True}


@pytest.mark.parametrize(
    "secret",
    [
        {"id": "secret", "type": "idcard", "label": "身份证号"},
        {"id": "secret", "type": "text", "label": "病情", "sealed": True},
        {"id": "secret", "type": "text", "label": "内部意见",
         "rights": [{"step": "apply", "right": "hidden"}]},
        {"id": "secret", "type": "text", "label": "电话",
         "rights": [{"step": "apply", "right": "masked"}]},
    ],
)  # fmt: skip
def test_what_is_sealed_hidden_or_masked_never_stands_in_a_page(make, fill, secret):
    sections = [
        {"id": "one", "title": "一", "fields": [secret]},
        {"id": "two", "title": "二", "fields": [
            KIND,
            {"id": "why", "type": "text", "label": "原因",
             "visible_when": 'kind = "a" and secret != "x"'},
            {"id": "also", "type": "computed", "label": "合", "value": 'secret + kind',
             "settings": {"result": "string"}}]},
    ]  # fmt: skip
    form = make(sections=sections)
    context = fill(form)

    page = drawn(form, context, {"secret": "110101194912310021"}, "two")

    assert handed(form, context, {"secret": "110101194912310021"}, "two") == {}
    assert page.xpath("//*[@id='f-why']")
    live = [place.get("data-live") for place in page.xpath("//*[@data-live]")]
    assert not any("110101194912310021" in text for text in live)


def test_facts_stay_with_the_server(make, fill):
    form = make(
        KIND,
        {"id": "why", "type": "text", "label": "原因",
         "visible_when": 'kind = "a" and register = "alive"'},
        vocabulary_extra=[Input("register", "人口库", "string")],
    )  # fmt: skip

    found = handed(form, fill(form, facts={"register": "dead"}))

    assert found == {}


def test_a_sealed_answer_is_read_from_the_page_on_which_it_is_typed(make, fill):
    form = make(
        SEX,
        {"id": "born", "type": "computed", "label": "生日", "value": "birth date of id(id_no)",
         "settings": {"result": "date"}},
    )  # fmt: skip

    found = handed(form, fill(form), {"id_no": "11010119491231002X"})

    assert found["controls"] == {"id_no": {"as": "resident_id"}}
    assert "known" not in found
    assert len(found["words"]["weekdays"]) == 7


def test_a_construct_that_pages_do_not_know_is_left_to_the_server(make, fill):
    form = make(
        KIND,
        {"id": "why", "type": "text", "label": "原因", "visible_when": 'matches(kind, "a")'},
    )

    page = drawn(form, fill(form))

    assert handed(form, fill(form)) == {}
    assert page.xpath("//*[@id='f-why']")
    assert not page.xpath("//*[@data-shows]")


def test_only_parameters_that_are_asked_for_are_handed_over(make, fill):
    form = make(
        {"id": "much", "type": "money", "label": "数额",
         "checks": [{"id": "cap", "that": "much <= parameters.cap", "message": "太多。"}]},
        vocabulary_extra=[Input("parameters.cap", "上限", "number")],
    )  # fmt: skip
    bare = fill(form)
    known = {"cap": Decimal("500.0"), "other": Decimal(3)}
    context = replace(bare, evaluation=replace(bare.evaluation, parameters=known))

    assert handed(form, context)["parameters"] == {"cap": {"type": "number", "value": "500"}}
