"""Rules that could not be worked out: an incident for administrators, told once.

An applicant reads that the rule could not be worked out; it is never shown as something that
they have not given. The incident names the rules by their paths, and nothing of a person.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from form_engine.context import FillContext
from form_engine.settling import Settled
from gcrm.runtime.filling import Paper
from gcrm.runtime.precheck import Precheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from rule_engine import Verdict

CODE = "rule_error"
LISTED = 20


def broken(
    paper: Paper, settled: Settled, context: FillContext, checked: Precheck
) -> tuple[str, ...]:
    """Name the rules of the form and of the pre-check that could not be worked out."""
    found = list(paper.form.broken(settled, context))
    decision = paper.app.precheck_of(paper.variant)
    if decision is not None:
        wrong = [one.condition_id for one in checked.findings if one.verdict is Verdict.ERROR]
        found += [f"{decision.part}#{name}.that" for name in wrong]
        if checked.verdict is Verdict.ERROR and not wrong:
            found.append(decision.part)
    return tuple(found[:LISTED])


def incident(
    reader: Connection,
    tenant_id: int,
    paper: Paper,
    rules: tuple[str, ...],
    case_id: int | None,
    now: datetime,
) -> dict[str, Any] | None:
    """Make the row of an incident; None where nothing is wrong, or an open one tells the same."""
    if not rules:
        return None
    data = {"app": paper.app.id, "release": paper.app.number, "rules": list(rules)}
    c = t.incident.c
    told = reader.execute(
        select(c.data).where(
            c.tenant_id == tenant_id,
            c.code == CODE,
            c.status == "open",
            c.case_id.is_(None) if case_id is None else c.case_id == case_id,
        )
    ).scalars()
    if data in list(told):
        return None
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "case_id": case_id,
        "code": CODE,
        "data": data,
        "status": "open",
        "created_at": now,
    }
