"""Reading pages: how often they ask the database, and that indexes answer."""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from gcrm import assembly, config
from gcrm.demo import many_cases

Visitor = Any
City = Any
NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
LARGE = ("case", "task", "clock", "event", "submission", "rating", "case_participant", "instance")
MOST = {
    "/": 12,
    "/services?q=高龄": 12,
    "/staff": 12,
    "/staff/cases": 12,
    "/staff/boards/elder_allowance/overview": 20,
}


@pytest.fixture(scope="session")
def ready_city(ready_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city with some cases of the last days, many of them open."""
    folder = tmp_path_factory.mktemp("reading") / "city"
    shutil.copytree(ready_city, folder)
    house = assembly.build(config.load({"GCRM_DATA": str(folder)}), clock=lambda: NOW)
    many_cases.make(house, 1, 30, days=10)
    house.close()
    return folder


@contextmanager
def asked(city: City) -> Iterator[list[tuple[str, Any]]]:
    """Collect what is asked of the database, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_more: Any) -> None:
        found.append((text, values))

    with city.house.store.read() as reader:
        engine = reader.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_reading_pages_ask_little_and_never_walk_through_a_large_table(city: City, newcomer: Any):
    head = newcomer(city).work_as("juzhang")
    clerk = newcomer(city).work_as("hefang")

    for path, most in MOST.items():
        for who in (head, clerk):
            if who is clerk and "boards" in path:
                continue
            who.get(path)  # what is kept for a minute is read
            with asked(city) as statements:
                assert who.get(path).status == 200
            assert len(statements) <= most, (path, [text for text, _ in statements])
            assert walked(city, statements) == [], path


def walked(city: City, statements: list[tuple[str, Any]]) -> list[str]:
    """List the large tables that a statement would read from end to end."""
    found = []
    with city.house.store.read() as reader:
        raw = reader.connection.driver_connection
        for text, values in statements:
            if not text.startswith(("SELECT", "WITH")) or "WHERE 0 = 1" in text:
                continue  # asked for somebody who may see nothing, it reads nothing
            for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values):
                said = str(row[3]).split()
                if said[0] == "SCAN" and said[1] in LARGE and "COVERING" not in said:
                    found.append(f"{row[3]}: {text[:200]}")
    return found
