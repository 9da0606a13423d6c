"""Other faces of a tree: labelled text for people, JSON for the browser."""

import json
import pathlib

import jsonschema
import pytest
from hypothesis import given

import rule_engine
from app_definitions.vocabulary import Input
from rule_engine import compile_expression, tree_json
from rule_engine.labelled import from_labels, to_labels
from tests.rule_engine.test_laws import trees

SCHEMA = pathlib.Path(rule_engine.__file__).parent / "schemas" / "gcrm.tree.1.json"

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


def test_the_schema_that_ships_is_the_one_of_the_tree():
    assert json.loads(SCHEMA.read_text("utf-8")) == tree_json.schema()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(node=trees())
def test_trees_survive_json(node):
    document = json.loads(json.dumps(tree_json.to_json(node)))

    jsonschema.Draft202012Validator(tree_json.schema()).validate(document)

    assert tree_json.from_json(document) == node


def test_other_documents_are_refused(vocabulary):
    expression, _ = compile_expression("elder_age", vocabulary)
    document = tree_json.to_json(expression.tree)

    with pytest.raises(ValueError, match=r"gcrm\.tree/1"):
        tree_json.from_json({**document, "format": "gcrm.tree/2"})
    with pytest.raises(ValueError, match="known kind"):
        tree_json.from_json({**document, "tree": {"node": "Broken"}})
