"""Themes of services and for whom they are, worked out from names where a list does not say."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Theme:
    """A shelf of the catalogue, with the words that put an item on it."""

    id: str
    zh: str
    en: str
    audience: str
    words: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()

    def name(self, locale: str) -> str:
        """Give its name in a language of the pages."""
        return self.zh if locale.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Themes:
    """All themes in the order of the pages, the last one for what fits nowhere."""

    all: tuple[Theme, ...]
    natural: tuple[str, ...]
    organisation: tuple[str, ...]

    def get(self, theme_id: str | None) -> Theme:
        """Give a theme; an unknown one is the last."""
        return next((each for each in self.all if each.id == theme_id), self.all[-1])

    def of(self, name: str, office: str, said: str = "") -> Theme:
        """Choose the theme of an item: the one the list names, else the one its words point to."""
        for each in self.all:
            if said and said in (each.id, each.zh, each.en):
                return each
        weights = {each.id: self._weight(each, name, office) for each in self.all}
        best = max(self.all, key=lambda each: weights[each.id])
        return best if weights[best.id] else self.all[-1]

    def audience(self, name: str, theme: Theme) -> str:
        """Tell for whom an item is: its own words count before those of its theme."""
        natural = any(word in name for word in self.natural)
        organisation = any(word in name for word in self.organisation)
        if natural and organisation:
            return "both"
        if natural or organisation:
            return "natural" if natural else "organisation"
        return theme.audience

    def _weight(self, theme: Theme, name: str, office: str) -> float:
        words = sum(len(word) for word in theme.words if word in name)
        return words + (1.5 if any(word in office for word in theme.offices) else 0)


@lru_cache(maxsize=1)
def themes() -> Themes:
    """Read the themes that ship."""
    file = resources.files("gcrm.apps") / "data" / "themes.json"
    document = json.loads(file.read_text("utf-8"))
    listed = [_theme(each) for each in (*document["themes"], document["fallback"])]
    words = document["audience_words"]
    return Themes(tuple(listed), tuple(words["natural"]), tuple(words["organisation"]))


def _theme(document: dict[str, Any]) -> Theme:
    return Theme(
        document["id"], document["zh"], document["en"], document["audience"],
        tuple(document.get("words", ())), tuple(document.get("offices", ())),
    )  # fmt: skip
