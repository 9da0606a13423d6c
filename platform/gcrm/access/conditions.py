"""FEEL conditions as scopes: rows for which a condition over their fields is true.

A condition names its fields with their kinds. On a resource that has no such fields it holds
for no row, in the database as on one row.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from gcrm.access.leaf_keys import LeafKeys
from gcrm.access.scopes import Row, ScopeError, say
from gcrm.access.views import View
from rule_engine.rows_sql import KINDS, RowCondition, RowField, compile_row_condition

MOST_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Named:
    """A field under the id that the condition gives it: `case_state` for `case.state`."""

    id: str
    field: str
    kind: str
    scale: int = 0
    label: str = ""

    @property
    def sort(self) -> str:
        """Give kind and scale as views write them."""
        return f"number:{self.scale}" if self.kind == "number" else self.kind


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows for which a FEEL condition is true; what is missing is not true."""

    that: str
    names: tuple[Named, ...]

    def sql(self, table: View, keys: LeafKeys) -> ColumnElement[bool]:
        """Ask the database; never NULL."""
        columns = {one.id: table.field(one.field) for one in self.names}
        known = {name: column for name, column in columns.items() if column is not None}
        if len(known) < len(columns) or keys.today is None or not table.dialect:
            return false()
        if any(table.sort_of(one.field) != one.sort for one in self.names):
            return false()
        return and_(true(), self.compiled().sql(known, table.dialect, keys.today))

    def permits(self, row: Row, keys: LeafKeys) -> bool:
        """Ask one row."""
        fields, sorts = row.get("fields", {}), row.get("sorts", {})
        if keys.today is None:
            return False
        if any(sorts.get(one.field) != one.sort for one in self.names):
            return False
        values = {one.id: fields.get(one.field) for one in self.names}
        return self.compiled().holds(values, keys.today)

    def sentence(self, locale: str) -> str:
        """Say: those where the condition holds."""
        return say("condition", locale, that=self.compiled().sentence(locale))

    def to_json(self) -> dict[str, Any]:
        """Give `{"scope": "condition", "that": …, "fields": […]}`."""
        return {
            "scope": "condition",
            "that": self.that,
            "fields": [_written(one) for one in self.names],
        }

    def compiled(self) -> RowCondition:
        """Compile it, once for all equal ones. Raises ScopeError for what no database can ask."""
        fields = tuple(
            RowField(one.id, kind, one.scale, one.label)
            for one in self.names
            for kind in KINDS
            if kind == one.kind
        )
        found, problems = compile_row_condition(self.that, fields)
        if found is None:
            raise ScopeError(f"The condition cannot be asked: {problems[0].code}.")
        return found


def read_condition(that: Any, fields: Any) -> Condition:
    """Read a condition. Raises ScopeError where it or its fields are wrong."""
    if (
        not isinstance(that, str)
        or not isinstance(fields, list | tuple)
        or len(fields) > MOST_FIELDS
    ):
        raise ScopeError("A condition is a text with a list of fields.")
    condition = Condition(that, tuple(_named(entry) for entry in fields))
    condition.compiled()
    return condition


def _named(entry: Any) -> Named:
    if not isinstance(entry, dict) or not set(entry) <= {"id", "field", "type", "scale", "label"}:
        raise ScopeError("A field of a condition has an id and a type.")
    name, kind, scale = entry.get("id"), entry.get("type"), entry.get("scale", 0)
    field, label = entry.get("field", name), entry.get("label", "")
    fits = isinstance(name, str) and isinstance(field, str) and isinstance(label, str)
    if not fits or kind not in KINDS or type(scale) is not int or not 0 <= scale <= 6:
        raise ScopeError("A field of a condition has an id and a type.")
    return Named(str(name), str(field), str(kind), scale if kind == "number" else 0, str(label))


def _written(one: Named) -> dict[str, Any]:
    written: dict[str, Any] = {"id": one.id, "type": one.kind}
    if one.field != one.id:
        written["field"] = one.field
    if one.scale:
        written["scale"] = one.scale
    return written | ({"label": one.label} if one.label else {})
