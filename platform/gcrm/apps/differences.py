"""What differs between two packages of an app, thing by thing, as people named the things. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app_definitions.package import Package
from gcrm.apps import flow_lines

Kind = Literal["added", "removed", "changed", "moved"]
NAMES = ("label", "name", "title", "text", "id", "code")
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: in which part, what it is called there, which property.

    `what` is empty where the whole thing came or went; `before` and `after` are texts.
    """

    part: str
    where: tuple[str, ...]
    kind: Kind
    what: str = ""
    before: str = ""
    after: str = ""


def between(old: Package | None, new: Package) -> tuple[Difference, ...]:
    """List the differences in the order of the parts; all is new where there was nothing."""
    before = {} if old is None else {part.path: part.content for part in old.parts}
    after = {part.path: part.content for part in new.parts}
    app = _json(after.get("app.json", b"{}"))
    app_id = str(app.get("id", "")) if isinstance(app, dict) else ""
    found: list[Difference] = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        if path not in before:
            found.append(Difference(path, (), "added"))
        elif path not in after:
            found.append(Difference(path, (), "removed"))
        else:
            left, right = (_read(app_id, path, each[path]) for each in (before, after))
            told = tuple(_compared(path, (), "", left, right))
            found += told or (Difference(path, (), "changed"),)
    return tuple(found)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _read(app_id: str, path: str, content: bytes) -> Any:
    if not path.endswith(".bpmn"):
        return _json(content)
    steps = flow_lines.read(app_id, content, path)
    return None if steps is None else {"steps": [step.to_json() for step in steps]}


def _compared(
    part: str, where: tuple[str, ...], what: str, old: Any, new: Any
) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _compared(part, where, str(key), old.get(key), new.get(key))
    elif _is_listing(old) and _is_listing(new):
        yield from _listed(part, where, what, old or (), new or ())
    else:
        yield Difference(part, where, "changed", what, _short(old), _short(new))


def _is_listing(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(_own(each) for each in value))


def _own(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ""
    return str(value.get("id") or value.get("code") or "")


def _listed(
    part: str, where: tuple[str, ...], what: str, old: Sequence[Any], new: Sequence[Any]
) -> Iterator[Difference]:
    before, after = {_own(each): each for each in old}, {_own(each): each for each in new}
    for own, thing in after.items():
        if own not in before:
            yield Difference(part, (*where, _named(thing)), "added", what)
        else:
            yield from _compared(part, (*where, _named(before[own])), "", before[own], thing)
    for own, thing in before.items():
        if own not in after:
            yield Difference(part, (*where, _named(thing)), "removed", what)
    kept = [own for own in before if own in after]
    order = [own for own in after if own in before]
    if kept != order:
        yield Difference(part, where, "moved", what)


def _named(thing: Mapping[str, Any]) -> str:
    return next((str(thing[name]) for name in NAMES if thing.get(name)), "")[:LONGEST]


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
    return str(text)[:LONGEST]
