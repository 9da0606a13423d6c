"""The typed path answers exactly as the interpreter does, or leaves the answer to it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app_definitions.vocabulary import Vocabulary
from rule_engine import EvaluationContext, Expression, Result, compile_expression
from rule_engine.fast_expression import generated, is_typed
from rule_engine.fast_running import SLOW
from rule_engine.running import Run
from rule_engine.verdict import judgement_of

PAIRS = 5_000
CONTEXTS = 10


def compiled(text: str, vocabulary: Vocabulary) -> Expression:
    expression, problems = compile_expression(text, vocabulary)
    assert expression is not None, (text, problems)
    return expression


def interpreted(expression: Expression, inputs: Any, context: EvaluationContext) -> Result:
    run = Run(context)
    value = expression.run(run, inputs)
    return Result(value, tuple(n for n in run.notes if n.kind == "error" or value is None))


def test_random_expressions_answer_as_the_interpreter(maker, typed, context, depth):
    pairs = fast = quick_verdicts = 0
    while pairs < PAIRS * depth:
        kind = maker.pick(("boolean", "boolean", "boolean", "number", "date", "string"))
        expression, problems = compile_expression(maker.text(kind, 4), typed)
        if expression is None:
            assert problems
            continue
        value = generated(expression.tree, typed, expression.functions, strict=False)
        verdict = generated(expression.tree, typed, expression.functions, strict=True)
        for _ in range(CONTEXTS):
            inputs = maker.inputs()
            expected = interpreted(expression, inputs, context)
            run = Run(context, verdict=True)
            judged = judgement_of(expression.run(run, inputs), run.notes)

            found, strict = value(inputs, context), verdict(inputs, context)

            told = (expression.text, inputs)
            pairs += 1
            if found is not SLOW:
                fast += 1
                assert type(found) is type(expected.value), told
                assert found == expected.value, told
                assert str(found) == str(expected.value), told
                assert not expected.errors, told
            if strict is True or strict is False:
                quick_verdicts += 1
                assert judgement_of(strict, ()) == judged, told
            assert expression.value(inputs, context) == expected, told
            assert expression.is_true(inputs, context) is (expected.value is True), told
            assert expression.judge(inputs, context) == judged, told
    assert fast > pairs * 0.5
    assert quick_verdicts > pairs * 0.2


@pytest.mark.parametrize(
    ("text", "inputs", "value"),
    [
        ("age >= 60 and income <= 6000", {"age": Decimal(60), "income": Decimal(1)}, True),
        ("age >= 60 and income <= 6000", {"age": None, "income": Decimal(1)}, None),
        ("age >= 60 and income <= 6000", {"income": Decimal(9000)}, False),
        ("age >= 60 or income <= 6000", {"income": Decimal(1)}, True),
        ("name = null", {}, True),
        ("name != null and age > 1", {"name": "a", "age": Decimal(2)}, True),
        ("name = kind", {}, True),
        ("age in ([1..3], 5, > 60)", {"age": Decimal("5.0")}, True),
        ("age in (1, null)", {"age": None}, True),
        ("age in (1, 2)", {}, False),
        ("age in [1..2]", {}, None),
        ("age != 5", {}, True),
        ("age + income * 2", {"age": Decimal("0.1"), "income": Decimal("0.1")}, Decimal("0.3")),
        ("age + income", {"age": Decimal(1)}, None),
        ('name + "x"', {"name": "a"}, "ax"),
        ('born + @"P1M"', {"born": dt.date(2024, 1, 31)}, dt.date(2024, 2, 29)),
        ("if flag then age else 1", {"flag": None, "age": Decimal(3)}, Decimal(1)),
        ("age <= parameters.limit", {"age": Decimal(3)}, True),
        ("abs(age) = 3", {"age": Decimal(-3)}, True),
    ],
)
def test_typed_path_knows(typed, context, text, inputs, value):
    expression = compiled(text, typed)
    function = generated(expression.tree, typed, expression.functions, strict=False)

    found = function(inputs, context)

    assert is_typed(function)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("age >= 60", {"age": 60}),
        ("age >= 60", {"age": 60.5}),
        ("age >= 60", {"age": True}),
        ("age >= 60", {"age": "60"}),
        ('name = "a"', {"name": Decimal(1)}),
        ("age / 0 > 1 or flag", {"age": Decimal(1), "flag": True}),
        ("age * income > 1", {"age": Decimal("9E6144"), "income": Decimal(10)}),
        ("(age / 0) + income = 5", {"age": Decimal(1)}),
        ("born > moved", {"born": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}),
        ("age > parameters.rate", {"age": Decimal(1)}),
        ("flag and poor", {"flag": "true", "poor": True}),
    ],
)
def test_whatever_wants_a_note_is_left_to_the_interpreter(typed, context, text, inputs):
    expression = compiled(text, typed)
    function = generated(expression.tree, typed, expression.functions, strict=False)

    assert is_typed(function)
    assert function(inputs, context) is SLOW


def test_missing_input_is_left_to_the_interpreter_in_a_verdict(typed, context):
    expression = compiled("age >= 60 or flag", typed)
    function = generated(expression.tree, typed, expression.functions, strict=True)

    assert function({"age": Decimal(3)}, context) is SLOW
    assert function({"age": Decimal(3), "flag": False}, context) is False


def test_expression_without_types_has_no_typed_path(typed):
    expression = compiled('things = ["a"]', typed)

    assert not is_typed(generated(expression.tree, typed, expression.functions, strict=False))


def test_text_of_staff_is_no_name_of_the_generated_function(typed, context):
    text = 'name = "__import__(\\"os\\")" or name = "p0" or name = "k1"'
    expression = compiled(text, typed)
    function = generated(expression.tree, typed, expression.functions, strict=False)

    assert function({"name": '__import__("os")'}, context) is True
    assert all(name[0] in "pvk" for name in function.__code__.co_varnames)
    assert set(function.__code__.co_names) <= {"get", *function.__globals__}
    assert function.__globals__["__builtins__"] == {}


def test_deep_conditions_stay_right(typed, context):
    text = "flag"
    for at in range(22):
        text = f"({text} {'and' if at % 2 else 'or'} poor)"
    expression = compiled(text, typed)

    answers = [
        expression.value({"flag": flag, "poor": poor}, context).value
        for flag in (True, False, None)
        for poor in (True, False, None)
    ]

    assert answers == [
        interpreted(expression, {"flag": flag, "poor": poor}, context).value
        for flag in (True, False, None)
        for poor in (True, False, None)
    ]
