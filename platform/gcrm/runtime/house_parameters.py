"""Parameters of the house itself: numbers no app declares, each with its source and its dates.

An administrator's value (a row of `parameter` without an app) comes before the one that ships.
"""

import datetime as dt
import json
from functools import lru_cache
from importlib import resources

from app_definitions.parameter import Parameter, ParameterValue
from gcrm.runtime.reference import Lists


@lru_cache(maxsize=1)
def house_parameters() -> tuple[Parameter, ...]:
    """Read the parameters that ship."""
    file = resources.files("gcrm.runtime") / "data" / "house_parameters.json"
    return tuple(
        Parameter(
            entry["id"],
            entry["name"],
            entry["type"],
            tuple(
                ParameterValue(
                    value["value"],
                    dt.date.fromisoformat(value["effective_from"]),
                    value["source"],
                )
                for value in entry["values"]
            ),
            entry["unit"],
        )
        for entry in json.loads(file.read_text("utf-8"))
    )


def whole(lists: Lists, code: str, day: dt.date, region: str | None = None) -> int:
    """Give a whole number that holds on a day at a place. Raises LookupError for another code."""
    found = lists.parameters_at(house_parameters(), "", region, day).get(code)
    if found is None:
        raise LookupError(f'The house has no parameter "{code}" on {day}.')
    return int(found)
