"""Drawing: WTForms builds the controls, Jinja templates put label, hint and error around them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from wtforms.form import BaseForm

from form_engine import answers, conditions
from form_engine.bound import Bound, split
from form_engine.cleaning import Raw
from form_engine.conditions import Group
from form_engine.context import FillContext
from form_engine.errors import FieldError, control_id
from form_engine.field import ControlView, Field
from form_engine.live import Live, live
from form_engine.rights import WRITING
from form_engine.section import Section
from form_engine.settling import Settled


@dataclass(frozen=True, slots=True)
class _Page:
    """What all fields of one page share."""

    bound: Bound
    settled: Settled
    context: FillContext
    typed: Mapping[str, Raw]
    errors: Mapping[str, tuple[FieldError, ...]]
    live: Live


@dataclass(frozen=True, slots=True)
class FieldView:
    """What the template of a field sees."""

    id: str
    name: str
    type_id: str
    template: str
    label: str
    hint: str
    example: str
    errors: tuple[FieldError, ...]
    optional: bool
    asks: bool
    live: bool
    grouped: bool
    marked: bool
    source: str
    controls: Mapping[str, Any]
    extras: Mapping[str, object]
    typed: Mapping[str, list[str]]
    opens: frozenset[str]
    text: str = ""
    masked: bool = False
    inside: bool = False

    @property
    def described_by(self) -> str:
        """Name the elements that explain the control."""
        ids = [f"{self.id}-h"] if self.hint or self.example else []
        return " ".join([*ids, f"{self.id}-e"] if self.errors else ids)

    def control_id(self, part: str) -> str:
        """Give the id of a control: the first of a field has the field's own id."""
        first = next(iter(self.controls), "")
        return self.id if part in ("", first) else f"{self.id}-{part}"

    def attributes(self, part: str = "", **more: object) -> dict[str, object]:
        """Give the attributes that every control carries."""
        given: dict[str, object] = {"id": self.control_id(part), **more}
        if self.described_by:
            given["aria_describedby"] = self.described_by
        if self.is_bad(part):
            given["aria_invalid"] = "true"
        return given

    def is_bad(self, part: str = "") -> bool:
        """Tell whether an error is about a part, or about the field as a whole."""
        return any(
            not error.part or error.part == part or part.startswith(f"{error.part}-")
            for error in self.errors
        )


def section(
    found: Section, order: Iterable[Field], bound: Bound, settled: Settled, context: FillContext
) -> Markup:
    """Draw all fields of a section that this person sees.

    Fields whose condition depends on another question of the same page are always drawn,
    so that the page works without script; with script they stand there while they count.
    What the script needs for that stands behind the fields, as data.
    """
    by_field: dict[str, tuple[FieldError, ...]] = {}
    for error in bound.errors:
        by_field[error.field_id] = (*by_field.get(error.field_id, ()), error)
    typed = split({name: list(texts) for name, texts in bound.typed.items()})
    followed = live(found, order, settled, context)
    page = _Page(bound, settled, context, typed, by_field, followed)
    asked = frozenset(
        field.id
        for field in found.fields
        if field.type.answers and context.right(field.id) in WRITING
    )
    follows = _following(found, asked)
    drawn = [
        field
        for field in found.fields
        if context.right(field.id) != "hidden"
        and (field.id in settled.shown or field.id in follows)
    ]
    fields = _items(conditions.grouped(drawn, asked, followed.shows).items, page)
    written = followed.written()
    if not written:
        return fields
    return Markup("\n").join([fields, _template("live.html").render_markup(document=written)])


def _following(found: Section, asked: frozenset[str]) -> frozenset[str]:
    """List the fields whose showing hangs on an answer of the same page, however indirectly."""
    needs = {
        field.id: frozenset().union(
            *(one.inputs for one in (field.visible_when, field.value) if one is not None)
        )
        for field in found.fields
    }
    reached = set(asked)
    while True:
        more = {name for name, inputs in needs.items() if inputs & reached} - reached
        if not more:
            break
        reached |= more
    return frozenset(
        field.id
        for field in found.fields
        if field.visible_when is not None and field.visible_when.inputs & reached
    )


def _items(items: list[Field | Group], page: _Page) -> Markup:
    drawn: list[Markup] = []
    for index, item in enumerate(items):
        following = items[index + 1] if index + 1 < len(items) else None
        if isinstance(item, Group):
            inside = _items(item.items, page)
            drawn.append(_template("group.html").render_markup(shows=item.shows, inside=inside))
        else:
            opened = conditions.opened_by(following, item) if isinstance(following, Group) else None
            drawn.append(_field(item, page, opened[1] if opened else frozenset()))
    return Markup("\n").join(drawn)


def _field(field: Field, page: _Page, opens: frozenset[str]) -> Markup:
    context = page.context
    right = context.right(field.id)
    if right in WRITING or (right == "read" and not field.type.answers):
        view = _control(field, field.id, page, opens)
        return _template("field.html").render_markup(f=view, t=_words(field, context))
    value = page.settled.values.get(field.id)
    text = answers.shown(field, value, context, right == "masked")
    view = replace(
        _bare(field, field.id, page), text=text, masked=right == "masked", template="static.html"
    )
    return _template("field.html").render_markup(f=view, t=_words(field, context))


def _control(field: Field, name: str, page: _Page, opens: frozenset[str]) -> FieldView:
    typed = page.typed.get(field.id)
    value = page.settled.values.get(field.id, page.bound.values.get(field.id))
    kept = typed is None or not (value is None or page.bound.again or field.id in page.errors)
    raw = field.type.raw(value, field, page.context) if typed is None or kept else typed
    view = _bare(field, name, page)
    draw = partial(_column, page=page, outer=view)
    return _filled(view, field, ControlView(name, raw, page.context, draw), opens)


def _column(field: Field, part: str, raw: Raw, *, page: _Page, outer: FieldView) -> Markup:
    """Draw a column of a row inside its sub-table."""
    name = f"{outer.name}-{part}"
    mine = tuple(
        replace(
            error,
            part=error.part.removeprefix(part).removeprefix("-"),
            message=error.inner or error.message,
        )
        for error in outer.errors
        if error.part == part or error.part.startswith(f"{part}-")
    )
    bare = replace(_bare(field, name, page), errors=mine, inside=True, source="")
    drawn = _filled(
        bare, field, ControlView(name, raw, page.context, lambda *_: Markup()), frozenset()
    )
    return _template("field.html").render_markup(f=drawn, t=_words(field, page.context))


def _filled(
    view: FieldView, field: Field, control: ControlView, opens: frozenset[str]
) -> FieldView:
    unbound: Any = field.type.controls(field, control)
    names = {part: f"{view.name}-{part}" if part else view.name for part in unbound}
    form = BaseForm({names[part]: built for part, built in unbound.items()})
    form.process()
    return replace(
        view,
        controls={part: form[names[part]] for part in unbound},
        extras=field.type.extras(field, control),
        typed={part: list(texts) for part, texts in control.raw.items()},
        opens=opens,
    )


def _bare(field: Field, name: str, page: _Page) -> FieldView:
    locale = page.context.locale
    definition = field.definition
    always = definition.required or page.context.right(field.id) == "required"
    asks = field.id in page.live.requires
    return FieldView(
        id=control_id(name),
        name=name,
        type_id=field.type.id,
        template=field.type.template,
        label=field.label(locale),
        hint=field.hint(locale),
        example=field.example(locale) if field.type.answers else "",
        errors=page.errors.get(field.id, ()),
        optional=field.type.answers and not always and (asks or field.required_when is None),
        asks=asks,
        live=field.id in page.live.results,
        grouped=field.type.grouped,
        marked=field.type.marked,
        source=_source(field, page.context),
        controls={},
        extras={},
        typed={},
        opens=frozenset(),
    )


def _source(field: Field, context: FillContext) -> str:
    """Say where an answer came from: a sentence as given, or the words for a known origin."""
    source = context.sources.get(field.id, "")
    key = f"source.{source}"
    if field.texts.has(key, context.locale):
        return field.texts.word(key, context.locale)
    return "" if _CODE.fullmatch(source) else source


_CODE = re.compile(r"[a-z0-9_.]*")


def _words(field: Field, context: FillContext) -> Any:
    return partial(_word, field.texts.word, context.locale)


def _word(word: Any, locale: str, key: str, **values: str | int) -> str:
    said: str = word(key, locale, **values)
    return said


class _Drawn:
    """A template whose result is safe to put into another: everything in it was escaped."""

    def __init__(self, name: str) -> None:
        """Load a template of the engine."""
        self._template = _environment().get_template(name)

    def render_markup(self, **values: object) -> Markup:
        """Draw it."""
        return Markup(self._template.render(values))  # noqa: S704


@lru_cache(maxsize=64)
def _template(name: str) -> _Drawn:
    return _Drawn(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("form_engine"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
