"""Kinds of jobs: what each does outside of the writer, and what it then writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gcrm.connectors import ConnectorError, Mail, Sms
from gcrm.runtime import deliveries, issuing, notices, recounting, scanning
from gcrm.runtime.attachments import SCAN
from gcrm.runtime.deliveries import Outcome
from gcrm.runtime.notice_rows import open_text
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


NOTICE_WAITS = (*WAITS, *(timedelta(hours=each) for each in (2, 6, 12, 24)))
"""A mail server may be away over a night: messages are tried for about two days."""


def _nothing(writer: Connection, job: Job, code: str, now: datetime) -> None:
    """Note nothing of a failure beside the job itself."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """What a job does: `work` may take its time and call connectors; `commit` only writes.

    `commit` runs in the transaction in which the job is finished, `give_up` in the one in
    which it is given up, `tried` in that of every failure, with its code; `again` takes back
    what giving up wrote, when an administrator lets a job run once more.
    """

    work: Callable[[Connection, Services, Job, datetime], Any]
    commit: Callable[[Connection, Job, Any, datetime], None]
    give_up: Callable[[Connection, Job, datetime], None]
    again: Callable[[Connection, Job, datetime], None] = nothing_again
    tried: Callable[[Connection, Job, str, datetime], None] = _nothing
    waits: Sequence[timedelta] = WAITS


def retry_at(kind: JobKind, attempt: int, now: datetime) -> datetime:
    """Tell when a job is tried again after its nth attempt."""
    return now + kind.waits[min(attempt, len(kind.waits)) - 1]


def _send(reader: Connection, services: Services, job: Job, now: datetime) -> Outcome | None:
    row = (
        reader.execute(_READ, {"tenant": job.tenant_id, "notice": job.payload["notice"]})
        .mappings()
        .first()
    )
    if row is None or row["status"] != "waiting":
        return None
    services.sealer.load(reader, job.tenant_id, (row["party_id"],))
    if not services.sealer.has(job.tenant_id, row["party_id"]):
        return Outcome("failed", "erased")  # nobody is left to be told
    content = open_text(services, row)
    if content.to is None:
        return Outcome("failed", "no_address")
    try:
        if row["channel"] == "mail":
            key = str(row["id"])
            mail = Mail(job.tenant_id, content.to, content.subject, content.text, now, key)
            receipt = services.connectors.mail.send(mail)
        else:
            sms = Sms(job.tenant_id, content.to, content.text, row["template"], now)
            receipt = services.connectors.sms.send(sms)
    except ConnectorError as refusal:
        if not refusal.permanent:
            raise
        return Outcome("failed", refusal.code)
    return Outcome("sent", "OK", receipt)


def _sent(writer: Connection, job: Job, outcome: Outcome | None, now: datetime) -> None:
    if outcome is not None:
        deliveries.note(writer, job.tenant_id, int(job.payload["notice"]), outcome, now)


def _tried(writer: Connection, job: Job, code: str, now: datetime) -> None:
    again = Outcome("waiting", code)
    deliveries.note(writer, job.tenant_id, int(job.payload["notice"]), again, now)


def _not_sent(writer: Connection, job: Job, now: datetime) -> None:
    deliveries.give_up(writer, job.tenant_id, int(job.payload["notice"]))


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


_READ = select(t.notice).where(
    t.notice.c.tenant_id == bindparam("tenant"), t.notice.c.id == bindparam("notice")
)


def _stays(writer: Connection, job: Job, now: datetime) -> None:
    """Leave a file in quarantine: nobody has said that it is clean."""


KINDS: Mapping[str, JobKind] = {
    notices.SEND: JobKind(_send, _sent, _not_sent, _send_again, _tried, NOTICE_WAITS),
    SCAN: JobKind(scanning.work, scanning.commit_work, _stays, waits=scanning.WAITS),
    issuing.BEGIN: JobKind(issuing.begin, issuing.commit_begin, issuing.leave),
    issuing.PRINT: JobKind(issuing.print_paper, issuing.commit_print, issuing.leave),
    recounting.RECOUNT: JobKind(recounting.work, recounting.commit, recounting.leave),
}
