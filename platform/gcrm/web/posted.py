"""What was posted in vain: kept past the end of a session, offered again where a page grew old."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, current_app, g, make_response, render_template, request

from gcrm.runtime import parked_forms
from gcrm.runtime.parked_forms import Park
from gcrm.web.site import house

PAGE = "/again"
OURS = ("csrf_token",)
SECRET = frozenset({"password", "old", "new", "again", "code"})
"""Never kept: passwords and codes are typed anew."""
NAMES = 400  # posted names of one form; more is no form of ours


@dataclass(frozen=True, slots=True)
class Posted:
    """A form as it was posted; `files` says that files were chosen too, which are not kept."""

    path: str
    fields: Mapping[str, tuple[str, ...]]
    files: bool


def park() -> str | None:
    """Keep the form of this request for the account whose session has ended.

    Gives the page to come to after logging in; None where nothing is kept.
    """
    token = request.cookies.get(current_app.config["GCRM_COOKIE"], "")
    posted = _posted()
    if posted is None or not token or len(token) > 200:
        return None
    ask = Park(g.tenant.id, token, posted.path, posted.fields, posted.files)
    return PAGE if house().run(parked_forms.PARK, None, ask) else None


def offer() -> Response | None:
    """Offer to post the same form once more: its page is from before the last login.

    Only for a form of this site: the browser itself says where a post comes from.
    """
    posted = _posted()
    if posted is None or g.get("tenant") is None or not _own_site():
        return None
    return make_response(page(posted, old=True), 400)


def page(posted: Posted, *, old: bool) -> str:
    """Show that what was typed is still there, with the button that sends it."""
    face = "staff" if posted.path.startswith("/staff") else "citizen"
    return render_template("errors/again.html", posted=posted, old=old, face=face)


def _posted() -> Posted | None:
    """Give what a person posted from a page; a script's own posts and empty ones are nothing."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return None
    names = [name for name in request.form if name not in OURS and name not in SECRET]
    fields = {name: tuple(request.form.getlist(name)) for name in names[:NAMES]}
    files = any(sent.filename for sent in request.files.values())
    return Posted(request.full_path.rstrip("?"), fields, files) if fields else None


def _own_site() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")
