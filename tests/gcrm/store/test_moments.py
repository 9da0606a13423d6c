"""A moment: the reads of one thread share a snapshot until the thread writes."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gcrm.store import tables as t
from gcrm.store.engine import Store
from tests.gcrm.store.test_engine import tenant

COUNT = sa.select(sa.func.count()).select_from(t.tenant)


def count(store: Store) -> int:
    with store.read() as reader:
        return int(reader.scalar(COUNT) or 0)


def add(store: Store, number: int) -> None:
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), tenant(number))


def elsewhere(store: Store, number: int) -> None:
    thread = threading.Thread(target=add, args=(store, number))
    thread.start()
    thread.join()


def test_all_reads_of_a_moment_show_the_same(store: Store) -> None:
    with store.moment():
        first = count(store)
        elsewhere(store, 1)
        second = count(store)

    assert (first, second, count(store)) == (0, 0, 1)


def test_reads_share_one_connection_also_inside_of_each_other(store: Store) -> None:
    with store.moment(), store.moment():
        with store.read() as outer, store.read() as inner:
            pass
        with store.read() as later:
            pass

    assert outer is inner is later
    assert outer.closed


def test_after_a_write_of_the_thread_a_read_sees_it(store: Store) -> None:
    with store.moment():
        before = count(store)
        add(store, 1)
        after = count(store)

    assert (before, after) == (0, 1)


def test_a_reading_that_is_open_while_the_thread_writes_goes_on_as_it_was(store: Store) -> None:
    with store.moment():
        with store.read() as reader:
            reader.scalar(COUNT)
            add(store, 1)
            fresh = count(store)
            old = reader.scalar(COUNT)
        after = count(store)

    assert (old, fresh, after) == (0, 1, 1)


def test_a_statement_that_failed_does_not_spoil_the_reads_after_it(store: Store) -> None:
    with store.moment():
        with pytest.raises(DBAPIError), store.read() as reader:
            reader.execute(sa.text("SELECT no_such_column FROM tenant"))
        after = count(store)

    assert after == 0


def test_outside_of_a_moment_each_read_is_one_of_its_own(store: Store) -> None:
    with store.read() as first, store.read() as second:
        pass

    assert first is not second
