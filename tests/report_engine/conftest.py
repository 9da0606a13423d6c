"""Boards and tables to test with."""

from pathlib import Path

import pytest

from app_definitions.vocabulary import Input, Option, Vocabulary
from report_engine import fonts

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def chinese():
    """The fonts on this machine: ours if they were made, else the system's."""
    return fonts.find((fonts.HERE, ROOT / "var" / "fonts"))


@pytest.fixture
def vocabulary():
    streets = (Option("a", "长安街道"), Option("b", "滨江街道"), Option("c", "南湖街道"))
    return Vocabulary(
        (
            Input("street", "街道", "string", options=streets, column="c_street"),
            Input("kind", "类别", "string", column="c_kind"),
            Input("amount", "金额", "number", scale=2, unit="元", column="c_amount"),
            Input("granted", "准予", "boolean", column="c_granted"),
            Input("born", "出生日期", "date", column="c_born"),
            Input("at", "提交时间", "date and time", column="c_at"),
            Input("secret", "身份证号", "string", sealed=True, column="c_secret"),
            Input("loose", "备注", "string"),
            Input("several", "多选", "list<string>", column="c_several"),
        )
    )
