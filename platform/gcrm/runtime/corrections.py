"""Corrections: the one list of what an applicant is asked to mend, as rows and in clear."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from form_engine.form import Form
from form_engine.rights import WRITING
from gcrm.apps import CompiledApp
from gcrm.runtime.answers import canonical
from gcrm.store import tables as t
from gcrm.store.sealing import Sealer

STATE = "correcting"
OPEN, ANSWERED, EXPIRED, CANCELLED = "open", "answered", "expired", "cancelled"
DUE_TIMER, REMIND_TIMER = "correction.due", "correction.remind"
DAYS = "correction_days"
MOST_DAYS = "correction_days_most"
REMIND = "correction_remind_days"
"""Parameters of an app: how long an applicant has, at most, and when they are reminded."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to mend: a field of the application, or (without one) something else to hand in.

    `what` is wrong with it and `fix` is how to mend it, in the clerk's words or, with
    `phrase`, in words that the platform knows in every language.
    """

    id: str
    field: str | None
    label: str
    what: str
    fix: str
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What the applicant has filled in so far, or finally handed in: answers, what was typed
    where it was wrong, words and files beside them, and what those files are."""

    values: Mapping[str, Any] = field(default_factory=dict)
    replies: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """One round: what was asked, by when, and what came of it."""

    tenant_id: int
    id: int
    case_id: int
    task_id: int
    step_id: str
    round: int
    status: str
    asked_by: int
    asked_at: datetime
    due_at: datetime
    items: tuple[Item, ...]
    reason: str  # why once more; empty the first time
    key: str
    draft: Content
    draft_rev: int
    answered_at: datetime | None
    answer: Content
    submission_id: int | None

    @property
    def is_open(self) -> bool:
        """Say whether the applicant is still to answer."""
        return self.status == OPEN

    @property
    def fields(self) -> tuple[str, ...]:
        """Name the fields of the application that are to be mended."""
        return tuple(item.field for item in self.items if item.field is not None)


def of_case(reader: Connection, sealer: Sealer, case: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Read all corrections of a case in order: one statement, the key aside."""
    tenant, applicant = case["tenant_id"], case["applicant_id"]
    rows = reader.execute(_OF_CASE, {"tenant": tenant, "case": case["id"]}).all()
    if rows:
        sealer.load(reader, tenant, (applicant,))
    return tuple(_correction(row, sealer, applicant) for row in rows)


def newest(reader: Connection, sealer: Sealer, case: Mapping[str, Any]) -> Correction | None:
    """Give the last round, None where nothing was ever asked."""
    return next(reversed(of_case(reader, sealer, case)), None)


_OF_CASE = (
    select(t.correction)
    .where(
        t.correction.c.tenant_id == bindparam("tenant"),
        t.correction.c.case_id == bindparam("case"),
    )
    .order_by(t.correction.c.id)
)


def _correction(row: Any, sealer: Sealer, applicant: int) -> Correction:
    def opened(name: str, sealed: bytes | None) -> dict[str, Any]:
        if sealed is None:
            return {}
        text = sealer.open(row.tenant_id, applicant, place(name, row.id), sealed)
        document: dict[str, Any] = json.loads(text)
        return document

    asked = opened("list_sealed", row.list_sealed)
    return Correction(
        tenant_id=row.tenant_id,
        id=row.id,
        case_id=row.case_id,
        task_id=row.task_id,
        step_id=row.step_id,
        round=row.round,
        status=row.status,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        due_at=row.due_at,
        items=tuple(Item(**item) for item in asked["items"]),
        reason=asked["reason"],
        key=row.key,
        draft=_content(opened("draft_sealed", row.draft_sealed)),
        draft_rev=row.draft_rev,
        answered_at=row.answered_at,
        answer=_content(opened("answer_sealed", row.answer_sealed)),
        submission_id=row.submission_id,
    )


def _content(document: Mapping[str, Any]) -> Content:
    if not document:
        return Content()
    files = {name: (kind, size) for name, (kind, size) in document["files"].items()}
    return Content(document["values"], document["replies"], document["typed"], files)


def place(column: str, correction_id: int) -> str:
    """Name the place where a column of a correction is sealed."""
    return f"correction.{column}.{correction_id}"


def seal_list(
    sealer: Sealer, tenant_id: int, applicant: int, row: int, items: Sequence[Item], reason: str
) -> bytes:
    """Seal what is asked: clerks write about people."""
    document = {"items": [asdict(item) for item in items], "reason": reason}
    return sealer.seal(tenant_id, applicant, place("list_sealed", row), canonical(document))


def seal_content(
    sealer: Sealer, tenant_id: int, applicant: int, row: int, column: str, content: Content
) -> bytes:
    """Seal what an applicant filled in."""
    return sealer.seal(tenant_id, applicant, place(column, row), canonical(asdict(content)))


def correctable(app: CompiledApp, form: Form) -> tuple[str, ...]:
    """List the fields of an application that an office may ask to be mended.

    Another ID number would be another person: such an application is withdrawn and made anew.
    """
    people = {each.id_field for each in app.definition.participants if each.id_field}
    asked = form.rights_to_correct([each.id for each in form.fields])
    return tuple(
        each.id
        for each in form.fields
        if each.type.answers
        and each.type.stored
        and asked[each.id] in WRITING
        and each.id not in people
    )
