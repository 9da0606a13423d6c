"""Staff log in with a password: locks, sessions, revocation."""

from typing import Any

import pytest

from gcrm.runtime import login, people, sessions, staff_ending
from gcrm.runtime.login import Login
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

PASSWORD = "Liu-shu-2026-chun"  # noqa: S105
NEXT = "Gui-hua-2026-qiu"
WRONG = "wrong"
EVERYTHING = {"scope": "everything"}


def ask(name: str = "wang", password: str = PASSWORD, **more: Any) -> Login:
    return Login(
        **{"tenant_id": 1, "login": name, "password": password, "address": "10.0.0.1", **more}
    )


def refused(home: Any, asked: Login) -> Refused:
    with pytest.raises(Refused) as caught:
        home.run(login.LOGIN, asked)
    return caught.value


def test_a_right_password_opens_a_session(home: Any) -> None:
    account = home.staff("wang")

    answer = home.run(login.LOGIN, ask(" WANG "))

    actor = home.actor(answer.token)
    assert actor is not None
    assert actor.account_id == account
    [row] = home.rows(t.session)
    assert answer.token.encode() not in bytes(row["token_hash"])
    assert len(answer.token) >= 43  # 256 bits
    assert [entry["action"] for entry in home.rows(t.audit)] == ["login"]


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_five_wrong_passwords_lock_a_login_whether_or_not_it_exists(home: Any, name: str) -> None:
    home.staff("wang")
    codes = [refused(home, ask(name, "wrong")).code for _ in range(5)]

    locked = refused(home, ask(name))

    assert codes == ["login_wrong"] * 4 + ["login_locked"]
    assert (locked.code, locked.status) == ("login_locked", 423)
    assert "09:15" in str(locked.render("zh-CN", home.house.services.zone).fix)


def test_a_lock_ends_and_a_success_clears_the_count(home: Any) -> None:
    home.staff("wang")
    for _ in range(5):
        refused(home, ask(password=WRONG))
    home.clock.move(minutes=15)

    assert refused(home, ask(password=WRONG)).code == "login_wrong"
    assert home.run(login.LOGIN, ask()).token
    for _ in range(4):
        assert refused(home, ask(password=WRONG)).code == "login_wrong"


def test_an_address_that_tries_many_logins_is_stopped(home: Any) -> None:
    home.staff("wang")
    for number in range(30):
        refused(home, ask(f"nobody{number}", "wrong"))

    stopped = refused(home, ask())

    assert (stopped.code, stopped.status) == ("address_locked", 429)
    assert home.run(login.LOGIN, ask(address="10.0.0.2")).token
    assert all("10.0.0.1" not in row["subject"] for row in home.rows(t.login_throttle))


def test_logging_in_ends_the_browsers_old_session_and_logging_out_the_new_one(home: Any) -> None:
    home.staff("wang")
    first = home.run(login.LOGIN, ask()).token
    second = home.run(login.LOGIN, ask(former=first)).token

    assert home.actor(first) is None
    actor = home.actor(second)
    home.run(login.LOGOUT, sessions.Token(second), actor)
    assert home.actor(second) is None


def test_a_session_rests_fifteen_minutes_and_lives_eight_hours(home: Any) -> None:
    home.staff("wang")
    token = home.run(login.LOGIN, ask()).token

    for _ in range(33):
        home.clock.move(minutes=14)
        actor = home.actor(token)
        assert actor is not None
        assert sessions.needs_touch(actor, home.clock.now)
        home.run(sessions.TOUCH, sessions.Token(token), actor)
    home.clock.move(minutes=14)
    assert home.actor(token) is not None  # 7:56
    home.run(sessions.TOUCH, sessions.Token(token), home.actor(token))
    home.clock.move(minutes=5)
    assert home.actor(token) is None  # 8:01

    other = home.run(login.LOGIN, ask()).token
    home.clock.move(minutes=15)
    assert home.actor(other) is None


def test_a_disabled_account_is_told_so_only_with_the_right_password(home: Any) -> None:
    account = home.staff("wang")
    admin = home.actor_of(home.staff("admin", ("admin.people", "write", EVERYTHING)))
    token = home.run(login.LOGIN, ask()).token
    home.run(staff_ending.SET_DISABLED, staff_ending.SetDisabled(account, True), admin)

    assert home.actor(token) is None
    assert refused(home, ask(password=WRONG)).code == "login_wrong"
    assert refused(home, ask()).code == "account_disabled"


def test_a_new_password_ends_the_other_sessions(home: Any) -> None:
    home.staff("wang")
    mine, other = (home.run(login.LOGIN, ask()).token for _ in range(2))
    actor = home.actor(mine)

    home.run(people.CHANGE_PASSWORD, people.ChangePassword(PASSWORD, NEXT, mine), actor)

    assert home.actor(mine) is not None
    assert home.actor(other) is None
    assert refused(home, ask()).code == "login_wrong"
    assert home.run(login.LOGIN, ask(password=NEXT)).token
    for password, code in (
        (NEXT, "password_used"),
        (PASSWORD, "password_used"),
        ("short", "password_short"),
    ):
        change = people.ChangePassword(NEXT, password, mine)
        with pytest.raises(Refused) as caught:
            home.run(people.CHANGE_PASSWORD, change, actor)
        assert caught.value.code == code
    with pytest.raises(Refused) as caught:
        home.run(people.CHANGE_PASSWORD, people.ChangePassword("wrong", "x", mine), actor)
    assert caught.value.code == "password_wrong"


def test_an_old_hash_is_made_anew_at_login(home: Any) -> None:
    from gcrm.runtime.passwords import Passwords

    account = home.staff("wang")
    old = Passwords(scheme="pbkdf2-sha256").hash(PASSWORD)
    with home.house.store.write() as writer:
        writer.execute(t.account.update().where(t.account.c.id == account), {"password_hash": old})

    home.run(login.LOGIN, ask())

    [row] = home.rows(t.account, id=account)
    assert row["password_hash"].startswith("$argon2id")


def test_a_login_with_strange_signs_is_wrong_and_nothing_else(home: Any) -> None:
    for name in ("'; DROP TABLE account --", "{{7*7}}", "𠮷" * 200, "\0", ""):
        assert refused(home, ask(name, "x" * 10_000)).code == "login_wrong"
