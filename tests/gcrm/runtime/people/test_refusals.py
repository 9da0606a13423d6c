"""Refusals: each has a sentence and a way out in both languages."""

import ast
import datetime as dt
import re
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import gcrm
from gcrm.runtime.refusals import Refused, sentences

ZONE = ZoneInfo("Asia/Shanghai")


@cache
def raised() -> dict[str, str]:
    """Tell where refusals are raised, by code; other sentences are pieces of messages."""
    return {
        node.args[0].value: f"{path}:{node.lineno}"
        for path in Path(gcrm.__path__[0]).rglob("*.py")
        if "Refused(" in (text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Refused"
        and isinstance(node.args[0], ast.Constant)
    }


def test_both_languages_have_the_same_codes_and_names() -> None:
    chinese, english = sentences("zh_CN"), sentences("en")

    assert chinese.keys() == english.keys()
    for code, sentence in chinese.items():
        other = english[code]
        for one, two in ((sentence.message, other.message), (sentence.fix, other.fix)):
            assert set(re.findall(r"\{\w+\}", one)) == set(re.findall(r"\{\w+\}", two)), code
        assert sentence.message
        assert sentence.fix or code not in raised(), code


def test_english_sentences_have_no_chinese_but_examples() -> None:
    for code, sentence in sentences("en").items():
        text = re.sub("“[^”]*”", "", sentence.message + sentence.fix)
        assert not re.search(r"[\u4e00-\u9fff，。；：（）]", text), code


def test_every_code_that_is_raised_has_a_sentence() -> None:
    known = sentences("en")

    assert raised()
    assert {code: place for code, place in raised().items() if code not in known} == {}


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-CN", "请在11月24日（周二）09:15以后再试，或找本单位管理员重设密码。"),
        (
            "en",
            "Try again after Tue 24 November 2026 09:15, "
            "or ask your administrator to set a new password.",
        ),
    ],
)
def test_a_moment_is_said_with_its_weekday_on_the_tenants_clock(locale: str, expected: str) -> None:
    until = dt.datetime(2026, 11, 24, 1, 15, tzinfo=dt.UTC)

    refused = Refused("login_locked", {"limit": 5, "until": until}, 423)

    assert refused.render(locale, ZONE).fix == expected
    assert refused.status == 423
