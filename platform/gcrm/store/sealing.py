"""Sealing: master key → tenant key → party key; values open only in their place."""

import datetime as dt
import hmac
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.ciphers import KEY_BYTES, CipherName, derive, disclose, enclose, label_of
from gcrm.store.errors import ErasedError, SealingError, StaleError
from gcrm.store.numbers import upsert

TENANT = 0  # the "party" whose key is the tenant's own
KEPT = 300.0  # seconds after which `load` asks the database again
LIMIT = 50_000  # unwrapped keys in memory


class MasterKey(Protocol):
    """Where the master key lives: memory, or a port to an HSM that never gives it out."""

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """Encrypt a tenant's key."""

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """Decrypt a tenant's key; raises SealingError for another master key."""


@dataclass(frozen=True, slots=True)
class MasterKeyInMemory:
    """A master key of 32 bytes from a file or the environment (`Settings.master_key`)."""

    key: bytes
    cipher: CipherName = "aes-gcm"

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """Encrypt a tenant's key."""
        return enclose(self.cipher, derive(self.key, "master"), TENANT, 0, key, place)

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """Decrypt a tenant's key."""
        return disclose(derive(self.key, "master"), wrapped, place)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A new key, wrapped, to be inserted in the commit step."""

    tenant_id: int
    party_id: int
    version: int
    wrapped: bytes


@dataclass(slots=True)
class _Entry:
    wrapped: dict[int, bytes]  # by version
    keys: dict[int, bytes]
    at: float


class Sealer:
    """Seals and opens values; keeps unwrapped keys in memory, so that it needs no database."""

    def __init__(
        self,
        master: MasterKey | bytes,
        cipher: CipherName = "aes-gcm",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand on a master key; raises SealingError unless it has 32 bytes."""
        if isinstance(master, bytes):
            if len(master) != KEY_BYTES:
                raise SealingError(f"The master key must have {KEY_BYTES} bytes.")
            master = MasterKeyInMemory(master, cipher)
        self._master = master
        self._cipher: CipherName = cipher
        self._clock = clock
        self._guard = threading.RLock()
        self._entries: OrderedDict[tuple[int, int], _Entry] = OrderedDict()
        self._derived: dict[tuple[int, str], bytes] = {}

    # Keys

    def ensure_key(
        self, writer: Connection, tenant_id: int, party_id: int, now: dt.datetime
    ) -> None:
        """Load the party's key, or make and store one; likewise the tenant's (party 0)."""
        self.load(writer, tenant_id, (party_id,))
        if not self.has(tenant_id, TENANT):
            self.store_keys(writer, [self.new_key(tenant_id, TENANT)], now)
        if not self.has(tenant_id, party_id):
            self.store_keys(writer, [self.new_key(tenant_id, party_id)], now)

    def new_key(self, tenant_id: int, party_id: int) -> KeyRow:
        """Make a key for a new party and keep it; no database (for the prepare step).

        The caller stores it in its commit with `store_keys`. Asked twice for a party, it
        gives the same key.
        """
        with self._guard:
            entry = self._entries.get((tenant_id, party_id))
            if entry is None:
                key = os.urandom(KEY_BYTES)
                wrapped = self._wrap(tenant_id, party_id, 1, key)
                self._keep(tenant_id, party_id, {1: wrapped}, {1: key})
                return KeyRow(tenant_id, party_id, 1, wrapped)
            version = max(entry.wrapped)
            return KeyRow(tenant_id, party_id, version, entry.wrapped[version])

    def store_keys(self, writer: Connection, keys: Sequence[KeyRow], now: dt.datetime) -> None:
        """Store new keys; one statement.

        Raises StaleError when another process stored a key for one of these parties: what
        was sealed with ours must be sealed again.
        """
        if not keys:
            return
        rows = [
            {
                "tenant_id": key.tenant_id, "party_id": key.party_id, "version": key.version,
                "wrapped": key.wrapped, "created_at": now,
            }
            for key in keys
        ]  # fmt: skip
        insert = upsert(writer, t.sealing_key).values(rows).on_conflict_do_nothing()
        if writer.execute(insert).rowcount == len(keys):
            return
        for key in keys:  # rare: find out whose key stands there
            if self._stored(writer, key) != key.wrapped:
                self.forget(key.tenant_id, key.party_id)
                raise StaleError(f"Party {key.party_id} got a key from somebody else.")

    def load(self, reader: Connection, tenant_id: int, parties: Iterable[int]) -> None:
        """Fetch the keys that are not in memory; one statement, none when all are there.

        Keys older than five minutes are asked for again, so that a destroyed one is
        forgotten here too.
        """
        fresh = self._clock() - KEPT
        with self._guard:
            wanted = {
                party
                for party in {TENANT, *parties}
                if (entry := self._entries.get((tenant_id, party))) is None or entry.at < fresh
            }
        if not wanted:
            return
        key = t.sealing_key.c
        rows = reader.execute(
            sa.select(key.party_id, key.version, key.wrapped)
            .where(key.tenant_id == tenant_id, key.party_id.in_(sorted(wanted)))
            .order_by(key.party_id, key.version)
        ).all()
        for row in rows:  # the tenant's own comes first: its number is 0
            self.admit(tenant_id, row.party_id, row.version, row.wrapped, strict=False)

    def admit(
        self,
        tenant_id: int,
        party_id: int,
        version: int,
        wrapped: bytes | None,
        strict: bool = True,
    ) -> None:
        """Take in a wrapped key that the caller read itself; costs nothing if it is known.

        A destroyed one (`wrapped` None) is forgotten; `strict` raises ErasedError for it.
        The tenant's key must be in memory.
        """
        with self._guard:
            if wrapped is None:
                self.forget(tenant_id, party_id)
                if strict:
                    raise ErasedError(f"The key of party {party_id} was destroyed.")
                return
            entry = self._entries.get((tenant_id, party_id))
            if entry is not None and entry.wrapped.get(version) == wrapped:
                entry.at = self._clock()
                return
            key = self._unwrap(tenant_id, party_id, version, wrapped)
            before = entry or _Entry({}, {}, 0)
            self._keep(
                tenant_id,
                party_id,
                {**before.wrapped, version: wrapped},
                {**before.keys, version: key},
            )

    def destroy(self, writer: Connection, tenant_id: int, party_id: int, now: dt.datetime) -> None:
        """Destroy a party's keys: nothing sealed for it can be opened again."""
        key = t.sealing_key.c
        writer.execute(
            sa.update(t.sealing_key)
            .where(key.tenant_id == tenant_id, key.party_id == party_id)
            .values(wrapped=None, destroyed_at=now)
        )
        self.forget(tenant_id, party_id)

    def forget(self, tenant_id: int, party_id: int) -> None:
        """Drop a key from memory."""
        with self._guard:
            self._entries.pop((tenant_id, party_id), None)
            if party_id == TENANT:
                for name in [name for name in self._derived if name[0] == tenant_id]:
                    del self._derived[name]

    def has(self, tenant_id: int, party_id: int) -> bool:
        """Say whether this key is in memory."""
        return (tenant_id, party_id) in self._entries

    # Values

    def seal(self, tenant_id: int, party_id: int, place: str, value: bytes) -> bytes:
        """Seal a value for its place ("table.column.row"); no database.

        Raises SealingError unless the party's key is in memory (`load`, `new_key`).
        """
        entry = self._entry(tenant_id, party_id)
        version = max(entry.keys)
        bound = _bound(tenant_id, party_id, place)
        return enclose(self._cipher, entry.keys[version], party_id, version, value, bound)

    def open(self, tenant_id: int, party_id: int, place: str, sealed: bytes) -> bytes:
        """Open a sealed value; no database.

        Raises SealingError for another party, place or a changed byte, ErasedError through
        `load` or `admit` when the key is destroyed.
        """
        label = label_of(sealed)
        if label.party_id != party_id:
            raise SealingError(f"This value was sealed for another party than {party_id}.")
        key = self._entry(tenant_id, party_id).keys.get(label.version)
        if key is None:
            raise SealingError(f"Party {party_id} has no key of version {label.version}.")
        return disclose(key, sealed, _bound(tenant_id, party_id, place))

    def blind_index(self, tenant_id: int, kind: str, text: str) -> bytes:
        """Give 32 bytes by which equal values of a kind are found, and nothing else."""
        key = self._purpose(tenant_id, "index")
        return hmac.digest(key, f"{kind}\0{text}".encode(), "sha256")

    def audit_key(self, tenant_id: int) -> bytes:
        """Give the key of the tenant's audit chains."""
        return self._purpose(tenant_id, "audit")

    def content_key(self, tenant_id: int) -> bytes:
        """Give the key under which attachments get their digests."""
        return self._purpose(tenant_id, "content")

    def _entry(self, tenant_id: int, party_id: int) -> _Entry:
        entry = self._entries.get((tenant_id, party_id))
        if entry is None:
            raise SealingError(f"The key of party {party_id} is not loaded, or destroyed.")
        return entry

    def _purpose(self, tenant_id: int, purpose: str) -> bytes:
        name = (tenant_id, purpose)
        found = self._derived.get(name)
        if found is None:
            # Version 1 for ever: an index made with a later key would find nothing.
            root = self._entry(tenant_id, TENANT).keys[1]
            found = self._derived[name] = derive(root, purpose)
        return found

    def _wrap(self, tenant_id: int, party_id: int, version: int, key: bytes) -> bytes:
        place = wrapping_place(tenant_id, party_id, version)
        if party_id == TENANT:
            return self._master.wrap(key, place)
        root = self._purpose(tenant_id, "wrap")
        return enclose(self._cipher, root, TENANT, 1, key, place)

    def _unwrap(self, tenant_id: int, party_id: int, version: int, wrapped: bytes) -> bytes:
        place = wrapping_place(tenant_id, party_id, version)
        if party_id == TENANT:
            return self._master.unwrap(wrapped, place)
        return disclose(self._purpose(tenant_id, "wrap"), wrapped, place)

    def _keep(
        self, tenant_id: int, party_id: int, wrapped: dict[int, bytes], keys: dict[int, bytes]
    ) -> None:
        name = (tenant_id, party_id)
        self._entries.pop(name, None)
        self._entries[name] = _Entry(wrapped, keys, self._clock())
        while len(self._entries) > LIMIT:
            oldest = next(key for key in self._entries if key[1] != TENANT)
            del self._entries[oldest]

    def _stored(self, reader: Connection, key: KeyRow) -> Any:
        column = t.sealing_key.c
        return reader.scalar(
            sa.select(column.wrapped).where(
                column.tenant_id == key.tenant_id,
                column.party_id == key.party_id,
                column.version == key.version,
            )
        )


def wrapping_place(tenant_id: int, party_id: int, version: int) -> bytes:
    """Name the place to which a wrapped key is bound."""
    return _bound(tenant_id, party_id, f"sealing_key.wrapped.{version}")


def _bound(tenant_id: int, party_id: int, place: str) -> bytes:
    return f"{tenant_id}/{party_id}/{place}".encode()
