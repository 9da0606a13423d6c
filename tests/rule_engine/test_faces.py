"""Labelled text for people."""

import pytest

from app_definitions.vocabulary import Input
from rule_engine.labelled import from_labels, to_labels

PAIRS = [
    ("elder_age >= 80", "年龄 >= 80"),
    ('sex = "1" and income < 500', '性别 = "男" and 月收入 < 500'),
    ('sex in ("1", "2")', '性别 in ("男", "女")'),
    ('list contains(subsidies, "dibao")', 'list contains(已享待遇, "低保")'),
    ("elder_age >= parameters.min_age", "年龄 >= parameters.min_age"),
    ("age(born) > 3", "age(出生日期) > 3"),
    (
        "some name in members satisfies name.amount > income",
        "some name in 家庭成员 satisfies name.amount > 月收入",
    ),
]


@pytest.mark.parametrize(("stored", "shown"), PAIRS)
def test_labels_are_shown_and_ids_are_stored(stored, shown, vocabulary):
    assert to_labels(stored, vocabulary) == shown
    assert from_labels(shown, vocabulary) == (stored, ())
    assert from_labels(stored, vocabulary) == (stored, ())


def test_a_label_that_two_fields_have_is_a_problem(vocabulary):
    twice = vocabulary.extended([Input("elder_age_2", "年龄", "number")])

    text, problems = from_labels("年龄 > 3", twice, path="forms/main.json#f.value")

    assert text is None
    assert [(p.code, p.values["ids"]) for p in problems] == [
        ("feel_label_twice", "elder_age、elder_age_2")
    ]
    assert to_labels("elder_age > 3", twice) == "elder_age > 3"


def test_unreadable_text_is_shown_as_it_is(vocabulary):
    assert to_labels("elder_age >", vocabulary) == "elder_age >"
    assert from_labels("年龄 >", vocabulary)[1][0].code == "feel_unfinished"
