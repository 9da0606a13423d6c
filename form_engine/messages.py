"""What people read about their answers: sentences and words, in Chinese and English."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from app_definitions.problem import fill

LOCALES = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that is wrong with an answer: code, values and place, not yet a sentence."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict, hash=False)
    part: str = ""
    """The part of the field's controls that is meant, such as `detail` or `0-name`."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong, and how to mend it."""

    message: str
    fix: str = ""


def message(code: str, /, **values: str | int) -> Message:
    """Make a message."""
    return Message(code, values)


def locale_key(locale: str) -> str:
    """Give the name under which a locale's texts stand; `zh-CN` and `zh_CN` are the same."""
    return "zh_CN" if locale.lower().startswith("zh") else "en"


def is_chinese(locale: str) -> bool:
    """Tell whether texts of this locale are written in Chinese."""
    return locale_key(locale) == "zh_CN"


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences and words of a set of field types, by locale."""

    sentences: Mapping[str, Mapping[str, Sentence]]
    words: Mapping[str, Mapping[str, str]]

    def say(self, said: Message, locale: str) -> Sentence:
        """Say a message; a code without a sentence is said by its name, never lost."""
        known = self.sentences.get(locale_key(locale), {}).get(said.code)
        if known is None:
            return Sentence(said.code)
        return Sentence(fill(known.message, said.values), fill(known.fix, said.values))

    def word(self, key: str, locale: str, /, **values: str | int) -> str:
        """Give a word or short text of the pages by its key."""
        return fill(self.words.get(locale_key(locale), {}).get(key, key), values)

    def has(self, key: str, locale: str) -> bool:
        """Tell whether there is a word under this key."""
        return key in self.words.get(locale_key(locale), {})

    def joined(self, more: Mapping[str, Mapping[str, str]]) -> "Texts":
        """Add the texts of a plug-in by locale; a sentence stands under `code` and `code.fix`."""
        sentences = {locale: dict(known) for locale, known in self.sentences.items()}
        words = {locale: dict(known) for locale, known in self.words.items()}
        for locale, texts in more.items():
            known = words.setdefault(locale_key(locale), {})
            known.update(texts)
            said = sentences.setdefault(locale_key(locale), {})
            for key, text in texts.items():
                if not key.endswith(".fix"):
                    said[key] = Sentence(text, texts.get(f"{key}.fix", ""))
        return Texts(sentences, words)


@lru_cache(maxsize=1)
def own_texts() -> Texts:
    """Read the texts that ship with the engine."""
    sentences: dict[str, dict[str, Sentence]] = {}
    words: dict[str, dict[str, str]] = {}
    for locale in LOCALES:
        sentences[locale] = {
            entry["code"]: Sentence(entry["message"], entry["fix"])
            for entry in _read("messages", locale)
        }
        words[locale] = {entry["key"]: entry["text"] for entry in _read("words", locale)}
    return Texts(sentences, words)


def _read(folder: str, locale: str) -> list[dict[str, str]]:
    path = resources.files("form_engine") / folder / f"{locale}.json"
    entries: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return entries
