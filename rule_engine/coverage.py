"""Coverage: which rows of a version's tables match for given inputs, step by step."""

from collections.abc import Mapping
from typing import Any

from rule_engine.decision import CompiledVersion
from rule_engine.running import EvaluationContext, Exhausted, Run, Scope
from rule_engine.table import decide


def rows_hit(
    version: CompiledVersion, inputs: Mapping[str, Any], context: EvaluationContext
) -> dict[str, tuple[str, ...]]:
    """Give the rows that match by step; the decision's own table stands under ""."""
    run = Run(context, verdict=True)
    values = dict(inputs)
    found: dict[str, tuple[str, ...]] = {}
    try:
        if version.table is not None:
            found[""] = decide(version.table, run, Scope(values)).rows
        for node in version.nodes:
            if node.table is not None:
                result = decide(node.table, run, Scope(values))
                found[node.id] = result.rows
                values[node.id] = result.unknown or result.value
            elif node.expression is not None:
                values[node.id] = node.expression.closure(run, Scope(values))
    except Exhausted:
        pass
    return found
