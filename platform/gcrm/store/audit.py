"""Audit: rows chained per case or party, written with what they tell."""

import datetime as dt
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.rows import put_rows


@dataclass(frozen=True, slots=True)
class Link:
    """The end of a chain: the number and the hash of its last row."""

    seq: int
    hash: bytes


START = Link(0, bytes(32))
"""The end of a chain that has no rows yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to come. `data` holds ids, codes and masks; numbers are whole or text."""

    chain: str
    action: str
    subject: str
    at: dt.datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    actor_id: int | None = None
    account_id: int | None = None
    request_id: str | None = None


def case_chain(case_id: int) -> str:
    """Name the chain of a case."""
    return f"case:{case_id}"


def party_chain(party_id: int) -> str:
    """Name the chain of a party."""
    return f"party:{party_id}"


TENANT_CHAIN = "tenant"


def record(
    writer: Connection,
    key: bytes,
    tenant_id: int,
    entries: Sequence[Entry],
    tails: Mapping[str, Link] | None = None,
) -> dict[str, Link]:
    """Write rows behind the ends of their chains; give the new ends.

    `key` is `Sealer.audit_key`. With `tails` (START for a new chain, what `tails` gave or
    the caller joined itself) one statement; without, one more to read them. When a chain
    grew since its end was read, the unique index refuses: IntegrityError, prepare again.
    """
    ends = dict(tails or {})
    missing = sorted({entry.chain for entry in entries} - ends.keys())
    if missing:
        _queue_up(writer, tenant_id, missing)
        ends.update(tails_of(writer, tenant_id, missing))
    rows = []
    for entry in entries:
        before = ends[entry.chain]
        row: dict[str, Any] = {
            "tenant_id": tenant_id, "id": new_id(), "chain": entry.chain, "seq": before.seq + 1,
            "at": entry.at, "actor_id": entry.actor_id, "account_id": entry.account_id,
            "action": entry.action, "subject": entry.subject, "data": dict(entry.data),
            "request_id": entry.request_id,
        }  # fmt: skip
        row["hash"] = row_hash(key, row, before.hash)
        ends[entry.chain] = Link(before.seq + 1, row["hash"])
        rows.append(row)
    put_rows(writer, t.audit, rows)
    return ends


def tails_of(reader: Connection, tenant_id: int, chains: Iterable[str]) -> dict[str, Link]:
    """Read the ends of chains; one statement. A chain without rows has START."""
    names = sorted(set(chains))
    a = t.audit.c
    last = (
        sa.select(a.chain, sa.func.max(a.seq).label("seq"))
        .where(a.tenant_id == tenant_id, a.chain.in_(names))
        .group_by(a.chain)
        .subquery()
    )
    rows = reader.execute(
        sa.select(a.chain, a.seq, a.hash)
        .join(last, sa.and_(a.chain == last.c.chain, a.seq == last.c.seq))
        .where(a.tenant_id == tenant_id)
    )
    found = {row.chain: Link(row.seq, row.hash) for row in rows}
    return {name: found.get(name, START) for name in names}


def row_hash(key: bytes, row: Mapping[str, Any], before: bytes) -> bytes:
    """Compute the HMAC of a row and the hash before it."""
    at: dt.datetime = row["at"]
    told = [
        row["tenant_id"], row["id"], row["chain"], row["seq"],
        at.astimezone(dt.UTC).isoformat(timespec="microseconds"), row["actor_id"],
        row["account_id"], row["action"], row["subject"], row["data"], row["request_id"],
    ]  # fmt: skip
    return hmac.digest(key, before + _TOLD.encode(told).encode(), "sha256")


_TOLD = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _queue_up(writer: Connection, tenant_id: int, chains: Sequence[str]) -> None:
    """Let writers of the same chain come one after the other on PostgreSQL."""
    if writer.dialect.name == "postgresql":
        for chain in chains:
            writer.execute(
                sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"{tenant_id}/{chain}")))
            )
