"""Texts of notices: an app's own words with what the platform and the form know put in."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app_definitions import ids
from app_definitions.app import PLACEHOLDERS, Notice, placeholders
from gcrm.apps import CompiledApp
from gcrm.apps.notice_lengths import SMS_LENGTH
from gcrm.runtime.refusals import show

CUT = "…"
SHORTENED: tuple[tuple[str, int], ...] = (
    ("reason", 6), ("list", 6), ("where", 6), ("collect", 6), ("step", 4),
    ("item", 5), ("name", 2),
)  # fmt: skip
"""What is shortened where a text message gets too long, in this order, and what stays of it.
Links, dates and numbers are never cut."""

_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?])(?=\s)")


def template_of(app: CompiledApp, notice: Notice, locale: str, channel: str) -> str:
    """Give the words of a notice with their placeholders, in the reader's language."""
    if channel == "sms" and notice.short:
        return app.say(ids.path("app.json", [notice.id], "short"), notice.short, locale)
    return app.say(ids.path("app.json", [notice.id], "text"), notice.text, locale)


def text_of(template: str, values: Mapping[str, str], channel: str) -> str:
    """Fill in a notice. A text message never grows past 70 characters: what people wrote is
    shortened first, then sentences at the end are left out, the one with a link last."""
    known = {name: values.get(name, "") for name in placeholders(template)}
    text = _filled(template, known)
    if channel != "sms":
        return text
    for name, least in SHORTENED:
        over = len(text) - SMS_LENGTH
        if over <= 0:
            return text
        value = known.get(name, "")
        if len(value) > least + len(CUT):
            known[name] = value[: max(len(value) - over - len(CUT), least)] + CUT
            text = _filled(template, known)
    return _without_ends(template, known)


def _without_ends(template: str, known: Mapping[str, str]) -> str:
    sentences = [each for each in _SENTENCE.split(template) if each]
    while len(sentences) > 1:
        text = _filled("".join(sentences), known)
        if len(text) <= SMS_LENGTH:
            return text
        bare = [n for n, each in enumerate(sentences) if n and not _has_link(each)]
        del sentences[bare[-1] if bare else -1]
    text = _filled("".join(sentences), known)
    return text if len(text) <= SMS_LENGTH else text[: SMS_LENGTH - len(CUT)] + CUT


def _has_link(sentence: str) -> bool:
    return "{rate}" in sentence or "{link}" in sentence


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Put values in by name; nothing of a value is looked at again."""
    pieces: list[str] = []
    rest = template
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, closed, rest_after = after.partition("}")
        if not closed:
            break
        pieces += [before, values.get(name, "")]
        rest = rest_after
    return "".join([*pieces, rest]).strip()


def day(moment: dt.datetime | None, locale: str, zone: ZoneInfo) -> str:
    """Write the day of a moment with its weekday, as sentences have it."""
    if moment is None:
        return ""
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    return show(moment.astimezone(zone).date(), language, zone)


def field_values(
    template: str, form: Any, values: Mapping[str, Any], context: Any
) -> dict[str, str]:
    """Give the unsealed answers that a notice names."""
    found: dict[str, str] = {}
    for name in set(placeholders(template)) - PLACEHOLDERS:
        field = form.field(name)
        if field is not None and not field.sealed and values.get(name) is not None:
            found[name] = field.type.show(values[name], field, context)
    return found
