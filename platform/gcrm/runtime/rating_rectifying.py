"""Putting right what a bad rating found (整改), and calling the person back (回访)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gcrm.access.actors import Actor
from gcrm.runtime import rating_steps, rating_terms
from gcrm.runtime.rating_steps import Turn
from gcrm.runtime.rating_words import CALLS, LONGEST, LONGEST_MEASURES, is_bad
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase


@dataclass(frozen=True, slots=True)
class TakeRating:
    """It is true: whoever says so puts it right."""

    rating_id: int
    found: str
    request_id: str | None = None


def prepare_take(
    reader: Connection, services: Services, actor: Actor, ask: TakeRating, now: datetime
) -> Turn:
    """See that it is a bad rating that waits, and by when it is to be put right."""
    row = rating_steps.find_rating(reader, actor, ask.rating_id, "open")
    if not is_bad(row["score"]):
        raise Refused("rating_moved_on")
    found = rating_steps.checked(ask.found, LONGEST)
    lists = services.reference.at(reader, actor.tenant_id, now)
    values = {
        "status": "rectifying",
        "verdict": "valid",
        "counted": True,
        "handler_id": actor.party_id,
        "rectify_from": now,
        "rectify_due_at": rating_terms.term(
            lists, rating_terms.RECTIFY, now, row["region_code"]
        ).at,
    }
    step = rating_steps.make_step(reader, services, actor, row, "taken", found, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit_take(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write who puts it right and by when."""
    rating_steps.write_down(writer, services, turn, "rating_taken", {"verdict": "valid"}, now)


TAKE = UseCase(prepare_take, commit_take)


@dataclass(frozen=True, slots=True)
class RectifyRating:
    """What was done about it."""

    rating_id: int
    measures: str
    request_id: str | None = None


def prepare_rectify(
    reader: Connection, services: Services, actor: Actor, ask: RectifyRating, now: datetime
) -> Turn:
    """See that it is being put right. Nobody calls back who stays anonymous."""
    row = rating_steps.find_rating(reader, actor, ask.rating_id, "rectifying")
    text = rating_steps.checked(ask.measures, LONGEST_MEASURES)
    step = rating_steps.make_step(reader, services, actor, row, "rectified", text, now)
    values = {"status": "calling" if row["named"] else "answering"}
    return Turn(actor, row, values, step, ask.request_id)


def commit_rectify(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write what was done."""
    rating_steps.write_down(writer, services, turn, "rating_rectified", {}, now)


RECTIFY = UseCase(prepare_rectify, commit_rectify)


@dataclass(frozen=True, slots=True)
class CallBack:
    """What the person said on the telephone, or that nobody answered."""

    rating_id: int
    outcome: str
    note: str = ""
    request_id: str | None = None


def prepare_call(
    reader: Connection, services: Services, actor: Actor, ask: CallBack, now: datetime
) -> Turn:
    """See what follows from the call; whoever is not satisfied has a reason."""
    row = rating_steps.find_rating(reader, actor, ask.rating_id, "calling")
    if ask.outcome not in CALLS:
        raise Refused("rating_call_missing", status=422)
    note = ask.note.strip()
    if ask.outcome == "unsatisfied" and not note:
        raise Refused("rating_note_missing", status=422)
    if len(note) > LONGEST:
        raise Refused("rating_note_long", {"maximum": LONGEST}, 422)
    steps = rating_steps.names_of(reader, actor.tenant_id, row["id"])
    values = {"status": rating_steps.after_call(steps, ask.outcome)}
    step = rating_steps.make_step(reader, services, actor, row, ask.outcome, note, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit_call(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write what the call brought."""
    data = {"outcome": turn.step["step"]}
    rating_steps.write_down(writer, services, turn, "rating_called", data, now)


CALL = UseCase(prepare_call, commit_call)
