"""Zones as texts: what is none gives null, never an exception."""

import datetime as dt

import pytest

from rule_engine import EvaluationContext, compile_expression

NOW = EvaluationContext(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize("zone", ["Zulu", "+ab", "+08", "-", "Z1", "+08:00x", "", "+25:00"])
def test_a_text_that_is_no_zone_gives_null(zone, vocabulary):
    expression, _ = compile_expression(
        f'date and time(moved_at, "{zone}")', vocabulary, profile="dmn"
    )

    result = expression.value({"moved_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, NOW)

    assert result.value is None
    assert [note.code for note in result.errors] == ["feel_no_result"]


def test_an_offset_is_a_zone(vocabulary):
    expression, _ = compile_expression(
        'date and time(moved_at, "+08:00").hour = 8', vocabulary, profile="dmn"
    )

    assert expression.is_true({"moved_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, NOW)
