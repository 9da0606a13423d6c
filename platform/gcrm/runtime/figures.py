"""Figures of an installation that works: what waits, what failed, how large it is."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.config import Settings
from gcrm.runtime import notices
from gcrm.store import tables as t
from gcrm.store.engine import Store

LAST_BACKUP = "last_backup.json"  # in the data folder, written by `gcrm backup`


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the oldest does."""

    count: int
    oldest: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Tell how long the oldest has waited."""
        return timedelta() if self.oldest is None else max(now - self.oldest, timedelta())


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database tells about its own work; no row names a person."""

    jobs: Mapping[tuple[str, str], int]  # kind and status; done ones are not counted
    due: Waiting  # jobs whose moment has come
    outbox: Waiting
    audit: Waiting  # rows that are not sealed yet
    incidents: Mapping[str, int]  # open ones, by code
    database_bytes: int

    @property
    def failed_notices(self) -> int:
        """How many notices were given up."""
        return self.jobs.get((notices.SEND, "failed"), 0)


def read(reader: Connection, store: Store, now: datetime) -> Figures:
    """Count: six statements, each along an index of what is open."""
    job, outbox, audit, incident = t.job.c, t.outbox.c, t.audit.c, t.incident.c
    jobs = reader.execute(
        sa.select(job.kind, job.status, sa.func.count())
        .where(job.status.in_(("waiting", "running", "failed")))
        .group_by(job.kind, job.status)
    )
    incidents = reader.execute(
        sa.select(incident.code, sa.func.count())
        .where(incident.status == "open")
        .group_by(incident.code)
    )
    return Figures(
        jobs={(kind, status): count for kind, status, count in jobs},
        due=_waiting(reader, job.run_at, job.status == "waiting", job.run_at <= now),
        outbox=_waiting(reader, outbox.created_at, outbox.applied_at.is_(None)),
        audit=_waiting(reader, audit.at, audit.sealed_by.is_(None)),
        incidents={row[0]: row[1] for row in incidents},
        database_bytes=_size(reader, store),
    )


def _waiting(
    reader: Connection, moment: sa.Column[datetime], *where: sa.ColumnElement[bool]
) -> Waiting:
    row = reader.execute(sa.select(sa.func.count(), sa.func.min(moment)).where(*where)).one()
    return Waiting(row[0], row[1])


def _size(reader: Connection, store: Store) -> int:
    if store.file is None:
        size = sa.select(sa.func.pg_database_size(sa.func.current_database()))
        return int(reader.execute(size).scalar_one())
    beside = (store.file.with_name(store.file.name + end) for end in ("", "-wal"))
    return sum(path.stat().st_size for path in beside if path.exists())


def free_bytes(folder: Path) -> int:
    """Tell what is free for us on the disk of a folder."""
    return shutil.disk_usage(folder).free


def keep_backup(settings: Settings, archive: Path, at: datetime) -> None:
    """Write down when the last archive was made, for monitors."""
    path = settings.data / LAST_BACKUP
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"at": at.isoformat(), "archive": str(archive)}), "utf-8")
    aside.replace(path)


def last_backup(settings: Settings) -> datetime | None:
    """Tell when this installation's last archive was made, as far as it is written down."""
    try:
        document = json.loads((settings.data / LAST_BACKUP).read_text("utf-8"))
        return datetime.fromisoformat(document["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
