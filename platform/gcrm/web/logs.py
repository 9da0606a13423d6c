"""Request ids and one event a request: which route, how long, whose account; never who or what."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, has_request_context, request

from gcrm import logs
from gcrm.web.site import QUIET, house

log = logging.getLogger("gcrm.web")

_ID = re.compile(r"[A-Za-z0-9._-]{8,40}")


def init(app: Flask) -> None:
    """Number each request and log its end."""
    logs.know_request(_whose)

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "") if house().settings.proxies else ""
        g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        answer.headers["X-Request-Id"] = g.request_id
        if app.config["GCRM_LOG"] and request.endpoint not in QUIET:
            logs.event(
                log,
                "request",
                logging.WARNING if answer.status_code >= 500 else logging.INFO,
                method=request.method if request.method in METHODS else "other",
                route=route(),
                status=answer.status_code,
                ms=round((time.perf_counter() - g.began) * 1000, 1),
                account=_account(),
            )
        return answer


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route() -> str:
    """Give the template of this request's address, never the address: that may name somebody."""
    return request.url_rule.rule if request.url_rule is not None else "-"


def failure(error: BaseException) -> None:
    """Log where something broke."""
    logs.failure(log, "failure", error, route=route())


def _whose() -> str | None:
    return g.get("request_id") if has_request_context() else None


def _account() -> int | None:
    """Give the account where this request asked for it; logging asks the database nothing."""
    person = g.get("_login_user")
    actor = getattr(person, "actor", None)
    return actor.account_id if actor is not None else None
