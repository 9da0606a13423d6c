"""The page about expressions names every function, and its example runs."""

import pathlib
import re

import pytest

from rule_engine import FUNCTIONS, compile_expression
from rule_engine.expression_sql import CONSTRUCTS

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "expressions.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_has_its_heading(name):
    assert f"\n#### `{name}`\n" in PAGE


def test_no_heading_is_left_over():
    assert set(re.findall(r"^#### `(.+)`$", PAGE, re.MULTILINE)) == set(FUNCTIONS)


def test_each_construct_of_the_databases_is_named():
    assert [name for name in CONSTRUCTS if f"`{name}`" not in PAGE] == []


def test_the_example_says_what_the_page_says(vocabulary):
    assert 'expression.sentence("zh-CN") == "年龄不少于80岁"' in PAGE

    expression, problems = compile_expression("elder_age >= 80", vocabulary)

    assert problems == ()
    assert expression.sentence("zh-CN") == "年龄不少于80岁"
