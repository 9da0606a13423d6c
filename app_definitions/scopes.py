"""Scopes: which rows a right reaches, as the platform's access algebra writes them."""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 8

_PLAIN = frozenset(
    ("own", "represented", "assigned", "participant", "grid", "everything", "nothing")
)
_KEYS: Mapping[str, frozenset[str]] = {
    **{name: frozenset() for name in _PLAIN},
    "department": frozenset({"below"}),
    "region": frozenset({"below"}),
    "item": frozenset({"items"}),
    "field": frozenset({"field", "value"}),
    "condition": frozenset({"that", "fields"}),
    "and": frozenset({"of"}),
    "or": frozenset({"of"}),
    "not": frozenset({"of"}),
}


def faults(scope: Any, depth: int = 0) -> Iterator[str]:
    """List the pieces of a scope that mean nothing."""
    if not isinstance(scope, Mapping) or depth > MAX_DEPTH:
        yield str(scope)[:80]
        return
    name = scope.get("scope")
    known = _KEYS.get(name) if isinstance(name, str) else None
    if known is None or not known >= scope.keys() - {"scope"}:
        yield str(name)[:80] if known is None else ", ".join(sorted(scope.keys() - {"scope"}))
        return
    if not isinstance(scope.get("below", True), bool):
        yield "below"
    if name == "item" and not _words(scope.get("items")):
        yield "items"
    if name == "field" and not (
        isinstance(scope.get("field"), str) and isinstance(scope.get("value"), str | bool)
    ):
        yield "field"
    if name == "condition":
        that, fields = scope.get("that"), scope.get("fields")
        if not isinstance(that, str) or not isinstance(fields, list | tuple):
            yield "that"
        elif not all(_is_field(one) for one in fields):
            yield "fields"
    if name in ("and", "or"):
        inner = scope.get("of")
        if not isinstance(inner, list | tuple) or not inner:
            yield "of"
        for each in inner if isinstance(inner, list | tuple) else ():
            yield from faults(each, depth + 1)
    if name == "not":
        yield from faults(scope.get("of"), depth + 1)


def conditions(scope: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """List the conditions inside a scope without faults."""
    if depth > MAX_DEPTH or not isinstance(scope, Mapping):
        return
    if scope.get("scope") == "condition":
        yield scope
    inner = scope.get("of", ())
    for each in inner if isinstance(inner, list | tuple) else (inner,):
        yield from conditions(each, depth + 1)


FIELD_TYPES = ("string", "number", "boolean", "date")
_FIELD_KEYS = frozenset({"id", "type", "field", "scale", "label"})


def _is_field(entry: Any) -> bool:
    """Tell whether an entry names a field with its type: `{id, type, field?, scale?, label?}`."""
    return (
        isinstance(entry, Mapping)
        and entry.keys() <= _FIELD_KEYS
        and all(isinstance(entry.get(key, ""), str) for key in ("field", "label"))
        and isinstance(entry.get("id"), str)
        and entry.get("type") in FIELD_TYPES
        and type(entry.get("scale", 0)) is int
        and 0 <= entry.get("scale", 0) <= 6
    )


def _words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)
