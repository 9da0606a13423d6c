"""What an actor holds: leaf keys and rights, read with one statement."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from gcrm.access.actors import Actor
from gcrm.access.leaf_keys import LeafKeys
from gcrm.access.scope_reading import from_json
from gcrm.access.scopes import Nothing, Scope, ScopeError
from gcrm.store.tables import (
    department,
    party_merge,
    region,
    representation,
    role,
    role_right,
)

BY_LAW = ("parent", "legal_representative", "handler")
"""Representations that open the principal's cases. An agent or helper declares one in an
application and takes part in that case only: a declaration must not open the others."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do: an action on a resource, for the rows within a scope.

    What an app gave to a role reaches that app's rows only, whichever app named the role first.
    """

    role: str
    resource: str
    action: str
    scope: Scope
    app_id: str | None = None


@dataclass(frozen=True, slots=True)
class Keys(LeafKeys):
    """All that an actor holds: the leaf keys, and the rights of their roles."""

    rights: tuple[Right, ...] = ()


def keys_of(reader: Connection, actor: Actor) -> Keys:
    """Read what the actor holds: one statement."""
    values: dict[str, Any] = {
        "tenant": actor.tenant_id,
        "party": actor.party_id,
        "today": actor.today,
    }
    statement = _CITIZEN
    if actor.posts:
        roles = sorted({each.role for each in actor.posts})
        offices = sorted({each.department_id or 0 for each in actor.posts})
        places = sorted({each.region_code or "" for each in actor.posts})
        statement = _staff(len(roles), len(offices), len(places))
        values |= {
            **{f"role_{number}": code for number, code in enumerate(roles)},
            **{f"department_{number}": code for number, code in enumerate(offices)},
            **{f"region_{number}": code for number, code in enumerate(places)},
        }
    parties = {actor.party_id}
    represented: set[tuple[str, int]] = set()
    departments: dict[int, set[int]] = {}
    regions: dict[str, set[str]] = {}
    rights: list[Right] = []
    for kind, first, second, third, fourth, fifth in reader.execute(statement, values):
        if kind == "same":
            parties.add(int(first))
        elif kind == "for":
            represented.add((first, int(second)))
        elif kind == "department":
            departments.setdefault(int(first), set()).add(int(second))
        elif kind == "region":
            regions.setdefault(first, set()).add(second)
        else:
            rights.append(Right(first, second, third, _scope(fourth), fifth))
    return Keys(
        parties=frozenset(parties),
        represented=frozenset(represented),
        posts=actor.posts,
        roles=frozenset(each.role for each in actor.posts),
        below_department={key: frozenset(below) for key, below in departments.items()},
        below_region={key: frozenset(below) for key, below in regions.items()},
        rights=tuple(rights),
        today=actor.today,
    )


@lru_cache(maxsize=1024)
def _scope(text: str) -> Scope:
    """Read a stored scope; what cannot be read opens nothing."""
    try:
        return from_json(json.loads(text))
    except (ScopeError, ValueError):
        return Nothing()


def _parts(kind: str, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    padded = [*columns, *[null()] * (5 - len(columns))]
    named: list[ColumnElement[Any]] = [literal(kind, Text).label("kind")]
    named.extend(cast(column, Text).label(f"part{number}") for number, column in enumerate(padded))
    return named


def _same() -> Select[Any]:
    """Parties merged with the actor's, in either direction, over any number of merges."""
    mine = select(bindparam("party", type_=party_merge.c.kept_id.type).label("id")).cte(
        "mine", recursive=True
    )
    step = (
        select(
            case(
                (party_merge.c.kept_id == mine.c.id, party_merge.c.merged_id),
                else_=party_merge.c.kept_id,
            )
        )
        .select_from(
            party_merge.join(
                mine,
                or_(party_merge.c.kept_id == mine.c.id, party_merge.c.merged_id == mine.c.id),
            )
        )
        .where(party_merge.c.tenant_id == bindparam("tenant"), party_merge.c.undone_at.is_(None))
    )
    mine = mine.union(step)
    return select(*_parts("same", mine.c.id))


def _for() -> Select[Any]:
    return select(*_parts("for", representation.c.scope, representation.c.principal_id)).where(
        representation.c.tenant_id == bindparam("tenant"),
        representation.c.representative_id == bindparam("party"),
        representation.c.kind.in_([literal(kind) for kind in BY_LAW]),
        representation.c.valid_from <= bindparam("today", type_=representation.c.valid_to.type),
        or_(
            representation.c.valid_to.is_(None),
            representation.c.valid_to >= bindparam("today", type_=representation.c.valid_to.type),
        ),
    )


def _named(name: str, count: int, column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Name so many values one by one: a list of open length is written out anew at each call."""
    return [bindparam(f"{name}_{number}", type_=column.type) for number in range(count)]


def _rights(roles: int) -> Select[Any]:
    return (
        select(
            *_parts(
                "right",
                role_right.c.role_code,
                role_right.c.resource,
                role_right.c.action,
                role_right.c.scope,
                func.coalesce(role_right.c.app_id, role.c.app_id),
            )
        )
        .select_from(
            role_right.join(
                role,
                and_(
                    role.c.tenant_id == role_right.c.tenant_id,
                    role.c.code == role_right.c.role_code,
                ),
            )
        )
        .where(
            role_right.c.tenant_id == bindparam("tenant"),
            role_right.c.role_code.in_(_named("role", roles, role_right.c.role_code)),
        )
    )


def _departments(count: int) -> Select[Any]:
    """Each department of a post with all below it; what a closed one left counts to its heir."""
    wanted = _named("department", count, department.c.id)
    below = (
        select(
            case(
                (department.c.id.in_(wanted), department.c.id), else_=department.c.successor_id
            ).label("root"),
            department.c.id.label("id"),
        )
        .where(
            department.c.tenant_id == bindparam("tenant"),
            or_(department.c.id.in_(wanted), department.c.successor_id.in_(wanted)),
        )
        .cte("below_department", recursive=True)
    )
    below = below.union(
        select(below.c.root, department.c.id)
        .select_from(department.join(below, department.c.parent_id == below.c.id))
        .where(department.c.tenant_id == bindparam("tenant"))
    )
    return select(*_parts("department", below.c.root, below.c.id))


def _regions(count: int) -> Select[Any]:
    wanted = _named("region", count, region.c.code)
    below = (
        select(
            case((region.c.code.in_(wanted), region.c.code), else_=region.c.successor_code).label(
                "root"
            ),
            region.c.code.label("code"),
        )
        .where(
            region.c.tenant_id == bindparam("tenant"),
            or_(region.c.code.in_(wanted), region.c.successor_code.in_(wanted)),
        )
        .cte("below_region", recursive=True)
    )
    below = below.union(
        select(below.c.root, region.c.code)
        .select_from(region.join(below, region.c.parent_code == below.c.code))
        .where(region.c.tenant_id == bindparam("tenant"))
    )
    return select(*_parts("region", below.c.root, below.c.code))


_CITIZEN = union_all(_same(), _for())


@lru_cache(maxsize=64)
def _staff(roles: int, departments: int, regions: int) -> Any:
    """Make the statement once for so many roles, departments and regions."""
    return union_all(_same(), _for(), _rights(roles), _departments(departments), _regions(regions))
