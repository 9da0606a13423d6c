"""Ids and paths: how everything that can be listed is named, and how a problem points at it."""

import re
from collections.abc import Iterable

PATTERN = "^[a-z][a-z0-9_]{0,39}$"

_ID = re.compile(PATTERN)


def is_id(text: str) -> bool:
    """Tell whether `text` is an id: a small letter, then up to 39 letters, digits, underscores."""
    return _ID.match(text) is not None and not text.endswith("\n")


def path(part: str, ids: Iterable[str] = (), prop: str = "") -> str:
    """Make the path of a property: `part#id.property`, `part#id` or `part` alone.

    Several ids name a thing inside another, such as a condition inside a version of a decision.
    """
    inside = ".".join([*ids, *([prop] if prop else [])])
    return f"{part}#{inside}" if inside else part
