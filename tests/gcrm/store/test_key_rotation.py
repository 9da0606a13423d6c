"""Another master key on both databases: what was sealed opens, the old key opens nothing."""

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from gcrm.store import audit_seals, key_rotation
from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.errors import SealingError
from gcrm.store.sealing import TENANT, MasterKeyInMemory, Sealer
from tests import postgres

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
OLD, NEW, OTHER = (MasterKeyInMemory(bytes([n] * 32)) for n in (1, 2, 3))


def wrapped(store: Store) -> dict[tuple[int, int], bytes]:
    key = t.sealing_key.c
    with store.read() as reader:
        rows = reader.execute(sa.select(key.tenant_id, key.party_id, key.wrapped)).all()
    return {(row.tenant_id, row.party_id): row.wrapped for row in rows}


@pytest.fixture
def sealed(store: Store) -> bytes:
    """Two governments with a person each; gives a value of the first one's."""
    sealer = Sealer(OLD)
    with store.write() as writer:
        for tenant in (1, 2):
            writer.execute(
                sa.insert(t.tenant).values(
                    id=tenant, code=f"t{tenant}", name="云州市", zone="Asia/Shanghai",
                    locale="zh_CN", created_at=NOW,
                )
            )  # fmt: skip
            sealer.ensure_key(writer, tenant, 7, NOW)
    return sealer.seal(1, 7, "place", b"value")


def test_only_the_keys_of_governments_are_locked_anew(store: Store, sealed: bytes) -> None:
    before = wrapped(store)

    with store.write() as writer:
        count = key_rotation.rotate(writer, OLD, NEW, NOW)

    after = wrapped(store)
    changed = {name for name in before if before[name] != after[name]}
    sealer = Sealer(NEW)
    with store.read() as reader:
        sealer.load(reader, 1, (7,))
        findings = [
            audit_seals.verify(reader, sealer_key(reader, tenant), tenant, ()).findings
            for tenant in (1, 2)
        ]
    assert count == 2
    assert changed == {(1, TENANT), (2, TENANT)}
    assert sealer.open(1, 7, "place", sealed) == b"value"
    assert findings == [(), ()]
    with store.read() as reader, pytest.raises(SealingError):
        Sealer(OLD).load(reader, 1, (7,))


def sealer_key(reader: sa.Connection, tenant: int) -> bytes:
    sealer = Sealer(NEW)
    sealer.load(reader, tenant, (TENANT,))
    return sealer.audit_key(tenant)


def test_a_second_run_finds_nothing_to_do_and_a_wrong_key_changes_nothing(
    store: Store, sealed: bytes
) -> None:
    with store.write() as writer:
        key_rotation.rotate(writer, OLD, NEW, NOW)
    before = wrapped(store)

    with store.write() as writer:
        again = key_rotation.rotate(writer, OLD, NEW, NOW)
    with pytest.raises(SealingError), store.write() as writer:
        key_rotation.rotate(writer, OTHER, OLD, NOW)

    with store.read() as reader:
        told = reader.scalar(
            sa.select(sa.func.count()).where(t.audit.c.action == "master_key_rotated")
        )
    assert again == 0
    assert wrapped(store) == before
    assert told == 2


def test_a_server_that_is_connected_is_seen_before_its_key_is_changed(
    new_url: Callable[[str], str],
) -> None:
    """On PostgreSQL; on SQLite the lock of the data folder tells it."""
    url = new_url("postgresql")
    store, second = Store(url), Store(url)
    with store.read() as reader:
        alone = key_rotation.others(reader)

    with second.read() as reader:
        beside = key_rotation.others(reader)
    store.close()
    second.close()
    postgres.drop(url)

    assert (alone, beside) == (0, 1)
