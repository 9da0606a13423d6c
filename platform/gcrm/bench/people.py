"""People for the rules bench: made up, the same in every run; and what they are asked about."""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app_definitions import decision as definitions
from app_definitions.vocabulary import Input, Vocabulary
from gcrm.bench import byhand
from rule_engine import (
    Decision,
    EvaluationContext,
    Expression,
    compile_decision,
    compile_expression,
)
from rule_engine.table import CompiledTable

KINDS = ("dibao", "tekun", "shineng", "gaoling", "qita")
PLACES = ("990101", "990102", "990103")
CONTEXT = EvaluationContext(now=dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC))
VOCABULARY = Vocabulary(
    (
        Input("kind", "类别", "string"),
        Input("age", "年龄", "number", scale=0),
        Input("income", "月收入", "number", scale=2),
        Input("region", "地区", "string"),
        Input("disabled", "残疾", "boolean"),
        Input("years", "居住年限", "number", scale=0),
    )
)


def people(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Make people with complete answers."""
    pick = random.Random(seed)  # noqa: S311
    for _ in range(count):
        yield {
            "kind": pick.choice(KINDS),
            "age": Decimal(pick.randrange(55, 95)),
            "income": Decimal(pick.randrange(0, 700_000)).scaleb(-2),
            "region": pick.choice(PLACES),
            "disabled": pick.random() < 0.5,
            "years": Decimal(pick.randrange(0, 12)),
        }


def with_gaps(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Make people some of whose answers are null or missing."""
    pick = random.Random(seed)  # noqa: S311
    for person in people(count, seed + 1):
        for name in tuple(person):
            roll = pick.random()
            if roll < 0.1:
                person[name] = None
            elif roll < 0.2:
                del person[name]
        yield person


def expression(text: str) -> Expression:
    """Compile an expression."""
    compiled, problems = compile_expression(text, VOCABULARY)
    if compiled is None:
        raise ValueError(problems)
    return compiled


def table_by_hand() -> definitions.Table:
    """Give the table of 50 x 6."""
    rows = zip(byhand.TABLE, byhand.AMOUNTS, strict=True)
    return _table(byhand.COLUMNS, [(cells, str(amount)) for cells, amount in rows])


def large_table(rows: int) -> definitions.Table:
    """Give a table in which one input, bisected, and one text, hashed, choose the row."""
    return _table(
        ("income", "region"),
        [((f"[{at}..{at + 1})", f'"{PLACES[at % 3]}"'), str(at)) for at in range(rows)],
    )


def _table(columns: tuple[str, ...], rows: list[tuple[tuple[str, ...], str]]) -> definitions.Table:
    return definitions.Table(
        "FIRST",
        tuple(definitions.TableInput(f"c_{name}", name, name) for name in columns),
        (definitions.TableOutput("amount", "金额", "number"),),
        tuple(
            definitions.Row(f"r{at}", cells, (output,)) for at, (cells, output) in enumerate(rows)
        ),
    )


def decision(table: definitions.Table) -> Decision:
    """Compile a decision of one table."""
    version = definitions.Version("v1", dt.date(2026, 1, 1), "bench", table=table)
    found, problems = compile_decision(
        definitions.Decision("amount", "金额", "table", versions=(version,)), VOCABULARY
    )
    if found is None:
        raise ValueError(problems)
    return found


def table_of(found: Decision) -> CompiledTable:
    """Give the table of a decision."""
    table = found.versions[0].table
    if table is None:
        raise ValueError("The decision has no table.")
    return table
