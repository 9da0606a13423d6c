"""The rules bench: typed paths against Python by hand and zen-engine, SQL, the browser.

All opponents take the same dicts with Decimals and give the same answers on 1,000 of them before
anything is timed, nulls and missing keys included for the rule. `*_gaps` people have such gaps,
the others have all answers. `prepared` figures leave out what zen-engine, which takes no Decimal,
needs to turn them into floats.
"""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gcrm.bench import browser, byhand, hostile, million, race
from gcrm.bench import people as world
from gcrm.bench.race import Lane, Person
from gcrm.bench.zen_opponent import Zen, ZenMissing, prepared
from rule_engine.running import EvaluationContext, Run, Scope
from rule_engine.table import CompiledTable, TableResult, decide, decide_plainly

COUNT, ROUNDS, LARGE = 1_000, 25, 5_000


def measure() -> dict[str, Any]:
    """Run the bench; gives name, ratios, figures (nanoseconds a call) and versions."""
    zen, missing = _zen()
    figures: dict[str, Any] = {"zen": missing or "measured"}
    ratios: dict[str, float] = {}
    _rule(zen, figures, ratios)
    _table(zen, figures, ratios)
    _large(figures, ratios)
    sql_figures, sql_ratios = million.measure()
    browser_figures, browser_ratios = browser.measure()
    hostile_figures, _ = hostile.measure()
    versions = {"python": platform.python_version(), "zen-engine": _zen_version()}
    return {
        "name": "rules",
        "ratios": ratios | sql_ratios | browser_ratios,
        "figures": figures | sql_figures | browser_figures | hostile_figures,
        "versions": versions,
    }


def _zen() -> tuple[Zen | None, str]:
    try:
        return Zen(), ""
    except ZenMissing as missing:
        return None, str(missing)


def _zen_version() -> str:
    try:
        return version("zen-engine")
    except PackageNotFoundError:
        return "missing"


def _rule(zen: Zen | None, figures: dict[str, Any], ratios: dict[str, float]) -> None:
    expression, context = world.expression(byhand.RULE), world.CONTEXT
    full, gaps = list(world.people(COUNT, 1)), list(world.with_gaps(COUNT, 2))
    for person in gaps[:5]:
        expression.value(person, context)
        expression.judge(person, context)
    typed = expression.fast.value
    same = {
        "hand": Lane(byhand.rule, full),
        "typed": Lane(typed, full, context),
        "value": Lane(lambda person: expression.value(person, context).value, full),
    }
    lanes = {
        "hand": Lane(byhand.rule, full),
        "typed": Lane(typed, full, context),
        "is_true": Lane(expression.is_true, full, context),
        "value": Lane(expression.value, full, context),
        "judge": Lane(expression.judge, full, context),
        "hand_gaps": Lane(byhand.rule, gaps),
        "typed_gaps": Lane(typed, gaps, context),
    }
    if zen is not None:
        same["zen"] = Lane(zen.rule, full)
        lanes["zen"] = Lane(zen.rule, full)
        lanes["zen_prepared"] = Lane(zen.prepared_rule, [prepared(one) for one in full])
    figures["rule_same_answers"] = race.agree(same, full) + race.agree(same, gaps)
    times = race.run(lanes, ROUNDS)
    _note("rule", times, figures, ratios, gaps=True)


def _table(zen: Zen | None, figures: dict[str, Any], ratios: dict[str, float]) -> None:
    decision = world.decision(world.table_by_hand())
    table, full = world.table_of(decision), list(world.people(COUNT, 4))
    for person in full[:5]:
        _decided(table, person)

    def decided(person: Person, context: EvaluationContext) -> TableResult:
        return decide(table, Run(context), Scope(person))

    same = {
        "hand": Lane(byhand.chain, full),
        "typed": Lane(lambda person: _decided(table, person).value, full),
        "plain": Lane(lambda person: _plain(table, person).value, full),
    }
    if table.fast is None:
        raise ValueError("The table has no fast path.")
    lanes = {
        "hand": Lane(byhand.chain, full),
        "typed": Lane(table.fast.answer, full),
        "decide": Lane(decided, full, world.CONTEXT),
        "judge": Lane(decision.judge, full, world.CONTEXT),
    }
    if zen is not None:
        same["zen"] = Lane(zen.table, full)
        lanes["zen"] = Lane(zen.table, full)
        lanes["zen_prepared"] = Lane(zen.prepared_table, [prepared(one) for one in full])
    figures["table_same_answers"] = race.agree(same, full)
    figures["table_hits_percent"] = round(
        100 * sum(byhand.chain(person) is not None for person in full) / len(full), 1
    )
    _note("table", race.run(lanes, ROUNDS), figures, ratios)


def _decided(table: CompiledTable, person: Person) -> TableResult:
    return decide(table, Run(world.CONTEXT), Scope(person))


def _plain(table: CompiledTable, person: Person) -> TableResult:
    return decide_plainly(table, Run(world.CONTEXT), Scope(person))


def _large(figures: dict[str, Any], ratios: dict[str, float]) -> None:
    table = world.table_of(world.decision(world.large_table(LARGE)))
    full = list(world.people(COUNT, 5))
    for person in full[:5]:
        _decided(table, person)
    same = {
        "typed": Lane(lambda person: _decided(table, person), full),
        "plain": Lane(lambda person: _plain(table, person), full),
    }
    figures["large_same_answers"] = race.agree(same, full[:100])
    times = race.run({"typed": Lane(lambda person: _decided(table, person), full)}, ROUNDS)
    times |= race.run({"plain": Lane(same["plain"].call, full[:20])}, 3)
    figures["large_rows"] = LARGE
    figures["large_us"] = round(times["typed"] / 1e3, 2)
    figures["large_plain_us"] = round(times["plain"] / 1e3, 1)
    ratios["large_plain_to_indexed"] = round(times["plain"] / times["typed"], 1)


def _note(
    name: str,
    times: dict[str, float],
    figures: dict[str, Any],
    ratios: dict[str, float],
    *,
    gaps: bool = False,
) -> None:
    figures |= {f"{name}_{lane}_ns": round(taken, 1) for lane, taken in times.items()}
    for lane, taken in times.items():
        if lane.startswith("zen"):
            ratios[f"{name}_{lane}_to_typed"] = round(taken / times["typed"], 2)
        elif not lane.startswith("hand"):
            base = times["hand_gaps" if gaps and lane.endswith("_gaps") else "hand"]
            ratios[f"{name}_{lane}_to_hand"] = round(taken / base, 2)
