"""Rating a finished case: by the one-time link of a message, or from the case's own page."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import ratings
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.rating_words import MARKS
from gcrm.runtime.ratings import Occasion, Said
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import actor, citizens
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("rating", __name__)

SCORES = {
    "very_satisfied": 5,
    "satisfied": 4,
    "fairly": 3,
    "dissatisfied": 2,
    "very_dissatisfied": 1,
}
"""The answers of the form, and the levels that are kept."""
LEVELS = {score: code for code, score in SCORES.items()}

BESIDE = {
    "rating_score": "score",
    "rating_tags": "tags",
    "rating_text_missing": "text",
    "rating_text_long": "comment",
}

Page = str | tuple[str, int]


@bp.get("/r/<token>")
def by_link(token: str) -> Page:
    """Ask how it was, or show what was said."""
    return _show(_link(token))


@bp.post("/r/<token>")
def rate_by_link(token: str) -> Page | Answer:
    """Take the rating."""
    return _rate(_link(token))


@bp.post("/r/<token>/more")
def add_by_link(token: str) -> Page | Answer:
    """Take what somebody adds."""
    return _add(_link(token))


@bp.get("/me/cases/<id:case_id>/rate")
@citizens
def of_case(case_id: int) -> Page:
    """Ask how it was, from the page of one's case."""
    return _show(_own(case_id))


@bp.post("/me/cases/<id:case_id>/rate")
@citizens
def rate_case(case_id: int) -> Page | Answer:
    """Take the rating of one's own case."""
    return _rate(_own(case_id))


@bp.post("/me/cases/<id:case_id>/rate/more")
@citizens
def add_to_case(case_id: int) -> Page | Answer:
    """Take what somebody adds on their own case."""
    return _add(_own(case_id))


def _link(token: str) -> Where:
    return Where(g.tenant.id, request.remote_addr or "", token=token[:64], locale=locale())


def _own(case_id: int) -> Where:
    return Where(g.tenant.id, request.remote_addr or "", case_id=case_id, locale=locale())


def _here(where: Where) -> str:
    return f"/r/{where.token}" if where.token else f"/me/cases/{where.case_id}/rate"


def _show(where: Where, sheet: Sheet | None = None, status: int = 200) -> Page:
    g.back = _here(where)
    found: Occasion = refusals.run(ratings.OPEN, where)
    said = found.said
    name = "rate" if said is None else "rate_more"
    form = sheet if sheet is not None and sheet.form.id == name else small_forms.blank(name)
    page = render_template(
        "citizen/rate.html" if said is None else "citizen/rated.html",
        about=_about(found),
        contact_days=found.contact_days,
        sheet=form,
        errors=form.mistakes,
        here=_here(where),
        back_link=f"/me/cases/{where.case_id}" if where.case_id else "",
        said=_said(said) if said is not None else [],
        more=said is not None and said.supplemented_at is None,
    )
    return page if status == 200 else (page, status)


def _about(found: Occasion) -> str:
    """Say what is rated: the service, the office, the day."""
    day = dates.day(found.ended_at)
    if found.office:
        return _(
            "%(item)s，%(office)s，%(day)s办完。", item=found.item, office=found.office, day=day
        )
    return _("%(item)s，%(day)s办完。", item=found.item, day=day)


def _said(said: Said) -> list[Shown]:
    """Show a rating in the words of its form."""
    form = small_forms.blank("rate", _values(said))
    answers = form.form.answers(form.bound.values, form.context)
    rows = [
        Shown(each.label, each.text)
        for section in answers
        for each in section.answers
        if each.text and each.field_id != "is_public"
    ]
    rows.append(Shown(_("公开"), _("同意隐去姓名以后公开") if said.is_public else _("不公开")))
    rows.append(Shown(_("什么时候评的"), dates.moment(said.rated_at)))
    if said.supplemented_at is not None:
        rows.append(Shown(_("后来补充的"), said.supplement or _("已经不能再看")))
    named = {
        "open": _("正在核实"),
        "rectifying": _("正在整改"),
        "calling": _("回访中"),
        "answering": _("整改好了，正在写答复"),
        "answered": _("已答复"),
    }
    if said.verdict == "mistaken":
        named["answered"] = _("核实下来不属实，不计入，留作记录")
    if said.verdict == "malicious":
        named["answered"] = _("裁定为恶意评价，不计入，留作记录")
    if said.status in named:
        rows.append(Shown(_("办到哪一步"), named[said.status]))
    at_work = said.status in ("rectifying", "calling", "answering")
    if at_work and said.rectify_due_at is not None:
        until = dates.full(said.rectify_due_at)
        words = _("最晚%(day)s", day=until)
        if said.extended:
            words = _("最晚%(day)s（延期了1次）", day=until)
        rows.append(Shown(_("什么时候办好"), words))
    if said.answer:
        rows.append(Shown(_("政务服务局的答复"), said.answer))
    return rows


def _values(said: Said) -> dict[str, Any]:
    values: dict[str, Any] = {
        "score": LEVELS[said.score],
        "tags": list(said.tags) or None,
        "comment": said.comment or None,
        "named": "call_back" if said.named else "anonymous",
        **{name: LEVELS[score] for name, score in said.marks.items()},
    }
    return {name: value for name, value in values.items() if value is not None}


def _rate(where: Where) -> Page | Answer:
    g.back = _here(where)
    sheet = small_forms.filled("rate")
    if sheet.mistakes:
        return _show(where, sheet, 422)
    values = sheet.values
    asked = ratings.Rate(
        where,
        SCORES[str(values["score"])],
        tuple(values.get("tags") or ()),
        {name: SCORES[str(values[name])] for name in MARKS if values.get(name)},
        str(values.get("comment") or ""),
        named=values.get("named") == "call_back",
        is_public=bool(values.get("is_public")),
    )
    return _take(ratings.RATE, asked, where, sheet)


def _add(where: Where) -> Page | Answer:
    g.back = _here(where)
    sheet = small_forms.filled("rate_more")
    if sheet.mistakes:
        return _show(where, sheet, 422)
    return _take(ratings.SUPPLEMENT, ratings.Supplement(where, str(sheet.values["text"])), where,
                 sheet)  # fmt: skip


def _take(use_case: Any, asked: Any, where: Where, sheet: Sheet) -> Page | Answer:
    try:
        house().run(use_case, actor(), asked)
    except Refused as refusal:
        if refusal.code in ("rating_done", "rating_supplemented"):
            return redirect(_here(where))  # the page says what was said
        place, sentence = refusals.beside(refusal, BESIDE)
        known = {field.id for field in sheet.form.fields}
        if place in known:
            return _show(where, sheet.refused(place, sentence), refusal.status)
        raise refusals.stopped(refusal) from refusal
    return redirect(_here(where))
