"""A notice that a person reads and agrees to."""

from typing import ClassVar

from form_engine import settings
from form_engine.context import FillContext
from form_engine.field import ControlView, Field, Palette
from form_engine.fields.checkbox import CheckboxType


class ConsentType(CheckboxType):
    """The text of the notice stands above the box; the label is what one agrees to."""

    id = "consent"
    palette = Palette("layout", "consent", 20)
    template = "consent.html"
    required_code = "required_consent"
    settings_schema: ClassVar[settings.Schema] = settings.of(text=settings.text(4000))

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Give the paragraphs of the notice."""
        return {"paragraphs": field.setting("text", view.locale).split("\n")}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say whether they agreed."""
        if not isinstance(value, bool):
            return ""
        return field.texts.word("agreed" if value else "not_agreed", context.locale)


TYPE = ConsentType()
