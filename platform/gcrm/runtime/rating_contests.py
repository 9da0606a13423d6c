"""An office contests a bad rating (申诉): with evidence, decided by the supervising office.

What is upheld stays in the history with its reason, and counts no more (R-H3).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, select

from gcrm.access.actors import Actor
from gcrm.runtime import attachments, rating_steps, rating_terms
from gcrm.runtime.attachments import FileView, Place, Taken
from gcrm.runtime.rating_requests import tell
from gcrm.runtime.rating_steps import JUDGE_RIGHT, Turn
from gcrm.runtime.rating_words import GROUNDS, LONGEST, is_bad
from gcrm.runtime.ratings import sealed_place
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t

MOST_MEGABYTES = 10


@dataclass(frozen=True, slots=True)
class Contest:
    """Say that a rating is mistaken or malicious, why, and show it by a file."""

    rating_id: int
    ground: str
    reason: str
    name: str = ""
    stream: BinaryIO | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    turn: Turn
    file: Taken


def prepare_contest(
    reader: Connection, services: Services, actor: Actor, ask: Contest, now: datetime
) -> _Plan:
    """See that it is in time and the first time, and take the evidence."""
    row = rating_steps.find_any(reader, actor, ask.rating_id)
    if not is_bad(row["score"]) or row["status"] in ("filed", "answered"):
        raise Refused("rating_moved_on")
    if row["contest_state"] is not None:
        raise Refused("rating_contest_twice")
    lists = services.reference.at(reader, actor.tenant_id, now)
    until = rating_terms.contest_until(lists, row)
    if until is None or now > until:
        raise Refused("rating_contest_late")
    if ask.ground not in GROUNDS:
        raise Refused("rating_contest_ground", status=422)
    reason = rating_steps.checked(ask.reason, LONGEST, "rating_reason_short")
    if ask.stream is None:
        raise Refused("rating_contest_file", status=422)
    step = rating_steps.make_step(reader, services, actor, row, "contested", reason, now)
    applicant = rating_steps.applicant_of(reader, row)
    ask.stream.seek(0)  # it may be prepared again
    place = Place(applicant, None, "evidence", "file", MOST_MEGABYTES)
    file = attachments.keep(services, actor, place, ask.name, ask.stream, now)
    values = {
        "contest_state": "waiting",
        "contest_ground": ask.ground,
        "contest_by": actor.party_id,
        "contest_file": file.row["id"],
    }
    return _Plan(Turn(actor, row, values, step, ask.request_id), file)


def commit_contest(writer: Connection, services: Services, plan: _Plan, now: datetime) -> None:
    """Write the contest and its evidence, and tell those who decide."""
    attachments.commit_upload(writer, services, plan.file, now)
    data = {"ground": plan.turn.values["contest_ground"]}
    rating_steps.write_down(writer, services, plan.turn, "rating_contested", data, now)
    tell(writer, plan.turn, "contested", now)


CONTEST = UseCase(prepare_contest, commit_contest)


@dataclass(frozen=True, slots=True)
class Judge:
    """Say whether a contested rating counts; whoever rated reads the reason where it does not."""

    rating_id: int
    upheld: bool | None
    reason: str
    request_id: str | None = None


def prepare_judge(
    reader: Connection, services: Services, actor: Actor, ask: Judge, now: datetime
) -> Turn:
    """See that somebody decides who neither contested it nor puts it right."""
    row = rating_steps.find_any(reader, actor, ask.rating_id, JUDGE_RIGHT)
    if row["contest_state"] != "waiting":
        raise Refused("rating_not_asked")
    if actor.party_id in (row["contest_by"], row["handler_id"]):
        raise Refused("rating_four_eyes", status=403)
    if ask.upheld is None:
        raise Refused("rating_decision_missing", status=422)
    reason = rating_steps.checked(ask.reason, LONGEST, "rating_reason_short")
    name = "upheld" if ask.upheld else "denied"
    values: dict[str, Any] = {"contest_state": name}
    if ask.upheld:
        place = sealed_place("answer", row["id"])
        values |= {
            "status": "answered",
            "verdict": row["contest_ground"],
            "counted": False,
            "answer_sealed": rating_steps.seal_words(reader, services, row, place, reason),
            "answered_by": actor.party_id,
            "answered_at": now,
        }
    elif row["status"] == "open":  # the days of the decision are not the office's
        lists = services.reference.at(reader, actor.tenant_id, now)
        due = rating_terms.term(lists, rating_terms.CONTACT, now, row["region_code"])
        values |= {"due_from": now, "due_at": due.at}
    step = rating_steps.make_step(reader, services, actor, row, f"contest_{name}", reason, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit_judge(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write the decision, and tell who contested it."""
    name = turn.step["step"]
    data = {"upheld": name == "contest_upheld", "ground": turn.row["contest_ground"]}
    rating_steps.write_down(writer, services, turn, "rating_contest_decided", data, now)
    tell(writer, turn, name, now)


JUDGE = UseCase(prepare_judge, commit_judge)


def open_evidence(reader: Connection, services: Services, actor: Actor, rating_id: int) -> FileView:
    """Open what an office showed, for whoever looks after the rating or decides about it."""
    row = rating_steps.find_any(reader, actor, rating_id)
    file = t.attachment.c
    found = (
        reader.execute(
            select(t.attachment).where(
                file.tenant_id == actor.tenant_id, file.id == row["contest_file"]
            )
        )
        .mappings()
        .first()
    )
    if found is None:
        raise Refused("not_found", status=404)
    return attachments.view_of(reader, services, found)
