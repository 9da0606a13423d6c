"""The two languages of our pages: catalogues, and the one in which this request is answered."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import g
from jinja2 import Environment

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
    """Give templates `_`, `gettext` and `ngettext`, escaping what is put into sentences."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda source: catalogue(locale()).one(source),
        ngettext=lambda source, plural, number: catalogue(locale()).many(source, plural, number),
        newstyle=True,
    )
