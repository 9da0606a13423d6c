"""What is asked about a bad rating and decided by somebody else: more time (延期), once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gcrm.access.actors import Actor
from gcrm.runtime import house_parameters, rating_steps, rating_terms
from gcrm.runtime.rating_steps import EXTEND_RIGHT, Turn, find_rating
from gcrm.runtime.rating_words import LONGEST
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import outbox
from gcrm.store.outbox import Message

TOPIC = "rating"
MOST_DAYS = "rating_extend_days"
AT_WORK = ("rectifying", "calling", "answering")


@dataclass(frozen=True, slots=True)
class AskExtension:
    """Ask for so many working days more, because."""

    rating_id: int
    days: int
    reason: str
    request_id: str | None = None


def most_days(lists: Lists, now: datetime, region: str | None) -> int:
    """Give how many working days more may be asked for."""
    return house_parameters.whole(lists, MOST_DAYS, lists.calendar.date_of(now), region)


def prepare_ask(
    reader: Connection, services: Services, actor: Actor, ask: AskExtension, now: datetime
) -> Turn:
    """See that the handler asks, for the first time, before the term is over."""
    row = find_rating(reader, actor, ask.rating_id, *AT_WORK)
    if row["handler_id"] != actor.party_id:
        raise Refused("rating_not_handler", status=403)
    if row["extend_state"] is not None:
        raise Refused("rating_extend_twice")
    if row["rectify_due_at"] is None or row["rectify_due_at"] < now:
        raise Refused("rating_extend_late")
    lists = services.reference.at(reader, actor.tenant_id, now)
    most = most_days(lists, now, row["region_code"])
    if not 1 <= ask.days <= most:
        raise Refused("rating_extend_days", {"most": most}, 422)
    reason = rating_steps.checked(ask.reason, LONGEST, "rating_reason_short")
    values = {"extend_state": "waiting", "extend_days": ask.days, "extend_by": actor.party_id}
    step = rating_steps.make_step(reader, services, actor, row, "extend_asked", reason, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit_ask(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write what is asked, and tell those who may grant it."""
    data = {"days": turn.values["extend_days"]}
    rating_steps.write_down(writer, services, turn, "rating_extension_asked", data, now)
    tell(writer, turn, "extend_asked", now)


ASK_EXTENSION = UseCase(prepare_ask, commit_ask)


@dataclass(frozen=True, slots=True)
class DecideExtension:
    """Give more time or not, because."""

    rating_id: int
    granted: bool | None
    reason: str
    request_id: str | None = None


def prepare_decide(
    reader: Connection, services: Services, actor: Actor, ask: DecideExtension, now: datetime
) -> Turn:
    """See that somebody else decides; the new end counts from the old beginning."""
    row = rating_steps.find_any(reader, actor, ask.rating_id, EXTEND_RIGHT)
    if row["extend_state"] != "waiting" or row["status"] not in AT_WORK:
        raise Refused("rating_not_asked")
    if actor.party_id in (row["extend_by"], row["handler_id"]):
        raise Refused("rating_four_eyes", status=403)
    if ask.granted is None:
        raise Refused("rating_decision_missing", status=422)
    reason = rating_steps.checked(ask.reason, LONGEST, "rating_reason_short")
    name = "granted" if ask.granted else "refused"
    values: dict[str, Any] = {"extend_state": name}
    if ask.granted:
        lists = services.reference.at(reader, actor.tenant_id, now)
        values["rectify_due_at"] = rating_terms.term(
            lists,
            rating_terms.RECTIFY,
            row["rectify_from"] or now,
            row["region_code"],
            more=row["extend_days"],
        ).at
    step = rating_steps.make_step(reader, services, actor, row, f"extend_{name}", reason, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit_decide(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write the decision and the new term, and tell who asked."""
    name = turn.step["step"]
    data = {"granted": name == "extend_granted", "days": turn.row["extend_days"]}
    rating_steps.write_down(writer, services, turn, "rating_extension_decided", data, now)
    tell(writer, turn, name, now)


DECIDE_EXTENSION = UseCase(prepare_decide, commit_decide)


def tell(writer: Connection, turn: Turn, on: str, now: datetime) -> None:
    """Put out that those are told whom it concerns."""
    row = turn.row
    told = Message(TOPIC, {"rating": str(row["id"]), "on": on}, row["case_id"])
    outbox.put(writer, row["tenant_id"], [told], now)
