"""The delivery log: each attempt to tell somebody something, its answer, and sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, update

from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.access.keys import keys_of
from gcrm.runtime.notices import ATTEMPTS, SEND
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, jobs
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.numbers import upsert
from gcrm.store.rows import put_rows

RESOURCE = "admin.messages"
PAGE = 50
CHANNELS = ("sms", "mail", "in_app")
STATUSES = ("waiting", "sent", "delivered", "failed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: sent, failed for good, or waiting to be tried again."""

    status: str
    code: str
    receipt: str = ""


def note(
    writer: Connection, tenant_id: int, notice_id: int, outcome: Outcome, now: datetime
) -> None:
    """Write down one attempt: two statements, one where the notice waits no longer."""
    sent = outcome.status == "sent"
    code, receipt = outcome.code[:60], outcome.receipt[:120]
    attempt = writer.execute(
        _ATTEMPT,
        {
            "tenant": tenant_id,
            "notice": notice_id,
            "new_status": outcome.status,
            "new_error": None if sent else code,
            "new_sent_at": now if sent else None,
            "new_receipt": receipt or None,
        },
    ).scalar()
    if attempt is not None:
        row = _row(tenant_id, notice_id, attempt, now, "sent" if sent else "failed")
        put_rows(writer, t.delivery, [{**row, "code": code, "receipt": receipt}])


_ATTEMPT = (
    update(t.notice)
    .where(
        t.notice.c.tenant_id == bindparam("tenant"),
        t.notice.c.id == bindparam("notice"),
        t.notice.c.status == "waiting",
    )
    .values(
        status=bindparam("new_status"),
        attempt=t.notice.c.attempt + 1,
        error=bindparam("new_error"),
        sent_at=bindparam("new_sent_at"),
        receipt=bindparam("new_receipt"),
    )
    .returning(t.notice.c.attempt)
)


def give_up(writer: Connection, tenant_id: int, notice_id: int) -> None:
    """Mark a notice as failed: it was tried often enough; its last error stays."""
    notice = t.notice.c
    writer.execute(
        update(t.notice)
        .where(notice.tenant_id == tenant_id, notice.id == notice_id, notice.status == "waiting")
        .values(status="failed", error=func.coalesce(notice.error, "gave_up"))
    )


def _row(
    tenant_id: int, notice_id: int, attempt: int, now: datetime, result: str
) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "notice_id": notice_id,
        "attempt": attempt,
        "at": now,
        "result": result,
    }


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway reports later of one message: `receipt` is the number it gave for it."""

    receipt: str
    delivered: bool
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipts:
    """Several reports at once; they may come twice and in any order."""

    tenant_id: int
    rows: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """How many reports were of messages we know."""

    known: int
    unknown: int


def prepare_receipts(
    reader: Connection, services: Services, actor: Actor | None, ask: Receipts, now: datetime
) -> tuple[Receipts, dict[str, tuple[int, int]]]:
    """Find the notices that are meant: number and attempt by receipt."""
    notice = t.notice.c
    rows = reader.execute(
        select(notice.receipt, notice.id, notice.attempt).where(
            notice.tenant_id == ask.tenant_id,
            notice.receipt.in_(sorted({each.receipt for each in ask.rows if each.receipt})),
        )
    )
    return ask, {row.receipt: (row.id, row.attempt) for row in rows}


def commit_receipts(
    writer: Connection,
    services: Services,
    plan: tuple[Receipts, dict[str, tuple[int, int]]],
    now: datetime,
) -> Entered:
    """Write each report once; one that says delivered is not undone by a late other."""
    ask, known = plan
    notice = t.notice.c
    for each in ask.rows:
        found = known.get(each.receipt)
        if found is None:
            continue
        notice_id, attempt = found
        result = "delivered" if each.delivered else "undelivered"
        row = _row(ask.tenant_id, notice_id, attempt, each.at, result)
        writer.execute(
            upsert(writer, t.delivery)
            .values(**row, code=each.code[:60], receipt=each.receipt[:120])
            .on_conflict_do_nothing()
        )
        changes: dict[str, Any] = (
            {"status": "delivered", "delivered_at": each.at, "error": None}
            if each.delivered
            else {"status": "failed", "error": each.code[:60]}
        )
        writer.execute(
            update(t.notice)
            .where(
                notice.tenant_id == ask.tenant_id,
                notice.id == notice_id,
                notice.status.in_(("sent", "failed") if each.delivered else ("sent",)),
            )
            .values(**changes)
        )
    entered = sum(each.receipt in known for each in ask.rows)
    return Entered(entered, len(ask.rows) - entered)


ENTER_RECEIPTS = UseCase(prepare_receipts, commit_receipts)


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody asks of the log."""

    channel: str = ""
    status: str = ""
    day: datetime | None = None  # the beginning of a day, aware
    number: str = ""  # of a case
    page: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of what happened to a notice."""

    at: datetime
    result: str
    code: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One notice in the log, without its text."""

    notice_id: int
    number: str | None
    case_id: int | None
    app_id: str | None
    release: int | None
    template: str
    channel: str
    to_mask: str
    status: str
    error: str | None
    created_at: datetime
    attempts: tuple[Attempt, ...]

    @property
    def may_be_sent_again(self) -> bool:
        """Say whether sending again makes sense: it failed, and there is somebody to tell."""
        return self.status == "failed" and self.error not in ("erased", "no_address")


def read_log(accessor: Accessor, wanted: Filter) -> tuple[tuple[LogLine, ...], int, dict[str, int]]:
    """Read one page of the log, the newest first, count all, and count states of the last week.

    Raises Denied. The log shows masks and codes, no text: reading it tells nobody's business.
    """
    accessor.require(RESOURCE, "read")
    notice, other = t.notice.c, t.case
    same = and_(other.c.tenant_id == notice.tenant_id, other.c.id == notice.case_id)
    conditions = [notice.tenant_id == accessor.actor.tenant_id]
    if wanted.channel in CHANNELS:
        conditions.append(notice.channel == wanted.channel)
    else:
        conditions.append(notice.channel != "in_app")
    if wanted.status in STATUSES:
        conditions.append(notice.status == wanted.status)
    if wanted.day is not None:
        end = wanted.day + timedelta(days=1)
        conditions += [notice.created_at >= wanted.day, notice.created_at < end]
    if wanted.number:
        conditions.append(other.c.number == wanted.number.upper())
    joined = t.notice.outerjoin(other, same)
    total = accessor.reader.execute(
        select(func.count()).select_from(joined).where(*conditions)
    ).scalar_one()
    rows = accessor.reader.execute(
        select(t.notice, other.c.number, other.c.app_id, other.c.release)
        .select_from(joined)
        .where(*conditions)
        .order_by(notice.created_at.desc(), notice.id.desc())
        .offset(wanted.page * PAGE)
        .limit(PAGE)
    ).all()
    attempts = _attempts(accessor, [row.id for row in rows])
    lines = tuple(
        LogLine(
            row.id, row.number, row.case_id, row.app_id, row.release, row.template, row.channel,
            row.to_mask, row.status, row.error, row.created_at, attempts.get(row.id, ()),
        )
        for row in rows
    )  # fmt: skip
    return lines, total, _counts(accessor)


def _attempts(accessor: Accessor, notices: Sequence[int]) -> dict[int, tuple[Attempt, ...]]:
    if not notices:
        return {}
    delivery = t.delivery.c
    found: dict[int, tuple[Attempt, ...]] = {}
    for row in accessor.reader.execute(
        select(t.delivery)
        .where(delivery.tenant_id == accessor.actor.tenant_id, delivery.notice_id.in_(notices))
        .order_by(delivery.at, delivery.id)
    ):
        line = Attempt(row.at, row.result, row.code)
        found[row.notice_id] = (*found.get(row.notice_id, ()), line)
    return found


def _counts(accessor: Accessor) -> dict[str, int]:
    notice = t.notice.c
    rows = accessor.reader.execute(
        select(notice.status, func.count())
        .where(
            notice.tenant_id == accessor.actor.tenant_id,
            notice.channel.in_(("sms", "mail")),
            notice.status.in_(("waiting", "failed")),
        )
        .group_by(notice.status)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Send a failed notice once more."""

    notice_id: int
    request_id: str | None = None


def prepare_again(
    reader: Connection, services: Services, actor: Actor, ask: SendAgain, now: datetime
) -> tuple[Actor, SendAgain]:
    """See that the actor may, and that the notice failed."""
    Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    status = reader.execute(
        select(t.notice.c.status).where(
            t.notice.c.tenant_id == actor.tenant_id, t.notice.c.id == ask.notice_id
        )
    ).scalar()
    if status is None:
        raise Refused("not_found", status=404)
    if status != "failed":
        raise Refused("notice_not_failed")
    return actor, ask


def commit_again(
    writer: Connection, services: Services, plan: tuple[Actor, SendAgain], now: datetime
) -> None:
    """Put it out once more, and write down who asked for it."""
    actor, ask = plan
    notice = t.notice.c
    changed = writer.execute(
        update(t.notice)
        .where(
            notice.tenant_id == actor.tenant_id,
            notice.id == ask.notice_id,
            notice.status == "failed",
        )
        .values(status="waiting")
    )
    if changed.rowcount != 1:
        raise StaleError("This notice was sent again meanwhile.")
    again = jobs.NewJob(SEND, {"notice": ask.notice_id}, now, ATTEMPTS)
    jobs.enqueue(writer, actor.tenant_id, [again], now)
    entry = audit.Entry(
        audit.party_chain(actor.party_id), "notice_sent_again", f"notice:{ask.notice_id}", now,
        {}, actor.party_id, actor.account_id, ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])


SEND_AGAIN = UseCase(prepare_again, commit_again)
