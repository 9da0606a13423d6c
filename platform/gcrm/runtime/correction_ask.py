"""Ask an applicant to correct an application: one complete list, a date, the clocks at rest."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from form_engine.cleaning import lines, printable
from form_engine.form import Form
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.apps import CompiledApp
from gcrm.runtime import clocks, correction_phrases, corrections, filling, law
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.clock_rows import clocks_of_case, suspend_clocks
from gcrm.runtime.clocks import Clock, Term
from gcrm.runtime.corrections import DUE_TIMER, REMIND_TIMER, Item
from gcrm.runtime.four_eyes import check_four_eyes
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused, Value
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import OpenTask, task_at_hand
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.events import RESTING_STATES, Event

REASON = 10  # characters of the reason for asking once more
LEAST = 2  # characters that say what is wrong
LONGEST = 200  # characters of one sentence
MOST = 40  # items of one list
CAUSE = "correction"
INCIDENT = "second_correction"


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of the list as it was posted; without a field it needs a label of its own."""

    field: str | None
    what: str = ""
    fix: str = ""
    phrase: str = ""
    label: str = ""
    place: str = ""  # where the page shows what is wrong with it


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """Send the list of a task's case to its applicant; `due` is the last day."""

    task_id: int
    items: tuple[Asked, ...]
    due: date | None = None
    reason: str = ""
    locale: str = "zh-CN"
    request_id: str | None = None
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the list: where, and a sentence of the catalogue of refusals."""

    place: str
    code: str
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectionAsked:
    """What came of it; with flaws nothing was written."""

    case_id: int
    correction_id: int = 0
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """The days that an app gives for a correction, on this day and at this place."""

    days: int
    most: int
    remind: int
    source: str


@dataclass(frozen=True, slots=True)
class _Plan:
    asked: CorrectionAsked
    move: CaseMove | None = None
    row: Mapping[str, Any] | None = None
    timers: tuple[Mapping[str, Any], ...] = ()
    incident: Mapping[str, Any] | None = None
    clocks: tuple[Clock, ...] = ()


def term_of(
    app: CompiledApp, lists: Lists, region: str | None, day: date, locale: str = "zh-CN"
) -> Patience:
    """Tell how long an applicant has, by the app's parameters or the platform's own."""
    days, most, remind = (
        law.number(code, app.definition, lists, region, day, locale)
        for code in (corrections.DAYS, corrections.MOST_DAYS, corrections.REMIND)
    )
    return Patience(days.value, most.value, remind.value, days.source)


def due_of(days: int, now: datetime, calendar: WorkingCalendar) -> datetime:
    """Give the end of the last day; one that is off moves on to a working day."""
    return clocks.due(Term(days, "nd"), now, calendar).at


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: AskCorrection, now: datetime
) -> _Plan:
    """See that the actor may, that the list is complete, and what it stops."""
    accessor = Accessor(reader, actor, keys_of(reader, actor), trial=ask.trial)
    task = task_at_hand(accessor, services, ask.task_id)
    if task.case["state"] in RESTING_STATES:
        raise Refused(f"case_{task.case['state']}")
    app = services.apps.load(reader, actor.tenant_id, task.case["app_id"], task.case["release"])
    step = app.processes[task.process_id].step(task.step_id)
    if step is None or all(verb.kind != "correct" for verb in step.verbs):
        raise Refused("verb_unknown", status=422)
    check_four_eyes(app.processes[task.process_id], step, task, accessor.keys.parties)
    before = corrections.of_case(reader, services.sealer, task.case)
    lists = services.reference.at(reader, actor.tenant_id, now)
    form = app.form_of(filling.variant_of(app, task.variant))
    rights = form.rights_for(task.step_id, [post.role for post in actor.posts])
    seen = [name for name in corrections.correctable(app, form) if rights[name] != "hidden"]
    items, flaws = _items(form, seen, ask)
    due_at, late = _due(app, lists, task, ask, now, services)
    reason = clean(ask.reason)
    if before and len(reason) < REASON:
        late = (*late, Flaw("reason", "correction_again", (("minimum", REASON),)))
    if flaws or late or due_at is None:
        return _Plan(CorrectionAsked(task.case_id, flaws=(*flaws, *late)))
    return _plan(reader, services, actor, ask, task, app, lists, items, due_at, reason, before, now)


def clean(text: str) -> str:
    """Give a text as people read it: nothing unseen, nothing that no text may hold."""
    return printable(lines(text))


def _items(
    form: Form, seen: Sequence[str], ask: AskCorrection
) -> tuple[tuple[Item, ...], tuple[Flaw, ...]]:
    """Read the list; a line without words but with a phrase says the phrase."""
    flaws: list[Flaw] = []
    items: list[Item] = []
    if not ask.items:
        flaws.append(Flaw("items", "correction_empty"))
    if len(ask.items) > MOST:
        flaws.append(Flaw("items", "correction_many", (("maximum", MOST),)))
    for number, each in enumerate(ask.items[:MOST], 1):
        field = form.field(each.field) if each.field is not None else None
        if each.field is not None and (field is None or each.field not in seen):
            flaws.append(Flaw("items", "correction_field", (("field", each.field[:40]),)))
            continue
        phrase = correction_phrases.phrases().get(each.phrase)
        said, mend = phrase.said(ask.locale) if phrase is not None else ("", "")
        what, fix, label = clean(each.what), clean(each.fix), clean(each.label)
        if field is None and len(label) < LEAST:
            flaws.append(Flaw(f"{each.place}-label", "correction_label"))
        if phrase is None and len(what) < LEAST:
            flaws.append(Flaw(f"{each.place}-what", "correction_what"))
        if phrase is None and len(fix) < LEAST:
            flaws.append(Flaw(f"{each.place}-fix", "correction_fix"))
        if max(map(len, (what, fix, label))) > LONGEST:
            code = "correction_long"
            flaws.append(Flaw(f"{each.place}-what", code, (("maximum", LONGEST),)))
        own = bool(what or fix) or phrase is None
        items.append(
            Item(
                id=f"i{number}",
                field=each.field,
                label=field.label(ask.locale) if field is not None else label,
                what=what or said,
                fix=fix or mend,
                phrase="" if own else each.phrase,
            )
        )
    named = [each.field for each in items if each.field]
    if len(set(named)) != len(named):
        flaws.append(Flaw("items", "correction_twice"))
    return tuple(items), tuple(flaws)


def _due(
    app: CompiledApp,
    lists: Lists,
    task: OpenTask,
    ask: AskCorrection,
    now: datetime,
    services: Services,
) -> tuple[datetime | None, tuple[Flaw, ...]]:
    today = now.astimezone(services.zone).date()
    term = term_of(app, lists, task.case["region_code"], today)
    if ask.due is None:
        return due_of(term.days, now, lists.calendar), ()
    days = (ask.due - today).days
    if not 0 < days <= term.most:
        latest = today + timedelta(days=term.most)
        values: tuple[tuple[str, Value], ...] = (
            ("first", today + timedelta(days=1)),
            ("last", latest),
        )
        return None, (Flaw("due", "correction_due", values),)
    return due_of(days, now, lists.calendar), ()


def _plan(
    reader: Connection,
    services: Services,
    actor: Actor,
    ask: AskCorrection,
    task: OpenTask,
    app: CompiledApp,
    lists: Lists,
    items: tuple[Item, ...],
    due_at: datetime,
    reason: str,
    before: Sequence[corrections.Correction],
    now: datetime,
) -> _Plan:
    correction_id, round_ = new_id(), len(before) + 1
    data = {
        "correction": correction_id,
        "step": task.step_id,
        "round": round_,
        "items": len(items),
        "due": due_at.isoformat(),
    }
    log = [Event("correction_requested", now, data, actor.party_id, task_id=task.id)]
    incident = None
    if before:
        incident = {
            "tenant_id": task.tenant_id,
            "id": new_id(),
            "case_id": task.case_id,
            "instance_id": task.instance_id,
            "code": INCIDENT,
            "data": {"step": task.step_id, "round": round_, "by": str(actor.party_id)},
            "status": "open",
            "created_at": now,
        }
        log.append(Event("incident_raised", now, {"codes": [INCIDENT]}))
    entry = audit.Entry(
        audit.case_chain(task.case_id),
        "case.correction",
        f"case:{task.case_id}",
        now,
        {"correction": str(correction_id), "round": round_, "items": len(items)},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    today = now.astimezone(services.zone).date()
    term = term_of(app, lists, task.case["region_code"], today)
    moments = {DUE_TIMER: due_at, REMIND_TIMER: due_at - timedelta(days=term.remind)}
    timers = tuple(
        {
            "tenant_id": task.tenant_id,
            "id": new_id(),
            "case_id": task.case_id,
            "instance_id": None,
            "key": f"{name}:{correction_id}",
            "due_at": at,
            "status": "waiting",
        }
        for name, at in moments.items()
        if at > now
    )
    row = {
        "tenant_id": task.tenant_id,
        "id": correction_id,
        "case_id": task.case_id,
        "task_id": task.id,
        "step_id": task.step_id,
        "round": round_,
        "status": corrections.OPEN,
        "asked_by": actor.party_id,
        "asked_at": now,
        "due_at": due_at,
        "list_sealed": corrections.seal_list(
            services.sealer,
            task.tenant_id,
            task.case["applicant_id"],
            correction_id,
            items,
            reason,
        ),
        "key": secrets.token_hex(16),
        "draft_rev": 0,
    }
    forms = record_forms(reader, services, task.case, task.tenant_id)
    return _Plan(
        CorrectionAsked(task.case_id, correction_id),
        CaseMove(task.case_state, tuple(log), entry, forms),
        row,
        timers,
        incident,
        clocks_of_case(reader, task.tenant_id, task.case_id),
    )


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> CorrectionAsked:
    """Write it. Raises StaleError where the case moved on."""
    if plan.move is None or plan.row is None:
        return plan.asked
    write_move(writer, services, plan.move, now)
    tenant = plan.row["tenant_id"]
    expected = (plan.row["due_at"] - now).days or None
    suspend_clocks(writer, tenant, plan.clocks, CAUSE, "", now, expected)
    writer.execute(insert(t.correction), dict(plan.row))
    writer.execute(insert(t.timer), [dict(each) for each in plan.timers])
    if plan.incident is not None:
        writer.execute(insert(t.incident), dict(plan.incident))
    return plan.asked


ASK_CORRECTION = UseCase(prepare, commit)
