"""Upkeep: what is forgotten, what nobody attends to, what lies around."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, select

from gcrm.runtime import leftovers, parked_forms
from gcrm.runtime.services import Services
from gcrm.store import idempotency, jobs
from gcrm.store import tables as t
from gcrm.store.columns import new_id

BATCH = 200


def forget(writer: Connection, now: datetime) -> None:
    """Forget keys of submissions after seven days, forms nobody came back for, codes and links
    that are over; give up jobs whose worker was killed."""
    idempotency.forget(writer, now)
    parked_forms.forget(writer, now)
    jobs.give_up(writer, now)
    leftovers.sweep(writer, now)


def unattended(
    reader: Connection, services: Services, tenant_id: int, now: datetime
) -> Sequence[dict[str, Any]]:
    """List open tasks for which nobody holds the role any more, as incidents not yet told."""
    task, incident = t.task.c, t.incident.c
    lists = services.reference.at(reader, tenant_id, now)
    told = exists(
        select(1).where(
            incident.tenant_id == task.tenant_id,
            incident.case_id == task.case_id,
            incident.code == "no_candidate",
            incident.status == "open",
        )
    )
    rows = reader.execute(
        select(t.task)
        .where(
            task.tenant_id == tenant_id,
            task.status == "open",
            task.assignee_id.is_(None),
            task.role_code.is_not(None),
            task.role_code != "applicant",
            ~told,
        )
        .order_by(task.id)
        .limit(BATCH)
    ).all()
    return [
        {
            "tenant_id": tenant_id,
            "id": new_id(),
            "case_id": row.case_id,
            "instance_id": row.instance_id,
            "code": "no_candidate",
            "data": {"role": row.role_code, "step": row.step_id},
            "status": "open",
            "created_at": now,
        }
        for row in rows
        if not any(
            row.region_code is None or each.region in (None, row.region_code)
            for each in lists.holders((row.role_code,))
        )
    ]


def tell(writer: Connection, incidents: Sequence[dict[str, Any]]) -> None:
    """Write incidents: one statement, none for none."""
    if incidents:
        writer.execute(insert(t.incident), list(incidents))


@dataclass(frozen=True, slots=True)
class Orphan:
    """A file whose draft was deleted; `alone` says that no other row names its content."""

    tenant_id: int
    attachment_id: int
    party_id: int
    digest: str


def orphans(reader: Connection) -> tuple[Orphan, ...]:
    """List files of drafts that are gone, and those that an ended correction left over."""
    attachment, draft, correction = t.attachment.c, t.form_draft.c, t.correction.c
    rows = reader.execute(
        select(attachment.tenant_id, attachment.id, attachment.party_id, attachment.digest)
        .where(
            attachment.case_id.is_(None),
            attachment.draft_id.is_not(None),
            ~exists(
                select(1).where(
                    and_(draft.tenant_id == attachment.tenant_id, draft.id == attachment.draft_id)
                )
            ),
            ~exists(
                select(1).where(
                    correction.tenant_id == attachment.tenant_id,
                    correction.id == attachment.draft_id,
                    correction.status == "open",
                )
            ),
        )
        .limit(BATCH)
    )
    return tuple(Orphan(*row) for row in rows)


def remove(writer: Connection, found: Sequence[Orphan]) -> tuple[Orphan, ...]:
    """Delete their rows; give those whose content nothing names any more."""
    attachment = t.attachment.c
    free = []
    for orphan in found:
        writer.execute(
            delete(t.attachment).where(
                attachment.tenant_id == orphan.tenant_id,
                attachment.id == orphan.attachment_id,
                attachment.case_id.is_(None),
            )
        )
        named = writer.scalar(
            select(attachment.id)
            .where(
                attachment.tenant_id == orphan.tenant_id,
                attachment.party_id == orphan.party_id,
                attachment.digest == orphan.digest,
            )
            .limit(1)
        )
        if named is None:
            free.append(orphan)
    return tuple(free)
