"""Shapes: the marked types of which all models are made, and the JSON Schema they give."""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from app_definitions import ids

Json = Any
"""A JSON value without fractions: numbers that people typed are strings."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a type hint cannot say: the role of a text, its pattern and its length."""

    role: str
    pattern: str | None = None
    max_length: int | None = None
    min_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None


Id = Annotated[str, Mark("id", pattern=ids.PATTERN)]
Text = Annotated[str, Mark("text", max_length=4000)]
"""A sentence that people read, in Chinese; other languages stand in `i18n/`."""
Feel = Annotated[str, Mark("feel", max_length=4000)]
Number = Annotated[str, Mark("decimal", pattern=r"^-?[0-9]{1,28}(\.[0-9]{1,12})?$")]
Word = Annotated[str, Mark("word", max_length=200)]
Code = Annotated[str, Mark("code", pattern=r"^[A-Za-z0-9_.\-]{1,40}$")]
PartPath = Annotated[str, Mark("part", max_length=200)]
Small = Annotated[int, Mark("count", minimum=0, maximum=100_000)]


@cache
def attributes(model: type) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    """List the attributes of a model with their types, marks included."""
    hints = typing.get_type_hints(model, include_extras=True)
    return tuple((entry, hints[entry.name]) for entry in dataclasses.fields(model))


def is_required(entry: dataclasses.Field[Any]) -> bool:
    """Tell whether an attribute has no default."""
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING


def unmarked(hint: Any) -> tuple[Any, Mark | None]:
    """Split a type into itself and its mark."""
    if typing.get_origin(hint) is Annotated:
        base, *marks = typing.get_args(hint)
        return base, next((mark for mark in marks if isinstance(mark, Mark)), None)
    return hint, None


def optional(hint: Any) -> tuple[Any, bool]:
    """Take `None` off a union."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        rest = [member for member in typing.get_args(hint) if member is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def schema(model: type, fmt: str) -> dict[str, Any]:
    """Give the JSON Schema 2020-12 of a format."""
    definitions: dict[str, Any] = {}
    root = _object(model, definitions)
    root["properties"] = {"format": {"const": fmt}, **root["properties"]}
    root["required"] = ["format", *root["required"]]
    name = fmt.replace("/", ".")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name}",
        **root,
        **({"$defs": dict(sorted(definitions.items()))} if definitions else {}),
    }


def _object(model: type, definitions: dict[str, Any]) -> dict[str, Any]:
    listed = attributes(model)
    return {
        "title": model.__name__,
        "description": (model.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": {entry.name: _type(hint, definitions) for entry, hint in listed},
        "required": [entry.name for entry, _ in listed if is_required(entry)],
        "additionalProperties": False,
    }


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hint, _ = optional(hint)
    base, mark = unmarked(hint)
    base, _ = optional(base)
    if dataclasses.is_dataclass(base) and isinstance(base, type):
        if base.__name__ not in definitions:
            definitions[base.__name__] = {}
            definitions[base.__name__] = _object(base, definitions)
        return {"$ref": f"#/$defs/{base.__name__}"}
    origin = typing.get_origin(base)
    if origin is Literal:
        return {"enum": list(typing.get_args(base))}
    if origin in (types.UnionType, typing.Union):
        return {"enum": [word for member in typing.get_args(base) for word in member.__args__]}
    if origin is tuple:
        return {"type": "array", "items": _type(typing.get_args(base)[0], definitions)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object"}
    return {**_PLAIN[base], **(_marked(mark) if mark else {})}


_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    Any: {},
}


def _marked(mark: Mark) -> dict[str, Any]:
    limits = {
        "pattern": mark.pattern,
        "maxLength": mark.max_length,
        "minLength": mark.min_length,
        "minimum": mark.minimum,
        "maximum": mark.maximum,
        "x-gcrm": mark.role,
    }
    return {key: value for key, value in limits.items() if value is not None}
