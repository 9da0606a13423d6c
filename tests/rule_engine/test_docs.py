"""The page about expressions names every function, and its example runs."""

import pathlib
import re

import pytest

from rule_engine import FUNCTIONS, backends, compile_expression
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


def test_the_table_of_back_ends_is_the_one_of_the_code():
    def said(known):
        return "yes" if known else "–"

    for row in backends.table():
        knows = (row.python, row.fast, row.sql, row.browser, row.form)
        cells = " | ".join(said(known) for known in knows)
        line = f"| {row.construct} | `{row.example}` | {cells} |"
        assert line in PAGE.replace("\\|", "|"), line
