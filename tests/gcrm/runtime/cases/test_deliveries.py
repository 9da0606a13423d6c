"""What went out on which way: real mail, attempts, receipts, sending again, nights, choices."""

import datetime as dt
import email
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from gcrm.access import Denied
from gcrm.connectors import SmtpMail, SmtpServer
from gcrm.runtime import deliveries, jobs, notice_box, reaching
from gcrm.runtime.deliveries import Filter, Receipt, Receipts, SendAgain
from gcrm.runtime.notices import after_quiet
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t

ADDRESS = "chenjing@mail.example"


def turns(town: Any, count: int = 3) -> None:
    worker = jobs.Worker(town.house)
    for _ in range(count):
        worker.turn()
    assert not worker.failures


def with_mail(town: Any, address: str = ADDRESS) -> None:
    """Let 陈静 confirm an address."""
    town.run(reaching.ASK_MAIL_CODE, town.chen, reaching.AskMailCode(address))
    code = re.search(r"\d{6}", town.connectors.mail.mails()[0].text)
    assert code
    town.run(reaching.CONFIRM_MAIL, town.chen, reaching.ConfirmMail(code[0]))


def log(town: Any, wanted: Filter, login: str = "sysadmin") -> Any:
    with town.house.store.read() as reader:
        return deliveries.read_log(town.accessor(reader, town.staff(login)), wanted)


def refused(town: Any, use_case: Any, actor: Any, ask: Any) -> str:
    with pytest.raises(Refused) as caught:
        town.run(use_case, actor, ask)
    return str(caught.value.code)


class Post:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailing(sqlite_town: Any, port: int) -> Iterator[Any]:
    """A town whose mail port speaks SMTP with a server that is not running yet."""
    town = sqlite_town
    with_mail(town)
    server = SmtpServer("127.0.0.1", port, "notice@yz.example", "none", timeout=2.0)
    ports = replace(town.connectors, mail=SmtpMail(server))
    services = replace(town.house.services, connectors=ports)
    town.house = replace(town.house, services=services)
    return town


def test_a_stopped_mail_server_fails_nothing_and_all_goes_on_afterwards(
    mailing: Any, port: int
) -> None:
    town, post = mailing, Post()
    done = town.submitted()
    turns(town)
    waiting = town.rows(select(t.notice).where(t.notice.c.channel == "mail"))
    sms = len(town.connectors.sms.messages())
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()

    town.clock.go(hours=1)
    turns(town)
    controller.stop()
    town.clock.go(minutes=1)
    town.decide(done.case_id)
    turns(town)
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    town.clock.go(hours=2)
    turns(town)
    controller.stop()

    assert {row["status"] for row in waiting} == {"waiting"}
    assert {row["error"] for row in waiting} == {"away"}
    assert sms == 2
    subjects = [str(each["Subject"]) for each in post.mails]
    rows = town.rows(select(t.notice).where(t.notice.c.channel == "mail"))
    assert len(subjects) == len(rows) == 4  # N01, N02, N05 and N07
    assert {row["status"] for row in rows} == {"sent"}
    assert len({each["Message-ID"] for each in post.mails}) == 4
    text = post.mails[0].get_content()
    assert "高龄津贴申请" in text
    assert "/me/contact" in text
    assert any("/r/" in each.get_content() for each in post.mails)  # the link to rate it
    tried = town.rows(select(t.delivery).order_by(t.delivery.c.id))
    assert {each["code"] for each in tried if each["result"] == "failed"} == {"away"}


def test_an_address_that_is_refused_for_good_is_not_tried_again(sqlite_town: Any) -> None:
    town = sqlite_town
    with_mail(town)
    town.connectors.mail.switch_away("smtp_550", permanent=True)
    town.submitted()

    turns(town)

    lines, total, counts = log(town, Filter(channel="mail"))
    assert {(each.status, each.error) for each in lines} == {("failed", "smtp_550")}
    assert total == 2
    assert counts == {"failed": 2}
    assert {row["status"] for row in town.rows(select(t.job))} == {"done"}


def test_the_log_shows_masks_and_answers_and_sends_again(town: Any) -> None:
    town.connectors.sms.switch_away("isv.MOBILE_NUMBER_ILLEGAL", permanent=True)
    town.submitted()
    turns(town)
    town.connectors.sms.switch_back()
    failed, total, _ = log(town, Filter(status="failed"))

    town.run(deliveries.SEND_AGAIN, town.staff("sysadmin"), SendAgain(failed[0].notice_id))
    turns(town)
    again = refused(
        town, deliveries.SEND_AGAIN, town.staff("sysadmin"), SendAgain(failed[0].notice_id)
    )
    sent = log(town, Filter(status="sent", number="gljt-2026-000001"))[0]

    assert total == 2
    assert {each.to_mask for each in failed} == {"199****0001"}
    assert [(each.result, each.code) for each in sent[0].attempts] == [
        ("failed", "isv.MOBILE_NUMBER_ILLEGAL"),
        ("sent", "OK"),
    ]
    assert again == "notice_not_failed"
    assert len(town.connectors.sms.messages()) == 1
    actions = [row["action"] for row in town.rows(select(t.audit))]
    assert actions.count("notice_sent_again") == 1
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_who_may_not_reads_no_log_and_sends_nothing(sqlite_town: Any) -> None:
    town = sqlite_town
    town.submitted()
    turns(town)
    notice = town.rows(select(t.notice))[0]["id"]

    with pytest.raises(Denied):
        log(town, Filter(), login="hefang")
    with pytest.raises(Denied):
        town.run(deliveries.SEND_AGAIN, town.staff("hefang"), SendAgain(notice))


def test_receipts_come_twice_and_in_any_order(town: Any) -> None:
    town.submitted()
    turns(town)
    first, second = town.rows(
        select(t.notice).where(t.notice.c.channel == "sms").order_by(t.notice.c.id)
    )
    at = town.clock()

    def enter(*rows: Receipt) -> Any:
        return town.run(deliveries.ENTER_RECEIPTS, None, Receipts(1, rows))

    good = Receipt(first["receipt"], True, "DELIVERED", at)
    late = Receipt(first["receipt"], False, "MK:0001", at)
    bad = Receipt(second["receipt"], False, "MK:0010", at)
    entered = enter(good, good, bad, Receipt("nobody-knows", True, "DELIVERED", at))
    enter(good, late, bad)

    assert (entered.known, entered.unknown) == (3, 1)
    states = {row["id"]: row["status"] for row in town.rows(select(t.notice))}
    assert (states[first["id"]], states[second["id"]]) == ("delivered", "failed")
    results = [row["result"] for row in town.rows(select(t.delivery))]
    assert sorted(results) == ["delivered", "sent", "sent", "undelivered", "undelivered"]


def test_people_see_where_a_message_went(sqlite_town: Any) -> None:
    town = sqlite_town
    with_mail(town)
    town.submitted()
    turns(town)

    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.chen)
        lines = notice_box.list_notices(reader, town.house.services, accessor)

    ways = {(way.channel, way.to_mask, way.status) for line in lines for way in line.ways}
    assert ("mail", "c****@mail.example", "sent") in {
        (channel, re.sub(r"\*+", "****", shown), status) for channel, shown, status in ways
    }
    assert all(line.ways for line in lines)


def test_who_wants_no_text_messages_gets_none_for_anybody(sqlite_town: Any) -> None:
    town = sqlite_town
    town.run(reaching.CHOOSE, town.chen, reaching.Choose(sms=False, mail=False, night=False))

    town.submitted()
    turns(town)

    assert not town.connectors.sms.messages()  # nor for the elder, whose phone it is too
    assert {row["channel"] for row in town.rows(select(t.notice))} == {"in_app"}


def test_mail_needs_an_address_that_its_person_confirmed(sqlite_town: Any) -> None:
    town = sqlite_town
    early = refused(
        town, reaching.CHOOSE, town.chen, reaching.Choose(sms=True, mail=True, night=False)
    )
    wrong = [
        refused(town, reaching.ASK_MAIL_CODE, town.chen, reaching.AskMailCode(each))
        for each in ("a@b.cn\r\nBcc: x@y.cn", "a b@c.cn", "没有@例子.cn", "a@b")
    ]
    town.run(reaching.ASK_MAIL_CODE, town.chen, reaching.AskMailCode(ADDRESS))
    soon = refused(town, reaching.ASK_MAIL_CODE, town.chen, reaching.AskMailCode(ADDRESS))
    tries = [
        refused(town, reaching.CONFIRM_MAIL, town.chen, reaching.ConfirmMail("000000x"))
        for _ in range(6)
    ]

    assert early == "mail_none"
    assert wrong == ["mail_wrong"] * 4
    assert soon == "mail_code_wait"
    assert tries == ["mail_code_wrong"] * 4 + ["mail_code_over"] * 2
    assert not town.rows(select(t.contact))


def test_a_removed_address_is_wiped(sqlite_town: Any) -> None:
    town = sqlite_town
    with_mail(town)

    town.run(reaching.REMOVE_MAIL, town.chen, reaching.RemoveMail())

    row = town.rows(select(t.contact))[0]
    assert (row["mail_sealed"], row["mail_mask"], row["mail"]) == (None, "", False)
    assert not town.rows(select(t.mail_code))


def test_what_is_not_urgent_waits_for_the_morning(sqlite_town: Any) -> None:
    town = sqlite_town
    town.clock.now = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)  # 22:30 in the city
    town.submitted()
    turns(town)
    at_night = len(town.connectors.sms.messages())
    told = town.rows(select(t.notice).where(t.notice.c.channel == "in_app"))

    town.clock.now = dt.datetime(2026, 11, 25, 0, 1, tzinfo=dt.UTC)
    turns(town)

    assert at_night == 0
    assert told
    assert len(town.connectors.sms.messages()) == 2


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "until"),
    [
        (21, 8, 20, None),
        (21, 8, 21, (25, 8)),
        (21, 8, 7, (24, 8)),
        (21, 8, 8, None),
        (0, 6, 3, (24, 6)),
        (12, 14, 13, (24, 14)),
        (21, 24, 22, (25, 0)),
        (24, 8, 7, (24, 8)),
        (24, 8, 23, None),
        (8, 8, 8, None),
    ],
)
def test_quiet_hours_may_pass_midnight(
    begins: int, ends: int, hour: int, until: tuple[int, int] | None
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    moment = dt.datetime(2026, 11, 24, hour, 15, tzinfo=zone)

    found = after_quiet(moment, begins, ends, zone)

    expected = moment if until is None else dt.datetime(2026, 11, *until, tzinfo=zone)
    assert found == expected
