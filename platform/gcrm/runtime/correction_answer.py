"""The applicant hands in what was corrected: judged anew, then the same step goes on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from app_definitions.app import ItemVariant
from form_engine.context import FillContext
from form_engine.errors import FieldError
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.apps import CompiledApp
from gcrm.runtime import (
    answers,
    attachments,
    corrections,
    facts,
    filling,
    participants,
    parties,
    precheck,
    rule_incidents,
    standing,
)
from gcrm.runtime import correction_course as course
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_clocks import resume_case
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.clock_rows import clocks_of_case
from gcrm.runtime.clocks import Clock
from gcrm.runtime.correction_page import CorrectionPage, open_correction
from gcrm.runtime.corrections import DUE_TIMER, REMIND_TIMER, Content, Correction
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.record_values import record_values
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.submission_rows import files_in, record_fixed, title_of
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, idempotency, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.idempotency import Answered

APPLY = "apply"
FORM = "correction"  # beside idempotency keys


@dataclass(frozen=True, slots=True)
class AnswerCorrection:
    """Hand in what was corrected, as it stood when the page was made (`rev`).

    `insist` hands it in although the rules do not pass: the office looks at it anyhow.
    """

    case_id: int
    key: str
    rev: int
    insist: bool = False
    locale: str = "zh-CN"
    request_id: str | None = None

    def digest(self) -> str:
        """Give what tells two inputs under one key apart."""
        text = f"{self.case_id}/{self.rev}/{self.insist}"
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class CorrectionAnswered:
    """What came of it: a new submission, or what stands in the way (then nothing was written)."""

    case_id: int
    submission_id: int | None = None
    errors: tuple[FieldError, ...] = ()
    precheck: Precheck | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    answered: CorrectionAnswered
    move: CaseMove | None = None
    also: Mapping[str, Any] | None = None  # columns of the case that follow the answers
    correction: Correction | None = None
    actor: Actor | None = None
    ask: AnswerCorrection | None = None
    sealed: bytes = b""
    submission: Mapping[str, Any] | None = None
    record: Any = None
    files: tuple[int, ...] = ()
    clocks: tuple[Clock, ...] = ()
    calendar: WorkingCalendar | None = None
    tasks: tuple[course.Reassigned, ...] = ()
    instances: tuple[course.Rerouted, ...] = ()
    incident: Mapping[str, Any] | None = None  # a rule that could not be worked out


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: AnswerCorrection, now: datetime
) -> _Plan:
    """Judge and think out everything that is to be written; the writer is free meanwhile."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    page = open_correction(reader, services, accessor, ask.case_id, now, locale=ask.locale)
    if page is None or page.correction.key != ask.key:
        return _Plan(_before(reader, actor, ask))
    if page.correction.draft_rev != ask.rev:
        raise Refused("draft_conflict", {"at": now})
    wrong = page.check()
    if wrong:
        return _Plan(CorrectionAnswered(ask.case_id, errors=wrong))
    form, paper = page.form, page.paper.paper
    values = form.effective(page.values, page.context)
    known = _ask_around(reader, services, actor, page, values, now)
    context = filling.context_of(
        services,
        services.reference.at(reader, actor.tenant_id, now),
        paper,
        values,
        now,
        locale=ask.locale,
        facts=known,
        attachments=page.files.get,
    )
    settled = form.settle(values, context)
    inputs = form.inputs(values, context, settled)
    checked = precheck.judge(paper, inputs, context)
    broken = rule_incidents.broken(paper, settled, context, checked)
    told = rule_incidents.incident(reader, actor.tenant_id, paper, broken, ask.case_id, now)
    if not checked.passed and not ask.insist:
        return _Plan(CorrectionAnswered(ask.case_id, precheck=checked), incident=told)
    plan = _plan(reader, services, actor, ask, page, values, known, context, inputs, checked, now)
    return replace(plan, incident=told)


def _before(reader: Connection, actor: Actor, ask: AnswerCorrection) -> CorrectionAnswered:
    """Give the answer of the first time; refuse another input under the same key."""
    found = idempotency.find(reader, actor.tenant_id, actor.account_id, FORM, ask.key)
    if found is None:
        raise Refused("correction_over")
    if found.digest != ask.digest():
        raise Refused("key_reused")
    return CorrectionAnswered(ask.case_id, int(found.answer.rsplit("/", 1)[-1]))


def _ask_around(
    reader: Connection,
    services: Services,
    actor: Actor,
    page: CorrectionPage,
    values: Mapping[str, Any],
    now: datetime,
) -> Mapping[str, Any]:
    """Ask the registers once more; the case itself is no second case."""
    app = page.paper.paper.app
    definition = app.definition
    numbers = facts.wanted_numbers(definition, values)
    indexes = parties.indexes_of(services, actor.tenant_id, (), numbers)
    found = standing.ask(
        reader,
        standing.Question(
            tenant_id=actor.tenant_id,
            app_id=definition.id,
            submitter_id=actor.party_id,
            indexes=tuple((kind, index) for (kind, _), index in indexes.items()),
            open_role=participants.open_role(definition),
            today=now.astimezone(services.zone).date(),
            own_case=page.case["id"],
        ),
    )
    open_for = frozenset(
        number for (kind, number), index in indexes.items() if (kind, index) in found.open_for
    )
    return facts.gather(definition, values, open_for, services.connectors)


def _plan(
    reader: Connection,
    services: Services,
    actor: Actor,
    ask: AnswerCorrection,
    page: CorrectionPage,
    values: Mapping[str, Any],
    known: Mapping[str, Any],
    context: FillContext,
    inputs: Mapping[str, Any],
    checked: Precheck,
    now: datetime,
) -> _Plan:
    case, found, paper, form = page.case, page.correction, page.paper.paper, page.form
    tenant, applicant, submission_id = case["tenant_id"], case["applicant_id"], new_id()
    represented = applicant if applicant != actor.party_id else None
    snapshot = answers.snapshot(
        form, paper.app.number, values, services.sealer, tenant, applicant, submission_id, known
    )
    state = _state_after(paper.app, paper.variant, found.step_id, case)
    data = {
        "submission": submission_id,
        "correction": found.id,
        "round": found.round,
        "precheck": checked.verdict.name.lower(),
        "version": checked.version,
        "state": state,
    }
    entry = audit.Entry(
        audit.case_chain(case["id"]),
        "case.corrected",
        f"case:{case['id']}",
        now,
        {"correction": str(found.id), "submission": str(submission_id), "insist": ask.insist},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    event = Event("corrected", now, data, actor.party_id, represented, task_id=found.task_id)
    region = filling.place_of(paper.app, values)
    title = title_of(paper, values, context)
    lists = services.reference.at(reader, tenant, now)
    given = Content(found.draft.values, found.draft.replies, {}, found.draft.files)
    named = {*files_in(paper, values), *_beside(page)}
    return _Plan(
        CorrectionAnswered(case["id"], submission_id),
        move=CaseMove(
            CaseState.of(case), (event,), entry, record_forms(reader, services, case, tenant)
        ),
        also={"title": title, "region_code": region},
        correction=found,
        actor=actor,
        ask=ask,
        sealed=corrections.seal_content(
            services.sealer, tenant, applicant, found.id, "answer_sealed", given
        ),
        submission={
            "tenant_id": tenant,
            "id": submission_id,
            "case_id": case["id"],
            "step_id": APPLY,
            "round": _rounds(reader, case) + 1,
            "app_id": case["app_id"],
            "release": paper.app.number,
            "form_id": form.id,
            "account_id": actor.account_id,
            "party_id": actor.party_id,
            "on_behalf_of": represented,
            "snapshot": snapshot,
            "digest": answers.digest(snapshot.encode("utf-8")),
            "submitted_at": now,
        },
        record=_record(reader, services, page, submission_id, inputs, state, region),
        files=tuple(sorted(named & {int(name) for name in page.fresh})),
        clocks=clocks_of_case(reader, tenant, case["id"]),
        calendar=lists.calendar,
        tasks=course.reassigned(reader, page, lists, region),
        instances=tuple(course.rerouted(reader, services, page, inputs, context, checked, now)),
    )


def _state_after(app: CompiledApp, variant: ItemVariant, step_id: str, case: RowMapping) -> str:
    """Tell the state of the step that goes on."""
    step = app.process_of(variant).step(step_id)
    if step is not None and step.state is not None:
        return step.state
    return "in_review" if case["accepted_at"] is not None else "submitted"


def _rounds(reader: Connection, case: RowMapping) -> int:
    rounds = reader.scalar(
        select(func.max(t.submission.c.round)).where(
            t.submission.c.tenant_id == case["tenant_id"],
            t.submission.c.case_id == case["id"],
            t.submission.c.step_id == APPLY,
        )
    )
    return int(rounds or 0)


def _beside(page: CorrectionPage) -> set[int]:
    """List the files that stand beside the list, in no field of the application."""
    return {
        int(name)
        for field in page.replies.fields
        for name in field.type.attachments(page.reply_values.get(field.id))
        if name.isdecimal()
    }


def _record(
    reader: Connection,
    services: Services,
    page: CorrectionPage,
    submission_id: int,
    inputs: Mapping[str, Any],
    state: str,
    region: str | None,
) -> Any:
    case, paper = page.case, page.paper.paper
    tables = services.reference.records(
        reader, case["tenant_id"], paper.app.id, paper.app.number
    ).forms.get(page.form.id)
    if tables is None:
        return None
    values, rows = record_values(services, case["tenant_id"], page.form, inputs)
    fixed = {**record_fixed(dict(case), submission_id), "state": state, "region_code": region}
    return tables, fixed, values, rows


def commit(
    writer: Connection, services: Services, plan: _Plan, now: datetime
) -> CorrectionAnswered:
    """Write it. Raises StaleError where the key was used or the case moved on."""
    if plan.incident is not None:
        writer.execute(insert(t.incident), dict(plan.incident))
    if plan.move is None or plan.correction is None or plan.ask is None or plan.actor is None:
        return plan.answered
    state, found = plan.move.case_state, plan.correction
    tenant, submission = state.tenant_id, plan.answered.submission_id
    address = f"/cases/{state.case_id}/submissions/{submission}"
    idempotency.keep(
        writer,
        tenant,
        plan.actor.account_id,
        FORM,
        plan.ask.key,
        Answered(plan.ask.digest(), address),
        now,
    )
    _close(writer, plan, found, now)
    _take_files(writer, services, tenant, plan)
    writer.execute(insert(t.submission), dict(plan.submission or {}))
    write_move(writer, services, plan.move, now, also=plan.also)
    if plan.record is not None:
        form, fixed, values, rows = plan.record
        records.write_record(writer, form, fixed, values, rows)
    if plan.tasks:
        region = (plan.also or {}).get("region_code")
        records.move(writer, plan.move.forms, tenant, state.case_id, region_code=region)
    course.write(writer, tenant, plan.tasks, plan.instances)
    if plan.calendar is not None:
        resume_case(writer, tenant, state.case_id, plan.clocks, now, plan.calendar)
    return plan.answered


ANSWER_CORRECTION = UseCase(prepare, commit)


def _close(writer: Connection, plan: _Plan, found: Correction, now: datetime) -> None:
    """Close the round and its timers, if it is still as it was read."""
    row, timer = t.correction.c, t.timer.c
    done = writer.execute(
        update(t.correction)
        .where(
            row.tenant_id == found.tenant_id,
            row.id == found.id,
            row.status == corrections.OPEN,
            row.draft_rev == found.draft_rev,
        )
        .values(
            status=corrections.ANSWERED,
            answered_at=now,
            answered_by=plan.actor.party_id if plan.actor else None,
            answer_sealed=plan.sealed,
            draft_sealed=None,
            submission_id=plan.answered.submission_id,
        )
    )
    if done.rowcount != 1:
        raise StaleError(f"Correction {found.id} is not what it was.")
    writer.execute(
        update(t.timer)
        .where(
            timer.tenant_id == found.tenant_id,
            timer.case_id == found.case_id,
            timer.key.in_([f"{DUE_TIMER}:{found.id}", f"{REMIND_TIMER}:{found.id}"]),
            timer.status == "waiting",
        )
        .values(status="cancelled")
    )


def _take_files(writer: Connection, services: Services, tenant: int, plan: _Plan) -> None:
    """Move files to the case; one that is not clean stops it."""
    if not plan.files or plan.correction is None:
        return
    attachment = t.attachment.c
    moved = writer.execute(
        update(t.attachment)
        .where(
            attachment.tenant_id == tenant,
            attachment.id.in_(plan.files),
            attachment.draft_id == plan.correction.id,
            attachment.state == "clean",
        )
        .values(case_id=plan.correction.case_id, draft_id=None)
    )
    if moved.rowcount != len(plan.files):
        raise attachments.unready(writer, services, tenant, plan.files)
