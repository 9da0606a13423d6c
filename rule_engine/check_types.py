"""Tables of types: members of values, results of operators, fitting arguments."""

from rule_engine import temporal, tree
from rule_engine.feel_types import (
    BOOLEAN,
    DATE,
    DAYS,
    LIST,
    MOMENT,
    MONTHS,
    NUMBER,
    RANGE,
    STRING,
    TIME,
    Type,
    agrees,
)
from rule_engine.functions.registry import Signature

LENGTHS = {"days and time duration", "years and months duration"}
_DATES = {"date", "date and time"}
MEMBERS = {
    "date": {"year": NUMBER, "month": NUMBER, "day": NUMBER, "weekday": NUMBER},
    "date and time": {
        "year": NUMBER, "month": NUMBER, "day": NUMBER, "weekday": NUMBER, "hour": NUMBER,
        "minute": NUMBER, "second": NUMBER, "time offset": DAYS, "timezone": STRING,
        "date": DATE, "time": TIME,
    },
    "time": {
        "hour": NUMBER, "minute": NUMBER, "second": NUMBER, "time offset": DAYS,
        "timezone": STRING,
    },
    "days and time duration": {
        "days": NUMBER, "hours": NUMBER, "minutes": NUMBER, "seconds": NUMBER,
    },
    "years and months duration": {"years": NUMBER, "months": NUMBER},
}  # fmt: skip


def usage(way: Signature) -> str:
    """Say how a function is called."""
    return "(" + ", ".join(p.name + ("?" if p.optional else "") for p in way.parameters) + ")"


def fits(way: Signature, places: tuple[int, ...], kinds: list[Type]) -> bool:
    """Tell whether arguments of these types may be passed."""
    for place, kind in zip(places, kinds, strict=True):
        wanted = way.parameters[min(place, len(way.parameters) - 1)]
        if not any(agrees(kind, allowed) for allowed in wanted.types):
            return False
    return True


def result_of(operator: str, left: str, right: str) -> Type | None:
    """Give the type of an operator\'s result; None where it does not apply."""
    if left == right == "number":
        return NUMBER
    if operator == "+" and left == right == "string":
        return STRING
    points = {*_DATES, "time"}
    if operator in ("+", "-"):
        if left == right and left in LENGTHS:
            return KINDS[left]
        if left in points and right in LENGTHS and not (left == "time" and right == MONTHS.name):
            return KINDS[left]
        if operator == "+" and right in points and left in LENGTHS:
            return KINDS[right]
        if operator == "-" and left == right and left in points:
            return DAYS
    if operator in ("*", "/") and left in LENGTHS and right == "number":
        return KINDS[left]
    if operator == "*" and left == "number" and right in LENGTHS:
        return KINDS[right]
    if operator == "/" and left == right and left in LENGTHS:
        return NUMBER
    return None


KINDS = {
    kind.name: kind
    for kind in (NUMBER, STRING, BOOLEAN, DATE, TIME, MOMENT, DAYS, MONTHS, LIST, RANGE)
}


def has_zone(node: tree.Node) -> bool | None:
    """Tell whether a moment has a zone; None where only its value could tell."""
    if isinstance(node, tree.Name):
        return True
    text: str | None = node.text if isinstance(node, tree.AtLiteral) else None
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        if node.function.name == "now":
            return True
        first = node.arguments[0].value if len(node.arguments) == 1 else None
        if node.function.name == "date and time" and isinstance(first, tree.StringLiteral):
            text = first.value
    value = temporal.read_moment(text) if text is not None else None
    return None if value is None else temporal.offset(value) is not None
