"""Pages ask a full house through indexes: no statement goes through all rows of a tenant.

SQLite plans by what `store.statistics` tells it, not by how many rows there are: what it plans
here it plans at a hundred thousand cases.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from gcrm.runtime.jobs import Worker

City = Any
Visitor = Any

GROWING = ("account", "case", "case_participant", "clock", "event", "instance", "notice", "party",
           "submission", "task", "timer")  # fmt: skip
_ONE = "|".join(GROWING)
WALKS = re.compile(rf"(SCAN ({_ONE})\b|SEARCH ({_ONE}) .*\(tenant_id=\?\))")
NOTHING = "WHERE 0 = 1"  # who may see nothing asks nothing


@contextmanager
def plans(city: City) -> Iterator[list[str]]:
    """Keep how SQLite goes about each statement."""
    found: list[str] = []

    def keep(connection: Any, _cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not rest[1]:
            steps = connection.connection.cursor().execute(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
            found.extend(f"{step[3]}: {statement}" for step in steps.fetchall())

    engines = (city.house.store._reader, city.house.store._writer)
    for engine in engines:
        event.listen(engine, "after_cursor_execute", keep)
    yield found
    for engine in engines:
        event.remove(engine, "after_cursor_execute", keep)


def walks(found: list[str]) -> list[str]:
    return [each for each in found if WALKS.match(each) and not each.endswith(NOTHING)]


@pytest.fixture
def case(city: City, citizen: Visitor) -> str:
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    with plans(city) as found:
        citizen.post(
            f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
        )
    assert walks(found) == []
    return str(citizen.path)


def test_pages_of_citizen_and_clerk_walk_through_no_table(
    city: City, citizen: Visitor, case: str, newcomer: Any
):
    clerk = newcomer(city).work_as("hefang")

    with plans(city) as found:
        for path in ("/", "/me", "/me/cases", "/me/notices", case):
            citizen.get(path)
        clerk.get("/staff")
        own = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
        clerk.get("/staff/cases?state=open")
        clerk.get(own[1] if own else "")

    assert own
    assert len(found) > 50
    assert walks(found) == []


def test_rounds_of_the_worker_walk_through_no_table(city: City, case: str):
    worker = Worker(city.house)
    worker.turn()

    with plans(city) as found:
        worker.turn()
        city.clock.pass_by(days=30)  # timers go off, lamps turn
        worker.turn()

    assert worker.failures == {}
    assert any("FROM clock" in each for each in found)
    assert walks(found) == []
