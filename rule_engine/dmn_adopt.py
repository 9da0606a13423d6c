"""Adopting a DMN model: a decision of ours with generated ids, its names kept as labels.

A table alone becomes a table, several decisions a graph; boxed expressions become FEEL text.
What cannot be kept is listed.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Literal

from app_definitions import decision as ours
from app_definitions.problem import Problem, Problems, warning
from app_definitions.vocabulary import FEEL_TYPES
from rule_engine import tree
from rule_engine.dmn_model import (
    Box,
    Clause,
    DecisionElement,
    DmnModel,
    Element,
    InputElement,
    KnowledgeElement,
    TableBox,
)
from rule_engine.dmn_text import NotTextError, Texts
from rule_engine.names import Names
from rule_engine.parser import parse_unary_tests

_TYPES = frozenset(FEEL_TYPES)


def adopt(
    model: DmnModel, *, decision_id: str, effective_from: dt.date, path: str = ""
) -> tuple[ours.Decision | None, Problems]:
    """Turn a model into a decision; None where it has no decision with logic."""
    work = _Adoption(model, path)
    nodes = work.nodes()
    if not nodes:
        return None, (*work.problems, warning(path, "dmn_not_kept", what=model.name))
    source = model.name
    version = ours.Version("v1", effective_from, source, nodes=tuple(nodes))
    is_table = len(nodes) == 1 and nodes[0].table is not None
    if is_table:
        version = ours.Version("v1", effective_from, source, table=nodes[0].table)
    decision = ours.Decision(
        decision_id,
        model.name or nodes[-1].label,
        "table" if is_table else "graph",
        work.inputs(),
        (version,),
    )
    return decision, tuple(work.problems)


class _Adoption:
    def __init__(self, model: DmnModel, path: str) -> None:
        self.model = model
        self.path = path
        self.problems: list[Problem] = []
        self.ids: dict[str, str] = {}
        taken: set[str] = set()
        for element in model.elements.values():
            prefix = "input" if isinstance(element, InputElement) else "step"
            self.ids[element.name] = make_id(element.name, prefix, taken)
        self.items = {item.name: item for item in model.items}
        self.texts = Texts(self.ids, _members(model))

    def lost(self, what: str) -> None:
        self.problems.append(warning(self.path, "dmn_not_kept", what=what))

    def inputs(self) -> tuple[ours.DecisionInput, ...]:
        return tuple(
            ours.DecisionInput(self.ids[e.name], e.name, self.type(e.type) or "any")
            for e in self.model.elements.values()
            if isinstance(e, InputElement)
        )

    def type(self, name: str) -> str:
        item = self.items.get(name)
        if item is None:
            return name if name in _TYPES else ""
        if item.allowed:
            self.lost(f"{name}: {item.allowed}")
        inner = "context" if item.components else self.type(item.base)
        if item.collection:
            return f"list<{inner}>" if inner in ("string", "number", "context") else "any"
        return inner

    def nodes(self) -> list[ours.Node]:
        found: list[ours.Node] = []
        for element in self._ordered():
            node = self._node(element)
            if node is not None:
                found.append(node)
        return found

    def _ordered(self) -> list[Element]:
        """Put what is needed before what needs it; the result comes last."""
        done: list[Element] = []
        seen: set[str] = set()

        def visit(element: Element) -> None:
            if element.id in seen:
                return
            seen.add(element.id)
            for need in getattr(element, "needs", ()):
                if need in self.model.elements:
                    visit(self.model.elements[need])
            done.append(element)

        for element in self.model.elements.values():
            visit(element)
        return [e for e in done if isinstance(e, DecisionElement | KnowledgeElement)]

    def _node(self, element: Element) -> ours.Node | None:
        logic: Box | None = None
        if isinstance(element, DecisionElement):
            logic = element.logic
        elif isinstance(element, KnowledgeElement):
            logic = element.function
        if logic is None:
            return None
        node_id = self.ids[element.name]
        kind = self.type(element.type) if isinstance(element, DecisionElement) else ""
        try:
            if isinstance(logic, TableBox):
                return ours.Node(node_id, element.name, table=self._table(logic))
            text = self.texts.box(logic)
        except NotTextError as lost:
            self.lost(f"{element.name}: {lost}")
            return None
        return ours.Node(node_id, element.name, kind if kind != "any" else "", text)

    # Tables

    def _table(self, box: TableBox) -> ours.Table:
        taken: set[str] = set()
        inputs = tuple(
            ours.TableInput(
                make_id(clause.name or clause.text, "column", taken),
                clause.name or clause.text,
                self.texts.text(clause.text),
                self._choices(clause),
            )
            for clause in box.inputs
        )
        outputs = tuple(
            ours.TableOutput(
                make_id(clause.name or "result", "result", taken),
                clause.name or "result",
                self.type(clause.type) or "any",
                self._choices(clause),
            )
            for clause in box.outputs
        )
        if any(clause.default for clause in box.outputs):
            self.lost("defaultOutputEntry")
        rows = tuple(
            ours.Row(
                f"r{number}",
                tuple(self.texts.tests(text) for text in rule.inputs),
                tuple(self.texts.text(text) if text else "null" for text in rule.outputs),
            )
            for number, rule in enumerate(box.rules, start=1)
        )
        policy = box.hit_policy if box.hit_policy in _POLICIES else "UNIQUE"
        return ours.Table(_POLICIES[policy], inputs, outputs, rows, _AGGREGATIONS[box.aggregation])

    def _choices(self, clause: Clause) -> tuple[ours.Choice, ...]:
        if not clause.allowed:
            return ()
        node, faults = parse_unary_tests(clause.allowed, Names())
        tests = node.tests if isinstance(node, tree.UnaryTests) and not faults else ()
        values = [test.value for test in tests if isinstance(test, tree.StringLiteral)]
        if len(values) != len(tests) or not values:
            self.lost(f"{clause.name or clause.text}: {clause.allowed}")
            return ()
        return tuple(ours.Choice(value, value) for value in values)


def make_id(name: str, prefix: str, taken: set[str]) -> str:
    """Make an id for a name, that none has yet: its letters, or the prefix with a number."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30]
    if not re.match(r"[a-z]", base):
        base = prefix
    found, number = base, 1
    while found in taken or found == "parameters":
        number += 1
        found = f"{base}_{number}"
    taken.add(found)
    return found


def _members(model: DmnModel) -> Iterable[str]:
    found: set[str] = set()
    waiting = list(model.items)
    while waiting:
        item = waiting.pop()
        found.update(component.name for component in item.components)
        waiting.extend(item.components)
    return found


_POLICIES: dict[str, ours.HitPolicy] = {
    "UNIQUE": "UNIQUE",
    "FIRST": "FIRST",
    "PRIORITY": "PRIORITY",
    "ANY": "ANY",
    "COLLECT": "COLLECT",
    "RULE ORDER": "RULE ORDER",
    "OUTPUT ORDER": "OUTPUT ORDER",
}
_AGGREGATIONS: dict[str, Literal["", "sum", "min", "max", "count"]] = {
    "": "",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "count": "count",
}
