"""Only https in production: a plain request is led there before anything is read or set."""

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from gcrm.web.errors import Stopped
from gcrm.web.language import gettext as _
from gcrm.web.site import QUIET


def init(app: Flask) -> None:
    """Answer plain requests of a production installation by the https address.

    Which of them are plain the trusted proxy says (`X-Forwarded-Proto`).
    """
    if not app.config["SESSION_COOKIE_SECURE"]:
        return

    @app.before_request
    def insist() -> Response | None:
        if request.is_secure or request.endpoint in QUIET:
            return None
        if request.method in ("GET", "HEAD"):
            return redirect(request.url.replace("http://", "https://", 1), 308)
        raise Stopped(
            403,
            _("这个网址要用 https 打开"),
            _("请从 https 开头的网址重新进入，再办一次。刚才填的内容没有收到。"),
        )
