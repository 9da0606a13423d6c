"""A draft laid open to be judged: its answers, who takes part, and what is known of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from form_engine.context import Attachment, FillContext
from form_engine.settling import Settled
from gcrm.access.actors import Actor
from gcrm.runtime import facts, filling, participants, parties, precheck, standing
from gcrm.runtime.draft_rows import Draft, find_draft
from gcrm.runtime.filling import Paper
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.standing import Standing
from rule_engine import EvaluationContext


@dataclass(frozen=True)
class Sheet:
    """A draft whose answers are effective: what is hidden is gone, what is computed is there.

    Without slots: what rules see of it is worked out once.
    """

    draft: Draft
    paper: Paper
    lists: Lists
    context: FillContext
    values: Mapping[str, Any]
    settled: Settled
    named: tuple[participants.Named, ...]
    place: str | None

    def knowing(self, known: Mapping[str, Any]) -> "Sheet":
        """Give the sheet with what the registers say."""
        context = replace(self.context, facts=dict(known))
        settled = self.paper.form.knowing(self.settled, self.values, context)
        return replace(self, context=context, settled=settled)

    @cached_property
    def inputs(self) -> Mapping[str, Any]:
        """Give what rules see: answers that count, derived facts, facts."""
        return self.paper.form.inputs(self.values, self.context, self.settled)

    @property
    def evaluation(self) -> EvaluationContext:
        """Give what expressions are evaluated in."""
        return self.context.evaluation


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of the people in the answers."""

    standing: Standing
    indexes: Mapping[tuple[str, str], bytes]
    sheet: Sheet

    def facts(self, services: Services) -> Mapping[str, Any]:
        """Ask the registers; the writer must be free."""
        open_for = {
            number
            for (kind, number), index in self.indexes.items()
            if (kind, index) in self.standing.open_for
        }
        return facts.gather(
            self.sheet.paper.app.definition,
            self.sheet.values,
            frozenset(open_for),
            services.connectors,
        )


def open_sheet(
    reader: Connection, services: Services, actor: Actor, draft: Draft, locale: str, now: datetime
) -> Sheet:
    """Open a draft on its release with the answers that count."""
    app = services.apps.load(reader, actor.tenant_id, draft.app_id, draft.release)
    paper = filling.paper_of(app, draft.variant, draft.form_id)
    lists = services.reference.at(reader, actor.tenant_id, now)
    stored = paper.form.from_json(draft.content.values)
    context = filling.context_of(
        services, lists, paper, stored, now, locale=locale, attachments=_remembered(draft)
    )
    settled = paper.form.settle(stored, context)
    values = paper.form.counted(settled)
    return Sheet(
        draft,
        paper,
        lists,
        context,
        values,
        settled,
        participants.named(app, paper.form, values, context.evaluation),
        filling.place_of(app, values),
    )


def _remembered(draft: Draft) -> Callable[[str], Attachment | None]:
    """Take the files as they were when the page was saved: the commit moves them or stops."""
    files = draft.content.files

    def find(name: str) -> Attachment | None:
        return Attachment(name, "", *files[name]) if name in files else None

    return find


def ask_around(reader: Connection, services: Services, actor: Actor, sheet: Sheet) -> Known:
    """Ask the database about the people whom the answers name; take in their keys."""
    app = sheet.paper.app
    indexes = parties.indexes_of(
        services,
        actor.tenant_id,
        sheet.named,
        facts.wanted_numbers(app.definition, sheet.values),
    )
    found = standing.ask(
        reader,
        standing.Question(
            tenant_id=actor.tenant_id,
            app_id=app.definition.id,
            submitter_id=actor.party_id,
            indexes=tuple((kind, index) for (kind, _), index in indexes.items()),
            open_role=participants.open_role(app.definition),
            today=sheet.evaluation.now.astimezone(services.zone).date(),
        ),
    )
    for party_id, version, wrapped in found.keys:
        services.sealer.admit(actor.tenant_id, party_id, version, wrapped)
    return Known(found, indexes, sheet)


def judge_draft(
    reader: Connection, services: Services, actor: Actor, draft_id: int, locale: str, now: datetime
) -> Precheck:
    """Judge a draft as submitting it now would; nothing is written."""
    draft = find_draft(reader, services.sealer, actor, draft_id)
    if draft is None:
        raise Refused("draft_gone", status=404)
    sheet = open_sheet(reader, services, actor, draft, locale, now)
    known = ask_around(reader, services, actor, sheet).facts(services)
    sheet = sheet.knowing(known)
    return precheck.judge(sheet.paper, sheet.inputs, sheet.context)
