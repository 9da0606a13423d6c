"""A database that is away, read-only or restarted: its own errors, and then all goes on."""

import datetime as dt
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from gcrm.store.blobs import Folder
from gcrm.store.columns import new_id
from gcrm.store.engine import Store, url_of
from gcrm.store.errors import StoreAwayError, StoreError
from gcrm.store.tables import outbox


def row(number: int) -> dict[str, Any]:
    return {
        "tenant_id": 1, "id": number, "topic": "case", "payload": {},
        "created_at": dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    }  # fmt: skip


def set_read_only(store: Store, on: bool) -> None:
    with closing(store._writer.raw_connection()) as connection:
        connection.cursor().execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


def numbers(store: Store) -> set[int]:
    with store.read() as reader:
        return set(reader.execute(sa.select(outbox.c.id)).scalars())


@pytest.fixture(params=["postgresql"])
def restarted(request: pytest.FixtureRequest, new_url: Any) -> Iterator[Store]:
    store = Store(new_url(request.param), readers=4, writers=4)
    yield store
    store.close()


def end_all(url: Any) -> int:
    """End every connection of a database, as a restart of its server does."""
    address = url_of(url).set(drivername="postgresql", database="postgres")
    with closing(
        psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
    ) as connection:
        done = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s",
            [url_of(url).database],
        ).fetchone()
    assert done is not None
    return int(done[0])


def test_connections_recover_when_the_server_was_restarted_under_load(restarted: Store) -> None:
    acknowledged: set[int] = set()
    strange: list[BaseException] = []
    over, guard = threading.Event(), threading.Lock()

    def work() -> None:
        while not over.is_set():
            number = new_id()
            try:
                with restarted.write() as writer:
                    writer.execute(sa.insert(outbox), row(number))
                with guard:
                    acknowledged.add(number)
                numbers(restarted)
            except StoreError:
                continue
            except BaseException as error:
                strange.append(error)
                return

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    ended = 0
    url = restarted.url.render_as_string(hide_password=False)
    for goal in (20, 60, 100):
        while len(acknowledged) < goal and any(thread.is_alive() for thread in threads):
            over.wait(0.01)
        ended += end_all(url)
    over.set()
    for thread in threads:
        thread.join()

    assert strange == []
    assert ended > 0
    assert acknowledged <= numbers(restarted)
    with restarted.write() as writer:
        writer.execute(sa.insert(outbox), row(1))
    assert 1 in numbers(restarted)


def test_a_server_that_is_away_is_told_as_such() -> None:
    store = Store("postgresql://gcrm@127.0.0.1:1/nothing")

    with pytest.raises(StoreAwayError), store.read():
        pass
    with pytest.raises(StoreAwayError), store.write():
        pass
    store.close()


def test_a_database_that_became_read_only_is_told_as_such_and_recovers(new_url: Any) -> None:
    store = Store(new_url("sqlite"))
    set_read_only(store, True)

    with pytest.raises(StoreAwayError, match="readonly"), store.write() as writer:
        writer.execute(sa.insert(outbox), row(1))
    read = numbers(store)
    set_read_only(store, False)
    with store.write() as writer:
        writer.execute(sa.insert(outbox), row(2))

    assert read == set()
    assert numbers(store) == {2}
    store.close()


def test_a_mistake_in_a_statement_is_no_outage(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.read() as reader:
        reader.exec_driver_sql("SELECT * FROM no_such_table")


def test_content_that_finds_no_room_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "blobs")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreAwayError, match="No space left"):
            folder.put(f"1/2/{'a' * 64}", b"photo")
    left = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    folder.put(f"1/2/{'a' * 64}", b"photo")

    assert left == []
    (kept,) = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
