"""Translations: every text that people read has a key of its own."""

import json
import pathlib

from app_definitions import kinds, translation
from app_definitions.translation import Translated, Translation

KEPT = pathlib.Path(__file__).parent / "formats" / "1"


def keys(path: str, file: str) -> dict[str, str]:
    document = json.loads((KEPT / file).read_text())
    kind = kinds.kind_of(path)
    assert kind is not None
    model, _ = kind.read(document, path)
    listed = list(translation.texts(model, path))
    assert len({key for key, _ in listed}) == len(listed)
    return dict(listed)


def test_texts_of_a_form_stand_under_their_ids():
    found = keys("forms/main.json", "form.json")

    assert found["forms/main.json#main.title"] == "申请"
    assert found["forms/main.json#id_no.label"] == "身份证号"
    assert found["forms/main.json#grown.message"] == "要满 18 周岁才能申请。"
    assert found["forms/main.json#relation.options.child"] == "子女"
    assert found["forms/main.json#person_name.label"] == "姓名"
    assert found["forms/main.json#age.unit"] == "岁"


def test_texts_of_an_app_do_not_collide():
    found = keys("app.json", "app.json")

    assert found["app.json#small.name"] == "小应用"
    assert found["app.json#small.service_item.name"] == "小事项"
    assert found["app.json#small.guide.who"] == "谁能办"
    assert found["app.json#card.text"] == "身份证"
    assert not any("ordinary" in key for key in found)


def test_texts_of_a_decision_stand_under_their_version():
    found = keys("decisions/amount.json", "decision.json")

    assert found["decisions/amount.json#v2026.amount.label"] == "每月金额"
    assert found["decisions/amount.json#v2026.age.80.label"] == "八十"
    assert found["decisions/amount.json#v2026.source"] == "示例"
    assert "decisions/amount.json#v2026.hundred.source" not in found


def test_texts_of_a_dictionary_stand_under_their_codes():
    assert keys("dictionaries/relation.json", "dictionary.json") == {
        "dictionaries/relation.json#relation.name": "关系",
        "dictionaries/relation.json#child.label": "子女",
        "dictionaries/relation.json#kin.label": "亲属",
    }


def test_texts_are_written_in_the_order_of_their_keys():
    written = translation.write_translation(
        Translation("en", (Translated("b", "B"), Translated("a", "A")))
    )

    assert [entry["key"] for entry in written["texts"]] == ["a", "b"]
