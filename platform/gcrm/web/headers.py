"""What every answer tells the browser: no foreign scripts, no frames, nothing kept."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'"
)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


def init(app: Flask) -> None:
    """Set the headers of each answer; pages with data are never stored."""
    told = dict(HEADERS)
    if app.config["SESSION_COOKIE_SECURE"]:
        told["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    app.wsgi_app = _telling(app.wsgi_app, told)  # type: ignore[assignment,method-assign]

    @app.after_request
    def store_nothing(answer: Response) -> Response:
        if request.endpoint != "assets.serve":
            answer.headers["Cache-Control"] = "no-store"
        return answer


def _telling(wsgi: Wsgi, told: dict[str, str]) -> Wsgi:
    """Add headers to every answer, whoever made it; what an answer says itself stands."""
    names = [(name.lower(), name, value) for name, value in told.items()]

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            ours = [(name, value) for lower, name, value in names if lower not in own]
            return start_response(status, [*headers, *ours], *rest)

        return wsgi(environ, start)

    return answer
