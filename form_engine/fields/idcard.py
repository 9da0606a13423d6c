"""A citizen's ID number (GB 11643-1999), with birth date and sex derived from it."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from form_engine import cleaning, id_numbers
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, FieldType, Palette, bad
from form_engine.messages import Message, message

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENCE = ("810000", "820000", "830000")


class IdcardType(FieldType):
    """18 places, the last a check digit or X; the division is looked up, but stops nobody."""

    id = "idcard"
    palette = Palette("person", "idcard", 10)
    sealed_by_default = True

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Say which part is wrong: length, characters, birth date, check digit."""
        text = re.sub(r"[-.·]", "", cleaning.compact(cleaning.first(raw))).upper()
        text = text.replace("×", "X").replace("Х", "X")
        if not text:
            return Cleaned(None)
        if len(text) == 15 and re.fullmatch(r"[0-9]{15}", text):
            return bad("idcard_old")
        if not re.fullmatch(r"[0-9A-Z]+", text):
            return bad("idcard_characters")
        if len(text) != 18:
            return bad("idcard_length", count=len(text))
        if _SHAPE.fullmatch(text) is None:
            return bad("idcard_characters")
        zone = context.evaluation.zone
        born = birth_date(text)
        if born is None or born > context.evaluation.now.astimezone(zone).date():
            return bad("idcard_birth", born=f"{text[6:10]}-{text[10:12]}-{text[12:14]}")
        if check_digit(text) != text[17]:
            return bad("idcard_check")
        return Cleaned(text, warnings=self._warnings(text, context))

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read a number whose check digit fits."""
        return {"as": "resident_id"}

    def _warnings(self, text: str, context: FillContext) -> tuple[Message, ...]:
        division = text[:6]
        if context.regions is None or division in _RESIDENCE or division[0] == "9":
            return ()
        if context.regions.get(division) is not None:
            return ()
        return (message("idcard_division", division=division),)

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input, wide enough for 18 places."""
        return id_numbers.controls(view)

    def mask(self, value: object) -> str:
        """Show the first six and the last four places."""
        return id_numbers.mask(str(value))


def check_digit(number: str) -> str:
    """Work out the last place from the first seventeen (ISO 7064 MOD 11-2)."""
    pairs = zip(WEIGHTS, number, strict=False)
    return _CHECKS[sum(weight * int(digit) for weight, digit in pairs) % 11]


def birth_date(number: str) -> dt.date | None:
    """Read the birth date, or `None` where there is no such day."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


TYPE = IdcardType()
