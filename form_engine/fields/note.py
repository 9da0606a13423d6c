"""A text between the questions."""

from typing import Any, ClassVar

from form_engine import settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, ControlView, Field, FieldType, Palette, RecordShape


class NoteType(FieldType):
    """Nothing to answer: a heading (the label) and paragraphs."""

    id = "note"
    palette = Palette("layout", "note", 10)
    template = "note.html"
    answers = False
    stored = False
    recorded_by_default = False
    settings_schema: ClassVar[settings.Schema] = settings.of(
        text=settings.text(4000),
        tone=settings.one_of("plain", "warn", default="plain"),
    )

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take nothing."""
        return Cleaned(None)

    def from_json(self, document: Any, field: Field) -> object:
        """Read nothing."""
        return None

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Give the paragraphs."""
        return {
            "paragraphs": field.setting("text", view.locale).split("\n"),
            "tone": field.settings["tone"],
        }

    def record(self, field: Field) -> RecordShape | None:
        """Fill no column."""
        return None


TYPE = NoteType()
