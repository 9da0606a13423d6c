"""Numbers of law that hold for every app: shipped with date and source, an app or an administrator
may say otherwise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from sqlalchemy import Connection, select

from app_definitions.app import App
from gcrm.runtime.reference import Lists
from gcrm.store import tables as t


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in force on a day, and where it stands."""

    value: int
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of law as the office reads it: words by language, between two days."""

    code: str
    names: Mapping[str, str]
    used: Mapping[str, str]
    value: str
    unit: str
    effective_from: date
    effective_to: date | None  # the day before the next value; None where none follows
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shipped:
    value: int
    effective_from: date
    source: Mapping[str, str]


def number(
    code: str, app: App, lists: Lists, region: str | None, day: date, locale: str = "zh-CN"
) -> Number:
    """Give a number: an administrator's before the app's, the app's before the shipped one."""
    declared = [each for each in app.parameters if each.id == code]
    set_here = [each for each in lists.parameters if each.code == code]
    values = lists.parameters_at(declared, app.id, region, day)
    shipped = max(
        (each for each in _shipped()[code] if each.effective_from <= day),
        key=lambda each: each.effective_from,
    )
    if code in values:
        own = next((v.source for p in declared for v in p.values if v.effective_from <= day), "")
        return Number(int(values[code]), own)
    common = [
        each
        for each in set_here
        if each.app_id == ""
        and each.effective_from <= day
        and (each.effective_to is None or day <= each.effective_to)
        and each.region is None
    ]
    if common:
        newest = max(common, key=lambda each: each.effective_from)
        return Number(int(newest.value), "")
    return Number(shipped.value, shipped.source["zh" if locale.startswith("zh") else "en"])


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, tuple[_Shipped, ...]]:
    found: dict[str, tuple[_Shipped, ...]] = {}
    for each in _entries():
        one = _Shipped(
            int(each["value"]), date.fromisoformat(each["effective_from"]), each["source"]
        )
        found[each["id"]] = (*found.get(each["id"], ()), one)
    return found


@lru_cache(maxsize=1)
def _entries() -> tuple[Mapping[str, Any], ...]:
    text = (resources.files("gcrm.runtime") / "data" / "law.json").read_text("utf-8")
    return tuple(json.loads(text))


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    """List all numbers of law in the order of the file, each value with its days."""
    begins = [(each["id"], date.fromisoformat(each["effective_from"])) for each in _entries()]
    return tuple(
        Figure(
            each["id"],
            each["name"],
            each["used"],
            each["value"],
            each["unit"],
            begin,
            min(
                (
                    day - timedelta(days=1)
                    for code, day in begins
                    if code == each["id"] and day > begin
                ),
                default=None,
            ),
            each["source"],
        )
        for each, (_code, begin) in zip(_entries(), begins, strict=True)
    )


def declared(reader: Connection, tenant_id: int) -> Mapping[str, tuple[str, ...]]:
    """Give by code the apps that declare the number as a parameter of their own."""
    p = t.parameter.c
    codes = sorted({each.code for each in figures()})
    statement = (
        select(p.code, p.app_id)
        .where(p.tenant_id == tenant_id, p.code.in_(codes))
        .distinct()
        .order_by(p.code, p.app_id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in reader.execute(statement):
        found[row.code] = (*found.get(row.code, ()), row.app_id)
    return found
