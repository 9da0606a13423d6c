"""The one event log of a case, and what is read off it: state, step, outcome, moments."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.errors import StaleError, StoreError
from gcrm.store.rows import put_rows

STATES = (
    "draft", "submitted", "correcting", "accepted", "not_accepted", "in_review", "suspended",
    "publicity", "approved", "refused", "issuing", "completed", "withdrawn", "terminated",
    "revoked",
)  # fmt: skip
PUBLIC_STATES = ("submitted", "correcting", "accepted", "handling", "decided", "closed")
RESTING_STATES = ("correcting", "suspended")
"""States in which the clocks of a case stand still and nobody in an office may act."""
CLOSED_STATES = frozenset({"not_accepted", "completed", "withdrawn", "terminated", "revoked"})

_PUBLIC = {
    "submitted": "submitted",
    "correcting": "correcting",
    "accepted": "accepted",
    **dict.fromkeys(("in_review", "suspended", "publicity"), "handling"),
    **dict.fromkeys(("approved", "refused", "not_accepted", "issuing"), "decided"),
    **dict.fromkeys(("completed", "withdrawn", "terminated", "revoked"), "closed"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case. `data` holds ids and codes, never a value in clear."""

    type: str
    at: dt.datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    actor_id: int | None = None  # party; None: the system
    on_behalf_of: int | None = None
    task_id: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Projection:
    """What the columns of a case say, computed from its events alone."""

    state: str = "draft"
    step_id: str | None = None
    outcome: str | None = None
    submitted_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    decided_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    events: int = 0

    def columns(self) -> dict[str, Any]:
        """Give the values for the case's row."""
        return {name: getattr(self, name) for name in PROJECTED}


PROJECTED = tuple(f.name for f in fields(Projection))


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case as it was read: what `append` needs to go on without reading again."""

    tenant_id: int
    case_id: int
    rev: int
    projection: Projection

    @staticmethod
    def of(row: Any) -> "CaseState":
        """Take it from a row that holds the columns of `tables.case`."""
        values = {name: getattr(row, name) for name in PROJECTED}
        return CaseState(row.tenant_id, row.id, row.rev, Projection(**values))


@dataclass(frozen=True, slots=True)
class EventType:
    """What an event of this type does to the projection.

    `state` is where the case goes; with `chooses` the event's own `data["state"]` comes
    first. `moments` are set to the event's time (`submitted_at` only once).
    """

    version: int = 1
    state: str | None = None
    chooses: bool = False
    moments: tuple[str, ...] = ()
    outcome: str | None = None
    leaves_step: bool = False


_DECIDED = ("decided_at",)
_CLOSED = ("closed_at",)

EVENT_TYPES: Mapping[str, EventType] = {
    "submitted": EventType(state="submitted", moments=("submitted_at",)),
    "correction_requested": EventType(state="correcting"),
    "corrected": EventType(state="submitted", chooses=True),
    "accepted": EventType(state="accepted", moments=("accepted_at",)),
    "not_accepted": EventType(
        state="not_accepted",
        moments=(*_DECIDED, *_CLOSED),
        outcome="not_accepted",
        leaves_step=True,
    ),
    "step_opened": EventType(chooses=True),
    "suspended": EventType(state="suspended"),
    "resumed": EventType(state="in_review", chooses=True),
    "publicity_started": EventType(state="publicity"),
    "publicity_ended": EventType(state="in_review", chooses=True),
    "approved": EventType(
        state="approved", moments=_DECIDED, outcome="approved", leaves_step=True
    ),
    "refused": EventType(state="refused", moments=_DECIDED, outcome="refused", leaves_step=True),
    "issuing": EventType(state="issuing"),
    "completed": EventType(state="completed", moments=_CLOSED, leaves_step=True),
    "withdrawn": EventType(
        state="withdrawn", moments=_CLOSED, outcome="withdrawn", leaves_step=True
    ),
    "terminated": EventType(
        state="terminated", moments=_CLOSED, outcome="terminated", leaves_step=True
    ),
    "revoked": EventType(state="revoked", outcome="revoked", leaves_step=True),
    **{
        name: EventType()
        for name in (
            "task_opened", "task_claimed", "task_released", "task_transferred", "task_delegated",
            "task_done", "task_cancelled", "sent_back", "deadline_extended", "lamp_changed",
            "reminded", "commented", "copied", "viewed", "rated", "participant_confirmed",
            "attachment_added", "notice_sent", "incident_raised", "incident_resolved",
            "member_opened", "member_closed", "deadline_recomputed",
        )
    },
}  # fmt: skip


def public_state(state: str) -> str | None:
    """Give the citizen's step for one of the fifteen states; a draft has none."""
    return _PUBLIC.get(state)


def apply(projection: Projection, event: Event) -> Projection:
    """Give the projection after one more event.

    Raises StoreError for a type nobody knows, or a version this program is too old for.
    """
    kind = EVENT_TYPES.get(event.type)
    if kind is None:
        raise StoreError(f'Event type "{event.type}" is unknown; see events.EVENT_TYPES.')
    if event.version > kind.version:
        raise StoreError(
            f'Event "{event.type}" has version {event.version}; this program knows {kind.version}.'
        )
    changes: dict[str, Any] = {"events": projection.events + 1}
    state = event.data.get("state", kind.state) if kind.chooses else kind.state
    if state is not None:
        if state not in STATES:
            raise StoreError(f'"{state}" is no state of a case.')
        changes["state"] = state
    for moment in kind.moments:
        if moment != "submitted_at" or projection.submitted_at is None:
            changes[moment] = event.at
    if kind.outcome is not None:
        changes["outcome"] = kind.outcome
    if event.type == "step_opened":
        changes["step_id"] = event.data["step"]
    elif kind.leaves_step:
        changes["step_id"] = None
    return replace(projection, **changes)


def project(events: Iterable[Event], start: Projection | None = None) -> Projection:
    """Compute the projection of events in order, from nothing or from an earlier one."""
    projection = start or Projection()
    for event in events:
        projection = apply(projection, event)
    return projection


def write(
    writer: Connection, tenant_id: int, case_id: int, events: Sequence[Event], after: int = 0
) -> None:
    """Write events that follow the first `after` ones; one statement.

    For a new case, whose row was inserted with `project(events).columns()`.
    """
    if events:
        rows = [
            {
                "tenant_id": tenant_id, "case_id": case_id, "seq": after + number,
                "type": event.type, "version": event.version, "at": event.at,
                "actor_id": event.actor_id, "on_behalf_of": event.on_behalf_of,
                "task_id": event.task_id, "data": dict(event.data),
            }
            for number, event in enumerate(events, 1)
        ]  # fmt: skip
        put_rows(writer, t.event, rows)


def append(
    writer: Connection,
    case: CaseState,
    events: Sequence[Event],
    also: Mapping[str, Any] | None = None,
) -> CaseState:
    """Write events of a known case and its projections; two statements.

    `also` are further columns of the case's row to set. Raises StaleError when the case
    changed since it was read.
    """
    projection = project(events, case.projection)
    change = {
        "of_tenant": case.tenant_id,
        "of_case": case.case_id,
        "of_rev": case.rev,
        "rev": case.rev + 1,
        **projection.columns(),
        **(also or {}),
    }
    if put_rows(writer, _MOVE, [change]) != 1:
        raise StaleError(f"Case {case.case_id} has changed since it was read.")
    write(writer, case.tenant_id, case.case_id, events, after=case.projection.events)
    return CaseState(case.tenant_id, case.case_id, case.rev + 1, projection)


_MOVE = sa.update(t.case).where(
    t.case.c.tenant_id == sa.bindparam("of_tenant"),
    t.case.c.id == sa.bindparam("of_case"),
    t.case.c.rev == sa.bindparam("of_rev"),
)
_READ = (
    sa.select(t.event)
    .where(t.event.c.tenant_id == sa.bindparam("tenant"), t.event.c.case_id == sa.bindparam("case"))
    .order_by(t.event.c.seq)
)


def read(reader: Connection, tenant_id: int, case_id: int) -> tuple[Event, ...]:
    """Read the events of one case in order."""
    rows = reader.execute(_READ, {"tenant": tenant_id, "case": case_id})
    return tuple(_event(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of a case that does not say what its events say."""

    tenant_id: int
    case_id: int
    column: str
    stored: Any
    rebuilt: Any


def rebuild(reader: Connection) -> Iterator[Difference]:
    """Compute every case's projection anew and tell what differs; changes nothing."""
    rows = reader.execute(
        sa.select(t.event).order_by(t.event.c.tenant_id, t.event.c.case_id, t.event.c.seq),
        execution_options={"yield_per": 2_000},
    )
    rebuilt = (
        (key, [(row.seq, _event(row)) for row in group])
        for key, group in itertools.groupby(rows, lambda row: (row.tenant_id, row.case_id))
    )
    cases = iter(
        reader.execute(
            sa.select(t.case.c.tenant_id, t.case.c.id, *(t.case.c[n] for n in PROJECTED)).order_by(
                t.case.c.tenant_id, t.case.c.id
            )
        )
    )
    log = next(rebuilt, None)
    for case in cases:
        key = (case.tenant_id, case.id)
        numbered = log[1] if log is not None and log[0] == key else []
        if numbered:
            log = next(rebuilt, None)
        yield from _compare(case, numbered)


def _compare(case: Any, numbered: list[tuple[int, Event]]) -> Iterator[Difference]:
    found = [seq for seq, _ in numbered]
    expected = list(range(1, len(numbered) + 1))
    if found != expected:
        yield Difference(case.tenant_id, case.id, "event.seq", found, expected)
    projection = project(event for _, event in numbered)
    for name in PROJECTED:
        stored, rebuilt = getattr(case, name), getattr(projection, name)
        if stored != rebuilt:
            yield Difference(case.tenant_id, case.id, name, stored, rebuilt)


def _event(row: Any) -> Event:
    return Event(
        row.type, row.at, row.data, row.actor_id, row.on_behalf_of, row.task_id, row.version
    )
