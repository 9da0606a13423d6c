"""One box to tick."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField

from form_engine import cleaning
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

YES = frozenset({"true", "1", "yes", "on", "y", "是", "有"})
NO = frozenset({"false", "0", "no", "off", "n", "否", "没有", "无"})


class CheckboxType(FieldType):
    """Ticked is true, shown and not ticked is false; where it is required it must be ticked."""

    id = "checkbox"
    palette = Palette("choice", "checkbox", 50)
    template = "checkbox.html"
    marked = True
    required_code = "required_ticked"

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `boolean`."""
        return "boolean"

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Read a tick; on a page that showed the box, nothing posted means not ticked."""
        typed = [cleaning.compact(text).lower() for text in raw.get("", ())]
        said = next((text for text in typed if text), "")
        if not said:
            return Cleaned(False if self.marked and "shown" in raw else None)
        if said in YES:
            return Cleaned(True)
        return Cleaned(False) if said in NO else bad("choice_unknown")

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the tick."""
        return {"as": "flag"}

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give `true` for a tick."""
        texts = {True: ["true"], False: ["false"]}
        return {"": texts[value] if isinstance(value, bool) else []}

    def is_empty(self, value: object) -> bool:
        """Count a box without a tick as no answer."""
        return value is not True

    def from_json(self, document: Any, field: Field) -> object:
        """Read true or false."""
        return document if isinstance(document, bool) else None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the box."""
        ticked = cleaning.compact(view.first()).lower() in YES
        return {"": BooleanField(default=ticked, render_kw={"value": "true"})}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say yes or no."""
        if not isinstance(value, bool):
            return ""
        return field.texts.word("yes" if value else "no", context.locale)

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column of yes and no."""
        return None if field.sealed else RecordShape("boolean")


TYPE = CheckboxType()
