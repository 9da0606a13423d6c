"""What a submission is made of: thought out by `submit`, written in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    String,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from gcrm.runtime.movement import Movement, message_of, write_rows
from gcrm.runtime.parties import Parties, write_new
from gcrm.runtime.services import Services
from gcrm.runtime.standing import NEGATIVE
from gcrm.store import audit, events, numbers, outbox, records
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.record_tables import RecordForm


@dataclass(frozen=True, slots=True)
class Guard:
    """What must still be so when the writer is held."""

    account_id: int
    form_key: str
    key: str
    digest: str
    answer: str
    draft_id: int
    draft_rev: int
    app_id: str
    release: int
    alone: tuple[str, tuple[int, ...]] | None  # role and parties that may have no other case
    lock: int  # PostgreSQL: submissions for the same person come one after the other


@dataclass(frozen=True, slots=True)
class Submission:
    """All rows of a submission, ready to be written."""

    tenant_id: int
    case_id: int
    guard: Guard
    parties: Parties
    case: Mapping[str, Any]
    submission: Mapping[str, Any]
    instance: Mapping[str, Any]
    events: tuple[events.Event, ...]
    movement: Movement
    clocks: tuple[Mapping[str, Any], ...]
    record: tuple[RecordForm, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]] | None
    attachments: tuple[int, ...]
    entry: audit.Entry
    number_prefix: str
    year: int
    mode: str
    lookup_code: str


def write(writer: Connection, services: Services, plan: Submission, now: datetime) -> str | None:
    """Write everything; give the case's number, drawn last. Trials have none.

    Raises StaleError where the key was used, the draft changed, another release is
    current, or the person has a case by now: whoever prepares again sees which.
    """
    _keep_key(writer, plan, now)
    _take_draft(writer, plan)
    write_new(writer, services, plan.parties, now)
    number = _number_first(writer, plan)
    writer.execute(insert(t.case).values(**plan.case, number=number))
    writer.execute(
        insert(t.case_participant),
        [
            {
                "tenant_id": plan.tenant_id,
                "case_id": plan.case_id,
                "party_id": party,
                "role": role,
                "confirmed_at": now,
            }
            for role, party in plan.parties.members
        ],
    )
    writer.execute(insert(t.submission).values(**plan.submission))
    events.write(writer, plan.tenant_id, plan.case_id, plan.events)
    if plan.record is not None:
        form, fixed, values, subtables = plan.record
        records.write_record(writer, form, fixed, values, subtables)
    writer.execute(insert(t.instance).values(**plan.instance))
    write_rows(writer, plan.movement, plan.clocks)
    _take_attachments(writer, plan)
    outbox.put(writer, plan.tenant_id, [message_of(plan.case_id, plan.events, 0)], now)
    chain = audit.case_chain(plan.case_id)
    audit.record(
        writer,
        services.sealer.audit_key(plan.tenant_id),
        plan.tenant_id,
        [plan.entry],
        {chain: audit.START},
    )
    return number or _number_last(writer, plan)


def _keep_key(writer: Connection, plan: Submission, now: datetime) -> None:
    """Keep the idempotency key; on PostgreSQL the same statement queues up for the person."""
    guard = plan.guard
    queue = (
        literal(1)
        if writer.dialect.name == "sqlite"
        else func.pg_advisory_xact_lock(guard.lock).is_(None)
    )
    statement = (
        numbers.upsert(writer, t.idempotency)
        .values(
            tenant_id=plan.tenant_id,
            account_id=guard.account_id,
            form=guard.form_key,
            key=guard.key,
            digest=guard.digest,
            answer=guard.answer,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(queue)
    )
    if not writer.execute(statement).all():
        raise StaleError(f'The form "{guard.form_key}" was sent under this key already.')


def _take_draft(writer: Connection, plan: Submission) -> None:
    """Remove the draft, if everything is still as it was read: one statement."""
    guard, draft, app = plan.guard, t.form_draft.c, t.app.c
    still = [
        draft.tenant_id == plan.tenant_id,
        draft.id == guard.draft_id,
        draft.rev == guard.draft_rev,
        exists(
            select(1).where(
                app.tenant_id == plan.tenant_id,
                app.id == guard.app_id,
                app.current_release == guard.release,
            )
        ),
    ]
    if guard.alone is not None:
        still.append(~exists(_other_cases(plan.tenant_id, guard.app_id, *guard.alone)))
    if writer.execute(delete(t.form_draft).where(*still)).rowcount != 1:
        raise StaleError(f"Draft {guard.draft_id} is not what it was.")


def _other_cases(tenant_id: int, app_id: str, role: str, parties: tuple[int, ...]) -> Any:
    participant, case = t.case_participant.c, t.case.c
    return (
        select(1)
        .select_from(t.case_participant)
        .join(t.case, and_(case.tenant_id == participant.tenant_id, case.id == participant.case_id))
        .where(
            participant.tenant_id == tenant_id,
            participant.party_id.in_(parties),
            participant.role == role,
            case.app_id == app_id,
            case.mode == "real",
            case.state.not_in(NEGATIVE),
        )
    )


def _take_attachments(writer: Connection, plan: Submission) -> None:
    """Move the draft's files to the case; one that is not clean stops the submission."""
    if not plan.attachments:
        return
    attachment = t.attachment.c
    moved = writer.execute(
        update(t.attachment)
        .where(
            attachment.tenant_id == plan.tenant_id,
            attachment.id.in_(plan.attachments),
            attachment.draft_id == plan.guard.draft_id,
            attachment.state == "clean",
        )
        .values(case_id=plan.case_id, draft_id=None)
    )
    if moved.rowcount != len(plan.attachments):
        raise AttachmentLostError(plan.case_id)


class AttachmentLostError(Exception):
    """A file that the answers name is not there, or not clean."""


def _number_first(writer: Connection, plan: Submission) -> str | None:
    """Draw the number with the case where nobody else can write meanwhile (SQLite)."""
    if plan.mode != "real" or writer.dialect.name != "sqlite":
        return None
    return numbers.draw(writer, plan.tenant_id, plan.number_prefix, plan.year)


def _number_last(writer: Connection, plan: Submission) -> str | None:
    """Draw the number at the very end: the counter's row holds everybody up. One statement."""
    if plan.mode != "real":
        return None
    counter = postgresql.insert(t.case_number).values(
        tenant_id=plan.tenant_id, prefix=plan.number_prefix, year=plan.year, last=1
    )
    drawn = (
        counter.on_conflict_do_update(
            index_elements=["tenant_id", "prefix", "year"],
            set_={"last": t.case_number.c.last + 1},
        )
        .returning(t.case_number.c.last)
        .cte("drawn")
    )
    digits = cast(select(drawn.c.last).scalar_subquery(), String)
    number = literal(f"{plan.number_prefix}-{plan.year}-") + func.lpad(
        digits, func.greatest(6, func.length(digits)), "0"
    )
    said = writer.execute(
        update(t.case)
        .where(t.case.c.tenant_id == plan.tenant_id, t.case.c.id == plan.case_id)
        .values(number=number)
        .returning(t.case.c.number)
    ).scalar_one()
    return str(said)
