"""Numbers have no gaps, look-up codes no pattern, keys one answer."""

import datetime as dt
import threading

import pytest

from gcrm.store import idempotency, numbers
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.errors import StaleError
from gcrm.store.idempotency import Answered

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)


def test_numbers_count_per_item_and_year(store: Store) -> None:
    with store.write() as writer:
        before = store.statements()
        drawn = [
            numbers.draw(writer, tenant, prefix, year)
            for tenant, prefix, year in [
                (1, "EA", 2026), (1, "EA", 2026), (1, "HP", 2026), (1, "EA", 2027), (2, "EA", 2026),
            ]
        ]  # fmt: skip

    assert store.statements() - before == 5
    assert drawn == [
        "EA-2026-000001", "EA-2026-000002", "HP-2026-000001", "EA-2027-000001", "EA-2026-000001",
    ]  # fmt: skip


def test_a_rollback_leaves_no_gap(store: Store) -> None:
    def fail() -> None:
        with store.write() as writer:
            numbers.draw(writer, 1, "EA", 2026)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with store.write() as writer:
        assert numbers.draw(writer, 1, "EA", 2026) == "EA-2026-000001"


def test_numbers_drawn_side_by_side_are_gapless(store: Store) -> None:
    drawn: list[str] = []

    def work() -> None:
        for _ in range(10):
            with store.write() as writer:
                drawn.append(numbers.draw(writer, 1, "EA", 2026))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(drawn) == [f"EA-2026-{n:06d}" for n in range(1, 41)]


def test_lookup_codes_can_be_read_out_and_never_repeat() -> None:
    codes = {numbers.new_lookup_code() for _ in range(2_000)}

    assert len(codes) == 2_000
    assert all(len(code) == 12 and set(code) <= set(numbers.ALPHABET) for code in codes)


def test_ids_rise_and_never_repeat() -> None:
    ids = [new_id() for _ in range(20_000)]

    assert ids == sorted(set(ids))
    assert max(ids) < 2**63


def test_a_key_has_one_answer(store: Store) -> None:
    answered = Answered("d" * 64, "/cases/5")
    with store.write() as writer:
        before = store.statements()
        idempotency.keep(writer, 1, 7, "elder/main", "key", answered, NOW)
        assert store.statements() - before == 1

    with store.read() as reader:
        assert idempotency.find(reader, 1, 7, "elder/main", "key") == answered
        assert idempotency.find(reader, 1, 8, "elder/main", "key") is None
    with pytest.raises(StaleError), store.write() as writer:
        idempotency.keep(writer, 1, 7, "elder/main", "key", answered, NOW)


def test_keys_are_forgotten_after_seven_days(store: Store) -> None:
    with store.write() as writer:
        for days in (8, 6):
            then = NOW - dt.timedelta(days=days)
            idempotency.keep(writer, 1, 7, "f", f"{days}", Answered("d", "/"), then)

    with store.write() as writer:
        assert idempotency.forget(writer, NOW) == 1
    with store.read() as reader:
        assert idempotency.find(reader, 1, 7, "f", "6") is not None
