"""A case as a clerk sees it: answers within their rights, findings, opinions, clocks, the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, select

from app_definitions import ids
from form_engine.answers import AnswerSection
from form_engine.bound import Bound
from form_engine.context import Attachment, FillContext
from form_engine.form import Form
from gcrm.access import kept
from gcrm.access.accessor import Accessor
from gcrm.apps import CompiledApp
from gcrm.runtime import correction_page, corrections, grounds, hand_over, precheck, wording
from gcrm.runtime.case_papers import OpenPaper, files_of_case, open_paper
from gcrm.runtime.clock_rows import clocks_of_case
from gcrm.runtime.clocks import Clock
from gcrm.runtime.corrections import Correction, Item
from gcrm.runtime.four_eyes import barred_by
from gcrm.runtime.grounds import Appeal, Refusal, Rule, read_refusal
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.publicity_end import Objection, objections_of
from gcrm.runtime.refusals import Refused, sentence
from gcrm.runtime.services import Services
from gcrm.runtime.step_forms import step_form
from gcrm.runtime.step_spans import spans_of
from gcrm.runtime.task_rows import Done
from gcrm.runtime.timeline import Moment, moments
from gcrm.runtime.work import opinion_place
from gcrm.store import events
from gcrm.store import tables as t

VIEW = "view"
"""The step of people who do not work on the case: only rights of `*` and their roles count."""


@dataclass(frozen=True, slots=True)
class VerbView:
    """A button of the task."""

    id: str
    label: str
    kind: str
    reason_required: bool


@dataclass(frozen=True, slots=True)
class Signer:
    """One of several who sign a step: their role, and who has signed when and how.

    `kind` is that of the button they pressed: to advance, to refuse, to send back.
    """

    role: str
    who: str
    verb: str
    at: datetime | None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """The actor's open task on this case, with the step's own form ready to draw."""

    task_id: int
    rev: int
    step_id: str
    name: str
    due_at: datetime | None
    verbs: tuple[VerbView, ...]
    mine: bool
    may_claim: bool
    opinion: str  # required, optional, none
    four_eyes: str | None  # the name of the actor's own earlier step, where that forbids acting
    form: Form | None
    bound: Bound | None
    context: FillContext | None
    rules: tuple[Rule, ...] = ()  # on which a refusal can rest, where the step may refuse
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class OpinionView:
    """What somebody wrote when they acted."""

    step: str
    verb: str
    text: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperView:
    """What was filled in at one step."""

    step_id: str
    step: str
    submitted_at: datetime
    sections: tuple[AnswerSection, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """One round of a correction: what was asked by whom, and what was said to it."""

    round: int
    status: str
    who: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    reason: str
    items: tuple[tuple[Item, str, tuple[Attachment, ...]], ...]  # with note and files beside


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything one page shows of a case, and the release on which it runs."""

    app: CompiledApp
    case_id: int
    number: str | None
    title: str
    item: str
    state: str
    step: str | None
    submitted_at: datetime | None
    outcome: str | None
    submission_id: int | None
    sections: tuple[AnswerSection, ...]
    papers: tuple[PaperView, ...]
    precheck: Precheck | None
    files: tuple[Attachment, ...]
    opinions: tuple[OpinionView, ...]
    clocks: tuple[Clock, ...]
    moments: tuple[Moment, ...]
    task: TaskView | None
    corrections: tuple[CorrectionView, ...] = ()
    refusal: Refusal | None = None
    objections: tuple[Objection, ...] = ()
    signers: tuple[Signer, ...] = ()  # of the step that several sign, as it stands now
    changed: Mapping[str, str] = field(default_factory=dict)  # answers before the last correction
    earlier: Precheck | None = None  # what rules found before it


def read_case(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    case_id: int,
    now: datetime,
    *,
    locale: str,
) -> CaseView:
    """Open a case that the actor may read. Raises Refused, the same for none and not allowed."""
    row = accessor.find("case", case_id)
    if row is None:
        raise Refused("not_found", status=404)
    tenant = row["tenant_id"]
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    tasks = _tasks(reader, tenant, case_id)
    mine = accessor.reader.execute(
        accessor.select("task", "act").where(t.task.c.case_id == case_id, t.task.c.status == "open")
    ).mappings()
    open_task = next(iter(sorted(mine, key=lambda each: each["id"])), None)
    step = _step_of(accessor, open_task, tasks)
    roles = tuple(sorted(accessor.keys.roles))
    paper = open_paper(reader, services, row, now, locale=locale, step=step, roles=roles)
    names = wording.step_names(app, locale)
    log = events.read(reader, tenant, case_id)
    named = [each.actor_id for each in log if each.actor_id]
    given = [
        int(each.data[side])
        for each in log
        if each.type in ("task_transferred", "task_released")
        for side in ("from", "to")
        if each.data.get(side)
    ]
    people = _people(reader, tenant, [*named, *given])
    visible = _files(accessor, files_of_case(reader, services, tenant, case_id))
    calendar = services.reference.at(reader, tenant, now).calendar
    spans = spans_of(log, calendar, now)
    rounds = corrections.of_case(reader, services.sealer, dict(row))
    earlier = None
    if paper is not None and any(each.submission_id for each in rounds):
        earlier = open_paper(
            reader,
            services,
            row,
            now,
            locale=locale,
            step=step,
            roles=roles,
            before=paper.submission_id,
        )
    return CaseView(
        app=app,
        case_id=case_id,
        number=row["number"],
        title=row["title"],
        item=wording.item_name(app, locale),
        state=row["state"],
        step=names.get(row["step_id"]) if row["step_id"] else None,
        submitted_at=row["submitted_at"],
        outcome=row["outcome"],
        submission_id=paper.submission_id if paper else None,
        sections=paper.answers() if paper else (),
        papers=tuple(_papers(reader, services, row, now, locale, step, roles, names, tasks)),
        precheck=_judged(paper),
        files=visible,
        opinions=tuple(_opinions(reader, services, row, app, names, people, tasks, locale)),
        clocks=clocks_of_case(reader, tenant, case_id),
        moments=moments(log, people, names, citizen=False, spans=spans),
        task=_task_view(reader, services, accessor, row, open_task, tasks, paper, now, locale),
        corrections=tuple(
            _corrected(each, paper, people, visible, locale) for each in rounds if paper is not None
        ),
        changed=_changed(earlier, paper),
        refusal=read_refusal(reader, services, row) if row["outcome"] in REFUSED else None,
        objections=objections_of(reader, services.sealer, tenant, case_id),
        signers=_signers(app, tasks, people, locale),
        earlier=_judged(earlier),
    )


REFUSED = frozenset({"refused", "not_accepted"})


def _signers(
    app: CompiledApp, tasks: Sequence[RowMapping], people: Mapping[int, str], locale: str
) -> tuple[Signer, ...]:
    """List who signs the newest step that several sign, and who has signed already."""
    for newest in reversed(tasks):
        process = app.processes[newest["process_id"]]
        step = process.step(newest["step_id"])
        if step is None or step.signers is None:
            continue
        kinds = {verb.id: verb.kind for verb in step.verbs}
        names = {
            role.id: app.say(ids.path("app.json", [role.id], "name"), role.name, locale)
            for role in app.definition.roles
        }
        return tuple(
            Signer(
                names.get(each["role_code"], each["role_code"] or ""),
                people.get(each["done_by"], "") if each["done_by"] else "",
                wording.verb_label(app, each["process_id"], step.id, each["verb"], locale)
                if each["verb"]
                else "",
                each["done_at"],
                kinds.get(each["verb"], ""),
            )
            for each in tasks
            if (each["step_id"], each["round"]) == (step.id, newest["round"])
            and each["status"] != "cancelled"
        )
    return ()


def _corrected(
    found: Correction,
    paper: OpenPaper,
    people: Mapping[int, str],
    visible: Sequence[Attachment],
    locale: str,
) -> CorrectionView:
    files = {file.id: file for file in visible}
    replies = found.answer.replies
    items = []
    for item in correction_page.said(found.items, paper.paper.form, locale):
        note, beside = correction_page.replies_to(item, replies)
        items.append((item, note, tuple(files[name] for name in beside if name in files)))
    return CorrectionView(
        found.round,
        found.status,
        people.get(found.asked_by, ""),
        found.asked_at,
        found.due_at,
        found.answered_at,
        found.reason,
        tuple(items),
    )


def _changed(earlier: OpenPaper | None, paper: OpenPaper | None) -> Mapping[str, str]:
    """Give what the reader may see of answers that were otherwise before the last correction."""
    if earlier is None or paper is None:
        return {}
    now = {each.field_id: each.text for part in paper.answers() for each in part.answers}
    then = {each.field_id: each.text for part in earlier.answers() for each in part.answers}
    differs = {
        name
        for name in {*earlier.values, *paper.values}
        if earlier.values.get(name) != paper.values.get(name)
    }
    return {
        name: then.get(name, "") for name in now if name in differs or now[name] != then.get(name)
    }


def _step_of(accessor: Accessor, open_task: RowMapping | None, tasks: Sequence[RowMapping]) -> str:
    """Tell at which step the actor reads: their open task's, else the last one they did."""
    if open_task is not None:
        return str(open_task["step_id"])
    done = [each for each in tasks if each["done_by"] in accessor.keys.parties]
    return str(done[-1]["step_id"]) if done else VIEW


def _tasks(reader: Connection, tenant_id: int, case_id: int) -> Sequence[RowMapping]:
    return reader.execute(_TASKS, {"tenant": tenant_id, "case": case_id}).mappings().all()


_TASKS = (
    select(t.task, t.instance.c.process_id, t.instance.c.state.label("instance_state"))
    .join(
        t.instance,
        and_(
            t.instance.c.tenant_id == t.task.c.tenant_id,
            t.instance.c.id == t.task.c.instance_id,
        ),
    )
    .where(t.task.c.tenant_id == bindparam("tenant"), t.task.c.case_id == bindparam("case"))
    .order_by(t.task.c.id)
)


def _people(reader: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, str]:
    rows = reader.execute(
        select(t.party.c.id, t.party.c.name).where(
            t.party.c.tenant_id == tenant_id, t.party.c.id.in_(sorted(set(ids)))
        )
    )
    return {row.id: row.name for row in rows}


def _files(accessor: Accessor, files: Mapping[str, Attachment]) -> tuple[Attachment, ...]:
    if not files:
        return ()

    def build() -> Select[Any]:
        return (
            accessor.select("attachment", "read")
            .where(t.attachment.c.id.in_(bindparam("wanted", expanding=True)))
            .with_only_columns(t.attachment.c.id)
        )

    actor, keys, trial = accessor.actor, accessor.keys, accessor.trial
    statement = kept.statement("files", actor, keys, trial, build)
    wanted = {"wanted": sorted(map(int, files))}
    allowed = accessor.reader.execute(statement, wanted).scalars()
    seen = {str(each) for each in allowed}
    return tuple(file for name, file in files.items() if name in seen)


def _judged(paper: OpenPaper | None) -> Precheck | None:
    """Judge the application again as on the day it came: what was found then is found now."""
    if paper is None:
        return None
    inputs = paper.paper.form.inputs(paper.values, paper.context)
    return precheck.judge(paper.paper, inputs, paper.context)


def _papers(
    reader: Connection,
    services: Services,
    row: RowMapping,
    now: datetime,
    locale: str,
    step: str,
    roles: tuple[str, ...],
    names: Mapping[str, str],
    tasks: Sequence[RowMapping],
) -> Any:
    for done in dict.fromkeys(each["step_id"] for each in tasks if each["status"] == "done"):
        paper = open_paper(
            reader, services, row, now, locale=locale, step=step, roles=roles, form_step=done
        )
        if paper is not None:
            yield PaperView(done, names.get(done, done), paper.submitted_at, paper.answers())


def _opinions(
    reader: Connection,
    services: Services,
    row: RowMapping,
    app: Any,
    names: Mapping[str, str],
    people: Mapping[int, str],
    tasks: Sequence[RowMapping],
    locale: str,
) -> Any:
    processes = {each["id"]: each["process_id"] for each in tasks}
    written = reader.execute(
        select(t.opinion)
        .where(t.opinion.c.tenant_id == row["tenant_id"], t.opinion.c.case_id == row["id"])
        .order_by(t.opinion.c.id)
    ).all()
    services.sealer.load(reader, row["tenant_id"], (row["applicant_id"],))
    for each in written:
        text = services.sealer.open(
            row["tenant_id"], row["applicant_id"], opinion_place(each.id), each.text_sealed
        )
        process_id = processes.get(each.task_id, "")
        yield OpinionView(
            names.get(each.step_id, each.step_id),
            sentence("hand_over_verb", locale)
            if each.verb == hand_over.VERB
            else wording.verb_label(app, process_id, each.step_id, each.verb, locale),
            text.decode("utf-8"),
            people.get(each.party_id, ""),
            each.at,
        )


def _task_view(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    row: RowMapping,
    open_task: RowMapping | None,
    tasks: Sequence[RowMapping],
    paper: OpenPaper | None,
    now: datetime,
    locale: str,
) -> TaskView | None:
    if open_task is None or paper is None:
        return None
    full = next(each for each in tasks if each["id"] == open_task["id"])
    app, process_id = paper.paper.app, full["process_id"]
    process = app.processes[process_id]
    step = process.step(full["step_id"])
    if step is None:
        return None
    filled = None
    if step.form is not None:
        filled = step_form(
            services,
            services.reference.at(reader, row["tenant_id"], now),
            app,
            step,
            process,
            full["instance_state"],
            paper.paper.form.inputs(paper.values, paper.context),
            row["region_code"],
            now,
            roles=tuple(accessor.keys.roles),
            locale=locale,
        )
    mine = full["assignee_id"] in accessor.keys.parties
    done = tuple(
        Done(each["step_id"], each["round"], each["done_by"], each["verb"]) for each in tasks
    )
    earlier = barred_by(step, done, full["round"], accessor.keys.parties)
    may_refuse = any(verb.kind == "refuse" for verb in step.verbs)
    judged = _judged(paper) if may_refuse else None
    lists = services.reference.at(reader, row["tenant_id"], now)
    return TaskView(
        task_id=full["id"],
        rev=full["rev"],
        step_id=step.id,
        name=wording.step_name(app, process_id, step.id, locale),
        due_at=full["due_at"],
        verbs=tuple(
            VerbView(
                verb.id,
                wording.verb_label(app, process_id, step.id, verb.id, locale),
                verb.kind,
                verb.reason_required,
            )
            for verb in step.verbs
        ),
        mine=mine,
        may_claim=full["assignee_id"] is None,
        opinion=step.opinion,
        four_eyes=wording.step_name(app, process_id, earlier, locale) if earlier else None,
        form=filled[0] if filled else None,
        bound=filled[0].start({}, filled[1]) if filled else None,
        context=filled[1] if filled else None,
        rules=grounds.rules_of(app, paper.paper.variant, judged.findings, locale)
        if judged is not None
        else (),
        appeal=grounds.appeal_of(app, lists, row["region_code"], lists.calendar.date_of(now))
        if may_refuse
        else None,
    )
