"""Records: one row a case and form, the newest valid value of each field."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Insert, Table, Update
from sqlalchemy.dialects import postgresql, sqlite

from gcrm.store.record_changes import (
    FORM_LIMIT,
    TABLE_LIMIT,
    Conflict,
    Field,
    Shape,
    bring_along,
    conflicts,
    create_or_widen,
)
from gcrm.store.record_tables import FIXED, RecordForm, Records, columns_of
from gcrm.store.record_types import KINDS, Scaled
from gcrm.store.rows import put_rows

FIXED_COLUMNS = ("tenant_id", "case_id", *(name for name, _ in FIXED))


def write_record(
    writer: Connection,
    form: RecordForm,
    fixed: Mapping[str, Any],
    values: Mapping[str, Any],
    subtables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> None:
    """Write the values of a submission into the case's record; one statement a table part.

    `fixed` holds exactly the FIXED_COLUMNS. `values` are by field id; fields that are not
    recorded are left out, recorded ones that are absent keep what they had. A sub-table
    that is given replaces its rows (two statements).
    """
    missing = set(FIXED_COLUMNS) ^ fixed.keys()
    if missing:
        raise ValueError(f"A record needs exactly its fixed columns; look at {sorted(missing)}.")
    told = {field: value for field, value in values.items() if field in form.columns}
    for table in form.tables:
        mine = {field: value for field, value in told.items() if form.columns[field].table is table}
        row = {
            **fixed,
            **{form.columns[field].name: value for field, value in mine.items()},
            "given_by": dict.fromkeys(mine, fixed["submission_id"]),
        }
        statement = _upsert(table, tuple(row), writer.dialect.name)
        put_rows(writer, statement, [row])
    for subtable_id, rows in (subtables or {}).items():
        _replace(writer, form.subtables[subtable_id], fixed, rows)


def insert_records(
    writer: Connection, form: RecordForm, rows: Sequence[Mapping[str, Mapping[str, Any]]]
) -> None:
    """Write the first records of many new cases; one statement a table part.

    Each row holds `fixed` and `values` as `write_record` takes them.
    """
    for table in form.tables:
        mine = [name for name, column in form.columns.items() if column.table is table]
        written = []
        for row in rows:
            told = {name: row["values"][name] for name in mine if name in row["values"]}
            given_by = dict.fromkeys(told, row["fixed"]["submission_id"])
            columns = {form.columns[name].name: told.get(name) for name in mine}
            written.append({**row["fixed"], **columns, "given_by": given_by})
        if written:
            writer.execute(sa.insert(table), written)


def move(
    writer: Connection,
    forms: Iterable[RecordForm],
    tenant_id: int,
    case_id: int,
    **fixed: Any,
) -> None:
    """Bring fixed columns (`state`, `department_id`, …) along with the case.

    One statement a table; give only the forms of which the case has a submission.
    """
    for form in forms:
        for child in (form, *form.subtables.values()):
            for table in child.tables:
                case = {"of_tenant": tenant_id, "of_case": case_id}
                put_rows(writer, _move(table), [{**case, **fixed}])


@lru_cache(maxsize=512)
def _move(table: Table) -> Update:
    """Make the statement once for a table; the columns come with the values."""
    return sa.update(table).where(
        table.c.tenant_id == sa.bindparam("of_tenant"),
        table.c.case_id == sa.bindparam("of_case"),
    )


def _replace(
    writer: Connection,
    form: RecordForm,
    fixed: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    for table in form.tables:
        writer.execute(
            sa.delete(table).where(
                table.c.tenant_id == fixed["tenant_id"], table.c.case_id == fixed["case_id"]
            )
        )
        names = {f: c.name for f, c in form.columns.items() if c.table is table}
        if rows:
            writer.execute(
                sa.insert(table),
                [
                    {**fixed, "row": number, **{n: row.get(f) for f, n in names.items()}}
                    for number, row in enumerate(rows, 1)
                ],
            )


@lru_cache(maxsize=512)
def _upsert(table: Table, names: tuple[str, ...], dialect: str) -> Insert:
    """Make the statement once for a table and its given columns."""
    keys = ("tenant_id", "case_id")
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    insert = insert.values({name: sa.bindparam(name, type_=table.c[name].type) for name in names})
    changes: dict[str, Any] = {
        name: insert.excluded[name] for name in names if name not in (*keys, "given_by")
    }
    mine, theirs = table.c.given_by, insert.excluded["given_by"]
    if dialect == "sqlite":
        changes["given_by"] = sa.func.json_patch(mine, theirs)
    else:
        changes["given_by"] = mine.op("||")(theirs)
    return insert.on_conflict_do_update(index_elements=list(keys), set_=changes)


__all__ = [
    "FIXED_COLUMNS",
    "FORM_LIMIT",
    "KINDS",
    "TABLE_LIMIT",
    "Conflict",
    "Field",
    "RecordForm",
    "Records",
    "Scaled",
    "Shape",
    "bring_along",
    "columns_of",
    "conflicts",
    "create_or_widen",
    "insert_records",
    "move",
    "write_record",
]
