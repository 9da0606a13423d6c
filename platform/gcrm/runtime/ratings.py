"""Ratings: said once for a finished case, by one-time link or from the case's page, one addition.

Who rates is kept nowhere: not in the row, not in the event, not in the audit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gcrm.access.actors import Actor
from gcrm.runtime import house_parameters, rating_terms, throttles, wording
from gcrm.runtime.rating_cases import WRONG_LINKS, Where, count_wrong, find_case
from gcrm.runtime.rating_words import LONGEST, MARKS, SCORES, TAGS, is_bad
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import events, outbox
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import SealingError, StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.names import name_column
from gcrm.store.outbox import Message

TOPIC = "rating"


@dataclass(frozen=True, slots=True)
class Said:
    """A rating as its page shows it again."""

    score: int
    tags: tuple[str, ...]
    marks: Mapping[str, int]
    comment: str
    named: bool
    is_public: bool
    rated_at: datetime
    supplement: str
    supplemented_at: datetime | None
    status: str  # filed | open | rectifying | calling | answering | answered
    answer: str
    answered_at: datetime | None
    verdict: str | None = None
    rectify_due_at: datetime | None = None
    extended: bool = False  # it may take longer than was promised at first


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is rated, and what was said already; nothing of a person."""

    case_id: int
    item: str
    office: str
    ended_at: datetime
    said: Said | None
    contact_days: int  # working days within which somebody calls after a bad rating


@dataclass(frozen=True, slots=True)
class _Opened:
    where: Where
    occasion: Occasion | None
    refused: Refused | None = None


def prepare_open(
    reader: Connection, services: Services, actor: Actor | None, ask: Where, now: datetime
) -> _Opened:
    """Find what is to be rated."""
    try:
        row = find_case(reader, services, actor, ask, now)
    except Refused as refused:
        if refused.code != "rating_link_unknown":
            raise
        return _Opened(ask, None, refused)
    known = _rating(reader, ask.tenant_id, row["id"])
    said = _said(reader, services, row, known) if known is not None else None
    return _Opened(ask, _occasion(reader, services, row, ask.locale, said, now))


def commit_open(writer: Connection, services: Services, plan: _Opened, now: datetime) -> _Opened:
    """Count a link that leads nowhere."""
    if plan.refused is not None:
        count_wrong(writer, services, plan.where, now)
    return plan


def after_open(services: Services, receipt: _Opened) -> Occasion:
    """Give what was found, or the refusal that was counted."""
    if receipt.occasion is None:
        raise receipt.refused or Refused("rating_link_unknown", status=404)
    return receipt.occasion


OPEN = UseCase(prepare_open, commit_open, after_open)


@dataclass(frozen=True, slots=True)
class Rate:
    """Say how it was. `named`: wants to be called back; `is_public`: may be published."""

    where: Where
    score: int
    tags: tuple[str, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    comment: str = ""
    named: bool = False
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """It is written down; `counted` is off where a person looks at it first."""

    case_id: int
    counted: bool
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    ask: Rate
    case_state: CaseState | None
    row: Mapping[str, Any]
    subjects: tuple[str, ...]
    rule: throttles.Rule
    held: bool
    refused: Refused | None = None


def prepare(
    reader: Connection, services: Services, actor: Actor | None, ask: Rate, now: datetime
) -> _Plan:
    """See that the case may be rated, and seal what was written."""
    where = ask.where
    _check(ask)
    try:
        row = find_case(reader, services, actor, where, now)
    except Refused as refused:
        if refused.code != "rating_link_unknown":
            raise
        return _Plan(ask, None, {}, (), WRONG_LINKS, held=False, refused=refused)
    if _rating(reader, where.tenant_id, row["id"]) is not None:
        raise Refused("rating_done")
    lists = services.reference.at(reader, where.tenant_id, now)
    day = now.astimezone(services.zone).date()
    most = house_parameters.whole(lists, "rating_most_an_hour", day, row["region_code"])
    subjects = tuple(_sources(services, where, actor))
    known = throttles.read_throttles(reader, where.tenant_id, subjects, now)
    held = any(each.locked(now) is not None for each in known.values())
    rating_id = new_id()
    bad = is_bad(ask.score)
    values = {
        "tenant_id": where.tenant_id,
        "id": rating_id,
        "case_id": row["id"],
        **{name: row[name] for name in _LEAVES},
        "score": ask.score,
        "tags": [tag for tag in TAGS if tag in ask.tags] if bad else [],
        "marks": {name: ask.marks[name] for name in MARKS if name in ask.marks},
        "named": ask.named,
        "is_public": ask.is_public,
        "way": where.way,
        "comment_sealed": _seal(reader, services, row, rating_id, "comment", ask.comment),
        "rated_at": now,
        "status": "open" if bad else "filed",
        "due_from": now if bad else None,
        "due_at": _due(lists, now, row["region_code"]) if bad else None,
        "rev": 1,
    }
    rule = throttles.Rule(most + 1, timedelta(hours=1), timedelta(hours=1))
    return _Plan(ask, _state_of(row), values, subjects, rule, held)


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> Rated:
    """Write it once; a second one meets the unique key, is prepared again and refused."""
    where = plan.ask.where
    if plan.case_state is None:
        count_wrong(writer, services, where, now)
        return Rated(0, counted=False, refused=plan.refused)
    many = [
        throttles.failed(writer, where.tenant_id, subject, plan.rule, now)
        for subject in plan.subjects
    ]
    held = plan.held or any(until is not None for until in many)
    values = {**plan.row, "counted": not held, "held": "many" if held else ""}
    if held:
        values["status"] = "open"  # a person says whether it counts (R-H2)
    writer.execute(insert(t.rating), values)
    events.append(writer, plan.case_state, [Event("rated", now, {"way": where.way})])
    if values["status"] == "open":
        told = Message(TOPIC, {"rating": str(values["id"])}, values["case_id"])
        outbox.put(writer, where.tenant_id, [told], now)
    return Rated(values["case_id"], counted=not held)


def after(services: Services, receipt: Rated) -> Rated:
    """Give the receipt, or the refusal that was counted."""
    if receipt.refused is not None:
        raise receipt.refused
    return receipt


RATE = UseCase(prepare, commit, after)


@dataclass(frozen=True, slots=True)
class Supplement:
    """Add something to a rating, once."""

    where: Where
    text: str


def prepare_supplement(
    reader: Connection, services: Services, actor: Actor | None, ask: Supplement, now: datetime
) -> tuple[RowMapping, CaseState, bytes | None, Mapping[str, Any]]:
    """See that there is a rating without an addition."""
    text = ask.text.strip()
    if not text:
        raise Refused("rating_text_missing", status=422)
    if len(text) > LONGEST:
        raise Refused("rating_text_long", {"maximum": LONGEST}, 422)
    row = find_case(reader, services, actor, ask.where, now)
    known = _rating(reader, ask.where.tenant_id, row["id"])
    if known is None:
        raise Refused("rating_none")
    if known["supplemented_at"] is not None:
        raise Refused("rating_supplemented")
    sealed = _seal(reader, services, row, known["id"], "supplement", text)
    again = _again(reader, services, known, now) if known["status"] == "answered" else {}
    return known, _state_of(row), sealed, again


def _again(
    reader: Connection, services: Services, known: RowMapping, now: datetime
) -> Mapping[str, Any]:
    """Give the values of a rating that somebody must look into anew."""
    lists = services.reference.at(reader, known["tenant_id"], now)
    return {
        "status": "open",
        "due_from": now,
        "due_at": _due(lists, now, known["region_code"]),
        **dict.fromkeys(_OF_ONE_ROUND),
    }


_OF_ONE_ROUND = (
    "handler_id", "rectify_from", "rectify_due_at", "extend_state", "extend_days", "extend_by",
    "contest_state", "contest_ground", "contest_by", "contest_file",
)  # fmt: skip


def _due(lists: Lists, now: datetime, region: str | None) -> datetime:
    return rating_terms.term(lists, rating_terms.CONTACT, now, region).at


def commit_supplement(
    writer: Connection,
    services: Services,
    plan: tuple[RowMapping, CaseState, bytes | None, Mapping[str, Any]],
    now: datetime,
) -> None:
    """Write the addition; a bad rating that was answered is open again, from the beginning."""
    known, case_state, sealed, again = plan
    rating = t.rating.c
    changed = writer.execute(
        update(t.rating)
        .where(
            rating.tenant_id == known["tenant_id"],
            rating.id == known["id"],
            rating.rev == known["rev"],
            rating.supplemented_at.is_(None),
        )
        .values(
            supplement_sealed=sealed,
            supplemented_at=now,
            **again,
            rev=known["rev"] + 1,
        )
    )
    if changed.rowcount != 1:
        raise StaleError("This rating was changed meanwhile.")
    events.append(writer, case_state, [Event("rated", now, {"more": True})])
    if known["status"] != "filed":
        on = {} if known["status"] in ("open", "answered") else {"on": "added"}
        told = Message(TOPIC, {"rating": str(known["id"]), **on}, known["case_id"])
        outbox.put(writer, known["tenant_id"], [told], now)


SUPPLEMENT = UseCase(prepare_supplement, commit_supplement)


def sealed_place(column: str, rating_id: int) -> str:
    """Name the place where words of a rating are sealed, under the key of the case's applicant."""
    return f"rating.{column}_sealed.{rating_id}"


def open_words(services: Services, row: Any, applicant_id: int, column: str) -> str:
    """Open words of a rating; the key must be in memory. Empty where the person was erased."""
    sealed = row[f"{column}_sealed"]
    if sealed is None:
        return ""
    place = sealed_place(column, row["id"])
    try:
        return services.sealer.open(row["tenant_id"], applicant_id, place, sealed).decode("utf-8")
    except SealingError:
        return ""


def _state_of(row: RowMapping) -> CaseState:
    values = {name: row[name] for name in events.PROJECTED}
    return CaseState(row["tenant_id"], row["id"], row["rev"], events.Projection(**values))


_LEAVES = ("app_id", "item_variant_id", "department_id", "region_code", "grid_id")


def _check(ask: Rate) -> None:
    if ask.score not in SCORES:
        raise Refused("rating_score_missing", status=422)
    if is_bad(ask.score) and not any(tag in TAGS for tag in ask.tags):
        raise Refused("rating_tags_missing", status=422)
    if len(ask.comment) > LONGEST:
        raise Refused("rating_text_long", {"maximum": LONGEST}, 422)
    if any(value not in SCORES for value in ask.marks.values()):
        raise Refused("rating_score_missing", status=422)


def _sources(services: Services, where: Where, actor: Actor | None) -> Any:
    """Name where ratings come from: an address, and the account of who is logged in (R-H2).

    As keyed marks that are swept away after a day: they lead back to nobody.
    """
    sealer = services.sealer
    address = sealer.blind_index(where.tenant_id, "rating-address", where.address)
    yield f"rating:{address.hex()}"
    if actor is not None:
        person = sealer.blind_index(where.tenant_id, "rating-account", str(actor.account_id))
        yield f"rating:{person.hex()}"


def _rating(reader: Connection, tenant_id: int, case_id: int) -> RowMapping | None:
    return (
        reader.execute(
            select(t.rating).where(t.rating.c.tenant_id == tenant_id, t.rating.c.case_id == case_id)
        )
        .mappings()
        .first()
    )


def rating_exists(reader: Connection, tenant_id: int, case_id: int) -> bool:
    """Say whether a case was rated."""
    return _rating(reader, tenant_id, case_id) is not None


def _occasion(
    reader: Connection,
    services: Services,
    row: RowMapping,
    locale: str,
    said: Said | None,
    now: datetime,
) -> Occasion:
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    office = reader.scalar(
        select(name_column(t.department, locale)).where(
            t.department.c.tenant_id == row["tenant_id"],
            t.department.c.id == row["department_id"],
        )
    )
    ended = row["closed_at"] or row["decided_at"]
    lists = services.reference.at(reader, row["tenant_id"], now)
    day = now.astimezone(services.zone).date()
    days = house_parameters.whole(lists, "rating_contact_days", day, row["region_code"])
    return Occasion(row["id"], wording.item_name(app, locale), office or "", ended, said, days)


def _said(reader: Connection, services: Services, case: RowMapping, row: RowMapping) -> Said:
    applicant = case["applicant_id"]
    services.sealer.load(reader, row["tenant_id"], (applicant,))

    def words(column: str) -> str:
        return open_words(services, row, applicant, column)

    return Said(
        score=row["score"],
        tags=tuple(row["tags"]),
        marks=row["marks"],
        comment=words("comment"),
        named=row["named"],
        is_public=row["is_public"],
        rated_at=row["rated_at"],
        supplement=words("supplement"),
        supplemented_at=row["supplemented_at"],
        status=row["status"],
        answer=words("answer"),
        answered_at=row["answered_at"],
        verdict=row["verdict"],
        rectify_due_at=row["rectify_due_at"],
        extended=row["extend_state"] == "granted",
    )


def _seal(
    reader: Connection, services: Services, case: RowMapping, rating_id: int, column: str, text: str
) -> bytes | None:
    text = text.strip()
    if not text:
        return None
    tenant, applicant = case["tenant_id"], case["applicant_id"]
    services.sealer.load(reader, tenant, (applicant,))
    if not services.sealer.has(tenant, applicant):
        raise Refused("not_found", status=404)  # erased meanwhile: there is nobody to speak for
    place = sealed_place(column, rating_id)
    return services.sealer.seal(tenant, applicant, place, text.encode("utf-8"))
