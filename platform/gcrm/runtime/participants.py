"""Who takes part in a case, as the answers name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app_definitions import ids
from app_definitions.app import App, Participant
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.store.masks import mask
from rule_engine import EvaluationContext

KINDS = {"idcard": "resident_id", "uscc": "uscc"}
"""Which kind of identifier a field's type holds."""


@dataclass(frozen=True, slots=True)
class Named:
    """One participant: whom the form names, or (without an identifier) the person who submits."""

    role: str
    name: str | None
    kind: str | None  # of identifier
    number: str | None
    phone: str | None
    name_sealed: bool = False
    relation: str = ""  # what an agent is to the applicant
    staff_number: str = ""  # of a helper

    @property
    def shown_name(self) -> str:
        """Give the name for a new party; only its mask where the form seals names."""
        name = self.name or ""
        return mask("name", name) if self.name_sealed and name else name

    @property
    def is_submitter(self) -> bool:
        """Say whether this is whoever submits."""
        return self.number is None

    @property
    def party_kind(self) -> str:
        """Tell what kind of party a new one is."""
        return "organisation" if self.kind == "uscc" else "natural"


def named(
    app: CompiledApp, form: Form, values: Mapping[str, Any], context: EvaluationContext
) -> tuple[Named, ...]:
    """List the participants of a case with these answers; without any, the applicant alone."""
    found = [
        _named(entry, form, values)
        for entry in app.definition.participants
        if holds(app, condition_path(app.definition, entry.role), values, context)
    ]
    if not any(each.role == "applicant" for each in found):
        found.insert(0, Named("applicant", None, None, None, None))
    return tuple(found)


def _named(entry: Participant, form: Form, values: Mapping[str, Any]) -> Named:
    number = values.get(entry.id_field) if entry.id_field else None
    kind = None
    if number:
        field = next((each for each in form.fields if each.id == entry.id_field), None)
        kind = KINDS.get(field.type.id, "resident_id") if field is not None else "resident_id"
    return Named(
        entry.role,
        _text(values, entry.name_field),
        kind,
        str(number) if number else None,
        _text(values, entry.phone_field),
        name_sealed=entry.name_field is not None and entry.name_field in form.sealed,
        relation=_text(values, entry.relation_field) or "",
        staff_number=_text(values, entry.staff_number_field) or "",
    )


def _text(values: Mapping[str, Any], field_id: str | None) -> str | None:
    value = values.get(field_id) if field_id else None
    return value if isinstance(value, str) and value else None


def holds(
    app: CompiledApp, path: str, values: Mapping[str, Any], context: EvaluationContext
) -> bool:
    """Say whether the condition of `app.json` at this path is true; where there is none, it is."""
    expression = app.expressions.get(path)
    return expression is None or expression.value(values, context).value is True


def condition_path(app: App, role: str) -> str:
    """Name the condition under which there is a participant of this role."""
    return ids.path("app.json", [app.id], f"participants.{role}.when")


def open_role(app: App) -> str:
    """Name the participant for whom a second case of the item would be a duplicate."""
    roles = {entry.role for entry in app.participants}
    return "beneficiary" if "beneficiary" in roles else "applicant"
