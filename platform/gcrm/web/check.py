"""The last look: all answers with a way back to each, submitting, and what the rules say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from form_engine import FieldError
from form_engine.answers import Answer
from form_engine.context import Attachment
from gcrm.runtime import submit as submitting
from gcrm.runtime.drafts import DraftPage
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.refusals import Refused
from gcrm.runtime.scanning import SCAN_AGAIN, ScanAgain
from gcrm.web import findings, refusals
from gcrm.web.apply import Mistake, mistake, open_draft, revision
from gcrm.web.definitions import words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.portal import duration
from gcrm.web.sessions import citizens, me
from gcrm.web.site import house
from rule_engine import Verdict

bp = Blueprint("check", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """An answer with the way back to its question."""

    label: str
    shown: str
    link: str
    anchor: str  # where the browser comes back to after a correction


@bp.get("/apply/<id:draft_id>/check")
@citizens
def look(draft_id: int) -> str:
    """Show all answers once more."""
    page = open_draft(draft_id)
    return _page(
        page, page.paper.form.check(page.values, page.context) if page.draft.rev > 1 else ()
    )


@bp.post("/apply/<id:draft_id>/scan")
@citizens
def scan(draft_id: int) -> Reply:
    """Ask the scanner once more about files that wait for it."""
    refusals.run(SCAN_AGAIN, ScanAgain(draft_id=draft_id))
    return redirect(url_for("check.look", draft_id=draft_id))


@bp.post("/apply/<id:draft_id>/submit")
@citizens
def submit(draft_id: int) -> str | Reply | tuple[str, int]:
    """Submit; what is wrong or not allowed is said, and the draft stays."""
    asked = submitting.Submit(
        draft_id=draft_id,
        key=request.form.get("key", "")[:64],
        rev=revision(),
        insist=request.form.get("insist") == "1",
        locale=locale(),
        request_id=g.request_id,
    )
    try:
        receipt = house().run(submitting.SUBMIT, me(), asked)
    except Refused as refusal:
        return _refused(draft_id, refusal)
    if receipt.case_id is not None:
        return redirect(f"/me/cases/{receipt.case_id}/submitted")
    if receipt.precheck is not None:
        return _unfit(draft_id, receipt.precheck), 422
    return _page(open_draft(draft_id), receipt.errors), 422


def _refused(draft_id: int, refusal: Refused) -> str | Reply | tuple[str, int]:
    if refusal.code == "assurance_low":
        return redirect(f"/me/real-name?back=/apply/{draft_id}/check")
    page = open_draft(draft_id)
    return _page(page, (), [Mistake("", *refusals.said(refusal))]), refusal.status


def _page(page: DraftPage, errors: Sequence[FieldError], lines: list[Mistake] | None = None) -> str:
    app, draft = page.paper.app, page.draft
    g.back = url_for("check.look", draft_id=draft.id)
    sections = [
        {
            "id": section.id,
            "title": section.title,
            "rows": [_row(draft.id, section.id, answer) for answer in section.answers],
        }
        for section in page.paper.form.answers(page.values, page.context)
    ]
    last = page.sections[-1]
    return render_template(
        "citizen/check.html",
        service_name=words(app)(app.definition.name),
        sections=sections,
        errors=lines or _mistakes(page, errors),
        key=draft.key,
        rev=revision() or draft.rev,
        submit_link=url_for("check.submit", draft_id=draft.id),
        back_link=url_for("apply.step", draft_id=draft.id, section=last),
        back_words=_("上一步"),
        after=_after(page),
        waiting=waiting(page.files.values()),
        scan_link=url_for("check.scan", draft_id=draft.id),
    )


def waiting(files: Iterable[Attachment]) -> list[str]:
    """Name the files that the scanner has not looked at yet."""
    return [file.name for file in files if file.state == "waiting"]


def _row(draft_id: int, section: str, answer: Answer) -> Row:
    link = f"{_step(draft_id, section)}#{answer.change}" if answer.change else ""
    return Row(answer.label, answer.text or _("没有填"), link, answer.change)


def _mistakes(page: DraftPage, errors: Sequence[FieldError]) -> list[Mistake]:
    fields = {field.id: field for field in page.paper.form.fields}
    return [
        mistake(
            f"{_step(page.draft.id, fields[error.field_id].section_id)}#{error.target}",
            fields[error.field_id].label(locale()),
            error,
        )
        for error in errors
        if error.field_id in fields
    ]


def _step(draft_id: int, section: str) -> str:
    return url_for("apply.step", draft_id=draft_id, section=section, then="check")


def _after(page: DraftPage) -> list[str]:
    variant = page.paper.variant
    first = (
        _("条件都符合，当场受理，马上给您编号。")
        if variant.acceptance == "system"
        else _("工作人员看过以后，告诉您是否受理。")
    )
    return [
        first,
        _("承诺%(time)s办好。", time=duration(variant.promised)),
        _("有结果会发短信，也能在“我的办件”里看。"),
    ]


def _unfit(draft_id: int, found: Precheck) -> str:
    page = open_draft(draft_id)
    app, draft = page.paper.app, page.draft
    g.back = url_for("check.look", draft_id=draft_id)
    code = "precheck_failed" if found.verdict is Verdict.FAIL else "precheck_missing"
    title, _fix = refusals.said(Refused(code))
    return render_template(
        "citizen/precheck.html",
        title=title.rstrip("。."),
        findings=[findings.shown(app, each) for each in found.obstacles],
        check_link=g.back,
        submit_link=url_for("check.submit", draft_id=draft_id),
        key=draft.key,
        rev=draft.rev,
        may_insist=True,
    )
