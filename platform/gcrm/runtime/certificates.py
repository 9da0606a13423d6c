"""Papers of a case for those who may read them: listed, and handed out as PDF."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, select

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import issuing
from gcrm.runtime.attachments import FileView
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import SealingError

PDF = "application/pdf"
Standing = Literal["issuing", "valid", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper of a case."""

    id: int
    kind: str  # certificate | letter
    title: str
    number: str
    code: str
    issued_at: datetime
    valid_to: date | None
    standing: Standing
    revoked_at: datetime | None


def standing(row: Any, today: date) -> Standing:
    """Tell how a paper stands today; what has run out needs nobody to write it down."""
    if row["status"] == "revoked":
        return "revoked"
    if row["status"] == "issuing":
        return "issuing"
    if row["valid_to"] is not None and row["valid_to"] < today:
        return "expired"
    return "valid"


def list_papers(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    case_id: int,
    now: datetime,
    *,
    locale: str,
) -> tuple[PaperLine, ...]:
    """List the papers of a case that the actor may read."""
    rows = (
        reader.execute(
            accessor.select("certificate")
            .where(t.certificate.c.case_id == case_id)
            .order_by(t.certificate.c.id)
        )
        .mappings()
        .all()
    )
    today = now.astimezone(services.zone).date()
    return tuple(_line(reader, services, row, today, locale) for row in rows)


def _line(
    reader: Connection, services: Services, row: RowMapping, today: date, locale: str
) -> PaperLine:
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    return PaperLine(
        row["id"],
        row["kind"],
        issuing.title_of(app, row["paper_id"], locale),
        row["number"],
        row["code"],
        row["issued_at"],
        row["valid_to"],
        standing(row, today),
        row["revoked_at"],
    )


@dataclass(frozen=True, slots=True)
class Open:
    """Hand a paper out as PDF."""

    certificate_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    tenant_id: int
    file: FileView
    entries: Sequence[audit.Entry]


def prepare_open(
    reader: Connection, services: Services, actor: Actor, ask: Open, now: datetime
) -> _Opened:
    """Open the sealed PDF. Raises Refused, the same for none and not allowed."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("certificate", ask.certificate_id)
    if row is None:
        raise Refused("not_found", status=404)
    if row["blob"] is None:
        raise Refused("paper_waiting", status=409)
    services.sealer.load(reader, actor.tenant_id, (row["holder_id"],))
    try:
        content = services.blobs.get(actor.tenant_id, row["holder_id"], row["blob"])
    except SealingError:
        content = None  # the holder was erased, and the paper with them
    if content is None:
        raise Refused("not_found", status=404)
    app = services.apps.load(reader, actor.tenant_id, row["app_id"], row["release"])
    name = f"{issuing.title_of(app, row['paper_id'], 'zh-CN')} {row['number']}.pdf"
    entry = audit.Entry(
        audit.case_chain(row["case_id"]),
        "paper.open",
        f"certificate:{row['id']}",
        now,
        {},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    entries = (entry,) if actor.kind == "staff" else ()
    return _Opened(actor.tenant_id, FileView(name, PDF, io.BytesIO(content), len(content)), entries)


def commit_open(writer: Connection, services: Services, plan: _Opened, now: datetime) -> FileView:
    """Write down that staff took it, before it leaves: it holds full numbers."""
    if plan.entries:
        key = services.sealer.audit_key(plan.tenant_id)
        audit.record(writer, key, plan.tenant_id, plan.entries)
    return plan.file


OPEN = UseCase(prepare_open, commit_open)


def has_revocable(reader: Connection, tenant_id: int, case_id: int) -> bool:
    """Tell whether a case has a certificate that is in force."""
    paper = t.certificate.c
    found = reader.scalar(
        select(paper.id)
        .where(
            paper.tenant_id == tenant_id,
            paper.case_id == case_id,
            paper.kind == "certificate",
            paper.status == "valid",
        )
        .limit(1)
    )
    return found is not None
