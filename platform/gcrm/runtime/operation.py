"""How the installation runs: counts for the index, jobs with their reasons, the worker's pulse."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import IDLE, Accessor, Actor, Denied
from gcrm.runtime.administration import PAGE, require, write_down
from gcrm.runtime.job_kinds import KINDS
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import jobs
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.numbers import upsert

RESOURCE = "admin.jobs"
WORKER = "worker"
STATUSES = ("waiting", "running", "failed", "done")
SILENT = dt.timedelta(minutes=3)
"""After so long without a beat the worker counts as stopped; it beats once a minute."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the index shows."""

    accounts: int
    sessions: int
    incidents: int
    failed: int


def count(reader: Connection, tenant_id: int, now: dt.datetime) -> Counts:
    """Count accounts of staff, open sessions, open incidents and failed jobs; one statement."""
    a, s = t.account.c, t.session.c

    def number(*conditions: Any) -> Any:
        return sa.select(sa.func.count()).where(*conditions).scalar_subquery()

    row = reader.execute(
        sa.select(
            number(a.tenant_id == tenant_id, a.kind == "staff", a.disabled.is_(False)),
            number(
                s.tenant_id == tenant_id,
                s.revoked_at.is_(None),
                s.expires_at > now,
                s.seen_at > now - max(IDLE.values()),
            ),
            number(t.incident.c.tenant_id == tenant_id, t.incident.c.status == "open"),
            number(t.job.c.tenant_id == tenant_id, t.job.c.status == "failed"),
        )
    ).one()
    return Counts(*row)


@dataclass(frozen=True, slots=True)
class Pulse:
    """When the worker was last seen, what failed in its last round, what waits for it."""

    seen_at: dt.datetime | None
    alive: bool
    failing: tuple[str, ...]
    waiting: int
    oldest: dt.datetime | None
    untold: int


def beat(
    writer: Connection, tenants: Sequence[int], failing: Sequence[str], now: dt.datetime
) -> None:
    """Write down that the worker is alive; one statement."""
    if not tenants:
        return
    insert = upsert(writer, t.heartbeat).values(
        [
            {
                "tenant_id": tenant, "name": WORKER, "seen_at": now,
                "failing": ",".join(sorted(failing))[:80],
            }
            for tenant in tenants
        ]
    )  # fmt: skip
    writer.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant_id", "name"],
            set_={"seen_at": insert.excluded.seen_at, "failing": insert.excluded.failing},
        )
    )


def pulse(reader: Connection, tenant_id: int, now: dt.datetime) -> Pulse:
    """Tell how the worker is; two statements."""
    h, j, o = t.heartbeat.c, t.job.c, t.outbox.c
    row = reader.execute(
        sa.select(h.seen_at, h.failing).where(h.tenant_id == tenant_id, h.name == WORKER)
    ).first()
    due = (j.tenant_id == tenant_id, j.status == "waiting", j.run_at <= now)
    waiting, oldest, untold = reader.execute(
        sa.select(
            sa.select(sa.func.count()).where(*due).scalar_subquery(),
            sa.select(sa.func.min(j.run_at)).where(*due).scalar_subquery(),
            sa.select(sa.func.count())
            .where(o.tenant_id == tenant_id, o.applied_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    if row is None:
        return Pulse(None, False, (), waiting, oldest, untold)
    failing = tuple(each for each in row.failing.split(",") if each)
    return Pulse(row.seen_at, now - row.seen_at < SILENT, failing, waiting, oldest, untold)


def list_jobs(
    reader: Connection, accessor: Accessor, status: str, kind: str, page: int
) -> tuple[Sequence[Any], int]:
    """List jobs, the newest first; two statements."""
    accessor.require(RESOURCE, "read")
    j = t.job.c
    statement = sa.select(t.job).where(j.tenant_id == accessor.actor.tenant_id)
    if status in STATUSES:
        statement = statement.where(j.status == status)
    if kind:
        statement = statement.where(j.kind == kind)
    total = reader.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar()
    rows = reader.execute(
        statement.order_by(j.created_at.desc(), j.id.desc()).limit(PAGE).offset(page * PAGE)
    ).all()
    return rows, int(total or 0)


@dataclass(frozen=True, slots=True)
class JobAsk:
    """Which job."""

    job_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: JobAsk
    job: Any


def find_job(reader: Connection, tenant_id: int, job_id: int) -> Any:
    """Read a job; raises Denied where there is none."""
    row = reader.execute(
        sa.select(t.job).where(t.job.c.tenant_id == tenant_id, t.job.c.id == job_id)
    ).first()
    if row is None:
        raise Denied("job")
    return row


def _prepare_retry(
    reader: Connection, services: Services, actor: Actor, ask: JobAsk, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    job = find_job(reader, actor.tenant_id, ask.job_id)
    if job.status not in ("failed", "waiting"):
        raise Refused("job_not_failed", {}, 409)
    if job.kind not in KINDS:
        raise Refused("job_unknown", {}, 409)
    return _Plan(actor, ask, job)


def _commit_retry(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    """Put the job back with all its attempts, and close the incident that it became."""
    _change(
        writer, plan, status="waiting", run_at=now, attempts_left=jobs.ATTEMPTS, error=None,
        finished_at=None, lease_until=None,
    )  # fmt: skip
    if plan.job.status == "failed":
        KINDS[plan.job.kind].again(writer, _job(plan.job), now)
    writer.execute(
        sa.update(t.incident)
        .where(
            t.incident.c.tenant_id == plan.actor.tenant_id,
            t.incident.c.job_id == plan.job.id,
            t.incident.c.status == "open",
        )
        .values(status="resolved", resolved_at=now, resolved_by=plan.actor.party_id)
    )
    _told(writer, services, plan, "job_retried", now)


def _job(row: Any) -> jobs.Job:
    return jobs.Job(row.tenant_id, row.id, row.kind, row.payload, row.attempt, row.attempts_left)


def _prepare_give_up(
    reader: Connection, services: Services, actor: Actor, ask: JobAsk, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    job = find_job(reader, actor.tenant_id, ask.job_id)
    if job.status != "waiting":
        raise Refused("job_not_waiting", {}, 409)
    return _Plan(actor, ask, job)


def _commit_give_up(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> None:
    """Mark it as failed, with what its kind does then."""
    _change(writer, plan, status="failed", finished_at=now, lease_until=None, error="given_up")
    if plan.job.kind in KINDS:
        KINDS[plan.job.kind].give_up(writer, _job(plan.job), now)
    _told(writer, services, plan, "job_given_up", now)


def _change(writer: Connection, plan: _Plan, **values: Any) -> None:
    j = t.job.c
    done = writer.execute(
        sa.update(t.job)
        .where(
            j.tenant_id == plan.actor.tenant_id,
            j.id == plan.job.id,
            j.status == plan.job.status,
            j.attempt == plan.job.attempt,
        )
        .values(**values)
    )
    if done.rowcount != 1:
        raise StaleError(f"Job {plan.job.id} moved on.")


def _told(
    writer: Connection, services: Services, plan: _Plan, action: str, now: dt.datetime
) -> None:
    write_down(
        writer, services, plan.actor, action, f"job:{plan.job.id}", {"kind": plan.job.kind}, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip


RETRY = UseCase(_prepare_retry, _commit_retry)
GIVE_UP = UseCase(_prepare_give_up, _commit_give_up)
