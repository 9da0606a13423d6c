"""Citizens log in with phone and code: limits, attempts, expiry; the phone is sealed."""

from typing import Any

import pytest

from gcrm.runtime import phone_codes
from gcrm.runtime.phone_codes import AskCode, CodeLogin
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

PHONE = "19900001234"


def send(home: Any, phone: str = PHONE, **more: Any) -> str:
    home.run(phone_codes.SEND, AskCode(1, phone, "10.0.0.1", **more))
    text = home.sms.messages()[0].text
    return "".join(sign for sign in text if sign.isdigit())[:6]


def enter(home: Any, code: str, phone: str = PHONE, **more: Any) -> Any:
    return home.run(phone_codes.LOGIN, CodeLogin(1, phone, code, "10.0.0.1", **more))


def refused(call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_new_phone_becomes_an_account_at_level_one_without_identity(home: Any) -> None:
    answer = enter(home, send(home, " 199-0000 1234 "))

    actor = home.actor(answer.token)
    assert answer.new
    assert (actor.kind, actor.assurance, actor.name) == ("citizen", 1, "199****1234")
    [party] = home.rows(t.party)
    assert party["kind"] == "unidentified"
    assert home.rows(t.identifier) == []
    [account] = home.rows(t.account)
    assert PHONE.encode() not in bytes(account["phone_sealed"])
    sealer = home.house.services.sealer
    place = f"account.phone_sealed.{account['id']}"
    assert sealer.open(1, party["id"], place, account["phone_sealed"]) == PHONE.encode()
    home.clock.move(minutes=2)
    again = enter(home, send(home), former=answer.token)
    assert (again.new, again.account_id) == (False, answer.account_id)
    assert home.actor(answer.token) is None


def test_the_message_is_in_the_persons_language_and_kept_sealed(home: Any) -> None:
    code = send(home, locale="en")

    assert home.sms.messages()[0].text.startswith(f"Yunzhou services: your code is {code}")
    [kept] = home.rows(t.sms_message)
    assert kept["phone_mask"] == "199****1234"
    assert code.encode() not in bytes(kept["sealed"])
    [row] = home.rows(t.phone_code)
    assert code.encode() not in bytes(row["code_hash"])


def test_a_code_works_once(home: Any) -> None:
    code = send(home)
    enter(home, code)

    assert refused(lambda: enter(home, code)).code == "code_over"


def test_a_code_lasts_five_minutes(home: Any) -> None:
    code = send(home)
    home.clock.move(minutes=5)

    assert refused(lambda: enter(home, code)).code == "code_over"


def test_only_the_newest_code_counts(home: Any) -> None:
    first = send(home)
    home.clock.move(seconds=60)
    second = send(home)

    if first != second:
        assert refused(lambda: enter(home, first)).code == "code_wrong"
    assert enter(home, second).token


def test_five_wrong_tries_use_a_code_up(home: Any) -> None:
    code = send(home)
    answers = [refused(lambda: enter(home, other(code))) for _ in range(5)]

    assert [(each.code, each.values.get("left")) for each in answers[:4]] == [
        ("code_wrong", left) for left in (4, 3, 2, 1)
    ]
    assert answers[4].code == "code_over"
    assert refused(lambda: enter(home, code)).code == "code_over"


def test_codes_are_limited_a_minute_and_a_day(home: Any) -> None:
    send(home)
    home.clock.move(seconds=20)
    waiting = refused(lambda: send(home))
    assert (waiting.code, waiting.values["seconds"], waiting.status) == ("code_wait", 40, 429)
    for _ in range(9):
        home.clock.move(seconds=61)
        send(home)
    home.clock.move(seconds=61)

    assert refused(lambda: send(home)).code == "code_too_many"
    home.clock.move(hours=24)
    assert send(home)


def test_an_address_cannot_ask_for_codes_without_end(home: Any) -> None:
    for number in range(40):
        send(home, f"199000{number:05}")

    assert refused(lambda: send(home, "19911111111")).code == "address_locked"


@pytest.mark.parametrize(
    "phone", ["1990000123", "29900001234", "12900001234", "abc", "", "١٩٩٠٠٠٠١٢٣٤"]
)
def test_a_wrong_number_is_refused(home: Any, phone: str) -> None:
    assert refused(lambda: send(home, phone)).code == "phone_wrong"
    assert refused(lambda: enter(home, "123456", phone)).code == "phone_wrong"


def test_where_no_message_can_be_sent_it_is_said(home: Any) -> None:
    home.sms.switch_away()

    assert refused(lambda: send(home)).code == "sms_away"
    assert home.rows(t.sms_message) == []


def test_a_code_is_sent_after_the_writer_is_free(home: Any) -> None:
    held: list[bool] = []
    keep = home.sms.keep

    def watch(message: Any) -> None:
        held.append(home.house.store.holding())
        keep(message)

    home.sms.keep = watch
    send(home)

    assert held == [False]
