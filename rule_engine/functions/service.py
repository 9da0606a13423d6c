"""Our functions: ages, resident ids, regions and working days (reference/domain.md 1.1 and 1.4)."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from rule_engine import temporal
from rule_engine.functions.registry import feel
from rule_engine.numeric import as_int, of_int
from rule_engine.running import Run

_RESIDENT_ID = re.compile(r"\d{17}[\dXx]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MAX_WORKING_DAYS = 3_660


def is_resident_id(text: str) -> bool:
    """Tell whether a text is a resident id number: shape, birth date and check digit."""
    if not _RESIDENT_ID.fullmatch(text) or birth_date(text) is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def birth_date(text: str) -> dt.date | None:
    """Read the birth date out of a resident id number (GB 11643)."""
    if not _RESIDENT_ID.fullmatch(text):
        return None
    found = temporal.make_date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    return found if isinstance(found, dt.date) else None


@feel(
    "age",
    "birth date: date|moment, on date?: date|moment",
    result="number",
    people={
        "zh/1": "{0}至今的周岁数",
        "en/1": "age by {0}",
        "zh": "{0}到{1}的周岁数",
        "en": "age by {0} on {1}",
    },
)
def age(run: Run, born: dt.date, on: dt.date | None) -> Any:
    """Count full years; today's where no day is given; null before birth."""
    day = _day(on) if on is not None else _today(run)
    months = temporal.months_between(_day(born), day)
    return of_int(months // 12) if day >= _day(born) else None


@feel(
    "months between",
    "from: date|moment, to: date|moment",
    result="number",
    people={"zh": "{0}到{1}的整月数", "en": "whole months from {0} to {1}"},
)
def months_between(run: Run, start: dt.date, end: dt.date) -> Any:
    """Count whole months, negative backwards."""
    return of_int(temporal.months_between(_day(start), _day(end)))


@feel(
    "days between",
    "from: date|moment, to: date|moment",
    result="number",
    people={"zh": "{0}到{1}的天数", "en": "days from {0} to {1}"},
)
def days_between(run: Run, start: dt.date, end: dt.date) -> Any:
    """Count days, negative backwards."""
    return of_int((_day(end) - _day(start)).days)


@feel(
    "birth date of id",
    "resident id: string",
    result="date",
    people={"zh": "{0}里的出生日期", "en": "birth date in {0}"},
)
def birth_date_of_id(run: Run, text: str) -> Any:
    """Read the birth date out of a resident id number."""
    return birth_date(text)


@feel(
    "sex of id",
    "resident id: string",
    result="string",
    people={"zh": "{0}里的性别", "en": "sex in {0}"},
)
def sex_of_id(run: Run, text: str) -> Any:
    """Read the sex out of a resident id number: `1` male, `2` female (GB/T 2261.1)."""
    if not _RESIDENT_ID.fullmatch(text):
        return None
    return "1" if int(text[16]) % 2 else "2"


@feel(
    "region of id",
    "resident id: string",
    result="string",
    people={"zh": "{0}里的区划", "en": "region in {0}"},
)
def region_of_id(run: Run, text: str) -> Any:
    """Read the region out of a resident id number, six digits."""
    return text[:6] if _RESIDENT_ID.fullmatch(text) else None


@feel(
    "is resident id",
    "text: string",
    result="boolean",
    people={"zh": "{0}是正确的身份证号", "en": "{0} is a right resident ID number"},
)
def is_resident_id_(run: Run, text: str) -> Any:
    """Tell whether a text is a resident id number with a right check digit."""
    return is_resident_id(text)


@feel(
    "within region",
    "code: string, ancestor: string",
    result="boolean",
    people={"zh": "{0}在{1}范围内", "en": "{0} lies in {1}"},
)
def within_region(run: Run, code: str, ancestor: str) -> Any:
    """Tell whether a region is another one or lies in it."""
    regions = run.context.regions
    return None if regions is None else regions.is_within(code, ancestor)


@feel(
    "add working days",
    "date: date|moment, days: number",
    result="date",
    people={"zh": "{0}之后第{1}个工作日", "en": "{1} working days after {0}"},
)
def add_working_days(run: Run, day: dt.date, days: Decimal) -> Any:
    """Go working days on; the first day does not count."""
    count, calendar = as_int(days), run.context.calendar
    if calendar is None or count is None or abs(count) > _MAX_WORKING_DAYS:
        return None
    run.step(abs(count))
    return calendar.add_working_days(_day(day), count)


@feel(
    "working days between",
    "from: date|moment, to: date|moment",
    result="number",
    people={"zh": "{0}到{1}的工作日数", "en": "working days from {0} to {1}"},
)
def working_days_between(run: Run, start: dt.date, end: dt.date) -> Any:
    """Count working days after the first day up to the last one, negative backwards."""
    calendar = run.context.calendar
    first, last = _day(start), _day(end)
    if calendar is None:
        return None
    if last < first:
        count = working_days_between.call(run, last, first)
        return None if count is None else -count
    length = (last - first).days
    if length > 3 * _MAX_WORKING_DAYS:
        return None
    run.step(length)
    days = (first + dt.timedelta(step) for step in range(1, length + 1))
    return of_int(sum(calendar.is_working_day(day) for day in days))


@feel(
    "is working day",
    "date: date|moment",
    result="boolean",
    people={"zh": "{0}是工作日", "en": "{0} is a working day"},
)
def is_working_day(run: Run, day: dt.date) -> Any:
    """Tell whether people work on a day."""
    calendar = run.context.calendar
    return None if calendar is None else calendar.is_working_day(_day(day))


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _today(run: Run) -> dt.date:
    return run.context.now.astimezone(run.context.zone).date()


ALL = (
    age, months_between, days_between, birth_date_of_id, sex_of_id, region_of_id, is_resident_id_,
    within_region, add_working_days, working_days_between, is_working_day,
)  # fmt: skip
