"""A job's effects happen exactly once, however often its worker is killed."""

import contextlib
import datetime as dt
import random
import threading

import pytest
import sqlalchemy as sa

from gcrm.store import jobs, outbox
from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.errors import FencedError
from gcrm.store.jobs import NewJob

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
LEASE = dt.timedelta(seconds=30)


def enqueue(store: Store, count: int = 1, attempts: int = 5) -> None:
    with store.write() as writer:
        new = [NewJob("notify", {"n": n}, NOW, attempts) for n in range(count)]
        jobs.enqueue(writer, 1, new, NOW)


def claim(store: Store, now: dt.datetime = NOW, limit: int = 1) -> tuple[jobs.Job, ...]:
    with store.write() as writer:
        return jobs.claim(writer, now, LEASE, limit)


def statuses(store: Store) -> list[str]:
    with store.read() as reader:
        return list(reader.scalars(sa.select(t.job.c.status).order_by(t.job.c.id)))


def test_a_claimed_job_is_not_claimed_again_within_its_lease(store: Store) -> None:
    enqueue(store)

    (job,) = claim(store)

    assert (job.kind, job.payload, job.attempt) == ("notify", {"n": 0}, 1)
    assert claim(store, NOW + LEASE) == ()
    (again,) = claim(store, NOW + LEASE + dt.timedelta(seconds=1))
    assert (again.id, again.attempt) == (job.id, 2)


def test_only_the_newest_holder_can_finish(store: Store) -> None:
    enqueue(store)
    (late,) = claim(store)
    (newest,) = claim(store, NOW + 2 * LEASE)

    with pytest.raises(FencedError), store.write() as writer:
        jobs.finish(writer, late, NOW)
    with store.write() as writer:
        jobs.finish(writer, newest, NOW)

    assert statuses(store) == ["done"]
    with pytest.raises(FencedError), store.write() as writer:
        jobs.finish(writer, newest, NOW)


def test_a_job_of_the_future_and_of_another_kind_waits(store: Store) -> None:
    with store.write() as writer:
        later = NOW + dt.timedelta(hours=1)
        jobs.enqueue(writer, 1, [NewJob("a", {}, later), NewJob("b", {}, NOW)], NOW)
        assert jobs.claim(writer, NOW, LEASE, kinds=["a"]) == ()
        assert [job.kind for job in jobs.claim(writer, NOW, LEASE, limit=9)] == ["b"]


def test_a_failed_job_comes_back_and_is_given_up_in_the_end(store: Store) -> None:
    enqueue(store, attempts=2)
    (job,) = claim(store)
    with store.write() as writer:
        assert not jobs.fail(writer, job, NOW, "ConnectorError", NOW + LEASE)
    assert claim(store) == ()

    (job,) = claim(store, NOW + LEASE)
    with store.write() as writer:
        assert jobs.fail(writer, job, NOW, "ConnectorError", NOW + LEASE)

    assert statuses(store) == ["failed"]
    with store.read() as reader:
        incident = reader.execute(sa.select(t.incident)).one()
    assert (incident.job_id, incident.data["error"]) == (job.id, "ConnectorError")


def test_a_job_that_kills_its_worker_every_time_becomes_an_incident(store: Store) -> None:
    enqueue(store, attempts=2)
    for turn in range(2):
        assert len(claim(store, NOW + 2 * turn * LEASE)) == 1

    assert claim(store, NOW + 9 * LEASE) == ()
    with store.write() as writer:
        assert jobs.give_up(writer, NOW + 9 * LEASE) == 1
        assert jobs.give_up(writer, NOW + 9 * LEASE) == 0
    assert statuses(store) == ["failed"]


def test_effects_happen_exactly_once_under_kills(store: Store) -> None:
    enqueue(store, count=12, attempts=50)
    chance = random.Random(7)  # noqa: S311
    now = NOW
    for _ in range(200):
        found = claim(store, now)
        now += dt.timedelta(seconds=chance.choice([1, 40]))
        if not found:
            if set(statuses(store)) == {"done"}:
                break
            continue
        fate = chance.random()
        if fate < 0.3:
            continue  # killed before it began
        with contextlib.suppress(KeyboardInterrupt), store.write() as writer:
            _effect(writer, found[0].payload["n"])
            jobs.finish(writer, found[0], now)
            if fate < 0.5:
                raise KeyboardInterrupt  # killed before the commit

    with store.read() as reader:
        effects = sorted(reader.scalars(sa.select(t.case_number.c.prefix)))
        assert set(reader.scalars(sa.select(t.case_number.c.last))) == {1}
    assert effects == sorted(str(n) for n in range(12))


def test_many_workers_share_the_jobs(store: Store) -> None:
    enqueue(store, count=24)
    lock = threading.Lock()
    taken: list[int] = []

    def work() -> None:
        while found := claim(store, limit=2):
            with store.write() as writer:
                for job in found:
                    jobs.finish(writer, job, NOW)
            with lock:
                taken.extend(job.payload["n"] for job in found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(24))


def test_a_message_is_handed_out_until_it_is_applied_once(store: Store) -> None:
    with store.write() as writer:
        before = store.statements()
        outbox.put(writer, 1, [], NOW)
        outbox.put(
            writer, 1, [outbox.Message("notice", {"n": n}, case_id=5) for n in range(3)], NOW
        )
        assert store.statements() - before == 1
    with store.read() as reader:
        first = outbox.waiting(reader, 2)
        assert [m.payload["n"] for m in outbox.waiting(reader, 2)] == [0, 1]
        assert outbox.waiting(reader, topic="analytics") == ()

    with store.write() as writer:
        outbox.applied(writer, first, NOW)
        outbox.applied(writer, (), NOW)

    with store.read() as reader:
        assert [m.payload["n"] for m in outbox.waiting(reader)] == [2]
    with pytest.raises(FencedError), store.write() as writer:
        outbox.applied(writer, first, NOW)


def _effect(writer: sa.Connection, number: int) -> None:
    row = {"tenant_id": 1, "prefix": str(number), "year": 2026, "last": 1}
    writer.execute(sa.insert(t.case_number), row)
