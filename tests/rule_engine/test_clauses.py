"""Rows of the designer and FEEL text say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rule_engine import compile_expression
from rule_engine.clauses import (
    Clause,
    Group,
    Operand,
    from_json,
    to_group,
    to_json,
    to_text,
)


def value(text):
    return Operand("value", text)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        (
            "elder_age >= parameters.min_age",
            Group("all", (Clause("elder_age", "at_least", (Operand("parameter", "min_age"),)),)),
        ),
        (
            'agent_flag = true and (sex in ("1", "2") or born < today())',
            Group(
                "all",
                (
                    Clause("agent_flag", "yes"),
                    Group(
                        "any",
                        (
                            Clause("sex", "one_of", (value("1"), value("2"))),
                            Clause("born", "less", (Operand("today"),)),
                        ),
                    ),
                ),
            ),
        ),
        (
            'not(list contains(subsidies, "tekun"))',
            Group("all", (Clause("subsidies", "excludes", (value("tekun"),)),)),
        ),
        (
            "not(elder_age > 3 and income != null)",
            Group(
                "all",
                (Clause("elder_age", "more", (value("3"),)), Clause("income", "filled")),
                negated=True,
            ),
        ),
        (
            "within region(hukou_region, parameters.home_region)",
            Group(
                "all", (Clause("hukou_region", "within", (Operand("parameter", "home_region"),)),)
            ),
        ),
    ],
)
def test_rows_show_a_condition(text, group, vocabulary):
    expression, problems = compile_expression(text, vocabulary)
    assert problems == ()

    assert to_group(expression.tree, vocabulary) == group
    assert to_text(group, vocabulary) == text
    assert from_json(to_json(group)) == group


@pytest.mark.parametrize(
    "text",
    [
        "sum(members.amount) > 3",
        "elder_age + 1 > 3",
        "if agent_flag then true else false",
        "elder_age in [1..3)",
        "some m in members satisfies m.amount > 1",
    ],
)
def test_what_rows_cannot_show_stays_a_sentence(text, vocabulary):
    expression, _ = compile_expression(text, vocabulary)

    assert to_group(expression.tree, vocabulary) is None


_amounts = st.sampled_from([value("80"), value("-1.5"), Operand("input", "income"),
                            Operand("parameter", "min_age")])  # fmt: skip
_days = st.sampled_from([value("2026-01-01"), Operand("today")])
_codes = st.sampled_from([value("1"), value("2")])
_orders = st.sampled_from(["equal", "not_equal", "less", "at_most", "more", "at_least"])
_CLAUSES = st.one_of(
    st.builds(lambda o, a: Clause("elder_age", o, (a,)), _orders, _amounts),
    st.builds(lambda a, b: Clause("elder_age", "between", (a, b)), _amounts, _amounts),
    st.builds(lambda o, a: Clause("born", o, (a,)), _orders, _days),
    st.builds(
        lambda o, a: Clause("sex", o, tuple(a)),
        st.sampled_from(["one_of", "none_of"]),
        st.lists(_codes, min_size=1, max_size=3),
    ),
    st.builds(lambda o: Clause("income", o), st.sampled_from(["empty", "filled"])),
    st.builds(lambda o: Clause("agent_flag", o), st.sampled_from(["yes", "no"])),
    st.builds(
        lambda o: Clause("subsidies", o, (value("dibao"),)),
        st.sampled_from(["includes", "excludes"]),
    ),
    st.builds(
        lambda o: Clause("name", o, (value("王"),)),
        st.sampled_from(["contains", "starts", "ends"]),
    ),
)
_GROUPS = st.recursive(
    st.builds(
        lambda join, items, negated: Group(join, tuple(items), negated),
        st.sampled_from(["all", "any"]),
        st.lists(_CLAUSES, min_size=2, max_size=3),
        st.booleans(),
    ),
    lambda inner: st.builds(
        lambda join, items, negated: Group(join, tuple(items), negated),
        st.sampled_from(["all", "any"]),
        st.lists(st.one_of(_CLAUSES, inner), min_size=2, max_size=3),
        st.booleans(),
    ),
    max_leaves=4,
)


@given(group=_GROUPS)
def test_rows_survive_being_text(group, vocabulary):
    text = to_text(group, vocabulary)

    expression, problems = compile_expression(text, vocabulary)

    assert problems == ()
    assert to_group(expression.tree, vocabulary) == group
    assert from_json(to_json(group)) == group


@pytest.mark.parametrize(
    "document",
    [None, {}, {"join": "all", "items": [{"operator": "eval"}]}, {"join": "xor", "items": []}],
)
def test_other_documents_are_refused(document):
    with pytest.raises(ValueError, match=r"group|row"):
        from_json(document)


@pytest.mark.parametrize(
    "clause",
    [
        Clause("elder_age", "less", (value("abc"),)),
        Clause("born", "less", (value("2026-13-01"),)),
        Clause("elder_age", "between", (value("1"),)),
    ],
)
def test_values_of_another_kind_are_refused(clause, vocabulary):
    with pytest.raises(ValueError, match=r"is no|takes"):
        to_text(Group("all", (clause,)), vocabulary)
