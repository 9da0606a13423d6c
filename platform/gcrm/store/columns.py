"""Column types and column sets that every table shares."""

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z


_guard = threading.Lock()
_last = 0


def new_id() -> int:
    """Make a 63-bit id: 41 bits of milliseconds since 2024, 22 random bits.

    Ids rise, so rows made together lie together, and any process can make one without
    asking the database. Within a millisecond a process goes on from its last one: random
    bits alone would meet each other when thousands of rows are made at once.
    """
    global _last
    milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
    fresh = milliseconds << 22 | secrets.randbits(22)
    with _guard:
        _last = fresh if fresh > _last else _last + 1 + secrets.randbits(6)
        return _last


class Moment(TypeDecorator[dt.datetime]):
    """An aware UTC moment: TIMESTAMPTZ on PostgreSQL, UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse naive moments and write UTC."""
        return None if value is None else _utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Give an aware UTC moment back."""
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Write SQLite's text in one step: a submit writes thirty moments."""
        if dialect.name == "sqlite":
            return _write_text
        return super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """Read SQLite's text in one step: a page reads some hundred moments."""
        if dialect.name == "sqlite":
            return _read_text
        return super().result_processor(dialect, coltype)


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError(f"A moment needs a time zone, got the naive {moment!r}.")
    return moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)


def _write_text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else _utc(moment).isoformat(" ", "microseconds")[:26]


def _read_text(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(f"{text}+00:00")


Document = JSON().with_variant(JSONB(), "postgresql")
"""JSON that the platform itself writes (never a place for values in clear that are sealed)."""

Names = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A name in other languages than Chinese, by language: `{"en": "Civil Affairs Bureau"}`."""

Id = BigInteger().with_variant(Integer(), "sqlite")


def tenant_id() -> Column[int]:
    """The first part of every key."""
    return Column("tenant_id", Integer, primary_key=True, autoincrement=False)


def own_id() -> Column[int]:
    """The second part of most keys, made by `new_id`."""
    return Column("id", Id, primary_key=True, autoincrement=False)


__all__ = [
    "Document",
    "Id",
    "LargeBinary",
    "Moment",
    "Names",
    "Text",
    "metadata",
    "new_id",
    "own_id",
    "tenant_id",
]
