"""Forms of our own pages (login, real name, look-up): definitions like any other, in a folder."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import g, request
from markupsafe import Markup

from app_definitions.dictionary import Dictionary, Entry
from app_definitions.form import read_form
from form_engine import Bound, FieldError, FieldTypes, FillContext, Form, compile_form
from gcrm.web.apply import Mistake
from gcrm.web.language import locale
from gcrm.web.site import house

FOLDER = Path(__file__).parent / "forms"
STEP = "apply"


@lru_cache(maxsize=128)
def _form(name: str) -> Form:
    """Compile a form; `admin/person` stands in a folder of its own, with its own translations."""
    path = FOLDER / f"{name}.json"
    document = json.loads(path.read_text("utf-8"))
    english = json.loads((path.parent / "i18n" / "en.json").read_text("utf-8"))
    part = f"forms/{path.stem}.json"
    definition, problems = read_form(document, part)
    if definition is None:
        raise ValueError(f"Our own form {name} cannot be read: {problems}")
    lists = {
        str(field.settings["dictionary"])
        for section in definition.sections
        for field in section.fields
        if field.settings.get("dictionary")
    }
    form, problems = compile_form(
        definition,
        FieldTypes.shipped(),
        part=part,
        dictionaries={each: Dictionary(each, each, (Entry("none", "none"),)) for each in lists},
        translations={"en": english},
    )
    if form is None:
        raise ValueError(f"Our own form {name} does not compile: {problems}")
    return form


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form of ours in front of someone: what they typed and what is wrong with it."""

    form: Form
    bound: Bound
    context: FillContext

    @property
    def values(self) -> Mapping[str, Any]:
        """Give the values."""
        return self.bound.values

    @property
    def fields(self) -> Markup:
        """Draw the fields."""
        return Markup(self.form.render_section("main", self.bound, self.context))  # noqa: S704

    def section(self, section_id: str) -> Markup:
        """Draw the fields of another section."""
        return Markup(self.form.render_section(section_id, self.bound, self.context))  # noqa: S704

    @property
    def mistakes(self) -> list[Mistake]:
        """Give the lines of the summary."""
        labels = {field.id: field.label(locale()) for field in self.form.fields}
        return [
            Mistake(
                f"#f-{error.field_id}" if error.field_id else "",
                labels.get(error.field_id, ""),
                error.message,
            )
            for error in self.bound.errors
        ]

    def refused(self, field: str, message: str, what: str = "", fix: str = "") -> "Sheet":
        """Add what a use case said: beside a field, or on its own where `field` is empty."""
        errors = (*self.bound.errors, FieldError(field, message, what, fix))
        return Sheet(self.form, Bound(self.bound.values, self.bound.typed, errors), self.context)


Lists = Mapping[str, Iterable[tuple[str, str]]]
"""What the choices of a form offer now: code and label, by the name of the list."""


def blank(name: str, values: Mapping[str, Any] | None = None, lists: Lists | None = None) -> Sheet:
    """Show a form with nothing typed, or with values that are known."""
    form = _form(name)
    return Sheet(form, Bound(values or {}, {}, ()), _context(form, lists))


def filled(name: str, lists: Lists | None = None) -> Sheet:
    """Read what was posted to a form."""
    form = _form(name)
    context = _context(form, lists)
    raw = {key: request.form.getlist(key) for key in request.form}
    return Sheet(form, form.bind(raw, {}, context), context)


def _context(form: Form, lists: Lists | None = None) -> FillContext:
    with house().store.read() as reader:
        known = house().services.reference.at(reader, g.tenant.id, g.now)
    return FillContext(
        evaluation=known.evaluation((), "", None, g.now, g.zone),
        locale=locale(),
        rights=form.rights_for(STEP, ()),
        large=g.view.large,
        regions=known.places,
        dictionaries={
            name: Dictionary(name, name, tuple(Entry(code, label) for code, label in entries))
            for name, entries in (lists or {}).items()
        },
    )
