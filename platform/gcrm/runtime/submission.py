"""What a submission is made of: thought out by `submit`, written in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from gcrm.runtime.movement import Movement, message_of, write_rows
from gcrm.runtime.parties import Parties, write_new
from gcrm.runtime.services import Services
from gcrm.runtime.standing import NEGATIVE
from gcrm.store import audit, events, numbers, outbox, records
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.record_tables import RecordForm
from gcrm.store.rows import put_rows


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
    put_rows(writer, t.case, [{**plan.case, "number": number}])
    put_rows(
        writer,
        t.case_participant,
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
    put_rows(writer, t.submission, [plan.submission])
    events.write(writer, plan.tenant_id, plan.case_id, plan.events)
    if plan.record is not None:
        form, fixed, values, subtables = plan.record
        records.write_record(writer, form, fixed, values, subtables)
    put_rows(writer, t.instance, [plan.instance])
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
    row = {
        "tenant_id": plan.tenant_id,
        "account_id": guard.account_id,
        "form": guard.form_key,
        "key": guard.key,
        "digest": guard.digest,
        "answer": guard.answer,
        "created_at": now,
    }
    if writer.dialect.name == "sqlite":
        kept = writer.execute(_keep("sqlite"), row)
    else:
        kept = writer.execute(_keep("postgresql"), {**row, "lock": guard.lock})
    if not kept.all():
        raise StaleError(f'The form "{guard.form_key}" was sent under this key already.')


@lru_cache
def _keep(dialect: str) -> Any:
    """Make the statement once for each database."""
    if dialect == "sqlite":
        return sqlite.insert(t.idempotency).on_conflict_do_nothing().returning(literal(1))
    queue = func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)).is_(None)
    return postgresql.insert(t.idempotency).on_conflict_do_nothing().returning(queue)


def _take_draft(writer: Connection, plan: Submission) -> None:
    """Remove the draft, if everything is still as it was read: one statement."""
    guard = plan.guard
    asked: dict[str, Any] = {
        "tenant": plan.tenant_id,
        "draft": guard.draft_id,
        "rev": guard.draft_rev,
        "app": guard.app_id,
        "release": guard.release,
    }
    role, people = guard.alone or ("", ())
    if guard.alone is not None:
        asked |= {"role": role, **{f"party_{n}": party for n, party in enumerate(people)}}
    statement = _take(None if guard.alone is None else len(people))
    if put_rows(writer, statement, [asked]) != 1:
        raise StaleError(f"Draft {guard.draft_id} is not what it was.")


@lru_cache(maxsize=32)
def _take(people: int | None) -> Any:
    """Make the statement once; `people` is how many may have no other case, None: all may."""
    draft, app = t.form_draft.c, t.app.c
    still = [
        draft.tenant_id == bindparam("tenant"),
        draft.id == bindparam("draft"),
        draft.rev == bindparam("rev"),
        exists(
            select(1).where(
                app.tenant_id == bindparam("tenant"),
                app.id == bindparam("app"),
                app.current_release == bindparam("release"),
            )
        ),
    ]
    if people is not None:
        still.append(~exists(_other_cases(people)))
    return delete(t.form_draft).where(*still)


def _other_cases(people: int) -> Any:
    participant, case = t.case_participant.c, t.case.c
    return (
        select(1)
        .select_from(t.case_participant)
        .join(t.case, and_(case.tenant_id == participant.tenant_id, case.id == participant.case_id))
        .where(
            participant.tenant_id == bindparam("tenant"),
            or_(false(), *(participant.party_id == bindparam(f"party_{n}") for n in range(people))),
            participant.role == bindparam("role"),
            case.app_id == bindparam("app"),
            case.mode == "real",
            and_(*(case.state != state for state in NEGATIVE)),
            or_(case.outcome.is_(None), and_(*(case.outcome != state for state in NEGATIVE))),
        )
    )


def _take_attachments(writer: Connection, plan: Submission) -> None:
    """Move the draft's files to the case; one that is not clean stops the submission."""
    if not plan.attachments:
        return
    asked = {"tenant": plan.tenant_id, "draft": plan.guard.draft_id, "to": plan.case_id}
    files = {f"file_{number}": file for number, file in enumerate(plan.attachments)}
    moved = put_rows(writer, _move_files(len(files)), [{**asked, **files}])
    if moved != len(plan.attachments):
        raise AttachmentLostError(plan.case_id)


@lru_cache(maxsize=32)
def _move_files(files: int) -> Any:
    """Make the statement once for a number of files."""
    attachment = t.attachment.c
    return (
        update(t.attachment)
        .where(
            attachment.tenant_id == bindparam("tenant"),
            or_(*(attachment.id == bindparam(f"file_{number}") for number in range(files))),
            attachment.draft_id == bindparam("draft"),
            attachment.state == "clean",
        )
        .values(case_id=bindparam("to"), draft_id=None)
    )


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
