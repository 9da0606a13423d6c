"""Models to JSON and back, by their shapes: keys in the model's order, defaults left out."""

import dataclasses
import datetime as dt
import typing
from collections.abc import Mapping
from typing import Any

from app_definitions import shapes


def encode(model: Any) -> dict[str, Any]:
    """Give a model as JSON; what equals its default is left out, so each model has one text."""
    document: dict[str, Any] = {}
    for entry, _ in shapes.attributes(model.__class__):
        value = getattr(model, entry.name)
        if shapes.is_required(entry) or value != _default(entry):
            document[entry.name] = _encode(value)
    return document


def decode(model: type, document: Mapping[str, Any]) -> Any:
    """Build a model from JSON that its schema has found right."""
    values = {
        entry.name: _decode(hint, document[entry.name])
        for entry, hint in shapes.attributes(model)
        if entry.name in document
    }
    return model(**values)


def _default(entry: dataclasses.Field[Any]) -> Any:
    if entry.default_factory is not dataclasses.MISSING:
        return entry.default_factory()
    return entry.default


def _encode(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, tuple | list):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encode(value[key]) for key in sorted(value)}
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _decode(hint: Any, value: Any) -> Any:
    hint, _ = shapes.optional(hint)
    base, _ = shapes.unmarked(hint)
    base, _ = shapes.optional(base)
    if value is None:
        return None
    if dataclasses.is_dataclass(base) and isinstance(base, type):
        return decode(base, value)
    if typing.get_origin(base) is tuple:
        inner = typing.get_args(base)[0]
        return tuple(_decode(inner, item) for item in value)
    if base is dt.date:
        return dt.date.fromisoformat(value)
    if base is dt.datetime:
        return dt.datetime.fromisoformat(value)
    return value
