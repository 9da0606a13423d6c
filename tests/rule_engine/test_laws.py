"""Laws of the language: what is printed reads the same; Kleene's logic; missing never lies."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rule_engine import Verdict, compile_expression, tree
from rule_engine.names import Names
from rule_engine.parser import parse_expression
from rule_engine.printer import text_of
from rule_engine.properties import NAMES

NAMED = Names(["a", "b", "年龄", "monthly fee", "a-b"], ["string length", "not"],
              [*NAMES, "first name"])  # fmt: skip

_names = st.sampled_from(["a", "b", "年龄", "monthly fee", "a-b"]).map(tree.Name)
_texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
_leaves = st.one_of(
    _names,
    st.decimals(0, 10**6, places=2).map(tree.NumberLiteral),
    _texts.map(tree.StringLiteral),
    st.booleans().map(tree.BooleanLiteral),
    st.just(tree.NullLiteral()),
    st.dates(dt.date(1000, 1, 1)).map(lambda day: tree.AtLiteral(day.isoformat())),
)


def _larger(inner):
    tests = st.one_of(
        inner.filter(lambda node: not isinstance(node, tree.Test)),
        st.builds(tree.Test, st.sampled_from(["<", ">=", "!="]), inner),
    )
    iterators = st.lists(
        st.builds(tree.Iterator, st.sampled_from(["x", "y y"]), inner, st.none() | inner),
        min_size=1, max_size=2, unique_by=lambda iterator: iterator.name,
    ).map(tuple)  # fmt: skip
    few = st.lists(inner, max_size=3).map(tuple)
    two = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.builds(tree.Negation, inner),
        st.builds(tree.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(tree.Comparison, st.sampled_from(["=", "<", ">="]), inner, inner),
        st.builds(tree.Logical, st.sampled_from(["and", "or"]), two.map(tuple)),
        st.builds(tree.Between, inner, inner, inner),
        st.builds(tree.Membership, inner, st.lists(tests, min_size=1, max_size=3).map(tuple)),
        st.builds(tree.RangeLiteral, inner, inner, st.booleans(), st.booleans()),
        st.builds(tree.If, inner, inner, inner),
        st.builds(tree.For, iterators, inner),
        st.builds(tree.Quantified, st.sampled_from(["some", "every"]), iterators, inner),
        st.builds(tree.Filter, inner, inner),
        st.builds(tree.Path, inner, st.sampled_from(["year", "first name", "start included"])),
        st.builds(
            lambda arguments: tree.Call(
                tree.Name("string length"), tuple(map(tree.Argument, arguments))
            ),
            few,
        ),
        st.builds(
            lambda value: tree.Call(tree.Name("not"), (tree.Argument(value, "negand"),)), inner
        ),
        few.map(tree.ListLiteral),
        st.builds(
            lambda first, second: tree.ContextLiteral(
                (tree.Entry("k k", first), tree.Entry('"x"', second))
            ),
            inner,
            inner,
        ),
        st.builds(
            tree.InstanceOf,
            inner,
            st.sampled_from(["number", "list<string>", "function<number> -> date and time"]).map(
                lambda text: parse_expression(f"1 instance of {text}", NAMED)[0].type
            ),
        ),
        st.builds(
            tree.FunctionLiteral,
            st.just((tree.Parameter("p"), tree.Parameter("q q", tree.TypeName("number")))),
            inner,
        ),
    )


_ALL = st.recursive(_leaves, _larger, max_leaves=12)


@st.composite
def trees(draw):
    return draw(_ALL)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(node=trees())
def test_what_is_printed_reads_as_the_same_tree(node):
    text = text_of(node)

    again, faults = parse_expression(text, NAMED)

    assert faults == []
    assert again == node
    assert text_of(again) == text


@given(st.text(max_size=60))
def test_any_text_gives_a_tree_or_problems(text):
    node, faults = parse_expression(text, NAMED)

    assert faults or not any(isinstance(part, tree.Broken) for part in tree.walk(node))


@given(st.text('()[]{}<>=.,:?@"+-*/ ab1年，（', max_size=40))
def test_any_signs_give_a_tree_or_problems(text):
    node, faults = parse_expression(text, NAMED)

    assert faults or not any(isinstance(part, tree.Broken) for part in tree.walk(node))


_T, _F, _U = Verdict.PASS, Verdict.FAIL, Verdict.MISSING
_INPUTS = {_T: {"agent_flag": True}, _F: {"agent_flag": False}, _U: {}}
_INCOMES = {_T: {"income": Decimal(9)}, _F: {"income": Decimal(1)}, _U: {}}


@pytest.mark.parametrize("first", [_T, _F, _U])
@pytest.mark.parametrize("second", [_T, _F, _U])
def test_and_or_not_are_kleenes(first, second, vocabulary, context):
    inputs = {**_INPUTS[first], **_INCOMES[second]}
    order = [_F, _U, _T]

    def verdict(text):
        expression, problems = compile_expression(text, vocabulary)
        assert problems == ()
        return expression.verdict(inputs, context)

    assert verdict("agent_flag and income > 5") is min(first, second, key=order.index)
    assert verdict("agent_flag or income > 5") is max(first, second, key=order.index)
    assert verdict("not(agent_flag)") is {_T: _F, _F: _T, _U: _U}[first]
    assert verdict("not(agent_flag and income > 5)") is verdict(
        "not(agent_flag) or not(income > 5)"
    )


_ATOMS = st.sampled_from(
    ["elder_age >= 80", "income < 500", "agent_flag", 'sex = "1"', "elder_age in [60..70]",
     "income between 10 and 20", "elder_age + income > 600", 'sex in ("1", "2")',
     "some m in members satisfies m.amount > elder_age", "sum(members.amount) > income",
     "(if agent_flag then income else elder_age) > 70", "age(born) > elder_age",
     'list contains(subsidies, "dibao")', "count(members[amount > income]) > 1"]
)  # fmt: skip
_RULES = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
_FULL = st.fixed_dictionaries(
    {
        "elder_age": st.integers(50, 100).map(Decimal),
        "income": st.decimals(0, 1000, places=2),
        "sex": st.sampled_from(["1", "2"]),
        "born": st.dates(dt.date(1920, 1, 1), dt.date(1980, 1, 1)),
        "agent_flag": st.booleans(),
        "subsidies": st.lists(st.sampled_from(["dibao", "tekun"]), max_size=2),
        "members": st.lists(
            st.fixed_dictionaries({"amount": st.integers(0, 99).map(Decimal)}), max_size=3
        ),
    }
)


@given(text=_RULES, full=_FULL, gaps=st.sets(st.sampled_from(["elder_age", "income", "sex",
       "born", "agent_flag", "subsidies", "members"])))  # fmt: skip
def test_filling_a_gap_never_turns_a_verdict_round(text, full, gaps, vocabulary, context):
    expression, problems = compile_expression(text, vocabulary)
    assert problems == ()
    partial = {key: value for key, value in full.items() if key not in gaps}

    before = expression.judge(partial, context)
    after = expression.judge(full, context)

    assert after.verdict in (Verdict.PASS, Verdict.FAIL)
    assert before.verdict in (Verdict.MISSING, after.verdict)
    assert set(before.missing) <= gaps
    assert (after.verdict is Verdict.PASS) == expression.is_true(full, context)
