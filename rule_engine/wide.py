"""Dates and moments on one line of days and nanoseconds, for all years (proleptic Gregorian)."""

import datetime as dt

from rule_engine.values import DAY, NANOSECONDS, Time, WideDate, WideMoment, offset_of

AnyDate = dt.date | WideDate
AnyMoment = dt.datetime | WideMoment
MAX_YEAR = 999_999_999
_BEFORE_EPOCH = 719_468
_ERA = 146_097


def make_date(year: int, month: int, day: int) -> AnyDate | None:
    """Give a date, or None where there is no such day."""
    if 1 <= year <= 9999:
        try:
            return dt.date(year, month, day)
        except ValueError:
            return None
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= last_day(year, month):
        return None
    return WideDate(year, month, day)


def last_day(year: int, month: int) -> int:
    """Give the number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def number_of(date: AnyDate) -> int:
    """Give the number of a day."""
    year = date.year - (date.month <= 2)
    era, of_era = divmod(year, 400)
    of_year = (153 * ((date.month + 9) % 12) + 2) // 5 + date.day - 1
    return era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _BEFORE_EPOCH


def date_of(number: int) -> AnyDate | None:
    """Give the day of a number."""
    era, of_era = divmod(number + _BEFORE_EPOCH, _ERA)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return make_date(year + era * 400 + (month <= 2), month, day)


def join(date: AnyDate, time: Time) -> AnyMoment:
    """Put a date and a time together."""
    if isinstance(date, WideDate) or time.nanosecond % 1000:
        return WideMoment(date, time)
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


def split(moment: AnyMoment) -> tuple[AnyDate, Time]:
    """Take a date and time apart."""
    if isinstance(moment, WideMoment):
        return moment.date, moment.time
    nanosecond = moment.microsecond * 1000
    time = Time(moment.hour, moment.minute, moment.second, nanosecond, moment.tzinfo)
    return moment.date(), time


def offset(moment: AnyMoment) -> int | None:
    """Give the offset from UTC in seconds at a moment."""
    if isinstance(moment, dt.datetime):
        return offset_of(moment.tzinfo, moment)
    year = min(max(moment.date.year, 2), 9998)
    day = dt.datetime(year, moment.date.month, min(moment.date.day, 28))
    return offset_of(moment.time.zone, day)


def local(moment: AnyMoment) -> int:
    """Give the place of a moment on the line, in nanoseconds, as its own clock has it."""
    date, time = split(moment)
    return number_of(date) * DAY + time.since_midnight()


def instant(moment: AnyMoment) -> int | None:
    """Give the place of a moment on the line of UTC; None where it has no zone."""
    shift = offset(moment)
    return None if shift is None else local(moment) - shift * NANOSECONDS


def moved(value: AnyDate | AnyMoment, nanoseconds: int) -> AnyDate | AnyMoment | None:
    """Go a length on; a date counts whole days from its midnight."""
    if isinstance(value, WideDate) or type(value) is dt.date:
        return date_of(number_of(value) + nanoseconds // DAY)
    assert isinstance(value, dt.datetime | WideMoment)  # noqa: S101
    days, rest = divmod(local(value) + nanoseconds, DAY)
    date, (_, time) = date_of(days), split(value)
    if date is None:
        return None
    seconds, nanosecond = divmod(rest, NANOSECONDS)
    clock = Time(seconds // 3600, seconds // 60 % 60, seconds % 60, nanosecond, time.zone)
    return join(date, clock)


def moved_months(value: AnyDate | AnyMoment, months: int) -> AnyDate | AnyMoment | None:
    """Go months on; a day that the month does not have becomes its last one."""
    if isinstance(value, dt.datetime | WideMoment):
        date, time = split(value)
        day = moved_months(date, months)
        return join(day, time) if isinstance(day, dt.date | WideDate) else None
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    return make_date(year, month + 1, min(value.day, last_day(year, month + 1)))
