"""Sentences are read again as what they say, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import compile_expression
from rule_engine.expression_sql import to_sql
from rule_engine.printer import text_of
from rule_engine.sentence_reading import read_sentence
from tests.effort import calls
from tests.rule_engine.test_expression_sql import COLUMNS

LOCALES = ("zh-CN", "en")


@pytest.fixture(scope="module")
def words(vocabulary):
    more = [Input("parameters.min_age", "起领年龄", "number", unit="岁")]
    return vocabulary.extended(more)


SAID = [
    "elder_age >= 80", "income <= 6000.5", "elder_age != 3", "income > elder_age",
    'sex = "1"', 'sex != "2"', 'sex in ("1", "2")', 'name = "王"', 'name in ("甲", "乙")',
    "born < today()", 'born >= @"1950-01-31"', 'born + @"P1Y2M" <= today()',
    'born = date("1950-01-31")', 'today() - born > @"P30D"', "agent_flag = true",
    "agent_flag = false", "not(agent_flag = true)", "born = null", "income != null",
    "elder_age in [80..90)", "elder_age in (1..2)", "elder_age in [1..2]", "elder_age in (1..2]",
    "income between 1 and 2", "income + 2 * elder_age > 3", "(income - 1) * 2 > 3",
    "income / 2 >= 3", "elder_age >= parameters.min_age", "age(born) >= 80",
    'age(born, @"2026-01-01") < 3', "months between(born, today()) > 3",
    "days between(born, today()) > 3", 'contains(name, "a")', 'starts with(name, "a")',
    'ends with(name, "a")', "string length(name) > 3", "born.year < 1950",
    'list contains(subsidies, "dibao")', "elder_age in (80, < 20)",
    "elder_age >= 80 and income <= 100 or agent_flag = true",
    "elder_age >= 80 and (income <= 100 or agent_flag = true)",
    "not(elder_age >= 80 and income <= 100)",
    'if agent_flag = true then elder_age > 3 else sex = "1"',
]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", SAID)
def test_a_sentence_is_read_as_it_was_meant(text, locale, words, context):
    expression, problems = compile_expression(text, words)
    assert problems == ()
    sentence = expression.sentence(locale)

    node = read_sentence(sentence, words, locale)

    assert node is not None, sentence
    again, problems = compile_expression(text_of(node), words)
    assert problems == ()
    assert again.sentence(locale) == sentence


_ATOMS = st.sampled_from([text for text in SAID if " and " not in text and "if " not in text])
_JOINED = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)
PEOPLE = [
    {},
    {"elder_age": 85, "income": 60, "sex": "1", "name": "a", "agent_flag": True},
    {"elder_age": 1, "income": 6100, "sex": "2", "name": "王", "agent_flag": False},
]


@given(text=_JOINED, locale=st.sampled_from(LOCALES))
def test_from_tree_to_sentence_to_tree_the_verdict_stays(text, locale, words, context):
    expression, problems = compile_expression(text, words)
    assert problems == ()
    sentence = expression.sentence(locale)

    node = read_sentence(sentence, words, locale)

    if node is None:
        return  # two meanings, or too long: for reading alone
    again, problems = compile_expression(text_of(node), words)
    assert problems == ()
    assert again.sentence(locale) == sentence
    for person in PEOPLE:
        inputs = {k: v if isinstance(v, str | bool) else _number(v) for k, v in person.items()}
        assert again.verdict(inputs, context) is expression.verdict(inputs, context)


def _number(value):
    from decimal import Decimal

    return Decimal(value)


@pytest.mark.parametrize("text", SAID)
def test_what_is_read_can_be_asked_of_a_database(text, words, context):
    """The sentences that are read are those of the constructs that the databases know."""
    expression, _ = compile_expression(text, words)
    known = {**COLUMNS}

    _, problems = to_sql(expression, known, "sqlite", context)

    outside = "subsidies" in text
    assert bool(problems) is outside


@pytest.mark.parametrize(
    "sentence",
    [
        "", "年龄", "身高不少于80", "年龄不少于", "年龄不少于八十岁",
        "至少有一个家庭成员里的m，满足m的amount大于3", "年龄不少于80岁，并且", "（年龄不少于80岁",
        "性别是“外星人”", "__import__('os')", "，并且" * 150, "年龄" * 200, "（" * 500,
    ],
)  # fmt: skip
def test_what_is_no_sentence_of_ours_is_for_reading_alone(sentence, words):
    read = []

    counted = calls(lambda: read.append(read_sentence(sentence, words, "zh-CN")))

    assert read == [None]
    assert counted < 50_000


def test_a_sentence_with_two_meanings_is_for_reading_alone(words):
    twins = Vocabulary((Input("a", "年龄", "number"), Input("b", "年龄", "number")))

    assert read_sentence("年龄不少于80", twins, "zh-CN") is None
    assert read_sentence("年龄不少于80", Vocabulary(twins.inputs[:1]), "zh-CN") is not None
