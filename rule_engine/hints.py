"""Hints: what one input must become so that a failing part of a condition is met.

A hint is known where the part is linear in one input; its value lies on the input's own scale.
It is tried before it is given: with it the part holds.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, DecimalException
from typing import Any, Literal

from app_definitions.vocabulary import Input
from rule_engine import tree
from rule_engine.numeric import CONTEXT

Way = Literal["at_least", "at_most", "is", "is_not", "includes", "excludes"]
Value = Callable[[tree.Node, Mapping[str, Any]], Any]
"""Works a node out with given inputs; None where it cannot be."""

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_DAY = dt.timedelta(1)


@dataclass(frozen=True, slots=True)
class Goal:
    """What an input must become: at least, at most, or just a value, or anything but it."""

    input_id: str
    way: Way
    value: Any

    def meets(self, value: Any) -> bool:
        """Tell whether a value is what the goal asks."""
        if value is None:
            return False
        if self.way in ("includes", "excludes"):
            return (self.value in value) is (self.way == "includes")
        if self.way in ("is", "is_not"):
            return (value == self.value) is (self.way == "is")
        return bool(value >= self.value if self.way == "at_least" else value <= self.value)

    def followed(self, entry: Input, now: Any) -> Any:
        """Give a value that does what the goal asks, as near as can be."""
        if self.way == "includes":
            return [*(now or ()), self.value]
        if self.way == "excludes":
            return [item for item in now or () if item != self.value]
        if self.way != "is_not":
            return self.value
        if isinstance(self.value, bool):
            return not self.value
        if isinstance(self.value, Decimal):
            return CONTEXT.add(self.value, _step(entry))
        if isinstance(self.value, dt.date):
            return self.value + _DAY
        others = [option.code for option in entry.options if option.code != self.value]
        return others[0] if others else None if entry.options else f"{self.value}*"

    def condition(self) -> tree.Node | None:
        """Write the goal as a condition, to be said as a sentence."""
        literal = _literal(self.value)
        if literal is None:
            return None
        name = tree.Name(self.input_id)
        if self.way in ("includes", "excludes"):
            has = tree.Call(
                tree.Name("list contains"), (tree.Argument(name), tree.Argument(literal))
            )
            if self.way == "includes":
                return has
            return tree.Call(tree.Name("not"), (tree.Argument(has),))
        operator = {"at_least": ">=", "at_most": "<=", "is": "=", "is_not": "!="}[self.way]
        return tree.Comparison(operator, name, literal)


def goal_of(
    node: tree.Node, inputs: Mapping[str, Any], known: Mapping[str, Input], value: Value
) -> Goal | None:
    """Find what one input must become so that a part holds; None where no hint is known."""
    seeker = _Seeker(inputs, known, value)
    for goal in seeker.goals(node):
        entry = known[goal.input_id]
        changed = {**inputs, goal.input_id: goal.followed(entry, inputs.get(goal.input_id))}
        if value(node, changed) is True:
            return goal
    return None


def joint(
    goals: Sequence[Goal], known: Mapping[str, Input], inputs: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Give values that follow all goals at once; None where they cannot hold together."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(goal.input_id for goal in goals):
        own = [goal for goal in goals if goal.input_id == name]
        value = inputs.get(name)
        for goal in own:
            if goal.way in ("includes", "excludes"):
                value = goal.followed(known[name], value)
        tries = [value, *(goal.followed(known[name], value) for goal in own)]
        fitting = [one for one in tries if all(goal.meets(one) for goal in own)]
        if not fitting:
            return None
        found[name] = fitting[0]
    return found


class _Seeker:
    """Looks for goals of one part, given what is answered."""

    def __init__(self, inputs: Mapping[str, Any], known: Mapping[str, Input], value: Value) -> None:
        self.inputs, self.known, self.value = inputs, known, value

    def goals(self, node: tree.Node) -> Iterator[Goal]:
        if isinstance(node, tree.Name) and self._is(node, "boolean"):
            yield Goal(node.name, "is", True)
        elif isinstance(node, tree.Call):
            yield from self._call(node)
        elif isinstance(node, tree.Comparison):
            yield from self._comparison(node.operator, node.left, node.right)
            yield from self._comparison(_TURNED[node.operator], node.right, node.left)
        elif isinstance(node, tree.Between):
            yield from self._comparison(">=", node.value, node.low)
            yield from self._comparison("<=", node.value, node.high)
        elif isinstance(node, tree.Membership):
            for test in node.tests:
                yield from self._test(node.value, test)

    def _call(self, node: tree.Call) -> Iterator[Goal]:
        name = node.function.name if isinstance(node.function, tree.Name) else ""
        given = [argument.value for argument in node.arguments]
        if name == "not" and len(given) == 1:
            inner = given[0]
            if isinstance(inner, tree.Name) and self._is(inner, "boolean"):
                yield Goal(inner.name, "is", False)
            elif isinstance(inner, tree.Comparison) and inner.operator in _OPPOSITE:
                opposite = _OPPOSITE[inner.operator]
                yield from self._comparison(opposite, inner.left, inner.right)
                yield from self._comparison(_TURNED[opposite], inner.right, inner.left)
            elif isinstance(inner, tree.Call):
                for goal in self._call(inner):
                    if goal.way == "includes":
                        yield Goal(goal.input_id, "excludes", goal.value)
        elif name == "list contains" and len(given) == 2 and isinstance(given[0], tree.Name):
            wanted = self.value(given[1], self.inputs)
            if given[0].name in self.known and isinstance(wanted, str | Decimal):
                yield Goal(given[0].name, "includes", wanted)

    def _test(self, value: tree.Node, test: tree.Node) -> Iterator[Goal]:
        if isinstance(test, tree.Test):
            yield from self._comparison(test.operator, value, test.operand)
        elif isinstance(test, tree.RangeLiteral):
            low, high = test.low, test.high
            yield from self._comparison(">=" if test.low_closed else ">", value, low)
            yield from self._comparison("<=" if test.high_closed else "<", value, high)
        elif isinstance(test, tree.ListLiteral):
            for item in test.items:
                yield from self._test(value, item)
        else:
            yield from self._comparison("=", value, test)

    def _comparison(self, operator: str, side: tree.Node, other: tree.Node) -> Iterator[Goal]:
        """Solve `side operator other` for the one input of the side."""
        names = [node.name for node in tree.walk(side) if isinstance(node, tree.Name)]
        inside = {node.name for node in tree.walk(other) if isinstance(node, tree.Name)}
        for name in dict.fromkeys(names):
            entry = self.known.get(name)
            if entry is None or entry.sealed or name in inside or names.count(name) != 1:
                continue
            limit = self.value(other, self.inputs)
            if limit is None:
                continue
            if isinstance(side, tree.Name):
                yield from _plain(entry, operator, limit)
            elif entry.type == "number" and isinstance(limit, Decimal):
                yield from self._linear(entry, operator, side, limit)

    def _linear(
        self, entry: Input, operator: str, side: tree.Node, limit: Decimal
    ) -> Iterator[Goal]:
        at = [self.value(side, {**self.inputs, entry.id: Decimal(x)}) for x in (0, 1, 2)]
        if not all(isinstance(one, Decimal) for one in at):
            return
        base, one, two = at
        try:
            slope = CONTEXT.subtract(one, base)
            if not slope or CONTEXT.subtract(two, one) != slope:
                return
            point = CONTEXT.divide(CONTEXT.subtract(limit, base), slope)
            yield from _plain(entry, operator if slope > 0 else _TURNED[operator], point)
        except DecimalException:
            return

    def _is(self, node: tree.Name, kind: str) -> bool:
        entry = self.known.get(node.name)
        return entry is not None and entry.type == kind and not entry.sealed


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


def _plain(entry: Input, operator: str, limit: Any) -> Iterator[Goal]:
    """Give the goals of `input operator limit`, on the input's own scale."""
    if operator == "!=":
        yield Goal(entry.id, "is_not", limit)
    elif operator == "=":
        if not isinstance(limit, Decimal) or limit == _stepped(entry, limit, up=True):
            yield Goal(entry.id, "is", limit)
    elif isinstance(limit, Decimal):
        up = operator in (">", ">=")
        value = _stepped(entry, limit, up=up)
        way: Way = "at_least" if up else "at_most"
        if operator in ("<=", ">=") or value != limit:
            yield Goal(entry.id, way, value)
        step = _step(entry) if up else -_step(entry)
        yield Goal(entry.id, way, CONTEXT.add(value, step))
    elif type(limit) is dt.date and entry.type == "date":
        beyond = {">": _DAY, "<": -_DAY}.get(operator, dt.timedelta(0))
        try:
            yield Goal(entry.id, "at_least" if operator[0] == ">" else "at_most", limit + beyond)
        except OverflowError:
            return


def _step(entry: Input) -> Decimal:
    return Decimal(1).scaleb(-(entry.scale or 0))


def _stepped(entry: Input, limit: Decimal, *, up: bool) -> Decimal:
    try:
        return limit.quantize(_step(entry), ROUND_CEILING if up else ROUND_FLOOR)
    except DecimalException:
        return limit


def _literal(value: Any) -> tree.Node | None:
    if isinstance(value, bool):
        return tree.BooleanLiteral(value)
    if isinstance(value, Decimal):
        return tree.NumberLiteral(value)
    if isinstance(value, str):
        return tree.StringLiteral(value)
    if type(value) is dt.date:
        return tree.AtLiteral(value.isoformat())
    return None
