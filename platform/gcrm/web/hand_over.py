"""Hand a task to a colleague: choose whom, say why."""

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response as Reply

from gcrm.runtime import hand_over
from gcrm.runtime.hand_over import HandOver
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("hand_over", __name__)

BESIDE = {"hand_over_person": "to", "hand_over_reason": "reason", "hand_over_long": "reason"}


@bp.get("/staff/cases/<id:case_id>/tasks/<id:task_id>/hand-over")
@staff
def ask(case_id: int, task_id: int) -> str:
    """Ask to whom, and why."""
    lists = _lists(task_id)
    return _page(small_forms.blank("hand_over", lists=lists), case_id, bool(lists["colleagues"]))


def _lists(task_id: int) -> dict[str, list[tuple[str, str]]]:
    with house().store.read() as reader:
        try:
            found = hand_over.colleagues(reader, house().services, me(), task_id, g.now)
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
    return {
        "colleagues": [
            (str(each.party_id), f"{each.name} · {each.office.said(locale())}") for each in found
        ]
    }


def _page(sheet: Sheet, case_id: int, anybody: bool) -> str:
    note = (
        _("转过去以后就是他的待办，时限不变。同岗位、没有办过前面环节的人才能选。")
        if anybody
        else _("现在没有同岗位的人可以接手。要增加人手，请部门管理员加岗位。")
    )
    return render_template(
        "staff/login.html",
        active="inbox",
        back={"link": f"/staff/cases/{case_id}", "words": _("回到办件")},
        title=_("转办"),
        fields=sheet.fields if anybody else "",
        errors=sheet.mistakes,
        hidden={},
        button=_("转给这个人") if anybody else "",
        other={
            "link": f"/staff/cases/{case_id}",
            "words": _("不转了") if anybody else _("回到办件"),
        },
        empty="" if anybody else note,
        notes=[note] if anybody else [],
    )


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/hand-over")
@staff
def give(case_id: int, task_id: int) -> str | Reply | tuple[str, int]:
    """Hand it over."""
    lists = _lists(task_id)
    sheet = small_forms.filled("hand_over", lists)
    if sheet.mistakes:
        return _page(sheet, case_id, bool(lists["colleagues"])), 422
    to = str(sheet.values["to"])
    asked = HandOver(task_id, int(to), str(sheet.values["reason"]), g.request_id)
    try:
        house().run(hand_over.HAND_OVER, me(), asked)
    except Refused as refusal:
        place, sentence = refusals.beside(refusal, BESIDE)
        if not place:
            raise refusals.stopped(refusal) from refusal
        return _page(sheet.refused(place, sentence), case_id, True), refusal.status
    return redirect("/staff")
