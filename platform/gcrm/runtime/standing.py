"""One question to the database about everything a submission depends on.

Known parties, open cases of the same item, representations and keys come back as
rows of one statement: three round trips less while a person waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from gcrm.store import tables as t
from gcrm.store.columns import Id

NEGATIVE = ("not_accepted", "refused", "withdrawn", "terminated", "revoked")
"""States in which a case stands in nobody's way any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask: blind indexes by kind of identifier, for whom a second case is one too many."""

    tenant_id: int
    app_id: str
    submitter_id: int
    indexes: tuple[tuple[str, bytes], ...]
    open_role: str  # the participant for whom a second case would be a duplicate
    today: date
    own_case: int = 0  # a case that is judged again does not stand in its own way


@dataclass(frozen=True, slots=True)
class Standing:
    """The answers."""

    parties: Mapping[tuple[str, bytes], int]
    open_for: frozenset[tuple[str, bytes]]
    represents: frozenset[int]
    keys: tuple[tuple[int, int, bytes], ...]  # party, version, wrapped


def ask(reader: Connection, question: Question) -> Standing:
    """Ask everything in one statement."""
    asked: dict[str, Any] = {
        "tenant": question.tenant_id,
        "app": question.app_id,
        "submitter": question.submitter_id,
        "open_role": question.open_role,
        "today": question.today,
        "own_case": question.own_case,
    }
    for number, (kind, index) in enumerate(question.indexes):
        asked |= {f"kind_{number}": kind, f"index_{number}": index}
    rows = reader.execute(_statement(len(question.indexes)), asked).all()
    by_kind: dict[str, list[Any]] = {}
    for row in rows:
        by_kind.setdefault(row.what, []).append(row)
    return Standing(
        parties={(row.code, bytes(row.content)): row.one for row in by_kind.get("party", ())},
        open_for=frozenset((row.code, bytes(row.content)) for row in by_kind.get("open", ())),
        represents=frozenset(row.one for row in by_kind.get("for", ())),
        keys=tuple((row.one, row.count, bytes(row.content)) for row in by_kind.get("key", ())),
    )


@lru_cache(maxsize=32)
def _statement(indexes: int) -> Any:
    """Make the statement once for a number of indexes."""
    named = [_parties(indexes), _open_cases(indexes)] if indexes else []
    return union_all(*named, _represented(), _keys(indexes))


def _row(
    what: str, one: Any, two: Any, code: Any, text: Any, count: Any, content: Any
) -> tuple[Any, ...]:
    return (
        literal(what, String).label("what"),
        cast(one, Id).label("one"),
        cast(two, Id).label("two"),
        cast(code, String).label("code"),
        cast(text, String).label("text"),
        cast(count, Integer).label("count"),
        cast(content, LargeBinary).label("content"),
    )


def _is_one_of(indexes: int) -> Any:
    identifier = t.identifier.c
    return or_(
        *(
            and_(
                identifier.kind == bindparam(f"kind_{number}"),
                identifier.blind_index == bindparam(f"index_{number}"),
            )
            for number in range(indexes)
        )
    )


def _parties(indexes: int) -> Select[Any]:
    identifier, party = t.identifier.c, t.party.c
    return (
        select(
            *_row(
                "party",
                func.coalesce(party.merged_into, party.id),
                identifier.id,
                identifier.kind,
                null(),
                identifier.assurance,
                identifier.blind_index,
            )
        )
        .join_from(
            t.identifier,
            t.party,
            and_(party.tenant_id == identifier.tenant_id, party.id == identifier.party_id),
        )
        .where(identifier.tenant_id == bindparam("tenant"), _is_one_of(indexes))
    )


def _open_cases(indexes: int) -> Select[Any]:
    identifier, participant, case = t.identifier.c, t.case_participant.c, t.case.c
    return (
        select(
            *_row(
                "open",
                participant.party_id,
                case.id,
                identifier.kind,
                null(),
                null(),
                identifier.blind_index,
            )
        )
        .select_from(t.identifier)
        .join(
            t.case_participant,
            and_(
                participant.tenant_id == identifier.tenant_id,
                participant.party_id == identifier.party_id,
                participant.role == bindparam("open_role"),
            ),
        )
        .join(t.case, and_(case.tenant_id == participant.tenant_id, case.id == participant.case_id))
        .where(
            identifier.tenant_id == bindparam("tenant"),
            _is_one_of(indexes),
            case.app_id == bindparam("app"),
            case.mode == "real",
            case.id != bindparam("own_case"),
            *(case.state != state for state in NEGATIVE),
            or_(case.outcome.is_(None), and_(*(case.outcome != state for state in NEGATIVE))),
        )
    )


def _represented() -> Select[Any]:
    c = t.representation.c
    return select(*_row("for", c.principal_id, null(), c.kind, null(), null(), null())).where(
        c.tenant_id == bindparam("tenant"),
        c.representative_id == bindparam("submitter"),
        or_(c.scope == "*", c.scope == bindparam("app")),
        c.valid_from <= bindparam("today"),
        or_(c.valid_to.is_(None), c.valid_to >= bindparam("today")),
    )


def _keys(indexes: int) -> Select[Any]:
    key, identifier = t.sealing_key.c, t.identifier.c
    whose = key.party_id == bindparam("submitter")
    if indexes:
        named = select(identifier.party_id).where(
            identifier.tenant_id == bindparam("tenant"), _is_one_of(indexes)
        )
        whose = or_(whose, key.party_id.in_(named))
    return select(
        *_row("key", key.party_id, null(), null(), null(), key.version, key.wrapped)
    ).where(key.tenant_id == bindparam("tenant"), whose, key.destroyed_at.is_(None))
