"""A line of text, such as a name."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import re2
from wtforms import StringField

from app_definitions import form as definitions
from form_engine import cleaning, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, FieldType, Palette, bad
from form_engine.messages import Message

AUTOCOMPLETE = (
    "off",
    "name",
    "username",
    "email",
    "tel",
    "street-address",
    "organization",
    "one-time-code",
)


class TextType(FieldType):
    """One line, at most 200 characters unless the designer says otherwise."""

    id = "text"
    palette = Palette("text", "text", 10)
    settings_schema: ClassVar[settings.Schema] = settings.of(
        min_length=settings.whole(0, 0, cleaning.LONGEST),
        max_length=settings.whole(200, 1, cleaning.LONGEST),
        pattern=settings.word(500),
        pattern_message=settings.text(),
        autocomplete=settings.one_of(*AUTOCOMPLETE, default="off"),
        digits=settings.yes(),
    )

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """Look for lengths that contradict each other and patterns that cannot be read."""
        given = settings.with_defaults(self.settings_schema, dict(definition.settings))
        if int(given["min_length"]) > int(given["max_length"]):
            yield "settings.min_length", Message("settings_limits")
        pattern = given.get("pattern", "")
        if pattern and compiled(pattern) is None:
            yield "settings.pattern", Message("settings_pattern", {"pattern": str(pattern)})

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take blanks off the ends, refuse what cannot be kept, mind length and pattern."""
        typed = cleaning.first(raw)
        text = self.tidy(typed, field)
        if not text:
            return Cleaned(None)
        return refused(text, field, context.locale) or Cleaned(text)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the text as it is kept."""
        return {"as": "code" if field.settings.get("digits") else "text"}

    def tidy(self, typed: str, field: Field) -> str:
        """Give the text without unseen characters; a code of digits loses its blanks too."""
        if field.settings.get("digits"):
            return cleaning.compact(typed)
        return cleaning.line(typed)

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build one line of input."""
        given = {"class": "input", "autocomplete": field.settings["autocomplete"]}
        if field.settings.get("digits"):
            given["inputmode"] = "numeric"
        return {"": StringField(default=view.first(), render_kw=given)}


def refused(text: str, field: Field, locale: str) -> Cleaned | None:
    """Refuse a text that is too long, too short, unkeepable or not of its pattern."""
    most = int(field.settings.get("max_length", cleaning.LONGEST))
    least = int(field.settings.get("min_length", 0))
    if len(text) > most:
        return bad("text_too_long", max=most, count=len(text), over=len(text) - most)
    if cleaning.has_forbidden(text):
        return bad("text_forbidden")
    if len(text) < least:
        return bad("text_too_short", min=least, count=len(text))
    pattern = str(field.settings.get("pattern", ""))
    matcher = compiled(pattern) if pattern else None
    if matcher is not None and matcher.fullmatch(text) is None:
        said = field.setting("pattern_message", locale)
        return bad("designer", message=said) if said else bad("text_pattern")
    return None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Compile a pattern that staff wrote, in linear time only; `None` where it cannot be read."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        return None


TYPE = TextType()
