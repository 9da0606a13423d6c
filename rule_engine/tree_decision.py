"""Versions of decisions as JSON trees: their steps, tables and conditions."""

from collections.abc import Mapping
from typing import Any

from app_definitions import decision as definitions
from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.check import type_of
from rule_engine.decision import CompiledVersion, Decision
from rule_engine.expression import compile_expression, compile_unary_tests
from rule_engine.functions.registry import FeelFunction
from rule_engine.tree_json import Unsupported, Writer, document


def write_version(decision: Decision, version: CompiledVersion) -> dict[str, Any]:
    """Write one version of a decision: its steps, and its conditions where it has some.

    Raises Unsupported where the browser cannot follow.
    """
    known, functions = decision.vocabulary, decision.functions
    definition = version.definition
    nodes = definition.nodes
    if definition.table is not None:
        nodes = (*nodes, definitions.Node("result", "", table=definition.table))
    steps = []
    for node in nodes:
        ids = known.ids() | {other.id for other in nodes}
        texts = _Texts(known, functions, Writer(functions, ids))
        steps.append(texts.step(node))
        known = version.vocabulary if len(version.vocabulary.inputs) else known
    parts: dict[str, Any] = {"steps": steps}
    if version.conditions:
        ids = version.vocabulary.ids() | known.ids()
        parts["conditions"] = [
            {
                "id": condition.definition.id,
                "that": Writer(functions, ids).node(condition.that.tree),
            }
            for condition in version.conditions
        ]
    inputs = [{"id": entry.id, "type": entry.type} for entry in decision.vocabulary]
    return document(inputs, **parts)


class _Texts:
    """Writes what a decision's definition says; its texts have been compiled before."""

    def __init__(
        self, known: Vocabulary, functions: Mapping[str, FeelFunction], writer: Writer
    ) -> None:
        self.known, self.functions, self.writer = known, functions, writer

    def step(self, node: definitions.Node) -> dict[str, Any]:
        """Write a step of a graph."""
        if node.table is not None:
            return {"id": node.id, "table": self._table(node.table)}
        return {"id": node.id, "expression": self._text(node.expression)}

    def _text(self, text: str) -> dict[str, Any]:
        found, faults = compile_expression(
            text.strip() or "null", self.known, profile="dmn", functions=self.functions
        )
        if found is None:
            raise Unsupported(faults[0].code)
        return self.writer.node(found.tree)

    def _cell(self, text: str) -> dict[str, Any] | None:
        found, faults = compile_unary_tests(
            text, self.known, profile="dmn", functions=self.functions
        )
        if found is None:
            raise Unsupported(faults[0].code)
        return None if found.tree == tree.UnaryTests(()) else self.writer.node(found.tree)

    def _table(self, table: definitions.Table) -> dict[str, Any]:
        """Write a decision table."""
        outputs: list[dict[str, Any]] = []
        for output in table.outputs:
            choices = [self._choice(choice.code, output.type) for choice in output.options]
            outputs.append({"id": output.id, "choices": choices} if choices else {"id": output.id})
        return {
            "hit_policy": table.hit_policy,
            "aggregation": table.aggregation,
            "inputs": [{"expression": self._text(column.expression)} for column in table.inputs],
            "outputs": outputs,
            "rows": [
                {
                    "id": row.id,
                    "tests": [self._cell(text) for text in row.inputs],
                    "outputs": [self._text(text) for text in row.outputs],
                }
                for row in table.rows
            ],
        }

    def _choice(self, code: str, kind: str) -> dict[str, Any]:
        """Write one of the values that an output may have, as the compiler reads it."""
        node, faults = compile_expression(code, Vocabulary(), profile="dmn")
        if type_of(kind).name == "string" or node is None or faults:
            return self.writer.node(tree.StringLiteral(code))
        return self.writer.node(node.tree)
