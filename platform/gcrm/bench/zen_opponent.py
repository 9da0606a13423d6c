"""zen-engine as an opponent of the rules bench: compiled once, fed with the same dicts.

It takes no Decimal (2.1.3): turning them into floats is part of its work where the opponents
take Decimals; `prepared` figures leave that out.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib import import_module
from typing import Any

from gcrm.bench import byhand

Answer = Callable[[Mapping[str, Any]], Any]


class ZenMissing(Exception):  # noqa: N818
    """Says that the extra `bench` is not installed."""


class Zen:
    """The rule and the table, compiled."""

    def __init__(self) -> None:
        """Compile; raises ZenMissing where zen-engine is not installed."""
        try:
            zen = import_module("zen")
        except ImportError as missing:
            raise ZenMissing("zen-engine is missing: pip install 'gcrm[bench]'") from missing
        self._rule = zen.compile_expression(byhand.ZEN_RULE)
        loader = {"type": "static", "content": {"table": _graph()}}
        self._engine = zen.ZenEngine({"loader": loader})

    def rule(self, person: Mapping[str, Any]) -> Any:
        """Answer the rule from a dict with Decimals."""
        return self._rule.evaluate(prepared(person))

    def prepared_rule(self, person: Mapping[str, Any]) -> Any:
        """Answer the rule from a dict with floats."""
        return self._rule.evaluate(person)

    def table(self, person: Mapping[str, Any]) -> Any:
        """Give the amount from a dict with Decimals."""
        return self._engine.evaluate("table", prepared(person))["result"].get("amount")

    def prepared_table(self, person: Mapping[str, Any]) -> Any:
        """Give the amount from a dict with floats."""
        return self._engine.evaluate("table", person)["result"].get("amount")


def prepared(person: Mapping[str, Any]) -> dict[str, Any]:
    """Turn Decimals into floats."""
    return {
        name: float(value) if type(value) is Decimal else value for name, value in person.items()
    }


def _graph() -> dict[str, Any]:
    inputs = [{"id": name, "name": name, "field": name} for name in byhand.COLUMNS]
    rules = [
        {
            "_id": f"r{at}",
            **{
                name: "" if cell == "-" else cell
                for name, cell in zip(byhand.COLUMNS, cells, strict=True)
            },
            "out": str(amount),
        }
        for at, (cells, amount) in enumerate(zip(byhand.TABLE, byhand.AMOUNTS, strict=True))
    ]
    content = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "out", "name": "amount", "field": "amount"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    graph: dict[str, Any] = json.loads(json.dumps({"nodes": nodes, "edges": edges}))
    return graph
