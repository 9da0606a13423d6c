"""The public list: results that everybody may read for some days, and how to object to one."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response as Reply

from app_definitions import ids
from gcrm.runtime import publicity
from gcrm.runtime.publicity import Entry
from gcrm.runtime.publicity_end import ASSURANCE, OBJECT, Object
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, refusals
from gcrm.web.apply import Mistake
from gcrm.web.casebook import Shown
from gcrm.web.definitions import words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import citizens, me
from gcrm.web.site import house

bp = Blueprint("publicity", __name__)

TYPED = 4000


@bp.get("/publicity")
def listed() -> str:
    """List what is public now; nothing but what the apps declare is read."""
    text = request.args.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    with house().store.read() as reader:
        found = publicity.list_public(
            reader, house().services, g.tenant.id, g.now, locale=locale(), page=number
        )
    last = -(-found.found // found.size)
    return render_template(
        "citizen/publicity.html",
        entries=[_shown(each) for each in found.entries],
        before=f"/publicity?page={found.page - 1}" if found.page > 1 else "",
        after=f"/publicity?page={found.page + 1}" if found.page < last else "",
        page=found.page,
        pages=last,
    )


def _shown(entry: Entry) -> dict[str, Any]:
    definition = entry.app.definition
    own = definition.publicity
    key = ids.path("app.json", [definition.id], "publicity.text")
    return {
        "title": words(entry.app)(definition.name),
        "text": entry.app.say(key, own.text, locale()) if own is not None else "",
        "rows": [Shown(line.label, line.text) for line in entry.lines],
        "until": _("公示到%(day)s", day=dates.day(entry.ends_at)),
        "link": f"/publicity/{entry.publicity_id}/object",
    }


@bp.get("/publicity/<id:publicity_id>/object")
@citizens
def ask(publicity_id: int) -> str | Reply:
    """Ask what is wrong; who objects must be known by name."""
    if me().assurance < ASSURANCE:
        return redirect(f"/me/real-name?back=/publicity/{publicity_id}/object")
    return _page(publicity_id, "", {})


def _page(publicity_id: int, text: str, errors: dict[str, tuple[str, str]]) -> str:
    g.back = "/publicity"
    with house().store.read() as reader:
        entry = publicity.find_public(
            reader, house().services, g.tenant.id, publicity_id, g.now, locale=locale()
        )
    if entry is None:
        raise refusals.stopped(Refused("publicity_over", status=404))
    return render_template(
        "citizen/object.html",
        entry=_shown(entry),
        text=text,
        errors=[Mistake("#f-text", what.rstrip("。."), fix) for what, fix in errors.values()],
        text_error="".join(errors.get("objection_text", ("", ""))),
    )


@bp.post("/publicity/<id:publicity_id>/object")
@citizens
def send(publicity_id: int) -> str | Reply | tuple[str, int]:
    """Object; what is missing is said and nothing written is lost."""
    text = request.form.get("text", "")[:TYPED]
    asked = Object(publicity_id, text, request_id=g.request_id)
    done = refusals.run(OBJECT, asked)
    if done.lacking:
        said = {code: refusals.said(Refused(code)) for code in done.lacking}
        return _page(publicity_id, text, said), 422
    return redirect("/publicity/thanks")


@bp.get("/publicity/thanks")
def thanks() -> str:
    """Say what happens now."""
    return render_template("citizen/objected.html")
