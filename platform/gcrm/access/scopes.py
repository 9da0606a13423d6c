"""Scopes: which rows. A closed algebra with three faces: SQL, a verdict on one row, a sentence.

The SQL of a scope is two-valued: a missing value is compared as "no", never as
"unknown", so that `Not` means the same in the database as on one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Boolean, ColumnElement, String, and_, false, not_, true

from app_definitions.problem import Catalogue, fill
from gcrm.access.leaf_keys import LeafKeys
from gcrm.access.many_keys import among, any_of
from gcrm.access.views import View

Row = Mapping[str, Any]
"""One row by column names, with `participants` (party ids) and `assignments` where known.

`fields` are what conditions compare, `sorts` of what kind each is.
"""


class ScopeError(ValueError):
    """A scope's JSON cannot be read; the message says what is wrong."""


class Scope(Protocol):
    """Which rows: the interface of every scope, FEEL conditions among them."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Give the condition that holds for exactly the rows that `permits` accepts."""
        ...

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Tell whether one row is within the scope."""
        ...

    def sentence(self, locale: str) -> str:
        """Say which rows these are."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Give the scope as it is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Own:
    """Rows of the actor: those they applied for, or that are addressed to them."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the owner with the actor's parties."""
        return among(table.column("owner_id"), keys.parties)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the owner with the actor's parties."""
        return row.get("owner_id") in keys.parties

    def sentence(self, locale: str) -> str:
        """Say: one's own."""
        return say("own", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "own"}`."""
        return {"scope": "own"}


@dataclass(frozen=True, slots=True)
class Represented:
    """Rows of those whom the actor represents by law, as far as the representation goes."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare owner and app with the representations."""
        owner, app = table.column("owner_id"), table.column("app_id")
        by_app: dict[str, set[int]] = {}
        for app_id, party in keys.represented:
            by_app.setdefault(app_id, set()).add(party)
        parts = [among(owner, by_app.pop("*", set()))]
        for app_id, parties in sorted(by_app.items()):
            parts.append(and_(among(owner, parties), among(app, (app_id,))))
        return any_of(parts)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare owner and app with the representations."""
        owner = row.get("owner_id")
        return ("*", owner) in keys.represented or (row.get("app_id"), owner) in keys.represented

    def sentence(self, locale: str) -> str:
        """Say: of people one represents."""
        return say("represented", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "represented"}`."""
        return {"scope": "represented"}


@dataclass(frozen=True, slots=True)
class Assigned:
    """Tasks of the actor, those waiting for one of their roles, and cases that have such a task."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Look at the task itself, or for one of the case's tasks."""
        return table.assigned(keys)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Look at the assignments that the row carries."""
        return any(
            each.assignee_id in keys.parties
            or each.done_by in keys.parties
            or (each.open and each.assignee_id is None and each.role_code in keys.roles)
            for each in row.get("assignments", ())
        )

    def sentence(self, locale: str) -> str:
        """Say: given to oneself or one's post."""
        return say("assigned", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "assigned"}`."""
        return {"scope": "assigned"}


@dataclass(frozen=True, slots=True)
class Participant:
    """Rows of cases in which the actor takes part in any role."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Look for the actor among the case's participants."""
        return table.takes_part(keys)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Look at the participants that the row carries."""
        return not keys.parties.isdisjoint(row.get("participants", ()))

    def sentence(self, locale: str) -> str:
        """Say: those one takes part in."""
        return say("participant", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "participant"}`."""
        return {"scope": "participant"}


@dataclass(frozen=True, slots=True)
class Department:
    """Rows of the departments of the actor's posts, with all below them unless `below` is off."""

    below: bool = True

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the department with the actor's."""
        return among(table.column("department_id"), keys.departments(self.below))

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the department with the actor's."""
        return row.get("department_id") in keys.departments(self.below)

    def sentence(self, locale: str) -> str:
        """Say: of one's department."""
        return say("department_below" if self.below else "department", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "department", "below": …}`."""
        return {"scope": "department", "below": self.below}


@dataclass(frozen=True, slots=True)
class Region:
    """Rows of the regions of the actor's posts, with all inside them unless `below` is off."""

    below: bool = True

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the region with the actor's."""
        return among(table.column("region_code"), keys.regions(self.below))

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the region with the actor's."""
        return row.get("region_code") in keys.regions(self.below)

    def sentence(self, locale: str) -> str:
        """Say: of one's region."""
        return say("region_below" if self.below else "region", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "region", "below": …}`."""
        return {"scope": "region", "below": self.below}


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of the grids of the actor's posts."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the grid with the actor's."""
        return among(table.column("grid_id"), keys.grids())

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the grid with the actor's."""
        return row.get("grid_id") in keys.grids()

    def sentence(self, locale: str) -> str:
        """Say: of one's grid."""
        return say("grid", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "grid"}`."""
        return {"scope": "grid"}


@dataclass(frozen=True, slots=True)
class Item:
    """Rows of the items that these apps serve."""

    items: tuple[str, ...]

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the app."""
        return among(table.column("app_id"), self.items)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the app."""
        return row.get("app_id") in self.items

    def sentence(self, locale: str) -> str:
        """Say: of these apps."""
        return say("item", locale, items=say("list", locale).join(self.items))

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "item", "items": […]}`."""
        return {"scope": "item", "items": list(self.items)}


@dataclass(frozen=True, slots=True)
class FieldEquals:
    """Rows where a text or yes-no field has a value; `case.state` and the like are fields too."""

    field: str
    value: str | bool

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Compare the field; one that is not there, or of another type, holds for no row."""
        column = table.field(self.field)
        wanted = Boolean if isinstance(self.value, bool) else String
        if column is None or not isinstance(column.type, wanted):
            return false()
        return and_(column.is_not(None), column == self.value)

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Compare the field."""
        value = row.get("fields", {}).get(self.field)
        return type(value) is type(self.value) and value == self.value

    def sentence(self, locale: str) -> str:
        """Say: where the field has the value."""
        if isinstance(self.value, bool):
            return say("field_yes" if self.value else "field_no", locale, field=self.field)
        return say("field", locale, field=self.field, value=self.value)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "field", "field": …, "value": …}`."""
        return {"scope": "field", "field": self.field, "value": self.value}


@dataclass(frozen=True, slots=True)
class And:
    """Rows within every one of these scopes."""

    of: tuple[Scope, ...]

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Join with AND."""
        return and_(true(), *(each.sql(table, keys) for each in self.of))

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Ask every one."""
        return all(each.permits(row, keys) for each in self.of)

    def sentence(self, locale: str) -> str:
        """Say all, joined with "and"."""
        return say("and", locale).join(_grouped(each, locale, (Or,)) for each in self.of)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "and", "of": […]}`."""
        return {"scope": "and", "of": [each.to_json() for each in self.of]}


@dataclass(frozen=True, slots=True)
class Or:
    """Rows within at least one of these scopes."""

    of: tuple[Scope, ...]

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Join with OR."""
        return any_of([each.sql(table, keys) for each in self.of])

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Ask until one accepts."""
        return any(each.permits(row, keys) for each in self.of)

    def sentence(self, locale: str) -> str:
        """Say all, joined with "or"."""
        return say("or", locale).join(_grouped(each, locale, (And,)) for each in self.of)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "or", "of": […]}`."""
        return {"scope": "or", "of": [each.to_json() for each in self.of]}


@dataclass(frozen=True, slots=True)
class Not:
    """Rows outside a scope."""

    of: Scope

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Turn the condition round."""
        return not_(self.of.sql(table, keys))

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Turn the verdict round."""
        return not self.of.permits(row, keys)

    def sentence(self, locale: str) -> str:
        """Say: all but those."""
        return say("not", locale, of=_grouped(self.of, locale, (And, Or)))

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "not", "of": …}`."""
        return {"scope": "not", "of": self.of.to_json()}


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row of the tenant."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Hold for every row."""
        return true()

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Accept every row."""
        return True

    def sentence(self, locale: str) -> str:
        """Say: all."""
        return say("everything", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "everything"}`."""
        return {"scope": "everything"}


@dataclass(frozen=True, slots=True)
class Nothing:
    """No row at all."""

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Hold for no row."""
        return false()

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Accept no row."""
        return False

    def sentence(self, locale: str) -> str:
        """Say: none."""
        return say("nothing", locale)

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "nothing"}`."""
        return {"scope": "nothing"}


_WORDS = Catalogue.of("gcrm.access")


def named(scope: Scope, names: Mapping[str, str]) -> Scope:
    """Put the names of apps where their ids stand: for sentences alone."""
    match scope:
        case Item(items):
            return Item(tuple(names.get(each, each) for each in items))
        case And(of):
            return And(tuple(named(each, names) for each in of))
        case Or(of):
            return Or(tuple(named(each, names) for each in of))
        case Not(of):
            return Not(named(of, names))
    return scope


def say(code: str, locale: str, **values: str) -> str:
    """Give the words of a kind of scope."""
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    return fill(_WORDS.texts[language][code].message, values)


def _grouped(scope: Scope, locale: str, kinds: tuple[type, ...]) -> str:
    sentence = scope.sentence(locale)
    return say("group", locale, of=sentence) if isinstance(scope, kinds) else sentence
