"""Random expressions and contexts: every kind, nulls, missing keys, wrong types."""

import datetime as dt
import os
import random
import secrets
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import EvaluationContext
from rule_engine.values import DaysDuration, MonthsDuration

KINDS = {
    "number": ("age", "income", "size"),
    "string": ("name", "kind"),
    "boolean": ("flag", "poor"),
    "date": ("born", "moved"),
    "days and time duration": ("wait",),
    "years and months duration": ("term",),
    "date and time": ("seen",),
}
LITERALS = {
    "number": ("0", "60", "6000.50", "-3", "0.1", "80", "1E2"),
    "string": ('"a"', '"b"', '"甲"', '""', '"ab"'),
    "boolean": ("true", "false"),
    "date": ('date("1960-01-31")', '@"2024-02-29"', 'date("2026-11-24")'),
    "days and time duration": ('duration("P3D")', '@"PT12H"'),
    "years and months duration": ('duration("P1M")', '@"P2Y"'),
    "date and time": ('@"2026-11-24T08:00:00Z"', '@"2026-11-24T08:00:00"'),
}
VALUES: dict[str, tuple[Any, ...]] = {
    "number": (Decimal(0), Decimal(60), Decimal("6000.50"), Decimal("60.0"), Decimal("-3")),
    "string": ("a", "b", "甲", "", "zz"),
    "boolean": (True, False),
    "date": (dt.date(1960, 1, 31), dt.date(2024, 2, 29), dt.date(2026, 11, 24)),
    "days and time duration": (DaysDuration(0), DaysDuration(3 * 86_400 * 10**9)),
    "years and months duration": (MonthsDuration(1), MonthsDuration(24)),
    "date and time": (
        dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 24, 8),
    ),
}
WRONG: tuple[Any, ...] = (5, 1.5, Decimal("9E6144"), [Decimal(60)], {"a": "b"}, "60", True)
ORDERED = ("number", "string", "date", "number", "days and time duration", "date and time")


class Maker:
    """Writes random expressions and fills random contexts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.pick = self.random.choice

    def text(self, kind: str, depth: int) -> str:
        """Write an expression of a kind."""
        roll = self.random.random()
        if depth <= 0 or roll < 0.15:
            return self.pick(KINDS[kind] if self.random.random() < 0.65 else LITERALS[kind])
        if roll < 0.25:
            parts = self.text("boolean", depth - 1), self.text(kind, depth - 1)
            other = "null" if self.random.random() < 0.2 else self.text(kind, depth - 1)
            return f"(if {parts[0]} then {parts[1]} else {other})"
        below = depth - 1
        if kind == "number":
            return self._number(below)
        if kind == "string":
            return f"({self.text(kind, below)} + {self.text(kind, below)})"
        if kind == "date":
            length = self.pick(("years and months duration", "days and time duration"))
            return f"({self.text(kind, below)} {self.pick('+-')} {self.text(length, below)})"
        if kind == "boolean":
            return self._boolean(below)
        return self.pick(KINDS[kind])

    def _number(self, depth: int) -> str:
        way = self.random.randrange(10)
        if way == 0:
            return f"abs({self.text('number', depth)})"
        if way == 1:
            return f"string length({self.text('string', depth)})"
        if way == 2:
            return f"-({self.text('number', depth)})"
        if way == 3:
            return self.pick(("parameters.limit", "parameters.rate", "born.year"))
        sign = self.pick(("+", "-", "*", "/", "+", "**"))
        return f"({self.text('number', depth)} {sign} {self.text('number', depth)})"

    def _boolean(self, depth: int) -> str:
        way = self.random.randrange(12)
        if way < 3:
            joint = self.pick((" and ", " or "))
            return f"({joint.join(self.text('boolean', depth) for _ in range(2 + way))})"
        if way == 3:
            return f"not({self.text('boolean', depth)})"
        kind = self.pick(ORDERED)
        subject = self.text(kind, depth)
        if way == 4:
            kind = self.pick(tuple(KINDS))
            return f"{self.text(kind, depth)} {self.pick(('=', '!='))} null"
        if way == 5:
            low, high = self.text(kind, 0), self.text(kind, 0)
            return f"({subject} between {low} and {high})"
        if way in (6, 7):
            return f"({subject} in {self._tests(kind)})"
        if way == 8:
            kind = self.pick(tuple(KINDS))
            return f"({self.text(kind, depth)} {self.pick(('=', '!='))} {self.text(kind, depth)})"
        if way == 9:
            return f"starts with({self.text('string', depth)}, {self.text('string', 0)})"
        sign = self.pick(("<", "<=", ">", ">=", "=", "!="))
        return f"({subject} {sign} {self.text(kind, depth)})"

    def _tests(self, kind: str) -> str:
        def one() -> str:
            way = self.random.randrange(5)
            literal = self.pick(LITERALS[kind])
            if way == 0:
                return f"{self.pick(('<', '<=', '>', '>='))} {literal}"
            if way == 1:
                ends = self.pick("[("), literal, self.pick(LITERALS[kind]), self.pick(")]")
                return f"{ends[0]}{ends[1]}..{ends[2]}{ends[3]}"
            if way == 2 and self.random.random() < 0.3:
                return "null"
            return literal

        if self.random.random() < 0.3:
            return f"[{', '.join(self.pick(LITERALS[kind]) for _ in range(3))}]"
        return f"({', '.join(one() for _ in range(self.random.randrange(1, 5)))})"

    def cell(self, kind: str, *, constant: float = 0.9) -> str:
        """Write a cell of a decision table."""
        roll = self.random.random()
        if roll < 0.25:
            return "-"
        if self.random.random() > constant:
            name = self.pick(KINDS[kind])
            return self.pick((f"? = {name}", name, f"!= {name}", "? != null", f"not({name})"))
        if kind == "boolean":
            return self.pick(("true", "false", "not(true)", "null", "!= false", "true, null"))
        tests = self._tests(kind)
        text = tests if tests.startswith("[") else tests[1:-1]
        return f"not({text})" if roll > 0.85 else text

    def inputs(self) -> dict[str, Any]:
        """Fill a context: mostly right values, some null, missing or wrong."""
        values: dict[str, Any] = {}
        mood = self.random.random()
        for kind, names in KINDS.items():
            for name in names:
                roll = self.random.random()
                if mood < 0.5 or roll < 0.7:
                    values[name] = self.pick(VALUES[kind])
                elif roll < 0.8:
                    values[name] = None
                elif roll < 0.85 and mood > 0.8:
                    values[name] = self.pick(WRONG)
        return values


@pytest.fixture(scope="session")
def maker() -> Maker:
    seed = 7 if os.environ.get("GCRM_DEPTH", "1") == "1" else secrets.randbelow(10**9)
    return Maker(seed)


@pytest.fixture(scope="session")
def depth() -> int:
    return int(os.environ.get("GCRM_DEPTH", "1"))


@pytest.fixture(scope="session")
def typed() -> Vocabulary:
    def entries() -> Iterator[Input]:
        for kind, names in KINDS.items():
            yield from (Input(name, name, kind) for name in names)
        yield Input("parameters.limit", "限额", "number")
        yield Input("parameters.rate", "比例", "number")
        yield Input("things", "物", "list<string>")

    return Vocabulary(tuple(entries()))


@pytest.fixture(scope="session")
def context() -> EvaluationContext:
    return EvaluationContext(
        now=dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC),
        zone=ZoneInfo("Asia/Shanghai"),
        parameters={"limit": Decimal(6000)},
    )
