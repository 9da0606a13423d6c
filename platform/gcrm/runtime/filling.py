"""One person filling one form of one app: the definition, today's lists, what they may write."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app_definitions.app import ItemVariant
from app_definitions.form import APPLY
from form_engine.context import Attachment, FillContext, no_attachments
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services


@dataclass(frozen=True, slots=True)
class Paper:
    """A form of a release, for one item variant."""

    app: CompiledApp
    variant: ItemVariant
    form: Form

    @property
    def form_key(self) -> str:
        """Name the form beside idempotency keys."""
        return f"{self.app.definition.id}.{self.form.id}"[:80]


def paper_of(app: CompiledApp, variant_id: str, form_id: str | None = None) -> Paper:
    """Find the variant and its form in a release. Raises Refused where it has none."""
    variant = app.definition.variant(variant_id)
    form = app.forms.get(form_id or variant.form) if variant is not None else None
    if variant is None or form is None:
        raise Refused("item_closed", status=404)
    return Paper(app, variant, form)


def variant_of(app: CompiledApp, variant_id: str) -> ItemVariant:
    """Find an item variant of a release; the release with which a case began has it for ever."""
    variant = app.definition.variant(variant_id)
    if variant is None:
        raise LookupError(f'The app "{app.id}" has no item variant "{variant_id}".')
    return variant


def place_of(app: CompiledApp, values: Mapping[str, Any]) -> str | None:
    """Tell the region that decides which offices work on the case."""
    if app.definition.place is None:
        return None
    value = values.get(app.definition.place.region_field)
    if isinstance(value, Mapping):
        value = value.get("region")
    return value if isinstance(value, str) and value else None


def context_of(
    services: Services,
    lists: Lists,
    paper: Paper,
    values: Mapping[str, Any],
    now: datetime,
    *,
    locale: str,
    step: str = APPLY,
    roles: Iterable[str] = (),
    facts: Mapping[str, Any] | None = None,
    attachments: Callable[[str], Attachment | None] = no_attachments,
    large: bool = False,
    sources: Mapping[str, str] | None = None,
) -> FillContext:
    """Make what the form engine needs to know; rights are those of the step and the roles."""
    definition = paper.app.definition
    return FillContext(
        evaluation=lists.evaluation(
            definition.parameters, definition.id, place_of(paper.app, values), now, services.zone
        ),
        locale=locale,
        rights=paper.form.rights_for(step, tuple(roles)),
        dictionaries=lists.dictionaries_of(definition.id, paper.app.dictionaries),
        regions=lists.places,
        facts=facts or {},
        attachments=attachments,
        large=large,
        sources=sources or {},
    )
