"""A telephone number, mobile or, where the designer allows it, a landline."""

import re
from typing import ClassVar

from wtforms import TelField

from form_engine import cleaning, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, FieldType, Palette, bad

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[0-9]{2,3})([2-9][0-9]{6,7})(?:(?:转|x|ext)([0-9]{1,6}))?")


class PhoneType(FieldType):
    """A mobile number has 11 digits and begins with 13 to 19."""

    id = "phone"
    palette = Palette("person", "phone", 40)
    sealed_by_default = True
    settings_schema: ClassVar[settings.Schema] = settings.of(landline=settings.yes())

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take out blanks, dashes, brackets and +86."""
        text = re.sub(r"[-.()]", "", cleaning.compact(cleaning.first(raw))).lower()
        text = re.sub(r"^(\+|00)86", "", text)
        if not text:
            return Cleaned(None)
        if _MOBILE.fullmatch(text):
            return Cleaned(text)
        if field.settings["landline"]:
            found = _LANDLINE.fullmatch(text)
            if found:
                return Cleaned("-".join(part for part in found.groups() if part))
            return bad("phone_landline")
        if not re.fullmatch(r"[0-9]+", text):
            return bad("phone_digits")
        if len(text) != 11:
            return bad("phone_length", count=len(text))
        return bad("phone_start")

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input with the keyboard for digits."""
        given = {"class": "input input--mid", "autocomplete": "tel", "inputmode": "tel"}
        return {"": TelField(default=view.first(), render_kw=given)}

    def mask(self, value: object) -> str:
        """Show the first three and the last four digits."""
        text = str(value)
        return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "****"


TYPE = PhoneType()
