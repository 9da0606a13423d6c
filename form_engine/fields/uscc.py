"""A unified social credit code (GB 32100-2015)."""

import re

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from form_engine import cleaning, id_numbers
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


class UsccType(FieldType):
    """18 places without the letters I, O, S, V and Z."""

    id = "uscc"
    palette = Palette("person", "uscc", 30)

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Say which part is wrong: length, letters that the code never has, check digit."""
        text = re.sub(r"[-.]", "", cleaning.compact(cleaning.first(raw))).upper()
        if not text:
            return Cleaned(None)
        if not re.fullmatch(r"[0-9A-Z]+", text):
            return bad("uscc_characters")
        if len(text) != 18:
            return bad("uscc_length", count=len(text))
        strange = re.search(r"[IOSVZ]", text)
        if strange:
            return bad("uscc_letters", letter=strange.group())
        try:
            return Cleaned(uscc.validate(text))
        except ValidationError:
            return bad("uscc_check")

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input, wide enough for 18 places."""
        return id_numbers.controls(view)

    def mask(self, value: object) -> str:
        """Show the first six and the last four places."""
        return id_numbers.mask(str(value))

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of text: the code of a company is public."""
        return RecordShape("index") if field.sealed else RecordShape("text")


TYPE = UsccType()
