"""Reading scopes: what `Scope.to_json` wrote, and nothing else."""

from typing import Any

from gcrm.access.conditions import read_condition
from gcrm.access.scopes import (
    And,
    Assigned,
    Department,
    Everything,
    FieldEquals,
    Grid,
    Item,
    Not,
    Nothing,
    Or,
    Own,
    Participant,
    Region,
    Represented,
    Scope,
    ScopeError,
)

MOST_PARTS = 200
DEEPEST = 12

_PLAIN: dict[str, Scope] = {
    "own": Own(),
    "represented": Represented(),
    "assigned": Assigned(),
    "participant": Participant(),
    "grid": Grid(),
    "everything": Everything(),
    "nothing": Nothing(),
}


def from_json(document: Any) -> Scope:
    """Read a scope. Raises ScopeError for anything that `to_json` would not write."""
    return _read(document, 0, [0])


def _read(document: Any, depth: int, count: list[int]) -> Scope:
    count[0] += 1
    if depth > DEEPEST or count[0] > MOST_PARTS:
        raise ScopeError("The scope is too large.")
    if not isinstance(document, dict) or not isinstance(document.get("scope"), str):
        raise ScopeError('A scope is an object with the key "scope".')
    kind = document["scope"]
    rest = {key: value for key, value in document.items() if key != "scope"}
    if kind in _PLAIN and not rest:
        return _PLAIN[kind]
    if kind in ("department", "region") and set(rest) <= {"below"}:
        below = rest.get("below", True)
        if isinstance(below, bool):
            return Department(below) if kind == "department" else Region(below)
    if kind == "item" and set(rest) == {"items"}:
        items = rest["items"]
        if isinstance(items, list) and items and all(isinstance(each, str) for each in items):
            return Item(tuple(items))
    if kind == "field" and set(rest) == {"field", "value"}:
        field, value = rest["field"], rest["value"]
        if isinstance(field, str) and isinstance(value, (str, bool)) and "\0" not in str(value):
            return FieldEquals(field, value)
    if kind == "condition" and set(rest) == {"that", "fields"}:
        return read_condition(rest["that"], rest["fields"])
    of = rest.get("of") if set(rest) == {"of"} else None
    if kind in ("and", "or") and isinstance(of, list) and of:
        parts = tuple(_read(each, depth + 1, count) for each in of)
        return And(parts) if kind == "and" else Or(parts)
    if kind == "not" and of is not None:
        return Not(_read(of, depth + 1, count))
    raise ScopeError(f'The scope "{kind}" is not known or has wrong parts.')
