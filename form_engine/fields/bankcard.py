"""A bank card number."""

import re

from stdnum import luhn
from wtforms import StringField

from form_engine import cleaning
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, FieldType, Palette, bad


class BankcardType(FieldType):
    """16 to 19 digits, the last a check digit (Luhn)."""

    id = "bankcard"
    palette = Palette("person", "bankcard", 60)
    sealed_by_default = True

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Say which part is wrong: characters, length, check digit."""
        text = cleaning.compact(cleaning.first(raw)).replace("-", "")
        if not text:
            return Cleaned(None)
        if not re.fullmatch(r"[0-9]+", text):
            return bad("bankcard_digits")
        if not 16 <= len(text) <= 19:
            return bad("bankcard_length", count=len(text))
        if not luhn.is_valid(text):
            return bad("bankcard_check")
        return Cleaned(text)

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input with the keyboard for digits."""
        given = {"class": "input input--id", "autocomplete": "off", "inputmode": "numeric"}
        return {"": StringField(default=view.first(), render_kw=given)}

    def mask(self, value: object) -> str:
        """Show the last four digits."""
        return f"**** {str(value)[-4:]}"


TYPE = BankcardType()
