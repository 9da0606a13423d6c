"""Submit a draft: from answers to a case that waits for its first clerk, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from form_engine.errors import FieldError
from gcrm.access.actors import Actor
from gcrm.runtime import attachments, drafts, precheck, rule_incidents, submission
from gcrm.runtime.draft_rows import Draft, find_draft
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.sheets import ask_around, judge_draft, open_sheet
from gcrm.runtime.submission import Submission
from gcrm.runtime.submission_rows import make_submission
from gcrm.runtime.submit_ask import Submit
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t

__all__ = ["SUBMIT", "Submit", "Submitted", "after", "commit", "judge_draft", "prepare"]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of it: a case, or what stands in the way (then nothing was written)."""

    case_id: int | None = None
    number: str | None = None
    lookup_code: str | None = None
    title: str = ""
    draft_id: int | None = None
    errors: tuple[FieldError, ...] = ()
    precheck: Precheck | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    submission: Submission | None = None
    answered: Submitted | None = None
    move_to: tuple[Draft, int] | None = None
    incident: Mapping[str, Any] | None = None


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Submit, now: datetime
) -> _Plan:
    """Judge and think out everything that is to be written; the writer is free meanwhile."""
    draft = find_draft(reader, services.sealer, actor, ask.draft_id)
    if draft is None:
        return _Plan(answered=_answered(reader, actor, ask))
    if draft.key != ask.key:
        raise Refused("draft_gone", status=404)
    if draft.rev != ask.rev:
        raise Refused("draft_conflict", {"at": draft.updated_at})
    if draft.current_release is None:
        raise Refused("item_closed")
    if draft.current_release != draft.release:
        return _Plan(move_to=(draft, draft.current_release))
    if actor.assurance < draft.assurance and actor.kind == "citizen":
        raise Refused("assurance_low", status=403)
    sheet = open_sheet(reader, services, actor, draft, ask.locale, now)
    found = sheet.paper.form.check(sheet.values, sheet.context, sheet.settled)
    if found:
        return _Plan(answered=Submitted(draft_id=draft.id, errors=found))
    around = ask_around(reader, services, actor, sheet)
    known = around.facts(services)
    sheet = sheet.knowing(known)
    checked = precheck.judge(sheet.paper, sheet.inputs, sheet.context)
    wrong = rule_incidents.broken(sheet.paper, sheet.settled, sheet.context, checked)
    if not checked.passed and not ask.insist:
        told = rule_incidents.incident(reader, actor.tenant_id, sheet.paper, wrong, None, now)
        answered = Submitted(draft_id=draft.id, precheck=checked)
        return _Plan(answered=answered, incident=told)
    ready = make_submission(reader, services, actor, ask, sheet, around, checked, known, now)
    told = rule_incidents.incident(reader, actor.tenant_id, sheet.paper, wrong, ready.case_id, now)
    return _Plan(submission=ready, incident=told)


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> Submitted:
    """Write the case, or move the draft to the release that has become current."""
    if plan.move_to is not None:
        draft, release = plan.move_to
        drafts.move(writer, draft, release, now)
        return Submitted(draft_id=draft.id, refused=Refused("release_changed"))
    if plan.submission is None:
        if plan.incident is not None:
            writer.execute(insert(t.incident), dict(plan.incident))
        return plan.answered or Submitted()
    ready = plan.submission
    try:
        number = submission.write(writer, services, ready, now)
    except submission.AttachmentLostError:
        raise attachments.unready(writer, services, ready.tenant_id, ready.attachments) from None
    if plan.incident is not None:
        writer.execute(insert(t.incident), dict(plan.incident))
    return Submitted(
        case_id=ready.case_id,
        number=number,
        lookup_code=ready.lookup_code,
        title=ready.case["title"],
    )


def after(services: Services, receipt: Submitted) -> Submitted:
    """Tell a refusal that had to be written down first."""
    if receipt.refused is not None:
        raise receipt.refused
    return receipt


SUBMIT = UseCase(prepare, commit, after)


def _answered(reader: Connection, actor: Actor, ask: Submit) -> Submitted:
    """Give the answer of the first time; refuse another input under the same key."""
    row = reader.execute(
        select(t.idempotency.c.digest, t.idempotency.c.answer).where(
            t.idempotency.c.tenant_id == actor.tenant_id,
            t.idempotency.c.account_id == actor.account_id,
            t.idempotency.c.key == ask.key,
        )
    ).one_or_none()
    if row is None:
        raise Refused("draft_gone", status=404)
    if row.digest != ask.digest():
        raise Refused("key_reused")
    case_id = int(row.answer.rsplit("/", 1)[-1])
    case = reader.execute(
        select(t.case.c.number, t.case.c.lookup_code, t.case.c.title).where(
            t.case.c.tenant_id == actor.tenant_id, t.case.c.id == case_id
        )
    ).one()
    return Submitted(case_id, case.number, case.lookup_code, case.title)
