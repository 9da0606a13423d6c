"""Trying a parameter's new value: which verdicts come out otherwise than by today's value.

Cases are tried that whoever asks may read, and the examples that the app carries; nothing is
kept. Both sides differ in the one value only.
"""

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app_definitions.parameter import ParameterValue
from gcrm.access import Accessor
from gcrm.apps import CompiledApp
from gcrm.apps.impact import Change, Sample, Side, changes, samples_of_tests
from gcrm.runtime.replay import samples_of_cases
from gcrm.runtime.services import Services

MOST_CASES = 300
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """How many were tried, and which came out otherwise, beside the rule that says so."""

    cases: int
    examples: int
    changes: tuple[tuple[str, Change], ...]
    more: int  # changes beyond those listed


def preview(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    app: CompiledApp,
    code: str,
    now: str,
    new: str,
    as_of: dt.datetime,
    *,
    locale: str = "zh-CN",
) -> Preview:
    """Judge with today's value and with the new one, by every decision of the app.

    Checks that stand in a form are not tried.
    """
    old_app, new_app = _with(app, code, now), _with(app, code, new)
    cases: tuple[Sample, ...] = ()
    if accessor.has("case", "read"):
        found = samples_of_cases(reader, services, accessor, app.id, most=MOST_CASES)
        cases = tuple(found)
    told: list[tuple[str, Change]] = []
    examples: set[str] = set()
    for decision_id, decision in app.decisions.items():
        own = samples_of_tests(app, decision_id)
        examples |= {f"{decision_id}.{each.id}" for each in own}
        sides = Side(old_app, decision_id), Side(new_app, decision_id)
        name = app.say(f"{decision.part}#{decision_id}.name", decision.name, locale)
        told += [(name, each) for each in changes(*sides, (*cases, *own), as_of, locale=locale)]
    listed = tuple(told[:MOST_SHOWN])
    return Preview(len(cases), len(examples), listed, len(told) - len(listed))


def _with(app: CompiledApp, code: str, value: str) -> CompiledApp:
    """Give the app with one value of a parameter, on all days and everywhere."""
    only = (ParameterValue(value, dt.date.min, ""),)
    parameters = tuple(
        replace(each, values=only) if each.id == code else each
        for each in app.definition.parameters
    )
    return replace(app, definition=replace(app.definition, parameters=parameters))
