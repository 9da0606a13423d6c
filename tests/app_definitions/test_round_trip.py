"""Reading and writing undo each other, for any definition that the shapes allow."""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping
from functools import cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app_definitions import canonical, codec, kinds, process, reading, shapes

MODELS = [*(kind.model for kind in kinds.KINDS), process.Words]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def _name(first: str, rest: str, most: int) -> st.SearchStrategy[str]:
    """Make a name; two texts are drawn much faster than a pattern, sign by sign."""
    return st.builds(str.__add__, st.sampled_from(first), st.text(rest, max_size=most - 1))


ROLES: Mapping[str, st.SearchStrategy[Any]] = {
    "id": _name(ascii_lowercase, ascii_lowercase + digits + "_", 40),
    "step": st.just("*") | _name(ascii_lowercase, ascii_lowercase + digits + "_", 40),
    "reference": _name(ascii_letters + "_", ascii_letters + digits + "_.-", 21),
    "code": st.text(ascii_letters + digits + "_.-", min_size=1, max_size=40),
    "prefix": _name(ascii_uppercase, ascii_uppercase + digits, 12),
    "resource": st.sampled_from(["case", "task", "record:a.b"]),
    "decimal": st.from_regex(r"[0-9]{1,3}(\.[0-9])?", fullmatch=True),
}
JSON = st.recursive(
    st.booleans() | st.integers(-1000, 1000) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def strategy(hint: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Make values of a shape's type."""
    inner, may_be_none = shapes.optional(hint)
    base, mark = shapes.unmarked(inner)
    if may_be_none:
        return st.none() | strategy(inner, depth)
    origin = typing.get_origin(base)
    if dataclasses.is_dataclass(base):
        return model(typing.cast(type, base), depth + 1)
    if origin is Literal:
        return st.sampled_from(typing.get_args(base))
    if origin in (types.UnionType, typing.Union):
        return st.one_of([strategy(member, depth) for member in typing.get_args(base)])
    if origin is tuple:
        most = (2, 2, 1)[depth] if depth < 3 else 0
        return st.lists(strategy(typing.get_args(base)[0], depth), max_size=most).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, JSON, max_size=2)
    if mark is not None and mark.role in ROLES:
        return ROLES[mark.role]
    if base is int and mark is not None:
        return st.integers(mark.minimum or 0, mark.maximum)
    return PLAIN[base]


PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    dt.date: st.dates(dt.date(1900, 1, 1)),
    dt.datetime: st.datetimes(
        dt.datetime(1900, 1, 2), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)
    ).map(lambda moment: moment.replace(microsecond=0)),
    Any: JSON,
}


@cache  # a strategy made anew for each example takes longer than the example
def model(kind: type, depth: int = 0) -> st.SearchStrategy[Any]:
    """Make models of a kind."""
    made = {
        entry.name: strategy(hint, depth)
        for entry, hint in shapes.attributes(kind)
        if depth < 5 or shapes.is_required(entry)
    }
    return st.builds(kind, **made)


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.FORMAT)
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(kind: Any, data: st.DataObject) -> None:
    definition = data.draw(model(kind))

    written = canonical.dumps(reading.write(definition))
    document, trouble = canonical.loads(written, "p")
    read, problems = reading.read(kind, document, "p")

    assert trouble is None
    assert {problem.code for problem in problems} <= {"id_doubled"}
    assert read == definition
    assert canonical.dumps(reading.write(typing.cast(Any, read))) == written
    assert codec.decode(kind, codec.encode(definition)) == definition
