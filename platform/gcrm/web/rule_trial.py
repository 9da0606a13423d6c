"""Trying a rule with values: a control for each input, and what was typed as FEEL values."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app_definitions.vocabulary import Input
from form_engine import cleaning, dates, regions
from gcrm.apps import CompiledApp
from gcrm.web.language import gettext as _
from gcrm.web.rule_reading import Reader
from rule_engine import Decision

PREFIX = "in-"
LONGEST = 200
MOST_PLACES = 300
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?")
KINDS = ("number", "string", "boolean", "date", "list<string>")


@dataclass(frozen=True, slots=True)
class Control:
    """One labelled input; `choices` are (code, words), the first one is 不知道.

    Where `many` may be chosen, `chosen` are the codes and there is no 不知道.
    """

    name: str
    label: str
    hint: str
    value: str
    choices: tuple[tuple[str, str], ...]
    wrong: str
    many: bool = False
    chosen: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Give the HTML id."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Trial:
    """The controls as filled in, and the values that could be read."""

    controls: tuple[Control, ...]
    values: Mapping[str, Any]

    @property
    def wrong(self) -> bool:
        """Tell whether something could not be read."""
        return any(control.wrong for control in self.controls)


def asked(app: CompiledApp, decision: Decision, declared: tuple[str, ...]) -> tuple[Input, ...]:
    """List the inputs that a person may type for a decision."""
    entries = [entry for entry in decision.vocabulary if "." not in entry.id]
    wanted = [entry for entry in entries if not declared or entry.id in declared]
    order = {name: place for place, name in enumerate(declared)}
    wanted.sort(key=lambda entry: order.get(entry.id, len(order)))
    return tuple(entry for entry in wanted if entry.type in KINDS)


def read(
    entries: tuple[Input, ...], typed: Mapping[str, str], reader: Reader, places: Any = None
) -> Trial:
    """Make controls of what was typed (by input id), and read the values."""
    labels = reader.labels()
    where = _regions(reader.app)
    controls: list[Control] = []
    values: dict[str, Any] = {}
    for entry in entries:
        text = cleaning.line(typed.get(entry.id, ""))[:LONGEST]
        value, wrong = _value(text, entry)
        if value is not None:
            values[entry.id] = value
        many = entry.type == "list<string>" and bool(entry.options)
        choices = _choices(entry, labels)
        if entry.id in where:
            choices = _places(places, where[entry.id], text)
        controls.append(
            Control(
                PREFIX + entry.id,
                labels.get(entry.id) or entry.label,
                _hint(entry, reader.locale),
                text,
                choices,
                wrong,
                many,
                frozenset(value) if many and isinstance(value, list) else frozenset(),
            )
        )
    return Trial(tuple(controls), values)


def typed_of(given: Mapping[str, Any]) -> dict[str, str]:
    """Turn a test's values into what one would type."""
    found = {}
    for name, value in given.items():
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, list):
            found[name] = ", ".join(map(str, value))
        else:
            found[name] = str(value)
    return found


def _value(text: str, entry: Input) -> tuple[Any, str]:
    if not text:
        return None, ""
    if entry.type == "boolean":
        return {"true": True, "false": False}.get(text), ""
    if entry.type == "number":
        bare = cleaning.compact(text).replace(",", "")
        if _NUMBER.fullmatch(bare):
            return Decimal(bare), ""
        return None, _("请填数字，例如 12 或 12.5。")
    if entry.type == "date":
        day = dates.read_day(text)
        if isinstance(day, dt.date):
            return day, ""
        return None, _("请填日期，例如 2026-11-24。")
    if entry.type == "list<string>":
        return [piece for piece in re.split(r"[,，、\s]+", text) if piece], ""
    if entry.options and text not in [option.code for option in entry.options]:
        return None, _("请从列出的里面选。")
    return text, ""


def _choices(entry: Input, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    unknown = ("", _("不知道"))
    if entry.type == "boolean":
        return (unknown, ("true", _("是")), ("false", _("否")))
    offered = tuple(
        (option.code, labels.get(f"{entry.id}.{option.code}") or option.label)
        for option in entry.options
    )
    if not offered:
        return ()
    return offered if entry.type == "list<string>" else (unknown, *offered)


def _regions(app: CompiledApp) -> dict[str, str | None]:
    """Name the inputs that are places, each with the place in which it lies."""
    return {
        field.id: str(field.settings.get("within") or "") or None
        for form in app.forms.values()
        for field in form.fields
        if field.type.id == "region"
    }


def _places(known: Any, within: str | None, text: str) -> tuple[tuple[str, str], ...]:
    """Offer places by their names; none where there are too many for one list."""
    if known is None:
        return ()
    offered = regions.leaves(known, within, MOST_PLACES)
    if offered is None:
        return ()
    codes = [place.code for place in offered]
    if text and text not in codes and known.get(text) is not None:
        codes.insert(0, text)
    return (
        ("", _("不知道")),
        *((code, regions.full_name(known, code, within=within)) for code in codes),
    )


def _hint(entry: Input, language: str) -> str:
    if entry.type == "date":
        return _("年-月-日")
    unit = entry.unit or ""
    return unit if language.startswith("zh") or unit.isascii() else ""
