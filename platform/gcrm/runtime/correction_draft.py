"""The applicant's side of a correction while it waits: save, add files, turn a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection, update

from form_engine.errors import FieldError
from form_engine.field import Field
from form_engine.rights import WRITING
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import attachments, content, corrections
from gcrm.runtime.correction_page import CorrectionPage, open_correction
from gcrm.runtime.corrections import Content
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.errors import StaleError


@dataclass(frozen=True, slots=True)
class SaveCorrection:
    """Keep what was posted; `rev` is the draft's as the page was made."""

    case_id: int
    raw: Mapping[str, list[str]]
    rev: int
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class SavedCorrection:
    """What came of it: errors beside their fields; `again` shows the page once more."""

    correction_id: int
    rev: int
    errors: tuple[FieldError, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class _SavePlan:
    tenant_id: int
    sealed: bytes
    before: int
    saved: SavedCorrection


def _open(
    reader: Connection,
    services: Services,
    actor: Actor,
    case_id: int,
    now: datetime,
    locale: str,
) -> CorrectionPage | None:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    return open_correction(reader, services, accessor, case_id, now, locale=locale)


def prepare_save(
    reader: Connection, services: Services, actor: Actor, ask: SaveCorrection, now: datetime
) -> _SavePlan:
    """Bind what was posted. What is wrong stays as typed; the rest is kept all the same."""
    page = _open(reader, services, actor, ask.case_id, now, ask.locale)
    if page is None:
        raise Refused("correction_over")
    found = page.correction
    if found.draft_rev > ask.rev:
        raise Refused("draft_conflict", {"at": now})
    bound = page.form.bind(ask.raw, page.values, page.context)
    reply = page.replies.bind(ask.raw, page.reply_values, page.reply_context)
    wrong = [*bound.errors, *reply.errors]
    named = {each.field_id for each in wrong}
    wrong += [
        each for each in page.unanswered(bound.values, reply.values) if each.field_id not in named
    ]
    again = bound.again or reply.again
    kept = Content(
        values={
            name: value
            for name, value in page.form.to_json(bound.values).items()
            if page.context.right(name) in WRITING
        },
        replies=page.replies.to_json(reply.values),
        typed={name: list(texts) for name, texts in {**bound.typed, **reply.typed}.items()}
        if bound.errors or reply.errors or again
        else {},
        files={name: (file.media_type, file.size) for name, file in page.files.items()},
    )
    sealed = corrections.seal_content(
        services.sealer,
        actor.tenant_id,
        page.case["applicant_id"],
        found.id,
        "draft_sealed",
        kept,
    )
    saved = SavedCorrection(found.id, found.draft_rev + 1, tuple(wrong), again)
    return _SavePlan(actor.tenant_id, sealed, found.draft_rev, saved)


def commit_save(
    writer: Connection, services: Services, plan: _SavePlan, now: datetime
) -> SavedCorrection:
    """Write it, unless it changed since it was read."""
    row = t.correction.c
    done = writer.execute(
        update(t.correction)
        .where(
            row.tenant_id == plan.tenant_id,
            row.id == plan.saved.correction_id,
            row.status == corrections.OPEN,
            row.draft_rev == plan.before,
        )
        .values(draft_sealed=plan.sealed, draft_rev=plan.saved.rev)
    )
    if done.rowcount != 1:
        raise StaleError(f"Correction {plan.saved.correction_id} has changed since it was read.")
    return plan.saved


SAVE_CORRECTION = UseCase(prepare_save, commit_save)


@dataclass(frozen=True, slots=True)
class UploadToCorrection:
    """Take a file into a field of the application, or beside an item of the list."""

    case_id: int
    field: str
    name: str
    stream: BinaryIO


def prepare_upload(
    reader: Connection, services: Services, actor: Actor, ask: UploadToCorrection, now: datetime
) -> attachments.Taken:
    """See that the field may be mended and takes files; read, scan, seal and keep the content."""
    page = _open(reader, services, actor, ask.case_id, now, actor.locale)
    if page is None:
        raise Refused("correction_over")
    field: Field | None = None
    if page.context.right(ask.field) in WRITING:
        field = page.form.field(ask.field)
    field = field or page.replies.field(ask.field)
    if field is None or field.type.id not in content.TAKEN:
        raise Refused("correction_field", {"field": ask.field[:40]}, 404)
    services.sealer.load(reader, actor.tenant_id, (actor.party_id,))
    return attachments.take(
        reader, services, actor, page.correction.id, field, ask.name, ask.stream, now
    )


UPLOAD_TO_CORRECTION = UseCase(prepare_upload, attachments.commit_upload)


@dataclass(frozen=True, slots=True)
class TurnInCorrection:
    """Turn a picture that was added to a correction a quarter to the right."""

    case_id: int
    attachment_id: int


def prepare_turn(
    reader: Connection, services: Services, actor: Actor, ask: TurnInCorrection, now: datetime
) -> attachments.Turned:
    """See that the correction is still open; a picture handed in before stays as it is."""
    page = _open(reader, services, actor, ask.case_id, now, actor.locale)
    if page is None:
        raise Refused("correction_over")
    return attachments.turned(reader, services, actor, page.correction.id, ask.attachment_id)


TURN_IN_CORRECTION = UseCase(prepare_turn, attachments.commit_turn)
