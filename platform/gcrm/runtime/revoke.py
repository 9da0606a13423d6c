"""Revoking: a decision is taken back with reason and rule, and its certificate with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from form_engine.cleaning import lines, printable
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import filling, wording
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.certificates import has_revocable
from gcrm.runtime.issuing import case_of
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import SealingError
from gcrm.store.events import CaseState, Event

ACTION = "revoke"
REASON = 10  # characters
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take a decision back."""

    case_id: int
    reason: str
    rule: str
    locale: str = "zh-CN"
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    move: CaseMove
    sealed: Mapping[int, bytes]  # reason and rule by certificate
    revoked_by: int


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Revoke, now: datetime
) -> _Plan:
    """See that the actor may, that nobody revokes what they decided, and what is in force."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("case", ask.case_id, ACTION)
    if row is None:
        raise Refused("not_found", status=404)
    case = case_of(reader, actor.tenant_id, ask.case_id)
    if case is None or case["state"] != "completed" or case["outcome"] != "approved":
        raise Refused("revoke_state")
    reason, rule = _text(ask.reason), _text(ask.rule)
    if len(reason) < REASON:
        raise Refused("revoke_reason_short", {"minimum": REASON}, 422)
    if not rule:
        raise Refused("revoke_rule_missing", status=422)
    _check_four_eyes(reader, services, accessor, case, ask.locale)
    papers = _in_force(reader, actor.tenant_id, ask.case_id)
    if not papers:
        raise Refused("revoke_state")
    services.sealer.load(reader, actor.tenant_id, {holder for _, holder in papers})
    words = json.dumps({"reason": reason, "rule": rule}, ensure_ascii=False).encode("utf-8")
    entry = audit.Entry(
        audit.case_chain(ask.case_id),
        "case.revoke",
        f"case:{ask.case_id}",
        now,
        {"certificates": [str(paper) for paper, _ in papers]},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    event = Event(
        "revoked", now, {"certificates": [str(paper) for paper, _ in papers]}, actor.party_id
    )
    forms = record_forms(reader, services, case, actor.tenant_id)
    return _Plan(
        CaseMove(CaseState.of(case), (event,), entry, forms),
        {
            paper: services.sealer.seal(actor.tenant_id, holder, revocation_place(paper), words)
            for paper, holder in papers
        },
        actor.party_id,
    )


def _text(typed: str) -> str:
    return printable(lines(typed))[:LONGEST]


def _check_four_eyes(
    reader: Connection, services: Services, accessor: Accessor, case: RowMapping, locale: str
) -> None:
    app = services.apps.load(reader, case["tenant_id"], case["app_id"], case["release"])
    steps = filling.variant_of(app, case["variant"]).revocation_four_eyes
    if not steps:
        return
    task = t.task.c
    own = reader.scalar(
        select(task.step_id)
        .where(
            task.tenant_id == case["tenant_id"],
            task.case_id == case["id"],
            task.step_id.in_(steps),
            task.done_by.in_(sorted(accessor.keys.parties)),
        )
        .limit(1)
    )
    if own is not None:
        step = wording.step_names(app, locale).get(own, own)
        raise Refused("revoke_four_eyes", {"step": step}, 403)


def _in_force(reader: Connection, tenant_id: int, case_id: int) -> list[tuple[int, int]]:
    paper = t.certificate.c
    rows = reader.execute(
        select(paper.id, paper.holder_id).where(
            paper.tenant_id == tenant_id,
            paper.case_id == case_id,
            paper.kind == "certificate",
            paper.status == "valid",
        )
    )
    return [(row.id, row.holder_id) for row in rows]


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write it; whoever verifies the certificate sees it at once. Gives the case."""
    before = plan.move.case_state
    write_move(writer, services, plan.move, now)
    for paper, words in plan.sealed.items():
        writer.execute(
            _REVOKED,
            {
                "of_tenant": before.tenant_id,
                "of_id": paper,
                "revoked_at": now,
                "revoked_by": plan.revoked_by,
                "revocation_sealed": words,
            },
        )
    return before.case_id


_REVOKED = (
    update(t.certificate)
    .where(
        t.certificate.c.tenant_id == bindparam("of_tenant"),
        t.certificate.c.id == bindparam("of_id"),
        t.certificate.c.status == "valid",
    )
    .values(status="revoked")
)

REVOKE = UseCase(prepare, commit)


def may_revoke(reader: Connection, accessor: Accessor, case_id: int) -> bool:
    """Tell whether the actor has the right and there is something to revoke: for a link."""
    return accessor.find("case", case_id, ACTION) is not None and has_revocable(
        reader, accessor.actor.tenant_id, case_id
    )


@dataclass(frozen=True, slots=True)
class Words:
    """Why a certificate was revoked."""

    reason: str
    rule: str


def words_of(reader: Connection, services: Services, tenant_id: int, case_id: int) -> Words | None:
    """Open why a case's certificate was revoked; the caller has seen that the case may be read."""
    paper = t.certificate.c
    row = reader.execute(
        select(paper.id, paper.holder_id, paper.revocation_sealed)
        .where(
            paper.tenant_id == tenant_id,
            paper.case_id == case_id,
            paper.revocation_sealed.is_not(None),
        )
        .order_by(paper.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    services.sealer.load(reader, tenant_id, (row.holder_id,))
    place = revocation_place(row.id)
    try:
        opened = services.sealer.open(tenant_id, row.holder_id, place, row.revocation_sealed)
    except SealingError:
        return None  # the holder was erased
    known: dict[str, Any] = json.loads(opened)
    return Words(str(known["reason"]), str(known["rule"]))


def revocation_place(certificate_id: int) -> str:
    """Name the place where reason and rule of a revocation are sealed."""
    return f"certificate.revocation_sealed.{certificate_id}"
