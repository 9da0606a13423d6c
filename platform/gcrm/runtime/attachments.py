"""Attachments: taken into a draft, checked, sealed; handed out only through the accessor."""

import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, func, insert, select, update

from form_engine.field import Field
from form_engine.fields.file import MEDIA_TYPES
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.connectors import NONE, ConnectorError
from gcrm.runtime import content, filling, pictures
from gcrm.runtime.draft_rows import read_draft
from gcrm.runtime.pictures import PictureError
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, jobs
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError

MOST = 30  # files of one draft
MEGABYTE = 1024 * 1024
SCAN = "attachment.scan"
SCANS = 600
"""How often the scanner is asked about a file, ten minutes apart: about four days."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Take a file into a field of a draft."""

    draft_id: int
    field: str
    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was taken, as a page shows it."""

    id: str
    name: str
    media_type: str
    size: int
    state: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read, looked at, scanned and stored; only its row is still to be written."""

    row: Mapping[str, Any]
    uploaded: Uploaded
    entry: audit.Entry


def prepare_upload(
    reader: Connection, services: Services, actor: Actor, ask: Upload, now: datetime
) -> Taken:
    """Read up to the limit, look at what it really is, scan, seal and keep the content."""
    draft = read_draft(reader, services.sealer, actor, ask.draft_id)
    app = services.apps.load(reader, actor.tenant_id, draft.app_id, draft.release)
    paper = filling.paper_of(app, draft.variant, draft.form_id)
    field = next((each for each in paper.form.fields if each.id == ask.field), None)
    if field is None or field.type.id not in content.TAKEN:
        raise Refused("draft_gone", status=404)
    return take(reader, services, actor, draft.id, field, ask.name, ask.stream, now)


def take(
    reader: Connection,
    services: Services,
    actor: Actor,
    owner_id: int,
    field: Field,
    name: str,
    stream: BinaryIO,
    now: datetime,
) -> Taken:
    """Take a file for something unfinished (a draft, a correction) of the actor's.

    The actor's key must be in memory.
    """
    count = reader.scalar(
        select(func.count()).where(
            t.attachment.c.tenant_id == actor.tenant_id, t.attachment.c.draft_id == owner_id
        )
    )
    if count is not None and count >= MOST:
        raise Refused("attachment_many", {"count": MOST}, 422)
    limit = int(field.settings.get("max_mb", 10))
    accept = field.settings.get("accept")
    wanted = None if accept is None else [MEDIA_TYPES[each] for each in accept]
    place = Place(actor.party_id, owner_id, field.id, field.type.id, limit, wanted)
    return keep(services, actor, place, name, stream, now)


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is for: under whose key, of which unfinished thing, what may be in it."""

    party_id: int
    owner_id: int | None
    field: str
    kind: str  # image | signature | file
    megabytes: int
    accept: Collection[str] | None = None


def keep(
    services: Services, actor: Actor, place: Place, name: str, stream: BinaryIO, now: datetime
) -> Taken:
    """Read up to the limit, look at what it really is, scan, seal and keep the content.

    The key of the place's party must be in memory.
    """
    limit = min(services.settings.upload_limit, place.megabytes * MEGABYTE)
    data = content.read_limited(stream, limit)
    if data is None:
        raise Refused("attachment_large", {"limit": limit // MEGABYTE}, 413)
    media_type, fault = content.judge(data, place.kind, name, place.accept)
    name = content.safe_name(name, media_type)
    if fault is not None:
        raise Refused(fault.code, {"name": name, **dict(fault.values)}, 422)
    state = scan(services, data)
    if state == "infected":
        raise Refused("attachment_infected", {"name": name}, 422)
    original = hashlib.sha256(data).hexdigest()
    data = _only_pixels(data, media_type, name)
    attachment_id = new_id()
    taken = audit.Entry(
        audit.party_chain(actor.party_id), "attachment_taken", f"attachment:{attachment_id}", now,
        {"original": original, "field": place.field, "type": media_type, "size": len(data)},
        actor.party_id, actor.account_id,
    )  # fmt: skip
    digest = services.blobs.put(actor.tenant_id, place.party_id, data)
    row = {
        "tenant_id": actor.tenant_id,
        "id": attachment_id,
        "party_id": place.party_id,
        "draft_id": place.owner_id,
        "field_id": place.field,
        "digest": digest,
        "name_sealed": services.sealer.seal(
            actor.tenant_id, place.party_id, name_place(attachment_id), name.encode("utf-8")
        ),
        "media_type": media_type,
        "size": len(data),
        "state": state,
        "uploaded_by": actor.party_id,
        "uploaded_at": now,
    }
    uploaded = Uploaded(str(attachment_id), name, media_type, len(data), state)
    return Taken(row, uploaded, taken)


def _only_pixels(data: bytes, media_type: str, name: str) -> bytes:
    """Write a picture anew: where it was taken, and what stands behind its end, is gone."""
    if media_type not in content.PICTURES:
        return data
    try:
        return pictures.rewrite(data, media_type)
    except PictureError as error:
        raise Refused(error.code, {"name": name}, 422) from error


def commit_upload(writer: Connection, services: Services, plan: Taken, now: datetime) -> Uploaded:
    """Write the row and, in audit, what was sent; what was not scanned waits in quarantine."""
    tenant = plan.row["tenant_id"]
    writer.execute(insert(t.attachment).values(**plan.row))
    audit.record(writer, services.sealer.audit_key(tenant), tenant, [plan.entry])
    if plan.uploaded.state == "waiting":
        job = jobs.NewJob(SCAN, {"attachment": plan.row["id"]}, now, SCANS)
        jobs.enqueue(writer, plan.row["tenant_id"], [job], now)
    return plan.uploaded


UPLOAD = UseCase(prepare_upload, commit_upload)


def scan(services: Services, data: bytes) -> str:
    """Ask the virus scanner: clean, infected, or waiting where it is away.

    An installation that decided to go without one waits for nobody.
    """
    try:
        verdict = services.connectors.scanner.scan(data)
    except ConnectorError as error:
        return "clean" if error.code == NONE else "waiting"
    return "clean" if verdict.clean else "infected"


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a file out of a draft."""

    draft_id: int
    attachment_id: int


@dataclass(frozen=True, slots=True)
class _Removal:
    tenant_id: int
    draft_id: int
    attachment_id: int


def prepare_remove(
    reader: Connection, services: Services, actor: Actor, ask: Remove, now: datetime
) -> _Removal:
    """See that the draft is the actor's own."""
    draft = read_draft(reader, services.sealer, actor, ask.draft_id)
    return _Removal(actor.tenant_id, draft.id, ask.attachment_id)


def commit_remove(writer: Connection, services: Services, plan: _Removal, now: datetime) -> None:
    """Delete the row; the sweeper deletes content that no row names any more."""
    writer.execute(
        delete(t.attachment).where(
            t.attachment.c.tenant_id == plan.tenant_id,
            t.attachment.c.id == plan.attachment_id,
            t.attachment.c.draft_id == plan.draft_id,
            t.attachment.c.case_id.is_(None),
        )
    )


REMOVE = UseCase(prepare_remove, commit_remove)


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn a picture of a draft a quarter to the right."""

    draft_id: int
    attachment_id: int


@dataclass(frozen=True, slots=True)
class Turned:
    """A picture as it was and as it is to be: content by digest."""

    tenant_id: int
    attachment_id: int
    before: str
    digest: str
    size: int


def prepare_turn(
    reader: Connection, services: Services, actor: Actor, ask: Turn, now: datetime
) -> Turned:
    """Write the picture anew, turned; the draft and its file must be the actor's own."""
    draft = read_draft(reader, services.sealer, actor, ask.draft_id)
    return turned(reader, services, actor, draft.id, ask.attachment_id)


def turned(
    reader: Connection, services: Services, actor: Actor, owner_id: int, attachment_id: int
) -> Turned:
    """Turn a picture of something unfinished (a draft, a correction) of the actor's."""
    a = t.attachment.c
    row = reader.execute(
        select(a.digest, a.media_type, a.state, a.party_id).where(
            a.tenant_id == actor.tenant_id, a.id == attachment_id, a.draft_id == owner_id
        )
    ).one_or_none()
    if row is None:
        raise Refused("not_found", status=404)
    data = None
    if row.media_type in content.PICTURES and row.state == "clean":
        services.sealer.load(reader, actor.tenant_id, (row.party_id,))
        data = services.blobs.get(actor.tenant_id, row.party_id, row.digest)
    if data is None:
        raise Refused("attachment_turn", status=422)
    try:
        upright = pictures.rewrite(data, row.media_type, 1)
    except PictureError as error:
        raise Refused("attachment_turn", status=422) from error
    digest = services.blobs.put(actor.tenant_id, row.party_id, upright)
    return Turned(actor.tenant_id, attachment_id, row.digest, digest, len(upright))


def commit_turn(writer: Connection, services: Services, plan: Turned, now: datetime) -> None:
    """Let the row name the turned content. Raises StaleError where somebody turned it before."""
    a = t.attachment.c
    done = writer.execute(
        update(t.attachment)
        .where(
            a.tenant_id == plan.tenant_id,
            a.id == plan.attachment_id,
            a.digest == plan.before,
            a.case_id.is_(None),
        )
        .values(digest=plan.digest, size=plan.size)
    )
    if done.rowcount != 1:
        raise StaleError("The picture was turned by somebody else just now.")


TURN = UseCase(prepare_turn, commit_turn)


def unready(
    reader: Connection, services: Services, tenant_id: int, files: Collection[int]
) -> Refused:
    """Say which of some files keeps them from being handed in, and what to do."""
    a = t.attachment.c
    row = reader.execute(
        select(a.id, a.party_id, a.name_sealed, a.state).where(
            a.tenant_id == tenant_id, a.id.in_(files), a.state != "clean"
        )
    ).first()
    if row is None:
        return Refused("attachment_lost", status=422)
    name = services.sealer.open(tenant_id, row.party_id, name_place(row.id), row.name_sealed)
    code = "attachment_infected_here" if row.state == "infected" else "attachment_checking"
    return Refused(code, {"name": name.decode("utf-8")}, 422)


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as it is sent: always as an attachment, never shown by the browser as a page."""

    name: str
    media_type: str
    content: io.BytesIO
    size: int


def open_file(
    reader: Connection, services: Services, accessor: Accessor, actor: Actor, attachment_id: int
) -> FileView:
    """Open a file that the actor may read. Raises Refused, the same for none and not allowed."""
    row = accessor.find("attachment", attachment_id)
    if row is None:
        raise Refused("not_found", status=404)
    return view_of(reader, services, row)


def view_of(reader: Connection, services: Services, row: Any) -> FileView:
    """Open a file from its row. Raises Refused where it was not scanned, or is gone."""
    if row["state"] != "clean":
        raise Refused("attachment_waiting", status=409)
    tenant, party = row["tenant_id"], row["party_id"]
    services.sealer.load(reader, tenant, (party,))
    data = services.blobs.get(tenant, party, row["digest"])
    if data is None:
        raise Refused("not_found", status=404)
    name = services.sealer.open(tenant, party, name_place(row["id"]), row["name_sealed"])
    return FileView(name.decode("utf-8"), row["media_type"], io.BytesIO(data), len(data))


def small(found: FileView) -> bytes | None:
    """Give a small JPEG of a picture for lists, None for any other file."""
    if found.media_type not in content.PICTURES:
        return None
    try:
        return pictures.small(found.content.getvalue())
    except PictureError:
        return None


def name_place(attachment_id: int) -> str:
    """Name the place where an attachment's name is sealed."""
    return f"attachment.name_sealed.{attachment_id}"
