"""A small world: a vocabulary, a calendar, regions, a moment."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app_definitions.vocabulary import Input, Option, Vocabulary
from rule_engine import EvaluationContext


class Weekdays:
    """Monday to Friday."""

    def is_working_day(self, date: dt.date) -> bool:
        return date.weekday() < 5

    def add_working_days(self, date: dt.date, n: int) -> dt.date:
        while n:
            date += dt.timedelta(1)
            n -= self.is_working_day(date)
        return date


class Prefixes:
    """A region lies in another if its code begins with the other's."""

    def is_within(self, code: str, ancestor: str) -> bool:
        return code.startswith(ancestor.rstrip("0"))


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(
        (
            Input("elder_age", "年龄", "number", scale=0, unit="岁", column="c_age"),
            Input("income", "月收入", "number", scale=2, unit="元", column="c_income"),
            Input(
                "sex",
                "性别",
                "string",
                options=(Option("1", "男"), Option("2", "女")),
                column="c_sex",
            ),
            Input("born", "出生日期", "date", column="c_born"),
            Input("agent_flag", "由人代办", "boolean", column="c_agent"),
            Input("hukou_region", "户籍地", "string", column="c_region"),
            Input("elder_id", "身份证号", "string", sealed=True),
            Input(
                "subsidies",
                "已享待遇",
                "list<string>",
                options=(Option("dibao", "低保"), Option("tekun", "特困")),
            ),
            Input("members", "家庭成员", "list<context>"),
            Input("moved_at", "迁入时间", "date and time", column="c_moved"),
            Input("name", "姓名", "string", column="c_name"),
        )
    )


@pytest.fixture(scope="session")
def context() -> EvaluationContext:
    return EvaluationContext(
        now=dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC),
        zone=ZoneInfo("Asia/Shanghai"),
        calendar=Weekdays(),
        regions=Prefixes(),
        parameters={"min_age": Decimal(80), "home_region": "990100000000"},
    )
