"""Make and widen record tables at publish: additive only, in the publishing transaction."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from gcrm.store import statistics
from gcrm.store import tables as t
from gcrm.store.errors import RecordLimitError, StoreError
from gcrm.store.record_tables import ADDED, STRUCTURE, column_name, make_table, table_name
from gcrm.store.record_types import KINDS, type_of

TABLE_LIMIT = 200  # columns of a table, fixed ones too
FORM_LIMIT = 400  # recorded fields of a form; PostgreSQL refuses wider rows
LOCK_TIMEOUT = "2s"
RETRIES = 5


@dataclass(frozen=True, slots=True)
class Field:
    """A recorded field: `kind` as in `record_types.KINDS`; `scale` for decimals."""

    field_id: str
    kind: str
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a form, or a sub-table of it, records."""

    form_id: str
    subtable_id: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field whose column is of another kind already: it needs a new id."""

    form_id: str
    subtable_id: str
    field_id: str
    kept: str
    wanted: str


def conflicts(
    reader: Connection, tenant_id: int, app_id: str, shapes: Sequence[Shape]
) -> tuple[Conflict, ...]:
    """Tell which fields changed their kind since they were first published."""
    known = _columns(reader, tenant_id, app_id)
    found = []
    for shape in shapes:
        for field in shape.fields:
            row = known.get((shape.form_id, shape.subtable_id), {}).get(field.field_id)
            if row is not None and (row.kind, row.scale) != (field.kind, field.scale):
                found.append(
                    Conflict(
                        shape.form_id,
                        shape.subtable_id,
                        field.field_id,
                        _kind(row.kind, row.scale),
                        _kind(field.kind, field.scale),
                    )
                )
    return tuple(found)


def create_or_widen(
    writer: Connection, tenant_id: int, app_id: str, release: int, shapes: Sequence[Shape]
) -> tuple[str, ...]:
    """Make what is missing for these shapes, and nothing else; give the tables changed.

    Raises RecordLimitError for a form with more than 400 recorded fields, StoreError for
    a field that changed its kind.
    """
    _check(writer, tenant_id, app_id, shapes)
    known = _columns(writer, tenant_id, app_id)
    parts = _parts(writer, tenant_id, app_id)
    changed: list[str] = []
    for shape in shapes:
        place = (shape.form_id, shape.subtable_id)
        before = known.get(place, {})
        new = [field for field in shape.fields if field.field_id not in before]
        room = _room(bool(shape.subtable_id))
        filled: dict[int, int] = dict.fromkeys(parts.get(place, {}), 0)
        for row in before.values():
            filled[row.part] += 1
        while new or not filled:
            part = max(filled, default=1)
            if filled.get(part, 0) >= room:
                part += 1
            batch, new = _split(new, room - filled.get(part, 0))
            columns = [Column(column_name(f.field_id), type_of(f.kind, f.scale)) for f in batch]
            name = parts.get(place, {}).get(part)
            if name is None:
                name = table_name(tenant_id, app_id, shape.form_id, shape.subtable_id, part)
                _create(writer, name, bool(shape.subtable_id), columns)
                _catalogue_table(writer, tenant_id, app_id, shape, part, name)
            else:
                add_columns(writer, name, columns)
            filled[part] = filled.get(part, 0) + len(batch)
            _catalogue_columns(writer, tenant_id, app_id, shape, part, batch, release)
            changed.append(name)
    return tuple(changed)


def bring_along(
    writer: Connection,
    structure: int = STRUCTURE,
    added: Mapping[int, tuple[tuple[str, TypeEngine[Any]], ...]] = ADDED,
) -> int:
    """Give every record table the fixed columns of this program's structure; tell how many."""
    r = t.record_table.c
    old = writer.execute(sa.select(r.name, r.structure).where(r.structure < structure)).all()
    for row in old:
        for version in range(row.structure + 1, structure + 1):
            columns = [Column(name, type_) for name, type_ in added.get(version, ())]
            add_columns(writer, row.name, columns)
    writer.execute(
        sa.update(t.record_table).where(r.structure < structure).values(structure=structure)
    )
    return len(old)


def add_columns(writer: Connection, table: str, columns: Sequence[Column[Any]]) -> None:
    """Add columns; on PostgreSQL wait for the table two seconds at a time, five times."""
    prepare = writer.dialect.identifier_preparer
    ddl = []
    for column in columns:
        words = str(CreateColumn(column).compile(dialect=writer.dialect))
        ddl.append(f"ALTER TABLE {prepare.quote(table)} ADD COLUMN {words}")
    if ddl:
        _patiently(writer, ddl)


def _patiently(
    writer: Connection, ddl: Sequence[str], pause: Callable[[float], None] = time.sleep
) -> None:
    if writer.dialect.name == "sqlite":
        for statement in ddl:
            writer.exec_driver_sql(statement)
        return
    writer.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    for attempt in range(1, RETRIES + 1):
        try:
            with writer.begin_nested():
                for statement in ddl:
                    writer.exec_driver_sql(statement)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03" or attempt == RETRIES:
                raise
            pause(0.1 * attempt)
        else:
            return


def _create(writer: Connection, name: str, child: bool, columns: Sequence[Column[Any]]) -> None:
    table = make_table(name, child, columns)
    writer.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        writer.execute(CreateIndex(index))
    statistics.tell(writer, (table,))


def _check(reader: Connection, tenant_id: int, app_id: str, shapes: Sequence[Shape]) -> None:
    for shape in shapes:
        for field in shape.fields:
            if field.kind not in KINDS:
                raise StoreError(f'"{field.kind}" is no kind of record column.')
        if len(shape.fields) > FORM_LIMIT:
            raise RecordLimitError(
                f'Form "{shape.form_id}" lists {len(shape.fields)} fields; {FORM_LIMIT} fit. '
                "Take the listing flag off some."
            )
    for conflict in conflicts(reader, tenant_id, app_id, shapes):
        raise StoreError(
            f'Field "{conflict.field_id}" of form "{conflict.form_id}" was published as '
            f"{conflict.kept} and is now {conflict.wanted}; give it a new id."
        )


def _split(fields: list[Field], count: int) -> tuple[list[Field], list[Field]]:
    return fields[:count], fields[count:]


def _room(child: bool) -> int:
    return TABLE_LIMIT - len(make_table("r_room", child).columns)


def _kind(kind: str, scale: int) -> str:
    return f"decimal({scale})" if kind == "decimal" else kind


def _columns(
    reader: Connection, tenant_id: int, app_id: str
) -> dict[tuple[str, str], dict[str, Any]]:
    c = t.record_column.c
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in reader.execute(
        sa.select(t.record_column).where(c.tenant_id == tenant_id, c.app_id == app_id)
    ):
        known.setdefault((row.form_id, row.subtable_id), {})[row.field_id] = row
    return known


def _parts(
    reader: Connection, tenant_id: int, app_id: str
) -> dict[tuple[str, str], dict[int, str]]:
    r = t.record_table.c
    parts: dict[tuple[str, str], dict[int, str]] = {}
    for row in reader.execute(
        sa.select(t.record_table).where(r.tenant_id == tenant_id, r.app_id == app_id)
    ):
        parts.setdefault((row.form_id, row.subtable_id), {})[row.part] = row.name
    return parts


def _catalogue_table(
    writer: Connection, tenant_id: int, app_id: str, shape: Shape, part: int, name: str
) -> None:
    writer.execute(
        sa.insert(t.record_table).values(
            tenant_id=tenant_id,
            app_id=app_id,
            form_id=shape.form_id,
            subtable_id=shape.subtable_id,
            part=part,
            name=name,
            structure=STRUCTURE,
        )
    )


def _catalogue_columns(
    writer: Connection,
    tenant_id: int,
    app_id: str,
    shape: Shape,
    part: int,
    fields: Sequence[Field],
    release: int,
) -> None:
    if fields:
        rows = [
            {
                "tenant_id": tenant_id, "app_id": app_id, "form_id": shape.form_id,
                "subtable_id": shape.subtable_id, "field_id": field.field_id, "part": part,
                "name": column_name(field.field_id), "kind": field.kind, "scale": field.scale,
                "since_release": release,
            }
            for field in fields
        ]  # fmt: skip
        writer.execute(sa.insert(t.record_column), rows)
