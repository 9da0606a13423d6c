"""Hostile texts are refused or bounded: room, and a sentence of their own.

What each costs in time stands in `gcrm bench rules`; here a text only must not hang.
"""

import pytest

from gcrm.bench.hostile import BOUNDED, HARMLESS, REFUSED, room, spent
from rule_engine import compile_expression

HANGS = 1.0  # seconds of processor time, ten times what the slowest may take
MOST = 50_000_000


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_text_is_refused(typed, context, name):
    expression, problems = compile_expression(REFUSED[name], typed)

    assert expression is None
    assert problems
    assert spent(REFUSED[name], typed, context) < HANGS
    assert room(REFUSED[name], typed, context) < MOST


@pytest.mark.parametrize("name", BOUNDED)
def test_hostile_evaluation_ends_with_an_error(typed, context, name):
    expression, problems = compile_expression(BOUNDED[name], typed)
    assert expression is not None, problems

    result = expression.value({"name": "a"}, context)

    assert result.value is None
    assert result.errors
    assert spent(BOUNDED[name], typed, context) < HANGS
    assert room(BOUNDED[name], typed, context) < MOST


@pytest.mark.parametrize("name", HARMLESS)
def test_what_looks_hostile_is_worked_out(typed, context, name):
    expression, problems = compile_expression(HARMLESS[name], typed)
    assert expression is not None, problems

    assert expression.value({}, context).value is not None
    assert spent(HARMLESS[name], typed, context) < HANGS
