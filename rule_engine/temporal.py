"""Dates, times and durations: reading, writing and arithmetic (DMN 1.5, 10.3.2.3.4 to 9)."""

import calendar
import datetime as dt
import re
import zoneinfo

from rule_engine.values import (
    DAY,
    NANOSECONDS,
    DaysDuration,
    MonthsDuration,
    Time,
    offset_of,
)

_DATE = re.compile(r"(-?)(\d{4}|[1-9]\d{4,8})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w/+-]*)?",
    re.ASCII,
)
_DAYS = re.compile(
    r"(-?)P(?:(\d{1,18})D)?"
    r"(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,18}))?S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)

MAX_DURATION = 10**9 * 366 * DAY
MAX_MONTHS = 12 * 10**10


def read_date(text: str) -> dt.date | None:
    """Read `2026-11-24`."""
    found = _DATE.fullmatch(text)
    if not found or found[1]:
        return None
    return make_date(int(found[2]), int(found[3]), int(found[4]))


def make_date(year: int, month: int, day: int) -> dt.date | None:
    """Give a date of the years 1 to 9999, or None where there is no such day."""
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError):
        return None


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


def read_moment(text: str) -> dt.datetime | None:
    """Read a date and time; a bare date is its midnight."""
    day, mark, rest = text.partition("T")
    date = read_date(day)
    if date is None:
        return None
    if not mark:
        return dt.datetime(date.year, date.month, date.day)
    time = read_time(rest)
    return None if time is None else join(date, time)


def join(date: dt.date, time: Time) -> dt.datetime:
    """Put a date and a time together; fractions are kept to the microsecond."""
    return dt.datetime(
        date.year,
        date.month,
        date.day,
        time.hour,
        time.minute,
        time.second,
        time.nanosecond // 1000,
        time.zone,
    )


def time_of(moment: dt.datetime) -> Time:
    """Take the time of day out of a date and time."""
    return Time(moment.hour, moment.minute, moment.second, moment.microsecond * 1000, moment.tzinfo)


def midnight(date: dt.date) -> dt.datetime:
    """Give a date as its first moment in UTC, as FEEL has it where it needs a moment."""
    return dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)


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


def write_moment(value: dt.datetime) -> str:
    """Write a date and time."""
    text = f"{value.year:04}-{value.month:02}-{value.day:02}"
    text += f"T{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += "." + f"{value.microsecond:06}".rstrip("0")
    return text + write_zone(value.tzinfo, offset_of(value.tzinfo, value))


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


def add_months(date: dt.date, months: int) -> dt.date | None:
    """Go months on; a day that the month does not have becomes its last one."""
    total = date.year * 12 + date.month - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9999:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return date.replace(year=year, month=month + 1, day=min(date.day, last))


def add_days(value: dt.date, length: DaysDuration) -> dt.date | None:
    """Go a length on; a date counts whole days from its midnight."""
    try:
        if isinstance(value, dt.datetime):
            if isinstance(value.tzinfo, zoneinfo.ZoneInfo):
                moved = value.astimezone(dt.UTC) + length.timedelta()
                return moved.astimezone(value.tzinfo)
            return value + length.timedelta()
        moved = dt.datetime(value.year, value.month, value.day) + length.timedelta()
        return moved.date()
    except OverflowError:
        return None


def add_to_time(value: Time, length: DaysDuration) -> Time:
    """Go a length on round the clock."""
    total = (value.since_midnight() + length.nanoseconds) % DAY
    seconds, nanosecond = divmod(total, NANOSECONDS)
    return Time(seconds // 3600, seconds // 60 % 60, seconds % 60, nanosecond, value.zone)


def between_moments(later: dt.date, earlier: dt.date) -> DaysDuration | None:
    """Give the length between two dates or moments; None where only one of them has an offset."""
    first, second = _as_moment(earlier, later), _as_moment(later, earlier)
    if (first.tzinfo is None) != (second.tzinfo is None):
        return None
    if first.tzinfo is not None:
        first, second = first.astimezone(dt.UTC), second.astimezone(dt.UTC)
    length = second - first
    micros = (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
    return DaysDuration(micros * 1000)


def _as_moment(value: dt.date, other: dt.date) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(other, dt.datetime):
        return midnight(value)
    return dt.datetime(value.year, value.month, value.day)


def months_between(start: dt.date, end: dt.date) -> int:
    """Count whole months from one date to another, negative backwards."""
    if _key(end) < _key(start):
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    if _inner(end) < _inner(start):
        months -= 1
    return months


def _key(value: dt.date) -> tuple[int, ...]:
    return (value.year, value.month, *_inner(value))


def _inner(value: dt.date) -> tuple[int, ...]:
    if isinstance(value, dt.datetime):
        return (value.day, value.hour, value.minute, value.second, value.microsecond)
    return (value.day, 0, 0, 0, 0)
