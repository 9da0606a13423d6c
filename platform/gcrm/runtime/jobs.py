"""The worker: jobs, outbox, timers, lamps, the sealer; a thread beside the pages or a process."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gcrm import logs
from gcrm.connectors import ConnectorError
from gcrm.runtime import (
    correction_end,
    issuing,
    notices,
    operation,
    publicity,
    publicity_end,
    system_moves,
    upkeep,
)
from gcrm.runtime.job_kinds import KINDS, retry_at
from gcrm.runtime.services import Services
from gcrm.store import anchors, audit_seals, jobs, outbox
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.errors import FencedError, StaleError, StoreBusyError
from gcrm.store.jobs import Job
from gcrm.store.outbox import Message
from gcrm.store.turns import Turns
from gcrm.store.worker_lock import alone

log = logging.getLogger("gcrm.worker")

PAUSE = 0.2  # seconds between rounds, unless one left work behind
LONGEST_PAUSE = 30.0
SEAL = timedelta(seconds=1)
LOG = timedelta(seconds=1)
UPKEEP = timedelta(seconds=60)
BATCH = 20
FEW = 5  # messages of the outbox told in one turn: people wait meanwhile


class Place(Protocol):
    """What the assembly gives: a store, services and a clock."""

    @property
    def store(self) -> Store:
        """The store."""
        ...

    @property
    def services(self) -> Services:
        """The services."""
        ...

    @property
    def turns(self) -> Turns:
        """The places for threads that compute."""
        ...

    def now(self) -> datetime:
        """The moment."""
        ...


@dataclass(slots=True)
class Worker:
    """Does what is due, round after round. Nothing is kept between rounds but when it last ran."""

    place: Place
    sealed_at: datetime | None = None
    moved_at: datetime | None = None
    kept_up_at: datetime | None = None
    failures: dict[str, int] = field(default_factory=dict)

    def turn(self) -> int:
        """Do one round of everything; give how much the busiest duty found: 0 for nothing."""
        found = 0
        for name, duty in (
            ("outbox", self.tell),
            ("jobs", self.work),
            ("timers", self.fire),
            ("lamps", self.light),
            ("sealer", self.seal),
            ("log", self.move_log),
            ("upkeep", self.keep_up),
        ):
            try:
                found = max(found, duty())
                self.failures.pop(name, None)
            except Exception as failure:
                # The worker must outlive any single failure; the row stays and comes again.
                times = self.failures[name] = self.failures.get(name, 0) + 1
                if times & (times - 1) == 0:  # the 1st, 2nd, 4th, 8th … time: no flood
                    logs.failure(log, "duty_failed", failure, duty=name, times=times)
        return found

    def pause(self) -> float:
        """Tell how many seconds to wait before the next round."""
        times = max(self.failures.values(), default=0)
        return float(min(PAUSE * 2 ** min(times, 10), LONGEST_PAUSE))

    def tell(self) -> int:
        """Make notices of what the outbox holds; give how many messages were applied."""
        with self.place.store.read() as reader:
            messages = outbox.waiting(reader, FEW)
        if not messages:
            return 0
        try:
            with self.place.turns.taken():
                self._tell(messages)
        except (DBAPIError, StoreBusyError):
            raise
        except Exception:
            for message in messages:  # one of them cannot be told: the others must not wait
                self._tell_or_report(message)
        return len(messages)

    def _tell(self, messages: Sequence[Message]) -> None:
        place, now = self.place, self.place.now()
        with place.store.read() as reader:
            plan = notices.prepare_messages(reader, place.services, messages, now)
        with place.store.write() as writer:
            notices.commit_messages(writer, plan, now)
            issuing.commit_messages(writer, messages, now)

    def _tell_or_report(self, message: Message) -> None:
        try:
            self._tell((message,))
        except FencedError:
            return
        except (DBAPIError, StoreBusyError):
            raise
        except Exception as failure:
            now = self.place.now()
            row = {
                "tenant_id": message.tenant_id,
                "id": new_id(),
                "case_id": message.case_id,
                "code": "outbox_failed",
                "data": {"outbox": str(message.id), "error": type(failure).__name__},
                "status": "open",
                "created_at": now,
            }
            with self.place.store.write() as writer:
                writer.execute(sa.insert(t.incident).values(**row))
                outbox.applied(writer, (message,), now)

    def work(self) -> int:
        """Claim and do due jobs; give how many."""
        place = self.place
        with place.store.read() as reader:
            if not _any_job(reader, place.now()):
                return 0
        with place.store.write() as writer:
            claimed = jobs.claim(writer, place.now(), limit=BATCH, kinds=tuple(KINDS))
        for job in claimed:
            with self.place.turns.taken():
                self._do(job)
        return len(claimed)

    def _do(self, job: Job) -> None:
        place, kind = self.place, KINDS[job.kind]
        try:
            with place.store.read() as reader:
                result = kind.work(reader, place.services, job, place.now())
            with place.store.write() as writer:
                kind.commit(writer, job, result, place.now())
                jobs.finish(writer, job, place.now())
        except FencedError:
            return  # somebody else has it by now
        except Exception as failure:
            name = failure.code if isinstance(failure, ConnectorError) else type(failure).__name__
            now = place.now()
            with place.store.write() as writer:
                kind.tried(writer, job, name, now)
                if jobs.fail(writer, job, now, name, retry_at(kind, job.attempt, now)):
                    kind.give_up(writer, job, now)

    def fire(self) -> int:
        """Let due timers go off: those of processes, and those of corrections."""
        place, now = self.place, self.place.now()
        with place.store.read() as reader:
            due = system_moves.due_timers(reader, now)
        for timer in due:
            if correction_end.is_ours(timer):
                with place.store.read() as reader:
                    overdue = correction_end.prepare(reader, place.services, timer, now)
                write = partial(
                    correction_end.commit, services=place.services, plan=overdue, now=now
                )
                self._write(write)
                continue
            with place.store.read() as reader:
                plan = system_moves.prepare_fire(reader, place.services, timer, now)
            self._write(partial(system_moves.commit_fire, plan=plan, now=now))
        return len(due) + self._end_publicity(now)

    def _end_publicity(self, now: datetime) -> int:
        """Let processes go on whose result was public long enough."""
        place = self.place
        with place.store.read() as reader:
            over = publicity.due(reader, now)
        for row in over:
            with place.store.read() as reader:
                ending = publicity_end.prepare(reader, place.services, row, now)
            self._write(partial(publicity_end.commit, plan=ending, now=now))
        return len(over)

    def light(self) -> int:
        """Turn lamps whose moment has come."""
        place, now = self.place, self.place.now()
        with place.store.read() as reader:
            cases = system_moves.cases_with_lamps(reader, now)
        for tenant_id, case_id in cases:
            with place.store.read() as reader:
                plan = system_moves.prepare_lamps(reader, tenant_id, case_id, now)
            if plan is not None:
                self._write(partial(system_moves.commit_lamps, plan=plan, now=now))
        return len(cases)

    def _write(self, commit: Callable[[Any], None]) -> None:
        """Commit; what has changed meanwhile comes again in the next round."""
        try:
            with self.place.store.write() as writer:
                commit(writer)
        except StaleError:
            return

    def seal(self) -> int:
        """Seal the audit's tail once a second, and write the anchors outside of the database."""
        now = self.place.now()
        if self.sealed_at is not None and now < self.sealed_at + SEAL:
            return 0
        self.sealed_at = now
        store, services = self.place.store, self.place.services
        with store.read() as reader:
            open_tails = sorted(reader.execute(_OPEN_TAILS).scalars())
        made = []
        for tenant in open_tails:
            with store.read() as reader:
                services.sealer.load(reader, tenant, ())
            with store.write() as writer:
                key = services.sealer.audit_key(tenant)
                anchor = audit_seals.seal_tail(writer, key, tenant, now)
            if anchor is not None:
                made.append(anchor)
        anchors.append(services.settings.data / "anchors" / "seals.jsonl", made)
        return len(made)

    def move_log(self) -> int:
        """Move what was committed into the database file once a second, while others write."""
        now = self.place.now()
        if self.moved_at is None or now >= self.moved_at + LOG:
            self.moved_at = now
            self.place.store.checkpoint()
        return 0

    def keep_up(self) -> int:
        """Once a minute: forget, look for what nobody attends to, wipe what lies around."""
        now = self.place.now()
        if self.kept_up_at is not None and now < self.kept_up_at + UPKEEP:
            return 0
        self.kept_up_at = now
        store, services = self.place.store, self.place.services
        with store.read() as reader:
            tenants = reader.execute(sa.select(t.tenant.c.id)).scalars().all()
            incidents = [
                row
                for tenant in tenants
                for row in upkeep.unattended(reader, services, tenant, now)
            ]
            lying = upkeep.orphans(reader)
        with store.write() as writer:
            upkeep.forget(writer, now)
            upkeep.tell(writer, incidents)
            operation.beat(writer, tenants, tuple(self.failures), now)
            free = upkeep.remove(writer, lying)
        for orphan in free:
            services.blobs.delete(orphan.tenant_id, orphan.party_id, orphan.digest)
        return 0


def _any_job(reader: sa.Connection, now: datetime) -> bool:
    """Look before claiming: the writer is not taken for nothing."""
    return reader.scalar(_ANY_JOB, {"now": now}) is not None


_ANY_JOB = (
    sa.select(t.job.c.id)
    .where(
        sa.or_(
            sa.and_(t.job.c.status == "waiting", t.job.c.run_at <= sa.bindparam("now")),
            sa.and_(t.job.c.status == "running", t.job.c.lease_until < sa.bindparam("now")),
        ),
        t.job.c.attempts_left > 0,
    )
    .limit(1)
)
_OPEN_TAILS = sa.select(t.audit.c.tenant_id).where(t.audit.c.sealed_by.is_(None)).distinct()


class Running:
    """A worker that runs in a thread until it is stopped."""

    def __init__(self, place: Place) -> None:
        """Start it."""
        self._over = threading.Event()
        self.seen_at: datetime | None = None
        self._thread = threading.Thread(
            target=run, args=(place, self._over, self._see), name="gcrm-worker", daemon=True
        )
        self._thread.start()

    def _see(self, moment: datetime) -> None:
        self.seen_at = moment

    def stop(self, timeout: float = 10.0) -> None:
        """Let the round end, then stop."""
        self._over.set()
        self._thread.join(timeout)


def start(place: Place) -> Running:
    """Start the worker of this process: the job thread of the embedded mode, or `gcrm work`."""
    return Running(place)


def run(
    place: Place, over: threading.Event, see: Callable[[datetime], None] = lambda _: None
) -> None:
    """Do rounds until it is over. On PostgreSQL only the worker with the lock does them.

    After a round that left nothing behind there is a pause, even where it found work: what
    comes up meanwhile is done together, and people's requests have the interpreter and the
    writer to themselves. While duties fail the pauses grow, up to half a minute.
    `see` hears of every round.
    """
    worker = Worker(place)
    while not over.is_set():
        with alone(place.store) as mine:
            while mine() and not over.is_set():
                found = worker.turn()
                see(place.now())
                if worker.failures or found < BATCH:
                    over.wait(worker.pause())
        over.wait(PAUSE * 5)
