"""Days and times as people write them, and as they read them."""

import datetime as dt
import re

from form_engine import cleaning
from form_engine.messages import Texts, is_chinese

_DAY = (
    re.compile(r"([0-9]{4})[-/.年 ]([0-9]{1,2})[-/.月 ]([0-9]{1,2})[日号]?"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)
_TIME = re.compile(
    r"(上午|下午|晚上|中午|凌晨|早上|am|pm)?"
    r"([0-9]{1,2})(?:[:点时.]([0-9]{1,2})?分?|([0-9]{2}))?(?::[0-9]{2})?(半)?(am|pm)?"
)


def read_day(typed: str) -> dt.date | str | None:
    """Read a day; the code of a message where it cannot be one, `None` where nothing is typed."""
    spaced = cleaning.line(cleaning.half_width(typed))
    if not spaced:
        return None
    packed = cleaning.compact(spaced)
    for text in (packed, spaced):
        for shape in _DAY:
            found = shape.fullmatch(text)
            if found is None:
                continue
            try:
                return dt.date(*(int(part) for part in found.groups()))
            except ValueError:
                return "date_no_such_day"
    return "date_shape"


def read_time(typed: str) -> dt.time | str | None:
    """Read a time of day such as 14:30, 1430, 下午2点半 or 2:30 pm."""
    text = cleaning.compact(typed).lower()
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None or (found.group(4) and len(found.group(2)) > 2):
        return "time_shape"
    before, hour_text, after_sign, packed, half, behind = found.groups()
    hour, minute = int(hour_text), int(after_sign or packed or 0)
    if half:
        minute = 30
    if (before in ("下午", "晚上", "pm") or behind == "pm") and hour < 12:
        hour += 12
    elif (before in ("凌晨", "am") or behind == "am") and hour == 12:
        hour = 0
    try:
        return dt.time(hour, minute)
    except ValueError:
        return "time_shape"


def say_day(day: dt.date, texts: Texts, locale: str) -> str:
    """Say a day with its weekday."""
    weekday = texts.word(f"weekday.{day.isoweekday()}", locale)
    if is_chinese(locale):
        return f"{day.year}年{day.month}月{day.day}日（{weekday}）"
    month = texts.word(f"month.{day.month}", locale)
    return f"{weekday} {day.day} {month} {day.year}"


def say_moment(moment: dt.datetime, zone: dt.tzinfo, texts: Texts, locale: str) -> str:
    """Say a moment in a zone: the day with its weekday, and hours and minutes."""
    local = moment.astimezone(zone)
    gap = "" if is_chinese(locale) else ", "
    return f"{say_day(local.date(), texts, locale)}{gap}{local:%H:%M}"
