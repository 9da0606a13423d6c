"""Dates, times and durations: reading, writing and arithmetic (DMN 1.5, 10.3.2.3.4 to 9)."""

import datetime as dt
import re
import zoneinfo
from typing import Any

from rule_engine.values import (
    DAY,
    NANOSECONDS,
    DaysDuration,
    MonthsDuration,
    Time,
    WideDate,
    WideMoment,
)
from rule_engine.wide import (
    AnyDate,
    AnyMoment,
    date_of,
    instant,
    join,
    local,
    make_date,
    moved,
    moved_months,
    number_of,
    offset,
    split,
)

DATES = (dt.date, WideDate)
MOMENTS = (dt.datetime, WideMoment)

_DATE = re.compile(r"(-?)(\d{4}|[1-9]\d{4,8})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w/+-]*)?",
    re.ASCII,
)
_OFFSET = re.compile(r"[+-]\d\d:\d\d(?::\d\d)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?:(\d{1,18})D)?"
    r"(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,18}))?S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)

MAX_DURATION = 10**9 * 366 * DAY
MAX_MONTHS = 12 * 10**10


def read_date(text: str) -> AnyDate | None:
    """Read `2026-11-24`."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year = int(found[2])
    return make_date(-year if found[1] else year, int(found[3]), int(found[4]))


def read_time(text: str) -> Time | None:
    """Read `08:30:00`, with an offset or a zone or without."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    zone: dt.tzinfo | None = None
    if found[5] is not None:
        zone = read_zone(found[5])
        if zone is None:
            return None
    fraction = int((found[4] or "0")[:9].ljust(9, "0"))
    return make_time(int(found[1]), int(found[2]), int(found[3]), fraction, zone)


def make_time(
    hour: int, minute: int, second: int, nanosecond: int, zone: dt.tzinfo | None
) -> Time | None:
    """Give a time of day, or None where there is no such time."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    return Time(hour, minute, second, nanosecond, zone)


def read_zone(text: str) -> dt.tzinfo | None:
    """Read `Z`, `+08:00` or `@Asia/Shanghai`."""
    if text in ("Z", "z"):
        return dt.UTC
    if text.startswith("@"):
        try:
            return zoneinfo.ZoneInfo(text[1:])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return None
    if not _OFFSET.fullmatch(text):
        return None
    sign = -1 if text[0] == "-" else 1
    parts = [int(part) for part in text[1:].split(":")]
    hours, minutes = parts[0], parts[1]
    seconds = parts[2] if len(parts) > 2 else 0
    if hours > 14 or minutes > 59 or seconds > 59:
        return None
    return fixed_zone(sign * (hours * 3600 + minutes * 60 + seconds))


def fixed_zone(seconds: int) -> dt.tzinfo | None:
    """Give the zone of an offset in seconds; None beyond 14 hours."""
    if abs(seconds) > 14 * 3600:
        return None
    return dt.UTC if seconds == 0 else dt.timezone(dt.timedelta(seconds=seconds))


def read_moment(text: str) -> AnyMoment | None:
    """Read a date and time; a bare date is its midnight, 24 o'clock the next one."""
    day, mark, rest = text.partition("T")
    date = read_date(day)
    if date is None:
        return None
    if not mark:
        return join(date, Time(0, 0, 0))
    if rest.startswith("24:00:00") and not rest.startswith("24:00:00."):
        time = read_time(f"00{rest[2:]}")
        date = date_of(number_of(date) + 1)
    else:
        time = read_time(rest)
    return None if time is None or date is None else join(date, time)


def time_of(moment: AnyMoment) -> Time:
    """Take the time of day out of a date and time."""
    return split(moment)[1]


def date_part(value: AnyDate | AnyMoment) -> AnyDate:
    """Take the date out of a date and time; a date is itself."""
    return split(value)[0] if isinstance(value, dt.datetime | WideMoment) else value


def midnight(date: AnyDate) -> AnyMoment:
    """Give a date as its first moment in UTC, as FEEL has it where it needs a moment."""
    return join(date, Time(0, 0, 0, 0, dt.UTC))


def read_days(text: str) -> DaysDuration | None:
    """Read `P3DT4H`."""
    found = _DAYS.fullmatch(text)
    if not found or not any(found[i] for i in range(2, 6)) or text.endswith(("T", "P")):
        return None
    days, hours, minutes, seconds = (int(found[i] or 0) for i in range(2, 6))
    fraction = int((found[6] or "0")[:9].ljust(9, "0"))
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    length = total * NANOSECONDS + fraction
    return days_of(-length if found[1] else length)


def days_of(nanoseconds: int) -> DaysDuration | None:
    """Give a length within bounds, or None."""
    return DaysDuration(nanoseconds) if abs(nanoseconds) <= MAX_DURATION else None


def read_months(text: str) -> MonthsDuration | None:
    """Read `P1Y6M`."""
    found = _MONTHS.fullmatch(text)
    if not found or not (found[2] or found[3]):
        return None
    months = int(found[2] or 0) * 12 + int(found[3] or 0)
    return months_of(-months if found[1] else months)


def months_of(months: int) -> MonthsDuration | None:
    """Give a length within bounds, or None."""
    return MonthsDuration(months) if abs(months) <= MAX_MONTHS else None


def read_any(text: str) -> object:
    """Read what `@"..."` holds: a date, a time, a date and time or a duration; None if nothing."""
    for reader in (read_date, read_time, read_days, read_months):
        value = reader(text)
        if value is not None:
            return value
    return read_moment(text) if "T" in text else None


def write_zone(zone: dt.tzinfo | None, seconds: int | None) -> str:
    """Write a zone behind a time."""
    if zone is None:
        return ""
    if isinstance(zone, zoneinfo.ZoneInfo):
        return f"@{zone.key}"
    if not seconds:
        return "Z"
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{sign}{hours:02}:{minutes:02}"
    return f"{text}:{rest:02}" if rest else text


def write_time(value: Time) -> str:
    """Write a time of day."""
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.nanosecond:
        text += "." + f"{value.nanosecond:09}".rstrip("0")
    return text + write_zone(value.zone, value.offset())


def write_date(value: AnyDate) -> str:
    """Write a date."""
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def write_moment(value: AnyMoment) -> str:
    """Write a date and time."""
    date, time = split(value)
    text = f"{write_date(date)}T{time.hour:02}:{time.minute:02}:{time.second:02}"
    if time.nanosecond:
        text += "." + f"{time.nanosecond:09}".rstrip("0")
    return text + write_zone(time.zone, offset(value))


def write_days(value: DaysDuration) -> str:
    """Write a days and time duration."""
    if value.nanoseconds == 0:
        return "PT0S"
    days, hours, minutes, seconds, nanos = (abs(part) for part in value.parts())
    text = "-P" if value.nanoseconds < 0 else "P"
    if days:
        text += f"{days}D"
    if hours or minutes or seconds or nanos:
        text += "T"
        text += f"{hours}H" if hours else ""
        text += f"{minutes}M" if minutes else ""
        if seconds or nanos:
            fraction = "." + f"{nanos:09}".rstrip("0") if nanos else ""
            text += f"{seconds}{fraction}S"
    return text


def write_months(value: MonthsDuration) -> str:
    """Write a years and months duration."""
    if value.months == 0:
        return "P0M"
    years, months = (abs(part) for part in value.parts())
    text = "-P" if value.months < 0 else "P"
    return text + (f"{years}Y" if years else "") + (f"{months}M" if months else "")


def add_months(value: Any, months: int) -> Any:
    """Go months on; a day that the month does not have becomes its last one."""
    return moved_months(value, months)


def add_days(value: Any, length: DaysDuration) -> Any:
    """Go a length on; a date counts whole days from its midnight."""
    if isinstance(value, dt.datetime) and isinstance(value.tzinfo, zoneinfo.ZoneInfo):
        try:
            there = value.astimezone(dt.UTC) + length.timedelta()
            return there.astimezone(value.tzinfo)
        except OverflowError:
            return None
    return moved(value, length.nanoseconds)


def add_to_time(value: Time, length: DaysDuration) -> Time:
    """Go a length on round the clock."""
    total = (value.since_midnight() + length.nanoseconds) % DAY
    seconds, nanosecond = divmod(total, NANOSECONDS)
    return Time(seconds // 3600, seconds // 60 % 60, seconds % 60, nanosecond, value.zone)


def between_moments(later: Any, earlier: Any) -> DaysDuration | None:
    """Give the length between two dates or moments; None where only one of them has an offset."""
    if not isinstance(later, MOMENTS) and not isinstance(earlier, MOMENTS):
        return DaysDuration((number_of(later) - number_of(earlier)) * DAY)
    first, second = (
        value if isinstance(value, MOMENTS) else midnight(value) for value in (earlier, later)
    )
    start, end = instant(first), instant(second)
    if (start is None) != (end is None):
        return None
    if start is None or end is None:
        start, end = local(first), local(second)
    return days_of(end - start)


def months_between(start: AnyDate, end: AnyDate) -> int:
    """Count whole months from one date to another, negative backwards."""
    if (end.year, end.month, end.day) < (start.year, start.month, start.day):
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


__all__ = [
    "DATES",
    "MOMENTS",
    "AnyDate",
    "AnyMoment",
    "add_days",
    "add_months",
    "add_to_time",
    "between_moments",
    "date_part",
    "days_of",
    "fixed_zone",
    "instant",
    "join",
    "local",
    "make_date",
    "make_time",
    "midnight",
    "months_between",
    "months_of",
    "offset",
    "read_any",
    "read_date",
    "read_days",
    "read_moment",
    "read_months",
    "read_time",
    "read_zone",
    "time_of",
    "write_date",
    "write_days",
    "write_moment",
    "write_months",
    "write_time",
    "write_zone",
]
