"""Texts of notices: an app's own words with what the platform and the form know put in."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app_definitions import ids
from app_definitions.app import PLACEHOLDERS, Notice, placeholders
from gcrm.apps import CompiledApp
from gcrm.runtime.refusals import show

SMS_LENGTH = 70  # characters of one text message
CUT = "…"


def text_of(
    app: CompiledApp, notice: Notice, values: Mapping[str, str], locale: str, channel: str
) -> str:
    """Fill in a notice. A text message never grows past 70 characters.

    What people wrote is shortened first (the reason, a list), then the end is cut.
    """
    key = ids.path("app.json", [notice.id], "text")
    template = app.say(key, notice.text, locale)
    known = {name: values.get(name, "") for name in placeholders(template)}
    text = _filled(template, known)
    if channel != "sms" or len(text) <= SMS_LENGTH:
        return text
    for name in ("reason", "list", "where", "collect"):
        if known.get(name):
            over = len(text) - SMS_LENGTH
            keep = max(len(known[name]) - over - len(CUT), 0)
            known[name] = known[name][:keep] + CUT
            text = _filled(template, known)
            if len(text) <= SMS_LENGTH:
                return text
    return text[: SMS_LENGTH - len(CUT)] + CUT


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
    return "".join([*pieces, rest])


def day(moment: dt.datetime | None, locale: str, zone: ZoneInfo) -> str:
    """Write the day of a moment with its weekday, as sentences have it."""
    if moment is None:
        return ""
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    return show(moment.astimezone(zone).date(), language, zone)


def field_values(
    app: CompiledApp, notice: Notice, form: Any, values: Mapping[str, Any], context: Any
) -> dict[str, str]:
    """Give the unsealed answers that a notice names."""
    wanted = set(placeholders(notice.text)) - PLACEHOLDERS
    found: dict[str, str] = {}
    for name in wanted:
        field = form.field(name)
        if field is not None and not field.sealed and values.get(name) is not None:
            found[name] = field.type.show(values[name], field, context)
    return found
