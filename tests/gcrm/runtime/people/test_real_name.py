"""The real-name step: to level two by the register, with no leak about others."""

from typing import Any

import pytest

from gcrm.access import keys_of
from gcrm.runtime import real_name
from gcrm.runtime.real_name import RealName
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

CHEN = RealName("陈静", "99010219920318008X")
ELDER = RealName("李秀英", "990102194006150022")


def code(home: Any, ask: RealName, actor: Any) -> str:
    with pytest.raises(Refused) as caught:
        home.run(real_name.CONFIRM, ask, actor)
    assert caught.value.render("en", home.house.services.zone).message
    return caught.value.code


def test_a_right_name_and_number_raise_the_account_to_level_two(home: Any) -> None:
    actor = home.phone_login("19900000001")

    answer = home.run(real_name.CONFIRM, RealName(" 陈 静", " 99010219920318008x "), actor)

    assert (answer.party_id, answer.name) == (actor.party_id, "陈静")
    now = home.actor_of(actor.account_id)
    assert (now.assurance, now.name) == (2, "陈静")
    [identifier] = home.rows(t.identifier)
    assert identifier["mask"] == "990102********008X"
    assert CHEN.id_number.encode() not in bytes(identifier["sealed"])
    sealer, place = home.house.services.sealer, f"identifier.sealed.{identifier['id']}"
    opened = sealer.open(1, actor.party_id, place, identifier["sealed"])
    assert opened.decode() == CHEN.id_number
    home.run(real_name.CONFIRM, CHEN, now)
    assert len(home.rows(t.identifier)) == 1


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (RealName("陈静", "990102199203180080"), "id_wrong"),  # check digit
        (RealName("陈静", "99010219920318008"), "id_wrong"),
        (RealName("陈静", "990102209203180082"), "id_wrong"),  # not born yet
        (RealName("陈静", "９９０１０２１９９２０３１８００８Ｘ"), "id_wrong"),
        (RealName("陈静", "'; DROP TABLE identifier --"), "id_wrong"),
        (RealName("", "99010219920318008X"), "name_missing"),
        (RealName("陈晶", "99010219920318008X"), "real_name_mismatch"),
        (RealName("陈静", "990102197604120062"), "real_name_mismatch"),  # somebody else's
        (RealName("陈静", "990102199203180232"), "id_wrong"),
        (RealName("宋淑芬", "990102193307030011"), "real_name_dead"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_raised(
    home: Any, ask: RealName, expected: str
) -> None:
    actor = home.phone_login("19900000001")

    assert code(home, ask, actor) == expected
    assert home.actor_of(actor.account_id).assurance == 1
    assert home.rows(t.identifier) == []


def test_while_the_register_is_away_the_account_stays_at_level_one(home: Any) -> None:
    actor = home.phone_login("19900000001")
    home.population.switch_away()

    assert code(home, CHEN, actor) == "real_name_away"
    assert home.actor_of(actor.account_id).assurance == 1
    home.population.switch_back()
    home.run(real_name.CONFIRM, CHEN, actor)
    assert home.actor_of(actor.account_id).assurance == 2


def test_a_number_of_another_account_is_refused_and_nothing_leaks(home: Any) -> None:
    first, second = home.phone_login("19900000001"), home.phone_login("19900000002")
    home.run(real_name.CONFIRM, CHEN, first)

    with pytest.raises(Refused) as caught:
        home.run(real_name.CONFIRM, CHEN, second)

    assert caught.value.code == "real_name_taken"
    said = caught.value.render("zh-CN", home.house.services.zone)
    for secret in ("1990000", "陈静", CHEN.id_number, str(first.party_id)):
        assert secret not in said.message + said.fix
    # whoever does not know the name learns nothing at all
    assert code(home, RealName("周伟", CHEN.id_number), second) == "real_name_mismatch"
    assert home.actor_of(second.account_id).assurance == 1


def test_an_account_does_not_change_its_number(home: Any) -> None:
    actor = home.phone_login("19900000001")
    home.run(real_name.CONFIRM, CHEN, actor)

    assert code(home, ELDER, home.actor_of(actor.account_id)) == "real_name_other"


def test_an_elder_for_whom_somebody_applied_takes_over_that_record(home: Any) -> None:
    declared = home.declared(ELDER.name, ELDER.id_number)
    actor = home.phone_login("19900000003")

    answer = home.run(real_name.CONFIRM, ELDER, actor)

    now = home.actor_of(actor.account_id)
    assert answer.party_id == now.party_id == declared
    assert now.assurance == 2
    with home.house.store.read() as reader:
        assert keys_of(reader, now).parties == {declared, actor.party_id}
    [identifier] = home.rows(t.identifier)
    assert identifier["assurance"] == 2
    [account] = home.rows(t.account, id=actor.account_id)
    place = f"account.phone_sealed.{actor.account_id}"
    sealer = home.house.services.sealer
    assert sealer.open(1, declared, place, account["phone_sealed"]) == b"19900000003"
    again = home.phone_login("19900000004")
    assert code(home, ELDER, again) == "real_name_taken"


def test_five_wrong_tries_a_day_are_enough(home: Any) -> None:
    actor = home.phone_login("19900000001")
    for _ in range(5):
        assert code(home, RealName("陈晶", CHEN.id_number), actor) == "real_name_mismatch"

    assert code(home, CHEN, actor) == "real_name_often"
    home.clock.move(hours=24, minutes=1)
    home.run(real_name.CONFIRM, CHEN, actor)


def test_names_are_compared_with_one_kind_of_dot() -> None:
    assert real_name.clean_name("阿卜杜拉•买买提") == real_name.clean_name("阿卜杜拉 ·买买提")
    assert real_name.clean_name("𠮷田") == "𠮷田"
