"""A place in the tree of regions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from wtforms import SelectField

from form_engine import cleaning, regions, settings
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
from form_engine.options import choice_of
from form_engine.regions import Region, Regions

MOST_IN_ONE_LIST = 300
DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
"""How many digits of a code tell a level; the rest are noughts (GB/T 2260, NBS)."""

LEVELS = ("any", "city", "county", "township", "village")


class RegionType(FieldType):
    """One list, grouped, where there are few places; else a list a level, page by page.

    Works without script: the button behind the lists asks the server for the next level.
    """

    id = "region"
    palette = Palette("place", "region", 10)
    template = "region.html"
    required_code = "required_chosen"
    settings_schema: ClassVar[settings.Schema] = settings.of(
        within=settings.region(), level=settings.one_of(*LEVELS, default="any")
    )

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take the deepest place that was chosen; it must lie where the settings say."""
        code = chosen(raw)
        if not code:
            return Cleaned(None)
        known = context.regions
        if known is None or not re.fullmatch(r"[0-9]{2,12}", code) or known.get(code) is None:
            return bad("region_unknown")
        within = field.settings.get("within")
        if within and not known.is_within(code, within):
            place = known.get(within)
            return bad("region_outside", place=place.name if place else within)
        if not is_deep_enough(code, field, known):
            return bad("region_deeper", place=regions.full_name(known, code))
        return Cleaned(code)

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Read the deepest place that was chosen."""
        return {"as": "place"}

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build one grouped list, or a list a level."""
        return controls(field, view)

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Tell whether there is a further level to ask for."""
        return {"deeper": is_cascade(field, view.context)}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say the place with the places that hold it."""
        if not isinstance(value, str):
            return ""
        return regions.full_name(context.regions, value) if context.regions else value

    def brief(self, value: object, field: Field, context: FillContext) -> str:
        """Say the place with the one that holds it."""
        path = regions.path_of(context.regions, str(value)) if context.regions else ()
        return "".join(region.name for region in path[-2:]) or self.show(value, field, context)

    def mask(self, value: object) -> str:
        """Show the code of the county."""
        return f"{str(value)[:6]}****"

    def record(self, field: Field) -> RecordShape | None:
        """Fill a column with the code."""
        return None if field.sealed else RecordShape("text")


def chosen(raw: Raw) -> str:
    """Give the deepest code that was chosen; a level that no longer fits the one above is left."""
    code = cleaning.compact(cleaning.first(raw))
    for level in range(len(LEVELS)):
        deeper = cleaning.compact(cleaning.first(raw, str(level)))
        if not deeper:
            break
        if code and not deeper.startswith(code.rstrip("0")):
            break
        code = deeper
    return code


def is_deep_enough(code: str, field: Field, known: Regions) -> bool:
    """Tell whether a place is at the level that a field asks for, or has nothing inside."""
    level = field.settings.get("level", "any")
    if level == "any":
        return True
    digits = DIGITS[str(level)]
    significant = code[digits - (3 if digits > 6 else 2) : digits]
    return significant.strip("0") != "" or not known.children(code)


def controls(field: Field, view: ControlView) -> Controls:
    """Build the lists of a region: one, grouped by the place above, or one a level."""
    known = view.context.regions
    if known is None:
        return {"": SelectField(choices=[], validate_choice=False, render_kw=_LIST)}
    if not is_cascade(field, view.context):
        return {"": _one_list(field, view, known)}
    empty = choice_of("", field.texts.word("choose", view.locale))
    path = [place.code for place in regions.path_of(known, chosen(view.raw))]
    above: str | None = field.settings.get("within") or None
    if above in path:
        path = path[path.index(above) + 1 :]
    built: dict[str, SelectField] = {}
    for level in range(len(LEVELS)):
        inside = known.children(above)
        if not inside:
            break
        here = path[level] if level < len(path) else ""
        choices = [empty, *(choice_of(place.code, place.name) for place in inside)]
        built[str(level)] = SelectField(
            choices=choices, default=here, validate_choice=False, render_kw=_LIST
        )
        if not here:
            break
        above = here
    return built


_LIST = {"class": "input"}


def is_cascade(field: Field, context: FillContext) -> bool:
    """Tell whether there are too many places for one list."""
    known, within = context.regions, field.settings.get("within") or None
    return known is not None and regions.leaves(known, within, MOST_IN_ONE_LIST) is None


def _one_list(field: Field, view: ControlView, known: Regions) -> SelectField:
    within = field.settings.get("within") or None
    choices = [choice_of("", field.texts.word("choose", view.locale))]
    for place in _offered(field, known, within):
        group = regions.full_name(known, place.parent, within=within) if place.parent else ""
        choices.append(choice_of(place.code, place.name, group))
    return SelectField(
        choices=choices, default=chosen(view.raw), validate_choice=False, render_kw=_LIST
    )


def _offered(field: Field, known: Regions, within: str | None) -> Iterable[Region]:
    level = field.settings.get("level", "any")
    waiting = list(reversed(known.children(within)))
    while waiting:
        place = waiting.pop()
        inside = known.children(place.code)
        if not inside or (level != "any" and is_deep_enough(place.code, field, known)):
            yield place
        else:
            waiting.extend(reversed(inside))


TYPE = RegionType()
