"""A number."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import StringField

from app_definitions import form as definitions
from form_engine import cleaning, settings
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

_NUMBER = re.compile(r"([+-]?)([0-9]{1,20})(?:\.([0-9]{1,12}))?")
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


class NumberType(FieldType):
    """A number with so many decimals, between two limits, in a unit."""

    id = "number"
    palette = Palette("number", "number", 10)
    settings_schema: ClassVar[settings.Schema] = settings.of(
        decimals=settings.whole(0, 0, 6),
        min=settings.decimal(),
        max=settings.decimal(),
        unit=settings.text(20),
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `number`."""
        return "number"

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """Look for limits that contradict each other."""
        least, most = definition.settings.get("min"), definition.settings.get("max")
        if least and most and Decimal(least) > Decimal(most):
            yield "settings.min", Message("settings_limits")

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take full-width digits, grouping commas, the unit and the sign of money."""
        text = self.bare(cleaning.first(raw), field, context)
        if not text:
            return Cleaned(None)
        found = _NUMBER.fullmatch(text)
        if found is None:
            return bad("number_shape")
        decimals = self.decimals(field)
        if len((found.group(3) or "").rstrip("0")) > decimals:
            return bad("number_decimals", decimals=decimals) if decimals else bad("number_whole")
        value = Decimal(text).quantize(Decimal(1).scaleb(-decimals))
        return self._within(value or abs(value), field, context)

    def bare(self, typed: str, field: Field, context: FillContext) -> str:
        """Take away what is no part of the number."""
        text = cleaning.compact(typed).replace("。", ".")
        unit = field.setting("unit", context.locale)
        for extra in ("¥", "￥", "元", cleaning.compact(unit)):
            text = text.removeprefix(extra).removesuffix(extra) if extra else text
        if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", text):
            text = text.replace(",", "")
        return text

    def decimals(self, field: Field) -> int:
        """Tell how many places after the point are kept."""
        return int(field.settings["decimals"])

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the number with its limits, without its unit."""
        read: dict[str, Any] = {"as": "number", "decimals": self.decimals(field)}
        unit = field.setting("unit", context.locale)
        read["without"] = ["¥", "￥", "元", *([cleaning.compact(unit)] if unit else [])]
        limits = {name: field.settings.get(name) for name in ("min", "max")}
        return read | {name: limit for name, limit in limits.items() if limit}

    def _within(self, value: Decimal, field: Field, context: FillContext) -> Cleaned:
        least, most = field.settings.get("min"), field.settings.get("max")
        unit = field.setting("unit", context.locale) or self.unit(field, context)
        if least and value < Decimal(least):
            return bad("number_small", min=grouped(Decimal(least)), unit=unit)
        if most and value > Decimal(most):
            return bad("number_large", max=grouped(Decimal(most)), unit=unit)
        return Cleaned(value)

    def unit(self, field: Field, context: FillContext) -> str:
        """Give the unit written behind the number."""
        return field.setting("unit", context.locale)

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the digits, without grouping."""
        return {"": [f"{value:f}"] if isinstance(value, Decimal) else []}

    def to_json(self, value: object, field: Field) -> Any:
        """Give decimal notation."""
        return f"{value:f}" if isinstance(value, Decimal) else None

    def from_json(self, document: Any, field: Field) -> object:
        """Read decimal notation."""
        if isinstance(document, str) and _PLAIN.fullmatch(document):
            return Decimal(document)
        return None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a short line of input with the keyboard for numbers."""
        mode = "decimal" if self.decimals(field) else "numeric"
        given = {"class": "input input--short", "autocomplete": "off", "inputmode": mode}
        return {"": StringField(default=view.first(), render_kw=given)}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Put the unit behind the box."""
        return {"unit": self.unit(field, view.context)}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the number in groups of three, with its unit."""
        if not isinstance(value, Decimal):
            return ""
        unit = self.unit(field, context)
        gap = " " if unit and unit.isascii() and unit not in "%" else ""
        return f"{grouped(value)}{gap}{unit}"

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of whole numbers or decimals; a sealed number has none."""
        if field.sealed:
            return None
        decimals = self.decimals(field)
        return RecordShape("decimal", decimals) if decimals else RecordShape("whole")


def grouped(value: Decimal) -> str:
    """Write a number with commas between thousands."""
    return f"{value:,f}"


TYPE = NumberType()
