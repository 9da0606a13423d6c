"""Who asks: the session cookie, the actor behind it, and the doors that need one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, current_app, g, redirect, request
from flask import session as form_session
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Connection
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from gcrm.access import IDLE, Accessor, Actor, actor_of_session, keys_of
from gcrm.runtime import sessions
from gcrm.web import posted
from gcrm.web.site import house

P = ParamSpec("P")

QUICK = ("check.submit", "casework.press")
"""Posts with one commit of their own; the page before and after them counts."""

LONGEST = 8 * 3600  # seconds; the server ends a session earlier


@dataclass(frozen=True, slots=True)
class Person(UserMixin):  # type: ignore[misc]
    """What flask-login calls a user: the actor of this request's session."""

    actor: Actor
    token: str

    def get_id(self) -> str:
        """Give the account."""
        return str(self.actor.account_id)


def init(app: Flask) -> None:
    """Load the actor of each request that asks for one, with one statement."""
    manager = LoginManager()
    manager.session_protection = None  # our own table decides, not the form cookie
    manager.request_loader(_load)
    manager.init_app(app)
    app.config["GCRM_COOKIE"] = (
        "__Host-gcrm" if app.config["SESSION_COOKIE_SECURE"] else "gcrm_session"
    )
    app.context_processor(_whom)
    app.before_request(_touch)
    app.before_request(_change_first)


def _load(asking: Request) -> Person | None:
    token = asking.cookies.get(current_app.config["GCRM_COOKIE"], "")
    if not token or len(token) > 200 or g.get("tenant") is None:
        return None
    with house().store.read() as reader:
        found = actor_of_session(reader, g.tenant.id, token, g.now)
    return Person(found, token) if found is not None else None


def _whom() -> dict[str, Any]:
    found = actor()
    seconds = IDLE[found.kind].total_seconds() if found is not None else 0
    return {"person": found, "idle_seconds": int(seconds)}


def _touch() -> None:
    """Write down that a session is used: at most once a minute, never on a quick post."""
    if request.endpoint in QUICK or g.get("tenant") is None:
        return
    found = actor()
    if found is not None and sessions.needs_touch(found, g.now):
        house().run(sessions.TOUCH, found, sessions.Token(token()))


OWN_PASSWORD = ("login.password", "login.change_password", "login.leave_work", "view_choice.change")
"""All that is open to somebody whose password was an administrator's choice."""


def _change_first() -> Answer | None:
    """Lead somebody with a first password to the page where they choose their own."""
    if request.endpoint in (None, "assets.serve", *OWN_PASSWORD) or g.get("tenant") is None:
        return None
    found = actor()
    if found is None or not found.must_change:
        return None
    if request.path.startswith("/api/"):
        raise Forbidden
    return redirect("/staff/password")


def actor() -> Actor | None:
    """Give who asks, or None for someone who has not logged in."""
    known = g.get("_login_user")  # where flask-login keeps whom it loaded
    person = current_user._get_current_object() if known is None else known
    return person.actor if isinstance(person, Person) else None


def me() -> Actor:
    """Give who asks behind a door that needs somebody."""
    found = actor()
    if found is None:
        raise Forbidden
    return found


def token() -> str:
    """Give the token of this request's session."""
    return str(current_user.token)


@contextmanager
def accessor() -> Iterator[Accessor]:
    """Open the one door to what this person may see."""
    with house().store.read() as reader:
        yield access(reader)


def access(reader: Connection) -> Accessor:
    """Give the door on a reader that is already open; the keys are read once a request."""
    keys = g.get("keys")
    if keys is None:
        keys = g.keys = keys_of(reader, me())
    return Accessor(reader, me(), keys)


def remember(answer: Any, new_token: str) -> None:
    """Put a new session into the browser, and start the forms' cookie anew."""
    form_session.clear()
    answer.set_cookie(
        current_app.config["GCRM_COOKIE"],
        new_token,
        max_age=LONGEST,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(answer: Any) -> None:
    """Take the session out of the browser."""
    form_session.clear()
    answer.delete_cookie(
        current_app.config["GCRM_COOKIE"],
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def citizens(view: Callable[P, Any]) -> Callable[P, Any]:
    """Let people with an account in; others log in first and come back."""
    return _door(view, ("citizen",), "/login")


def staff(view: Callable[P, Any]) -> Callable[P, Any]:
    """Let staff in; others log in first and come back."""
    return _door(view, ("staff",), "/staff/login")


def _page() -> str:
    """Give the page to come back to: a form posted without a session leads to where it stood."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    parts = urlsplit(request.referrer or "")
    return parts.path if parts.netloc == request.host else "/"


def _door(view: Callable[P, Any], kinds: tuple[str, ...], login: str) -> Callable[P, Any]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response | Answer | str:
        found = actor()
        if found is None:
            return redirect(f"{login}?back={quote(posted.park() or _page())}")
        if found.kind not in kinds:
            raise Forbidden
        answer: Response | Answer | str = view(*args, **kwargs)
        return answer

    return guarded
