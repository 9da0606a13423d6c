"""Functions on dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.7 and 10.3.4.8)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from rule_engine import temporal
from rule_engine.functions.registry import feel
from rule_engine.numeric import as_int, of_int
from rule_engine.running import Run
from rule_engine.values import DaysDuration, MonthsDuration, Time

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@feel(
    "date",
    "from: string",
    "from: date|moment",
    "year: number, month: number, day: number",
    result="date",
    people={
        "zh": "{0}这一天",
        "en": "the day {0}",
        "zh/3": "{0}年，{1}月，{2}日",
        "en/3": "year {0}, month {1}, day {2}",
    },
    by_signature=True,
    wide=True,
)
def date(run: Run, way: int, first: Any, month: Any = None, day: Any = None) -> Any:
    """Make a date of a text, a moment or its parts."""
    if way == 0:
        return temporal.read_date(first)
    if way == 1:
        return temporal.date_part(first)
    parts = [as_int(part) for part in (first, month, day)]
    return None if None in parts else temporal.make_date(*(part or 0 for part in parts))


@feel(
    "time",
    "from: string",
    "from: time|moment|date",
    "hour: number, minute: number, second: number, offset?: days?",
    result="time",
    by_signature=True,
    wide=True,
)
def time(
    run: Run, way: int, first: Any, minute: Any = None, second: Any = None, offset: Any = None
) -> Any:
    """Make a time of day of a text, a moment or its parts."""
    if way == 0:
        return temporal.read_time(first.removeprefix("T")) if not first.startswith("T") else None
    if way == 1:
        if isinstance(first, Time):
            return first
        if isinstance(first, temporal.MOMENTS):
            return temporal.time_of(first)
        return Time(0, 0, 0, 0, dt.UTC)
    hours, minutes = as_int(first), as_int(minute)
    whole = int(second)
    nanos = int((second - whole) * 1_000_000_000)
    if hours is None or minutes is None or second < 0:
        return None
    zone: dt.tzinfo | None = None
    if offset is not None:
        zone = temporal.fixed_zone(offset.nanoseconds // 1_000_000_000)
        if zone is None:
            return None
    return temporal.make_time(hours, minutes, whole, nanos, zone)


@feel(
    "date and time",
    "from: string",
    "from: moment|date",
    "date: date|moment, time: time",
    "date: date|moment, timezone: string",
    result="moment",
    by_signature=True,
    wide=True,
)
def date_and_time(run: Run, way: int, first: Any, second: Any = None) -> Any:
    """Make a moment of a text, or of a date and a time."""
    if way == 0:
        return temporal.read_moment(first)
    if way == 1:
        return first if isinstance(first, temporal.MOMENTS) else temporal.midnight(first)
    if way == 3:
        zone = (
            temporal.read_zone(second if second[:1] in ("Z", "z", "+", "-") else f"@{second}")
            if second
            else None
        )
        if zone is None or not isinstance(first, dt.datetime):
            return None
        return first.astimezone(zone) if first.tzinfo else first.replace(tzinfo=zone)
    return temporal.join(temporal.date_part(first), second)


@feel("duration", "from: string", "from: days|months", result="any", by_signature=True)
def duration(run: Run, way: int, text: Any) -> Any:
    """Read a duration."""
    if way == 1:
        return text
    length = temporal.read_days(text)
    return temporal.read_months(text) if length is None else length


@feel(
    "years and months duration",
    "from: date|moment, to: date|moment",
    result="months",
    wide=True,
)
def years_and_months_duration(run: Run, start: Any, end: Any) -> Any:
    """Give the whole months between two dates."""
    return MonthsDuration(
        temporal.months_between(temporal.date_part(start), temporal.date_part(end))
    )


@feel("day of week", "date: date|moment", result="string")
def day_of_week(run: Run, day: dt.date) -> Any:
    """Name the day of the week in English, as FEEL has it."""
    return _DAYS[day.weekday()]


@feel("day of year", "date: date|moment", result="number")
def day_of_year(run: Run, day: dt.date) -> Any:
    """Count the days since the year began."""
    return of_int(day.timetuple().tm_yday)


@feel("week of year", "date: date|moment", result="number")
def week_of_year(run: Run, day: dt.date) -> Any:
    """Give the number of the week (ISO 8601)."""
    return of_int(day.isocalendar().week)


@feel("month of year", "date: date|moment", result="string")
def month_of_year(run: Run, day: dt.date) -> Any:
    """Name the month in English, as FEEL has it."""
    return _MONTHS[day.month - 1]


@feel("last day of month", "date: date|moment", result="number")
def last_day_of_month(run: Run, day: dt.date) -> Any:
    """Give the number of days of the month."""
    first = temporal.add_months(dt.date(day.year, day.month, 1), 1)
    return of_int((first - dt.timedelta(1)).day) if first else Decimal(31)


@feel("now", "", result="moment", people={"zh": "现在", "en": "now"})
def now(run: Run) -> Any:
    """Give the moment of the evaluation in the tenant's zone."""
    return run.context.now.astimezone(run.context.zone)


@feel("today", "", result="date", people={"zh": "今天", "en": "today"})
def today(run: Run) -> Any:
    """Give the day of the evaluation in the tenant's zone."""
    return run.context.now.astimezone(run.context.zone).date()


@feel("is", "value1: any, value2: any", result="boolean")
def is_(run: Run, first: Any, second: Any) -> Any:
    """Tell whether two values are the same down to the zone."""
    if type(first) is not type(second):
        return False
    if isinstance(first, temporal.MOMENTS):
        return temporal.write_moment(first) == temporal.write_moment(second)
    if isinstance(first, Time | DaysDuration):
        return first == second
    return bool(first == second)


ALL = (
    date, time, date_and_time, duration, years_and_months_duration, day_of_week, day_of_year,
    week_of_year, month_of_year, last_day_of_month, now, today, is_,
)  # fmt: skip
