"""Translations: which texts of an app can be translated, under which keys, and their words."""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app_definitions import ids, reading, shapes
from app_definitions.app import Fact
from app_definitions.board import Tile
from app_definitions.decision import Choice, Condition, Node, TableInput, TableOutput, Version
from app_definitions.dictionary import Entry
from app_definitions.parameter import Parameter, ParameterValue
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Text, Word

SETTING_TEXTS = (
    "text",
    "title",
    "placeholder",
    "unit",
    "on_label",
    "off_label",
    "pattern_message",
)
"""Settings of a field type that people read; options stand under `options.<id>`."""


@dataclass(frozen=True, slots=True)
class Translated:
    """One text: its key `part#id.property` and its words."""

    key: Word
    text: Text


@dataclass(frozen=True, slots=True)
class Translation:
    """All texts of an app in one language."""

    FORMAT: ClassVar[str] = "gcrm.i18n/1"

    locale: Word
    texts: tuple[Translated, ...] = ()

    def words(self) -> dict[str, str]:
        """Give the texts by key."""
        return {entry.key: entry.text for entry in self.texts}


def read_translation(document: Any, part: str) -> tuple[Translation | None, Problems]:
    """Read a translation; all problems come back together."""
    return reading.read(Translation, document, part, check=_check)


def write_translation(translation: Translation) -> dict[str, Any]:
    """Give the canonical document: texts in the order of their keys."""
    ordered = tuple(sorted(translation.texts, key=lambda entry: entry.key))
    return reading.write(dataclasses.replace(translation, texts=ordered))


def texts(model: Any, part: str) -> Iterator[tuple[str, str]]:
    """List the texts of a definition as key and Chinese words, empty ones left out."""
    yield from _texts(model, part, (), (), "")


_SCOPES = (Version, Node, TableInput, TableOutput, Tile, Fact, Parameter)


def _texts(
    model: Any, part: str, scope: tuple[str, ...], nearest: tuple[str, ...], within: str
) -> Iterator[tuple[str, str]]:
    """`scope` leads to ids inside; a model without an id stands `within` the nearest one's."""
    own = _own_id(model)
    inside = (*scope, own) if isinstance(own, str) else nearest
    prefix = "" if isinstance(own, str) else within
    below = inside if isinstance(model, _SCOPES) else scope
    for entry, hint in shapes.attributes(model.__class__):
        value = getattr(model, entry.name)
        _, mark = shapes.unmarked(shapes.optional(hint)[0])
        shown = entry.name != "source" or isinstance(model, Version | Condition | ParameterValue)
        is_text = mark is not None and mark.role == "text"
        is_text = is_text or (isinstance(model, Parameter) and entry.name == "unit")
        if is_text and value and shown:
            yield ids.path(part, inside, f"{prefix}{entry.name}"), value
        elif entry.name == "settings":
            yield from _setting_texts(value, part, inside)
        elif entry.name in _NOT_SHOWN:
            continue
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from _texts(value, part, below, inside, f"{prefix}{entry.name}.")
        elif isinstance(value, tuple):
            for item in value:
                if dataclasses.is_dataclass(item):
                    yield from _texts(item, part, below, inside, f"{prefix}{entry.name}.")


def _own_id(model: Any) -> Any:
    if isinstance(model, Entry | Choice):
        return model.code
    if isinstance(model, ParameterValue):
        return value_id(model.effective_from, model.region)
    return getattr(model, "id", None)


def value_id(begins: dt.date, region: str | None) -> str:
    """Name a value of a parameter, which has no id, by its first day and its region."""
    place = f"_{region}" if region else ""
    return f"v{begins:%Y%m%d}{place}"


_NOT_SHOWN = frozenset({"tests"})


def _setting_texts(
    settings: Mapping[str, Any], part: str, inside: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for name in SETTING_TEXTS:
        if isinstance(settings.get(name), str) and settings[name]:
            yield ids.path(part, inside, name), settings[name]
    options = settings.get("options")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, Mapping) and isinstance(option.get("label"), str):
            place = ids.path(part, [*inside, "options"], str(option.get("id")))
            yield place, option["label"]
            if isinstance(option.get("hint"), str) and option["hint"]:
                yield f"{place}.hint", option["hint"]


def _check(translation: Translation, part: str) -> list[Problem]:
    counted = Counter(entry.key for entry in translation.texts)
    return [
        error(part, "translation_doubled", key=key) for key, times in counted.items() if times > 1
    ]
