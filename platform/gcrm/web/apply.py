"""Applying: start a draft, fill it screen by screen, look at it once more, submit it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from flask import (
    Blueprint,
    Response,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from form_engine import FieldError
from gcrm.runtime import drafts
from gcrm.runtime.attachments import MOST, TURN, UPLOAD, Turn, Upload, Uploaded
from gcrm.runtime.drafts import DraftPage, Save, Start
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, refusals
from gcrm.web.definitions import words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import citizens, me
from gcrm.web.site import house

bp = Blueprint("apply", __name__)

OURS = ("csrf_token", "rev", "go", "key", "turn")
TOLD = 6  # refused files of one screen that are told of: they travel in a cookie
NAMES = 400  # posted names of one screen; more is no form of ours


@dataclass(frozen=True, slots=True)
class Mistake:
    """One line of the summary of errors."""

    anchor: str
    label: str
    message: str


@bp.post("/services/<app_id>/<variant>/start")
@citizens
def start(app_id: str, variant: str) -> Answer:
    """Begin a draft; where the service needs a real name, that comes first."""
    with house().store.read() as reader:
        app = house().services.apps.current(reader, g.tenant.id, app_id)
    wanted = app.variant(variant) if app is not None else None
    if wanted is not None and me().assurance < wanted.assurance:
        return redirect(f"/me/real-name?back=/services/{app_id}/{variant}")
    begun = refusals.run(drafts.START, Start(app_id, variant))
    return redirect(url_for("apply.step", draft_id=begun.draft_id, section=begun.section))


@bp.get("/apply/<id:draft_id>")
@citizens
def resume(draft_id: int) -> Answer:
    """Go on where the draft stands."""
    page = open_draft(draft_id)
    section = page.draft.position if page.draft.position in page.sections else page.sections[0]
    return redirect(url_for("apply.step", draft_id=draft_id, section=section))


@bp.get("/apply/<id:draft_id>/<section>")
@citizens
def step(draft_id: int, section: str) -> str | Answer:
    """Show one screen; `fix` says that the last save found errors."""
    page = open_draft(draft_id)
    if section not in page.sections:
        return redirect(url_for("apply.resume", draft_id=draft_id))
    uploads = [FieldError(*pair) for pair in session.pop("upload_errors", [])]
    bound = page.bound(section)
    shown = bound.errors if "fix" in request.args else ()
    bound = replace(bound, errors=(*shown, *uploads))
    form = page.paper.form
    number = page.sections.index(section) + 1
    before = page.sections[number - 2] if number > 1 else None
    current = next(each for each in form.sections if each.id == section)
    back, back_words, onward = _ways(page, before, number == len(page.sections))
    return render_template(
        "citizen/step.html",
        section={
            "title": current.title(locale()),
            "hint": current.hint(locale()),
        },
        fields=form.render_section(section, bound, page.context),
        errors=mistakes(page, bound.errors),
        number=number,
        total=len(page.sections),
        service_name=words(page.paper.app)(page.paper.app.definition.name),
        rev=page.draft.rev,
        saved_at=page.draft.updated_at if page.draft.rev > 1 else None,
        autosave_link=url_for("apply.autosave", draft_id=draft_id, section=section),
        next_words=onward,
        back_link=back,
        back_words=back_words,
    )


def _ways(page: DraftPage, before: str | None, last: bool) -> tuple[str, str, str]:
    """Give the way back, its words, and those of the button: who came to correct returns."""
    draft = page.draft
    if request.args.get("then") == "check":
        link = url_for("check.look", draft_id=draft.id)
        return link, _("回到核对页"), _("改好了，回去核对")
    onward = _("下一步：看一遍再提交") if last else _("下一步")
    if before is None:
        return f"/services/{draft.app_id}/{draft.variant}", _("返回办事指南"), onward
    return url_for("apply.step", draft_id=draft.id, section=before), _("上一步"), onward


@bp.post("/apply/<id:draft_id>/<section>")
@citizens
def save(draft_id: int, section: str) -> Answer:
    """Save a screen and go where the pressed button says; what is wrong stays as typed."""
    raw = typed()
    failed = take_files(raw, lambda *file: house().run(UPLOAD, me(), Upload(draft_id, *file)))
    saved = refusals.run(drafts.SAVE, Save(draft_id, section, raw, revision(), locale()))
    if failed:
        session["upload_errors"] = failed
    if "turn" in request.form:
        refusals.run(TURN, Turn(draft_id, whole(request.form["turn"])))
        return lead(url_for("apply.step", draft_id=draft_id, section=section))
    if request.form.get("go") == "save":
        return lead("/me")
    then = "check" if request.args.get("then") == "check" else None
    again = saved.again and not failed
    if again or saved.errors or failed:
        fix = None if again else 1
        here = url_for("apply.step", draft_id=draft_id, section=section, then=then, fix=fix)
        return lead(here)
    if then or saved.next_section is None:
        return lead(url_for("check.look", draft_id=draft_id))
    return lead(url_for("apply.step", draft_id=draft_id, section=saved.next_section))


def lead(address: str) -> Answer:
    """Lead on: a script that shows how far an upload is asks for the address, not for the page."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(location=address)
    return redirect(address)


@bp.post("/apply/<id:draft_id>/<section>/autosave")
@citizens
def autosave(draft_id: int, section: str) -> Response | tuple[Response, int]:
    """Save while someone types; the answer says when, and the revision to go on with."""
    try:
        saved = house().run(
            drafts.SAVE, me(), Save(draft_id, section, typed(), revision(), locale())
        )
    except Refused as refusal:
        return jsonify(status=" ".join(refusals.said(refusal))), refusal.status
    return jsonify(rev=saved.rev, status=_("%(at)s已保存", at=dates.clock_time(g.now)))


def open_draft(draft_id: int, facts: Mapping[str, Any] | None = None) -> DraftPage:
    """Open a draft of who asks; another's looks like one that is not there."""
    with house().store.read() as reader:
        try:
            return drafts.open_page(
                reader,
                house().services,
                me(),
                draft_id,
                g.now,
                locale=locale(),
                large=g.view.large,
                facts=facts,
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal


def typed() -> dict[str, list[str]]:
    """Give what was posted, without our own names."""
    names = [name for name in request.form if name not in OURS][:NAMES]
    return {name: request.form.getlist(name) for name in names}


def revision() -> int:
    """Give the draft's revision as the page was made; a forged one is as old as can be."""
    return whole(request.form.get("rev", ""))


def whole(text: str) -> int:
    """Read a number that a page of ours wrote; a forged one becomes 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def take_files(
    raw: dict[str, list[str]], take: Callable[[str, str, BinaryIO], Uploaded]
) -> list[tuple[str, str]]:
    """Upload posted files by field and name, and name them in `raw`; give what was refused.

    A thousand files at once are thirty and one sentence: each of the others would only be
    told the same.
    """
    failed: list[tuple[str, str]] = []
    sent_files = [
        (name, sent)
        for name in request.files
        for sent in request.files.getlist(name)
        if sent.filename
    ]
    for name, sent in sent_files[:MOST]:
        field = name.partition("-")[0]
        try:
            taken = take(field, (sent.filename or "")[:200], cast(BinaryIO, sent.stream))
        except Refused as refusal:
            failed.append((field, " ".join(refusals.said(refusal))))
            if refusal.code == "attachment_many":
                break
        else:
            raw.setdefault(name, []).append(taken.id)
    if len(sent_files) > MOST:
        much = Refused("attachment_at_once", {"count": MOST}, 422)
        failed.insert(0, (sent_files[MOST][0].partition("-")[0], " ".join(refusals.said(much))))
    return failed[:TOLD]


def mistakes(page: DraftPage, errors: Sequence[FieldError]) -> list[Mistake]:
    """Give the summary's lines: the question, what is wrong, and where it stands."""
    labels = {field.id: field.label(locale()) for field in page.paper.form.fields}
    return [mistake(f"#{error.target}", labels.get(error.field_id, ""), error) for error in errors]


def mistake(anchor: str, label: str, error: FieldError) -> Mistake:
    """Make one line: the question and what is wrong with its answer; below it, what to do."""
    what = (error.what or error.message).rstrip("。.")
    fix = error.fix if error.what else ""
    if label and label not in what:
        what = _("%(label)s：%(what)s", label=label, what=what)
    return Mistake(anchor, what, fix)
