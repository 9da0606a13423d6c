"""An e-mail address."""

import re

from wtforms import EmailField

from form_engine import cleaning
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, FieldType, Palette, bad

_ADDRESS = re.compile(r"[^@\s,;，；]{1,64}@[^@\s,;，；.]+(\.[^@\s,;，；.]+)+")


class EmailType(FieldType):
    """One address; the full stop and the @ may be typed in full width."""

    id = "email"
    palette = Palette("person", "email", 50)
    sealed_by_default = True

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take blanks out and look for a name, an @ and a domain."""
        text = cleaning.compact(cleaning.first(raw)).replace("。", ".")
        if not text:
            return Cleaned(None)
        if len(text) > 254:
            return bad("text_too_long", max=254, count=len(text), over=len(text) - 254)
        if cleaning.has_forbidden(text):
            return bad("text_forbidden")
        if "@" not in text:
            return bad("email_at")
        if _ADDRESS.fullmatch(text) is None:
            return bad("email_shape")
        return Cleaned(text)

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input with the keyboard for addresses."""
        given = {"class": "input", "autocomplete": "email", "inputmode": "email"}
        return {"": EmailField(default=view.first(), render_kw=given)}

    def mask(self, value: object) -> str:
        """Show the first letter and the domain."""
        name, _, domain = str(value).partition("@")
        return f"{name[:1]}****@{domain}"


TYPE = EmailType()
