"""Statements kept for people who may the same: building one costs more than running it."""

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import Select

from gcrm.access.actors import Actor
from gcrm.access.keys import Keys

REACH = 1_000  # departments and regions up to which a statement is kept
KEPT = 256

_kept: dict[Hashable, Select[Any]] = {}


def statement(
    name: str, actor: Actor, keys: Keys, trial: bool, build: Callable[[], Select[Any]]
) -> Select[Any]:
    """Give the statement of this name, built once for all who hold the same.

    It is kept under everything that an accessor writes into a statement. `build` may use
    nothing else of the asker; what differs from call to call goes into bound parameters.
    """
    below = (*keys.below_department.values(), *keys.below_region.values())
    if sum(map(len, below)) > REACH:
        return build()
    key = (
        name,
        actor.tenant_id,
        actor.kind,
        trial,
        keys.parties,
        keys.represented,
        keys.posts,
        keys.roles,
        frozenset(keys.below_department.items()),
        frozenset(keys.below_region.items()),
        keys.rights,
        keys.today,
    )
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        found = _kept[key] = build()
    return found
