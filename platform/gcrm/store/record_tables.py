"""Record tables as SQLAlchemy sees them: fixed columns, generated names, the catalogue."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table
from sqlalchemy.types import TypeEngine

from gcrm.store import tables as t
from gcrm.store.columns import Document, Id, Moment
from gcrm.store.record_types import type_of

STRUCTURE = 1
"""The version of the fixed columns; a higher one adds to `ADDED`."""

FIXED: tuple[tuple[str, TypeEngine[Any] | type[TypeEngine[Any]]], ...] = (
    ("submission_id", Id),
    ("app_id", String(40)),
    ("release", Integer),
    ("item_variant_id", Id),
    ("mode", String(8)),
    ("applicant_id", Id),
    ("department_id", Id),
    ("region_code", String(12)),
    ("grid_id", Id),
    ("state", String(16)),
    ("submitted_at", Moment),
)
NULLABLE = frozenset({"department_id", "region_code", "grid_id"})
INDEXED = ("applicant_id", "department_id")

ADDED: Mapping[int, tuple[tuple[str, TypeEngine[Any]], ...]] = {}
"""By structure version: the fixed columns that it brought; nullable, never removed."""


@dataclass(frozen=True, slots=True)
class RecordForm:
    """Where the values of a form (or of one of its sub-tables) are kept."""

    form_id: str
    subtable_id: str  # "" for the form itself
    tables: tuple[Table, ...]  # parts in order
    columns: Mapping[str, Column[Any]]  # by field id
    subtables: Mapping[str, "RecordForm"]

    def column(self, field_id: str) -> Column[Any]:
        """Give the column of a field; raises KeyError for one that is not recorded."""
        return self.columns[field_id]

    @property
    def table(self) -> Table:
        """The first part, which every record has."""
        return self.tables[0]


@dataclass(frozen=True, slots=True)
class Records:
    """All record tables of an app, as they were when read; widening adds, never changes."""

    tenant_id: int
    app_id: str
    forms: Mapping[str, RecordForm]

    def form(self, form_id: str) -> RecordForm:
        """Give a form's tables; raises KeyError for a form without recorded fields."""
        return self.forms[form_id]


def columns_of(reader: Connection, tenant_id: int, app_id: str) -> Records:
    """Read the catalogue of an app; two statements. Cache it per release."""
    r, c = t.record_table.c, t.record_column.c
    tables = reader.execute(
        sa.select(t.record_table)
        .where(r.tenant_id == tenant_id, r.app_id == app_id)
        .order_by(r.form_id, r.subtable_id, r.part)
    ).all()
    columns = reader.execute(
        sa.select(t.record_column)
        .where(c.tenant_id == tenant_id, c.app_id == app_id)
        .order_by(c.part, c.since_release, c.field_id)
    ).all()
    built: dict[tuple[str, str], RecordForm] = {}
    for form_id, subtable_id in dict.fromkeys((row.form_id, row.subtable_id) for row in tables):
        mine = [row for row in columns if (row.form_id, row.subtable_id) == (form_id, subtable_id)]
        parts = [row for row in tables if (row.form_id, row.subtable_id) == (form_id, subtable_id)]
        built[form_id, subtable_id] = _form(form_id, subtable_id, parts, mine)
    return Records(
        tenant_id,
        app_id,
        {
            form_id: RecordForm(
                form_id,
                "",
                form.tables,
                form.columns,
                {sub: child for (owner, sub), child in built.items() if owner == form_id and sub},
            )
            for (form_id, subtable_id), form in built.items()
            if not subtable_id
        },
    )


def make_table(name: str, child: bool, columns: Iterable[Column[Any]] = ()) -> Table:
    """Describe one record table: the fixed columns, then the fields' own."""
    keys = [
        Column("tenant_id", Integer, primary_key=True, autoincrement=False),
        Column("case_id", Id, primary_key=True, autoincrement=False),
    ]
    if child:
        keys.append(Column("row", Integer, primary_key=True, autoincrement=False))
    fixed = [Column(name, type_, nullable=name in NULLABLE) for name, type_ in FIXED]
    added = [Column(name, type_) for version in sorted(ADDED) for name, type_ in ADDED[version]]
    own = [] if child else [Column("given_by", Document, nullable=False)]
    return Table(
        name,
        MetaData(naming_convention={"pk": "pk_%(table_name)s"}),
        *keys,
        *fixed,
        *own,
        *added,
        *columns,
        *(sa.Index(f"ix_{name}_{column}", "tenant_id", column) for column in INDEXED),
    )


def table_name(tenant_id: int, app_id: str, form_id: str, subtable_id: str, part: int) -> str:
    """Make the name of a record table: readable, never longer than 40, always the same."""
    whole = f"{tenant_id}/{app_id}/{form_id}/{subtable_id}/{part}"
    return f"r_{app_id[:10]}_{(subtable_id or form_id)[:10]}_{_short(whole)}"


def column_name(field_id: str) -> str:
    """Make the name of a field's column; `field_id` may be "field.derived"."""
    return f"c_{field_id.replace('.', '_')[:24]}_{_short(field_id)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _form(form_id: str, subtable_id: str, parts: list[Any], columns: list[Any]) -> RecordForm:
    tables = []
    by_field: dict[str, Column[Any]] = {}
    for part in parts:
        mine = [row for row in columns if row.part == part.part]
        table = make_table(
            part.name,
            bool(subtable_id),
            [Column(row.name, type_of(row.kind, row.scale)) for row in mine],
        )
        by_field.update({row.field_id: table.c[row.name] for row in mine})
        tables.append(table)
    return RecordForm(form_id, subtable_id, tuple(tables), by_field, {})
