"""The page after logging in again: what was typed is still there, and goes where it was going."""

from flask import Blueprint, g, redirect
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import parked_forms
from gcrm.web import posted
from gcrm.web.sessions import actor
from gcrm.web.site import house

bp = Blueprint("again", __name__)


@bp.get(posted.PAGE)
def look() -> str | Answer:
    """Offer the form that waits for who asks."""
    who = actor()
    if who is None:
        return redirect("/login")
    with house().store.read() as reader:
        kept = parked_forms.find(reader, house().services, who, g.now)
    if kept is None:
        return redirect("/staff" if who.kind == "staff" else "/")
    return posted.page(posted.Posted(kept.path, kept.fields, kept.files), old=False)
