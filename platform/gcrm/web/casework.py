"""One case in front of a clerk: answers, findings, opinions, clocks, and the buttons that act."""

import string
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from form_engine.answers import AnswerSection
from gcrm.access import Denied
from gcrm.runtime import act, case_view, clock_rulers, reveal
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_view import CaseView, TaskView, VerbView
from gcrm.runtime.clocks import Clock
from gcrm.runtime.refusals import Refused
from gcrm.runtime.timeline import Moment
from gcrm.web import casebook, dates, findings, refusals, ruler, states
from gcrm.web.apply import Mistake, mistake, typed
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.portal import duration
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house
from rule_engine import Verdict

bp = Blueprint("casework", __name__)

OPINION = 4000  # characters taken from the page; the use case says its own limit
KEYS = [letter for letter in string.ascii_uppercase if letter not in "CJK"]
DANGER = frozenset({"refuse"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs a full number."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Asking:
    """The question before a full number is shown."""

    field: str
    link: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as a clerk sees it."""

    label: str
    shown: str
    wide: bool
    mark: None
    reveal: str
    asking: Asking | None


@dataclass(frozen=True, slots=True)
class Button:
    """A verb."""

    id: str
    label: str
    primary: bool
    danger: bool
    key: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a clerk just tried and why it did not go through."""

    errors: tuple[Mistake, ...] = ()
    opinion: str = ""
    opinion_error: str = ""
    raw: Any = None


@bp.get("/staff/cases/<id:case_id>")
@staff
def case(case_id: int) -> str:
    """Show a case."""
    return _page(case_id, Tried())


@bp.post("/staff/cases/<id:case_id>/act")
@staff
def press(case_id: int) -> str | Answer | tuple[str, int]:
    """Press a button of the task; what is missing is said and nothing written is lost."""
    opinion = request.form.get("opinion", "")[:OPINION]
    task = request.form.get("task", "")
    raw = {name: values for name, values in typed().items() if name not in ("opinion", "verb")}
    asked = act.Act(
        int(task) if task.isascii() and task.isdigit() and len(task) < 19 else 0,
        request.form.get("verb", "")[:40],
        opinion,
        raw,
        locale(),
        g.request_id,
    )
    try:
        done = house().run(act.ACT, me(), asked)
    except Refused as refusal:
        return _refused(case_id, refusal, opinion, raw)
    except Denied as denied:
        raise NotFound from denied
    if done.errors:
        return _page(case_id, Tried(opinion=opinion, raw=raw)), 422
    return redirect(f"/staff/cases/{case_id}?done=1")


def _refused(
    case_id: int, refusal: Refused, opinion: str, raw: Any
) -> str | Answer | tuple[str, int]:
    what, fix = refusals.said(refusal)
    if refusal.status == 404:
        raise refusals.stopped(refusal) from refusal
    if refusal.code.startswith(("reason_", "opinion_")):
        tried = Tried((Mistake("#f-opinion", what, fix),), opinion, f"{what}{fix}", raw)
    else:
        tried = Tried((Mistake("", what, fix),), opinion, "", raw)
    return _page(case_id, tried), refusal.status


def _page(case_id: int, tried: Tried) -> str:
    g.back = f"/staff/cases/{case_id}"
    with house().store.read() as reader:
        own = access(reader)
        try:
            found = case_view.read_case(
                reader, house().services, own, case_id, g.now, locale=locale()
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
        row = own.find("case", case_id)
        app = casebook.app_of(reader, row)
        calendar = house().services.reference.at(reader, g.tenant.id, g.now).calendar
        may_reveal = own.find("case", case_id, reveal.ACTION) is not None
    fields, mistakes = _fields(found.task, tried)
    asked = request.args.get("reveal", "") if may_reveal else ""
    judged = found.precheck
    return render_template(
        "staff/case.html",
        active="inbox" if found.task is not None else "cases",
        back_link="/staff" if found.task is not None else "/staff/cases",
        back_words=_("待办") if found.task is not None else _("全部办件"),
        title=f"{casebook.subject(found.title)[0]} · {found.item}",
        who=casebook.subject(found.title)[0],
        about=casebook.subject(found.title)[1],
        item=found.item,
        tone=states.TONES.get(found.state, ""),
        state=states.clerk_words()[found.state],
        number=found.number or "",
        neighbours={},
        errors=[*tried.errors, *mistakes],
        said=_said(found) if request.args.get("done") else None,
        act_link=f"/staff/cases/{case_id}/act",
        here_link=f"/staff/cases/{case_id}",
        task=_task(found) if found.task is not None else None,
        verbs=_buttons(found) if found.task is not None else [],
        sections=[
            {"id": section.id, "title": section.title, "rows": rows}
            for section, rows in _sections(found, case_id, may_reveal, asked)
        ],
        round_note=_("%(at)s提交", at=dates.moment(found.submitted_at))
        if found.submitted_at
        else "",
        materials=_files(found),
        fields=fields,
        opinions=[
            {
                "who": each.who,
                "step": each.step,
                "verb": each.verb,
                "text": each.text,
                "at": each.at,
            }
            for each in found.opinions
        ],
        opinion_text=tried.opinion,
        opinion_error=tried.opinion_error,
        clock=_clock(found, calendar),
        findings=[findings.shown(app, each) for each in judged.findings] if judged else [],
        findings_note="",
        timeline=[_entry(each, index == 0) for index, each in enumerate(found.moments)],
    )


def _said(found: CaseView) -> dict[str, str]:
    if found.outcome:
        text = states.clerk_words().get(found.outcome, "")
        return {"tone": "ok", "title": _("已经办完：%(outcome)s", outcome=text), "text": ""}
    text = _("现在在：%(step)s。", step=found.step) if found.step else ""
    return {"tone": "ok", "title": _("这一步办好了"), "text": text}


def _task(found: CaseView) -> dict[str, Any]:
    task = found.task
    assert task is not None  # noqa: S101  the caller has looked
    base = f"/staff/cases/{found.case_id}/tasks/{task.task_id}"
    note = ""
    if task.four_eyes:
        note = _("前面的“%(step)s”是您办的，这一步要换一个人办。", step=task.four_eyes)
    elif task.mine:
        note = _("您领了这件")
    return {
        "id": task.task_id,
        "rev": task.rev,
        "may_act": task.four_eyes is None,
        "may_claim": task.may_claim and task.four_eyes is None,
        "claimed": task.mine,
        "claim_link": f"{base}/claim",
        "unclaim_link": f"{base}/unclaim",
        "note": note,
    }


def _buttons(found: CaseView) -> list[Button]:
    """Give the verbs; the emphasised one follows the verdict of the rules."""
    task = found.task
    assert task is not None  # noqa: S101  the caller has looked
    failed = found.precheck is not None and found.precheck.verdict is Verdict.FAIL
    wanted = ("correct", "send_back", "refuse") if failed else ("advance",)
    primary = next((verb.id for kind in wanted for verb in task.verbs if verb.kind == kind), "")
    keys = _keys(task.verbs)
    return [
        Button(
            verb.id,
            verb.label,
            verb.id == primary,
            verb.kind in DANGER and verb.id != primary,
            keys[verb.id],
        )
        for verb in task.verbs
    ]


def _keys(verbs: Iterable[VerbView]) -> dict[str, str]:
    return dict(zip((verb.id for verb in verbs), KEYS, strict=False))


def _fields(task: TaskView | None, tried: Tried) -> tuple[Markup, list[Mistake]]:
    """Draw the step's own form, as it was typed where something was wrong."""
    if task is None or task.form is None or task.bound is None or task.context is None:
        return Markup(""), []
    form, bound, context = task.form, task.bound, task.context
    if tried.raw is not None:
        bound = form.bind(tried.raw, bound.values, context)
        if not bound.errors:
            bound = replace(bound, errors=form.check(bound.values, context))
    drawn = [
        form.render_section(section.id, bound, context)
        for section in form.visible_sections(bound.values, context)
    ]
    labels = {field.id: field.label(locale()) for field in form.fields}
    mistakes = [
        mistake(f"#{error.target}", labels.get(error.field_id, ""), error) for error in bound.errors
    ]
    return Markup("\n").join(drawn), mistakes


def _sections(
    found: CaseView, case_id: int, may_reveal: bool, asked: str
) -> Iterable[tuple[AnswerSection, list[Row]]]:
    papers = [section for paper in found.papers for section in paper.sections]
    for section in (*found.sections, *papers):
        yield (
            section,
            [
                _row(answer, case_id, may_reveal and answer.masked, asked == answer.field_id)
                for answer in section.answers
            ],
        )


def _row(answer: Any, case_id: int, may_reveal: bool, asking: bool) -> Row:
    here = f"/staff/cases/{case_id}"
    reasons = (
        Reason("check", _("和证件核对")),
        Reason("call", _("联系申请人")),
        Reason("pay", _("核对收款账户")),
    )
    question = Asking(answer.field_id, f"{here}/reveal", reasons) if may_reveal and asking else None
    return Row(
        answer.label,
        answer.text or _("没有填"),
        len(answer.text) > 20 or answer.type_id in ("address", "textarea", "signature"),
        None,
        f"{here}?reveal={answer.field_id}" if may_reveal and not asking else "",
        question,
    )


@bp.post("/staff/cases/<id:case_id>/reveal")
@staff
def unmask(case_id: int) -> str | Answer | tuple[str, int]:
    """Show one full number to somebody who says why; it is written down before."""
    g.back = f"/staff/cases/{case_id}"
    said = {
        "check": _("和证件核对"),
        "call": _("联系申请人"),
        "pay": _("核对收款账户"),
    }
    field = request.form.get("field", "")[:40]
    reason = said.get(request.form.get("reason", ""), "")
    try:
        shown = house().run(reveal.REVEAL, me(), reveal.Reveal(case_id, field, reason))
    except Denied as denied:
        raise NotFound from denied
    except Refused as refusal:
        raise refusals.stopped(refusal) from refusal
    return render_template(
        "staff/reveal.html",
        active="inbox",
        label=_label(case_id, field),
        value=shown.value,
        back_link=f"/staff/cases/{case_id}",
    )


def _label(case_id: int, field_id: str) -> str:
    with house().store.read() as reader:
        row = access(reader).find("case", case_id)
        app = casebook.app_of(reader, row)
    for form in app.forms.values():
        for field in form.fields:
            if field.id == field_id:
                return str(field.label(locale()))
    return field_id


def _files(found: CaseView) -> list[dict[str, Any]]:
    labels = {
        file.id: answer.label
        for section in found.sections
        for answer in section.answers
        for file in answer.files
    }
    said = {
        "clean": ("ok", _("查过病毒")),
        "waiting": ("warn", _("还在查病毒")),
        "infected": ("bad", _("有病毒，不能打开")),
    }
    return [
        {
            "label": labels.get(file.id, _("附件")),
            "name": file.name,
            "link": file.url if file.state == "clean" else "",
            "size": file.size,
            "tone": said[file.state][0],
            "state": said[file.state][1],
        }
        for file in found.files
    ]


def _clock(found: CaseView, calendar: WorkingCalendar) -> dict[str, Any] | None:
    if not found.clocks:
        return None
    task = found.task
    own = next((each for each in found.clocks if task and each.task_id == task.task_id), None)
    promised = next((each for each in found.clocks if each.kind == "promised"), None)
    shown = own or promised or found.clocks[0]
    drawn = clock_rulers.ruler(shown, g.now, calendar)
    longest = promised or shown
    named = {"statutory": _("法定"), "promised": _("承诺"), "step": _("本环节")}
    rows = [
        {
            "kind": named[each.kind],
            "what": _what(each, found),
            "due": dates.day(each.due_at),
        }
        for each in sorted(found.clocks, key=lambda each: each.due_at)
        if each.task_id is None or each is own
    ]
    return {
        "lamp": ruler.LAMPS[drawn.lamp],
        "words": _due_words(shown, drawn),
        "ruler": ruler.show(longest, clock_rulers.ruler(longest, g.now, calendar)),
        "rows": rows,
        "note": _("日子按预估的工作日历算，公布以后会再算一次。") if shown.provisional else "",
    }


def _due_words(clock: Clock, drawn: clock_rulers.Ruler) -> str:
    if clock.status == "stopped":
        return _("已经办好")
    if drawn.due_today:
        return _("今天%(time)s前", time=dates.clock_time(clock.due_at))
    left = ruler.remaining(clock, drawn)
    if drawn.minutes_left < 0 or clock.status == "suspended":
        return left
    return _("还剩%(left)s", left=left)


def _what(clock: Clock, found: CaseView) -> str:
    if clock.kind == "step":
        return found.task.name if found.task is not None else ""
    return duration(clock.term)


def _entry(moment: Moment, first: bool) -> dict[str, Any]:
    title = states.moment_words().get(moment.type, moment.type)
    text = moment.step or ""
    if moment.type == "step_opened" and moment.step:
        title, text = moment.step, ""
    return {"title": title, "who": moment.actor, "text": text, "at": moment.at, "now": first}
