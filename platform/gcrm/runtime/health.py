"""Health: may people be sent here, and what must somebody look after?"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from gcrm.config import Settings
from gcrm.runtime import figures
from gcrm.store import database, lock, worker_lock
from gcrm.store.engine import Store
from gcrm.store.errors import StoreError

MB = 1024 * 1024
FULL = 100 * MB  # below this nothing new can be taken in safely
LOW = 1024 * MB
WORKER = timedelta(minutes=2)
OUTBOX = timedelta(minutes=5)
SEALED = timedelta(minutes=2)

Status = Literal["ok", "warn", "fail"]
Value = str | int


class Beating(Protocol):
    """A worker that tells when it last did a round."""

    @property
    def seen_at(self) -> datetime | None:
        """The moment, None before the first round."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `code` names the sentence unless all is well."""

    name: str
    status: Status = "ok"
    code: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)


def is_ready(checks: tuple[Check, ...]) -> bool:
    """Say whether people may be sent here."""
    return all(check.status != "fail" for check in checks)


def examine(
    store: Store, settings: Settings, worker: Beating | None, now: datetime
) -> tuple[Check, ...]:
    """Look at everything; a database that is away makes the rest of it unknown."""
    checks = [disk(settings), *_folder(settings)]
    try:
        with store.read() as reader:
            checks.append(_database(reader, store))
            checks.append(_worker(reader, store, worker, now))
            counted = figures.read(reader, store, now)
    except (SQLAlchemyError, StoreError):
        checks.append(Check("database", "fail", "health_database_away"))
    else:
        checks += [*_backlog(counted, now), _backup(settings, now)]
    return tuple(checks)


def disk(settings: Settings) -> Check:
    """Look whether the disk of the data has room; needs no database."""
    try:
        free = figures.free_bytes(settings.data)
    except OSError:
        return Check("disk", "fail", "health_folder_away", {"folder": str(settings.data)})
    values = {"megabytes": free // MB}
    if free < FULL:
        return Check("disk", "fail", "health_disk_full", values)
    if free < LOW:
        return Check("disk", "warn", "health_disk_low", values)
    return Check("disk")


def _folder(settings: Settings) -> Iterator[Check]:
    values = {"folder": str(settings.data)}
    if not os.access(settings.data, os.W_OK | os.X_OK):
        yield Check("folder", "fail", "health_folder_closed", values)
    elif settings.embedded and not lock.is_held(settings.data):
        yield Check("folder", "fail", "health_folder_free", values)
    else:
        yield Check("folder")


@cache
def _needed() -> str:
    return database.newest() or ""


def _database(reader: sa.Connection, store: Store) -> Check:
    found = database.revision(reader) or ""
    if found != _needed():
        values = {"found": found, "needed": _needed()}
        return Check("database", "fail", "health_tables_other", values)
    if store.file is not None and not os.access(store.file, os.W_OK):
        return Check("database", "fail", "health_database_closed", {"file": str(store.file)})
    return Check("database")


def _worker(reader: sa.Connection, store: Store, worker: Beating | None, now: datetime) -> Check:
    if store.file is None:
        held = worker_lock.is_held(reader)
        return Check("worker") if held else Check("worker", "fail", "health_worker_absent")
    seen = worker.seen_at if worker is not None else None
    if seen is None:
        return Check("worker", "fail", "health_worker_absent")
    if now - seen > WORKER:
        return Check(
            "worker", "fail", "health_worker_late", {"seconds": int((now - seen).total_seconds())}
        )
    return Check("worker")


def _backlog(counted: figures.Figures, now: datetime) -> Iterator[Check]:
    waits = counted.outbox.age(now)
    if waits > OUTBOX:
        values = {"count": counted.outbox.count, "minutes": int(waits.total_seconds() // 60)}
        yield Check("outbox", "warn", "health_outbox_late", values)
    else:
        yield Check("outbox")
    if counted.audit.age(now) > SEALED:
        yield Check("audit", "warn", "health_audit_unsealed", {"count": counted.audit.count})
    else:
        yield Check("audit")
    opened = sum(counted.incidents.values())
    if opened:
        yield Check("incidents", "warn", "health_incidents", {"count": opened})
    else:
        yield Check("incidents")


def _backup(settings: Settings, now: datetime) -> Check:
    made = figures.last_backup(settings)
    if settings.mode == "demo" and made is None:
        return Check("backup")
    if made is None:
        return Check("backup", "warn", "health_backup_none")
    age = now - made
    if age > timedelta(hours=settings.backup_hours):
        return Check(
            "backup", "warn", "health_backup_old", {"hours": int(age.total_seconds() // 3600)}
        )
    return Check("backup")
