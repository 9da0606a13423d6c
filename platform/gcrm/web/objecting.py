"""An objection at the window: a clerk writes down who objects to a public result, and why."""

from flask import Blueprint, g, redirect, render_template, request
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Reply

from gcrm.runtime.publicity_end import OBJECT, Object
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.web import refusals
from gcrm.web.apply import Mistake
from gcrm.web.sessions import access, staff
from gcrm.web.site import house

bp = Blueprint("objecting", __name__)

NAMES = ("name", "contact", "text")
TYPED = 4000


@bp.get("/staff/cases/<id:case_id>/object")
@staff
def ask(case_id: int) -> str:
    """Ask who objects, and why."""
    _public(case_id)
    return _page(case_id, dict.fromkeys(NAMES, ""), ())


@bp.post("/staff/cases/<id:case_id>/object")
@staff
def send(case_id: int) -> str | Reply | tuple[str, int]:
    """Write it down; what is missing is said and nothing written is lost."""
    typed = {name: request.form.get(name, "")[:TYPED] for name in NAMES}
    asked = Object(_public(case_id), typed["text"], typed["name"], typed["contact"], g.request_id)
    done = refusals.run(OBJECT, asked)
    if done.lacking:
        return _page(case_id, typed, done.lacking), 422
    return redirect(f"/staff/cases/{case_id}?done=1")


def _public(case_id: int) -> int:
    """Find the open publicity of a case that the clerk may read."""
    g.back = f"/staff/cases/{case_id}"
    with house().store.read() as reader:
        if access(reader).find("case", case_id) is None:
            raise NotFound
        found = reader.scalar(
            select(t.publicity.c.id).where(
                t.publicity.c.tenant_id == g.tenant.id,
                t.publicity.c.case_id == case_id,
                t.publicity.c.status == "open",
            )
        )
    if found is None:
        raise refusals.stopped(Refused("publicity_over", status=404))
    return int(found)


def _page(case_id: int, typed: dict[str, str], lacking: tuple[str, ...]) -> str:
    said = {code: refusals.said(Refused(code)) for code in lacking}
    return render_template(
        "staff/object.html",
        active="cases",
        case_link=f"/staff/cases/{case_id}",
        typed=typed,
        told={code: f"{what}{fix}" for code, (what, fix) in said.items()},
        errors=[
            Mistake(f"#f-{code.rpartition('_')[2]}", what.rstrip("。."), fix)
            for code, (what, fix) in said.items()
        ],
    )
