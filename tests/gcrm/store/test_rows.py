"""Rows put by kept statements stand there as SQLAlchemy's own execution would put them."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from gcrm.store.columns import Document, Id, Moment
from gcrm.store.engine import Store
from gcrm.store.rows import put_rows

metadata = sa.MetaData()
kept = sa.Table(
    "kept",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text),
    sa.Column("at", Moment),
    sa.Column("data", Document),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("open", sa.Boolean),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),
)

CHINA = dt.timezone(dt.timedelta(hours=8))
AT = dt.datetime(2026, 11, 24, 9, 49, 0, 120, tzinfo=CHINA)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "䶮 100%s :at ?", "at": AT, "data": {"名": [1, None]}, "sealed": b"\0x",
     "open": True},
    {"id": 2, "text": None, "at": None, "data": None, "sealed": None, "open": False},
    {"id": 3, "text": "", "at": AT.replace(microsecond=0), "data": [], "sealed": b"", "open": None},
]  # fmt: skip

close = (
    sa.update(kept)
    .where(kept.c.id == sa.bindparam("of_id"), kept.c.status == "open")
    .values(status=sa.bindparam("new_status"))
)


@pytest.fixture
def table(store: Store) -> Store:
    with store.write() as writer:
        metadata.create_all(writer)
    return store


def rows_of(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as reader:
        return [tuple(row) for row in reader.execute(sa.select(kept).order_by(kept.c.id))]


@pytest.mark.parametrize("together", [True, False])
def test_every_type_is_kept_as_sqlalchemy_keeps_it(table: Store, together: bool) -> None:
    with table.write() as writer:
        writer.execute(sa.insert(kept), ROWS)
    wanted = rows_of(table)
    with table.write() as writer:
        writer.execute(sa.delete(kept))

    with table.write() as writer:
        for part in [ROWS] if together else [[row] for row in ROWS]:
            put_rows(writer, kept, part)

    assert rows_of(table) == wanted


def test_rows_are_one_statement_and_no_rows_none(table: Store) -> None:
    before = table.statements()

    with table.write() as writer:
        put_rows(writer, kept, ROWS)
        put_rows(writer, kept, [])

    assert table.statements() == before + 1


def test_an_update_tells_how_many_it_found(table: Store) -> None:
    with table.write() as writer:
        put_rows(writer, kept, ROWS)
        found = put_rows(writer, close, [{"of_id": 1, "new_status": "done"}])
        again = put_rows(writer, close, [{"of_id": 1, "new_status": "open"}])

    assert (found, again) == (1, 0)
    assert [row[-1] for row in rows_of(table)] == ["done", "open", "open"]


def test_a_naive_moment_is_refused_and_nothing_is_put(table: Store) -> None:
    with (
        pytest.raises(ValueError, match="time zone"),
        table.write() as writer,
    ):
        put_rows(writer, kept, [{"id": 1, "at": AT.replace(tzinfo=None)}])

    assert rows_of(table) == []


def test_a_row_that_lacks_a_key_of_the_first_is_refused(table: Store) -> None:
    with pytest.raises(KeyError, match="text"), table.write() as writer:
        put_rows(writer, kept, [{"id": 1, "text": "一"}, {"id": 2}])


def test_what_a_statement_needs_must_be_given(table: Store) -> None:
    with pytest.raises(ValueError, match="of_id"), table.write() as writer:
        put_rows(writer, close, [{"new_status": "done"}])


def test_a_second_row_of_the_same_key_is_an_integrity_error(table: Store) -> None:
    with table.write() as writer:
        put_rows(writer, kept, ROWS)

    with pytest.raises(IntegrityError), table.write() as writer:
        put_rows(writer, kept, ROWS[:1])
