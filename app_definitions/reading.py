"""Reading and writing a format: upgrade, schema, model, ids, and the kind's own checks."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

import jsonschema

from app_definitions import codec, formats, ids, shapes
from app_definitions.problem import Problem, Problems, error


class Format(Protocol):
    """A model that is the root of a format."""

    FORMAT: ClassVar[str]


M = TypeVar("M", bound=Format)


def read(
    model: type[M],
    document: Any,
    part: str,
    *,
    check: Callable[[M, str], list[Problem]] | None = None,
    scopes: tuple[type, ...] = (),
) -> tuple[M | None, Problems]:
    """Read a document into its model; all problems come back together.

    The model is None where the structure is wrong. Where only ids or meanings are wrong
    it comes back together with the problems. Things inside a model listed in `scopes`
    need ids that are unique there; all others need ids that are unique in the part.
    """
    if not isinstance(document, Mapping):
        return None, (error(part, "not_an_object"),)
    upgraded, refusal = formats.upgrade(document, model.FORMAT, part)
    if upgraded is None:
        return None, (refusal,) if refusal else ()
    problems = list(_structure(model, upgraded, part))
    if problems:
        return None, tuple(problems)
    built: M = codec.decode(model, upgraded)
    problems += _doubled_ids(built, part, scopes)
    if check is not None:
        problems += check(built, part)
    return built, tuple(problems)


def write(model: Format) -> dict[str, Any]:
    """Give the canonical document of a model."""
    return {"format": model.FORMAT, **codec.encode(model)}


@cache
def schema_of(model: type[Format]) -> dict[str, Any]:
    """Give the JSON Schema of a model's format."""
    return shapes.schema(model, model.FORMAT)


@cache
def _validator(model: type[Format]) -> Any:
    kind = jsonschema.Draft202012Validator
    return kind(schema_of(model), format_checker=_FORMATS)


_FORMATS = jsonschema.FormatChecker(formats=())
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$", re.ASCII)


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    if isinstance(value, str):
        dt.date.fromisoformat(value)
        return _DATE.match(value) is not None
    return True


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    if isinstance(value, str):
        dt.datetime.fromisoformat(value)
        return _MOMENT.match(value) is not None
    return True


def _structure(model: type[Format], document: Mapping[str, Any], part: str) -> Iterator[Problem]:
    for trouble in _validator(model).iter_errors(document):
        inside, rest = _place(document, list(trouble.absolute_path))
        yield from _say(trouble, part, inside, rest)


_SCOPED_LISTS = frozenset({"versions", "nodes", "conditions"})
"""Lists whose items have ids of their own inside them, such as the versions of a decision."""


def _place(document: Any, steps: Sequence[str | int]) -> tuple[list[str], str]:
    """Follow a path of keys and positions; give the nearest id and the path below it."""
    inside: list[str] = []
    scope: list[str] = []
    rest = listed = ""
    here = document
    for step in [*steps, None]:
        if isinstance(here, Mapping) and isinstance(here.get("id"), str) and here["id"]:
            inside, rest = [*scope, here["id"]], ""
            scope = inside if listed in _SCOPED_LISTS else scope
        listed = step if isinstance(step, str) else listed
        if step is None:
            break
        here = here[step]
        rest += f"[{step}]" if isinstance(step, int) else f".{step}" if rest else str(step)
    return inside, rest


def _say(trouble: Any, part: str, inside: list[str], rest: str) -> Iterator[Problem]:
    def at(name: str = "") -> str:
        return ids.path(part, inside, ".".join(word for word in (rest, name) if word))

    rule, limit = trouble.validator, trouble.validator_value
    shown = _shown(trouble.instance)
    if rule == "required":
        for name in limit:
            if name not in trouble.instance:
                yield error(at(name), "property_missing", name=name)
    elif rule == "additionalProperties":
        for name in trouble.instance:
            if name not in trouble.schema["properties"]:
                yield error(at(str(name)[:80]), "property_unknown", name=str(name)[:80])
    elif rule == "type":
        yield error(at(), "wrong_type", expected=str(limit), value=shown)
    elif rule == "enum":
        yield error(at(), "value_not_allowed", value=shown, allowed=", ".join(map(str, limit)))
    elif rule == "pattern" and trouble.schema.get("x-gcrm") == "id":
        yield error(at(), "bad_id", value=shown)
    elif rule in ("pattern", "format"):
        word = trouble.schema.get("x-gcrm") or limit
        yield error(at(), "bad_notation", value=shown, expected=str(word))
    elif rule in ("maxLength", "maximum", "minLength", "minimum"):
        code = "too_large" if rule.startswith("max") else "too_small"
        yield error(at(), code, limit=limit)
    else:
        yield error(at(), "bad_notation", value=shown, expected=str(rule))


def _shown(value: object) -> str:
    return value[:80] if isinstance(value, str) else type(value).__name__


def walk(
    model: Any, scopes: tuple[type, ...] = (), outer: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Go through all models inside a model, each with the ids that lead to it."""
    own = getattr(model, "id", None)
    inside = (*outer, own) if isinstance(own, str) else outer
    yield inside, model
    below = inside if isinstance(model, scopes) else outer
    for entry in dataclasses.fields(model):
        value = getattr(model, entry.name)
        for item in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(item) and not isinstance(item, type):
                yield from walk(item, scopes, below)


def _doubled_ids(model: Any, part: str, scopes: tuple[type, ...]) -> Iterator[Problem]:
    seen: set[tuple[str, ...]] = set()
    for inside, item in walk(model, scopes):
        if not isinstance(getattr(item, "id", None), str):
            continue
        if inside in seen:
            yield error(ids.path(part, inside, "id"), "id_doubled", value=inside[-1])
        seen.add(inside)
