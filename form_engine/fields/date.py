"""A day."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from wtforms import StringField

from app_definitions import form as definitions
from form_engine import cleaning, dates, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import (
    Cleaned,
    Controls,
    ControlView,
    Field,
    FieldType,
    Palette,
    RecordShape,
    bad,
)
from form_engine.messages import Message
from form_engine.options import today

LIMIT = re.compile(r"today|-?P[0-9]{1,4}[YMD]|[0-9]{4}-[0-9]{2}-[0-9]{2}")
LIMITS: settings.Schema = {
    "type": "string",
    "pattern": rf"^({LIMIT.pattern})?$",
    "x-gcrm": "day",
}
_FIRST_YEAR = 1850


class DateType(FieldType):
    """One line in which a day may be written in several ways; limits may be relative to today."""

    id = "date"
    palette = Palette("number", "date", 30)
    settings_schema: ClassVar[settings.Schema] = settings.of(
        earliest=LIMITS,
        latest=LIMITS,
        autocomplete=settings.one_of("off", "bday", default="off"),
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `date`."""
        return "date"

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """Look for limits that name no day."""
        for name in ("earliest", "latest"):
            limit = definition.settings.get(name)
            if limit and limit_day(limit, dt.date(2000, 2, 29)) is None:
                yield f"settings.{name}", Message("settings_day", {"value": limit})

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Read the day and hold it against the limits."""
        found = dates.read_day(cleaning.first(raw))
        if isinstance(found, str):
            return bad(found)
        if found is None:
            return Cleaned(None)
        if found.year < _FIRST_YEAR:
            return bad("date_year", first=_FIRST_YEAR)
        return beyond(found, field, context) or Cleaned(found)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the day with its limits."""
        read: dict[str, Any] = {"as": "day"}
        for name in ("earliest", "latest"):
            limit = limit_day(str(field.settings.get(name, "")), today(context))
            if limit is not None:
                read[name] = limit.isoformat()
        return read

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the day in figures."""
        return {"": [value.isoformat()] if isinstance(value, dt.date) else []}

    def to_json(self, value: object, field: Field) -> Any:
        """Give the ISO date."""
        return value.isoformat() if isinstance(value, dt.date) else None

    def from_json(self, document: Any, field: Field) -> object:
        """Read the ISO date."""
        try:
            return dt.date.fromisoformat(document) if isinstance(document, str) else None
        except ValueError:
            return None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build one line of input; an example stands beside it."""
        given = {
            "class": "input input--mid",
            "autocomplete": field.settings["autocomplete"],
            "inputmode": "text",
        }
        return {"": StringField(default=view.first(), render_kw=given)}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the day with its weekday."""
        if not isinstance(value, dt.date):
            return ""
        return dates.say_day(value, field.texts, context.locale)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of days."""
        return None if field.sealed else RecordShape("date")


def beyond(day: dt.date, field: Field, context: FillContext) -> Cleaned | None:
    """Refuse a day outside the limits of a field."""
    now = today(context)
    earliest = limit_day(field.settings.get("earliest", ""), now)
    latest = limit_day(field.settings.get("latest", ""), now)
    if earliest and day < earliest:
        return bad("date_early", day=dates.say_day(earliest, field.texts, context.locale))
    if latest and day > latest:
        return bad("date_late", day=dates.say_day(latest, field.texts, context.locale))
    return None


def limit_day(limit: str, now: dt.date) -> dt.date | None:
    """Work out a limit: a day, `today`, or a distance from today such as `-P18Y` or `P30D`."""
    if limit == "today":
        return now
    found = re.fullmatch(r"(-?)P([0-9]{1,4})([YMD])", limit)
    try:
        if found is None:
            return dt.date.fromisoformat(limit) if limit else None
        distance = int(found.group(2)) * (-1 if found.group(1) else 1)
        if found.group(3) == "D":
            return now + dt.timedelta(days=distance)
        months = now.year * 12 + now.month - 1 + distance * (12 if found.group(3) == "Y" else 1)
        return _in_month(months // 12, months % 12 + 1, now.day)
    except (ValueError, OverflowError):
        return None


def _in_month(year: int, month: int, day: int) -> dt.date:
    for last in (day, 30, 29, 28):
        try:
            return dt.date(year, month, min(day, last))
        except ValueError:
            continue
    raise ValueError(f"There is no month {year}-{month}.")


TYPE = DateType()
