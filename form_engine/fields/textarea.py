"""Several lines of text."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import TextAreaField

from form_engine import cleaning, settings
from form_engine.context import FillContext
from form_engine.field import Controls, ControlView, Field, Palette
from form_engine.fields.text import TextType


class TextareaType(TextType):
    """Several lines, at most 2,000 characters unless the designer says otherwise."""

    id = "textarea"
    palette = Palette("text", "textarea", 20)
    recorded_by_default = False
    settings_schema: ClassVar[settings.Schema] = settings.of(
        min_length=settings.whole(0, 0, cleaning.LONGEST),
        max_length=settings.whole(2000, 1, cleaning.LONGEST),
        rows=settings.whole(4, 2, 20),
    )

    def tidy(self, typed: str, field: Field) -> str:
        """Give the lines without blanks at their ends."""
        return cleaning.lines(typed)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the lines as they are kept."""
        return {"as": "lines"}

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build a box of several lines."""
        given = {"class": "input", "rows": field.settings["rows"]}
        return {"": TextAreaField(default=view.first(), render_kw=given)}


TYPE = TextareaType()
