"""Common phrases: what is often wrong with an answer, and how people mend it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two sentences in both languages; `types` are the field types it fits, none: all."""

    code: str
    types: tuple[str, ...]
    what: Mapping[str, str]
    fix: Mapping[str, str]

    def said(self, locale: str) -> tuple[str, str]:
        """Give both sentences in a language."""
        language = "zh" if locale.lower().startswith("zh") else "en"
        return self.what[language], self.fix[language]


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Phrase]:
    """Read them, by code."""
    text = (resources.files("gcrm.runtime") / "data" / "correction_phrases.json").read_text("utf-8")
    return {
        each["code"]: Phrase(each["code"], tuple(each["types"]), each["what"], each["fix"])
        for each in json.loads(text)
    }


def offered(type_id: str | None) -> tuple[Phrase, ...]:
    """List those that fit a field type; None: something that is no field."""
    return tuple(
        each
        for each in phrases().values()
        if (not each.types and type_id is not None) or (type_id or "other") in each.types
    )
