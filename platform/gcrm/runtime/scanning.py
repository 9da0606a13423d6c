"""Looking for viruses later: by the worker until the scanner answers, or when a person asks.

A file that the scanner could not look at waits in quarantine and keeps its draft or correction
from being handed in. The worker goes on asking by itself; whoever waits may ask at once. What
turns out to be infected is told to its person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.connectors import NONE, ConnectorError
from gcrm.runtime import file_notices
from gcrm.runtime.correction_page import open_correction
from gcrm.runtime.draft_rows import read_draft
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import outbox
from gcrm.store import tables as t
from gcrm.store.jobs import Job
from gcrm.store.outbox import Message

WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=10),
)
"""The last one again and again: a scanner may be away over a weekend (`attachments.SCANS`)."""


@dataclass(frozen=True, slots=True)
class ScanAgain:
    """Ask the scanner at once about what waits in a draft, or in the correction of a case."""

    draft_id: int = 0
    case_id: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    tenant_id: int
    states: Mapping[int, str]


def work(reader: Connection, services: Services, job: Job, now: datetime) -> str | None:
    """Ask about the file of a job; None where nothing is to be asked any more."""
    row = reader.execute(
        select(t.attachment).where(
            t.attachment.c.tenant_id == job.tenant_id,
            t.attachment.c.id == job.payload["attachment"],
        )
    ).first()
    return _judge(reader, services, row) if row is not None and row.state == "waiting" else None


def commit_work(writer: Connection, job: Job, state: str | None, now: datetime) -> None:
    """Write what the scanner said of the file of a job."""
    if state is not None:
        _write(writer, job.tenant_id, {int(job.payload["attachment"]): state}, now)


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: ScanAgain, now: datetime
) -> _Plan:
    """Ask about each waiting file; a scanner that is away leaves them waiting."""
    if ask.draft_id:
        owner = read_draft(reader, services.sealer, actor, ask.draft_id).id
    else:
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        page = open_correction(reader, services, accessor, ask.case_id, now, locale=actor.locale)
        if page is None:
            raise Refused("correction_over")
        owner = page.correction.id
    states: dict[int, str] = {}
    for row in _waiting(reader, actor.tenant_id, owner):
        try:
            state = _judge(reader, services, row)
        except ConnectorError:
            break  # away: each of the others would only wait for it too
        if state is not None:
            states[row.id] = state
    return _Plan(actor.tenant_id, states)


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write what the scanner said; give of how many files it said something."""
    _write(writer, plan.tenant_id, plan.states, now)
    return len(plan.states)


SCAN_AGAIN = UseCase(prepare, commit)


def _waiting(reader: Connection, tenant_id: int, owner_id: int) -> Sequence[Any]:
    return reader.execute(
        select(t.attachment)
        .where(
            t.attachment.c.tenant_id == tenant_id,
            t.attachment.c.draft_id == owner_id,
            t.attachment.c.state == "waiting",
        )
        .order_by(t.attachment.c.id)
    ).all()


def _judge(reader: Connection, services: Services, row: Any) -> str | None:
    """Ask the scanner; an installation that has decided to go without one waits for nobody."""
    services.sealer.load(reader, row.tenant_id, (row.party_id,))
    content = services.blobs.get(row.tenant_id, row.party_id, row.digest)
    if content is None:
        return None
    try:
        return "clean" if services.connectors.scanner.scan(content).clean else "infected"
    except ConnectorError as error:
        if error.code == NONE:
            return "clean"
        raise


def _write(writer: Connection, tenant_id: int, states: Mapping[int, str], now: datetime) -> None:
    """Write states of files that still wait; a person is told of each that is infected."""
    told = []
    for own, state in states.items():
        done = writer.execute(
            update(t.attachment)
            .where(
                t.attachment.c.tenant_id == tenant_id,
                t.attachment.c.id == own,
                t.attachment.c.state == "waiting",
            )
            .values(state=state)
        )
        if done.rowcount and state == "infected":
            told.append(Message(file_notices.TOPIC, {"attachment": own}))
    outbox.put(writer, tenant_id, told, now)
