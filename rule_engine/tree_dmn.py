"""Decisions of imported DMN models as JSON trees: what they require first, then they."""

from collections.abc import Iterable
from typing import Any

from rule_engine import tree
from rule_engine.dmn import DmnProgram
from rule_engine.dmn_model import (
    Box,
    Clause,
    ContextBox,
    DecisionElement,
    DmnModel,
    Element,
    FunctionBox,
    IfBox,
    InputElement,
    InvocationBox,
    KnowledgeElement,
    ListBox,
    Literal,
    RelationBox,
    TableBox,
)
from rule_engine.dmn_types import Types
from rule_engine.feel_types import ANY, Type
from rule_engine.functions.known import STANDARD
from rule_engine.names import Names
from rule_engine.parser import parse_expression, parse_unary_tests
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.tree_json import Unsupported, Writer, document

Node = dict[str, Any]


class ModelWriter:
    """Writes the decisions of one model."""

    def __init__(self, model: DmnModel) -> None:
        """Read the model's types; raises Unsupported where one of them cannot be followed."""
        self.model = model
        self.members = tuple(DmnProgram(model).boxes.members)
        self.types = Types(model, self._tests)
        self.steps: list[Node] = []
        self.done: set[str] = set()

    def write(self, name: str) -> dict[str, Any]:
        """Write a decision. Raises Unsupported where the browser cannot follow."""
        element = self.model.named(name)
        if element is None or self.model.imports:
            raise Unsupported(name)
        self.steps, self.done = [], set()
        self._add(element)
        inputs = [
            {"id": entry.name, "type": str(self.types.get(entry.type))}
            for entry in self.model.elements.values()
            if isinstance(entry, InputElement)
        ]
        return document(inputs, steps=self.steps)

    def _tests(self, text: str) -> Any:
        """Give the tests of a type's values as a tree, where the compiler has a closure."""
        node, faults = parse_unary_tests(text, self._names(("?",)))
        if faults:
            raise Unsupported(faults[0].code)
        return node

    def _names(self, names: Iterable[str]) -> Names:
        return Names(names, STANDARD, (*self.members, *PROPERTIES))

    def _writer(self, names: Iterable[str]) -> Writer:
        visible = frozenset(names)
        return Writer(STANDARD, visible, self.types.known, callables=visible)

    def _add(self, element: Element) -> None:
        """Write an element behind all that it requires."""
        if element.id in self.done:
            return
        self.done.add(element.id)
        if isinstance(element, InputElement):
            node: Node = {"kind": "name", "name": element.name, "input": True}
            self.steps.append(self._step(element, self._typed(node, element.type)))
            return
        if not isinstance(element, DecisionElement | KnowledgeElement):
            raise Unsupported(element.name)
        needed = [self.model.elements.get(need) for need in element.needs]
        for need in needed:
            if need is None:
                raise Unsupported(element.name)
            self._add(need)
        names = tuple(need.name for need in needed if need is not None)
        if isinstance(element, DecisionElement):
            self.steps.append(
                self._step(element, self._typed(self._box(element.logic, names), element.type))
            )
            return
        if element.function is None or self.types.get(element.type).name == "function":
            raise Unsupported(element.name)
        made = self._function(element.function, (*names, element.name), element.type)
        self.steps.append(self._step(element, made))

    def _step(self, element: Element, node: Node) -> Node:
        return {"id": element.name, "expression": node}

    def _typed(self, node: Node, type_name: str) -> Node:
        kind = self.types.get(type_name)
        if kind == ANY:
            return node
        return {"kind": "typed", "value": node, "type": self._type_tree(kind)}

    def _type_tree(self, kind: Type) -> Node:
        done: Node = {"name": kind.name}
        if kind.arguments:
            done["arguments"] = [self._type_tree(argument) for argument in kind.arguments]
        if kind.names:
            done["names"] = list(kind.names)
        if kind.result is not None:
            done["result"] = self._type_tree(kind.result)
        allowed, checks = [], kind.allowed
        while checks is not None:
            checks, test = checks
            allowed.append(self._writer(("?",)).node(test))
        return {**done, "allowed": allowed} if allowed else done

    # Boxed expressions

    def _text(self, text: str, names: tuple[str, ...]) -> Node:
        if not text:
            return {"kind": "null"}
        node, faults = parse_expression(text, self._names(names))
        if faults:
            raise Unsupported(faults[0].code)
        return self._writer(names).node(node)

    def _cell(self, text: str, names: tuple[str, ...]) -> Node | None:
        if text.strip() in ("", "-"):
            return None
        node, faults = parse_unary_tests(text, self._names((*names, "?")))
        if faults:
            raise Unsupported(faults[0].code)
        return self._writer((*names, "?")).node(node)

    def _box(self, box: Box | None, names: tuple[str, ...]) -> Node:
        """Write a boxed expression."""
        if box is None:
            return {"kind": "null"}
        if isinstance(box, Literal):
            return self._typed(self._text(box.text, names), box.type)
        if isinstance(box, ListBox):
            items = [self._box(item, names) for item in box.items]
            return self._typed({"kind": "list", "items": items}, box.type)
        if isinstance(box, RelationBox):
            return {"kind": "list", "items": [self._row(box, row, names) for row in box.rows]}
        if isinstance(box, ContextBox):
            return self._context(box, names)
        if isinstance(box, InvocationBox):
            return self._invocation(box, names)
        if isinstance(box, FunctionBox):
            return self._function(box, names, box.type)
        if isinstance(box, IfBox):
            parts = {"condition": box.condition, "yes": box.yes, "no": box.no}
            return {"kind": "if", **{name: self._box(part, names) for name, part in parts.items()}}
        if isinstance(box, TableBox):
            return {"kind": "table", "table": self._table(box, names)}
        raise Unsupported(type(box).__name__)

    def _row(self, box: RelationBox, row: tuple[Box | None, ...], names: tuple[str, ...]) -> Node:
        if set(box.columns) & set(names):
            raise Unsupported("relation")
        cells = zip(box.columns, row, strict=False)
        entries = [{"key": name, "value": self._box(cell, names)} for name, cell in cells]
        return {"kind": "context", "entries": entries}

    def _context(self, box: ContextBox, names: tuple[str, ...]) -> Node:
        entries: list[Node] = []
        inner, result = names, False
        for entry in box.entries:
            value = self._typed(self._box(entry.value, inner), entry.type)
            entries.append({"key": entry.name, "value": value})
            if not entry.name:
                result = True
                break
            inner = (*inner, entry.name)
        written: Node = {"kind": "context", "entries": entries}
        return {"kind": "path", "base": written, "member": ""} if result else written

    def _invocation(self, box: InvocationBox, names: tuple[str, ...]) -> Node:
        return {
            "kind": "invoke",
            "target": self._box(box.called, names),
            "names": [entry.name for entry in box.bindings],
            "arguments": [
                self._typed(self._box(entry.value, names), entry.type) for entry in box.bindings
            ],
        }

    def _function(self, box: FunctionBox, names: tuple[str, ...], result: str) -> Node:
        if box.kind != "FEEL":
            raise Unsupported("function external")
        parameters = []
        for parameter in box.parameters:
            kind = self.types.get(parameter.type)
            own: Node = {"name": parameter.name}
            parameters.append(own if kind == ANY else {**own, "type": self._type_tree(kind)})
        seen = (*names, *(parameter.name for parameter in box.parameters))
        body = self._typed(self._box(box.body, seen), result)
        return {"kind": "function", "parameters": parameters, "body": body}

    def _table(self, box: TableBox, names: tuple[str, ...]) -> Node:
        return {
            "hit_policy": box.hit_policy,
            "aggregation": box.aggregation,
            "inputs": [self._column(clause, names) for clause in box.inputs],
            "outputs": [self._output(clause, names) for clause in box.outputs],
            "rows": [
                {
                    "id": rule.id,
                    "tests": [self._cell(text, names) for text in rule.inputs],
                    "outputs": [
                        self._typed(self._text(text, names), clause.type)
                        for text, clause in zip(rule.outputs, box.outputs, strict=False)
                    ],
                }
                for rule in box.rules
            ],
        }

    def _column(self, clause: Clause, names: tuple[str, ...]) -> Node:
        done: Node = {"expression": self._typed(self._text(clause.text, names), clause.type)}
        allowed = self._cell(clause.allowed, names)
        return {**done, "allowed": allowed} if allowed else done

    def _output(self, clause: Clause, names: tuple[str, ...]) -> Node:
        done: Node = {"id": clause.name}
        if clause.default:
            done["default"] = self._text(clause.default, names)
        if clause.allowed:
            node, faults = parse_unary_tests(clause.allowed, self._names(names))
            if not faults and isinstance(node, tree.UnaryTests):
                done["choices"] = self._writer(names).all(node.tests)
        return done
