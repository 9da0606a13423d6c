"""Another master key: every government's own key is locked anew, nothing else changes."""

import datetime as dt
import hashlib

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import SealingError
from gcrm.store.sealing import TENANT, MasterKeyInMemory, Sealer, wrapping_place


def fingerprint(key: bytes) -> str:
    """Name a key without telling anything of it."""
    return hashlib.sha256(b"gcrm/fingerprint" + key).hexdigest()[:16]


def others(reader: Connection) -> int:
    """Count who else is at work in a PostgreSQL database: they know the old key only."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return int(reader.execute(sa.text(query)).scalar_one())


def rotate(
    writer: Connection, old: MasterKeyInMemory, new: MasterKeyInMemory, now: dt.datetime
) -> int:
    """Lock the keys of all governments with the new master key; give how many that were.

    Keys that have it already stay as they are, so an interrupted run is run again. Each
    government's audit tells it. Raises SealingError where neither key opens one.
    """
    key = t.sealing_key.c
    rows = writer.execute(
        sa.select(key.tenant_id, key.version, key.wrapped)
        .where(key.party_id == TENANT, key.wrapped.is_not(None))
        .order_by(key.tenant_id, key.version)
    ).all()
    changed: dict[int, int] = {}
    for row in rows:
        place = wrapping_place(row.tenant_id, TENANT, row.version)
        if _opens(new, row.wrapped, place):
            continue
        wrapped = new.wrap(old.unwrap(row.wrapped, place), place)
        writer.execute(
            sa.update(t.sealing_key)
            .where(
                key.tenant_id == row.tenant_id,
                key.party_id == TENANT,
                key.version == row.version,
            )
            .values(wrapped=wrapped)
        )
        changed[row.tenant_id] = changed.get(row.tenant_id, 0) + 1
    for tenant_id, count in changed.items():
        sealer = Sealer(new, new.cipher)
        sealer.load(writer, tenant_id, (TENANT,))
        data = {"keys": count, "from": fingerprint(old.key), "to": fingerprint(new.key)}
        entry = audit.Entry(
            audit.TENANT_CHAIN, "master_key_rotated", f"tenant:{tenant_id}", now, data
        )
        audit.record(writer, sealer.audit_key(tenant_id), tenant_id, [entry])
    return sum(changed.values())


def _opens(master: MasterKeyInMemory, wrapped: bytes, place: bytes) -> bool:
    try:
        master.unwrap(wrapped, place)
    except SealingError:
        return False
    return True
