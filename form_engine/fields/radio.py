"""One answer out of a few, all of them in sight."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from wtforms import RadioField

from app_definitions import form as definitions
from form_engine import cleaning, options, settings
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
from form_engine.messages import Message


class RadioType(FieldType):
    """Answers as a list of buttons, from the settings or from a dictionary."""

    id = "radio"
    palette = Palette(
        "choice",
        "radio",
        10,
        {"options": [{"id": "a", "label": "第一项"}, {"id": "b", "label": "第二项"}]},
    )
    template = "choices.html"
    grouped = True
    required_code = "required_chosen"
    settings_schema: ClassVar[settings.Schema] = settings.of(
        options=settings.options(), dictionary=settings.dictionary(), in_row=settings.yes()
    )

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """Look at the list of answers."""
        return options.find_faults(definition)

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take one of the offered answers, nothing else."""
        code = cleaning.first(raw).strip()
        if not code:
            return Cleaned(None)
        if code not in options.codes(field, context):
            return bad("choice_unknown")
        return Cleaned(code)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the chosen code."""
        return {"as": "code"}

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the buttons."""
        choices = options.listed(options.offered(field, view.context))
        return {"": RadioField(choices=choices, default=view.first(), validate_choice=False)}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Put a hint under each answer, and all in a row where the designer says so."""
        offered = options.offered(field, view.context)
        return {
            "row": bool(field.settings.get("in_row")),
            "hints": {choice.code: choice.hint for choice in offered},
        }

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the label of the answer."""
        return "" if value is None else options.label_of(str(value), field, context)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column with the code."""
        return None if field.sealed else RecordShape("text")


TYPE = RadioType()
