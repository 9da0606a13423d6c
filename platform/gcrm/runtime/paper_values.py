"""What a paper may say of a case: all its answers, what was decided, and the paper itself."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from app_definitions.vocabulary import Vocabulary
from form_engine import FillContext, Filling
from gcrm.apps import CompiledApp
from gcrm.runtime import wording
from gcrm.runtime.case_papers import APPLY, open_paper
from gcrm.runtime.grounds import read_refusal
from gcrm.runtime.public_address import base_of
from gcrm.runtime.services import Services
from gcrm.runtime.work import opinion_place
from gcrm.store import tables as t

CHINESE = "zh-CN"
GROUP = 4  # characters of a code that people read together


@dataclass(frozen=True, slots=True)
class CaseValues:
    """The answers of all steps with the names that expressions see, in memory only."""

    app: CompiledApp
    inputs: Mapping[str, Any]
    values: Mapping[str, Any]
    context: FillContext
    base: str  # the address of the tenant's pages

    def filling(self, paper: Mapping[str, Any]) -> Filling:
        """Add what the paper says of itself."""
        return Filling({**self.inputs, **paper}, self.values, self.context)


def read_values(
    reader: Connection, services: Services, case: RowMapping, now: dt.datetime
) -> CaseValues:
    """Read everything that papers of a case may name. Raises LookupError without a submission."""
    paper = open_paper(reader, services, case, now, locale=CHINESE, step=APPLY)
    if paper is None:
        raise LookupError(f"Case {case['id']} has no submission.")
    app = paper.paper.app
    values = dict(paper.values)
    inputs = dict(paper.paper.form.inputs(paper.values, paper.context))
    for step in _steps(reader, case):
        filled = open_paper(reader, services, case, now, locale=CHINESE, step=step, form_step=step)
        if filled is not None:
            values.update(filled.values)
            inputs.update(filled.paper.form.inputs(filled.values, filled.context))
    inputs.update(_case(reader, services, case, app))
    inputs.update(_outcome(reader, services, case, app))
    base = base_of(reader, services, case["tenant_id"])
    return CaseValues(app, inputs, values, paper.context, base)


def _steps(reader: Connection, case: RowMapping) -> list[str]:
    rows = reader.execute(
        select(t.submission.c.step_id)
        .where(
            t.submission.c.tenant_id == case["tenant_id"],
            t.submission.c.case_id == case["id"],
            t.submission.c.step_id != APPLY,
        )
        .distinct()
        .order_by(t.submission.c.step_id)
    )
    return list(rows.scalars())


def _case(
    reader: Connection, services: Services, case: RowMapping, app: CompiledApp
) -> dict[str, Any]:
    def day(name: str) -> dt.date | None:
        moment = case[name]
        return moment.astimezone(services.zone).date() if moment is not None else None

    due = reader.scalar(
        select(t.clock.c.due_at).where(
            t.clock.c.tenant_id == case["tenant_id"],
            t.clock.c.case_id == case["id"],
            t.clock.c.kind == "promised",
        )
    )
    return {
        "case_number": case["number"],
        "case_item": wording.item_name(app, CHINESE),
        "applicant_name": name_of(reader, case["tenant_id"], case["applicant_id"]),
        "submitted_on": day("submitted_at"),
        "accepted_on": day("accepted_at"),
        "decided_on": day("decided_at"),
        "due_on": due.astimezone(services.zone).date() if due is not None else None,
    }


def name_of(reader: Connection, tenant_id: int, party_id: int) -> str:
    """Give the name of a party."""
    name = reader.scalar(
        select(t.party.c.name).where(t.party.c.tenant_id == tenant_id, t.party.c.id == party_id)
    )
    return name or ""


def _outcome(
    reader: Connection, services: Services, case: RowMapping, app: CompiledApp
) -> dict[str, Any]:
    """Read the decision: what decisions worked out, and reason, rule and appeal of a refusal."""
    outcome = t.case_outcome.c
    data = reader.scalar(
        select(outcome.data)
        .where(outcome.tenant_id == case["tenant_id"], outcome.case_id == case["id"])
        .order_by(outcome.decided_at.desc(), outcome.id.desc())
        .limit(1)
    )
    known = dict(data) if data is not None else {}
    worked_out = {
        name: _typed(app.paper_vocabulary, name, text)
        for name, text in dict(known.get("outputs", {})).items()
    }
    return {**worked_out, **_grounds(reader, services, case)}


def _grounds(reader: Connection, services: Services, case: RowMapping) -> dict[str, Any]:
    """Read why it was refused; the last words of those who decided where no grounds were kept."""
    said = read_refusal(reader, services, case)
    if said is None:
        return {"outcome_reason": reason_of(reader, services, case)}
    return {
        "outcome_reason": said.reason,
        "outcome_rule": f"{said.rule}（{said.source}）" if said.source else said.rule,
        "outcome_change": said.change,
        "outcome_elsewhere": said.elsewhere,
        "appeal_days": Decimal(said.appeal.days),
        "appeal_months": Decimal(said.appeal.months),
    }


def _typed(vocabulary: Vocabulary, name: str, text: str) -> Any:
    """Read back what an outcome keeps as text."""
    known = vocabulary.get(name)
    if known is None or known.type in ("string", "any"):
        return text
    try:
        if known.type == "number":
            return Decimal(text)
        if known.type == "date":
            return dt.date.fromisoformat(text)
        if known.type == "boolean":
            return {"true": True, "false": False}.get(text.lower())
    except (InvalidOperation, ValueError):
        return None
    return json.loads(text) if text[:1] in "[{" else None


def reason_of(reader: Connection, services: Services, case: RowMapping) -> str:
    """Open the words with which the last of those who decided did so."""
    newest = reader.execute(
        select(t.opinion.c.id, t.opinion.c.text_sealed)
        .join(
            t.task,
            and_(t.task.c.tenant_id == t.opinion.c.tenant_id, t.task.c.id == t.opinion.c.task_id),
        )
        .where(t.opinion.c.tenant_id == case["tenant_id"], t.opinion.c.case_id == case["id"])
        .order_by(t.opinion.c.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return ""
    services.sealer.load(reader, case["tenant_id"], (case["applicant_id"],))
    place = opinion_place(newest.id)
    text = services.sealer.open(case["tenant_id"], case["applicant_id"], place, newest.text_sealed)
    return text.decode("utf-8")


def spaced(code: str) -> str:
    """Write a code in groups, as people read it out."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
