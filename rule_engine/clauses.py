"""Clauses: conditions as rows that staff choose from lists, in groups 全部 and 任意一条.

A tree that rows can show becomes a group and back; any other is shown as a sentence only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import temporal, tree
from rule_engine.numeric import number, plain
from rule_engine.printer import text_of

Join = Literal["all", "any"]
Operator = Literal[
    "equal", "not_equal", "less", "at_most", "more", "at_least", "between", "one_of", "none_of",
    "empty", "filled", "yes", "no", "includes", "excludes", "within", "contains", "starts", "ends",
]  # fmt: skip
Source = Literal["value", "parameter", "input", "today"]

MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Operand:
    """What is compared with: a value as people type it, a parameter, an input, or today."""

    source: Source
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One row: an input, what is asked of it, and with what it is compared."""

    input: str
    operator: Operator
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which all or any must hold; a negated group must not hold."""

    join: Join
    items: tuple["Clause | Group", ...]
    negated: bool = False


def to_group(node: tree.Node, vocabulary: Vocabulary) -> Group | None:
    """Show a tree as rows; None where rows cannot show it."""
    reader = _Reader({entry.id: entry for entry in vocabulary})
    found = reader.item(node)
    if isinstance(found, Clause):
        return Group("all", (found,))
    return found


def to_text(group: Group, vocabulary: Vocabulary) -> str:
    """Write rows as FEEL text over ids. Raises ValueError where an operand is no value."""
    return text_of(_Builder({entry.id: entry for entry in vocabulary}).group(group))


def to_json(group: Group) -> dict[str, Any]:
    """Write a group for the designer."""
    return {
        "join": group.join,
        "negated": group.negated,
        "items": [
            to_json(item) if isinstance(item, Group) else _clause_json(item) for item in group.items
        ],
    }


def from_json(document: Any, depth: int = 0) -> Group:
    """Read a group. Raises ValueError where the document is none."""
    if not isinstance(document, dict) or depth > MAX_DEPTH:
        raise ValueError("A group is an object.")
    join, items = document.get("join"), document.get("items")
    if join not in ("all", "any") or not isinstance(items, list):
        raise ValueError("A group has join and items.")
    read = [
        from_json(item, depth + 1) if isinstance(item, dict) and "join" in item else _clause(item)
        for item in items
    ]
    return Group(join, tuple(read), document.get("negated") is True)


def _clause_json(clause: Clause) -> dict[str, Any]:
    operands = [{"source": each.source, "text": each.text} for each in clause.operands]
    return {"input": clause.input, "operator": clause.operator, "operands": operands}


def _clause(document: Any) -> Clause:
    if not isinstance(document, dict) or document.get("operator") not in _BUILDERS:
        raise ValueError("A row has a known operator.")
    operands = tuple(
        Operand(each["source"], str(each.get("text", "")))
        for each in document.get("operands", [])
        if isinstance(each, dict) and each.get("source") in _SOURCES
    )
    return Clause(str(document.get("input", "")), document["operator"], operands)


_SOURCES = ("value", "parameter", "input", "today")
_COMPARISONS: dict[str, Operator] = {
    "=": "equal", "!=": "not_equal", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least",
}  # fmt: skip
_SIGNS = {operator: sign for sign, operator in _COMPARISONS.items()}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_CALLS: dict[str, Operator] = {
    "list contains": "includes",
    "within region": "within",
    "contains": "contains",
    "starts with": "starts",
    "ends with": "ends",
}
_NAMES = {operator: name for name, operator in _CALLS.items()}


class _Reader:
    def __init__(self, known: dict[str, Input]) -> None:
        self.known = known

    def item(self, node: tree.Node) -> Clause | Group | None:
        if isinstance(node, tree.Logical):
            items = [self.item(operand) for operand in node.operands]
            kept = tuple(item for item in items if item is not None)
            join: Join = "all" if node.operator == "and" else "any"
            return Group(join, kept) if len(kept) == len(items) else None
        if isinstance(node, tree.Call):
            return self._call(node)
        if isinstance(node, tree.Comparison):
            return self._comparison(node)
        if isinstance(node, tree.Between):
            return self._operands(node.value, "between", (node.low, node.high))
        if isinstance(node, tree.Membership):
            return self._membership(node)
        entry = self._input(node)
        return Clause(entry, "yes") if entry and self.known[entry].type == "boolean" else None

    def _input(self, node: tree.Node) -> str:
        return node.name if isinstance(node, tree.Name) and node.name in self.known else ""

    def _comparison(self, node: tree.Comparison) -> Clause | None:
        left, right, sign = node.left, node.right, node.operator
        if not self._input(left) and self._input(right):
            left, right, sign = right, left, _FLIPPED[sign]
        entry = self._input(left)
        if isinstance(right, tree.NullLiteral):
            if sign not in ("=", "!="):
                return None
            return Clause(entry, "empty" if sign == "=" else "filled") if entry else None
        if isinstance(right, tree.BooleanLiteral):
            if sign != "=" or not entry:
                return None
            return Clause(entry, "yes" if right.value else "no")
        return self._operands(left, _COMPARISONS[sign], (right,))

    def _membership(self, node: tree.Membership) -> Clause | None:
        tests = node.tests
        if len(tests) == 1 and isinstance(tests[0], tree.RangeLiteral):
            span = tests[0]
            if span.low_closed and span.high_closed:
                return self._operands(node.value, "between", (span.low, span.high))
            return None
        if len(tests) == 1 and isinstance(tests[0], tree.ListLiteral):
            tests = tests[0].items
        return self._operands(node.value, "one_of", tests)

    def _call(self, node: tree.Call) -> Clause | Group | None:
        name = node.function.name if isinstance(node.function, tree.Name) else ""
        given = [argument.value for argument in node.arguments]
        if name == "not" and len(given) == 1:
            return self._negated(self.item(given[0]))
        operator = _CALLS.get(name)
        if operator is None or len(given) != 2:
            return None
        return self._operands(given[0], operator, (given[1],))

    def _negated(self, inner: Clause | Group | None) -> Clause | Group | None:
        if isinstance(inner, Group):
            return None if inner.negated else Group(inner.join, inner.items, negated=True)
        if inner is None:
            return None
        opposite: dict[Operator, Operator] = {
            "one_of": "none_of", "includes": "excludes", "yes": "no",
        }  # fmt: skip
        if inner.operator in opposite:
            return Clause(inner.input, opposite[inner.operator], inner.operands)
        return Group("all", (inner,), negated=True)

    def _operands(
        self, subject: tree.Node, operator: Operator, nodes: tuple[tree.Node, ...]
    ) -> Clause | None:
        entry = self._input(subject)
        if not entry or not nodes:
            return None
        operands = [self._operand(node) for node in nodes]
        kept = tuple(operand for operand in operands if operand is not None)
        return Clause(entry, operator, kept) if len(kept) == len(nodes) else None

    def _operand(self, node: tree.Node) -> Operand | None:
        if isinstance(node, tree.NumberLiteral):
            return Operand("value", plain(node.value))
        if isinstance(node, tree.Negation) and isinstance(node.operand, tree.NumberLiteral):
            return Operand("value", "-" + plain(node.operand.value))
        if isinstance(node, tree.StringLiteral):
            return Operand("value", node.value)
        if isinstance(node, tree.AtLiteral):
            return Operand("value", node.text)
        if isinstance(node, tree.Path) and node.base == tree.Name("parameters"):
            return Operand("parameter", node.member)
        if node == tree.Call(tree.Name("today"), ()):
            return Operand("today")
        name = self._input(node)
        return Operand("input", name) if name else None


class _Builder:
    def __init__(self, known: dict[str, Input]) -> None:
        self.known = known

    def group(self, group: Group) -> tree.Node:
        if not group.items:
            raise ValueError("A group has at least one row.")
        nodes = [
            self.group(item) if isinstance(item, Group) else self.clause(item)
            for item in group.items
        ]
        operator = "and" if group.join == "all" else "or"
        node = nodes[0] if len(nodes) == 1 else tree.Logical(operator, tuple(nodes))
        return _not(node) if group.negated else node

    def clause(self, clause: Clause) -> tree.Node:
        name = tree.Name(clause.input)
        operands = [self.operand(clause.input, each) for each in clause.operands]
        wanted = _COUNTS.get(clause.operator, 1)
        if clause.operator in ("one_of", "none_of"):
            wanted = max(len(operands), 1)
        if len(operands) != wanted:
            raise ValueError(f'"{clause.operator}" takes {wanted} values.')
        return _BUILDERS[clause.operator](clause.operator, name, operands)

    def operand(self, subject: str, operand: Operand) -> tree.Node:
        if operand.source == "parameter":
            return tree.Path(tree.Name("parameters"), operand.text)
        if operand.source == "input":
            return tree.Name(operand.text)
        if operand.source == "today":
            return tree.Call(tree.Name("today"), ())
        entry = self.known.get(subject)
        kind = entry.type if entry is not None else "string"
        if kind == "number":
            value = number(operand.text)
            if value is None:
                raise ValueError(f'"{operand.text}" is no number.')
            return _number(value)
        if kind in ("date", "date and time", "time") or kind.endswith("duration"):
            if temporal.read_any(operand.text) is None:
                raise ValueError(f'"{operand.text}" is no {kind}.')
            return tree.AtLiteral(operand.text)
        return tree.StringLiteral(operand.text)


_COUNTS = {"between": 2, "empty": 0, "filled": 0, "yes": 0, "no": 0}
_Build = Callable[[str, tree.Node, list[tree.Node]], tree.Node]


def _number(value: Decimal) -> tree.Node:
    if value.is_signed() and value:
        return tree.Negation(tree.NumberLiteral(-value))
    return tree.NumberLiteral(abs(value))


def _not(node: tree.Node) -> tree.Node:
    return tree.Call(tree.Name("not"), (tree.Argument(node),))


def _compared(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    return tree.Comparison(_SIGNS[operator], name, operands[0])  # type: ignore[index]


def _null(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    return tree.Comparison("=" if operator == "empty" else "!=", name, tree.NullLiteral())


def _flag(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    return tree.Comparison("=", name, tree.BooleanLiteral(operator == "yes"))


def _between(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    return tree.Between(name, operands[0], operands[1])


def _among(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    node = tree.Membership(name, tuple(operands))
    return _not(node) if operator == "none_of" else node


def _called(operator: str, name: tree.Node, operands: list[tree.Node]) -> tree.Node:
    function = "list contains" if operator == "excludes" else _NAMES[operator]  # type: ignore[index]
    arguments = (tree.Argument(name), tree.Argument(operands[0]))
    node = tree.Call(tree.Name(function), arguments)
    return _not(node) if operator == "excludes" else node


_BUILDERS: dict[str, _Build] = {
    **dict.fromkeys(_COMPARISONS.values(), _compared),
    "between": _between,
    "one_of": _among,
    "none_of": _among,
    "empty": _null,
    "filled": _null,
    "yes": _flag,
    "no": _flag,
    "excludes": _called,
    **dict.fromkeys(_CALLS.values(), _called),
}
