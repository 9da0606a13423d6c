"""Special procedures: a clerk stops the clocks of a case with a reason, and lets them go on."""

from typing import Any

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response as Reply

from gcrm.runtime import pauses
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.language import gettext as _
from gcrm.web.sessions import me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("pause", __name__)

PLACES = {"reason_": "reason", "days_": "days", "cause_": "cause"}


@bp.get("/staff/cases/<id:case_id>/tasks/<id:task_id>/pause")
@staff
def ask(case_id: int, task_id: int) -> str:
    """Ask why, and for how long."""
    return _page(small_forms.blank("pause"), case_id)


def _page(sheet: Sheet, case_id: int) -> str:
    return render_template(
        "staff/login.html",
        active="inbox",
        back={"link": f"/staff/cases/{case_id}", "words": _("回到办件")},
        title=_("申请特别程序"),
        fields=sheet.fields,
        errors=sheet.mistakes,
        hidden={},
        button=_("开始暂停"),
        other={"link": f"/staff/cases/{case_id}", "words": _("不暂停了")},
        notes=[_("这段时间不算在办理时间里，申请人会看到理由。听证、检验、鉴定等才可以用。")],
    )


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/pause")
@staff
def stop(case_id: int, task_id: int) -> str | Reply | tuple[str, int]:
    """Stop the clocks."""
    sheet = small_forms.filled("pause")
    if sheet.mistakes:
        return _page(sheet, case_id), 422
    days: Any = sheet.values.get("days")
    asked = pauses.Suspend(
        task_id,
        str(sheet.values["cause"]),
        str(sheet.values["reason"]),
        int(days) if days is not None else None,
        g.request_id,
    )
    try:
        house().run(pauses.SUSPEND, me(), asked)
    except Refused as refusal:
        what, fix = refusals.said(refusal)
        place = next((at for code, at in PLACES.items() if refusal.code.startswith(code)), "")
        return _page(sheet.refused(place, what + fix, what, fix), case_id), refusal.status
    return redirect(f"/staff/cases/{case_id}")


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/resume")
@staff
def go_on(case_id: int, task_id: int) -> Reply:
    """Let the clocks go on."""
    refusals.run(pauses.RESUME, pauses.Resume(task_id, g.request_id))
    return redirect(f"/staff/cases/{case_id}")
