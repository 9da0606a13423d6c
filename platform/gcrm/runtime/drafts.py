"""Drafts: start one, save it section by section, go on elsewhere, delete it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from form_engine.bound import Bound
from form_engine.context import Attachment, FillContext
from form_engine.errors import FieldError
from gcrm.access.actors import Actor
from gcrm.runtime import filling
from gcrm.runtime.attachments import name_place
from gcrm.runtime.draft_rows import Content, Draft, read_draft
from gcrm.runtime.filling import Paper
from gcrm.runtime.prefill import prefill
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError

MOST = 20  # unfinished drafts of one account


@dataclass(frozen=True, slots=True)
class Start:
    """Begin to apply for an item variant."""

    app_id: str
    variant: str


@dataclass(frozen=True, slots=True)
class Started:
    """A new draft; `section` is its first page."""

    draft_id: int
    section: str
    key: str


@dataclass(frozen=True, slots=True)
class _StartPlan:
    row: Mapping[str, Any]
    started: Started


def prepare_start(
    reader: Connection, services: Services, actor: Actor, ask: Start, now: datetime
) -> _StartPlan:
    """Pin the draft to the current release and fill in what is known of the person.

    Staff apply with an account of their own as citizens: as staff they would decide
    about themselves.
    """
    if actor.kind == "staff":
        raise Refused("staff_apply", status=403)
    found = reader.execute(
        select(t.app.c.current_release, t.item_variant.c.id)
        .join_from(
            t.app,
            t.item_variant,
            and_(
                t.item_variant.c.tenant_id == t.app.c.tenant_id,
                t.item_variant.c.app_id == t.app.c.id,
            ),
        )
        .where(
            t.app.c.tenant_id == actor.tenant_id,
            t.app.c.id == ask.app_id,
            t.item_variant.c.code == ask.variant,
            t.item_variant.c.open,
        )
    ).one_or_none()
    if found is None or found.current_release is None:
        raise Refused("item_closed", status=404)
    count = reader.scalar(
        select(func.count()).where(
            t.form_draft.c.tenant_id == actor.tenant_id,
            t.form_draft.c.account_id == actor.account_id,
        )
    )
    if count is not None and count >= MOST:
        raise Refused("draft_many", {"count": count})
    app = services.apps.load(reader, actor.tenant_id, ask.app_id, found.current_release)
    paper = filling.paper_of(app, ask.variant)
    services.sealer.load(reader, actor.tenant_id, (actor.party_id,))
    first = paper.form.sections[0].id
    lists = services.reference.at(reader, actor.tenant_id, now)
    context = filling.context_of(services, lists, paper, {}, now, locale=actor.locale)
    begun = paper.form.start({}, context).values
    known = prefill(reader, services, actor, paper, first, begun, {}, context.evaluation)
    draft_id = new_id()
    started = Started(draft_id, first, secrets.token_hex(16))
    content = Content(values=paper.form.to_json(known.values), sources=known.sources)
    row = {
        "tenant_id": actor.tenant_id,
        "id": draft_id,
        "account_id": actor.account_id,
        "party_id": actor.party_id,
        "app_id": ask.app_id,
        "release": app.number,
        "item_variant_id": found.id,
        "form_id": paper.form.id,
        "sealed": content.seal(services.sealer, actor.tenant_id, actor.party_id, draft_id),
        "position": first,
        "key": started.key,
        "rev": 1,
        "created_at": now,
        "updated_at": now,
    }
    return _StartPlan(row, started)


def commit_start(
    writer: Connection, services: Services, plan: _StartPlan, now: datetime
) -> Started:
    """Write the draft."""
    writer.execute(insert(t.form_draft).values(**plan.row))
    return plan.started


START = UseCase(prepare_start, commit_start)


@dataclass(frozen=True, slots=True)
class Save:
    """Save what was posted for one section; `rev` is the draft's as the page was made."""

    draft_id: int
    section: str
    raw: Mapping[str, list[str]]
    rev: int
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it: errors beside their fields, and the next page (None: check answers)."""

    draft_id: int
    rev: int
    errors: tuple[FieldError, ...]
    next_section: str | None
    again: bool = False  # the person asked for another row: show the page again
    warnings: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class _SavePlan:
    tenant_id: int
    sealed: bytes
    position: str
    before: int
    saved: Saved


def prepare_save(
    reader: Connection, services: Services, actor: Actor, ask: Save, now: datetime
) -> _SavePlan:
    """Bind the section. What is wrong stays as typed; the rest is kept all the same."""
    page = open_page(reader, services, actor, ask.draft_id, now, locale=ask.locale)
    draft, form = page.draft, page.paper.form
    if ask.section not in {section.id for section in form.sections}:
        raise Refused("section_unknown", status=404)
    if draft.content.saved.get(ask.section, 0) > ask.rev:
        raise Refused("draft_conflict", {"at": draft.updated_at})
    bound = form.bind(ask.raw, page.values, page.context, ask.section)
    rev = draft.rev + 1
    typed = {key: texts for key, texts in draft.content.typed.items() if key != ask.section}
    if bound.errors or bound.again:
        typed[ask.section] = {name: list(texts) for name, texts in bound.typed.items()}
    following = next_section(page, bound.values, ask.section)
    sources = {
        name: source
        for name, source in draft.content.sources.items()
        if bound.values.get(name) == page.values.get(name)
    }
    known = prefill(
        reader,
        services,
        actor,
        page.paper,
        following if following not in draft.content.saved else None,
        bound.values,
        sources,
        page.context.evaluation,
    )
    content = Content(
        values=form.to_json(known.values),
        typed=typed,
        saved={**draft.content.saved, ask.section: rev},
        sources=known.sources,
        files={name: (file.media_type, file.size) for name, file in page.files.items()},
    )
    return _SavePlan(
        actor.tenant_id,
        content.seal(services.sealer, actor.tenant_id, draft.party_id, draft.id),
        ask.section if bound.errors or bound.again or following is None else following,
        draft.rev,
        Saved(draft.id, rev, bound.errors, following, bound.again, bound.warnings),
    )


def commit_save(writer: Connection, services: Services, plan: _SavePlan, now: datetime) -> Saved:
    """Write the draft, unless it changed since it was read."""
    done = writer.execute(
        update(t.form_draft)
        .where(
            t.form_draft.c.tenant_id == plan.tenant_id,
            t.form_draft.c.id == plan.saved.draft_id,
            t.form_draft.c.rev == plan.before,
        )
        .values(sealed=plan.sealed, position=plan.position, rev=plan.saved.rev, updated_at=now)
    )
    if done.rowcount != 1:
        raise StaleError(f"Draft {plan.saved.draft_id} has changed since it was read.")
    return plan.saved


SAVE = UseCase(prepare_save, commit_save)


def move(writer: Connection, draft: Draft, release: int, now: datetime) -> None:
    """Bring a draft to another release; answers stay under the ids of their fields."""
    done = writer.execute(
        update(t.form_draft)
        .where(
            t.form_draft.c.tenant_id == draft.tenant_id,
            t.form_draft.c.id == draft.id,
            t.form_draft.c.rev == draft.rev,
        )
        .values(release=release, rev=draft.rev + 1, updated_at=now)
    )
    if done.rowcount != 1:
        raise StaleError(f"Draft {draft.id} has changed since it was read.")


@dataclass(frozen=True, slots=True)
class Delete:
    """Throw a draft away."""

    draft_id: int


def prepare_delete(
    reader: Connection, services: Services, actor: Actor, ask: Delete, now: datetime
) -> tuple[int, int]:
    """See that it is the actor's own."""
    return actor.tenant_id, read_draft(reader, services.sealer, actor, ask.draft_id).id


def commit_delete(
    writer: Connection, services: Services, plan: tuple[int, int], now: datetime
) -> None:
    """Delete it; files uploaded to it are wiped by the worker."""
    tenant_id, draft_id = plan
    writer.execute(
        delete(t.form_draft).where(
            t.form_draft.c.tenant_id == tenant_id, t.form_draft.c.id == draft_id
        )
    )


DELETE = UseCase(prepare_delete, commit_delete)


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft open in front of its person: definition, answers, context."""

    draft: Draft
    paper: Paper
    values: Mapping[str, Any]
    context: FillContext
    files: Mapping[str, Attachment]

    def bound(self, section: str) -> Bound:
        """Give a section as it is to be shown: as typed where something was wrong."""
        typed = self.draft.content.typed.get(section)
        if typed is not None:
            return self.paper.form.bind(typed, self.values, self.context, section)
        return self.paper.form.start(self.values, self.context)

    @property
    def sections(self) -> tuple[str, ...]:
        """List the pages that the answers call for."""
        shown = self.paper.form.visible_sections(self.values, self.context)
        return tuple(section.id for section in shown)


def open_page(
    reader: Connection,
    services: Services,
    actor: Actor,
    draft_id: int,
    now: datetime,
    *,
    locale: str,
    large: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> DraftPage:
    """Open one of the actor's own drafts on the release with which it began."""
    draft = read_draft(reader, services.sealer, actor, draft_id)
    app = services.apps.load(reader, actor.tenant_id, draft.app_id, draft.release)
    paper = filling.paper_of(app, draft.variant, draft.form_id)
    values = paper.form.from_json(draft.content.values)
    files = files_of(reader, services, actor.tenant_id, draft.id)
    context = filling.context_of(
        services,
        services.reference.at(reader, actor.tenant_id, now),
        paper,
        values,
        now,
        locale=locale,
        attachments=files.get,
        large=large,
        facts=facts,
        sources=draft.content.sources,
    )
    return DraftPage(draft, paper, values, context, files)


def next_section(page: DraftPage, values: Mapping[str, Any], section: str) -> str | None:
    """Tell the page after this one; None when all have been shown."""
    order = [each.id for each in page.paper.form.sections]
    after = order.index(section)
    shown = page.paper.form.visible_sections(values, page.context)
    return next((each.id for each in shown if order.index(each.id) > after), None)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in a list."""

    draft_id: int
    app_id: str
    item_name: str
    section: str
    updated_at: datetime


def list_drafts(reader: Connection, actor: Actor) -> tuple[DraftLine, ...]:
    """List the actor's own drafts, the last touched first."""
    rows = reader.execute(
        select(
            t.form_draft.c.id,
            t.form_draft.c.app_id,
            t.app.c.name,
            t.form_draft.c.position,
            t.form_draft.c.updated_at,
        )
        .join_from(
            t.form_draft,
            t.app,
            and_(
                t.app.c.tenant_id == t.form_draft.c.tenant_id, t.app.c.id == t.form_draft.c.app_id
            ),
        )
        .where(
            t.form_draft.c.tenant_id == actor.tenant_id,
            t.form_draft.c.account_id == actor.account_id,
        )
        .order_by(t.form_draft.c.updated_at.desc())
    )
    return tuple(DraftLine(*row) for row in rows)


def files_of(
    reader: Connection, services: Services, tenant_id: int, draft_id: int
) -> Mapping[str, Attachment]:
    """List the files of a draft by id: one statement."""
    rows: Sequence[Any] = reader.execute(
        select(t.attachment).where(
            t.attachment.c.tenant_id == tenant_id, t.attachment.c.draft_id == draft_id
        )
    ).all()
    return {
        str(row.id): Attachment(
            id=str(row.id),
            name=services.sealer.open(
                tenant_id, row.party_id, name_place(row.id), row.name_sealed
            ).decode("utf-8"),
            media_type=row.media_type,
            size=row.size,
            url=f"/files/{row.id}",
            state=row.state,
        )
        for row in rows
    }
