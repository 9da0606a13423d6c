"""People who try at the same moment: one wins, and no failure is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from gcrm.runtime import login, phone_codes, real_name
from gcrm.runtime.phone_codes import AskCode, CodeLogin
from gcrm.runtime.real_name import RealName
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

TOGETHER = 6


def at_once(call: Callable[[int], Any]) -> list[str]:
    """Run the call by several threads at once; give "ok" or the code of each refusal."""
    barrier = Barrier(TOGETHER)

    def one(number: int) -> str:
        barrier.wait()
        try:
            call(number)
        except Refused as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(TOGETHER) as pool:
        return sorted(pool.map(one, range(TOGETHER)))


def test_one_code_opens_one_session(home: Any) -> None:
    home.run(phone_codes.SEND, AskCode(1, "19900000001", "10.0.0.1"))
    text = home.sms.messages()[0].text
    code = "".join(sign for sign in text if sign.isdigit())[:6]
    ask = CodeLogin(1, "19900000001", code, "10.0.0.1")

    answers = at_once(lambda _: home.run(phone_codes.LOGIN, ask))

    assert answers == ["code_over"] * (TOGETHER - 1) + ["ok"]
    assert len(home.rows(t.session)) == len(home.rows(t.account)) == 1


def test_wrong_passwords_at_once_all_count(home: Any) -> None:
    home.staff("wang")

    answers = at_once(
        lambda number: home.run(login.LOGIN, login.Login(1, "wang", "wrong", f"10.0.0.{number}"))
    )

    assert set(answers) == {"login_wrong", "login_locked"}
    [account] = home.rows(t.account, login="wang")
    assert account["locked_until"] is not None


def test_one_id_number_goes_to_one_account(home: Any) -> None:
    actors = [home.phone_login(f"1990000000{number}") for number in range(TOGETHER)]
    chen = RealName("陈静", "99010219920318008X")

    answers = at_once(lambda number: home.run(real_name.CONFIRM, chen, actors[number]))

    assert answers == ["ok"] + ["real_name_taken"] * (TOGETHER - 1)
    assert len(home.rows(t.identifier)) == 1


def test_one_account_takes_over_a_declared_person(home: Any) -> None:
    elder = home.declared("李秀英", "990102194006150022")
    actors = [home.phone_login(f"1990000000{number}") for number in range(TOGETHER)]
    ask = RealName("李秀英", "990102194006150022")

    answers = at_once(lambda number: home.run(real_name.CONFIRM, ask, actors[number]))

    assert answers == ["ok"] + ["real_name_taken"] * (TOGETHER - 1)
    assert len(home.rows(t.account, party_id=elder)) == 1
    assert len(home.rows(t.party_merge)) == 1
