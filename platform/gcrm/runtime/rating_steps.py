"""What was done about a bad rating, step by step: found, put right, called back, answered.

Each step seals its words under the key of the case's applicant: they go with the person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.access.keys import keys_of
from gcrm.runtime.rating_words import MOST_CALLS, MOST_RETURNS
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import SealingError, StaleError

ANSWER_RIGHT = "answer"
EXTEND_RIGHT = "extend"
"""The head's: to give more time."""
JUDGE_RIGHT = "judge"
"""The supervising office's: to say whether a rating that is contested counts."""
HELD_UP = ("open", "answering")
"""Steps that wait while a rating is contested; putting right and calling back go on."""

SHORTEST = 10  # characters of what somebody says about it


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page of a rating shows it."""

    step: str
    who: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One step about to be written: the rating as it was, its new values, the step's row."""

    actor: Actor
    row: Any
    values: Mapping[str, Any]
    step: Mapping[str, Any]
    request_id: str | None


def worked_on(reader: Connection, tenant_id: int, case_id: int) -> frozenset[int]:
    """Give the parties who worked on a case: they are the rated ones."""
    task = t.task.c
    rows = reader.execute(
        select(task.assignee_id, task.done_by).where(
            task.tenant_id == tenant_id, task.case_id == case_id
        )
    )
    return frozenset(party for row in rows for party in row if party is not None)


def find_any(reader: Connection, actor: Actor, rating_id: int, action: str = ANSWER_RIGHT) -> Any:
    """Give a rating with which the actor may do this, in whatever state.

    Raises Refused: for any other, and for whoever worked on the case.
    """
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("rating", rating_id, action)
    if row is None:
        raise Refused("not_found", status=404)
    if accessor.keys.parties & worked_on(reader, actor.tenant_id, row["case_id"]):
        raise Refused("rating_own_case", status=403)
    return row


def find_rating(reader: Connection, actor: Actor, rating_id: int, *states: str) -> Any:
    """Give a rating in one of these states that the actor may look after.

    Raises Refused: for whoever worked on the case, where it has moved on, and where what is to be
    said now hangs on whether it counts.
    """
    row = find_any(reader, actor, rating_id)
    if row["status"] == "answered":
        raise Refused("rating_answered")
    if row["status"] not in states:
        raise Refused("rating_moved_on")
    if row["contest_state"] == "waiting" and row["status"] in HELD_UP:
        raise Refused("rating_contested")
    return row


def checked(text: str, longest: int, short: str = "rating_answer_short") -> str:
    """Give what somebody wrote about a rating. Raises Refused where it says too little or much.

    `short` is the code for too little.
    """
    text = text.strip()
    if len(text) < SHORTEST:
        raise Refused(short, {"minimum": SHORTEST}, 422)
    if len(text) > longest:
        raise Refused("rating_text_long", {"maximum": longest}, 422)
    return text


def make_step(
    reader: Connection,
    services: Services,
    actor: Actor,
    row: Any,
    step: str,
    note: str,
    now: datetime,
) -> dict[str, Any]:
    """Make the row of a step, its words sealed. Raises Refused where the person was erased."""
    step_id = new_id()
    place = f"rating_step.note_sealed.{step_id}"
    return {
        "tenant_id": row["tenant_id"],
        "id": step_id,
        "rating_id": row["id"],
        "step": step,
        "at": now,
        "by_id": actor.party_id,
        "note_sealed": seal_words(reader, services, row, place, note) if note else None,
    }


def seal_words(reader: Connection, services: Services, row: Any, place: str, text: str) -> bytes:
    """Seal words about a rating under the key of the case's applicant."""
    tenant, applicant = row["tenant_id"], applicant_of(reader, row)
    services.sealer.load(reader, tenant, (applicant,))
    if not services.sealer.has(tenant, applicant):
        raise Refused("not_found", status=404)
    return services.sealer.seal(tenant, applicant, place, text.encode("utf-8"))


def applicant_of(reader: Connection, row: Any) -> int:
    """Give the applicant of a rating's case, under whose key all words of it lie."""
    return int(
        reader.execute(
            select(t.case.c.applicant_id).where(
                t.case.c.tenant_id == row["tenant_id"], t.case.c.id == row["case_id"]
            )
        ).scalar_one()
    )


def write_down(
    writer: Connection,
    services: Services,
    turn: Turn,
    action: str,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write a step, where the rating stands now, and who did it."""
    row, rating = turn.row, t.rating.c
    done = writer.execute(
        update(t.rating)
        .where(
            rating.tenant_id == row["tenant_id"],
            rating.id == row["id"],
            rating.rev == row["rev"],
            rating.status == row["status"],
        )
        .values(**turn.values, rev=row["rev"] + 1)
    )
    if done.rowcount != 1:
        raise StaleError("This rating was changed meanwhile.")
    writer.execute(insert(t.rating_step), turn.step)
    actor = turn.actor
    entry = audit.Entry(
        audit.party_chain(actor.party_id), action, f"rating:{row['id']}", now, data,
        actor.party_id, actor.account_id, turn.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])


def names_of(reader: Connection, tenant_id: int, rating_id: int) -> tuple[str, ...]:
    """Name the steps since a rating was last taken, in their order."""
    step = t.rating_step.c
    found = reader.scalars(
        select(step.step)
        .where(step.tenant_id == tenant_id, step.rating_id == rating_id)
        .order_by(step.id)
    ).all()
    begun = max((at for at, name in enumerate(found) if name == "taken"), default=0)
    return tuple(found[begun:])


def after_call(steps: Sequence[str], outcome: str) -> str:
    """Say where a rating stands after a call: once more put right, called again, or answered.

    Whoever is not satisfied sends it back once; who cannot be reached is called three times
    after each time that it was put right.
    """
    if outcome == "unsatisfied":
        return "rectifying" if steps.count("unsatisfied") < MOST_RETURNS else "answering"
    if outcome == "unreached":
        last = max((at for at, name in enumerate(steps) if name == "rectified"), default=0)
        return "calling" if steps[last:].count("unreached") + 1 < MOST_CALLS else "answering"
    return "answering"


def read_steps(
    services: Services, accessor: Accessor, rating_id: int, applicant_id: int
) -> tuple[Step, ...]:
    """Give what was done about a rating that the actor was shown, the first step first."""
    tenant = accessor.actor.tenant_id
    step, party = t.rating_step.c, t.party.c
    same = and_(party.tenant_id == step.tenant_id, party.id == step.by_id)
    rows = accessor.reader.execute(
        select(t.rating_step, party.name)
        .join_from(t.rating_step, t.party, same)
        .where(step.tenant_id == tenant, step.rating_id == rating_id)
        .order_by(step.id)
    ).mappings()
    return tuple(
        Step(row["step"], row["name"], _note(services, row, applicant_id), row["at"])
        for row in rows
    )


def _note(services: Services, row: Any, applicant_id: int) -> str:
    if row["note_sealed"] is None:
        return ""
    place = f"rating_step.note_sealed.{row['id']}"
    try:
        opened = services.sealer.open(row["tenant_id"], applicant_id, place, row["note_sealed"])
    except SealingError:
        return ""
    return opened.decode("utf-8")
