"""The two languages of our pages: catalogues, and the one in which this request is answered."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import g
from jinja2 import Environment
from markupsafe import Markup

LOCALES = ("zh-CN", "en")
FOLDER = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sentences of one language by their Chinese source; plurals as (one, many)."""

    locale: str
    sentences: dict[str, str]
    plurals: dict[str, tuple[str, ...]]

    def one(self, source: str) -> str:
        """Translate a sentence; without a translation the source stands."""
        return self.sentences.get(source, source)

    def many(self, source: str, plural: str, number: int) -> str:
        """Translate a sentence that depends on a number (Chinese has one form for all)."""
        forms = self.plurals.get(source)
        if not forms:
            return source
        return forms[0 if number == 1 or len(forms) == 1 else 1]


@lru_cache(maxsize=len(LOCALES))
def catalogue(locale: str) -> Catalogue:
    """Read a language's catalogue once: `gcrm.po`, and a file for each larger part of the pages."""
    folder = FOLDER / locale.replace("-", "_") / "LC_MESSAGES"
    sentences: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.po")):
        _read(path, locale, sentences, plurals)
    return Catalogue(locale, sentences, plurals)


def _read(
    path: Path, locale: str, sentences: dict[str, str], plurals: dict[str, tuple[str, ...]]
) -> None:
    with path.open("rb") as file:
        for message in read_po(file, locale=locale.replace("-", "_")):
            said = message.string
            if isinstance(message.id, (tuple, list)):
                if isinstance(said, (tuple, list)) and all(said):
                    plurals[message.id[0]] = tuple(said)
            elif message.id and said:
                sentences[message.id] = str(said)


def locale() -> str:
    """Name the language of this request; a page asks a thousand times."""
    try:
        return str(g._get_current_object().locale)
    except (RuntimeError, AttributeError):  # outside a request, or before it has chosen
        return LOCALES[0]


def gettext(source: str, **values: Any) -> str:
    """Say a sentence in the request's language; `%(name)s` stands for a value."""
    text = catalogue(locale()).one(source)
    return text % values if values else text


def ngettext(source: str, plural: str, number: int, **values: Any) -> str:
    """Say a sentence that counts something."""
    text = catalogue(locale()).many(source, plural, number)
    return text % {"num": number, **values}


def install(environment: Environment) -> None:
    """Give templates `_` and `ngettext`, escaping what is put into sentences.

    Jinja's own extension finds its function anew for each sentence of a page; templates are
    HTML without exception, so that these need not ask.
    """
    environment.globals.update(_=_marked, ngettext=_marked_count)


def _marked(source: str, **values: Any) -> Markup:
    text = _as_html(catalogue(locale()).one(source))
    return text % values if "%" in text else text


def _marked_count(source: str, plural: str, number: int, **values: Any) -> Markup:
    text = _as_html(catalogue(locale()).many(source, plural, number))
    return text % {"num": number, **values}


@lru_cache(maxsize=4096)
def _as_html(sentence: str) -> Markup:
    """Mark a sentence of a catalogue as HTML, once."""
    return Markup(sentence)  # noqa: S704  our own sentences, not what somebody typed
