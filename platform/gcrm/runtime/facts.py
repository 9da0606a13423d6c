"""Facts: what a decision asks of the platform itself, and never of the person."""

from collections.abc import Mapping
from typing import Any

from app_definitions.app import App
from gcrm.connectors import ConnectorError, Connectors

OPEN_FOR = "case.open_for"
POPULATION = "population.status"


def wanted_numbers(app: App, values: Mapping[str, Any]) -> tuple[str, ...]:
    """List the ID numbers about which an app wants to know whether there is a case already."""
    return tuple(
        dict.fromkeys(
            values[fact.field]
            for fact in app.facts
            if fact.source == OPEN_FOR and isinstance(values.get(fact.field), str)
        )
    )


def gather(
    app: App, values: Mapping[str, Any], open_for: frozenset[str], connectors: Connectors
) -> dict[str, Any]:
    """Give the app's facts for these answers; what cannot be known is left out.

    `open_for` are the numbers with an open or granted case of this item. The
    population register is asked here, so never call this while the writer is held.
    """
    facts: dict[str, Any] = {}
    for fact in app.facts:
        number = values.get(fact.field)
        if not isinstance(number, str) or not number:
            continue
        if fact.source == OPEN_FOR:
            facts[fact.id] = number in open_for
        elif fact.source == POPULATION:
            status = population_status(connectors, number)
            if status is not None:
                facts[fact.id] = status
    return facts


def population_status(connectors: Connectors, number: str) -> str | None:
    """Ask the register: alive, dead, or None where it does not know or is away."""
    try:
        person = connectors.population.find(number)
    except ConnectorError:
        return None
    if person is None:
        return None
    return "alive" if person.alive else "dead"
