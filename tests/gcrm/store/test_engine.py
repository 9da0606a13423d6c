"""The store's doors: who reads, who writes, in which order."""

import datetime as dt
import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError, IntegrityError

from gcrm.store import tables as t
from gcrm.store.engine import Store, url_of
from gcrm.store.errors import StaleError, StoreAwayError, StoreBusyError, StoreError
from gcrm.store.sql_texts import SQL_TEXTS
from gcrm.store.writer import FairLock

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)


def tenant(number: int = 1) -> dict[str, object]:
    return {
        "id": number, "code": f"city{number}", "name": "云州市", "host": None,
        "zone": "Asia/Shanghai", "locale": "zh_CN", "created_at": NOW,
    }  # fmt: skip


def test_what_is_written_can_be_read(store: Store) -> None:
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), tenant())

    with store.read() as reader:
        row = reader.execute(sa.select(t.tenant)).one()
    assert (row.name, row.created_at) == ("云州市", NOW)


def test_an_exception_rolls_back(store: Store) -> None:
    def fail(writer: sa.Connection) -> None:
        writer.execute(sa.insert(t.tenant), tenant())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as writer:
        fail(writer)

    with store.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(t.tenant)) == 0
    assert not store.holding()


def test_a_reader_sees_one_snapshot(store: Store) -> None:
    count = sa.select(sa.func.count()).select_from(t.tenant)
    with store.read() as reader:
        before = reader.scalar(count)
        with store.write() as writer:
            writer.execute(sa.insert(t.tenant), tenant())
        after = reader.scalar(count)

    assert (before, after) == (0, 0)


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises((DatabaseError, StoreAwayError)), store.read() as reader:
        reader.execute(sa.insert(t.tenant), tenant())


def test_foreign_keys_are_checked(store: Store) -> None:
    orphan = sa.insert(t.draft).values(tenant_id=1, app_id="none", revision=1, updated_at=NOW)
    with pytest.raises(IntegrityError), store.write() as writer:
        writer.execute(orphan)


def test_the_writer_cannot_be_taken_twice_by_one_thread(store: Store) -> None:
    with store.write():
        assert store.holding()
        with pytest.raises(StoreError, match="holds the writer already"), store.write():
            pass

    assert not store.holding()


def test_begin_and_commit_are_no_statements(store: Store) -> None:
    before = store.statements()
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), [tenant(1), tenant(2)])

    assert store.statements() - before == 1


def test_a_moment_keeps_its_instant_and_refuses_naive_ones(store: Store) -> None:
    shanghai = dt.timezone(dt.timedelta(hours=8))
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), {**tenant(), "created_at": NOW.astimezone(shanghai)})
        with pytest.raises(Exception, match="time zone"):
            writer.execute(
                sa.insert(t.tenant), {**tenant(2), "created_at": NOW.replace(tzinfo=None)}
            )

    with store.read() as reader:
        moment = reader.scalar(sa.select(t.tenant.c.created_at).where(t.tenant.c.created_at == NOW))
    assert moment == NOW
    assert moment.tzinfo == dt.UTC


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_databases_that_cannot_work_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match=r"SQLite|use sqlite or postgresql"):
        url_of(url)


def test_eight_threads_get_equal_shares_of_the_writer() -> None:
    lock = FairLock()
    order: list[int] = []
    running = 8

    def work(number: int) -> None:
        nonlocal running
        for turn in range(50):
            lock.acquire(30)
            while lock.waiting < running - 1:  # everyone asks again before it is passed on
                time.sleep(0)
            order.append(number)
            running -= turn == 49
            lock.release()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first = order[:8]
    assert sorted(first) == list(range(8))
    assert order == first * 50


def test_waiting_for_the_writer_ends_with_a_sentence() -> None:
    lock = FairLock()
    lock.acquire(1)
    failures: list[Exception] = []

    def wait() -> None:
        try:
            lock.acquire(0.01)
        except StoreBusyError as error:
            failures.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    lock.release()
    lock.acquire(0.01)

    assert "not free within 0.01 seconds" in str(failures[0])
    assert lock.waiting == 0


def test_all_threads_write_and_nothing_is_lost(store: Store) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            with store.write() as writer:
                writer.execute(sa.insert(t.tenant), tenant(number * 100 + turn))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(t.tenant)) == 80


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_deadlock_asks_to_prepare_again(dialect: str, new_url: Callable[[str], str]) -> None:
    store = Store(new_url(dialect))
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), [tenant(1), tenant(2)])
    both = threading.Barrier(2)
    outcomes: list[str] = []

    def work(first: int, second: int) -> None:
        try:
            with store.write() as writer:
                rename(writer, first)
                both.wait(10)
                rename(writer, second)
            outcomes.append("done")
        except StaleError:
            outcomes.append("stale")

    def rename(writer: sa.Connection, number: int) -> None:
        writer.execute(sa.update(t.tenant).where(t.tenant.c.id == number).values(name="x"))

    threads = [threading.Thread(target=work, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()

    assert sorted(outcomes) == ["done", "stale"]


def test_a_database_held_by_another_process_is_busy(
    new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcrm.store.engine.BUSY_MS", 10)
    url = new_url("sqlite")
    here, there = Store(url), Store(url)

    with here.write(), pytest.raises(StoreBusyError), there.write():
        pass

    here.close()
    there.close()


zones = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
instants = st.datetimes(dt.datetime(1900, 1, 3), dt.datetime(2200, 1, 1), timezones=zones)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=instants, second=instants)
def test_any_moments_keep_their_instant_and_their_order(
    store: Store, first: dt.datetime, second: dt.datetime
) -> None:
    made = t.tenant.c.created_at
    with store.write() as writer:
        writer.execute(sa.delete(t.tenant))
        for number, moment in enumerate((first, second), 1):
            writer.execute(sa.insert(t.tenant), {**tenant(number), "created_at": moment})

    with store.read() as reader:
        found = list(reader.scalars(sa.select(made).order_by(t.tenant.c.id)))
        earliest = reader.scalar(sa.select(sa.func.min(made)))
    assert found == [first, second]
    assert earliest == min(first, second)


def test_a_second_store_compiles_nothing_again(store: Store) -> None:
    statement = sa.select(t.tenant.c.name).where(t.tenant.c.id == 1, t.tenant.c.code == "again")
    with store.read() as reader:
        reader.execute(statement).all()
    kept = len(SQL_TEXTS)

    second = Store(store.url.render_as_string(hide_password=False))
    with second.read() as reader, second.write() as writer:
        reader.execute(statement).all()
        writer.execute(statement).all()
    second.close()

    assert len(SQL_TEXTS) == kept


def test_a_statement_that_is_kept_writes_the_columns_of_each_call(store: Store) -> None:
    statement = sa.update(t.tenant).where(t.tenant.c.id == sa.bindparam("which"))
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), [tenant(1), tenant(2)])

        for _ in range(2):
            writer.execute(statement, {"which": 1, "name": "甲"})
            writer.execute(statement, {"which": 2, "zone": "Asia/Urumqi"})

        found = writer.execute(sa.select(t.tenant.c.name, t.tenant.c.zone).order_by(t.tenant.c.id))
        (first, second) = found.all()
    assert (first.name, first.zone) == ("甲", tenant(1)["zone"])
    assert (second.name, second.zone) == (tenant(2)["name"], "Asia/Urumqi")
