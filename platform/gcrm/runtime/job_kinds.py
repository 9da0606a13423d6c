"""Kinds of jobs: what each does outside of the writer, and what it then writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gcrm.connectors import Sms
from gcrm.runtime import issuing, notices
from gcrm.runtime.attachments import SCAN
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.jobs import Job

WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)
"""How long a failed job waits before it is tried again; after the last it is an incident."""


def nothing_again(writer: Connection, job: Job, now: datetime) -> None:
    """Leave all as it is: what giving up the job changed need not be taken back."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """What a job does: `work` may take its time and call connectors; `commit` only writes.

    `commit` runs in the transaction in which the job is finished, `give_up` in the one in
    which it is given up; `again` takes back what that wrote, when an administrator lets a job
    run once more.
    """

    work: Callable[[Connection, Services, Job, datetime], Any]
    commit: Callable[[Connection, Job, Any, datetime], None]
    give_up: Callable[[Connection, Job, datetime], None]
    again: Callable[[Connection, Job, datetime], None] = nothing_again


def retry_at(attempt: int, now: datetime) -> datetime:
    """Tell when a job is tried again after its nth attempt."""
    return now + WAITS[min(attempt, len(WAITS)) - 1]


def _send(reader: Connection, services: Services, job: Job, now: datetime) -> bool:
    row = (
        reader.execute(_READ, {"tenant": job.tenant_id, "notice": job.payload["notice"]})
        .mappings()
        .first()
    )
    if row is None or row["status"] != "waiting":
        return False
    services.sealer.load(reader, job.tenant_id, (row["party_id"],))
    text, phone = notices.open_text(services, row)
    if phone is not None:
        services.connectors.sms.send(Sms(job.tenant_id, phone, text, row["template"], now))
    return True


def _sent(writer: Connection, job: Job, done: bool, now: datetime) -> None:
    if done:
        _notice(writer, job, {"status": "sent", "sent_at": now, "attempt": job.attempt})


def _not_sent(writer: Connection, job: Job, now: datetime) -> None:
    _notice(writer, job, {"status": "failed", "error": "gave_up", "attempt": job.attempt})


def _send_again(writer: Connection, job: Job, now: datetime) -> None:
    writer.execute(
        update(t.notice)
        .where(
            t.notice.c.tenant_id == job.tenant_id,
            t.notice.c.id == job.payload["notice"],
            t.notice.c.status == "failed",
        )
        .values(status="waiting", error=None)
    )


def _notice(writer: Connection, job: Job, values: Mapping[str, Any]) -> None:
    which = {"of_tenant": job.tenant_id, "of_notice": job.payload["notice"]}
    writer.execute(_SETTLE, {**which, **values})


_READ = select(t.notice).where(
    t.notice.c.tenant_id == bindparam("tenant"), t.notice.c.id == bindparam("notice")
)
_SETTLE = update(t.notice).where(
    t.notice.c.tenant_id == bindparam("of_tenant"),
    t.notice.c.id == bindparam("of_notice"),
    t.notice.c.status == "waiting",
)


def _scan(reader: Connection, services: Services, job: Job, now: datetime) -> str | None:
    row = reader.execute(
        select(t.attachment).where(
            t.attachment.c.tenant_id == job.tenant_id,
            t.attachment.c.id == job.payload["attachment"],
        )
    ).first()
    if row is None or row.state != "waiting":
        return None
    services.sealer.load(reader, job.tenant_id, (row.party_id,))
    content = services.blobs.get(job.tenant_id, row.party_id, row.digest)
    if content is None:
        return None
    return "clean" if services.connectors.scanner.scan(content).clean else "infected"


def _scanned(writer: Connection, job: Job, state: str | None, now: datetime) -> None:
    if state is not None:
        writer.execute(
            update(t.attachment)
            .where(
                t.attachment.c.tenant_id == job.tenant_id,
                t.attachment.c.id == job.payload["attachment"],
                t.attachment.c.state == "waiting",
            )
            .values(state=state)
        )


def _stays(writer: Connection, job: Job, now: datetime) -> None:
    """Leave a file in quarantine: nobody has said that it is clean."""


KINDS: Mapping[str, JobKind] = {
    notices.SEND: JobKind(_send, _sent, _not_sent, _send_again),
    SCAN: JobKind(_scan, _scanned, _stays),
    issuing.BEGIN: JobKind(issuing.begin, issuing.commit_begin, issuing.leave),
    issuing.PRINT: JobKind(issuing.print_paper, issuing.commit_print, issuing.leave),
}
