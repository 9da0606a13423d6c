"""Sentences: what an expression says, in Chinese and English."""

import dataclasses
from decimal import Decimal
from types import SimpleNamespace

import pytest

from app_definitions.vocabulary import Input
from rule_engine import compile_expression
from rule_engine.show import for_people


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("elder_age >= 80", "年龄不少于80岁", "年龄 is at least 80"),
        ("80 <= elder_age", "年龄不少于80岁", "年龄 is at least 80"),
        ("income <= 6000", "月收入不超过6,000元", "月收入 is at most 6,000"),
        ('sex != "2"', "性别不是“女”", '性别 is not "女"'),
        ('sex in ("1", "2")', "性别是“男”、“女”之一", '性别 is one of "男", "女"'),
        ("agent_flag = true", "由人代办为“是”", "由人代办 is yes"),
        ("born = null", "出生日期没有填写", "出生日期 is not given"),
        ("born < today()", "出生日期早于今天", "出生日期 is before today"),
        (
            "elder_age in [80..90)",
            "年龄从80岁起，到90岁之前",
            "年龄 is from 80 up to, but without 90",
        ),
        (
            "elder_age between 1 and 2",
            "年龄在1岁到2岁之间（含两端）",
            "年龄 is between 1 and 2, both included",
        ),
        (
            'list contains(subsidies, "dibao")',
            "已享待遇里有“低保”",
            '已享待遇 has "低保"',
        ),
        (
            "not(agent_flag and elder_age > 1)",
            "不是(由人代办，并且年龄大于1岁)",
            "not (由人代办, and 年龄 is more than 1)",
        ),
        (
            "some m in members satisfies m.amount > 3",
            "至少有一个家庭成员里的m，满足m的amount大于3",
            "at least one m in 家庭成员 for which amount of m is more than 3",
        ),
        ("age(born) > 3", "出生日期至今的周岁数大于3", "age by 出生日期 is more than 3"),
        ("(income + 1) * 2 > 3", "（月收入 + 1） × 2大于3", "(月收入 + 1) × 2 is more than 3"),
        (
            "if agent_flag then 1 else 2",
            "如果由人代办，那么1，否则2",
            "if 由人代办, then 1, otherwise 2",
        ),
    ],
)
def test_sentences(text, chinese, english, vocabulary):
    expression, problems = compile_expression(text, vocabulary)
    assert problems == ()

    assert expression.sentence("zh-CN") == chinese
    assert expression.sentence("en") == english


def test_a_label_that_asks_is_answered(vocabulary):
    asking = vocabulary.extended([Input("agent_flag", "您是在替老人办吗？", "boolean")])
    expression, _ = compile_expression("agent_flag = false", asking)

    assert expression.sentence("zh-CN") == "“您是在替老人办吗？”选“否”"


def test_regions_are_named(vocabulary, context):
    names = {"990100000000": "云州市", "110000000000": "北京市"}

    class Named(type(context.regions)):
        def get(self, code):
            return SimpleNamespace(name=names[code]) if code in names else None

    here = dataclasses.replace(context, regions=Named())
    expression, _ = compile_expression(
        "within region(hukou_region, parameters.home_region)", vocabulary
    )

    (leaf,) = expression.explain({"hukou_region": "110000000000"}, here)

    assert (leaf.required, leaf.actual) == ("户籍地在云州市范围内", "北京市")


def test_readers_see_six_places_at_most():
    assert for_people(Decimal(7) / 3, "zh-CN") == "2.333333"
    assert for_people(Decimal("1234567.50"), "en") == "1,234,567.5"
