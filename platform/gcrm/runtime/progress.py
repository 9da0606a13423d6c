"""How far a case is, for the people whose case it is: six steps, the clock, the result."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from form_engine.answers import AnswerSection
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import refusals, revoke, throttles, wording
from gcrm.runtime.case_papers import open_paper
from gcrm.runtime.clock_rows import clocks_of_case
from gcrm.runtime.clocks import Clock
from gcrm.runtime.grounds import Refusal, read_refusal
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.timeline import Moment, PublicStep, moments, public_steps
from gcrm.runtime.use_case import UseCase
from gcrm.runtime.work import opinion_place
from gcrm.store import events
from gcrm.store import tables as t
from gcrm.store.events import public_state
from gcrm.store.names import name_column

LOOKUPS = throttles.Rule(10, timedelta(minutes=15), timedelta(minutes=15))
"""Wrong look-up codes from one address: at 10 in 15 minutes, 60 bits take for ever."""

WITH_REASON = frozenset({"refused", "not_accepted", "revoked"})


@dataclass(frozen=True, slots=True)
class Progress:
    """All that a progress page tells. `reason` is why it was refused, in the clerk's words.

    Looked up by code, `title`, `answers` and `reason` stay empty: the code tells where a
    case stands and nothing about a person.
    """

    case_id: int
    number: str | None
    lookup_code: str
    title: str
    item: str
    state: str
    public_state: str | None
    steps: tuple[PublicStep, ...]
    step: str | None
    office: str | None
    clocks: tuple[Clock, ...]
    moments: tuple[Moment, ...]
    submitted_at: datetime | None
    decided_at: datetime | None
    outcome: str | None
    outputs: Mapping[str, str]  # what decisions worked out: an amount, a date
    reason: str
    answers: tuple[AnswerSection, ...]
    refusal: Refusal | None = None  # the rule, what could change it, where else, how to appeal

    @property
    def promised(self) -> Clock | None:
        """Give the clock that people are told of."""
        return next((each for each in self.clocks if each.kind == "promised"), None)


def read_progress(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    case_id: int,
    now: datetime,
    *,
    locale: str,
) -> Progress:
    """Tell how far a case is that the actor may see. Raises Refused for any other."""
    row = accessor.find("case", case_id)
    if row is None:
        raise Refused("not_found", status=404)
    public = _public(reader, services, row, locale)
    paper = open_paper(reader, services, row, now, locale=locale, step="apply")
    reason = ""
    if row["state"] in WITH_REASON or row["outcome"] in WITH_REASON:
        reason = _reason(reader, services, row)
    if row["state"] == "terminated":
        reason = refusals.sentence("correction_expired", locale)
    if row["state"] == "revoked":
        said = revoke.words_of(reader, services, row["tenant_id"], case_id)
        reason = said.reason if said is not None else reason
    return replace(
        public,
        title=row["title"],
        answers=paper.answers() if paper else (),
        reason=reason,
        outputs=_outputs(reader, row),
        refusal=read_refusal(reader, services, row) if reason else None,
    )


def _outputs(reader: Connection, row: RowMapping) -> Mapping[str, str]:
    outcome = t.case_outcome.c
    data = reader.scalar(
        select(outcome.data)
        .where(outcome.tenant_id == row["tenant_id"], outcome.case_id == row["id"])
        .order_by(outcome.id.desc())
        .limit(1)
    )
    return dict(data.get("outputs", {})) if data is not None else {}


def _public(
    reader: Connection, services: Services, row: RowMapping | Mapping[str, Any], locale: str
) -> Progress:
    tenant = row["tenant_id"]
    log = events.read(reader, tenant, row["id"])
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    names = wording.step_names(app, locale)
    return Progress(
        case_id=row["id"],
        number=row["number"],
        lookup_code=row["lookup_code"],
        title="",
        item=wording.item_name(app, locale),
        state=row["state"],
        public_state=public_state(row["state"]),
        steps=public_steps(log),
        step=names.get(row["step_id"]) if row["step_id"] else None,
        office=_offices(reader, tenant, [row["id"]], locale).get(row["id"]),
        clocks=clocks_of_case(reader, tenant, row["id"]),
        moments=moments(log, {}, names, citizen=True),
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
        outcome=row["outcome"],
        outputs={},
        reason="",
        answers=(),
    )


def _offices(
    reader: Connection, tenant_id: int, case_ids: Sequence[int], locale: str
) -> dict[int, str]:
    """Name the office that has the newest open task of each case."""
    if not case_ids:
        return {}
    rows = reader.execute(
        select(t.task.c.case_id, name_column(t.department, locale).label("name"))
        .join(
            t.department,
            and_(
                t.department.c.tenant_id == t.task.c.tenant_id,
                t.department.c.id == t.task.c.department_id,
            ),
        )
        .where(
            t.task.c.tenant_id == tenant_id,
            t.task.c.case_id.in_(case_ids),
            t.task.c.status == "open",
        )
        .order_by(t.task.c.id)
    )
    return {row.case_id: row.name for row in rows}


def _reason(reader: Connection, services: Services, row: RowMapping) -> str:
    """Open the words with which the case was decided."""
    newest = reader.execute(
        select(t.opinion.c.id, t.opinion.c.text_sealed)
        .where(t.opinion.c.tenant_id == row["tenant_id"], t.opinion.c.case_id == row["id"])
        .order_by(t.opinion.c.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return ""
    services.sealer.load(reader, row["tenant_id"], (row["applicant_id"],))
    return services.sealer.open(
        row["tenant_id"], row["applicant_id"], opinion_place(newest.id), newest.text_sealed
    ).decode("utf-8")


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask for a case by its code; `address` is who asks, for counting wrong ones."""

    tenant_id: int
    code: str
    address: str
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class _Looked:
    ask: LookUp
    found: Progress | None
    refused: Refused | None = None


def prepare_look_up(
    reader: Connection, services: Services, actor: Actor | None, ask: LookUp, now: datetime
) -> _Looked:
    """Find the case behind a code; nothing private is read."""
    subject = _subject(services, ask)
    known = throttles.read_throttles(reader, ask.tenant_id, (subject,), now)[subject]
    until = known.locked(now)
    if until is not None:
        raise Refused("lookup_often", {"until": until}, 429)
    code = "".join(sign for sign in ask.code.upper() if sign.isalnum())[:24]
    row = (
        reader.execute(
            select(t.case).where(
                t.case.c.tenant_id == ask.tenant_id,
                t.case.c.lookup_code == code,
                t.case.c.mode == "real",
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return _Looked(ask, None, Refused("lookup_unknown", status=404))
    return _Looked(ask, _public(reader, services, row, ask.locale))


def commit_look_up(writer: Connection, services: Services, plan: _Looked, now: datetime) -> _Looked:
    """Count a wrong code."""
    if plan.refused is not None:
        subject = _subject(services, plan.ask)
        throttles.failed(writer, plan.ask.tenant_id, subject, LOOKUPS, now)
    return plan


def after_look_up(services: Services, receipt: _Looked) -> Progress:
    """Give what was found, or the refusal that was counted."""
    if receipt.refused is not None or receipt.found is None:
        raise receipt.refused or Refused("lookup_unknown", status=404)
    return receipt.found


LOOK_UP = UseCase(prepare_look_up, commit_look_up, after_look_up)


def _subject(services: Services, ask: LookUp) -> str:
    mark = hashlib.sha256(f"{ask.tenant_id}/{ask.address}".encode()).hexdigest()[:32]
    return f"lookup:{mark}"
