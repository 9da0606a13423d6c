"""Hints: whoever follows one has met that part; hints that cannot hold together say so."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rule_engine import Verdict, compile_expression

CLASH = "不能同时满足"
_signs = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_limits = st.decimals(-900, 900, places=3).map(lambda value: f"({value})")
_factors = st.sampled_from(["12", "0.3", "(-2)", "7"])
_sides = st.one_of(
    st.just("income"),
    st.just("elder_age"),
    st.builds("income * {}".format, _factors),
    st.builds("({} - income) / {}".format, _limits, _factors),
    st.builds("elder_age * {} + {}".format, _factors, _limits),
    st.builds("income + elder_age * {}".format, _factors),
    st.builds("-income".format),
)
ATOMS = st.one_of(
    st.builds("{} {} {}".format, _sides, _signs, _limits),
    st.builds("{} {} {}".format, _limits, _signs, _sides),
    st.builds("{} {} elder_age".format, st.just("income"), _signs),
    st.builds("{} between {} and {}".format, _sides, _limits, _limits),
    st.builds("{} in [{}..{})".format, _sides, _limits, _limits),
    st.builds("{} in (> {}, {})".format, _sides, _limits, _limits),
    st.builds("{} in [1, {}]".format, _sides, _limits),
    st.builds('sex {} "{}"'.format, st.sampled_from(["=", "!="]), st.sampled_from("12")),
    st.builds('sex in ("1")'.format),
    st.builds('name {} "{}"'.format, st.sampled_from(["=", "!="]), st.sampled_from("甲a")),
    st.sampled_from(["agent_flag", "not(agent_flag)", "agent_flag = false", "not(income < 5)"]),
    st.builds("born {} {}".format, _signs, st.sampled_from(['@"1950-01-31"', "today()"])),
    st.builds("born in [@\"1940-01-01\"..today())".format),
    st.sampled_from(
        ['list contains(subsidies, "dibao")', 'not(list contains(subsidies, "dibao"))']
    ),
)  # fmt: skip
FULL = st.fixed_dictionaries(
    {
        "elder_age": st.integers(0, 120).map(Decimal),
        "income": st.decimals(-500, 9000, places=2),
        "sex": st.sampled_from(["1", "2"]),
        "born": st.dates(dt.date(1920, 1, 1), dt.date(2026, 11, 24)),
        "agent_flag": st.booleans(),
        "subsidies": st.lists(st.sampled_from(["dibao", "tekun"]), max_size=2, unique=True),
        "name": st.sampled_from(["甲", "a"]),
    }
)


def follow(leaf, inputs, vocabulary):
    goal = leaf.goal
    now = inputs.get(goal.input_id)
    return {**inputs, goal.input_id: goal.followed(vocabulary.get(goal.input_id), now)}


@given(text=ATOMS, inputs=FULL)
def test_following_a_hint_makes_its_leaf_pass(text, inputs, vocabulary, context):
    expression, problems = compile_expression(text, vocabulary)
    assert problems == ()
    for leaf in expression.explain(inputs, context):
        if leaf.goal is None:
            continue
        scale = vocabulary.get(leaf.goal.input_id).scale
        value = leaf.goal.value

        assert expression.verdict(follow(leaf, inputs, vocabulary), context) is Verdict.PASS
        if isinstance(value, Decimal) and leaf.goal.way in ("at_least", "at_most"):
            assert value == round(value, scale), "not on the input's own scale"


@pytest.mark.parametrize(
    ("text", "inputs", "hint"),
    [
        ("income * 12 <= 72000", {"income": Decimal(6100)}, "需要月收入不超过6,000元。"),
        ("income * 0.7 > 700", {"income": Decimal(1)}, "需要月收入不少于1,000.01元。"),
        ("elder_age * 12 >= 950", {"elder_age": Decimal(60)}, "需要年龄不少于80岁。"),
        ("100 - income > 40.5", {"income": Decimal(80)}, "需要月收入不超过59.49元。"),
        ('sex = "2"', {"sex": "1"}, "需要性别是“女”。"),
        ("not(agent_flag)", {"agent_flag": True}, "需要由人代办为“否”。"),
    ],
)
def test_a_hint_says_what_to_change_to(text, inputs, hint, vocabulary, context):
    expression, _ = compile_expression(text, vocabulary)

    [leaf] = expression.explain(inputs, context)

    assert leaf.hint == hint


@pytest.mark.parametrize(
    ("text", "inputs", "clash"),
    [
        ("income >= 500 and income <= 300", {"income": Decimal(400)}, True),
        ("income >= 500 and income <= 300", {"income": Decimal(600)}, True),
        ("income >= 300 and income <= 500", {"income": Decimal(600)}, False),
        ("income * 2 > 10 and income < 5.01", {"income": Decimal(9)}, True),
        ("income * 2 >= 10 and income < 5.01", {"income": Decimal(9)}, False),
        ('sex = "1" and sex != "1"', {"sex": "2"}, True),
        ("agent_flag and income > 5", {"agent_flag": False, "income": Decimal(1)}, False),
        ('elder_age > 5 or (sex = "1" and sex = "2")',
         {"sex": "1", "elder_age": Decimal(1)}, False),
    ],
)  # fmt: skip
def test_hints_that_cannot_hold_together_say_so(text, inputs, clash, vocabulary, context):
    expression, _ = compile_expression(text, vocabulary)

    leaves = expression.explain(inputs, context)

    assert leaves
    assert any(CLASH in leaf.hint for leaf in leaves) is clash


@given(parts=st.lists(ATOMS, min_size=1, max_size=3), inputs=FULL)
def test_all_hints_together_pass_or_say_that_they_cannot(parts, inputs, vocabulary, context):
    expression, _ = compile_expression(" and ".join(f"({part})" for part in parts), vocabulary)
    leaves = expression.explain(inputs, context)
    assume(leaves and all(leaf.goal is not None for leaf in leaves))
    if any(CLASH in leaf.hint for leaf in leaves):
        return

    # One change an input, in the order in which the hints stand.
    followed = dict(inputs)
    for name in {leaf.goal.input_id for leaf in leaves}:
        goals = [leaf.goal for leaf in leaves if leaf.goal.input_id == name]
        tried = [goal.followed(vocabulary.get(name), inputs[name]) for goal in goals]
        followed[name] = next(
            value for value in tried if all(goal.meets(value) for goal in goals)
        )  # fmt: skip

    assert expression.verdict(followed, context) is Verdict.PASS


def test_nothing_is_hinted_of_a_sealed_answer(vocabulary, context):
    expression, _ = compile_expression('elder_id = "11010119491231002X"', vocabulary)

    [leaf] = expression.explain({"elder_id": "110101194912310021"}, context)

    assert leaf.goal is None
