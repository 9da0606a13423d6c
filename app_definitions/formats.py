"""Format versions: readers know every earlier format, write the newest, refuse newer ones."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app_definitions import ids
from app_definitions.problem import Problem, error

Upgrade = Callable[[Mapping[str, Any]], dict[str, Any]]

UPGRADES: Mapping[tuple[str, int], Upgrade] = {}
"""`("gcrm.form", 1)` gives the pure function that makes format 2 from format 1."""

_FORMAT = re.compile(r"^(gcrm\.[a-z0-9_]+)/([1-9][0-9]{0,3})$")


def upgrade(
    document: Mapping[str, Any],
    newest: str,
    part: str,
    upgrades: Mapping[tuple[str, int], Upgrade] = UPGRADES,
) -> tuple[dict[str, Any] | None, Problem | None]:
    """Bring a document to the newest format, step by step; the given one is not changed."""
    found = document.get("format")
    place = ids.path(part, [], "format")
    known = _FORMAT.match(found) if isinstance(found, str) else None
    kind, version = split(newest)
    if known is None:
        return None, error(place, "format_missing", expected=newest)
    if known[1] != kind:
        return None, error(place, "format_of_other_kind", found=known[0], expected=newest)
    if int(known[2]) > version:
        return None, error(place, "format_too_new", found=known[0], newest=newest)
    result = dict(document)
    for step in range(int(known[2]), version):
        result = upgrades[kind, step](result)
    result["format"] = newest
    return result, None


def split(fmt: str) -> tuple[str, int]:
    """Split `gcrm.form/1` into its kind and its number."""
    kind, _, number = fmt.partition("/")
    return kind, int(number)
