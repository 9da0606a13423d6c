"""Parameters of the house itself: numbers no app declares, each with its source and its dates.

An administrator's value (a row of `parameter` without an app) comes before the one that ships.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from app_definitions.parameter import Parameter, ParameterValue
from gcrm.apps.publishing import RELEASE
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused

HOUSE = ""
"""The app of a row of `parameter` that belongs to none."""

LIMITS = {"nd": (1, 365), "wd": (1, 365), "month": (1, 120), "h": (0, 24), "item": (1, 1000)}
"""What is sensible for a unit where a parameter does not say it itself."""

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShippedRow:
    """A value that ships, as the register shows it beside what an administrator set."""

    code: str
    name: str
    value: str
    type: str
    unit: str
    effective_from: dt.date
    source: str
    sources: Words
    effective_to: dt.date | None = None
    region_code: str | None = None
    app_id: str = HOUSE
    origin: str = RELEASE
    id: int = 0


@dataclass(frozen=True, slots=True)
class HouseParameter:
    """A parameter with its words in each language and what its values may be."""

    parameter: Parameter
    names: Words
    used: Words  # where it is used; empty where nothing is said
    sources: tuple[Words, ...]
    least: int | None
    most: int | None

    def rows(self) -> tuple[ShippedRow, ...]:
        """Give the values that ship, the newest first."""
        own = self.parameter
        rows = (
            ShippedRow(
                own.id,
                own.name,
                value.value,
                own.type,
                own.unit,
                value.effective_from,
                value.source,
                sources,
                value.effective_to,
            )
            for value, sources in zip(own.values, self.sources, strict=True)
        )
        return tuple(sorted(rows, key=lambda row: row.effective_from, reverse=True))

    def check(self, value: str) -> None:
        """Refuse a number that is not whole, or lies outside what is sensible."""
        if self.parameter.type != "number":
            return
        number = Decimal(value)
        if number != number.to_integral_value():
            raise Refused("parameter_whole", {}, 422)
        least, most = self.least, self.most
        if (least is not None and number < least) or (most is not None and number > most):
            limits = {
                "least": "—" if least is None else least,
                "most": "—" if most is None else most,
            }
            raise Refused("parameter_limits", limits, 422)


def say(words: Words, locale: str) -> str:
    """Say it in a language; what has no words in it is said in Chinese."""
    chinese = words.get("zh", "")
    return chinese if locale.lower().startswith("zh") else words.get("en", chinese)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, HouseParameter]:
    """Read the parameters that ship, by their code, in the order of the file."""
    file = resources.files("gcrm.runtime") / "data" / "house_parameters.json"
    found = (read_entry(entry) for entry in json.loads(file.read_text("utf-8")))
    return {each.parameter.id: each for each in found}


def read_entry(entry: Mapping[str, Any]) -> HouseParameter:
    """Read one; a name or source that is one text is said in every language."""
    names, unit = _words(entry["name"]), entry["unit"]
    sources = tuple(_words(value["source"]) for value in entry["values"])
    least, most = LIMITS.get(unit, (None, None))
    values = tuple(
        ParameterValue(value["value"], dt.date.fromisoformat(value["effective_from"]), source["zh"])
        for value, source in zip(entry["values"], sources, strict=True)
    )
    return HouseParameter(
        Parameter(entry["id"], names["zh"], entry["type"], values, unit),
        names,
        _words(entry.get("used", "")),
        sources,
        entry.get("least", least),
        entry.get("most", most),
    )


def _words(given: str | Words) -> Words:
    return {"zh": given} if isinstance(given, str) else given


@lru_cache(maxsize=1)
def house_parameters() -> tuple[Parameter, ...]:
    """Give what is declared, as an app declares its own."""
    return tuple(each.parameter for each in shipped().values())


def whole(lists: Lists, code: str, day: dt.date, region: str | None = None) -> int:
    """Give a whole number that holds on a day at a place. Raises LookupError for another code."""
    found = lists.parameters_at(house_parameters(), HOUSE, region, day).get(code)
    if found is None:
        raise LookupError(f'The house has no parameter "{code}" on {day}.')
    return int(found)
