"""What a scope sees of each resource: its owner, leaf keys, fields, participants and tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    String,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from gcrm.access.leaf_keys import LeafKeys
from gcrm.store.record_tables import RecordForm
from gcrm.store.record_tables import Records as RecordTables
from gcrm.store.tables import (
    attachment,
    case,
    case_participant,
    certificate,
    event,
    notice,
    opinion,
    rating,
    submission,
    task,
)

Column = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task as far as access asks: who has it, who did it, for which role it waits."""

    assignee_id: int | None
    done_by: int | None
    open: bool
    role_code: str | None


@dataclass(frozen=True, slots=True)
class View:
    """One resource as scopes see it.

    `source` is what is selected from, `table` whose columns are given, `columns` the
    leaf keys (owner_id, app_id, department_id, region_code, grid_id), `fields` what
    FieldEquals may compare, `case_id` the case a row hangs on. `mode` tells real from
    trial. `strict` is off where a row without a case is shown, as a real one.
    """

    name: str
    source: FromClause
    table: Table
    id: Column
    columns: Mapping[str, Column]
    fields: Mapping[str, Column]
    case_id: Column
    mode: Column
    strict: bool = True
    is_task: bool = False
    more: tuple[Column, ...] = ()  # selected beside the table's columns
    dialect: str = ""  # of the database that is asked; conditions need it
    tenant_id: int = 0  # whose rows are asked for; 0: those of the row's own tenant

    def column(self, name: str) -> Column | None:
        """Give a leaf key, None where the resource has none."""
        return self.columns.get(name)

    def field(self, name: str) -> Column | None:
        """Give a field, None where the resource has none."""
        return self.fields.get(name)

    def sort_of(self, name: str) -> str | None:
        """Tell of what kind a field is, None where no condition can ask it."""
        column = self.fields.get(name)
        return None if column is None else _sort(column.type)

    def takes_part(self, keys: LeafKeys) -> ColumnElement[bool]:
        """Look for the row's case among those in which the actor's parties take part.

        Their cases come first and are few: asking of each case whether one of the parties
        takes part would go through all of them.
        """
        taking = case_participant.alias("taking_part").c
        cases = select(taking.case_id).where(
            taking.tenant_id == (self.tenant_id or self.table.c.tenant_id),
            taking.party_id.in_(sorted(keys.parties)),
        )
        found = self.case_id.in_(cases)
        return found if self.strict else and_(self.case_id.is_not(None), found)

    def assigned(self, keys: LeafKeys) -> ColumnElement[bool]:
        """Look at the task itself, or for such a task of the row's case."""
        if self.is_task:
            return _assigned(task.c, keys)
        other = task.alias("assigned_task")
        return exists(
            select(1).where(
                other.c.tenant_id == self.table.c.tenant_id,
                other.c.case_id == self.case_id,
                _assigned(other.c, keys),
            )
        )

    def of_mode(self, trial: bool) -> ColumnElement[bool]:
        """Keep real and trial rows apart."""
        wanted = self.mode == ("trial" if trial else "real")
        return wanted if self.strict or trial else or_(wanted, self.case_id.is_(None))


def _sort(kind: TypeEngine[Any]) -> str | None:
    if isinstance(kind, Boolean | Date):
        return "boolean" if isinstance(kind, Boolean) else "date"
    if isinstance(kind, String):
        return "string"
    if isinstance(kind, Integer):
        return "number:0"
    scale = getattr(kind, "scale", None)
    return f"number:{scale}" if isinstance(scale, int) else None


def _assigned(columns: Any, keys: LeafKeys) -> ColumnElement[bool]:
    parties = sorted(keys.parties)
    return or_(
        and_(columns.assignee_id.is_not(None), columns.assignee_id.in_(parties)),
        and_(columns.done_by.is_not(None), columns.done_by.in_(parties)),
        and_(
            columns.status == "open",
            columns.assignee_id.is_(None),
            columns.role_code.is_not(None),
            columns.role_code.in_(sorted(keys.roles)),
        ),
    )


_CASE_KEYS: Mapping[str, Column] = {
    "owner_id": case.c.applicant_id,
    "app_id": case.c.app_id,
    "department_id": case.c.department_id,
    "region_code": case.c.region_code,
    "grid_id": case.c.grid_id,
}
_CASE_FIELDS: Mapping[str, Column] = {
    f"case.{name}": case.c[name] for name in ("app_id", "state", "step_id", "outcome", "mode")
}


def _of_case(name: str, table: Table) -> View:
    """Rows that hang on a case are seen as their case is."""
    on = and_(case.c.tenant_id == table.c.tenant_id, case.c.id == table.c.case_id)
    return View(
        name=name,
        source=table.join(case, on),
        table=table,
        id=table.c.seq if "seq" in table.c else table.c.id,
        columns=_CASE_KEYS,
        fields=_CASE_FIELDS,
        case_id=case.c.id,
        mode=case.c.mode,
    )


def _task() -> View:
    """A task has leaf keys of its own; where it has none, its case's count."""
    plain = _of_case("task", task)
    keys = dict(_CASE_KEYS)
    for name in ("department_id", "region_code", "grid_id"):
        keys[name] = func.coalesce(task.c[name], case.c[name])
    fields = {
        **_CASE_FIELDS,
        **{f"task.{name}": task.c[name] for name in ("step_id", "role_code", "status")},
    }
    return View(
        name="task",
        source=plain.source,
        table=task,
        id=task.c.id,
        columns=keys,
        fields=fields,
        case_id=case.c.id,
        mode=case.c.mode,
        is_task=True,
    )


def _loose(name: str, table: Table, owner: Column) -> View:
    """Rows that may hang on a case (files, notices) also have an owner of their own."""
    on = and_(case.c.tenant_id == table.c.tenant_id, case.c.id == table.c.case_id)
    return View(
        name=name,
        source=table.outerjoin(case, on),
        table=table,
        id=table.c.id,
        columns={**_CASE_KEYS, "owner_id": owner},
        fields=_CASE_FIELDS,
        case_id=table.c.case_id,
        mode=case.c.mode,
        strict=False,
    )


VIEWS: Mapping[str, View] = {
    "case": View(
        name="case",
        source=case,
        table=case,
        id=case.c.id,
        columns=_CASE_KEYS,
        fields=_CASE_FIELDS,
        case_id=case.c.id,
        mode=case.c.mode,
    ),
    "task": _task(),
    "submission": _of_case("submission", submission),
    "event": _of_case("event", event),
    "opinion": _of_case("opinion", opinion),
    "rating": _of_case("rating", rating),
    "certificate": _of_case("certificate", certificate),
    "attachment": _loose("attachment", attachment, attachment.c.uploaded_by),
    "notice": _loose("notice", notice, notice.c.party_id),
}


def record_view(app_id: str, form: RecordForm) -> View:
    """See the record tables of a form: fixed columns are leaf keys, recorded answers fields.

    A form of many fields has several tables; the others join the first, which every
    record has.
    """
    table, *others = form.tables
    source: FromClause = table
    for other in others:
        source = source.outerjoin(
            other,
            and_(other.c.tenant_id == table.c.tenant_id, other.c.case_id == table.c.case_id),
        )
    return View(
        name=f"record:{app_id}.{form.form_id}",
        source=source,
        table=table,
        id=table.c.case_id,
        columns={
            "owner_id": table.c.applicant_id,
            "app_id": table.c.app_id,
            "department_id": table.c.department_id,
            "region_code": table.c.region_code,
            "grid_id": table.c.grid_id,
        },
        fields={
            **form.columns,
            **{f"case.{name}": table.c[name] for name in ("app_id", "state", "mode")},
        },
        case_id=table.c.case_id,
        mode=table.c.mode,
        more=tuple(column for column in form.columns.values() if column.table is not table),
    )


Records = Callable[[str], RecordTables]
"""Finds the record tables of an app (`store.records.columns_of`, kept by the caller)."""
