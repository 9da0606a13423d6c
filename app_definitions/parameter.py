"""Parameters: numbers of law and of the place, each value with its dates and its source."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app_definitions import ids
from app_definitions.problem import Problem, error
from app_definitions.shapes import Code, Id, Text, Word


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value of a parameter between two dates (both included), in a region or everywhere."""

    value: Word
    effective_from: dt.date
    source: Text
    effective_to: dt.date | None = None
    region: Code | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of law or of the place, named `parameters.<id>` in expressions."""

    id: Id
    name: Text
    type: Literal["number", "string", "boolean", "date"]
    values: tuple[ParameterValue, ...]
    unit: Word = ""


def check_parameter(parameter: Parameter, part: str) -> list[Problem]:
    """Find values that do not fit the type, or hold at the same time in one region."""
    place = ids.path(part, [parameter.id], "values")
    if not parameter.values:
        return [error(place, "parameter_without_value", name=parameter.name)]
    problems = [
        error(place, "bad_notation", value=entry.value, expected=parameter.type)
        for entry in parameter.values
        if not _fits(entry.value, parameter.type)
    ]
    for position, entry in enumerate(parameter.values):
        ends = entry.effective_to or dt.date.max
        if ends < entry.effective_from:
            problems.append(
                error(
                    place,
                    "ends_before_it_begins",
                    begins=entry.effective_from.isoformat(),
                    ends=ends.isoformat(),
                )
            )
        for other in parameter.values[:position]:
            other_ends = other.effective_to or dt.date.max
            if (
                other.region == entry.region
                and other.effective_from <= ends
                and entry.effective_from <= other_ends
            ):
                problems.append(error(place, "validity_overlaps", name=parameter.name))
    return problems


def _fits(value: str, kind: str) -> bool:
    try:
        if kind == "number":
            return all(
                word.isdecimal() and word.isascii()
                for word in value.removeprefix("-").split(".", 1)
            )
        if kind == "date":
            return dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
    return kind == "string" or value in ("true", "false")
