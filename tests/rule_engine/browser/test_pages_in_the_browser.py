"""Pages that follow themselves: controls are read and results said as the server does it."""

import datetime as dt
from decimal import Decimal

import pytest

from app_definitions.form import read_form
from form_engine import FieldTypes, FillContext, compile_form
from form_engine.live import live
from rule_engine import EvaluationContext
from rule_engine.conformance import shown

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
OPTIONS = {"options": [{"id": "a", "label": "甲"}, {"id": "b", "label": "乙"}]}
TYPED = {
    "text": ["", "  张 三  ", "\u200b", "ａ"],
    "textarea": ["", " a \n b", "\n"],
    "number": ["", "12", "１２", "1,234", "12,34", "12.5", "-3", "+3", "12 岁", "岁", "x",
               "200", "12。0"],
    "money": ["", "¥1,234.50", "3元", "0.001", "-0", "1e3", "99999999999999999999", "00.50"],
    "date": ["", "1946-12-01", "1946年12月1日", "19461201", "1946/2/30", "1946 12 1", "46-1-1",
             "1849-12-31", "2026-11-25", "２０２６．１１．２４", "1946—12—01"],
    "radio": ["", "a"],
    "select": ["", "b"],
    "idcard": ["", "11010119491231002x", "1101 0119 4912 3100 2X", "110101194912310021",
               "11010119491331002X", "x"],
}  # fmt: skip
SETTINGS = {
    "number": {"unit": "岁", "min": "-5", "max": "150"},
    "date": {"latest": "today"},
    "radio": OPTIONS,
    "select": OPTIONS,
}


def field_of(kind, settings=None, **more):
    document = {
        "format": "gcrm.form/1", "id": "main", "title": "表单",
        "sections": [{"id": "page", "title": "页", "fields": [
            {"id": "f", "type": kind, "label": "问", "settings": settings or {}, **more}]}],
    }  # fmt: skip
    definition, problems = read_form(document, "forms/main.json")
    assert definition is not None, problems
    form, problems = compile_form(definition, FieldTypes.shipped())
    assert form is not None, problems
    return form.field("f"), FillContext(EvaluationContext(NOW), rights=form.rights_for("apply"))


def test_what_is_typed_is_read_as_the_server_reads_it(browser):
    posts, expected = [], []
    for kind, texts in TYPED.items():
        field, context = field_of(kind, SETTINGS.get(kind))
        how = field.type.reading(field, context)
        for text in texts:
            posts.append({"how": how, "typed": [["f", text]]})
            expected.append((text, shown(field.type.clean({"": [text]}, field, context).value)))

    answers = browser.ask("controls", posts)

    for (text, wanted), answer in zip(expected, answers, strict=True):
        assert answer == wanted, text


def test_boxes_and_several_answers_are_read_as_the_server_reads_them(browser):
    box, choice = {"as": "flag"}, {"as": "codes"}
    posts = [
        {"how": box, "typed": [["f", "true"], ["f-shown", "1"]]},
        {"how": box, "typed": [["f-shown", "1"]]},
        {"how": box, "typed": [["f", "false"]]},
        {"how": box, "typed": []},
        {"how": choice, "typed": [["f", "a"], ["f", "b"]]},
        {"how": choice, "typed": []},
        {"how": {"as": "place"}, "typed": [["f", ""], ["f-0", "330000"], ["f-1", "330100"]]},
        {"how": {"as": "place"}, "typed": [["f-0", "330000"], ["f-1", "110100"]]},
    ]

    answers = browser.ask("controls", posts)

    assert answers == [
        shown(value)
        for value in (True, False, False, None, ["a", "b"], None, "330100", "330000")
    ]  # fmt: skip


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_results_are_said_as_the_server_says_them(browser, locale):
    cases = [
        ("number", {"decimals": 2, "unit": "元"}, Decimal("1234567.005")),
        ("number", {"decimals": 0, "unit": "%"}, Decimal("-0.5")),
        ("number", {"decimals": 1, "unit": "km"}, Decimal("0.04")),
        ("number", {"decimals": 6}, Decimal("12")),
        ("number", {"decimals": 0}, Decimal("1E19")),
        ("number", {"decimals": 0}, Decimal("1E20")),
        ("number", {"decimals": 0}, "12"),
        ("date", {}, dt.date(2026, 11, 29)),
        ("date", {}, dt.date(1900, 3, 1)),
        ("boolean", {}, True),
        ("boolean", {}, False),
        ("string", {}, "甲"),
        ("string", {}, None),
    ]
    asked, expected = [], []
    for kind, settings, value in cases:
        written = {
            "id": "c", "type": "computed", "label": "算", "value": "null",
            "settings": {"result": kind, **settings},
        }  # fmt: skip
        field, context, live = result_of(written, kind, locale)
        settled = field.type.settle(value, field)
        said = field.type.show(settled, field, context) or live["words"]["later"]
        asked.append(
            {"value": shown(value), "result": live["results"]["c"], "words": live["words"]}
        )
        expected.append(said)

    answers = browser.ask("results", asked)

    assert answers == expected


def result_of(written, kind, locale):
    literals = {"number": "1", "date": '@"2026-01-01"', "boolean": "true", "string": '"x"'}
    written["value"] = f"if f then {literals[kind]} else null"
    document = {
        "format": "gcrm.form/1", "id": "main", "title": "表单",
        "sections": [{"id": "page", "title": "页", "fields": [
            {"id": "f", "type": "switch", "label": "问"}, written]}],
    }  # fmt: skip
    definition, _ = read_form(document, "forms/main.json")
    form, problems = compile_form(definition, FieldTypes.shipped())
    assert form is not None, problems
    context = FillContext(EvaluationContext(NOW), locale, form.rights_for("apply"))
    found = live(form.sections[0], form.order, form.settle({}, context), context)
    return form.field("c"), context, found.document
