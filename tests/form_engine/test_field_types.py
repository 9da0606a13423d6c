"""Each field type: what it takes, what it refuses, how it is kept, shown and masked."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from form_engine import FieldTypes

OPTIONS = {
    "options": [
        {"id": "low", "label": "低保"},
        {"id": "care", "label": "失能补贴"},
        {"id": "none", "label": "都没有", "exclusive": True},
    ]
}
ROWS = {
    "columns": [
        {"id": "name", "type": "text", "label": "姓名", "required": True},
        {"id": "born", "type": "date", "label": "出生日期"},
        {"id": "home", "type": "address", "label": "地址"},
    ]
}
ADDRESS = {"region": "990102001001", "detail": "建国路1号"}
DAY = dt.date(2026, 11, 24)

# type, what else the field says, posted parts, value, shown, masked
TAKEN: list[tuple[str, dict[str, Any], dict[str, Any], Any, str, str]] = [
    ("text", {}, {"": "  王\u3000 小 明 \u200b"}, "王 小 明", "王 小 明", "********"),
    ("text", {}, {"": "𠮷田𬱖"}, "𠮷田𬱖", "𠮷田𬱖", "********"),
    ("text", {"settings": {"digits": True}}, {"": "Ｂ Ｂ００１"}, "BB001", "BB001", "********"),
    ("textarea", {}, {"": " 一 \r\n\r\n二\r\n "}, "一\n\n二", "一\n\n二", "********"),
    ("email", {}, {"": " zhang＠example。com "}, "zhang@example.com", "zhang@example.com",
     "z****@example.com"),
    ("phone", {}, {"": "+86 199-0000 ０３１２"}, "19900000312", "19900000312", "199****0312"),
    ("phone", {"settings": {"landline": True}}, {"": "(0571) 8888 8888"}, "0571-88888888",
     "0571-88888888", "057****8888"),
    ("idcard", {}, {"": "９９０１０２ 19360212 001ｘ"}, "99010219360212001X",
     "99010219360212001X", "990102********001X"),
    ("uscc", {}, {"": "91990102ma0dem013a"}, "91990102MA0DEM013A", "91990102MA0DEM013A",
     "919901********013A"),
    ("bankcard", {}, {"": "6217 0000 0000 0000 004"}, "6217000000000000004",
     "6217000000000000004", "**** 0004"),
    ("number", {"settings": {"decimals": 1, "unit": "平方米"}}, {"": "１,２３４.50平方米"},
     Decimal("1234.5"), "1,234.5平方米", "********"),
    ("number", {}, {"": "-0"}, Decimal("0"), "0", "********"),
    ("money", {}, {"": "￥12，345.6元"}, Decimal("12345.60"), "12,345.60元", "********"),
    ("date", {}, {"": "2026-11-24"}, DAY, "2026年11月24日（周二）", "********"),
    ("date", {}, {"": "２０２６年１１月２４日"}, DAY, "2026年11月24日（周二）", "********"),
    ("date", {}, {"": "20261124"}, DAY, "2026年11月24日（周二）", "********"),
    ("date", {}, {"": "2026/11/24 "}, DAY, "2026年11月24日（周二）", "********"),
    ("date", {}, {"": "2026 11 24"}, DAY, "2026年11月24日（周二）", "********"),
    ("datetime", {}, {"date": "2026-11-24", "time": "下午2点半"},
     dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC), "2026年11月24日（周二）14:30", "********"),
    ("radio", {"settings": OPTIONS}, {"": "care"}, "care", "失能补贴", "********"),
    ("select", {"settings": OPTIONS}, {"": " low "}, "low", "低保", "********"),
    ("multiselect", {"settings": OPTIONS}, {"": ["care", "low"]}, ["low", "care"],
     "低保、失能补贴", "********"),
    ("switch", {}, {"": "true"}, True, "是", "********"),
    ("switch", {"settings": {"off_label": "不是"}}, {"": "false"}, False, "不是", "********"),
    ("checkbox", {}, {"": "on"}, True, "是", "********"),
    ("checkbox", {}, {"shown": "1"}, False, "否", "********"),
    ("consent", {"settings": {"text": "告知书"}}, {"": "true"}, True, "同意", "********"),
    ("region", {}, {"": "990102001001"}, "990102001001", "云州市云东区长安街道和平社区",
     "990102****"),
    ("address", {}, {"region": ADDRESS["region"], "detail": "建国路1号 "}, ADDRESS,
     "云州市云东区长安街道和平社区建国路1号", "********"),
    ("file", {}, {"new": ["2", "1"]}, ["2", "1"], "2个文件：说明<b>.pdf、照片.png", "****"),
    ("image", {}, {"": ["1", "6"], "remove": ["1"]}, ["6"], "1个文件：又一张.png", "****"),
    ("subtable", ROWS,
     {"0-name": "王一", "0-born": "2026-11-24", "1-name": " ", "2-name": "王二",
      "2-home-region": ADDRESS["region"], "2-home-detail": "建国路1号"},
     [{"name": "王一", "born": DAY}, {"name": "王二", "home": ADDRESS}],
     "王一，2026年11月24日（周二）；王二，云州市云东区长安街道和平社区建国路1号", "****"),
]  # fmt: skip


def posted(field_id: str, parts: dict[str, Any]) -> dict[str, list[str]]:
    return {
        f"{field_id}-{part}" if part else field_id: [text] if isinstance(text, str) else text
        for part, text in parts.items()
    }


@pytest.mark.parametrize(("kind", "more", "parts", "value", "shown", "masked"), TAKEN)
def test_typed_text_becomes_a_value_that_is_kept_shown_and_masked(
    make, fill, kind, more, parts, value, shown, masked
):
    form = make({"id": "a", "type": kind, "label": "问题", **more})
    context = fill(form)

    bound = form.bind(posted("a", parts), {}, context)

    field = form.fields[0]
    assert bound.errors == ()
    assert bound.values == {"a": value}
    assert form.from_json(form.to_json(bound.values)) == bound.values
    assert form.check(bound.values, context) == ()
    assert field.type.show(value, field, context) == shown
    assert field.type.mask(value) == masked
    again = form.bind(posted("a", field.type.raw(value, field, context)), {}, context)
    assert again.values == bound.values


def test_a_list_says_a_place_with_the_one_that_holds_it_and_a_text_whole(make, fill):
    form = make({"id": "a", "type": "region", "label": "户籍地"},
                {"id": "b", "type": "text", "label": "姓名"})  # fmt: skip
    context = fill(form)
    place, name = form.fields

    assert place.type.brief("990102001001", place, context) == "长安街道和平社区"
    assert place.type.brief("990102", place, context) == "云州市云东区"
    assert name.type.brief("王一", name, context) == "王一"


# type, what else, posted parts, code
REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("text", {"settings": {"max_length": 3}}, {"": "一二三四"}, "text_too_long"),
    ("text", {"settings": {"min_length": 3}}, {"": "一二"}, "text_too_short"),
    ("text", {}, {"": "a\x00b"}, "text_forbidden"),
    ("text", {}, {"": "a\u202eb"}, "text_forbidden"),
    ("text", {}, {"": "a\ud800b"}, "text_forbidden"),
    ("text", {}, {"": "x" * 10_001}, "text_too_long"),
    ("text", {"settings": {"pattern": "[A-Z]{2}"}}, {"": "A1"}, "text_pattern"),
    ("textarea", {}, {"": "x" * 10_001}, "text_too_long"),
    ("email", {}, {"": "zhang"}, "email_at"),
    ("email", {}, {"": "zhang@example"}, "email_shape"),
    ("email", {}, {"": "a" * 300 + "@b.cn"}, "text_too_long"),
    ("phone", {}, {"": "一九九"}, "phone_digits"),
    ("phone", {}, {"": "1990000031"}, "phone_length"),
    ("phone", {}, {"": "12900000312"}, "phone_start"),
    ("phone", {"settings": {"landline": True}}, {"": "88888888"}, "phone_landline"),
    ("idcard", {}, {"": "990102360212001"}, "idcard_old"),
    ("idcard", {}, {"": "9901021936021200"}, "idcard_length"),
    ("idcard", {}, {"": "9901021936X212001X"}, "idcard_characters"),
    ("idcard", {}, {"": "身份证号"}, "idcard_characters"),
    ("idcard", {}, {"": "990102193602300018"}, "idcard_birth"),
    ("idcard", {}, {"": "990102203602120010"}, "idcard_birth"),
    ("idcard", {}, {"": "990102193602120010"}, "idcard_check"),
    ("uscc", {}, {"": "91990102-MA0DEM013"}, "uscc_length"),
    ("uscc", {}, {"": "9199O102MA0DEM013A"}, "uscc_letters"),
    ("uscc", {}, {"": "91990102MA0DEM013B"}, "uscc_check"),
    ("uscc", {}, {"": "信用代码"}, "uscc_characters"),
    ("bankcard", {}, {"": "6217000000000000005"}, "bankcard_check"),
    ("bankcard", {}, {"": "62170000"}, "bankcard_length"),
    ("bankcard", {}, {"": "社保卡"}, "bankcard_digits"),
    ("number", {}, {"": "三十"}, "number_shape"),
    ("number", {}, {"": "1e9"}, "number_shape"),
    ("number", {}, {"": "1.5"}, "number_whole"),
    ("number", {"settings": {"decimals": 1}}, {"": "1.55"}, "number_decimals"),
    ("number", {"settings": {"min": "5", "unit": "平方米"}}, {"": "4"}, "number_small"),
    ("money", {"settings": {"max": "100"}}, {"": "100.01"}, "number_large"),
    ("date", {}, {"": "明天"}, "date_shape"),
    ("date", {}, {"": "2026-02-30"}, "date_no_such_day"),
    ("date", {}, {"": "0001-01-01"}, "date_year"),
    ("date", {"settings": {"latest": "today"}}, {"": "2026-11-25"}, "date_late"),
    ("date", {"settings": {"earliest": "P30D"}}, {"": "2026-12-23"}, "date_early"),
    ("datetime", {}, {"date": "2026-11-24"}, "datetime_no_time"),
    ("datetime", {}, {"time": "14:30"}, "datetime_no_day"),
    ("datetime", {}, {"date": "2026-11-24", "time": "25:00"}, "time_shape"),
    ("radio", {"settings": OPTIONS}, {"": "other"}, "choice_unknown"),
    ("select", {"settings": OPTIONS}, {"": "other"}, "choice_unknown"),
    ("multiselect", {"settings": OPTIONS}, {"": ["low", "none"]}, "choice_exclusive"),
    ("multiselect", {"settings": {**OPTIONS, "most": 1}}, {"": ["low", "care"]}, "choice_many"),
    ("multiselect", {"settings": OPTIONS}, {"": ["low", "other"]}, "choice_unknown"),
    ("switch", {}, {"": "maybe"}, "choice_unknown"),
    ("region", {}, {"": "123456"}, "region_unknown"),
    ("region", {"settings": {"within": "990103"}}, {"": "990102001"}, "region_outside"),
    ("region", {"settings": {"level": "village"}}, {"": "990102001"}, "region_deeper"),
    ("address", {}, {"detail": "建国路1号"}, "address_region"),
    ("address", {}, {"region": "990102001001"}, "address_detail"),
    ("address", {}, {"region": "990102001001", "detail": "a\x00"}, "text_forbidden"),
    ("address", {}, {"region": "990102001001", "detail": "路" * 201}, "text_too_long"),
    ("file", {}, {"new": "9"}, "file_gone"),
    ("file", {}, {"new": "'; drop"}, "file_gone"),
    ("file", {}, {"new": "5"}, "file_wrong_type"),
    ("file", {}, {"new": "3"}, "file_too_large"),
    ("file", {"settings": {"max_count": 1}}, {"new": ["1", "2"]}, "file_many"),
    ("image", {}, {"new": "4"}, "file_infected"),
    ("image", {}, {"new": "2"}, "file_wrong_type"),
    ("image", {}, {"refused": "too_large"}, "file_too_large"),
    ("image", {}, {"refused": "<script>"}, "file_failed"),
    ("signature", {}, {"photo": "2"}, "signature_image"),
    ("subtable", ROWS, {"0-name": "", "0-born": "昨天"}, "row_error"),
    ("subtable", ROWS, {"0-born": "2026-11-24"}, "row_error"),
    ("subtable", {**ROWS, "settings": {"max_rows": 1}}, {"0-name": "a", "1-name": "b"},
     "rows_many"),
    ("subtable", {**ROWS, "settings": {"min_rows": 2}}, {"0-name": "a"}, "rows_few"),
    ("password", {"settings": {"min_length": 8}}, {"": "short"}, "password_too_short"),
    ("password", {}, {"": "x" * 300}, "password_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "more", "parts", "code"), REFUSED)
def test_wrong_text_is_refused_with_a_sentence_in_both_languages(
    make, fill, kind, more, parts, code
):
    form = make({"id": "a", "type": kind, "label": "问题", **more})

    chinese = form.bind(posted("a", parts), {}, fill(form)).errors
    english = form.bind(posted("a", parts), {}, fill(form, locale="en")).errors

    assert chinese[0].code == english[0].code == code
    assert chinese[0].message != english[0].message
    assert "{" not in chinese[0].message + english[0].message


# type, what else, what it says about an empty answer
EMPTY = [
    ("text", {}, "请填写问题"),
    ("idcard", {}, "请填写问题"),
    ("date", {}, "请填写问题，比如：2026-11-24"),
    ("text", {"example": "张三"}, "请填写问题，比如：张三"),
    ("radio", {"settings": OPTIONS}, "请选一个答案：问题"),
    ("multiselect", {"settings": OPTIONS}, "请选一个答案：问题"),
    ("switch", {}, "请选一个答案：问题"),
    ("checkbox", {}, "请勾选：问题"),
    ("consent", {}, "请先看完说明，同意就勾上“问题”"),
    ("image", {}, "请上传问题，点“选择文件”，可以直接拍照"),
    ("signature", {}, "还没有签名，请在框里手写，或上传签名的照片"),
    ("subtable", ROWS, "请至少填一行：问题，没有这种情况的，回到上一题改答案"),
    ("password", {}, "请填写问题"),
]


@pytest.mark.parametrize(("kind", "more", "said"), EMPTY)
def test_an_empty_answer_is_asked_for(make, fill, kind, more, said):
    form = make({"id": "a", "type": kind, "label": "问题", "required": True, **more})

    bound = form.bind({"a": [""], "a-shown": ["1"]}, {}, fill(form))

    assert [error.message for error in bound.errors] == [said]


def test_a_signature_keeps_image_moment_and_the_digest_of_what_was_signed(make, fill):
    form = make(
        {"id": "name", "type": "text", "label": "姓名"},
        {"id": "sign", "type": "signature", "label": "签名"},
    )
    context = fill(form)

    bound = form.bind({"name": ["王一"], "sign-photo": ["1"]}, {}, context)
    kept = form.bind(
        posted("sign", form.fields[1].type.raw(bound.values["sign"], form.fields[1], context)),
        bound.values,
        context,
    )

    assert bound.values["sign"] == {
        "kind": "photo",
        "attachment": "1",
        "digest": form.digest({"name": "王一"}),
        "at": dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC),
    }
    assert kept.values == bound.values
    assert form.from_json(form.to_json(bound.values)) == bound.values
    assert "签名照片" in form.answers(bound.values, context)[0].answers[1].text


def test_a_signature_can_be_taken_away_or_replaced_by_a_drawn_one(make, fill):
    form = make({"id": "sign", "type": "signature", "label": "签名"})
    context = fill(form)
    values = form.bind({"sign-photo": ["1"]}, {}, context).values
    old = posted("sign", form.fields[0].type.raw(values["sign"], form.fields[0], context))

    cleared = form.bind({**old, "sign-clear": ["1"]}, values, context)
    drawn = form.bind({**old, "sign-drawn": ["6"]}, values, context)

    assert "sign" not in cleared.values
    assert drawn.values["sign"]["kind"] == "drawn"


def test_a_page_cannot_say_when_or_how_somebody_signed(make, fill):
    form = make({"id": "sign", "type": "signature", "label": "签名"})
    forged = {
        "sign": ["1"],
        "sign-kind": ["drawn"],
        "sign-digest": ["0" * 64],
        "sign-at": ["2020-01-01T00:00:00Z"],
    }
    signed = form.bind({"sign-photo": ["1"]}, {}, fill(form)).values

    assert form.bind(forged, {}, fill(form)).values == {}
    assert form.bind(forged, signed, fill(form)).values == signed
    assert form.bind({"sign": ["6"], "sign-shown": ["1"]}, signed, fill(form)).values == {}


def test_where_the_designer_says_so_a_change_needs_a_new_signature(make, fill):
    form = make(
        {"id": "name", "type": "text", "label": "姓名"},
        {"id": "sign", "type": "signature", "label": "签名",
         "settings": {"again_after_change": True}},
    )  # fmt: skip
    context = fill(form)
    signed = form.bind({"name": ["王一"], "sign-photo": ["1"]}, {}, context).values

    changed = form.bind({"name": ["王二"]}, signed, context).values

    assert form.check(signed, context) == ()
    assert [error.code for error in form.check(changed, context)] == ["signature_changed"]


def test_a_password_is_never_stored_shown_or_typed_back(make, fill):
    form = make({"id": "secret", "type": "password", "label": "密码"})
    context = fill(form)

    bound = form.bind({"secret": ["Yunzhou-2026"]}, {}, context)

    assert bound.values == {"secret": "Yunzhou-2026"}
    assert bound.typed == {}
    assert form.to_json(bound.values) == {}
    assert form.effective(bound.values, context) == {}
    assert form.answers(bound.values, context) == ()
    assert "Yunzhou" not in form.render_section("page", bound, context)


def test_an_unknown_division_is_only_a_warning(make, fill):
    form = make({"id": "a", "type": "idcard", "label": "身份证号"})

    bound = form.bind({"a": ["11010519491231002X"]}, {}, fill(form))

    assert bound.errors == ()
    assert [error.code for error in bound.warnings] == ["idcard_division"]


@pytest.mark.parametrize(
    "number", ["440305196506010012", "810000199001010015", "911124198108030024"]
)
def test_id_numbers_that_other_libraries_refuse_are_taken(make, fill, number):
    from form_engine.fields.idcard import check_digit

    form = make({"id": "a", "type": "idcard", "label": "身份证号"})
    whole = number[:17] + check_digit(number[:17])

    assert form.bind({"a": [whole]}, {}, fill(form)).values == {"a": whole}


def test_a_dictionary_offers_what_is_valid_today_and_still_names_what_was(make, fill):
    from app_definitions.dictionary import Dictionary, Entry

    listed = Dictionary(
        "kind",
        "种类",
        (Entry("old", "旧的", valid_to=dt.date(2026, 1, 1)), Entry("new", "新的")),
    )
    form = make(
        {"id": "a", "type": "select", "label": "种类", "settings": {"dictionary": "kind"}},
        dictionaries=[listed],
    )
    context = fill(form)

    assert form.bind({"a": ["old"]}, {}, context).errors[0].code == "choice_unknown"
    assert form.bind({"a": ["new"]}, {}, context).values == {"a": "new"}
    assert form.answers({"a": "old"}, context)[0].answers[0].text == "旧的"


def test_every_type_has_a_palette_entry_in_both_languages():
    types = FieldTypes.shipped()

    for locale in ("zh-CN", "en"):
        for entry in types.palette(locale):
            assert entry["name"] != f"type.{entry['id']}"
            assert entry["summary"] != f"type.{entry['id']}.summary"
            assert not entry["group"]["name"].startswith("group.")
            for name, shape in entry["settings_schema"]["properties"].items():
                assert shape["title"] != f"setting.{name}"
    assert len(types.palette("en")) == len(types.by_id) == 26


def test_a_plug_in_type_brings_its_own_words():
    from form_engine.fields.text import TextType
    from form_engine.messages import message

    class Plate(TextType):
        id = "plate"
        texts: ClassVar[Mapping[str, Mapping[str, str]]] = {
            "zh-CN": {
                "type.plate": "车牌",
                "plate_wrong": "车牌不对",
                "plate_wrong.fix": "比如：云A",
            },
            "en": {"type.plate": "Number plate", "plate_wrong": "This is no plate"},
        }

    types = FieldTypes.shipped([Plate()])

    assert types.texts.word("type.plate", "en") == "Number plate"
    assert types.texts.say(message("plate_wrong"), "zh-CN").fix == "比如：云A"
    with pytest.raises(ValueError, match="two field types"):
        FieldTypes.of(Plate(), Plate())
