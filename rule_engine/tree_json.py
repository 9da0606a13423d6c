"""Trees as JSON (`gcrm.tree/1`), for the interpreter in the browser; parsing stays here."""

import dataclasses
import typing
from decimal import Decimal
from typing import Any

from rule_engine import tree
from rule_engine.numeric import number, plain

FORMAT = "gcrm.tree/1"
COMPILER = "1"
"""The version of this compiler; a browser refuses trees of another one."""

_KINDS: dict[str, type[tree.Node]] = {
    kind.__name__: kind
    for kind in vars(tree).values()
    if isinstance(kind, type) and issubclass(kind, tree.Node)
    if kind not in (tree.Node, tree.Broken)
}


def to_json(node: tree.Node) -> dict[str, Any]:
    """Write a tree with its format and the compiler's version."""
    return {"format": FORMAT, "compiler": COMPILER, "tree": _written(node)}


def from_json(document: Any) -> tree.Node:
    """Read a tree. Raises ValueError where the document is none of this format."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"A tree has the format {FORMAT}.")
    return _read(document.get("tree"))


def schema() -> dict[str, Any]:
    """Describe the format as a JSON Schema."""
    kinds = {name: _schema_of(kind) for name, kind in _KINDS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:gcrm:schema:tree:1",
        "title": FORMAT,
        "type": "object",
        "required": ["format", "compiler", "tree"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT},
            "compiler": {"type": "string"},
            "tree": {"$ref": "#/$defs/node"},
        },
        "$defs": {
            "node": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds]},
            **kinds,
        },
    }


def _written(node: tree.Node) -> dict[str, Any]:
    done: dict[str, Any] = {"node": type(node).__name__, "at": list(node.span)}
    for field in dataclasses.fields(node):
        if field.name == "span":
            continue
        value = getattr(node, field.name)
        if isinstance(value, tree.Node):
            done[field.name] = _written(value)
        elif isinstance(value, tuple):
            done[field.name] = [
                _written(item) if isinstance(item, tree.Node) else item for item in value
            ]
        elif isinstance(value, Decimal):
            done[field.name] = plain(value)
        elif value is not None:
            done[field.name] = value
    return done


def _read(document: Any) -> tree.Node:
    if not isinstance(document, dict) or document.get("node") not in _KINDS:
        raise ValueError("A node has a known kind.")
    kind = _KINDS[document["node"]]
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        value = document.get("at" if field.name == "span" else field.name)
        if field.name == "span":
            values["span"] = tuple(value or (0, 0))
        elif isinstance(value, dict):
            values[field.name] = _read(value)
        elif isinstance(value, list):
            values[field.name] = tuple(
                _read(item) if isinstance(item, dict) else item for item in value
            )
        elif kind is tree.NumberLiteral:
            values[field.name] = number(str(value))
        elif value is not None or field.default is dataclasses.MISSING:
            values[field.name] = value
    return kind(**values)


def _schema_of(kind: type[tree.Node]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "node": {"const": kind.__name__},
        "at": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    }
    required = ["node", "at"]
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name == "span":
            continue
        properties[field.name] = _field_schema(hints[field.name])
        if field.default is dataclasses.MISSING:
            required.append(field.name)
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


def _field_schema(hint: Any) -> dict[str, Any]:
    arguments = [part for part in typing.get_args(hint) if part not in (type(None), Ellipsis)]
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _field_schema(arguments[0])}
    kind = arguments[0] if arguments else hint
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    return {"$ref": "#/$defs/node" if kind is tree.Node else f"#/$defs/{kind.__name__}"}


_SIMPLE: dict[Any, str] = {str: "string", bool: "boolean", Decimal: "string"}
