"""Refusals of use cases, said in the person's language: beside a form, or as a page."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime.refusals import Refused
from gcrm.store.errors import StaleError, StoreBusyError
from gcrm.web.errors import Stopped, Trouble, answer, trouble
from gcrm.web.language import locale
from gcrm.web.sessions import actor
from gcrm.web.site import house


def init(app: Flask) -> None:
    """Answer a refusal that a view let through with its sentence, and a denial with nothing."""
    app.register_error_handler(Refused, _page)
    app.register_error_handler(Denied, _nothing)
    app.register_error_handler(StoreBusyError, _busy)
    app.register_error_handler(StaleError, _busy)


def _page(refusal: Exception) -> Response:
    assert isinstance(refusal, Refused)  # noqa: S101  registered for this class only
    title, text = said(refusal)
    return answer(refusal.status, Trouble(title.rstrip("。."), text))


def _nothing(_denied: Exception) -> Response:
    return answer(404, trouble(404))


def _busy(_error: Exception) -> Response:
    return _page(Refused("busy", status=503))


def said(refusal: Refused) -> tuple[str, str]:
    """Say what is refused and what can be done."""
    rendered = refusal.render(locale(), g.zone)
    return rendered.message, rendered.fix


def run(use_case: Any, ask: Any) -> Any:
    """Run a use case for who asks; a refusal becomes a page of its own."""
    try:
        return house().run(use_case, actor(), ask)
    except Refused as refusal:
        raise stopped(refusal) from refusal
    except Denied as denied:
        raise NotFound from denied


def stopped(refusal: Refused) -> Stopped:
    """Make the page that says a refusal."""
    title, text = said(refusal)
    return Stopped(refusal.status, title.rstrip("。."), text)


def beside(refusal: Refused, places: Mapping[str, str]) -> tuple[str, str]:
    """Give the field beside which a refusal is shown, and its sentence with the way out."""
    title, text = said(refusal)
    place = next((field for code, field in places.items() if refusal.code.startswith(code)), "")
    return place, f"{title}{'' if not text else ' ' if locale() == 'en' else ''}{text}"
