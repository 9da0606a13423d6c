"""Trying a rule with values: a control for each input, and what was typed as FEEL values."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app_definitions.vocabulary import Input
from form_engine import cleaning, dates
from gcrm.apps import CompiledApp
from gcrm.web.language import gettext as _
from gcrm.web.rule_reading import Reader
from rule_engine import Decision

PREFIX = "in-"
LONGEST = 200
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?")
KINDS = ("number", "string", "boolean", "date", "list<string>")


@dataclass(frozen=True, slots=True)
class Control:
    """One labelled input; `choices` are (code, words), the first one is 不知道."""

    name: str
    label: str
    hint: str
    value: str
    choices: tuple[tuple[str, str], ...]
    wrong: str

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


def read(entries: tuple[Input, ...], typed: Mapping[str, str], reader: Reader) -> Trial:
    """Make controls of what was typed (by input id), and read the values."""
    labels = reader.labels()
    controls: list[Control] = []
    values: dict[str, Any] = {}
    for entry in entries:
        text = cleaning.line(typed.get(entry.id, ""))[:LONGEST]
        value, wrong = _value(text, entry)
        if value is not None:
            values[entry.id] = value
        controls.append(
            Control(
                PREFIX + entry.id,
                labels.get(entry.id) or entry.label,
                _hint(entry),
                text,
                _choices(entry),
                wrong,
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


def _choices(entry: Input) -> tuple[tuple[str, str], ...]:
    unknown = ("", _("不知道"))
    if entry.type == "boolean":
        return (unknown, ("true", _("是")), ("false", _("否")))
    if entry.options and entry.type == "string":
        return (unknown, *((option.code, option.label) for option in entry.options))
    return ()


def _hint(entry: Input) -> str:
    if entry.type == "date":
        return _("年-月-日")
    return entry.unit or ""
