"""A moment: a day and a time of day, in the zone of the platform."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import StringField

from form_engine import cleaning, dates, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, Palette, RecordShape, bad
from form_engine.fields.date import LIMITS, DateType, beyond


class DatetimeType(DateType):
    """Two lines, the day and the time; the value is an aware moment in UTC."""

    id = "datetime"
    palette = Palette("number", "datetime", 40)
    template = "datetime.html"
    first_part = "date"
    grouped = True
    settings_schema: ClassVar[settings.Schema] = settings.of(earliest=LIMITS, latest=LIMITS)

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `date and time`."""
        return "date and time"

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Leave moments to the server."""
        return None

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Read the day and the time, each with its own message."""
        day = dates.read_day(cleaning.first(raw, "date"))
        time = dates.read_time(cleaning.first(raw, "time"))
        if day is None and time is None:
            return Cleaned(None)
        if not isinstance(day, dt.date):
            return bad(day or "datetime_no_day", "date")
        if not isinstance(time, dt.time):
            return bad(time or "datetime_no_time", "time")
        refused = beyond(day, field, context)
        if refused:
            return refused
        try:
            moment = dt.datetime.combine(day, time, context.evaluation.zone)
            return Cleaned(moment.astimezone(dt.UTC))
        except OverflowError:
            return bad("date_no_such_day")

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the day and the time in figures."""
        if not isinstance(value, dt.datetime):
            return {"date": [], "time": []}
        local = value.astimezone(context.evaluation.zone)
        return {"date": [local.date().isoformat()], "time": [f"{local:%H:%M}"]}

    def to_json(self, value: object, field: Field) -> Any:
        """Give the moment in UTC."""
        if not isinstance(value, dt.datetime):
            return None
        return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def from_json(self, document: Any, field: Field) -> object:
        """Read a moment; one without a zone is none."""
        try:
            moment = dt.datetime.fromisoformat(document) if isinstance(document, str) else None
        except ValueError:
            return None
        return moment.astimezone(dt.UTC) if moment and moment.tzinfo else None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line for the day and a shorter one for the time."""
        day = {"class": "input input--mid", "autocomplete": "off"}
        time = {"class": "input input--short", "autocomplete": "off"}
        return {
            "date": StringField(default=view.first("date"), render_kw=day),
            "time": StringField(default=view.first("time"), render_kw=time),
        }

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the day with its weekday, and the time."""
        if not isinstance(value, dt.datetime):
            return ""
        return dates.say_moment(value, context.evaluation.zone, field.texts, context.locale)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of moments."""
        return None if field.sealed else RecordShape("moment")


TYPE = DatetimeType()
