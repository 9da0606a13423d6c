"""A value that a formula gives; nobody types it."""

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from form_engine import settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, ControlView, Field, FieldType, Palette, RecordShape
from form_engine.fields import checkbox, date, date_time, number, text

_TYPES: Mapping[str, FieldType] = {
    "number": number.TYPE,
    "date": date.TYPE,
    "date and time": date_time.TYPE,
    "boolean": checkbox.TYPE,
    "string": text.TYPE,
}


class ComputedType(FieldType):
    """The formula stands in the field's `value`; the settings say what it gives."""

    id = "computed"
    palette = Palette("number", "computed", 50)
    template = "computed.html"
    answers = False
    settings_schema: ClassVar[settings.Schema] = settings.of(
        result=settings.one_of(*_TYPES, default="number"),
        decimals=settings.whole(0, 0, 6),
        unit=settings.text(20),
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give the type of the result."""
        return str(given.get("result", "number"))

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take nothing: what is posted for a formula is no answer."""
        return Cleaned(None)

    def settle(self, value: object, field: Field) -> object:
        """Round a result to its decimals; a result of another type is no result."""
        result = self.feel_type(field.settings)
        if result == "number":
            return _rounded(value, int(field.settings["decimals"]))
        kinds = {"string": str, "boolean": bool, "date and time": dt.datetime, "date": dt.date}
        fits = isinstance(value, kinds[result])
        if result == "date" and isinstance(value, dt.datetime):
            fits = False
        return value if fits else None

    def to_json(self, value: object, field: Field) -> Any:
        """Give a value as its own type does."""
        return _type_of(value).to_json(value, field)

    def from_json(self, document: Any, field: Field) -> object:
        """Read nothing: a formula is computed again."""
        return None

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Give the text that stands where other fields have a box."""
        return {"text": view.first()}

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the result as people read it."""
        shown = self.show(value, field, context)
        return {"": [shown] if shown else []}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say a result as its own type does."""
        return _type_of(value).show(value, field, context)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of the type of the result."""
        if field.sealed:
            return None
        decimals = int(field.settings["decimals"])
        shapes: dict[str, RecordShape] = {
            "number": RecordShape("decimal", decimals) if decimals else RecordShape("whole"),
            "date": RecordShape("date"),
            "date and time": RecordShape("moment"),
            "boolean": RecordShape("boolean"),
            "string": RecordShape("text"),
        }
        return shapes[self.feel_type(field.settings)]


def _rounded(value: object, decimals: int) -> Decimal | None:
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= 10**20:
        return None
    try:
        return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    except InvalidOperation:
        return None


def _type_of(value: object) -> FieldType:
    if isinstance(value, Decimal):
        return number.TYPE
    if isinstance(value, dt.datetime):
        return date_time.TYPE
    if isinstance(value, dt.date):
        return date.TYPE
    return checkbox.TYPE if isinstance(value, bool) else text.TYPE


TYPE = ComputedType()
