"""Binding and checking: who changes what, what is hidden, required, computed and checked."""

from decimal import Decimal

import pytest

from app_definitions.vocabulary import Input

WHO = [
    {"id": "flag", "type": "switch", "label": "替人办吗", "required": True},
    {
        "id": "relation",
        "type": "text",
        "label": "关系",
        "visible_when": "flag = true",
        "required_when": "flag = true",
    },
]
SUM = [
    {"id": "own", "type": "number", "label": "自有"},
    {"id": "lets", "type": "switch", "label": "租吗"},
    {"id": "let", "type": "number", "label": "租的", "visible_when": "lets = true"},
    {
        "id": "twice",
        "type": "computed",
        "label": "两倍",
        "value": "total * 2",
    },
    {
        "id": "total",
        "type": "computed",
        "label": "合计",
        "value": "own + (if let = null then 0 else let)",
        "checks": [{"id": "most", "that": "total <= 100", "message": "加起来不能超过100"}],
    },
]


def test_a_hidden_field_is_not_required_and_not_checked(make, fill):
    form = make(*WHO)

    hidden = form.bind({"flag": ["false"], "relation": ["\x00"]}, {}, fill(form))
    shown = form.bind({"flag": ["true"]}, {}, fill(form))

    assert hidden.errors == ()
    assert [error.field_id for error in shown.errors] == ["relation"]
    assert form.check({"flag": False}, fill(form)) == ()
    assert [error.field_id for error in form.check({"flag": True}, fill(form))] == ["relation"]


def test_a_draft_keeps_what_is_hidden_and_a_submission_does_not(make, fill):
    form = make(*WHO)
    values = form.bind({"flag": ["true"], "relation": ["女儿"]}, {}, fill(form)).values

    back = form.bind({"flag": ["false"]}, values, fill(form)).values

    assert back == {"flag": False, "relation": "女儿"}
    assert form.effective(back, fill(form)) == {"flag": False}
    assert form.answers(back, fill(form))[0].answers[-1].field_id == "flag"


@pytest.mark.parametrize("condition", ["amount > 10", "flag = true"])
def test_what_was_settled_without_facts_takes_them_in_as_if_settled_with_them(
    make, fill, condition
):
    form = make(
        {"id": "flag", "type": "switch", "label": "代办"},
        {"id": "amount", "type": "number", "label": "人数"},
        {"id": "shown", "type": "text", "label": "理由", "visible_when": condition},
        {"id": "twice", "type": "computed", "label": "两倍", "value": "known * 2"},
        vocabulary_extra=[Input("known", "已知", "number"), Input("other", "别的", "string")],
    )
    values = {"flag": True, "amount": Decimal(12), "shown": "忙"}

    for facts in ({"other": "是"}, {"known": Decimal(3), "other": "是"}, {"amount": Decimal(1)}):
        context = fill(form, facts=facts)
        taken_in = form.knowing(form.settle(values, fill(form)), values, context)

        assert taken_in == form.settle(values, context)


def test_hidden_answers_stay_out_of_totals_whatever_the_order_of_formulas(make, fill):
    form = make(*SUM)

    with_both = form.bind({"own": ["10"], "lets": ["true"], "let": ["5"]}, {}, fill(form)).values
    without = form.bind({"lets": ["false"]}, with_both, fill(form)).values

    assert with_both["twice"] == Decimal(30)
    assert without["total"] == Decimal(10)
    assert without["twice"] == Decimal(20)
    assert without["let"] == Decimal(5)


def test_what_is_posted_for_a_formula_is_ignored(make, fill):
    form = make(*SUM)

    bound = form.bind({"own": ["10"], "total": ["1"]}, {"total": Decimal(3)}, fill(form))

    assert bound.values["total"] == Decimal(10)


def test_a_formula_without_its_inputs_has_no_value(make, fill):
    form = make(*SUM)

    assert "total" not in form.bind({"lets": ["false"]}, {}, fill(form)).values


@pytest.mark.parametrize("right", ["hidden", "masked", "read"])
def test_a_value_posted_without_the_right_to_write_is_ignored(make, fill, right):
    form = make(
        {"id": "name", "type": "text", "label": "姓名", "required": True,
         "rights": [{"step": "verify", "right": right}]}
    )  # fmt: skip
    context = fill(form, "verify")

    bound = form.bind({"name": ["别人"]}, {"name": "王一"}, context)

    assert bound.values == {"name": "王一"}
    assert bound.typed == {}
    assert form.check({}, context) == ()


def test_only_the_fields_of_the_section_change(make, fill):
    form = make(
        sections=[
            {"id": "one", "title": "一", "fields": [{"id": "a", "type": "text", "label": "甲"}]},
            {"id": "two", "title": "二", "fields": [{"id": "b", "type": "text", "label": "乙"}]},
        ]
    )

    bound = form.bind({"a": ["1"], "b": ["2"]}, {"b": "0"}, fill(form), "one")

    assert bound.values == {"a": "1", "b": "0"}


def test_a_field_of_which_nothing_was_posted_keeps_its_answer(make, fill):
    form = make(
        {"id": "a", "type": "text", "label": "甲"},
        {"id": "b", "type": "checkbox", "label": "乙"},
    )

    kept = form.bind({"a": ["新"]}, {"a": "旧", "b": True}, fill(form)).values
    unticked = form.bind({"b-shown": ["1"]}, {"a": "旧", "b": True}, fill(form)).values

    assert kept == {"a": "新", "b": True}
    assert unticked == {"a": "旧", "b": False}


def test_what_was_typed_is_kept_and_can_be_bound_again(make, fill):
    form = make({"id": "a", "type": "number", "label": "面积"})

    bound = form.bind({"a": ["三十\x00平"]}, {"a": Decimal(5)}, fill(form))
    again = form.bind(bound.typed, bound.values, fill(form))

    assert bound.values == {}
    assert bound.typed == {"a": ["三十平"]}
    assert [error.code for error in again.errors] == ["number_shape"]
    assert "三十平" in form.render_section("page", bound, fill(form))


def test_a_check_that_does_not_hold_is_said_in_the_designers_words(make, fill):
    english = {"en": {"forms/main.json#most.message": "Together at most 100"}}
    form = make(*SUM[:1], {
        "id": "more", "type": "number", "label": "再加",
        "checks": [{"id": "most", "that": "own + more <= 100", "message": "加起来不能超过100"}],
    }, translations=english)  # fmt: skip

    wrong = form.bind({"own": ["60"], "more": ["50"]}, {}, fill(form)).errors
    said = form.check({"own": Decimal(60), "more": Decimal(50)}, fill(form, locale="en"))
    waiting = form.bind({"more": ["50"]}, {}, fill(form)).errors

    assert [error.message for error in wrong] == ["加起来不能超过100"]
    assert [error.message for error in said] == ["Together at most 100"]
    assert waiting == ()


def test_the_right_required_makes_a_field_required(make, fill):
    form = make(
        {"id": "note", "type": "text", "label": "意见",
         "rights": [{"step": "verify", "right": "required"}]}
    )  # fmt: skip

    assert [error.code for error in form.check({}, fill(form, "verify"))] == ["required_typed"]
    assert form.check({}, fill(form)) == ()


def test_a_whole_section_can_be_hidden(make, fill):
    form = make(
        sections=[
            {"id": "one", "title": "一", "fields": [{"id": "a", "type": "switch", "label": "甲"}]},
            {
                "id": "two",
                "title": "二",
                "visible_when": "a = true",
                "fields": [{"id": "b", "type": "text", "label": "乙", "required": True}],
            },
        ]
    )

    assert [s.id for s in form.visible_sections({"a": True}, fill(form))] == ["one", "two"]
    assert [s.id for s in form.visible_sections({"a": False}, fill(form))] == ["one"]
    assert form.check({"a": False}, fill(form)) == ()
    assert len(form.check({"a": True}, fill(form))) == 1


def test_facts_may_be_used_in_conditions_and_formulas(make, fill):
    form = make(
        {"id": "monthly", "type": "computed", "label": "每月", "value": "amount",
         "settings": {"decimals": 2, "unit": "元"}},
        vocabulary_extra=[Input("amount", "金额", "number")],
    )  # fmt: skip

    context = fill(form, facts={"amount": Decimal(30)})

    assert form.answers({}, context)[0].answers[0].text == "30.00元"


def test_a_default_is_put_in_where_nothing_is_answered(make, fill):
    form = make(
        {"id": "day", "type": "date", "label": "日期", "default": "today()"},
        {"id": "count", "type": "number", "label": "几个", "default": "1 + 1"},
    )

    bound = form.start({"count": Decimal(5)}, fill(form))

    assert form.to_json(bound.values) == {"day": "2026-11-24", "count": "5"}


def test_one_more_row_shows_the_page_again_without_errors(make, fill):
    form = make(
        {"id": "staff", "type": "subtable", "label": "人员", "required": True,
         "columns": [{"id": "name", "type": "text", "label": "姓名"}]}
    )  # fmt: skip

    bound = form.bind({"staff-0-name": ["王"], "staff-rows": ["1"], "staff-more": ["1"]}, {},
                      fill(form))  # fmt: skip
    page = form.render_section("page", bound, fill(form))

    assert bound.again
    assert bound.errors == ()
    assert 'name="staff-1-name"' in page
    assert 'name="staff-2-name"' not in page


def test_an_error_of_a_row_stands_at_its_place(make, fill):
    form = make(
        {"id": "staff", "type": "subtable", "label": "人员",
         "columns": [{"id": "born", "type": "date", "label": "出生日期"}]}
    )  # fmt: skip

    bound = form.bind({"staff-0-born": ["2000-01-01"], "staff-1-born": ["昨天"]}, {}, fill(form))
    page = form.render_section("page", bound, fill(form))

    assert bound.errors[0].target == "f-staff-1-born"
    assert bound.errors[0].message.startswith("第2行：看不懂这个日期")
    assert page.count('aria-invalid="true"') == 1


def test_records_get_scaled_numbers_codes_indexes_and_derived_facts(make, fill):
    form = make(
        {"id": "card", "type": "idcard", "label": "身份证号",
         "derived": [{"id": "born", "value": "birth date of id(card)"},
                     {"id": "sex", "value": "sex of id(card)"}]},
        {"id": "sum", "type": "money", "label": "金额"},
        {"id": "home", "type": "address", "label": "地址"},
        {"id": "text", "type": "textarea", "label": "说明"},
        {"id": "staff", "type": "subtable", "label": "人员", "columns": [
            {"id": "name", "type": "text", "label": "姓名"}]},
    )  # fmt: skip
    values = form.bind(
        {
            "card": ["99010219360212001X"],
            "sum": ["12.5"],
            "home-region": ["990102001001"],
            "home-detail": ["建国路1号"],
            "staff-0-name": ["王一"],
        },
        {},
        fill(form),
    ).values

    columns = {column.id: (column.kind, column.scale) for column in form.record_columns}
    recorded = form.record_values(values, fill(form))

    assert columns == {
        "card": ("index", None),
        "born": ("date", None),
        "sex": ("text", None),
        "sum": ("decimal", 2),
        "home": ("text", None),
        "name": ("text", None),
    }
    assert form.sealed == {"card", "home"}
    assert recorded["sex"] == "1"
    assert str(recorded["born"]) == "1936-02-12"
    assert recorded["sum"] == Decimal("12.50")
    assert recorded["home"] == "990102001001"
    assert recorded["staff"] == [{"name": "王一"}]
    assert form.inputs(values, fill(form))["sex"] == "1"
