"""Selfcheck of record tables: each row says what the case and its submissions say."""

import datetime as dt
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app_definitions.problem import Problem, error
from gcrm.store import tables as t
from gcrm.store.record_tables import RecordForm, columns_of
from gcrm.store.record_types import Scaled

FROM_CASE = (
    "app_id", "item_variant_id", "mode", "applicant_id", "department_id", "region_code", "grid_id",
    "state", "submitted_at",
)  # fmt: skip


def check_records(reader: Connection) -> Iterator[Problem]:
    """Compare every record with its case and with the newest submissions in clear."""
    apps = reader.execute(
        sa.select(t.record_table.c.tenant_id, t.record_table.c.app_id).distinct()
    ).all()
    for app in apps:
        records = columns_of(reader, app.tenant_id, app.app_id)
        for form in records.forms.values():
            for child in (form, *form.subtables.values()):
                for table in child.tables:
                    given = _submitted(reader, app.tenant_id, app.app_id, form.form_id)
                    yield from _rows(reader, app.tenant_id, child, table, given)


@dataclass(slots=True)
class _Given:
    """What the submissions of a case and form gave: the newest, and those before it."""

    case_id: int
    submission_id: int = 0
    newest: dict[str, Any] = field(default_factory=dict)
    older: dict[str, Any] = field(default_factory=dict)


def _submitted(reader: Connection, tenant_id: int, app_id: str, form_id: str) -> Iterator[_Given]:
    """Give what was submitted, case after case."""
    s = t.submission.c
    rows = reader.execute(
        sa.select(s.id, s.case_id, s.snapshot)
        .where(s.tenant_id == tenant_id, s.app_id == app_id, s.form_id == form_id)
        .order_by(s.case_id, s.submitted_at, s.id),
        execution_options={"yield_per": 500},
    )
    for case_id, group in itertools.groupby(rows, lambda row: int(row.case_id)):
        given = _Given(case_id)
        for row in group:
            given.older |= given.newest
            given.newest = json.loads(row.snapshot).get("values", {})
            given.submission_id = row.id
        yield given


def _rows(
    reader: Connection,
    tenant_id: int,
    form: RecordForm,
    table: sa.Table,
    submitted: Iterator[_Given],
) -> Iterator[Problem]:
    """Walk along the records and the submissions side by side, both in order of the case."""
    record, case = table.alias("record"), t.case.alias("owner")
    joined = record.outerjoin(
        case, sa.and_(case.c.tenant_id == record.c.tenant_id, case.c.id == record.c.case_id)
    )
    rows = reader.execute(
        sa.select(record, *(case.c[name].label(f"owner_{name}") for name in FROM_CASE))
        .select_from(joined)
        .where(record.c.tenant_id == tenant_id)
        .order_by(record.c.case_id),
        execution_options={"yield_per": 500},
    )
    given = next(submitted, None)
    last = None
    for found in rows.mappings():
        row = dict(found)
        while given is not None and given.case_id < row["case_id"]:
            if given.case_id != last and not form.subtable_id:
                yield error(f"case/{given.case_id}", "record_missing", table=table.name)
            given = next(submitted, None)
        last = row["case_id"]
        mine = given if given is not None and given.case_id == last else None
        yield from _row(form, table, row, mine)
    while given is not None:
        if given.case_id != last and not form.subtable_id:
            yield error(f"case/{given.case_id}", "record_missing", table=table.name)
        given = next(submitted, None)


def _row(
    form: RecordForm, table: sa.Table, row: Mapping[str, Any], given: _Given | None
) -> Iterator[Problem]:
    where, name = f"case/{row['case_id']}", table.name
    if given is None or row["submission_id"] != given.submission_id:
        yield error(where, "record_orphan", table=name, submission=row["submission_id"])
        return
    for fixed in FROM_CASE:
        if row[fixed] != row[f"owner_{fixed}"]:
            yield error(
                where, "record_differs", table=name, field=fixed,
                stored=str(row[fixed]), expected=str(row[f"owner_{fixed}"]),
            )  # fmt: skip
    if form.subtable_id:
        return
    for field_id, column in form.columns.items():
        if column.table is not table:
            continue
        wanted = _read(column.type, given.newest.get(field_id))
        allowed = [wanted]
        if field_id not in given.newest:
            # Not asked any more: the record keeps the older value, or has none.
            allowed = [None, _read(column.type, given.older.get(field_id))]
            if field_id not in given.older:
                continue  # derived, or an index of a sealed value
        if _UNREADABLE not in allowed and row[column.name] not in allowed:
            yield error(
                where, "record_differs", table=name, field=field_id,
                stored=str(row[column.name]), expected=str(wanted),
            )  # fmt: skip


_UNREADABLE = object()


def _read(type_: Any, value: Any) -> Any:
    """Turn JSON of a snapshot into what its column holds, where that can be known here."""
    if value is None:
        return None
    if isinstance(value, dict):
        return _UNREADABLE  # sealed, or a value with parts
    if isinstance(type_, sa.LargeBinary):
        return _UNREADABLE
    if isinstance(type_, Scaled):
        return Decimal(str(value))
    python: Any = getattr(type_, "impl_instance", type_)
    if isinstance(python, sa.BigInteger):
        return int(Decimal(str(value)))
    if isinstance(python, sa.Date):
        return dt.date.fromisoformat(value)
    if isinstance(python, sa.DateTime):
        return dt.datetime.fromisoformat(value)
    return value
