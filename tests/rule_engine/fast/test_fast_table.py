"""The index of a table finds what going through its rows finds, notes included."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app_definitions import decision as definitions
from app_definitions.vocabulary import Vocabulary
from rule_engine import compile_decision, table_index
from rule_engine.fast_decide import FastDecide
from rule_engine.running import MAX_STEPS, Exhausted, Run, Scope
from rule_engine.table import CompiledTable, decide, decide_plainly
from tests.effort import lines

PAIRS = 3_000
COLUMNS = (
    ("age", "number"),
    ("kind", "string"),
    ("flag", "boolean"),
    ("born", "date"),
    ("age", "number"),
    ("income", "number"),
    ("name", "string"),
    ("income / size", "number"),
    ("if flag then name else kind", "string"),
)
POLICIES = (
    ("FIRST", ""),
    ("FIRST", ""),
    ("UNIQUE", ""),
    ("ANY", ""),
    ("PRIORITY", ""),
    ("RULE ORDER", ""),
    ("OUTPUT ORDER", ""),
    ("COLLECT", ""),
    ("COLLECT", "sum"),
    ("COLLECT", "count"),
)


def compiled(
    vocabulary: Vocabulary,
    policy: tuple[str, str],
    columns: tuple[str, ...],
    rows: list[tuple[list[str], list[str]]],
    options: tuple[str, ...] = (),
) -> CompiledTable | None:
    outputs = tuple(
        definitions.TableOutput(
            f"o{at}", f"o{at}", "number", tuple(definitions.Choice(one, one) for one in options)
        )
        for at in range(len(rows[0][1]))
    )
    table = definitions.Table(
        policy[0],
        tuple(definitions.TableInput(f"c{at}", text, text) for at, text in enumerate(columns)),
        outputs,
        tuple(
            definitions.Row(f"r{at}", tuple(tests), tuple(results))
            for at, (tests, results) in enumerate(rows)
        ),
        policy[1],
    )
    version = definitions.Version("v1", dt.date(2026, 1, 1), "条例", table=table)
    decision, _ = compile_decision(
        definitions.Decision("d", "d", "table", versions=(version,)), vocabulary
    )
    return None if decision is None else decision.versions[0].table


def outcome(how: Any, table: CompiledTable, run: Run, inputs: Any) -> Any:
    try:
        result = how(table, run, Scope(inputs))
    except Exhausted as bound:
        return bound.code, run.notes
    return result, str(result), run.notes


def test_random_tables_decide_as_the_plain_evaluation(maker, typed, context, depth):
    pairs = indexed = whole = 0
    while pairs < PAIRS * depth:
        columns = [maker.pick(COLUMNS) for _ in range(maker.random.randrange(1, 4))]
        constant = maker.pick((1.0, 1.0, 0.9))
        results = ("1", "2", "2") if constant == 1.0 else ("1", "2", "age + 1")
        width = maker.pick((1, 1, 1, 2))
        policy = maker.pick(POLICIES)
        rows = [
            (
                [maker.cell(kind, constant=constant) for _, kind in columns],
                [maker.pick(results) for _ in range(width)],
            )
            for _ in range(maker.random.randrange(1, 12))
        ]
        texts = tuple(text for text, _ in columns)
        table = compiled(
            typed, policy, texts, rows, ("2", "1") if maker.random.random() < 0.5 else ()
        )
        if table is None:
            continue
        assert table.fast is not None
        for _ in range(20):
            inputs = maker.inputs()
            for verdict in (False, True):
                first, second = Run(context, verdict=verdict), Run(context, verdict=verdict)
                expected = outcome(decide_plainly, table, first, inputs)

                found = outcome(decide, table, second, inputs)

                assert found == expected, (policy, texts, rows, inputs, verdict)
                assert second.steps >= first.steps
                pairs += 1
                probe = Run(context, verdict=verdict)
                indexed += table.fast.decide(table, probe, Scope(inputs)) is not None
                answer = table.fast.answer(inputs)
                if answer is not None:
                    whole += 1
                    assert (answer, str(answer), []) == expected
    assert indexed > pairs * 0.3
    assert whole > pairs * 0.05


@pytest.mark.parametrize("verdict", [False, True])
def test_large_table_is_indexed_by_hash_and_by_ranges(typed, context, verdict):
    rows = [([f"[{at}..{at + 1})", f'"k{at % 50}"'], [str(at)]) for at in range(2_000)]
    table = compiled(typed, ("FIRST", ""), ("age", "kind"), rows)
    assert table is not None

    for age, kind in ((1234, "k34"), (1234, "k35"), (0, "k0"), (1999, "k49"), (2000, "k0")):
        inputs = {"age": Decimal(age) + Decimal("0.5"), "kind": kind}
        expected = outcome(decide_plainly, table, Run(context, verdict=verdict), inputs)
        for _ in range(4):
            found = outcome(decide, table, Run(context, verdict=verdict), inputs)
            assert found == expected

    run = Run(context, verdict=verdict)
    assert lines(lambda: decide(table, run, Scope(inputs))) < len(rows) / 10


def test_column_without_room_is_asked_row_by_row(typed, context, monkeypatch):
    monkeypatch.setattr(table_index, "MAX_BYTES", 40_000)
    rows = [([f"[{at}..{at + 1}]", f'"k{at % 5}"'], [str(at)]) for at in range(300)]
    table = compiled(typed, ("RULE ORDER", ""), ("age", "kind"), rows)
    assert table is not None
    inputs = {"age": Decimal(7), "kind": "k2"}

    answers = [outcome(decide, table, Run(context), inputs) for _ in range(4)]

    assert answers == [outcome(decide_plainly, table, Run(context), inputs)] * 4
    assert isinstance(table.fast, FastDecide)
    assert table.fast.decide(table, Run(context), Scope(inputs)) is not None


@pytest.mark.parametrize("policy", ["FIRST", "UNIQUE", "ANY", "PRIORITY"])
def test_table_of_constants_is_one_function_of_complete_inputs(typed, context, policy):
    rows = [(["< 60", '"a"'], ["1"]), ([">= 60", '"a"'], ["2"]), (["60", "-"], ["3"])]
    table = compiled(typed, (policy, ""), ("age", "kind"), rows, ("1", "2", "3"))
    assert table is not None
    assert table.fast is not None
    for _ in range(3):
        decide(table, Run(context), Scope({"age": Decimal(1), "kind": "a"}))

    answers = [
        table.fast.answer({"age": Decimal(age), "kind": kind})
        for age, kind in ((59, "a"), (61, "a"), (61, "b"), (60, "b"))
    ]

    assert [answer and answer.rows for answer in answers] == [("r0",), ("r1",), (), ("r2",)]
    assert table.fast.answer({"age": Decimal(59)}) is None
    assert table.fast.answer({"age": 59, "kind": "a"}) is None
    both = table.fast.answer({"age": Decimal(60), "kind": "a"})
    assert (both is not None) == (policy == "FIRST")


def test_steps_end_an_indexed_evaluation_as_they_end_the_plain_one(typed, context):
    rows = [([f"= {at}"], [str(at)]) for at in range(30)]
    table = compiled(typed, ("FIRST", ""), ("age",), rows)
    assert table is not None
    for steps in (5, 11, 12, 13, MAX_STEPS):
        first, second = Run(context), Run(context)
        first.steps = second.steps = steps
        inputs = {"age": Decimal(11)}
        for _ in range(3):
            outcome(decide, table, Run(context), inputs)

        expected = outcome(decide_plainly, table, first, inputs)

        assert outcome(decide, table, second, inputs) == expected
        assert second.steps == first.steps or isinstance(expected[0], str)
