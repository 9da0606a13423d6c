"""A citizen's side of a correction: the whole list at once, one page to mend it, one more look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Reply

from form_engine import FieldError
from gcrm.runtime.correction_answer import ANSWER_CORRECTION, AnswerCorrection
from gcrm.runtime.correction_draft import (
    SAVE_CORRECTION,
    TURN_IN_CORRECTION,
    UPLOAD_TO_CORRECTION,
    SaveCorrection,
    TurnInCorrection,
    UploadToCorrection,
)
from gcrm.runtime.correction_page import CorrectionPage, open_correction
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.refusals import Refused
from gcrm.runtime.scanning import SCAN_AGAIN, ScanAgain
from gcrm.web import casebook, check, dates, findings, refusals
from gcrm.web.apply import Mistake, lead, mistake, revision, take_files, typed, whole
from gcrm.web.casebook import Shown
from gcrm.web.definitions import words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, citizens, me
from gcrm.web.site import house
from rule_engine import Verdict

bp = Blueprint("mend", __name__)


@dataclass(frozen=True, slots=True)
class ListItem:
    """One thing to mend, ready to show."""

    number: int
    label: str
    what: str
    fix: str
    before: str
    fields: Markup


@dataclass(frozen=True, slots=True)
class Change:
    """What an item was and what it has become."""

    label: str
    before: str
    after: str
    note: str
    link: str


@bp.get("/me/cases/<id:case_id>/correct")
@citizens
def mend(case_id: int) -> str | Reply:
    """Show the list with what is to be filled in under each line."""
    page = _open(case_id)
    if page is None:
        return redirect(f"/me/cases/{case_id}")
    uploads = [FieldError(*pair) for pair in session.pop("upload_errors", [])]
    bound, reply = page.bound, page.reply_bound
    errors: list[FieldError] = list(uploads)
    if "fix" in request.args:
        errors += [*bound.errors, *reply.errors]
        named = {each.field_id for each in errors}
        left = page.unanswered(bound.values, reply.values)
        errors += [each for each in left if each.field_id not in named]
    bound = replace(bound, errors=tuple(errors))
    reply = replace(reply, errors=tuple(errors))
    texts = {
        answer.field_id: answer.text
        for section in page.paper.answers()
        for answer in section.answers
    }
    items = [
        ListItem(
            number,
            item.label,
            item.what,
            item.fix,
            texts.get(item.field or "", "") if item.field else "",
            page.draw(item, bound, reply),
        )
        for number, item in enumerate(page.items, 1)
    ]
    return render_template(
        "citizen/mend.html",
        item=_item(page),
        items=items,
        errors=_mistakes(page, errors),
        rev=page.correction.draft_rev,
        due=dates.day(page.correction.due_at),
        back_link=f"/me/cases/{case_id}",
        sections=_sections(page),
    )


@bp.post("/me/cases/<id:case_id>/correct")
@citizens
def keep(case_id: int) -> Reply:
    """Save and go where the pressed button says; what is wrong stays as typed."""
    raw = typed()
    failed = take_files(
        raw,
        lambda *file: house().run(UPLOAD_TO_CORRECTION, me(), UploadToCorrection(case_id, *file)),
    )
    saved = refusals.run(SAVE_CORRECTION, SaveCorrection(case_id, raw, revision(), locale()))
    if failed:
        session["upload_errors"] = failed
    if "turn" in request.form:
        refusals.run(TURN_IN_CORRECTION, TurnInCorrection(case_id, whole(request.form["turn"])))
        return lead(url_for("mend.mend", case_id=case_id))
    if request.form.get("go") == "save" and not failed:
        return lead(f"/me/cases/{case_id}")
    if saved.again and not failed:
        return lead(url_for("mend.mend", case_id=case_id))
    if saved.errors or failed:
        return lead(url_for("mend.mend", case_id=case_id, fix=1))
    return lead(url_for("mend.look", case_id=case_id))


@bp.get("/me/cases/<id:case_id>/correct/check")
@citizens
def look(case_id: int) -> str | Reply:
    """Show what was and what is now, once more before it is handed in."""
    page = _open(case_id)
    if page is None:
        return redirect(f"/me/cases/{case_id}")
    return _check(page, page.check())


@bp.post("/me/cases/<id:case_id>/correct/scan")
@citizens
def scan(case_id: int) -> Reply:
    """Ask the scanner once more about files that wait for it."""
    refusals.run(SCAN_AGAIN, ScanAgain(case_id=case_id))
    return redirect(url_for("mend.look", case_id=case_id))


@bp.post("/me/cases/<id:case_id>/correct/submit")
@citizens
def hand_in(case_id: int) -> str | Reply | tuple[str, int]:
    """Hand it in; what is wrong or what the rules say is shown, and everything stays."""
    asked = AnswerCorrection(
        case_id,
        request.form.get("key", "")[:64],
        revision(),
        request.form.get("insist") == "1",
        locale(),
        g.request_id,
    )
    receipt = refusals.run(ANSWER_CORRECTION, asked)
    if receipt.submission_id is not None:
        return redirect(f"/me/cases/{case_id}?corrected=1")
    page = _open(case_id)
    if page is None:
        return redirect(f"/me/cases/{case_id}")
    if receipt.precheck is not None:
        return _unfit(page, receipt.precheck), 422
    return _check(page, receipt.errors), 422


def _open(case_id: int) -> CorrectionPage | None:
    g.back = f"/me/cases/{case_id}"
    with house().store.read() as reader:
        try:
            return open_correction(
                reader,
                house().services,
                access(reader),
                case_id,
                g.now,
                locale=locale(),
                large=g.view.large,
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal


def _item(page: CorrectionPage) -> str:
    app = page.paper.paper.app
    return casebook.own_title(words(app)(app.definition.name), page.case["title"])


def _mistakes(page: CorrectionPage, errors: Sequence[FieldError], link: str = "") -> list[Mistake]:
    labels = {field.id: field.label(locale()) for field in page.form.fields}
    labels |= {f"reply_{item.id}_{part}": item.label for item in page.items for part in PARTS}
    return [
        mistake(f"{link}#{error.target}", labels.get(error.field_id, ""), error) for error in errors
    ]


PARTS = ("note", "files")


def _sections(page: CorrectionPage) -> list[dict[str, object]]:
    """Give the application as it was handed in: to read only."""
    return [
        {
            "id": section.id,
            "title": section.title,
            "rows": [Shown(each.label, each.text or _("没有填")) for each in section.answers],
        }
        for section in page.paper.answers()
    ]


def _check(page: CorrectionPage, errors: Sequence[FieldError]) -> str:
    link = url_for("mend.mend", case_id=page.case["id"])
    before = {each.field_id: each.text for part in page.paper.answers() for each in part.answers}
    after = {each.field_id: each.text for part in page.answers() for each in part.answers}
    replies = {
        answer.field_id: answer.text
        for part in page.replies.answers(page.reply_values, page.reply_context)
        for answer in part.answers
    }
    changes = []
    for item in page.items:
        note, files = (replies.get(f"reply_{item.id}_{part}", "") for part in PARTS)
        for name in sorted(page.fields_of(item)) if item.field else [""]:
            old, new = before.get(name, ""), after.get(name, "") if name else files
            if name and name != item.field and old == new:
                continue
            field = page.form.field(name) if name else None
            label = field.label(locale()) if field is not None else item.label
            said = note if name in ("", item.field) else ""
            target = name or f"reply_{item.id}_files-new"
            changes.append(Change(label, old, new, said, f"{link}#f-{target}"))
    return render_template(
        "citizen/mend_check.html",
        item=_item(page),
        changes=changes,
        errors=_mistakes(page, errors, f"{link}?fix=1"),
        key=page.correction.key,
        rev=revision() or page.correction.draft_rev,
        submit_link=url_for("mend.hand_in", case_id=page.case["id"]),
        back_link=link,
        waiting=check.waiting(page.files.values()),
        scan_link=url_for("mend.scan", case_id=page.case["id"]),
    )


def _unfit(page: CorrectionPage, found: Precheck) -> str:
    app = page.paper.paper.app
    code = "precheck_failed" if found.verdict is Verdict.FAIL else "precheck_missing"
    title, _fix = refusals.said(Refused(code))
    return render_template(
        "citizen/precheck.html",
        title=title.rstrip("。."),
        findings=[findings.shown(app, each) for each in found.obstacles],
        check_link=url_for("mend.look", case_id=page.case["id"]),
        submit_link=url_for("mend.hand_in", case_id=page.case["id"]),
        key=page.correction.key,
        rev=page.correction.draft_rev,
        may_insist=True,
    )
