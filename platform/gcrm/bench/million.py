"""One rule over a million rows: as SQL on SQLite, and the evaluator for the same ids."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gcrm.bench import people as world
from gcrm.store.engine import Store
from rule_engine.expression_sql import to_sql
from rule_engine.pieces_sql import Decimals

ROWS, ROUNDS, CHUNK = 1_000_000, 7, 50_000
RULE = 'age >= 80 and income <= 3000 and kind != "qita"'

_META = sa.MetaData()
_PEOPLE = sa.Table(
    "bench_people",
    _META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("c_age", sa.BigInteger),
    sa.Column("c_income", Decimals(2)),
    sa.Column("c_kind", sa.Text),
)
_COLUMNS = {"age": _PEOPLE.c.c_age, "income": _PEOPLE.c.c_income, "kind": _PEOPLE.c.c_kind}


def measure(rows: int = ROWS) -> tuple[dict[str, Any], dict[str, float]]:
    """Fill a table, ask the database and the evaluator; gives figures and ratios.

    Raises ValueError where the ids differ.
    """
    expression = world.expression(RULE)
    condition, problems = to_sql(expression, _COLUMNS, "sqlite", world.CONTEXT)
    if condition is None:
        raise ValueError(problems)
    query = sa.select(_PEOPLE.c.id).where(condition).order_by(_PEOPLE.c.id)
    with tempfile.TemporaryDirectory(prefix="gcrm-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'million.db'}", synchronous="NORMAL")
        with store.write() as writer:
            _META.create_all(writer)
            people = enumerate(world.people(rows, 3), 1)
            while chunk := [_row(number, person) for number, person in islice(people, CHUNK)]:
                writer.execute(sa.insert(_PEOPLE), chunk)
        walls = []
        ids: list[int] = []
        for _ in range(ROUNDS):
            with store.read() as reader:
                began = time.perf_counter()
                ids = list(reader.execute(query).scalars())
                walls.append(time.perf_counter() - began)
        store.close()
    taken, expected = _evaluated(rows)
    if ids != expected:
        raise ValueError("The database and the evaluator give different ids.")
    figures = {
        "sql_rows": rows,
        "sql_hits_percent": round(100 * len(ids) / rows, 1),
        "sql_ms": round(min(walls) * 1e3, 1),
        "sql_same_ids": True,
        "sql_evaluator_ms": round(taken * 1e3, 1),
        "sqlite": sqlite3.sqlite_version,
    }
    return figures, {"sql_to_evaluator": round(min(walls) / taken, 3)}


def _row(number: int, person: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "c_age": int(person["age"]),
        "c_income": person["income"],
        "c_kind": person["kind"],
    }


def _evaluated(rows: int) -> tuple[float, list[int]]:
    """Ask the evaluator one by one; the time is the evaluator's alone."""
    expression = world.expression(RULE)
    is_true, context, found, taken = expression.is_true, world.CONTEXT, list[int](), 0.0
    people: Iterator[tuple[int, dict[str, Any]]] = enumerate(world.people(rows, 3), 1)
    while chunk := list(islice(people, CHUNK)):
        began = time.perf_counter()
        found += [number for number, person in chunk if is_true(person, context)]
        taken += time.perf_counter() - began
    return taken, found
