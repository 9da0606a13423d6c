"""Patterns: those of XPath, in bounded time."""

from contextlib import suppress

import pytest

from rule_engine.functions.patterns import found, pieces, replaced
from rule_engine.running import Exhausted


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("foobar", "^fo*b", "", True),
        ("FOOBAR", "^fo*b", "i", True),
        ("a\nb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("a\nb", "^b$", "m", True),
        ("hello world", "hello\\ sworld", "x", None),
        ("helloworld", "hello world", "x", True),
        ("a+b", "a+b", "q", True),
        ("aab", "a(?:a)b", "", True),
        ("x", "[A-Z-[OI]]", "i", True),
        ("O", "[A-Z-[OI]]", "", False),
        ("abab", "(ab)\\1", "", True),
        ("a", "[^\\S]", "", False),
        ("1", "[\\D]", "", False),
        ("年", "\\w", "", True),
        ("a", "(?=a)", "", None),
        ("a", "[a", "", None),
        ("a", "a", "z", None),
        ("a", "\\z", "", None),
    ],
)
def test_found(text, pattern, flags, expected):
    assert found(text, pattern, flags) is expected


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+\\1$", "(.*)*x", "([a-z]+)*\\1x"])
def test_no_pattern_runs_away(pattern):
    """One that did would not come back before the sun is cold."""
    with suppress(Exhausted):
        assert found("a" * 3000 + "!", pattern, "") is False


def test_replacements_name_groups():
    assert replaced("abcd", "(b)(c)", "$2$1", "") == "acbd"
    assert replaced("abcd", "(b)(c)", "[$0]", "") == "a[bc]d"
    assert replaced("abcd", "b", "\\$", "") == "a$cd"
    assert replaced("abcd", "b", "$", "") is None
    assert replaced("abc", "", "x", "") is None


def test_pieces():
    assert pieces("John Doe", "\\s") == ["John", "Doe"]
    assert pieces("a;b;c;;", ";") == ["a", "b", "c", "", ""]
