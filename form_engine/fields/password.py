"""A password: used once, never kept, never shown again."""

from typing import Any, ClassVar

from wtforms import PasswordField

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


class PasswordType(FieldType):
    """A password as typed, not a character changed."""

    id = "password"
    palette = Palette("text", "password", 90)
    stored = False
    sealed_by_default = True
    recorded_by_default = False
    settings_schema: ClassVar[settings.Schema] = settings.of(
        min_length=settings.whole(0, 0, 200),
        max_length=settings.whole(200, 1, 1000),
        autocomplete=settings.one_of(
            "current-password", "new-password", default="current-password"
        ),
    )

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take it as it is; only its length is looked at."""
        text = cleaning.first(raw)
        most, least = int(field.settings["max_length"]), int(field.settings["min_length"])
        if len(text) > most:
            return bad("password_too_long", max=most)
        if cleaning.has_forbidden(text):
            return bad("text_forbidden")
        if text and len(text) < least:
            return bad("password_too_short", min=least)
        return Cleaned(text or None)

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give nothing: a password never returns to a page."""
        return {"": []}

    def to_json(self, value: object, field: Field) -> Any:
        """Give nothing: a password is never stored."""
        return None

    def from_json(self, document: Any, field: Field) -> object:
        """Read nothing."""
        return None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a line of input that shows dots."""
        given = {"class": "input input--mid", "autocomplete": field.settings["autocomplete"]}
        return {"": PasswordField(render_kw=given)}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Show the same dots for every password."""
        return "" if value is None else "********"

    def record(self, field: Field) -> RecordShape | None:
        """Fill no column."""
        return None


TYPE = PasswordType()
