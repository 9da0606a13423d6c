"""How someone wants to see our pages: language, large type, high contrast. Kept in cookies."""

from dataclasses import dataclass

from flask import Flask, g, request

from gcrm.web import language

COOKIES = {"language": "gcrm_language", "type": "gcrm_type", "contrast": "gcrm_contrast"}
CHOICES = {
    "language": language.LOCALES,
    "type": ("normal", "large"),
    "contrast": ("normal", "more"),
}


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
    app.before_request(_choose)


def _choose() -> None:
    chosen = {name: valid(name, request.cookies.get(cookie)) for name, cookie in COOKIES.items()}
    spoken = request.accept_languages.best_match(language.LOCALES, default=language.LOCALES[0])
    g.view = View(
        chosen["language"] or spoken,
        chosen["type"] or "normal",
        chosen["contrast"] or "normal",
    )
    g.locale = g.view.language


def chosen_language() -> str | None:
    """Give the language that somebody chose with this browser, None where it only asks for one."""
    return valid("language", request.cookies.get(COOKIES["language"]))


def valid(name: str, value: str | None) -> str | None:
    """Give the choice where there is such a one."""
    return value if value in CHOICES[name] else None
