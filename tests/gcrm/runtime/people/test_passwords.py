"""Passwords: hashed slowly, checked for strength, never while the writer is held."""

import pytest

from gcrm.connectors import WriterHeldError
from gcrm.runtime.passwords import Passwords, Scheme
from gcrm.runtime.refusals import Refused

GOOD = "Liu-shu-2026-chun"
QUICK = Passwords(memory=64, rounds=1)


@pytest.mark.parametrize("scheme", ["argon2id", "pbkdf2-sm3", "pbkdf2-sha256"])
def test_a_hash_verifies_its_password_only(scheme: Scheme) -> None:
    passwords = Passwords(scheme=scheme, memory=64, rounds=1)

    hashed = passwords.hash(GOOD)

    assert GOOD not in hashed
    assert passwords.verify(hashed, GOOD)
    assert not passwords.verify(hashed, GOOD + "x")
    assert passwords.hash(GOOD) != hashed
    assert not passwords.needs_rehash(hashed)


def test_a_hash_of_another_scheme_verifies_and_asks_to_be_made_anew() -> None:
    old = Passwords(scheme="pbkdf2-sha256").hash(GOOD)

    assert QUICK.verify(old, GOOD)
    assert QUICK.needs_rehash(old)
    assert Passwords().needs_rehash(QUICK.hash(GOOD))


def test_an_account_without_password_never_verifies() -> None:
    assert not QUICK.verify(None, GOOD)


def test_the_default_costs_are_those_of_the_reference() -> None:
    assert "m=19456,t=2,p=1" in Passwords().hash(GOOD)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1-", "password_short"),
        ("A1-" + "x" * 130, "password_long"),
        ("alllowercase", "password_plain"),
        ("P@ssw0rd123", "password_common"),
        ("Admin@12345", "password_common"),
        ("Wang.fang-2026", "password_like_login"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        QUICK.check_new(password, "wang.fang")

    assert caught.value.code == code


def test_the_last_five_passwords_cannot_be_used_again() -> None:
    former = [QUICK.hash(f"Liu-shu-2026-{number}") for number in range(6)]

    with pytest.raises(Refused) as caught:
        QUICK.check_new("Liu-shu-2026-4", "wang", former)
    assert caught.value.code == "password_used"
    QUICK.check_new("Liu-shu-2026-5", "wang", former)


def test_hashing_while_the_writer_is_held_is_an_error() -> None:
    passwords = Passwords(memory=64, rounds=1, holding=lambda: True)

    with pytest.raises(WriterHeldError):
        passwords.hash(GOOD)
    with pytest.raises(WriterHeldError):
        passwords.verify(None, GOOD)
