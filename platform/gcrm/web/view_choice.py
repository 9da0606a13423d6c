"""Choosing how to see the pages, and with the language how one is written to."""

from contextlib import suppress

from flask import Blueprint, Response, current_app, redirect, request

from gcrm.runtime.refusals import Refused
from gcrm.runtime.spoken import SPEAK, Speak
from gcrm.web.addresses import local_path
from gcrm.web.preferences import COOKIES, chosen_language, valid
from gcrm.web.sessions import actor
from gcrm.web.site import house

bp = Blueprint("view_choice", __name__)

YEAR = 365 * 24 * 3600


@bp.get("/view")
def change() -> Response:
    """Remember what the link says and go back to where it stood.

    Who is logged in gets messages in the language of the pages.
    """
    who, spoken = actor(), valid("language", request.args.get("language"))
    if who is not None and spoken is not None and spoken != who.locale:
        _keep(Speak(who.tenant_id, who.account_id, spoken))
    answer = redirect(local_path(request.args.get("back", "/")))
    for name, cookie in COOKIES.items():
        value = valid(name, request.args.get(name))
        if value is not None:
            answer.set_cookie(
                cookie,
                value,
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
                secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            )
    return answer  # type: ignore[return-value]


def take_along(tenant_id: int, account_id: int) -> None:
    """Let somebody who logs in be written to in the language that they chose before."""
    chosen = chosen_language()
    if chosen is not None:
        _keep(Speak(tenant_id, account_id, chosen))


def _keep(wanted: Speak) -> None:
    with suppress(Refused):  # the page itself needs no database: it goes by the cookie
        house().run(SPEAK, actor(), wanted)
