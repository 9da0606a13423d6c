"""Values as text: as FEEL writes them, and as people read them."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rule_engine import temporal
from rule_engine.lexer import quoted
from rule_engine.numeric import grouped, plain, rounded
from rule_engine.values import (
    DaysDuration,
    Function,
    MonthsDuration,
    OperatorTest,
    Range,
    Time,
)

_WEEKDAYS = "一二三四五六日"
_ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENGLISH_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


_PLACES = 6
"""Places behind the point that a reader is shown; more come from divisions only."""


def written(value: Any) -> str:
    """Write a value as the function `string` does."""
    return value if isinstance(value, str) else literal(value)


def literal(value: Any) -> str:
    """Write a value so that FEEL reads it again, where that is possible."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {literal(value[key])}" for key in value) + "}"
    if isinstance(value, Range):
        opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
        return f"{opening}{literal(value.low)}..{literal(value.high)}{closing}"
    if isinstance(value, OperatorTest):
        return f"({value.operator} {literal(value.operand)})"
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return iso(value)


def iso(value: Any) -> str:
    """Write a date, time or duration as ISO 8601 does."""
    if isinstance(value, temporal.MOMENTS):
        return temporal.write_moment(value)
    if isinstance(value, temporal.DATES):
        return temporal.write_date(value)
    if isinstance(value, Time):
        return temporal.write_time(value)
    if isinstance(value, DaysDuration):
        return temporal.write_days(value)
    if isinstance(value, MonthsDuration):
        return temporal.write_months(value)
    return str(value)


def for_people(value: Any, locale: str) -> str:
    """Write a value for readers: thousands with commas, dates with the day of the week."""
    chinese = locale.lower().startswith("zh")
    if value is None:
        return "未填写" if chinese else "not given"
    if isinstance(value, bool):
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    if isinstance(value, Decimal):
        short = rounded(value, _PLACES, ROUND_HALF_UP)
        return grouped(value if short is None else short)
    if isinstance(value, dt.datetime):
        return f"{_day(value, chinese)} {value.hour:02}:{value.minute:02}"
    if isinstance(value, dt.date):
        return _day(value, chinese)
    if isinstance(value, MonthsDuration):
        return _length(value.parts(), _MONTH_WORDS, chinese)
    if isinstance(value, DaysDuration):
        return _length(value.parts()[:4], _DAY_WORDS, chinese)
    if isinstance(value, list):
        return ("、" if chinese else ", ").join(for_people(item, locale) for item in value)
    if isinstance(value, dict):
        joined = (for_people(item, locale) for item in value.values())
        return ("，" if chinese else ", ").join(joined)
    return written(value)


_MONTH_WORDS = (("年", "year"), ("个月", "month"))
_DAY_WORDS = (("天", "day"), ("小时", "hour"), ("分钟", "minute"), ("秒", "second"))


def _key(key: str) -> str:
    plain_key = key and all(part.isidentifier() for part in key.split())
    return key if plain_key else quoted(key)


def _day(value: dt.date, chinese: bool) -> str:
    if chinese:
        return f"{value.year}年{value.month}月{value.day}日（周{_WEEKDAYS[value.weekday()]}）"
    month = _ENGLISH_MONTHS[value.month - 1]
    return f"{_ENGLISH_DAYS[value.weekday()]} {value.day} {month} {value.year}"


def _length(parts: tuple[int, ...], words: tuple[tuple[str, str], ...], chinese: bool) -> str:
    pieces = []
    for amount, (zh, en) in zip(parts, words, strict=True):
        if amount == 0:
            continue
        if chinese:
            pieces.append(f"{abs(amount)}{zh}")
        else:
            pieces.append(f"{abs(amount)} {en}" + ("" if abs(amount) == 1 else "s"))
    if not pieces:
        return f"0{words[-1][0]}" if chinese else f"0 {words[-1][1]}s"
    sign = ("负" if chinese else "minus ") if any(part < 0 for part in parts) else ""
    return sign + ("" if chinese else " ").join(pieces)


def with_unit(amount: str, unit: str | None, locale: str) -> str:
    """Put a unit behind an amount; a Chinese unit is left out of English sentences."""
    if not unit:
        return amount
    if locale.lower().startswith("zh"):
        return amount + unit
    return f"{amount} {unit}" if unit.isascii() else amount
