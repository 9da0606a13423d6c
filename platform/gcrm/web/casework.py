"""One case in front of a clerk: looking at it, pressing a button, asking for a full number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from gcrm.access import Denied
from gcrm.runtime import act, case_view, inbox, reveal
from gcrm.runtime.case_view import CaseView, TaskView
from gcrm.runtime.grounds import Grounds
from gcrm.runtime.refusals import Refused
from gcrm.web import case_page, casebook, dates, papers, refusals, states
from gcrm.web.apply import Mistake, mistake, typed
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house

bp = Blueprint("casework", __name__)

GROUNDS = ("refusal_rule", "refusal_change", "refusal_elsewhere")
OWN = ("opinion", "verb", *GROUNDS)
OPINION = 4000  # characters taken from the page; the use case says its own limit


@dataclass(frozen=True, slots=True)
class Tried:
    """What a clerk just tried and why it did not go through."""

    errors: tuple[Mistake, ...] = ()
    opinion: str = ""
    opinion_error: str = ""
    raw: Any = None
    grounds: Grounds | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)  # sentences by their code


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
    raw = {name: values for name, values in typed().items() if name not in OWN}
    given = _grounds()
    asked = act.Act(
        int(task) if task.isascii() and task.isdigit() and len(task) < 19 else 0,
        request.form.get("verb", "")[:40],
        opinion,
        raw,
        locale(),
        g.request_id,
        grounds=given,
    )
    try:
        done = house().run(act.ACT, me(), asked)
    except Refused as refusal:
        return _refused(case_id, refusal, opinion, raw, given)
    except Denied as denied:
        raise NotFound from denied
    if done.errors or done.lacking:
        said = {code: refusals.said(Refused(code)) for code in done.lacking}
        tried = Tried(
            tuple(Mistake(f"#f-{code}", what, fix) for code, (what, fix) in said.items()),
            opinion,
            raw=raw,
            grounds=given,
            lacking={code: f"{what}{fix}" for code, (what, fix) in said.items()},
        )
        return _page(case_id, tried), 422
    return redirect(f"/staff/cases/{case_id}?done=1")


def _grounds() -> Grounds:
    """Read what was written beside the reason of a refusal."""
    rule, change, elsewhere = (request.form.get(name, "")[:OPINION] for name in GROUNDS)
    return Grounds(rule, change, elsewhere)


def _refused(
    case_id: int, refusal: Refused, opinion: str, raw: Any, given: Grounds
) -> str | Answer | tuple[str, int]:
    what, fix = refusals.said(refusal)
    if refusal.status == 404:
        raise refusals.stopped(refusal) from refusal
    if refusal.code.startswith(("reason_", "opinion_")):
        tried = Tried((Mistake("#f-opinion", what, fix),), opinion, f"{what}{fix}", raw, given)
    else:
        tried = Tried((Mistake("", what, fix),), opinion, "", raw, given)
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
        calendar = house().services.reference.at(reader, g.tenant.id, g.now).calendar
        neighbours = _neighbours(own, found)
        following = _following(own, found) if request.args.get("done") else None
        may_reveal = own.find("case", case_id, reveal.ACTION) is not None
        issued = papers.pane(own, case_id)
    fields, mistakes = _fields(found.task, tried)
    asked = request.args.get("reveal", "") if may_reveal else ""
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
        neighbours=neighbours,
        errors=[*tried.errors, *mistakes],
        said=case_page.said(found) if request.args.get("done") else None,
        following=following,
        act_link=f"/staff/cases/{case_id}/act",
        here_link=f"/staff/cases/{case_id}",
        task=case_page.task_of(found) if found.task is not None else None,
        verbs=case_page.buttons(found) if found.task is not None else [],
        sections=[
            {"id": section.id, "title": section.title, "rows": rows}
            for section, rows in case_page.sections(found, case_id, may_reveal, asked)
        ],
        round_note=_("%(at)s提交", at=dates.moment(found.submitted_at))
        if found.submitted_at
        else "",
        materials=case_page.files(found),
        issued=issued,
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
        clock=case_page.clock(found, calendar),
        findings=case_page.findings(found, found.app),
        findings_note=_("补正前后对照") if found.earlier is not None else "",
        corrections=case_page.corrections(found),
        refusing=case_page.refusing(found, tried.grounds, tried.lacking),
        refused=case_page.refused(found),
        objections=case_page.objections(found),
        object_link=f"/staff/cases/{case_id}/object" if found.state == "publicity" else "",
        signers=case_page.signers(found),
        timeline=case_page.timeline(found, calendar),
    )


def _neighbours(own: Any, found: CaseView) -> dict[str, Any]:
    """Give the cases before and after this one in the inbox."""
    if found.task is None:
        return {}
    beside = inbox.neighbours(own, found.case_id)
    if beside is None:
        return {}
    return {
        "place": beside.place,
        "total": beside.total,
        "before": f"/staff/cases/{beside.before}" if beside.before else "",
        "after": f"/staff/cases/{beside.after}" if beside.after else "",
    }


def _following(own: Any, found: CaseView) -> dict[str, Any] | None:
    """Lead on to the most urgent task once this one is done; None where another is open here."""
    if found.task is not None:
        return None
    urgent = inbox.most_urgent(own)
    if urgent is None:
        return {"link": "", "left": 0}
    return {"link": f"/staff/cases/{urgent[0]}", "left": urgent[1]}


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
    labels = {each.id: each.label(locale()) for each in form.fields}
    mistakes = [
        mistake(f"#{error.target}", labels.get(error.field_id, ""), error) for error in bound.errors
    ]
    return Markup("\n").join(drawn), mistakes


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
        for each in form.fields:
            if each.id == field_id:
                return str(each.label(locale()))
    return field_id
