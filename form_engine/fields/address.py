"""Where someone lives or works: a region and the street, house and flat."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import StringField

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
from form_engine.fields import region

LONGEST_DETAIL = 200


class AddressType(FieldType):
    """The region is a code that rules and offices go by; the detail is text."""

    id = "address"
    palette = Palette("place", "address", 20)
    template = "address.html"
    first_part = "region"
    grouped = True
    sealed_by_default = True
    settings_schema: ClassVar[settings.Schema] = settings.of(
        within=settings.region(), level=settings.one_of(*region.LEVELS, default="any")
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `context`, with the members `region` and `detail`."""
        return "context"

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take both parts; one without the other is not an address."""
        detail = cleaning.line(cleaning.first(raw, "detail"))
        place = region.TYPE.clean(_region_part(raw), field, context)
        if place.errors:
            return place
        if not place.value and not detail:
            return Cleaned(None)
        if cleaning.has_forbidden(detail):
            return bad("text_forbidden", "detail")
        if len(detail) > LONGEST_DETAIL:
            over = len(detail) - LONGEST_DETAIL
            return bad("text_too_long", "detail", max=LONGEST_DETAIL, count=len(detail), over=over)
        if not place.value:
            return bad("address_region", "region")
        if not detail:
            return bad("address_detail", "detail")
        return Cleaned({"region": place.value, "detail": detail})

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give both parts."""
        if not isinstance(value, dict):
            return {"region": [], "detail": []}
        return {
            "region": [str(value.get("region") or "")],
            "detail": [str(value.get("detail") or "")],
        }

    def from_json(self, document: Any, field: Field) -> object:
        """Read an object of region and detail."""
        if not isinstance(document, dict):
            return None
        parts = {name: document.get(name) for name in ("region", "detail")}
        return parts if all(isinstance(part, str) for part in parts.values()) else None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the lists of the region and a line for the detail."""
        inner = ControlView(view.name, _region_part(view.raw), view.context, view.draw)
        lists = {
            f"region-{part}" if part else "region": control
            for part, control in region.controls(field, inner).items()
        }
        given = {"class": "input", "autocomplete": "street-address"}
        return {**lists, "detail": StringField(default=view.first("detail"), render_kw=given)}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Tell whether there is a further level to ask for."""
        return {"deeper": region.is_cascade(field, view.context)}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the region and the detail in one line."""
        if not isinstance(value, dict):
            return ""
        place = region.TYPE.show(value.get("region"), field, context)
        return f"{place}{value.get('detail', '')}"

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column with the code of the region, which is no secret by itself."""
        return RecordShape("text")

    def record_value(self, value: object, field: Field) -> object:
        """Give the code of the region."""
        return value.get("region") if isinstance(value, dict) else None


def _region_part(raw: Raw) -> dict[str, list[str]]:
    found = {"": list(raw.get("region", ()))}
    for part, texts in raw.items():
        if part.startswith("region-"):
            found[part.removeprefix("region-")] = list(texts)
    return found


TYPE = AddressType()
