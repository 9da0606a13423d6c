"""Jobs: rows of the business transaction, leased, fenced, finished with their effects."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import FencedError

ATTEMPTS = 5
LEASE = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done at `run_at` or soon after. `payload` holds ids only."""

    kind: str
    payload: Mapping[str, Any]
    run_at: dt.datetime
    attempts: int = ATTEMPTS
    id: int = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job; `attempt` is the fence: only its newest holder can finish it."""

    tenant_id: int
    id: int
    kind: str
    payload: Mapping[str, Any]
    attempt: int
    attempts_left: int


def enqueue(writer: Connection, tenant_id: int, jobs: Sequence[NewJob], now: dt.datetime) -> None:
    """Write jobs; one statement, none for none."""
    if jobs:
        rows = [
            {
                "tenant_id": tenant_id, "id": job.id, "kind": job.kind,
                "payload": dict(job.payload), "status": "waiting", "run_at": job.run_at,
                "attempt": 0, "attempts_left": job.attempts, "created_at": now,
            }
            for job in jobs
        ]  # fmt: skip
        writer.execute(_ENQUEUE, rows)


_ENQUEUE = sa.insert(t.job)


def claim(
    writer: Connection,
    now: dt.datetime,
    lease: dt.timedelta = LEASE,
    limit: int = 1,
    kinds: Sequence[str] | None = None,
) -> tuple[Job, ...]:
    """Take due jobs, and those whose holder's lease is over; one statement.

    Commit before the work begins. PostgreSQL lets many workers claim side by side.
    """
    job = t.job.c
    due = sa.and_(
        job.attempts_left > 0,
        sa.or_(
            sa.and_(job.status == "waiting", job.run_at <= now),
            sa.and_(job.status == "running", job.lease_until < now),
        ),
    )
    chosen = sa.select(job.id).where(due).order_by(job.run_at, job.id).limit(limit)
    if kinds is not None:
        chosen = chosen.where(job.kind.in_(kinds))
    if writer.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    # A common table expression: as a plain subquery PostgreSQL may run it more than once.
    picked = chosen.cte("picked")
    rows = writer.execute(
        sa.update(t.job)
        .where(job.id.in_(sa.select(picked.c.id)))
        .values(
            status="running",
            attempt=job.attempt + 1,
            attempts_left=job.attempts_left - 1,
            lease_until=now + lease,
        )
        .returning(job.tenant_id, job.id, job.kind, job.payload, job.attempt, job.attempts_left)
    )
    return tuple(Job(*row) for row in sorted(rows, key=lambda row: int(row.id)))


def finish(writer: Connection, job: Job, now: dt.datetime) -> None:
    """Mark a job as done, in the transaction that has its effects; one statement.

    Raises FencedError when it was given to another worker: roll the effects back.
    """
    _settle(writer, job, {"status": "done", "finished_at": now, "lease_until": None, "error": None})


def fail(
    writer: Connection, job: Job, now: dt.datetime, error: str, retry_at: dt.datetime | None
) -> bool:
    """Put a failed job back, or give it up with an incident; tell whether it is given up.

    `error` is a code or a class, never a message with a person's data in it. Without
    `retry_at`, or with no attempts left, it is given up.
    """
    error = error[:200]
    if retry_at is not None and job.attempts_left > 0:
        again = {"status": "waiting", "run_at": retry_at, "lease_until": None, "error": error}
        _settle(writer, job, again)
        return False
    _settle(
        writer,
        job,
        {"status": "failed", "finished_at": now, "lease_until": None, "error": error},
    )
    _incidents(writer, [(job.tenant_id, job.id, job.kind, error)], now)
    return True


def give_up(writer: Connection, now: dt.datetime) -> int:
    """Give up jobs whose last holder was killed, each with an incident; tell how many."""
    job = t.job.c
    rows = writer.execute(
        sa.update(t.job)
        .where(job.status == "running", job.lease_until < now, job.attempts_left <= 0)
        .values(status="failed", finished_at=now, lease_until=None, error="worker_lost")
        .returning(job.tenant_id, job.id, job.kind)
    ).all()
    _incidents(writer, [(row.tenant_id, row.id, row.kind, "worker_lost") for row in rows], now)
    return len(rows)


def _settle(writer: Connection, job: Job, values: Mapping[str, Any]) -> None:
    which = {"of_tenant": job.tenant_id, "of_job": job.id, "of_attempt": job.attempt}
    done = writer.execute(_SETTLE, {**which, **values})
    if done.rowcount != 1:
        raise FencedError(f"Job {job.id} ({job.kind}) was given to another worker.")


_SETTLE = sa.update(t.job).where(
    t.job.c.tenant_id == sa.bindparam("of_tenant"),
    t.job.c.id == sa.bindparam("of_job"),
    t.job.c.attempt == sa.bindparam("of_attempt"),
    t.job.c.status == "running",
)


def _incidents(
    writer: Connection, failed: Sequence[tuple[int, int, str, str]], now: dt.datetime
) -> None:
    if failed:
        rows = [
            {
                "tenant_id": tenant_id, "id": new_id(), "job_id": job_id, "code": "job_failed",
                "data": {"kind": kind, "error": error}, "status": "open", "created_at": now,
            }
            for tenant_id, job_id, kind, error in failed
        ]  # fmt: skip
        writer.execute(sa.insert(t.incident), rows)
