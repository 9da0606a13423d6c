"""Yes or no, both in sight."""

from typing import ClassVar

from wtforms import RadioField

from form_engine import cleaning, options, settings
from form_engine.context import FillContext
from form_engine.field import Controls, ControlView, Field, Palette
from form_engine.fields.checkbox import NO, YES, CheckboxType


class SwitchType(CheckboxType):
    """Two buttons; not answered is neither yes nor no."""

    id = "switch"
    palette = Palette("choice", "switch", 40)
    template = "choices.html"
    grouped = True
    marked = False
    required_code = "required_chosen"
    settings_schema: ClassVar[settings.Schema] = settings.of(
        on_label=settings.text(), off_label=settings.text()
    )

    def is_empty(self, value: object) -> bool:
        """Count yes and no as answers."""
        return value is None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the two buttons."""
        said = cleaning.compact(view.first()).lower()
        chosen = "true" if said in YES else "false" if said in NO else None
        choices = [
            options.choice_of("true", self._label(True, field, view.context)),
            options.choice_of("false", self._label(False, field, view.context)),
        ]
        return {"": RadioField(choices=choices, default=chosen, validate_choice=False)}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Put the two side by side."""
        return {"row": True, "hints": {}}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the label of the answer."""
        return self._label(value, field, context) if isinstance(value, bool) else ""

    def _label(self, value: bool, field: Field, context: FillContext) -> str:
        written = field.setting("on_label" if value else "off_label", context.locale)
        return written or field.texts.word("yes" if value else "no", context.locale)


TYPE = SwitchType()
