"""What the platform knows already, so that nobody types it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gcrm.access.actors import Actor
from gcrm.runtime.filling import Paper
from gcrm.runtime.participants import condition_path, holds
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from rule_engine import EvaluationContext

REAL_NAME = 2
SOURCES = ("account.name", "account.id_number", "account.phone")
"""Words that a field's `reuse` may hold: where its answer comes from."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Answers with what is known put in, and by field the word that says where it came from."""

    values: dict[str, Any]
    sources: dict[str, str]


def prefill(
    reader: Connection,
    services: Services,
    actor: Actor,
    paper: Paper,
    section_id: str | None,
    values: Mapping[str, Any],
    sources: Mapping[str, str],
    context: EvaluationContext,
) -> Prefilled:
    """Answer the reused fields of a section that is about to be shown for the first time.

    Where an agent applies, the fields of the person they apply for are not the agent's
    own, and what was filled in there before is taken out again. Name and ID number come
    from an account whose real name was confirmed. The party's key must be in memory.
    """
    others = _others(paper, values, context)
    wrong = {name for name in sources if name in others}
    kept = {name: value for name, value in values.items() if name not in wrong}
    told = {name: source for name, source in sources.items() if name not in wrong}
    if actor.kind != "citizen" or section_id is None:
        return Prefilled(kept, told)
    wanted = {
        field.id: field.definition.reuse
        for field in paper.form.section(section_id).fields
        if field.definition.reuse in SOURCES and field.id not in others and field.id not in kept
    }
    known = _facts(reader, services, actor, set(wanted.values()))
    for name, source in wanted.items():
        if source in known:
            kept[name], told[name] = known[source], source
    return Prefilled(kept, told)


def _others(paper: Paper, values: Mapping[str, Any], context: EvaluationContext) -> frozenset[str]:
    """List the fields that name the person for whom an agent applies."""
    app = paper.app
    agents = [each for each in app.definition.participants if each.role in ("agent", "helper")]
    if not any(
        holds(app, condition_path(app.definition, each.role), values, context) for each in agents
    ):
        return frozenset()
    return frozenset(
        name
        for each in app.definition.participants
        if each.role in ("applicant", "beneficiary")
        for name in (each.name_field, each.id_field)
        if name
    )


def _facts(
    reader: Connection, services: Services, actor: Actor, wanted: set[str]
) -> dict[str, str]:
    facts: dict[str, str] = {}
    if "account.name" in wanted and actor.assurance >= REAL_NAME:
        facts["account.name"] = actor.name
    if "account.id_number" in wanted and actor.assurance >= REAL_NAME:
        number = id_number_of(reader, services, actor)
        if number is not None:
            facts["account.id_number"] = number
    if "account.phone" in wanted:
        sealed = reader.scalar(
            select(t.account.c.phone_sealed).where(
                t.account.c.tenant_id == actor.tenant_id, t.account.c.id == actor.account_id
            )
        )
        if sealed is not None:
            facts["account.phone"] = services.sealer.open(
                actor.tenant_id,
                actor.party_id,
                f"account.phone_sealed.{actor.account_id}",
                sealed,
            ).decode("utf-8")
    return facts


def id_number_of(reader: Connection, services: Services, actor: Actor) -> str | None:
    """Open the actor's own confirmed ID number; None where there is none."""
    row = reader.execute(
        select(t.identifier.c.id, t.identifier.c.sealed).where(
            t.identifier.c.tenant_id == actor.tenant_id,
            t.identifier.c.party_id == actor.party_id,
            t.identifier.c.kind == "resident_id",
        )
    ).first()
    if row is None:
        return None
    return services.sealer.open(
        actor.tenant_id, actor.party_id, f"identifier.sealed.{row.id}", row.sealed
    ).decode("utf-8")
