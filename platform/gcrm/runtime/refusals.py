"""Refusals: what a person may not or cannot do, with a sentence in both languages."""

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from app_definitions.problem import Rendered, fill
from gcrm.store.names import Named

Value = str | int | dt.date | dt.datetime | Named

_WEEKDAYS = "一二三四五六日"


class Refused(Exception):  # noqa: N818  a refusal is an answer, no error
    """A refusal with a code of the catalogue; `status` is what a page answers with.

    The sentences stand in `problems/<topic>.<locale>.json`, one topic a file.
    """

    def __init__(
        self, code: str, values: Mapping[str, Value] | None = None, status: int = 409
    ) -> None:
        """Refuse; `values` are what the sentence names, moments as aware datetimes."""
        super().__init__(code)
        self.code = code
        self.values: Mapping[str, Value] = values or {}
        self.status = status

    def render(self, locale: str, zone: ZoneInfo) -> Rendered:
        """Say what is refused and what can be done, moments on the clock of `zone`."""
        language = "zh_CN" if locale.lower().startswith("zh") else "en"
        sentence = sentences(language)[self.code]
        values = {key: show(value, language, zone) for key, value in self.values.items()}
        return Rendered(fill(sentence.message, values), fill(sentence.fix, values))


def sentence(code: str, locale: str, /, **values: str | int) -> str:
    """Say one sentence of the catalogue that is no refusal: a message to a phone."""
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    return fill(sentences(language)[code].message, values)


def show(value: Value, language: str, zone: ZoneInfo) -> str:
    """Write a value as people of that language read it: dates with their weekday, names theirs."""
    if isinstance(value, dt.datetime):
        local = value.astimezone(zone)
        gap = " " if language == "en" else ""
        return f"{show(local.date(), language, zone)}{gap}{local:%H:%M}"
    if isinstance(value, dt.date):
        if language == "en":
            return f"{value:%a} {value.day} {value:%B %Y}"
        return f"{value.month}月{value.day}日（周{_WEEKDAYS[value.weekday()]}）"
    return value.said(language) if isinstance(value, Named) else str(value)


@lru_cache(maxsize=4)
def sentences(language: str) -> Mapping[str, Rendered]:
    """Read the sentences of all topics in one language; a code may stand in one file only."""
    known: dict[str, Rendered] = {}
    folder = resources.files("gcrm.runtime") / "problems"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(f".{language}.json"):
            continue
        for entry in json.loads(file.read_text(encoding="utf-8")):
            if entry["code"] in known:
                raise ValueError(f'The refusal "{entry["code"]}" stands in two files.')
            known[entry["code"]] = Rendered(entry["message"], entry["fix"])
    return known
