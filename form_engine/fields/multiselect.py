"""Any number of answers out of a list."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from form_engine import options, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import Cleaned, Controls, ControlView, Field, Palette, RecordShape, bad
from form_engine.fields.radio import RadioType
from form_engine.messages import is_chinese


class MultiselectType(RadioType):
    """Boxes to tick; an exclusive answer, such as 都没有, stands alone."""

    id = "multiselect"
    palette = Palette("choice", "multiselect", 30, RadioType.palette.settings)
    marked = True
    settings_schema: ClassVar[settings.Schema] = settings.of(
        options=settings.options(),
        dictionary=settings.dictionary(),
        in_row=settings.yes(),
        most=settings.whole(500, 1, 500),
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `list<string>`."""
        return "list<string>"

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take offered answers only, in their order; an exclusive one suffers no other."""
        typed = {code.strip() for code in raw.get("", ()) if code.strip()}
        if not typed:
            return Cleaned(None)
        chosen = [code for code in options.codes(field, context) if code in typed]
        if len(chosen) != len(typed):
            return bad("choice_unknown")
        if len(chosen) > 1:
            offered = (each for each in options.offered(field, context) if each.code in typed)
            alone = next((choice for choice in offered if choice.exclusive), None)
            if alone is not None:
                return bad("choice_exclusive", option=alone.label)
        most = int(field.settings["most"])
        if len(chosen) > most:
            return bad("choice_many", max=most, count=len(chosen))
        return Cleaned(chosen)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the chosen codes."""
        return {"as": "codes"}

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the codes."""
        return {"": [str(code) for code in value] if isinstance(value, list) else []}

    def from_json(self, document: Any, field: Field) -> object:
        """Read a list of codes."""
        if isinstance(document, list) and all(isinstance(code, str) for code in document):
            return document or None
        return None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the boxes."""
        choices = options.listed(options.offered(field, view.context))
        return {
            "": SelectMultipleField(
                choices=choices,
                default=list(view.raw.get("", ())),
                validate_choice=False,
                option_widget=CheckboxInput(),
                widget=ListWidget(),
            )
        }

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the labels."""
        if not isinstance(value, list):
            return ""
        between = "、" if is_chinese(context.locale) else ", "
        return between.join(options.label_of(str(code), field, context) for code in value)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column with the list of codes."""
        return None if field.sealed else RecordShape("list")


TYPE = MultiselectType()
