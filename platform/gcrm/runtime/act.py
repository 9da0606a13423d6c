"""Act on a task: once, with an opinion, within one's rights, and on to the next step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from flow_engine import Advance, NotWaiting, Process, Step, Verb
from form_engine.cleaning import lines, printable
from form_engine.errors import FieldError
from form_engine.rights import WRITING
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.apps import CompiledApp
from gcrm.runtime import answers, assignment, grounds, publicity, wording, work
from gcrm.runtime.case_clocks import accepted_clocks
from gcrm.runtime.four_eyes import check_four_eyes
from gcrm.runtime.grounds import Grounds, Rule
from gcrm.runtime.movement import Publication, Scene, read_advance
from gcrm.runtime.record_values import record_values
from gcrm.runtime.refusals import Refused
from gcrm.runtime.routing import (
    decider,
    outputs_of,
    routing_variables,
    variables_of,
    votes,
)
from gcrm.runtime.services import Services
from gcrm.runtime.submission_rows import record_fixed
from gcrm.runtime.task_rows import OpenTask, open_task, tell_who
from gcrm.runtime.task_sheets import Filled, TaskSheet, fill
from gcrm.runtime.use_case import UseCase
from gcrm.runtime.work import StepSubmission, Work
from gcrm.store import audit
from gcrm.store.columns import new_id
from gcrm.store.events import RESTING_STATES, Event, project
from gcrm.store.record_tables import RecordForm

REASON = 10  # characters of a reason that a refusal or send-back needs
LONGEST = 2000  # characters of an opinion


@dataclass(frozen=True, slots=True)
class Act:
    """Press a button of a task; `raw` is what was posted for the step's own form."""

    task_id: int
    verb: str
    opinion: str = ""
    raw: Mapping[str, list[str]] | None = None
    locale: str = "zh-CN"
    request_id: str | None = None
    trial: bool = False  # act on trial cases, never on real ones
    grounds: Grounds | None = None  # of a refusal, beside the reason


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it; with errors of the step's form, or a refusal that lacks something, nothing
    was written."""

    case_id: int
    task_id: int
    state: str
    ended: bool = False
    errors: tuple[FieldError, ...] = ()
    refused: Refused | None = None
    lacking: tuple[str, ...] = ()  # what a refusal still needs: codes of the catalogue of refusals


@dataclass(frozen=True, slots=True)
class _Plan:
    work: Work | None
    acted: Acted


def prepare(reader: Connection, services: Services, actor: Actor, ask: Act, now: datetime) -> _Plan:
    """See that the actor may, judge what was written, and let the process run on."""
    accessor = Accessor(reader, actor, keys_of(reader, actor), trial=ask.trial)
    task = open_task(accessor, services, actor, ask.task_id)
    if task is None:
        raise tell_who(accessor, services, ask.task_id)
    app = services.apps.load(reader, actor.tenant_id, task.case["app_id"], task.case["release"])
    if task.status != "open":
        return _Plan(None, _again(app, task, actor, ask))
    if task.case["state"] in RESTING_STATES:
        raise Refused(f"case_{task.case['state']}")
    process = app.processes[task.process_id]
    step = process.step(task.step_id)
    verb = step.verb(ask.verb) if step is not None else None
    if step is None or verb is None or verb.kind == "correct":
        raise Refused("verb_unknown", status=422)  # a correction needs its list
    _check_opinion(step, verb, opinion_of(ask))
    check_four_eyes(process, step, task, accessor.keys.parties)
    lists = services.reference.at(reader, actor.tenant_id, now)
    sheet = TaskSheet(services, actor, task, app, lists, now, ask.locale)
    filled = fill(sheet, step, ask.raw or {})
    rules: tuple[Rule, ...] = ()
    lacking: tuple[str, ...] = ()
    if verb.kind == "refuse":
        rules = grounds.rules_of(app, sheet.variant, sheet.findings(), ask.locale)
        lacking = grounds.lacking(ask.grounds, rules)
    if lacking or (filled is not None and filled.errors):
        wrong = filled.errors if filled is not None else ()
        state = task.case["state"]
        return _Plan(None, Acted(task.case_id, task.id, state, errors=wrong, lacking=lacking))
    inputs = {**sheet.inputs(), **(filled.inputs if filled else {})}
    try:
        advance = process.complete(
            task.state,
            task.key,
            verb.id,
            {**_variables(process, filled, inputs), **votes(step, task, verb)},
            now,
            decider(app, inputs, sheet.evaluation),
            context=sheet.evaluation,
        )
    except NotWaiting:
        raise Refused("task_closed") from None
    plan = _work(reader, sheet, step, verb, ask, filled, advance)
    if plan.movement.decided and ask.grounds is not None and verb.kind == "refuse":
        plan = replace(plan, refusal=_refusal(sheet, ask, ask.grounds, rules, plan.outcome_id))
    state = project(plan.events, task.case_state.projection).state
    stopped = Refused("flow_stopped", status=503) if plan.stopped else None
    return _Plan(
        plan, Acted(task.case_id, task.id, state, advance.ended is not None, refused=stopped)
    )


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> Acted:
    """Write it, unless somebody was faster (StaleError: prepare again and read who)."""
    if plan.work is not None:
        work.write(writer, services, plan.work, now)
    return plan.acted


def after(services: Services, receipt: Acted) -> Acted:
    """Tell that the process has stopped; the incident is written."""
    if receipt.refused is not None:
        raise receipt.refused
    return receipt


ACT = UseCase(prepare, commit, after)


def _variables(process: Any, filled: Filled | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    if filled is None:
        return {}
    own = {name: inputs[name] for name in filled.values if name in inputs}
    return routing_variables(process, filled.form, own, None)


def _work(
    reader: Connection,
    sheet: TaskSheet,
    step: Step,
    verb: Verb,
    ask: Act,
    filled: Filled | None,
    advance: Advance,
) -> Work:
    task, actor, now = sheet.task, sheet.actor, sheet.now
    before = task.case_state.projection
    process = sheet.process
    stopped = advance.incident is not None and not (advance.opened or advance.closed)
    accepts = task.case["accepted_at"] is None and verb.kind == "advance" and not stopped
    scene = Scene(
        tenant_id=task.tenant_id,
        case_id=task.case_id,
        instance_id=task.instance_id,
        process=process,
        calendar=sheet.lists.calendar,
        candidates=sheet.lists.holders(assignment.roles_of(process)),
        regions=sheet.lists.places.chain(task.case["region_code"]),
        owner_id=task.case["department_id"],
        accepted_at=now if accepts else task.case["accepted_at"],
        submitted_at=task.case["submitted_at"],
        now=now,
        rounds=task.rounds(),
        parameters=sheet.evaluation.parameters,
    )
    movement = read_advance(advance, scene)
    opinion = opinion_of(ask)
    opinion_id = new_id() if opinion and not stopped else None
    done = Event(
        "task_done",
        now,
        {"step": step.id, "verb": verb.id, "kind": verb.kind, "opinion": opinion_id},
        actor.party_id,
        task_id=task.id,
    )
    log = movement.events
    if not stopped:
        accepted = (Event("accepted", now, {}, actor.party_id),) if accepts else ()
        back = (Event("sent_back", now, {"step": step.id, "to": verb.to}, actor.party_id),)
        log = (done, *accepted, *(back if verb.kind == "send_back" else ()), *log)
    opening = None
    if movement.publication is not None:
        opening = _opening(reader, sheet, step, filled, movement.publication)
    case_clocks: tuple[Mapping[str, Any], ...] = ()
    if accepts:
        case_clocks = accepted_clocks(
            task.tenant_id, task.case_id, sheet.variant, sheet.lists.calendar, now
        )
    return Work(
        task=task,
        movement=movement,
        events=log,
        verb=verb.id,
        done_by=actor.party_id,
        stopped=stopped,
        opinion=None if opinion_id is None else _opinion(sheet, step, verb, opinion_id, opinion),
        submission=None
        if filled is None or stopped or _is_kept_already(sheet, step, verb, filled)
        else _submission(reader, sheet, step, filled, project(log, before).state),
        clocks=case_clocks,
        opening=opening,
        outputs=outputs_of(process, movement.state),
        forms=_forms(reader, sheet, process),
        entry=audit.Entry(
            audit.case_chain(task.case_id),
            "task.act",
            f"task:{task.id}",
            now,
            {"step": step.id, "verb": verb.id, "opinion": str(opinion_id or "")},
            actor.party_id,
            actor.account_id,
            ask.request_id,
        ),
        calendar=sheet.lists.calendar,
    )


def _forms(reader: Connection, sheet: TaskSheet, process: Process) -> tuple[RecordForm, ...]:
    """List the record tables in which the case has a row: its application's, and those of the
    steps that were done."""
    tables = sheet.services.reference.records(
        reader, sheet.task.tenant_id, sheet.app.definition.id, sheet.app.number
    ).forms
    done = {each.step_id for each in sheet.task.steps if each.done_by is not None}
    names = {step.form for step in process.steps if step.id in done and step.form}
    names.add(sheet.variant.form)
    return tuple(tables[name] for name in sorted(names) if name in tables)


def _refusal(
    sheet: TaskSheet, ask: Act, given: Grounds, rules: tuple[Rule, ...], outcome_id: int
) -> Mapping[str, Any]:
    case = sheet.task.case
    today = sheet.now.astimezone(sheet.services.zone).date()
    appeal = grounds.appeal_of(sheet.app, sheet.lists, case["region_code"], today)
    return grounds.to_data(sheet.services, case, outcome_id, given, opinion_of(ask), rules, appeal)


def _opening(
    reader: Connection,
    sheet: TaskSheet,
    step: Step,
    filled: Filled | None,
    publication: Publication,
) -> publicity.Opening:
    """Choose what everybody may read: of the application, and of the form of this step."""
    task, declared = sheet.task, sheet.app.definition.publicity
    form, _values, context = sheet.application()
    papers = [publicity.Filled(form, sheet.inputs(), context)]
    if filled is not None:
        papers.append(publicity.Filled(filled.form, filled.inputs, filled.context))
    public = publicity.shown(declared.fields if declared is not None else (), papers)
    clock = task.clock_id
    return publicity.opening(
        task.case, task.instance_id, publication, public, task.round, clock, sheet.now
    )


def _is_kept_already(sheet: TaskSheet, step: Step, verb: Verb, filled: Filled) -> bool:
    """Say whether a form with nothing to fill in adds nothing to the record: it stands there from
    the first who signed, or nothing is granted."""
    if any(right in WRITING for right in filled.context.rights.values()):
        return False
    signed = any(
        each.done_by is not None and (each.step_id, each.round) == (step.id, sheet.task.round)
        for each in sheet.task.steps
    )
    return signed or verb.kind != "advance"


def _opinion(
    sheet: TaskSheet, step: Step, verb: Verb, opinion_id: int, text: str
) -> Mapping[str, Any]:
    task = sheet.task
    return {
        "tenant_id": task.tenant_id,
        "id": opinion_id,
        "case_id": task.case_id,
        "task_id": task.id,
        "step_id": step.id,
        "party_id": sheet.actor.party_id,
        "verb": verb.id,
        "text_sealed": sheet.services.sealer.seal(
            task.tenant_id,
            task.case["applicant_id"],
            work.opinion_place(opinion_id),
            text.encode("utf-8"),
        ),
        "at": sheet.now,
    }


def _submission(
    reader: Connection, sheet: TaskSheet, step: Step, filled: Filled, state: str
) -> StepSubmission:
    task, actor, services = sheet.task, sheet.actor, sheet.services
    submission_id, party = new_id(), task.case["applicant_id"]
    number = sheet.app.number
    snapshot = answers.snapshot(
        filled.form,
        number,
        filled.values,
        services.sealer,
        task.tenant_id,
        party,
        submission_id,
        variables_of(sheet.process, task.state),
    )
    tables = services.reference.records(
        reader, task.tenant_id, sheet.app.definition.id, number
    ).forms.get(filled.form.id)
    values, rows = record_values(services, task.tenant_id, filled.form, filled.inputs)
    fixed = {**record_fixed(task.case, submission_id), "state": state}
    row = {
        "tenant_id": task.tenant_id,
        "id": submission_id,
        "case_id": task.case_id,
        "step_id": step.id,
        "round": task.round,
        "app_id": task.case["app_id"],
        "release": number,
        "form_id": filled.form.id,
        "account_id": actor.account_id,
        "party_id": actor.party_id,
        "on_behalf_of": None,
        "snapshot": snapshot,
        "digest": answers.digest(snapshot.encode("utf-8")),
        "submitted_at": sheet.now,
    }
    return StepSubmission(row, (tables, fixed, values, rows) if tables is not None else None)


def opinion_of(ask: Act) -> str:
    """Give the opinion as people read it: nothing unseen, nothing that no text may hold."""
    return printable(lines(ask.opinion))


def _check_opinion(step: Step, verb: Verb, opinion: str) -> None:
    if verb.reason_required and len(opinion) < REASON:
        raise Refused("reason_short", {"minimum": REASON}, 422)
    if step.opinion == "required" and not opinion:
        raise Refused("opinion_missing", status=422)
    if len(opinion) > LONGEST:
        raise Refused("opinion_long", {"maximum": LONGEST}, 422)


def _again(app: CompiledApp, task: OpenTask, actor: Actor, ask: Act) -> Acted:
    """Answer a button pressed twice by the same person like the first time."""
    if task.status != "done" or task.verb is None or task.done_at is None:
        raise Refused("task_closed")
    if task.verb == ask.verb:
        return Acted(task.case_id, task.id, task.case["state"])
    label = wording.verb_label(app, task.process_id, task.step_id, task.verb, ask.locale)
    raise Refused("task_done", {"name": actor.name, "at": task.done_at, "verb": label})
