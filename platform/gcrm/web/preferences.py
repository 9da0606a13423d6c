"""How someone wants to see our pages: language, large type, high contrast. Kept in cookies."""

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, g, redirect, request

from gcrm.web import language
from gcrm.web.addresses import local_path

bp = Blueprint("preferences", __name__)

COOKIES = {"language": "gcrm_language", "type": "gcrm_type", "contrast": "gcrm_contrast"}
CHOICES = {
    "language": language.LOCALES,
    "type": ("normal", "large"),
    "contrast": ("normal", "more"),
}
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class View:
    """The three choices of this request."""

    language: str
    type: str
    contrast: str

    @property
    def large(self) -> bool:
        """Say whether this is the large-type mode."""
        return self.type == "large"


def init(app: Flask) -> None:
    """Know the view before each request; the page says it on its root element."""
    app.register_blueprint(bp)
    app.before_request(_choose)


def _choose() -> None:
    chosen = {name: _valid(name, request.cookies.get(cookie)) for name, cookie in COOKIES.items()}
    spoken = request.accept_languages.best_match(language.LOCALES, default=language.LOCALES[0])
    g.view = View(
        chosen["language"] or spoken,
        chosen["type"] or "normal",
        chosen["contrast"] or "normal",
    )
    g.locale = g.view.language


def _valid(name: str, value: str | None) -> str | None:
    return value if value in CHOICES[name] else None


@bp.get("/view")
def change() -> Response:
    """Remember what the link says and go back to where it stood."""
    answer = redirect(local_path(request.args.get("back", "/")))
    for name, cookie in COOKIES.items():
        value = _valid(name, request.args.get(name))
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
