"""Bad ratings on the desk of those who look after them; never of those who were rated."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import rating_answers, rating_contests, rating_rectifying
from gcrm.runtime.rating_answers import AnswerRating, Line
from gcrm.runtime.rating_rectifying import CallBack, RectifyRating, TakeRating
from gcrm.runtime.rating_steps import ANSWER_RIGHT, EXTEND_RIGHT, HELD_UP, JUDGE_RIGHT, Step
from gcrm.runtime.rating_words import UNDONE, is_bad
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, downloads, marks, office, rating_requests, refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.rating import LEVELS
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("rating_desk", __name__)

FORMS = {
    "open": "rating_answer",
    "rectifying": "rating_rectified",
    "calling": "rating_called",
    "answering": "rating_reply",
}
"""The one form that a rating waits for, by where it stands."""

BESIDE = {
    "rating_verdict": "verdict",
    "rating_rectify": "verdict",
    "rating_call": "outcome",
    "rating_note": "note",
    "rating_answer_short": "answer",
    "rating_text": "answer",
}

Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One rating in the list."""

    link: str
    level: str
    tags: str
    comment: str
    item: str
    office: str
    number: str
    case_link: str
    state: str
    tone: str
    due: str
    left: Markup | str
    day: str
    answer: str


@bp.get("/staff/ratings")
@staff
def ratings() -> str:
    """List bad and doubtful ratings that the actor may answer."""
    status = request.args.get("state", "todo")
    status = status if status in rating_answers.STATES else "todo"
    page = office.page_number()
    with house().store.read() as reader:
        own = access(reader)
        if not own.has("rating", ANSWER_RIGHT):
            raise Forbidden
        found = rating_answers.list_ratings(
            house().services, own, g.now, status=status, page=page, locale=locale()
        )
    named = {
        "todo": _("要办的"),
        "open": _("等着核实"),
        "rectifying": _("正在整改"),
        "calling": _("回访和答复"),
        "asked": _("等着决定"),
        "answered": _("已经答复"),
        "all": _("全部"),
    }
    return render_template(
        "staff/ratings.html",
        active="ratings",
        rows=[_row(line) for line in found.lines],
        total=found.total,
        late=found.late,
        chips=[
            {"words": words, "on": code == status, "link": f"/staff/ratings?state={code}"}
            for code, words in named.items()
        ],
        pages=office.pages(page, found.total, rating_answers.PAGE),
    )


def _row(line: Line) -> Row:
    shown = words_of(line.score, line.tags)
    return Row(
        link=f"/staff/ratings/{line.rating_id}",
        level=shown["score"],
        tags=shown.get("tags", ""),
        comment=line.comment,
        item=line.item,
        office=line.office,
        number=line.number or _("匿名"),
        case_link=f"/staff/cases/{line.case_id}" if line.case_id else "",
        state=_state(line),
        tone="warn" if line.status in UNDONE else "ok",
        due=dates.day(line.due_at) if line.due_at is not None else "",
        left=_left(line),
        day=dates.day(line.rated_at),
        answer=line.answer,
    )


def _left(line: Line) -> Markup | str:
    """Draw how long there is still time; nothing where nobody waits."""
    if not line.lamp or line.left is None:
        return ""
    if line.lamp == "late":
        words = _("已经超期")
    elif line.left == 0:
        words = _("今天到期")
    else:
        words = ngettext("还剩%(num)s个工作日", "%(num)s working days left", line.left)
    return marks.lamp(line.lamp, words)


def _state(line: Line) -> str:
    if line.status == "open" and line.contest_state != "waiting":
        return _("等着核实，同一来源评得太多") if line.held else _("等着核实")
    if line.contest_state == "waiting":
        return _("申诉中，等着裁定")
    named = {"rectifying": _("正在整改"), "calling": _("等着回访"), "answering": _("等着答复")}
    if line.status in named and line.extend_state == "waiting":
        return _("%(state)s，申请延期中", state=named[line.status])
    if line.status in named:
        return named[line.status]
    if line.contest_state == "upheld":
        return _("申诉成立，不计入")
    return _("不属实，不计入") if line.verdict == "mistaken" else _("属实，已答复")


def _history(steps: tuple[Step, ...], answer: str) -> list[dict[str, Any]]:
    """Say what was done, the last step first; what stands above as the answer is not repeated."""
    named = {
        "taken": _("核实属实，开始整改"),
        "rectified": _("整改好了"),
        "satisfied": _("回访：满意"),
        "unsatisfied": _("回访：不满意"),
        "unreached": _("回访：没有联系上"),
        "answered": _("答复了评价人"),
        "extend_asked": _("申请延期"),
        "extend_granted": _("同意延期"),
        "extend_refused": _("不同意延期"),
        "contested": _("申诉"),
        "contest_upheld": _("申诉成立"),
        "contest_denied": _("申诉不成立"),
    }
    return [
        {
            "title": named[each.step],
            "who": each.who,
            "text": "" if not at and each.note == answer else each.note,
            "at": each.at,
        }
        for at, each in enumerate(reversed(steps))
    ]


def words_of(score: int, tags: tuple[str, ...]) -> dict[str, str]:
    """Say level and tags in the words of the form, as `score` and `tags`."""
    values: dict[str, Any] = {"score": LEVELS[score], "tags": list(tags) or None}
    form = small_forms.blank("rate", {name: value for name, value in values.items() if value})
    answers = form.form.answers(form.bound.values, form.context)
    return {each.field_id: each.text for section in answers for each in section.answers}


@bp.get("/staff/ratings/<id:rating_id>")
@staff
def one(rating_id: int) -> Page:
    """Show a rating, what was done about it, and the form of its next step."""
    return _one(rating_id)


def _find(rating_id: int) -> tuple[Line, tuple[Step, ...], frozenset[str]]:
    """Read a rating, what was done, and what else the actor may do with it."""
    with house().store.read() as reader:
        own = access(reader)
        try:
            line, steps = rating_answers.read_rating(
                house().services, own, rating_id, locale(), g.now
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
        found = (right for right in (EXTEND_RIGHT, JUDGE_RIGHT)
                 if own.find("rating", rating_id, right) is not None)  # fmt: skip
        return line, steps, frozenset(found)


def _one(
    rating_id: int,
    typed: Sheet | None = None,
    status: int = 200,
    asked: tuple[str, Sheet, str] | None = None,
) -> Page:
    g.back = f"/staff/ratings/{rating_id}"
    line, steps, rights = _find(rating_id)
    row = _row(line)
    held_up = line.contest_state == "waiting" and line.status in HELD_UP
    form = None if held_up else FORMS.get(line.status)
    sheet = small_forms.blank(form) if form is not None else None
    if typed is not None and typed.form.id == form:
        sheet = typed
    facts = [
        Shown(_("总的来说"), row.level),
        Shown(_("哪里不好"), row.tags),
        Shown(_("说的话"), line.comment),
        Shown(_("新补充的") if line.is_new else _("后来补充的"), line.supplement),
        Shown(_("事项"), " · ".join(filter(None, (row.item, row.office)))),
        Shown(_("办件"), row.number),
        Shown(_("要不要回复"), _("要，请打电话") if line.named else _("不用，匿名")),
        Shown(_("哪一天评的"), row.day),
        Shown(_("谁来整改"), line.handler),
        Shown(_("整改期限") if line.status in ("rectifying", "calling", "answering")
              else _("核实期限"), row.due if line.status != "answered" else ""),
        Shown(_("申请的延期"), _extended(line)),
        Shown(_("申诉的理由"), _ground(line)),
    ]  # fmt: skip
    done = []
    if line.status == "answered" and line.answered_at is not None:
        done = [
            Shown(_("核实结果"), row.state),
            Shown(_("答复"), line.answer),
            Shown(_("谁答复的"), f"{line.answered_by} {dates.moment(line.answered_at)}"),
        ]
    titles = {
        "open": _("核实"),
        "rectifying": _("整改"),
        "calling": _("回访"),
        "answering": _("答复"),
    }
    buttons = {
        "open": _("记下核实结果"),
        "rectifying": _("记下整改情况"),
        "calling": _("记下回访结果"),
        "answering": _("答复评价人"),
    }
    page = render_template(
        "staff/rating.html",
        active="ratings",
        row=row,
        facts=[each for each in facts if each.shown],
        done=done,
        history=_history(steps, line.answer),
        new=line.is_new,
        panels=rating_requests.panels(line, steps, rights, asked),
        evidence=f"/staff/ratings/{rating_id}/evidence" if line.contest_state else "",
        fields=sheet.fields if sheet is not None else "",
        errors=sheet.mistakes if sheet is not None else [],
        step=line.status if sheet is not None else "",
        title=titles.get(line.status, ""),
        button=buttons.get(line.status, ""),
    )
    return page if status == 200 else (page, status)


@bp.post("/staff/ratings/<id:rating_id>")
@staff
def step(rating_id: int) -> Page | Answer:
    """Keep what one step found or did: the form says which step it was made for."""
    name = FORMS.get(request.form.get("step", "open"), FORMS["open"])
    sheet = small_forms.filled(name)
    if sheet.mistakes:
        return _one(rating_id, sheet, 422)
    use_case, asked = _asked(rating_id, sheet)
    try:
        house().run(use_case, me(), asked)
    except Refused as refusal:
        place, sentence = refusals.beside(refusal, BESIDE)
        place = "measures" if name == "rating_rectified" and place == "answer" else place
        if not place:
            raise refusals.stopped(refusal) from refusal
        return _one(rating_id, sheet.refused(place, sentence), refusal.status)
    answered = isinstance(asked, AnswerRating)
    return redirect("/staff/ratings" if answered else f"/staff/ratings/{rating_id}")


def _extended(line: Line) -> str:
    """Say how it stands with more time; nothing where nobody asked."""
    named = {
        "waiting": _("已申请，等着决定"),
        "granted": _("已同意"),
        "refused": _("没有同意"),
    }
    over = line.extend_state == "waiting" and line.status == "answered"
    if line.extend_state not in named or over:
        return ""
    days = ngettext("%(num)s个工作日", "%(num)s working days", line.extend_days)
    return " · ".join((days, named[line.extend_state]))


def _ground(line: Line) -> str:
    named = {"mistaken": _("误评"), "malicious": _("恶意评价")}
    return named.get(line.contest_ground, "")


@bp.post("/staff/ratings/<id:rating_id>/<what>")
@staff
def request_or_decide(rating_id: int, what: str) -> Page | Answer:
    """Keep what is asked about a rating, or decided."""
    if what not in rating_requests.FORMS:
        raise NotFound
    sheet = small_forms.filled(rating_requests.FORMS[what])
    if sheet.mistakes:
        told = (what, sheet, rating_requests.lacking(what))
        return _one(rating_id, status=422, asked=told)
    use_case, asked = rating_requests.asked(what, rating_id, sheet)
    try:
        house().run(use_case, me(), asked)
    except Refused as refusal:
        place, sentence = refusals.beside(refusal, rating_requests.BESIDE[what])
        if refusal.code.startswith(rating_requests.FILES):
            return _one(rating_id, status=refusal.status, asked=(what, sheet, sentence))
        if not place:
            raise refusals.stopped(refusal) from refusal
        told = (what, sheet.refused(place, sentence), "")
        return _one(rating_id, status=refusal.status, asked=told)
    return redirect(f"/staff/ratings/{rating_id}")


@bp.get("/staff/ratings/<id:rating_id>/evidence")
@staff
def evidence(rating_id: int) -> Answer:
    """Send what an office showed when it contested a rating."""
    with house().store.read() as reader:
        try:
            found = rating_contests.open_evidence(reader, house().services, me(), rating_id)
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
    answer = Response(found.content.getvalue(), content_type=found.media_type)
    return downloads.named(answer, found.name)


def _asked(rating_id: int, sheet: Sheet) -> tuple[Any, Any]:
    """Give the use case of a form, and what is asked of it."""
    values, request_id = sheet.values, g.request_id
    if sheet.form.id == "rating_rectified":
        measures = str(values["measures"])
        return rating_rectifying.RECTIFY, RectifyRating(rating_id, measures, request_id)
    if sheet.form.id == "rating_called":
        note = str(values.get("note") or "")
        outcome = str(values["outcome"])
        return rating_rectifying.CALL, CallBack(rating_id, outcome, note, request_id)
    text = str(values["answer"])
    if sheet.form.id == "rating_reply":
        return rating_answers.ANSWER, AnswerRating(rating_id, "", text, request_id)
    line, _steps, _rights = _find(rating_id)
    if values["verdict"] == "valid" and is_bad(line.score):
        return rating_rectifying.TAKE, TakeRating(rating_id, text, request_id)
    verdict = str(values["verdict"])
    return rating_answers.ANSWER, AnswerRating(rating_id, verdict, text, request_id)
