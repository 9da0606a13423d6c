"""Numbers of cases: gapless ones for people, unguessable ones for looking up."""

import secrets
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from gcrm.store import tables as t

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read over the phone
LOOKUP_LENGTH = 12  # 60 random bits


def draw(writer: Connection, tenant_id: int, prefix: str, year: int) -> str:
    """Draw the next number of an item and year, "EA-2026-000001"; one statement.

    Gapless, since a rollback takes the counter back too. Draw last: on PostgreSQL the
    counter's row is held until the commit.
    """
    counter = {"tenant_id": tenant_id, "prefix": prefix, "year": year, "last": 1}
    last = writer.execute(_counter(writer.dialect.name), counter).scalar_one()
    return f"{prefix}-{year}-{last:06d}"


@lru_cache
def _counter(dialect: str) -> Any:
    """Make the statement once for each database."""
    insert = _insert(dialect, t.case_number)
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "prefix", "year"], set_={"last": t.case_number.c.last + 1}
    ).returning(t.case_number.c.last)


def new_lookup_code() -> str:
    """Make a code that nobody can guess and everybody can read out."""
    return new_code(LOOKUP_LENGTH)


def new_code(length: int) -> str:
    """Make a code of so many characters, 5 random bits each: 256 is a multiple of 32."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(length))


def upsert(writer: Connection, table: Table) -> PostgresqlInsert | SqliteInsert:
    """Start an INSERT … ON CONFLICT in the words of the writer's database.

    SQLAlchemy drops the row count of an INSERT unless asked to keep it.
    """
    return _insert(writer.dialect.name, table)


def _insert(dialect: str, table: Table) -> PostgresqlInsert | SqliteInsert:
    if dialect == "sqlite":
        return SqliteInsert(table).execution_options(preserve_rowcount=True)
    return PostgresqlInsert(table).execution_options(preserve_rowcount=True)
