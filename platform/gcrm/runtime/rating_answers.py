"""Bad ratings: who looks after them, what they found and answered. Never who was rated (R-H5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update

from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.access.keys import keys_of
from gcrm.runtime import wording
from gcrm.runtime.rating_words import LONGEST, VERDICTS
from gcrm.runtime.ratings import open_words, sealed_place
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

ANSWER_RIGHT = "answer"
SHORTEST = 10  # characters of an answer
PAGE = 30


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
    due_at: datetime | None
    verdict: str | None
    answer: str
    answered_by: str
    answered_at: datetime | None


def worked_on(reader: Connection, tenant_id: int, case_id: int) -> frozenset[int]:
    """Give the parties who worked on a case: they are the rated ones."""
    task = t.task.c
    rows = reader.execute(
        select(task.assignee_id, task.done_by).where(
            task.tenant_id == tenant_id, task.case_id == case_id
        )
    )
    return frozenset(party for row in rows for party in row if party is not None)


def list_ratings(
    services: Services, accessor: Accessor, *, status: str, page: int, locale: str
) -> tuple[tuple[Line, ...], int]:
    """List one page of what the actor may look after, open ones by their day, and count all."""
    rating = t.rating.c
    wanted = _mine(accessor)
    if status == "open":
        wanted = wanted.where(rating.status == "open")
    elif status == "answered":
        wanted = wanted.where(rating.status == "answered")
    total = accessor.reader.execute(
        select(func.count()).select_from(wanted.order_by(None).subquery())
    ).scalar_one()
    order = (rating.due_at, rating.id) if status == "open" else (rating.rated_at.desc(), rating.id)
    rows = accessor.reader.execute(
        _with_names(wanted).order_by(*order).offset(page * PAGE).limit(PAGE)
    ).all()
    services.sealer.load(
        accessor.reader, accessor.actor.tenant_id, {row.applicant_id for row in rows}
    )
    return tuple(_line(services, accessor, row, locale) for row in rows), total


@dataclass(frozen=True, slots=True)
class Behind:
    """One of the ratings behind a number: what it says, and nothing that leads to a person."""

    score: int
    tags: tuple[str, ...]
    rated_at: datetime
    counted: bool


def list_behind(
    accessor: Accessor, condition: ColumnElement[bool], page: int
) -> tuple[tuple[Behind, ...], int]:
    """List one page of the ratings behind a number that the actor may read, and count all."""
    rating = t.rating.c
    columns = (rating.score, rating.tags, rating.rated_at, rating.counted)
    found = accessor.select("rating").where(condition).with_only_columns(*columns)
    total = accessor.reader.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    ordered = found.order_by(rating.rated_at.desc(), rating.id).offset(page * PAGE).limit(PAGE)
    rows = accessor.reader.execute(ordered).all()
    return tuple(Behind(r.score, tuple(r.tags), r.rated_at, r.counted) for r in rows), total


def read_rating(services: Services, accessor: Accessor, rating_id: int, locale: str) -> Line:
    """Give one of them. Raises Refused for any other, also for one's own case."""
    row = accessor.reader.execute(
        _with_names(_mine(accessor).where(t.rating.c.id == rating_id))
    ).first()
    if row is None:
        raise Refused("not_found", status=404)
    services.sealer.load(accessor.reader, accessor.actor.tenant_id, (row.applicant_id,))
    return _line(services, accessor, row, locale)


def count_open(accessor: Accessor) -> int:
    """Count what waits for the actor; at most 100."""
    rows = accessor.reader.execute(
        _mine(accessor)
        .where(t.rating.c.status == "open")
        .with_only_columns(t.rating.c.id)
        .limit(100)
    )
    return len(rows.all())


@dataclass(frozen=True, slots=True)
class AnswerRating:
    """What somebody found out, and what was done."""

    rating_id: int
    verdict: str
    text: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    row: Any
    ask: AnswerRating
    sealed: bytes


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: AnswerRating, now: datetime
) -> _Plan:
    """See that the actor may, and did not work on the case."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("rating", ask.rating_id, ANSWER_RIGHT)
    if row is None:
        raise Refused("not_found", status=404)
    if accessor.keys.parties & worked_on(reader, actor.tenant_id, row["case_id"]):
        raise Refused("rating_own_case", status=403)
    if row["status"] != "open":
        raise Refused("rating_answered")
    text = ask.text.strip()
    if ask.verdict not in VERDICTS:
        raise Refused("rating_verdict_missing", status=422)
    if len(text) < SHORTEST:
        raise Refused("rating_answer_short", {"minimum": SHORTEST}, 422)
    if len(text) > LONGEST:
        raise Refused("rating_text_long", {"maximum": LONGEST}, 422)
    applicant = reader.execute(
        select(t.case.c.applicant_id).where(
            t.case.c.tenant_id == actor.tenant_id, t.case.c.id == row["case_id"]
        )
    ).scalar_one()
    services.sealer.load(reader, actor.tenant_id, (applicant,))
    if not services.sealer.has(actor.tenant_id, applicant):
        raise Refused("not_found", status=404)
    place = sealed_place("answer", row["id"])
    sealed = services.sealer.seal(actor.tenant_id, applicant, place, text.encode("utf-8"))
    return _Plan(actor, row, ask, sealed)


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> None:
    """Write the answer, whether the rating counts, and who said so."""
    row, actor = plan.row, plan.actor
    rating = t.rating.c
    done = writer.execute(
        update(t.rating)
        .where(
            rating.tenant_id == row["tenant_id"],
            rating.id == row["id"],
            rating.rev == row["rev"],
            rating.status == "open",
        )
        .values(
            status="answered",
            verdict=plan.ask.verdict,
            counted=plan.ask.verdict == "valid",
            answer_sealed=plan.sealed,
            answered_by=actor.party_id,
            answered_at=now,
            rev=row["rev"] + 1,
        )
    )
    if done.rowcount != 1:
        raise StaleError("This rating was answered meanwhile.")
    entry = audit.Entry(
        audit.party_chain(actor.party_id),
        "rating_answered", f"rating:{row['id']}", now, {"verdict": plan.ask.verdict},
        actor.party_id, actor.account_id, plan.ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])


ANSWER = UseCase(prepare, commit)


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


def _with_names(statement: Any) -> Any:
    """Add what a line shows beside the rating's own columns."""
    department, person = t.department, t.party
    office = (
        select(department.c.name)
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
    return statement.add_columns(
        t.case.c.applicant_id,
        t.case.c.number,
        t.case.c.release,
        office.label("office"),
        who.label("answerer"),
    )


def _line(services: Services, accessor: Accessor, row: Row[Any], locale: str) -> Line:
    values: Any = row._mapping
    app = services.apps.load(
        accessor.reader, accessor.actor.tenant_id, values["app_id"], values["release"]
    )
    applicant, named = values["applicant_id"], values["named"]

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
        due_at=values["due_at"],
        verdict=values["verdict"],
        answer=words("answer"),
        answered_by=values["answerer"] or "",
        answered_at=values["answered_at"],
    )
