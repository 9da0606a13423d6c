"""Whoever edits, removes or inserts an audit row is found out."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from gcrm.store import anchors, audit, audit_seals
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.errors import StoreError

NOW = dt.datetime(2026, 11, 24, 1, 49, 0, 123456, tzinfo=dt.UTC)
KEY = b"k" * 32
CHAINS = [audit.case_chain(5), audit.party_chain(6)]


def entry(chain: str, action: str = "case.read") -> audit.Entry:
    data = {"字段": "phone", "mask": "199****0001", "n": 3}
    return audit.Entry(chain, action, "case:5", NOW, data, actor_id=9, request_id="r1")


def fill(store: Store, sealed: int = 3, tail: int = 1) -> None:
    for _ in range(sealed):
        with store.write() as writer:
            audit.record(writer, KEY, 1, [entry(chain) for chain in CHAINS])
    with store.write() as writer:
        audit_seals.seal_tail(writer, KEY, 1, NOW)
    for _ in range(tail):
        with store.write() as writer:
            audit.record(writer, KEY, 1, [entry(CHAINS[0])])


def verify(store: Store, *anchors: audit_seals.Anchor) -> audit_seals.Verification:
    with store.read() as reader:
        return audit_seals.verify(reader, KEY, 1, anchors)


def tamper(store: Store, *statements: sa.Executable) -> None:
    """Do what a master of the database can do: drop the guards, then change rows."""
    with store.write() as writer:
        for table in ("audit", "audit_seal"):
            on = "" if store.dialect == "sqlite" else f" ON {table}"
            writer.exec_driver_sql(f"DROP TRIGGER {table}_frozen{on}")
            writer.exec_driver_sql(f"DROP TRIGGER {table}_kept{on}")
        for statement in statements:
            writer.execute(statement)


def at(chain: str, seq: int) -> sa.ColumnElement[bool]:
    return sa.and_(t.audit.c.chain == chain, t.audit.c.seq == seq)


def test_an_honest_audit_has_no_findings_and_names_its_tail(store: Store) -> None:
    fill(store)

    found = verify(store)

    assert found.findings == ()
    assert (found.rows, found.seals, found.unsealed) == (7, 1, ("case:5#4",))


def test_several_entries_of_one_chain_follow_each_other(store: Store) -> None:
    before = store.statements()
    with store.write() as writer:
        ends = audit.record(
            writer, KEY, 1, [entry("case:1"), entry("case:1")], tails={"case:1": audit.START}
        )
        cost = store.statements() - before
        audit.record(writer, KEY, 1, [entry("case:1")], tails=ends)

    assert cost == 1
    assert verify(store).findings == ()
    with store.read() as reader:
        assert audit.tails_of(reader, 1, ["case:1", "case:2"])["case:1"].seq == 3
        assert audit.tails_of(reader, 1, ["case:2"]) == {"case:2": audit.START}


def test_a_chain_that_grew_meanwhile_refuses(store: Store) -> None:
    with store.write() as writer:
        audit.record(writer, KEY, 1, [entry("case:1")], tails={"case:1": audit.START})

    with pytest.raises(IntegrityError), store.write() as writer:
        audit.record(writer, KEY, 1, [entry("case:1")], tails={"case:1": audit.START})


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_an_edited_row_is_found(store: Store, seq: int) -> None:
    fill(store)
    tamper(store, sa.update(t.audit).where(at(CHAINS[0], seq)).values(action="nothing"))

    assert verify(store).findings == (audit_seals.Finding("edited", f"case:5#{seq}"),)


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_removed_sealed_row_is_found(store: Store, seq: int) -> None:
    fill(store, tail=0)
    tamper(store, sa.delete(t.audit).where(at(CHAINS[0], seq)))

    assert "removed" in {finding.code for finding in verify(store).findings}


def test_a_renumbered_chain_is_found(store: Store) -> None:
    fill(store)
    tamper(
        store,
        sa.delete(t.audit).where(at(CHAINS[0], 2)),
        sa.update(t.audit).where(at(CHAINS[0], 3)).values(seq=2),
    )

    assert {"removed", "edited"} <= {finding.code for finding in verify(store).findings}


@pytest.mark.parametrize(("sealed_by", "code"), [(None, "edited"), (1, "inserted")])
def test_an_inserted_row_is_found(store: Store, sealed_by: int | None, code: str) -> None:
    fill(store, tail=0)
    row = {
        "tenant_id": 1, "id": new_id(), "chain": CHAINS[0], "seq": 4, "at": NOW,
        "action": "forged", "subject": "x", "data": {}, "hash": b"f" * 32,
        "sealed_by": sealed_by,
    }  # fmt: skip
    tamper(store, sa.insert(t.audit).values(**row))

    assert verify(store).findings == (audit_seals.Finding(code, "case:5#4"),)


def test_an_edited_seal_is_found(store: Store) -> None:
    fill(store)
    tamper(store, sa.update(t.audit_seal).values(rows=1, entries=[]))

    assert "seal_edited" in {finding.code for finding in verify(store).findings}


def test_an_anchor_tells_of_a_cut_tail(store: Store) -> None:
    fill(store)
    with store.write() as writer:
        anchor = audit_seals.seal_tail(writer, KEY, 1, NOW)
    assert anchor is not None
    assert verify(store, anchor).findings == ()

    tamper(
        store,
        sa.delete(t.audit_seal).where(t.audit_seal.c.seq == 2),
        sa.delete(t.audit).where(t.audit.c.sealed_by == 2),
    )

    again = audit_seals.Anchor.from_json(anchor.to_json())
    assert verify(store, again).findings == (audit_seals.Finding("anchor_missing", "seal#2"),)


def test_another_tenant_is_left_alone(store: Store) -> None:
    fill(store)
    with store.write() as writer:
        audit.record(writer, b"other" * 8, 2, [entry(CHAINS[0])])

    assert verify(store).findings == ()
    with store.write() as writer:
        assert audit_seals.seal_tail(writer, KEY, 3, NOW) is None


def test_anchors_are_kept_on_a_file(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "anchors.jsonl"
    first, second = audit_seals.Anchor(1, 1, "a" * 64), audit_seals.Anchor(1, 2, "b" * 64)
    anchors.append(path, [first])
    anchors.append(path, [])
    anchors.append(path, [second])
    with path.open("a") as file:
        file.write('{"tenant":1,"se')  # the crash of a writer

    assert anchors.read(path) == (first, second)


def test_a_damaged_anchor_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_text("nonsense\n")

    with pytest.raises(StoreError, match="Line 1"):
        anchors.read(path)
