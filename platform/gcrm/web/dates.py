"""Days, moments and sums in the words of a language: with weekday, without leading zeros."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import g, has_app_context
from jinja2 import Environment

from gcrm.web.language import locale

WEEKDAYS = "一二三四五六日"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zone() -> dt.tzinfo:
    """Give the zone of this request's tenant; a page asks some hundred times."""
    try:
        known: dt.tzinfo = g._get_current_object().zone
    except (RuntimeError, AttributeError):  # outside a request, or before its tenant is known
        return ZoneInfo("Asia/Shanghai")
    return known


def local(moment: dt.datetime) -> dt.datetime:
    """Turn a UTC moment into the tenant's time."""
    return moment.astimezone(zone())


def _date(value: dt.date | dt.datetime) -> dt.date:
    return local(value).date() if isinstance(value, dt.datetime) else value


def day(value: dt.date | dt.datetime) -> str:
    """Say a day with its weekday: 11月26日（周四）, Thu 26 Nov; with the year if not this one."""
    date = _date(value)
    today = g.get("today", date) if has_app_context() else date
    this_year = today.year == date.year
    if locale() == "en":
        text = f"{DAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"
        return text if this_year else f"{text} {date.year}"
    text = f"{date.month}月{date.day}日（周{WEEKDAYS[date.weekday()]}）"
    return text if this_year else f"{date.year}年{text}"


def short(value: dt.date | dt.datetime) -> str:
    """Say a day shortly: 11月26日, 26 Nov."""
    date = _date(value)
    if locale() == "en":
        return f"{date.day} {MONTHS[date.month - 1]}"
    return f"{date.month}月{date.day}日"


def full(value: dt.date | dt.datetime) -> str:
    """Say a day with its year: 2026年11月26日, 26 Nov 2026."""
    date = _date(value)
    return f"{short(date)} {date.year}" if locale() == "en" else f"{date.year}年{short(date)}"


def month(value: dt.date | dt.datetime) -> str:
    """Say a month with its year: 2026年11月, Nov 2026."""
    date = _date(value)
    named = f"{MONTHS[date.month - 1]} {date.year}"
    return named if locale() == "en" else f"{date.year}年{date.month}月"


def moment(value: dt.datetime) -> str:
    """Say a day and a time: 11月19日 9:02."""
    return f"{short(value)} {clock_time(value)}"


def clock_time(value: dt.datetime) -> str:
    """Say a time: 9:02."""
    at = local(value)
    return f"{at.hour}:{at.minute:02d}"


def iso(value: dt.date | dt.datetime) -> str:
    """Write a day or moment for machines, in the tenant's time."""
    return (
        local(value).isoformat(timespec="minutes") if isinstance(value, dt.datetime) else str(value)
    )


def money(value: Decimal) -> str:
    """Say a sum in yuan with thousands."""
    text = f"{value:,.2f}".removesuffix(".00")
    return f"¥{text}" if locale() == "en" else f"{text}元"


def install(environment: Environment) -> None:
    """Give templates the filters."""
    environment.filters.update(
        day=day,
        short_day=short,
        full_day=full,
        moment=moment,
        clock_time=clock_time,
        iso=iso,
        money=money,
    )
