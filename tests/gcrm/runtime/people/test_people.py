"""Staff accounts: who may make them, posts that exclude each other, merging records."""

from typing import Any

import pytest

from gcrm.access import Accessor, Denied, keys_of
from gcrm.runtime import (
    login,
    party_merges,
    people,
    representation,
    sessions,
    staff_ending,
)
from gcrm.runtime.people import NewPost, NewStaff, SetPosts
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.store.columns import new_id

EVERYTHING = {"scope": "everything"}
PASSWORD = "Liu-shu-2026-chun"  # noqa: S105


@pytest.fixture
def admin(home: Any) -> Any:
    return home.actor_of(home.staff("admin", ("admin.people", "write", EVERYTHING)))


def _role(home: Any, code: str, excludes: str = "") -> None:
    with home.house.store.write() as writer:
        writer.execute(
            t.role.insert(), {"tenant_id": 1, "code": code, "name": code, "excludes": excludes}
        )


def _party(home: Any, name: str = "某人") -> int:
    key = new_id()
    with home.house.store.write() as writer:
        writer.execute(
            t.party.insert(),
            {"tenant_id": 1, "id": key, "kind": "natural", "name": name,
             "created_at": home.clock.now},
        )  # fmt: skip
    return key


def _code(home: Any, *call: Any) -> str:
    with pytest.raises(Refused) as caught:
        home.run(*call)
    return caught.value.code


def test_an_administrator_makes_staff_who_can_log_in(home: Any, admin: Any) -> None:
    _role(home, "street_civil")
    office = home.made["office"]
    new = NewStaff("林雨", "LinYu", PASSWORD, (NewPost("street_civil", office, "990102001"),))

    account = home.run(people.CREATE_STAFF, new, admin)

    token = home.run(login.LOGIN, login.Login(1, "linyu", PASSWORD, "10.0.0.1")).token
    actor = home.actor(token)
    assert actor.account_id == account
    assert actor.name == "林雨"
    assert [(post.role, post.region_code) for post in actor.posts] == [
        ("street_civil", "990102001")
    ]
    assert _code(home, people.CREATE_STAFF, new, admin) == "login_taken"


def test_nobody_else_may(home: Any, admin: Any) -> None:
    other = home.actor_of(home.staff("clerk", ("admin.people", "read", EVERYTHING)))

    for use_case, ask in (
        (people.CREATE_STAFF, NewStaff("x", "x", PASSWORD)),
        (people.SET_POSTS, SetPosts(admin.account_id, ())),
        (people.RESET_PASSWORD, people.ResetPassword(admin.account_id, PASSWORD)),
        (staff_ending.SET_DISABLED, staff_ending.SetDisabled(admin.account_id, True)),
        (party_merges.MERGE, party_merges.Merge(1, 2)),
        (sessions.REVOKE, sessions.Revoke(admin.account_id)),
    ):
        with pytest.raises(Denied):
            home.run(use_case, ask, other)


def test_changed_posts_end_the_sessions_and_take_effect(home: Any, admin: Any) -> None:
    account = home.staff("wang", ("case", "read", EVERYTHING))
    _role(home, "reader")
    token = home.run(login.LOGIN, login.Login(1, "wang", PASSWORD, "10.0.0.1")).token

    home.run(people.SET_POSTS, SetPosts(account, (NewPost("reader", home.made["office"]),)), admin)

    assert home.actor(token) is None
    assert [post.role for post in home.actor_of(account).posts] == ["reader"]
    home.run(people.SET_POSTS, SetPosts(account, ()), admin)
    assert home.actor_of(account).posts == ()


def test_the_three_administrators_are_three_people(home: Any, admin: Any) -> None:
    _role(home, "sys_admin", "sec_admin,audit_admin")
    _role(home, "sec_admin")
    office = home.made["office"]
    account = home.staff("wang")
    both = (NewPost("sys_admin", office), NewPost("sec_admin", office))

    assert _code(home, people.SET_POSTS, SetPosts(account, both), admin) == "roles_exclude"
    nowhere = (NewPost("sec_admin", new_id()),)
    assert _code(home, people.SET_POSTS, SetPosts(account, nowhere), admin) == "department_unknown"
    nothing = (NewPost("nothing", office),)
    assert _code(home, people.SET_POSTS, SetPosts(account, nothing), admin) == "role_unknown"


def test_an_administrator_resets_a_password_and_lifts_the_lock(home: Any, admin: Any) -> None:
    account = home.staff("wang")
    for _ in range(5):
        with pytest.raises(Refused):
            home.run(login.LOGIN, login.Login(1, "wang", "wrong", "10.0.0.1"))

    home.run(people.RESET_PASSWORD, people.ResetPassword(account, "Gui-hua-2026-qiu"), admin)

    assert home.run(login.LOGIN, login.Login(1, "wang", "Gui-hua-2026-qiu", "10.0.0.1")).token


def test_a_merge_opens_both_records_and_can_be_undone(home: Any, admin: Any) -> None:
    kept = home.phone_login("19900000001")
    merged = home.phone_login("19900000002")
    ask = party_merges.Merge(kept.party_id, merged.party_id)

    merge = home.run(party_merges.MERGE, ask, admin)

    def parties(actor: Any) -> frozenset[int]:
        with home.house.store.read() as reader:
            return Accessor(reader, actor, keys_of(reader, actor)).keys.parties

    both = {kept.party_id, merged.party_id}
    assert parties(kept) == both
    assert parties(merged) == both
    assert _code(home, party_merges.MERGE, ask, admin) == "merge_done"
    home.run(party_merges.UNMERGE, party_merges.Unmerge(merge), admin)
    assert parties(kept) == {kept.party_id}
    assert _code(home, party_merges.UNMERGE, party_merges.Unmerge(merge), admin) == "merge_undone"
    itself = party_merges.Merge(kept.party_id, kept.party_id)
    assert _code(home, party_merges.MERGE, itself, admin) == "merge_self"


def test_records_with_different_id_numbers_are_not_joined(home: Any, admin: Any) -> None:
    from gcrm.runtime import real_name

    one, two = home.phone_login("19900000001"), home.phone_login("19900000002")
    home.run(real_name.CONFIRM, real_name.RealName("陈静", "99010219920318008X"), one)
    home.run(real_name.CONFIRM, real_name.RealName("周伟", "990102199005200035"), two)

    ask = party_merges.Merge(one.party_id, two.party_id)
    assert _code(home, party_merges.MERGE, ask, admin) == "merge_conflict"


def test_staff_enter_a_parent_and_either_side_ends_it(home: Any, admin: Any) -> None:
    parent = home.phone_login("19900000001")
    child = _party(home)
    declared = representation.Declared(child, parent.party_id, "parent", "*", "出生医学证明")
    today = home.clock.now.date()

    key = home.run(representation.ENTER, representation.Enter(declared, today), admin)

    with home.house.store.read() as reader:
        actor = home.actor_of(parent.account_id)
        assert keys_of(reader, actor).represented == {("*", child)}
    stranger = home.phone_login("19900000003")
    with pytest.raises(Denied):
        home.run(representation.END, representation.End(key), stranger)
    home.run(representation.END, representation.End(key), parent)
    with home.house.store.read() as reader:
        assert keys_of(reader, home.actor_of(parent.account_id)).represented == frozenset()


def test_a_declaration_needs_proof_a_real_name_and_two_people(home: Any) -> None:
    citizen = home.phone_login("19900000001")
    other = _party(home)

    def code(actor: Any, **values: Any) -> str:
        given = {"principal_id": other, "representative_id": actor.party_id, "kind": "agent",
                 "scope": "elder_allowance", "proof": "child", **values}  # fmt: skip
        with pytest.raises(Refused) as caught:
            representation.check_declared(actor, representation.Declared(**given))
        return caught.value.code

    assert code(citizen) == "represent_assurance"
    from dataclasses import replace

    known = replace(citizen, assurance=2)
    assert code(known, proof=" ") == "represent_proof"
    assert code(known, kind="helper") == "represent_number"
    assert code(known, principal_id=known.party_id) == "represent_self"
    home.staff("hefang")
    with home.house.store.read() as reader:
        assert representation.find_helper(reader, 1, " HeFang ")
        with pytest.raises(Refused):
            representation.find_helper(reader, 1, "nobody")
