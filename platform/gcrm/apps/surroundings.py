"""What an app's tests take for granted: a land and a calendar that need no database.

Regions lie in one another as their codes say (GB/T 2260: two digits a level, then three), and
every Monday to Friday is a working day. So a test gives the same result in every environment.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app_definitions.app import Parameter, ParameterValue
from form_engine.regions import Region
from rule_engine import EvaluationContext

ZONE = ZoneInfo("Asia/Shanghai")
_LEVELS = (2, 4, 6, 9, 12)


class CodeRegions:
    """Regions known by their codes alone."""

    def get(self, code: str) -> Region | None:
        """Give the region of any well-formed code."""
        if len(code) not in (6, 9, 12) or not (code.isascii() and code.isdecimal()):
            return None
        return Region(code, code, self._parent(code))

    def children(self, code: str | None) -> tuple[Region, ...]:
        """Know no list of regions."""
        return ()

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether a code is another one or begins with it."""
        return _significant(code).startswith(_significant(ancestor))

    def _parent(self, code: str) -> str | None:
        length = len(_significant(code))
        above = [level for level in _LEVELS if level < length]
        return code[: above[-1]].ljust(6, "0") if above else None


class Weekdays:
    """A calendar without holidays."""

    def is_working_day(self, date: dt.date) -> bool:
        """Tell whether a day is Monday to Friday."""
        return date.weekday() < 5

    def add_working_days(self, date: dt.date, n: int) -> dt.date:
        """Go n working days on; the first day does not count."""
        step = dt.timedelta(days=1 if n >= 0 else -1)
        left = abs(n)
        while left:
            date += step
            left -= self.is_working_day(date)
        return date


def evaluation(
    parameters: Iterable[Parameter], now: dt.datetime, region: str | None
) -> EvaluationContext:
    """Make the context of a moment at a place."""
    regions = CodeRegions()
    return EvaluationContext(
        now=now,
        zone=ZONE,
        calendar=Weekdays(),
        regions=regions,
        parameters=chosen(parameters, now.astimezone(ZONE).date(), region, regions),
    )


def chosen(
    parameters: Iterable[Parameter], day: dt.date, region: str | None, regions: CodeRegions
) -> Mapping[str, Any]:
    """Choose the value of each parameter: of the nearest region, among those the newest."""
    found: dict[str, Any] = {}
    for parameter in parameters:
        valid = [
            entry
            for entry in parameter.values
            if entry.effective_from <= day
            and (entry.effective_to is None or day <= entry.effective_to)
            and (
                entry.region is None
                or (region is not None and regions.is_within(region, entry.region))
            )
        ]
        if valid:
            found[parameter.id] = _typed(max(valid, key=_rank).value, parameter.type)
    return found


def _rank(entry: ParameterValue) -> tuple[int, dt.date]:
    return (len(_significant(entry.region)) if entry.region else 0, entry.effective_from)


def _typed(value: str, kind: str) -> Any:
    if kind == "number":
        return Decimal(value)
    if kind == "date":
        return dt.date.fromisoformat(value)
    return value == "true" if kind == "boolean" else value


def _significant(code: str) -> str:
    """Leave out the zeros that fill a code of a province, city or county up to six digits."""
    head = code
    while len(head) in (6, 4) and len(code) == 6 and head.endswith("00"):
        head = head[:-2]
    return head
