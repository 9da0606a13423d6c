"""Request ids and one JSON line a request: how long, which view, never who or what."""

import json
import logging
import secrets
import sys
import time

from flask import Flask, Response, g, request

log = logging.getLogger("gcrm.web")


def init(app: Flask) -> None:
    """Number each request and log its end."""
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.propagate = False
        log.setLevel(logging.INFO)

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        answer.headers["X-Request-Id"] = g.request_id
        if app.config["GCRM_LOG"] and request.endpoint != "assets.serve":
            line(
                "request",
                method=request.method,
                view=request.endpoint or "-",
                status=answer.status_code,
                ms=round((time.perf_counter() - g.began) * 1000, 1),
            )
        return answer


def line(event: str, **values: object) -> None:
    """Write one JSON line; callers pass codes, numbers and names of views only."""
    log.info(json.dumps({"event": event, "request": g.get("request_id"), **values}))


def failure(error: BaseException) -> None:
    """Log where something broke: type and places of the code, not the values it held."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    line("failure", error=type(error).__name__, places=places[-12:])
