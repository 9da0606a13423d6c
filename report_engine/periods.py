"""Lengths of time as keys of a chart: how people read them, and which lie between two."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from report_engine.words import short

MOST = 400
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say(grain: str, key: str, locale: str) -> str:
    """Say a key that a query cut from a moment: `2026-11` is 2026年11月, Nov 2026."""
    chinese = short(locale) == "zh"
    if grain == "year":
        return f"{key}年" if chinese else key
    if grain == "quarter":
        return f"{key[:4]}年{key[-1]}季度" if chinese else f"Q{key[-1]} {key[:4]}"
    if grain == "month":
        number = int(key[5:7])
        return f"{key[:4]}年{number}月" if chinese else f"{MONTHS[number - 1]} {key[:4]}"
    day = date.fromisoformat(key[:10])
    said = f"{day.month}月{day.day}日" if chinese else f"{day.day} {MONTHS[day.month - 1]}"
    if grain == "week":
        return f"{said}起一周" if chinese else f"Week of {said}"
    if grain == "hour":
        hour = int(key[11:13])
        return f"{said}{hour}时" if chinese else f"{said}, {hour}:00"
    return said


def between(grain: str, keys: Sequence[str]) -> tuple[str, ...]:
    """List all keys from the first to the last, so that a time without rows is a gap.

    Gives the keys as they are where there would be too many, and for hours.
    """
    if len(keys) < 2 or grain not in _NEXT:
        return tuple(keys)
    found, last = [min(keys)], max(keys)
    while found[-1] < last and len(found) <= MOST:
        found.append(_NEXT[grain](found[-1]))
    complete = found[-1] == last and set(keys) <= set(found)
    return tuple(found) if complete else tuple(sorted(keys))


def _month(key: str) -> str:
    year, month = (int(each) for each in key.split("-"))
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def _quarter(key: str) -> str:
    year, number = int(key[:4]), int(key[-1])
    return f"{year + number // 4:04d}-Q{number % 4 + 1}"


def _days(count: int, key: str) -> str:
    return (date.fromisoformat(key) + timedelta(days=count)).isoformat()


_NEXT: Mapping[str, Callable[[str], str]] = {
    "year": lambda key: f"{int(key) + 1:04d}",
    "quarter": _quarter,
    "month": _month,
    "week": lambda key: _days(7, key),
    "day": lambda key: _days(1, key),
}
