"""Bad ratings on the desk of those who look after them; never of those who were rated."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import rating_answers
from gcrm.runtime.rating_answers import AnswerRating, Line
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, office, refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.rating import LEVELS
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("rating_desk", __name__)

STATUSES = ("open", "answered", "all")
BESIDE = {"rating_verdict": "verdict", "rating_answer_short": "answer", "rating_text": "answer"}

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
    late: bool
    day: str
    answer: str


@bp.get("/staff/ratings")
@staff
def ratings() -> str:
    """List bad and doubtful ratings that the actor may answer."""
    status = request.args.get("state", "open")
    status = status if status in STATUSES else "open"
    page = office.page_number()
    with house().store.read() as reader:
        own = access(reader)
        if not own.has("rating", rating_answers.ANSWER_RIGHT):
            raise Forbidden
        lines, total = rating_answers.list_ratings(
            house().services, own, status=status, page=page, locale=locale()
        )
    named = {"open": _("等着核实"), "answered": _("已经答复"), "all": _("全部")}
    return render_template(
        "staff/ratings.html",
        active="ratings",
        rows=[_row(line) for line in lines],
        total=total,
        chips=[
            {"words": words, "on": code == status, "link": f"/staff/ratings?state={code}"}
            for code, words in named.items()
        ],
        pages=office.pages(page, total, rating_answers.PAGE),
    )


def _row(line: Line) -> Row:
    shown = words_of(line.score, line.tags)
    late = line.status == "open" and line.due_at is not None and line.due_at < g.now
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
        tone="warn" if line.status == "open" else "ok",
        due=dates.day(line.due_at) if line.due_at is not None else "",
        late=late,
        day=dates.day(line.rated_at),
        answer=line.answer,
    )


def _state(line: Line) -> str:
    if line.status == "open":
        return _("等着核实，同一来源评得太多") if line.held else _("等着核实")
    return _("不属实，不计入") if line.verdict == "mistaken" else _("属实，已答复")


def words_of(score: int, tags: tuple[str, ...]) -> dict[str, str]:
    """Say level and tags in the words of the form, as `score` and `tags`."""
    values: dict[str, Any] = {"score": LEVELS[score], "tags": list(tags) or None}
    form = small_forms.blank("rate", {name: value for name, value in values.items() if value})
    answers = form.form.answers(form.bound.values, form.context)
    return {each.field_id: each.text for section in answers for each in section.answers}


@bp.get("/staff/ratings/<id:rating_id>")
@staff
def one(rating_id: int) -> Page:
    """Show a rating, and ask what was found."""
    return _one(rating_id, small_forms.blank("rating_answer"))


def _one(rating_id: int, sheet: Sheet, status: int = 200) -> Page:
    g.back = f"/staff/ratings/{rating_id}"
    with house().store.read() as reader:
        try:
            line = rating_answers.read_rating(house().services, access(reader), rating_id, locale())
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
    row = _row(line)
    facts = [
        Shown(_("总的来说"), row.level),
        Shown(_("哪里不好"), row.tags),
        Shown(_("说的话"), line.comment),
        Shown(_("后来补充的"), line.supplement),
        Shown(_("事项"), " · ".join(filter(None, (row.item, row.office)))),
        Shown(_("办件"), row.number),
        Shown(_("要不要回复"), _("要，请打电话") if line.named else _("不用，匿名")),
        Shown(_("哪一天评的"), row.day),
        Shown(_("核实期限"), f"{row.due} · {_('已经过了')}" if row.late else row.due),
    ]
    done = []
    if line.status == "answered" and line.answered_at is not None:
        done = [
            Shown(_("核实结果"), row.state),
            Shown(_("答复"), line.answer),
            Shown(_("谁答复的"), f"{line.answered_by} {dates.moment(line.answered_at)}"),
        ]
    page = render_template(
        "staff/rating.html",
        active="ratings",
        row=row,
        facts=[each for each in facts if each.shown],
        done=done,
        fields=sheet.fields,
        errors=sheet.mistakes,
        open=line.status == "open",
    )
    return page if status == 200 else (page, status)


@bp.post("/staff/ratings/<id:rating_id>")
@staff
def answer(rating_id: int) -> Page | Answer:
    """Keep what was found and done."""
    sheet = small_forms.filled("rating_answer")
    if sheet.mistakes:
        return _one(rating_id, sheet, 422)
    asked = AnswerRating(
        rating_id, str(sheet.values["verdict"]), str(sheet.values["answer"]), g.request_id
    )
    try:
        house().run(rating_answers.ANSWER, me(), asked)
    except Refused as refusal:
        place, sentence = refusals.beside(refusal, BESIDE)
        if not place:
            raise refusals.stopped(refusal) from refusal
        return _one(rating_id, sheet.refused(place, sentence), refusal.status)
    return redirect("/staff/ratings")
