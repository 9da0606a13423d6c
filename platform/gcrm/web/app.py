"""The application: everything a browser sees, put together once for a house."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from gcrm.config import FORM_MEMORY
from gcrm.web import (
    addresses,
    again,
    api,
    api_design,
    apply,
    assets,
    boards,
    casework,
    catalogue,
    check,
    correct,
    decision_files,
    deliveries,
    errors,
    hand_over,
    headers,
    health,
    inbox,
    language,
    login,
    logs,
    mend,
    metrics,
    mine,
    objecting,
    office,
    papers,
    pause,
    portal,
    preferences,
    publicity,
    rating,
    rating_desk,
    reach,
    refusals,
    rules,
    sessions,
    site,
    transport,
    try_out,
    verify,
    view_choice,
)
from gcrm.web.admin import account, administration, rooms

FIRST_OPENED = (
    "base.html",
    "parts/shapes.html",
    "citizen/layout.html",
    "staff/layout.html",
    "citizen/start.html",
    "citizen/services.html",
    "citizen/guide.html",
    "citizen/login.html",
    "staff/login.html",
    "staff/inbox.html",
)
FIRST_VISITED = ("/", f"/services?q={quote('身份证丢了')}")  # lists are read, words are cut


class Site(Flask):
    """Flask whose views and hooks are plain functions: none is asked whether it is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function as it is."""
        return func


def create_app(house: Any, worker: Any = None) -> Flask:
    """Build the pages of a house; starts nothing and reads nothing but its own files.

    `worker` is the one that runs in this process; readiness asks when it was last seen.
    """
    settings = house.settings
    secure = settings.secure_cookies
    app = Site(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_NAME="__Host-gcrm_form" if secure else "gcrm_form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=settings.page_limit,
        MAX_FORM_MEMORY_SIZE=FORM_MEMORY,
        GCRM_UPLOAD_LIMIT=settings.upload_limit,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: a form may lie open for hours
        WTF_CSRF_SSL_STRICT=secure,
        GCRM_DEMO=not secure,
        GCRM_LOG=True,
        PROPAGATE_EXCEPTIONS=False,
    )
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]
    app.wsgi_app = _in_turn(app.wsgi_app, app)  # type: ignore[method-assign]
    addresses.init(app)
    logs.init(app)
    metrics.init(app)
    preferences.init(app)
    site.init(app)
    errors.init(app)
    refusals.init(app)
    headers.init(app)
    transport.init(app)
    assets.init(app)
    CSRFProtect(app).exempt(deliveries.receipts)  # a gateway has no page of ours
    sessions.init(app)
    rooms.init(app)
    office.init(app)
    for room in (
        hand_over,
        health,
        metrics,
        rating,
        rating_desk,
        reach,
        deliveries,
        portal,
        catalogue,
        login,
        again,
        apply,
        check,
        mine,
        mend,
        inbox,
        casework,
        correct,
        pause,
        publicity,
        objecting,
        boards,
        rules,
        try_out,
        api,
        api_design,
        decision_files,
        papers,
        verify,
        view_choice,
    ):
        app.register_blueprint(room.bp)
    app.register_blueprint(administration)
    app.register_blueprint(account)
    move_in(app, house, worker)
    return app


def warm(app: Flask) -> None:
    """Compile what people open first, so that the first of them waits no longer than the others.

    The other pages are compiled when somebody asks for one: all of them take a second.
    """
    for name in FIRST_OPENED:
        app.jinja_env.get_template(name)
    for path in FIRST_VISITED:
        for each in language.LOCALES:
            _visit(app, path, each)


def _visit(app: Flask, path: str, spoken: str) -> None:
    """Answer a request that nobody made: it is neither logged nor measured, nor a session's."""
    asked = app.test_request_context(
        path, base_url="https://localhost", headers={"Accept-Language": spoken}
    )
    with asked, suppress(NotFound):  # a house without a government of this name
        app.preprocess_request()
        app.dispatch_request()


def move_in(app: Flask, house: Any, worker: Any = None) -> None:
    """Let an application serve this house from now on.

    Routes and templates stay, which take a second to compile; what was known of another
    house goes. The settings of cookies and proxies must be the same.
    """
    app.config["SECRET_KEY"] = house.settings.secret
    app.extensions["gcrm_house"] = house
    app.extensions["gcrm_worker"] = worker
    site.move_in(app)
    metrics.move_in(app, house)


def _in_turn(wsgi: Callable[..., Iterable[bytes]], app: Flask) -> Callable[..., Iterable[bytes]]:
    """Make answers a few at a time, first come, first served; sending them is not counted."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        house = app.extensions["gcrm_house"]
        with house.turns.taken(), house.store.moment():
            return wsgi(environ, start_response)

    return answer
