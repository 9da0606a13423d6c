"""Moves of a case that are no step: what each of them reads first and writes at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from gcrm.runtime.movement import message_of
from gcrm.runtime.services import Services
from gcrm.store import audit, events, outbox, records
from gcrm.store import tables as t
from gcrm.store.events import CaseState, Event
from gcrm.store.record_tables import RecordForm


@dataclass(frozen=True, slots=True)
class CaseMove:
    """What happens to a case beside its steps; `forms` are the records to bring along."""

    case_state: CaseState
    events: tuple[Event, ...]
    entry: audit.Entry
    forms: tuple[RecordForm, ...]


def record_forms(
    reader: Connection, services: Services, case: Any, tenant_id: int
) -> tuple[RecordForm, ...]:
    """List the record tables in which a case has a row: of the forms that were submitted."""
    tables = services.reference.records(reader, tenant_id, case["app_id"], case["release"]).forms
    submitted = reader.execute(
        select(t.submission.c.form_id)
        .where(t.submission.c.tenant_id == tenant_id, t.submission.c.case_id == case["id"])
        .distinct()
    ).scalars()
    return tuple(tables[name] for name in sorted(submitted) if name in tables)


def write_move(
    writer: Connection,
    services: Services,
    move: CaseMove,
    now: datetime,
    also: Mapping[str, Any] | None = None,
) -> CaseState:
    """Write events, projections, records, outbox and audit; `also` are columns of the case.

    Raises StaleError as `append` does.
    """
    before = move.case_state
    after = events.append(writer, before, move.events, also)
    if after.projection.state != before.projection.state:
        records.move(
            writer, move.forms, before.tenant_id, before.case_id, state=after.projection.state
        )
    message = message_of(before.case_id, move.events, before.projection.events)
    outbox.put(writer, before.tenant_id, [message], now)
    key = services.sealer.audit_key(before.tenant_id)
    audit.record(writer, key, before.tenant_id, [move.entry])
    return after


def instances_of(reader: Connection, tenant_id: int, case_id: int) -> Sequence[RowMapping]:
    """List the processes of a case that still run."""
    return (
        reader.execute(
            select(t.instance).where(
                and_(t.instance.c.tenant_id == tenant_id, t.instance.c.case_id == case_id),
                t.instance.c.status != "ended",
            )
        )
        .mappings()
        .all()
    )
