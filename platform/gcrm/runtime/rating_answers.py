"""Bad ratings: who looks after them, what they found and answered. Never who was rated (R-H5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select

from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import house_parameters, rating_steps, rating_terms, wording
from gcrm.runtime.rating_steps import ANSWER_RIGHT, Step, Turn
from gcrm.runtime.rating_words import LONGEST, UNDONE, VERDICTS, is_bad
from gcrm.runtime.ratings import open_words, sealed_place
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.names import name_column

PAGE = 30
_WARN_SHARE = 30  # per cent of the days that are left when the lamp turns yellow

STATES = {
    "todo": UNDONE,
    "open": ("open",),
    "rectifying": ("rectifying",),
    "calling": ("calling", "answering"),
    "answered": ("answered",),
    "asked": UNDONE,
    "all": (*UNDONE, "answered"),
}
"""What the list may be narrowed to."""


@dataclass(frozen=True, slots=True)
class Line:
    """One rating in the list. An anonymous one shows no number and leads to no case."""

    rating_id: int
    item: str
    office: str
    score: int
    tags: tuple[str, ...]
    comment: str
    supplement: str
    named: bool
    case_id: int | None
    number: str | None
    held: bool
    status: str
    rated_at: datetime
    due_at: datetime | None  # of the step that is due now
    left: int | None  # working days until then
    lamp: str  # ok | warn | late; empty where nothing is due
    handler: str
    verdict: str | None
    answer: str
    answered_by: str
    answered_at: datetime | None
    extend_state: str  # empty | waiting | granted | refused
    extend_days: int
    contest_state: str  # empty | waiting | upheld | denied
    contest_ground: str
    is_new: bool  # something was added since the last step
    handled_by: int | None
    extend_by: int | None
    contest_by: int | None
    contest_until: datetime | None  # until when the office may contest it


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of ratings, how many there are, and how many are overdue among all to be done."""

    lines: tuple[Line, ...]
    total: int
    late: int


def list_ratings(
    services: Services, accessor: Accessor, now: datetime, *, status: str, page: int, locale: str
) -> Listed:
    """List one page of what the actor may look after: overdue ones first, then by their day."""
    rating, due = t.rating.c, _due()
    wanted = _mine(accessor).where(rating.status.in_(STATES[status]))
    if status == "asked":
        waits = or_(rating.extend_state == "waiting", rating.contest_state == "waiting")
        wanted = wanted.where(waits)
    late = _count(accessor, _mine(accessor).where(due < now))
    done = rating.status == "answered"
    order = (
        case((done, 1), else_=0),
        case((due.is_(None), 1), else_=0),
        due,
        rating.rated_at.desc(),
        rating.id,
    )
    rows = accessor.reader.execute(
        _with_names(wanted, locale).order_by(*order).offset(page * PAGE).limit(PAGE)
    ).all()
    tenant = accessor.actor.tenant_id
    services.sealer.load(accessor.reader, tenant, {row.applicant_id for row in rows})
    lists = services.reference.at(accessor.reader, tenant, now)
    lines = tuple(_line(services, accessor, row, locale, lists, now) for row in rows)
    return Listed(lines, _count(accessor, wanted), late)


def _count(accessor: Accessor, wanted: Any) -> int:
    counted = select(func.count()).select_from(wanted.order_by(None).subquery())
    return int(accessor.reader.execute(counted).scalar_one())


@dataclass(frozen=True, slots=True)
class Behind:
    """One of the ratings behind a number: what it says, and nothing that leads to a person."""

    score: int
    tags: tuple[str, ...]
    rated_at: datetime
    counted: bool


def list_behind(
    accessor: Accessor, condition: ColumnElement[bool], page: int, least: int
) -> tuple[tuple[Behind, ...], int]:
    """List one page of the ratings behind a number that the actor may read, and count all.

    Not by their day: the order would say who came when. Raises Refused where the actor may read
    some of them, but fewer than `least`.
    """
    rating = t.rating.c
    columns = (rating.score, rating.tags, rating.rated_at, rating.counted)
    found = accessor.select("rating").where(condition).with_only_columns(*columns)
    total = accessor.reader.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    if 0 < total < least:
        raise Refused("ratings_too_few", {"least": least}, 200)
    ordered = found.order_by(rating.score, rating.id).offset(page * PAGE).limit(PAGE)
    rows = accessor.reader.execute(ordered).all()
    return tuple(Behind(r.score, tuple(r.tags), r.rated_at, r.counted) for r in rows), total


def read_rating(
    services: Services, accessor: Accessor, rating_id: int, locale: str, now: datetime
) -> tuple[Line, tuple[Step, ...]]:
    """Give one of them and what was done. Raises Refused for any other, also for one's own case."""
    row = accessor.reader.execute(
        _with_names(_mine(accessor).where(t.rating.c.id == rating_id), locale)
    ).first()
    if row is None:
        raise Refused("not_found", status=404)
    tenant = accessor.actor.tenant_id
    services.sealer.load(accessor.reader, tenant, (row.applicant_id,))
    lists = services.reference.at(accessor.reader, tenant, now)
    steps = rating_steps.read_steps(services, accessor, rating_id, row.applicant_id)
    line = _line(services, accessor, row, locale, lists, now)
    return replace(line, is_new=_is_new(row.supplemented_at, steps)), steps


def _is_new(supplemented_at: datetime | None, steps: Sequence[Step]) -> bool:
    """Tell whether something was added since somebody at the office last did something."""
    return supplemented_at is not None and bool(steps) and supplemented_at > steps[-1].at


@dataclass(frozen=True, slots=True)
class AnswerRating:
    """What the person is told: at once where it is not true, or a good one waited; else at the end.

    `verdict` is what was found; it was said before where a bad rating was put right.
    """

    rating_id: int
    verdict: str
    text: str
    request_id: str | None = None


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: AnswerRating, now: datetime
) -> Turn:
    """See that the actor may, did not work on the case, and that nothing is left to put right."""
    row = rating_steps.find_rating(reader, actor, ask.rating_id, "open", "answering")
    verdict = ask.verdict if row["status"] == "open" else row["verdict"]
    if verdict not in VERDICTS:
        raise Refused("rating_verdict_missing", status=422)
    if row["status"] == "open" and verdict == "valid" and is_bad(row["score"]):
        raise Refused("rating_rectify_first")
    text = rating_steps.checked(ask.text, LONGEST)
    place = sealed_place("answer", row["id"])
    values = {
        "status": "answered",
        "verdict": verdict,
        "counted": verdict == "valid",
        "answer_sealed": rating_steps.seal_words(reader, services, row, place, text),
        "answered_by": actor.party_id,
        "answered_at": now,
    }
    step = rating_steps.make_step(reader, services, actor, row, "answered", text, now)
    return Turn(actor, row, values, step, ask.request_id)


def commit(writer: Connection, services: Services, turn: Turn, now: datetime) -> None:
    """Write the answer, whether the rating counts, and who said so."""
    data = {"verdict": turn.values["verdict"]}
    rating_steps.write_down(writer, services, turn, "rating_answered", data, now)


ANSWER = UseCase(prepare, commit)


def _due() -> Any:
    """Say when the step that a rating waits for is due."""
    rating = t.rating.c
    return case(
        (and_(rating.status == "open", rating.contest_state == "waiting"), None),
        (rating.status == "open", rating.due_at),
        (rating.status != "answered", rating.rectify_due_at),
        else_=None,
    )


def _mine(accessor: Accessor) -> Any:
    """Select what the actor may answer: bad or doubtful, and of cases they had no hand in."""
    task, rating = t.task.c, t.rating.c
    parties = sorted(accessor.keys.parties)
    own = exists(
        select(1).where(
            task.tenant_id == rating.tenant_id,
            task.case_id == rating.case_id,
            or_(task.assignee_id.in_(parties), task.done_by.in_(parties)),
        )
    )
    return accessor.select("rating", ANSWER_RIGHT).where(rating.status != "filed", ~own)


def _with_names(statement: Any, locale: str) -> Any:
    """Add what a line shows beside the rating's own columns."""
    department, person, handler = t.department, t.party, t.party.alias()
    office = (
        select(name_column(department, locale))
        .where(
            department.c.tenant_id == t.rating.c.tenant_id,
            department.c.id == t.rating.c.department_id,
        )
        .scalar_subquery()
    )
    who = (
        select(person.c.name)
        .where(and_(person.c.tenant_id == t.rating.c.tenant_id,
                    person.c.id == t.rating.c.answered_by))
        .scalar_subquery()
    )  # fmt: skip
    taker = (
        select(handler.c.name)
        .where(and_(handler.c.tenant_id == t.rating.c.tenant_id,
                    handler.c.id == t.rating.c.handler_id))
        .scalar_subquery()
    )  # fmt: skip
    return statement.add_columns(
        t.case.c.applicant_id,
        t.case.c.number,
        t.case.c.release,
        office.label("office"),
        who.label("answerer"),
        taker.label("handler"),
    )


def _line(
    services: Services,
    accessor: Accessor,
    row: Row[Any],
    locale: str,
    lists: Lists,
    now: datetime,
) -> Line:
    values: Any = row._mapping
    app = services.apps.load(
        accessor.reader, accessor.actor.tenant_id, values["app_id"], values["release"]
    )
    applicant, named = values["applicant_id"], values["named"]
    due_at, left, lamp = _time_left(values, lists, now)

    def words(column: str) -> str:
        return open_words(services, values, applicant, column)

    return Line(
        rating_id=values["id"],
        item=wording.item_name(app, locale),
        office=values["office"] or "",
        score=values["score"],
        tags=tuple(values["tags"]),
        comment=words("comment"),
        supplement=words("supplement"),
        named=named,
        case_id=values["case_id"] if named else None,
        number=values["number"] if named else None,
        held=values["held"] != "",
        status=values["status"],
        rated_at=values["rated_at"],
        due_at=due_at,
        left=left,
        lamp=lamp,
        handler=values["handler"] or "",
        verdict=values["verdict"],
        answer=words("answer"),
        answered_by=values["answerer"] or "",
        answered_at=values["answered_at"],
        extend_state=values["extend_state"] or "",
        extend_days=values["extend_days"] or 0,
        contest_state=values["contest_state"] or "",
        contest_ground=values["contest_ground"] or "",
        is_new=False,
        handled_by=values["handler_id"],
        extend_by=values["extend_by"],
        contest_by=values["contest_by"],
        contest_until=rating_terms.contest_until(lists, values),
    )


def _time_left(row: Any, lists: Lists, now: datetime) -> tuple[datetime | None, int | None, str]:
    """Say when a rating is due, how many working days are left and which lamp that is."""
    first = row["status"] == "open"
    due_at = row["due_at"] if first else row["rectify_due_at"]
    waits = first and row["contest_state"] == "waiting"  # for somebody else's decision
    if due_at is None or waits or row["status"] == "answered":
        return row["due_at"], None, ""
    calendar = lists.calendar
    today = calendar.date_of(now)
    left = calendar.working_days_after(today, calendar.date_of(due_at))
    if now > due_at:
        return due_at, left, "late"
    code = "rating_contact_days" if first else "rating_rectify_days"
    days = house_parameters.whole(lists, code, today, row["region_code"])
    return due_at, left, "warn" if left <= max(days * _WARN_SHARE // 100, 1) else "ok"
