"""The tenant's global chain: seals over audit rows, anchors, and the check of it all."""

import datetime as dt
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app_definitions.problem import Problem, error
from gcrm.store import tables as t
from gcrm.store.audit import START, Link, row_hash

ROWS_A_SEAL = 1_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A seal's number and hash, to be kept where the database's masters cannot reach."""

    tenant_id: int
    seq: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {"tenant": self.tenant_id, "seq": self.seq, "hash": self.hash}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> "Anchor":
        """Take it from JSON."""
        return Anchor(int(document["tenant"]), int(document["seq"]), str(document["hash"]))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was done to the audit.

    `code` is edited, removed, inserted (rows), seal_edited, seal_removed or
    anchor_missing; `subject` names the chain and number, or the seal.
    """

    code: str
    subject: str

    def problem(self) -> Problem:
        """Give it as a problem, whose sentences are in `problems/` of this package."""
        return error(f"audit/{self.subject}", f"audit_{self.code}", subject=self.subject)


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check found: rows and seals seen, rows not yet sealed, findings."""

    tenant_id: int
    rows: int
    seals: int
    unsealed: tuple[str, ...]  # "chain#seq", in order of id
    anchor: Anchor | None  # of the last seal
    findings: tuple[Finding, ...]


def seal_tail(writer: Connection, key: bytes, tenant_id: int, now: dt.datetime) -> Anchor | None:
    """Seal the committed rows that are not yet sealed; None where there are none.

    Only one process may do this for a tenant (the sealer); the key of `audit_seal` sees
    to it. Three statements, and at most a thousand rows a call.
    """
    a = t.audit.c
    rows = writer.execute(
        sa.select(a.id, a.hash)
        .where(a.tenant_id == tenant_id, a.sealed_by.is_(None))
        .order_by(a.id)
        .limit(ROWS_A_SEAL)
    ).all()
    if not rows:
        return None
    s = t.audit_seal.c
    last = writer.execute(
        sa.select(s.seq, s.hash).where(s.tenant_id == tenant_id).order_by(s.seq.desc()).limit(1)
    ).one_or_none()
    before = START if last is None else Link(last.seq, last.hash)
    entries = [[row.id, row.hash.hex()] for row in rows]
    hash_ = seal_hash(key, tenant_id, before.seq + 1, now, entries, before.hash)
    writer.execute(
        sa.insert(t.audit_seal).values(
            tenant_id=tenant_id, seq=before.seq + 1, at=now, rows=len(rows), entries=entries,
            hash=hash_,
        )
    )  # fmt: skip
    writer.execute(
        sa.update(t.audit)
        .where(a.tenant_id == tenant_id, a.id.in_([row.id for row in rows]))
        .values(sealed_by=before.seq + 1)
    )
    return Anchor(tenant_id, before.seq + 1, hash_.hex())


def verify(
    reader: Connection, key: bytes, tenant_id: int, anchors: Sequence[Anchor] = ()
) -> Verification:
    """Read all rows and seals and tell what was edited, removed or inserted."""
    findings: list[Finding] = []
    sealed: dict[int, tuple[str, int]] = {}  # audit id: hash, seal
    hashes: dict[int, str] = {}
    anchor = None
    for seq, hash_, entries in _seals(reader, key, tenant_id, findings):
        hashes[seq] = hash_
        anchor = Anchor(tenant_id, seq, hash_)
        for audit_id, row_hash_ in entries:
            sealed[audit_id] = (row_hash_, seq)
    for given in anchors:
        if given.tenant_id == tenant_id and hashes.get(given.seq) != given.hash:
            findings.append(Finding("anchor_missing", f"seal#{given.seq}"))
    unsealed: list[tuple[int, str]] = []
    lost: set[int] = set()
    count = 0
    for row, name, fault in _rows(reader, key, tenant_id, findings):
        count += 1
        entry = sealed.pop(row["id"], None)
        if entry is None and row["sealed_by"] is None:
            unsealed.append((row["id"], name))
            if fault:
                findings.append(Finding("edited", name))
        elif entry is None and row["sealed_by"] not in hashes:
            lost.add(row["sealed_by"])
        elif entry is None:
            findings.append(Finding("inserted", name))
        elif fault or entry != (row["hash"].hex(), row["sealed_by"]):
            findings.append(Finding("edited", name))
    findings += [Finding("seal_removed", f"seal#{seq}") for seq in sorted(lost)]
    findings += [
        Finding("removed", f"id {audit_id} of seal#{seq}") for audit_id, (_, seq) in sealed.items()
    ]
    tail = tuple(name for _, name in sorted(unsealed))
    return Verification(tenant_id, count, len(hashes), tail, anchor, tuple(findings))


def seal_hash(
    key: bytes, tenant_id: int, seq: int, at: dt.datetime, entries: Sequence[Any], before: bytes
) -> bytes:
    """Compute the HMAC of a seal and the hash of the seal before it."""
    moment = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    text = json.dumps(["seal", tenant_id, seq, moment, entries], separators=(",", ":"))
    return hmac.digest(key, before + text.encode(), "sha256")


def _seals(
    reader: Connection, key: bytes, tenant_id: int, findings: list[Finding]
) -> Iterator[tuple[int, str, list[Any]]]:
    s = t.audit_seal.c
    before = START
    rows = reader.execute(
        sa.select(s.seq, s.at, s.entries, s.hash).where(s.tenant_id == tenant_id).order_by(s.seq),
        execution_options={"yield_per": 200},
    )
    for row in rows:
        if row.seq != before.seq + 1:
            findings.append(Finding("seal_removed", f"seal#{before.seq + 1}"))
        elif row.hash != seal_hash(key, tenant_id, row.seq, row.at, row.entries, before.hash):
            findings.append(Finding("seal_edited", f"seal#{row.seq}"))
        before = Link(row.seq, row.hash)
        yield row.seq, row.hash.hex(), row.entries


def _rows(
    reader: Connection, key: bytes, tenant_id: int, findings: list[Finding]
) -> Iterator[tuple[Any, str, bool]]:
    """Give each row with its name, and whether its hash is wrong where it stands."""
    a = t.audit.c
    rows = reader.execute(
        sa.select(t.audit).where(a.tenant_id == tenant_id).order_by(a.chain, a.seq),
        execution_options={"yield_per": 2_000},
    )
    chain, before = "", START
    for row in rows.mappings():
        if row["chain"] != chain:
            chain, before = row["chain"], START
        name = f"{chain}#{row['seq']}"
        gap = row["seq"] != before.seq + 1
        if gap:
            findings.append(Finding("removed", f"{chain}#{before.seq + 1}"))
        fault = not gap and row["hash"] != row_hash(key, dict(row), before.hash)
        yield row, name, fault
        before = Link(row["seq"], row["hash"])
