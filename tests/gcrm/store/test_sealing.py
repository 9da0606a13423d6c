"""Sealed values open in their place, for their party, with their key, or not at all."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gcrm.store import tables as t
from gcrm.store.ciphers import CipherName
from gcrm.store.engine import Store
from gcrm.store.errors import ErasedError, SealingError, StaleError
from gcrm.store.masks import mask
from gcrm.store.sealing import KeyRow, Sealer

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
MASTER = bytes(range(32))
CIPHERS: tuple[CipherName, ...] = ("aes-gcm", "sm4-gcm")


def sealer_for(cipher: CipherName = "aes-gcm", parties: tuple[int, ...] = (0, 7, 8)) -> Sealer:
    sealer = Sealer(MASTER, cipher)
    for party in parties:
        sealer.new_key(1, party)
    return sealer


READY = {cipher: sealer_for(cipher) for cipher in CIPHERS}


@given(value=st.binary(max_size=300), place=st.text(max_size=30), cipher=st.sampled_from(CIPHERS))
def test_what_is_sealed_opens_to_the_same(value: bytes, place: str, cipher: CipherName) -> None:
    sealer = READY[cipher]

    sealed = sealer.seal(1, 7, place, value)

    assert sealer.open(1, 7, place, sealed) == value
    assert len(value) < 4 or value not in sealed


@given(value=st.binary(max_size=40), bit=st.integers(0), cipher=st.sampled_from(CIPHERS))
def test_a_changed_bit_is_found(value: bytes, bit: int, cipher: CipherName) -> None:
    sealer = READY[cipher]
    sealed = bytearray(sealer.seal(1, 7, "place", value))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(SealingError):
        sealer.open(1, 7, "place", bytes(sealed))


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_value_opens_in_no_other_place_and_for_no_other_party(cipher: CipherName) -> None:
    sealer = READY[cipher]
    sealed = sealer.seal(1, 7, "submission.snapshot.1", b"990102194006150022")

    with pytest.raises(SealingError, match="moved"):
        sealer.open(1, 7, "submission.snapshot.2", sealed)
    with pytest.raises(SealingError, match="another party"):
        sealer.open(1, 8, "submission.snapshot.1", sealed)


def test_the_same_value_sealed_twice_looks_different() -> None:
    sealer = READY["aes-gcm"]

    assert sealer.seal(1, 7, "p", b"same") != sealer.seal(1, 7, "p", b"same")


@given(first=st.text(max_size=20), second=st.text(max_size=20))
def test_blind_indexes_are_equal_exactly_for_equal_values(first: str, second: str) -> None:
    sealer = READY["aes-gcm"]

    equal = sealer.blind_index(1, "phone", first) == sealer.blind_index(1, "phone", second)

    assert equal == (first == second)
    assert sealer.blind_index(1, "phone", first) != sealer.blind_index(1, "resident_id", first)


def test_keys_survive_the_process(store: Store) -> None:
    sealer = Sealer(MASTER)
    with store.write() as writer:
        sealer.ensure_key(writer, 1, 7, NOW)
    sealed = sealer.seal(1, 7, "place", "秀英".encode())
    index = sealer.blind_index(1, "phone", "19900000001")

    other = Sealer(MASTER)
    with store.read() as reader:
        other.load(reader, 1, [7])
        before = store.statements()
        other.load(reader, 1, [7])

    assert other.open(1, 7, "place", sealed).decode() == "秀英"
    assert other.blind_index(1, "phone", "19900000001") == index
    assert store.statements() == before


def test_another_master_key_opens_nothing(store: Store) -> None:
    with store.write() as writer:
        Sealer(MASTER).ensure_key(writer, 1, 7, NOW)

    with store.read() as reader, pytest.raises(SealingError):
        Sealer(bytes(32)).load(reader, 1, [7])


def test_a_new_party_key_costs_one_statement(store: Store) -> None:
    sealer = Sealer(MASTER)
    with store.write() as writer:
        sealer.ensure_key(writer, 1, 0, NOW)

    rows = [sealer.new_key(1, party) for party in (7, 8, 9)]
    before = store.statements()
    with store.write() as writer:
        sealer.store_keys(writer, rows, NOW)

    assert store.statements() - before == 1
    other = Sealer(MASTER)
    with store.read() as reader:
        other.load(reader, 1, [7, 8, 9])
    assert other.open(1, 9, "p", sealer.seal(1, 9, "p", b"x")) == b"x"


def test_a_key_stored_by_another_process_first_is_noticed(store: Store) -> None:
    first, second = Sealer(MASTER), Sealer(MASTER)
    with store.write() as writer:
        first.ensure_key(writer, 1, 7, NOW)
    with store.read() as reader:
        second.load(reader, 1, [])
    late = second.new_key(1, 7)

    with pytest.raises(StaleError), store.write() as writer:
        second.store_keys(writer, [late], NOW)

    assert not second.has(1, 7)


def test_a_destroyed_key_opens_nothing_here_and_elsewhere(store: Store) -> None:
    time = [0.0]
    here, there = Sealer(MASTER), Sealer(MASTER, clock=lambda: time[0])
    with store.write() as writer:
        here.ensure_key(writer, 1, 7, NOW)
    with store.read() as reader:
        there.load(reader, 1, [7])
    sealed = here.seal(1, 7, "p", b"x")

    with store.write() as writer:
        here.destroy(writer, 1, 7, NOW)
    time[0] += 301
    with store.read() as reader:
        there.load(reader, 1, [7])

    for sealer in (here, there):
        with pytest.raises(SealingError, match="not loaded, or destroyed"):
            sealer.open(1, 7, "p", sealed)
    with pytest.raises(ErasedError):
        here.admit(1, 7, 1, None)
    with store.read() as reader:
        assert reader.scalar(sa.select(t.sealing_key.c.wrapped).filter_by(party_id=7)) is None


def test_an_admitted_key_needs_no_statement() -> None:
    first, second = Sealer(MASTER), Sealer(MASTER)
    tenant: KeyRow = first.new_key(1, 0)
    party = first.new_key(1, 7)

    second.admit(1, 0, tenant.version, tenant.wrapped)
    second.admit(1, 7, party.version, party.wrapped)

    assert second.open(1, 7, "p", first.seal(1, 7, "p", b"x")) == b"x"


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("resident_id", "990102194006150022", "990102********0022"),
        ("phone", "19900000001", "199****0001"),
        ("bank_card", "6222020200112233445", "********3445"),
        ("name", "李秀英", "李**"),
        ("name", "陈静", "陈*"),
        ("name", "静", "*"),
        ("mail", "li@example.org", "l********@example.org"),
        ("mail", "no address", "********"),
        ("phone", "123", "********"),
        ("unknown", "anything at all", "********"),
    ],
)
def test_masks(kind: str, text: str, shown: str) -> None:
    assert mask(kind, text) == shown


@given(st.text(max_size=40))
def test_no_mask_shows_the_middle(text: str) -> None:
    shown = mask("resident_id", text)

    assert "*" in shown
    assert (
        len(text.strip()) < 14
        or text.strip()[6:-4] not in shown.replace("*", "")
        or (len(set(text.strip()[6:-4])) < 3)
    )
