"""What SQLite believes of the tables: those of a full town, written instead of measured.

Without statistics SQLite takes the column that leads every key, the tenant, for one that tells
rows apart, and walks through all rows of the tenant where the result is to be in the order of
the key. Measured ones (ANALYZE) would say of a new office that every table is empty, and go on
saying so. These are the same everywhere, so that a page asks an empty and a full house alike.
The table `sqlite_stat1` may be written by an application (sqlite.org/fileformat2.html, 2.6.3).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, String, Table

from gcrm.store import tables as t
from gcrm.store.record_tables import make_table

ROWS = 100_000
FEW = 4  # different values of a flag, a status, a kind
SOME = 20  # of a code: a department's, a region's, an app's
SHORT, LONG = 16, 40  # characters; a longer text is hardly ever the same twice
CODES = frozenset({"department_id", "item_variant_id", "grid_id"})


def write(writer: Connection) -> None:
    """Write what to believe of each index, those of record tables too; elsewhere nothing."""
    if writer.dialect.name != "sqlite":
        return
    writer.execute(_LOAD)  # makes the table where there is none
    writer.execute(sa.text("DELETE FROM sqlite_stat1"))
    _write(writer, (*t.case.metadata.sorted_tables, *_record_tables(writer)))


def tell(writer: Connection, tables: Iterable[Table]) -> None:
    """Write it of tables that were just made. Nothing of them may be known yet.

    Other connections read it when they see that there is a new table; this one at once.
    """
    made = tuple(tables)
    if writer.dialect.name != "sqlite" or not made:
        return
    writer.execute(_LOAD)
    _write(writer, made)
    writer.execute(_LOAD)


_LOAD = sa.text("ANALYZE sqlite_master")  # measures nothing: it reads what is written anew
_INSERT = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)")


def _write(writer: Connection, tables: Iterable[Table]) -> None:
    known = {
        (row.tbl_name, row.name)
        for row in writer.execute(
            sa.text("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'")
        )
    }
    rows = [
        {"tbl": table, "idx": index, "stat": " ".join(map(str, told))}
        for table, index, told in _all(tables)
        if (table, index) in known
    ]
    if rows:
        writer.execute(_INSERT, rows)


def _record_tables(reader: Connection) -> tuple[Table, ...]:
    """Describe the tables that publishing made; of the columns those that have an index."""
    r = t.record_table.c
    rows = reader.execute(sa.select(r.name, r.subtable_id).order_by(r.name)).all()
    return tuple(make_table(row.name, bool(row.subtable_id)) for row in rows)


def _all(tables: Iterable[Table]) -> Iterator[tuple[str, str, list[int]]]:
    for table in tables:
        key = list(table.primary_key.columns)
        if key:
            yield table.name, f"sqlite_autoindex_{table.name}_1", _told(key, unique=True)
        for index in table.indexes:
            columns = [each for each in index.columns if isinstance(each, Column)]
            yield table.name, str(index.name), _told(columns, unique=bool(index.unique))


def _told(columns: Sequence[Column[Any]], *, unique: bool) -> list[int]:
    """Tell how many rows there are, and how many share the first columns, one more each time."""
    left, told = ROWS, [ROWS]
    for column in columns:
        left = max(1, left // _different(column))
        told.append(left)
    if unique:
        told[-1] = 1
    return told


def _different(column: Column[Any]) -> int:
    """Say how many values a column has."""
    kind = column.type
    if column.name == "tenant_id":
        return 1
    if column.name == "id":
        return ROWS
    if column.name in CODES or (isinstance(kind, Integer) and not isinstance(kind, BigInteger)):
        return SOME
    if isinstance(kind, Boolean):
        return FEW
    if isinstance(kind, String):
        length = kind.length or LONG + 1
        return FEW if length <= SHORT else SOME if length <= LONG else ROWS
    return ROWS // SOME  # of ids of other rows and of moments
