"""The one door to cases, tasks, records, files and notices: denied unless granted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    bindparam,
    false,
    or_,
    select,
)

from gcrm.access import kept
from gcrm.access.actors import Actor
from gcrm.access.keys import Keys, Right
from gcrm.access.leaf_keys import LeafKeys
from gcrm.access.many_keys import any_of
from gcrm.access.scopes import (
    And,
    Assigned,
    FieldEquals,
    Item,
    Nothing,
    Or,
    Own,
    Participant,
    Represented,
    Row,
    Scope,
    named,
)
from gcrm.access.views import VIEWS, Assignment, Records, View, record_view
from gcrm.store.record_tables import columns_of
from gcrm.store.tables import case, case_participant, task

APPLICANT = "applicant"
"""The role code of tasks that wait for the applicant's side: corrections, confirmations."""

_OWN_CASE = Or((Own(), Participant(), Represented()))

_CITIZEN = tuple(
    Right("", resource, action, scope)
    for resource, action, scope in (
        ("case", "read", _OWN_CASE),
        ("case", "act", _OWN_CASE),
        (
            "task",
            "read",
            Or((Assigned(), And((_OWN_CASE, FieldEquals("task.role_code", APPLICANT))))),
        ),
        (
            "task",
            "act",
            Or((Assigned(), And((_OWN_CASE, FieldEquals("task.role_code", APPLICANT))))),
        ),
        ("submission", "read", _OWN_CASE),
        ("event", "read", _OWN_CASE),
        ("certificate", "read", _OWN_CASE),
        ("attachment", "read", Or((Own(), Participant()))),
        ("attachment", "write", Own()),
        ("notice", "read", Own()),
    )
)
"""What every citizen may, by law and without a role."""

_STAFF = (
    Right("", "notice", "read", Own()),
    Right("", "attachment", "read", Own()),
    Right("", "attachment", "write", Own()),
)
"""What every member of staff may without a role."""


class Denied(Exception):  # noqa: N818  an answer, no error
    """Nothing is there for this actor: whether it exists is not said."""


@dataclass(frozen=True, slots=True)
class Accessor:
    """What one actor may list, read and do.

    `trial` accessors see trial cases only, all others real ones only. `records`
    finds the record tables of an app; without it they are read each time (two
    statements).
    """

    reader: Connection
    actor: Actor
    keys: Keys
    trial: bool = False
    records: Records | None = None

    def select(self, resource: str, action: str = "read") -> Select[Any]:
        """Give a statement over exactly the rows on which the actor may do the action.

        It selects the resource's columns; what hangs on a case is joined with `case`,
        so that callers may add its columns, order and narrow further.
        """
        view = self._view(resource)
        if view is None:
            return select(case).where(false())
        return self._select(view, resource, action)

    def _select(self, view: View, resource: str, action: str) -> Select[Any]:
        return (
            select(view.table, *view.more)
            .select_from(view.source)
            .where(
                view.table.c.tenant_id == self.actor.tenant_id,
                view.of_mode(self.trial),
                self._condition(view, resource, action),
            )
        )

    def rows(self, resource: str, action: str = "read") -> tuple[FromClause, ColumnElement[bool]]:
        """Give where the rows of a resource come from and which of them are the actor's.

        For sums and counts, which group what `select` lists; the same rows exactly.
        """
        view = self._view(resource)
        if view is None:
            return case, false()
        return view.source, and_(
            view.table.c.tenant_id == self.actor.tenant_id,
            view.of_mode(self.trial),
            self._condition(view, resource, action),
        )

    def find(self, resource: str, key: int, action: str = "read") -> RowMapping | None:
        """Give one row by its id, None where there is nothing for this actor. One statement."""
        view = self._view(resource)
        if view is None:
            return None

        def build() -> Select[Any]:
            return self._select(view, resource, action).where(view.id == bindparam("wanted"))

        if resource in VIEWS:
            name = f"find {resource} {action} {view.dialect}"
            statement = kept.statement(name, self.actor, self.keys, self.trial, build)
        else:
            statement = build()
        return self.reader.execute(statement, {"wanted": key}).mappings().first()

    def get(self, resource: str, key: int, action: str = "read") -> RowMapping:
        """Give one row by its id. Raises Denied, whether it is not there or not for this actor."""
        row = self.find(resource, key, action)
        if row is None:
            raise Denied(resource)
        return row

    def search(self, text: str, action: str = "read") -> Select[Any]:
        """Find cases by number, look-up code or a piece of the title, within the actor's rows."""
        wanted = text.strip().replace("\0", "")
        return self.select("case", action).where(
            or_(
                case.c.number == wanted,
                case.c.lookup_code == wanted,
                case.c.title.contains(wanted, autoescape=True) if wanted else false(),
            )
        )

    def may(self, resource: str, action: str, row: Row) -> bool:
        """Tell whether the actor may do the action on a row with the leaf keys of `facts`."""
        if row.get("tenant_id", self.actor.tenant_id) != self.actor.tenant_id:
            return False
        if row.get("mode", "real") != ("trial" if self.trial else "real"):
            return False
        return any(scope.permits(row, keys) for scope, keys in self._granted(resource, action))

    def has(self, resource: str, action: str) -> bool:
        """Tell whether the actor may do the action on some row at all: for menus and guards."""
        return any(not isinstance(scope, Nothing) for scope, _ in self._granted(resource, action))

    def require(self, resource: str, action: str, row: Row | None = None) -> None:
        """Raise Denied where `may` (with a row) or `has` (without) says no."""
        if not (self.has(resource, action) if row is None else self.may(resource, action, row)):
            raise Denied(resource)

    def sentence(
        self, resource: str, action: str, locale: str, names: Mapping[str, str] | None = None
    ) -> str:
        """Say which rows the actor may do the action on. `names` are the apps' by id."""
        scopes = tuple(dict.fromkeys(scope for scope, _ in self._granted(resource, action)))
        if not scopes:
            return Nothing().sentence(locale)
        whole = scopes[0] if len(scopes) == 1 else Or(scopes)
        return named(whole, names or {}).sentence(locale)

    def facts(self, resource: str, key: int) -> dict[str, Any] | None:
        """Give what `may` needs to know of a row, whether or not the actor may see it.

        For decisions in our own code; nothing of it is shown.
        """
        view = self._view(resource)
        if view is None:
            return None
        columns = [column.label(name) for name, column in view.columns.items()]
        fields = [column.label(f"field {name}") for name, column in view.fields.items()]
        statement = (
            select(view.case_id.label("case_id"), *columns, *fields, view.mode.label("mode"))
            .select_from(view.source)
            .where(view.table.c.tenant_id == self.actor.tenant_id, view.id == key)
        )
        found = self.reader.execute(statement).mappings().first()
        if found is None:
            return None
        row: dict[str, Any] = {name: found[name] for name in ("case_id", *view.columns)}
        row["mode"] = found["mode"] or "real"  # a file of a draft has no case yet
        row["fields"] = {name: found[f"field {name}"] for name in view.fields}
        row["sorts"] = {name: view.sort_of(name) for name in view.fields}
        row["participants"] = frozenset(self._participants(found["case_id"]))
        row["assignments"] = tuple(self._assignments(view, key, found["case_id"]))
        return row

    def _participants(self, case_id: int | None) -> list[int]:
        statement = select(case_participant.c.party_id).where(
            case_participant.c.tenant_id == self.actor.tenant_id,
            case_participant.c.case_id == case_id,
        )
        return list(self.reader.execute(statement).scalars())

    def _assignments(self, view: View, key: int, case_id: int | None) -> list[Assignment]:
        statement = select(
            task.c.assignee_id, task.c.done_by, task.c.status, task.c.role_code
        ).where(
            task.c.tenant_id == self.actor.tenant_id,
            task.c.id == key if view.is_task else task.c.case_id == case_id,
        )
        return [
            Assignment(assignee, done_by, status == "open", role)
            for assignee, done_by, status, role in self.reader.execute(statement)
        ]

    def _view(self, resource: str) -> View | None:
        dialect = self.reader.dialect.name
        if resource in VIEWS:
            return replace(VIEWS[resource], dialect=dialect, tenant_id=self.actor.tenant_id)
        kind, _, name = resource.partition(":")
        app_id, _, form_id = name.partition(".")
        if kind != "record" or not app_id or not form_id:
            return None
        tables = (
            columns_of(self.reader, self.actor.tenant_id, app_id)
            if self.records is None
            else self.records(app_id)
        )
        form = tables.forms.get(form_id)
        if form is None:
            return None
        view = record_view(app_id, form)
        return replace(view, dialect=dialect, tenant_id=self.actor.tenant_id)

    def _condition(self, view: View, resource: str, action: str) -> ColumnElement[bool]:
        granted = [scope.sql(view, keys) for scope, keys in self._granted(resource, action)]
        return any_of(granted)

    def _granted(self, resource: str, action: str) -> list[tuple[Scope, LeafKeys]]:
        built_in = _CITIZEN if self.actor.kind == "citizen" else _STAFF
        granted: dict[tuple[Scope, str], tuple[Scope, LeafKeys]] = {}
        for right in (*built_in, *self.keys.rights):
            if right.action != action or right.resource != resource:
                continue
            scope = right.scope
            if right.app_id is not None:
                # Whoever designs an app writes its roles: they reach that app's rows alone.
                if resource in VIEWS:
                    scope = And((Item((right.app_id,)), scope))
                elif resource != f"board:{right.app_id}" and not resource.startswith(
                    f"record:{right.app_id}."
                ):
                    continue
            keys = self.keys.narrowed(right.role) if right.role else self.keys
            granted[scope, right.role] = (scope, keys)
        return list(granted.values())
