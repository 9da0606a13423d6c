"""N01 to N09 as people read them: short enough, with days and links whole, in their language."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from gcrm.apps.notice_lengths import SMS_LENGTH
from gcrm.runtime import act, jobs, notice_box, ratings
from gcrm.runtime.correction_answer import ANSWER_CORRECTION, AnswerCorrection
from gcrm.runtime.correction_ask import ASK_CORRECTION, AskCorrection, Asked
from gcrm.runtime.correction_draft import SAVE_CORRECTION, SaveCorrection
from gcrm.runtime.correction_page import open_correction
from gcrm.runtime.grounds import Grounds
from gcrm.runtime.notice_texts import text_of
from gcrm.runtime.rating_cases import Where
from gcrm.store import tables as t

REASON = "经过上门核实和邻居走访，老人的户籍已经在去年三月迁往外市，不再符合本市户籍的条件" * 2


GROUNDS = Grounds("condition:age", "户籍迁回本市以后可以再申请", "请到现在的户籍地申请")


def turns(town: Any, count: int = 4) -> None:
    worker = jobs.Worker(town.house)
    for _ in range(count):
        worker.turn()
    assert not worker.failures


def texts(town: Any, kind: str) -> list[str]:
    return [each.text for each in town.connectors.sms.messages() if each.kind == kind]


def inbox(town: Any, actor: Any) -> list[str]:
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, actor)
        lines = notice_box.list_notices(reader, town.house.services, accessor)
    return [line.text for line in lines]


def test_a_whole_way_is_told_and_its_link_rates_it(town: Any) -> None:
    done = town.submitted()
    town.decide(done.case_id)
    turns(town, 8)

    told = {row["template"] for row in town.rows(select(t.notice))}
    link = re.search(r"/r/(\S+)$", texts(town, "n07")[0])

    assert {"n01", "n02", "n05", "n07"} <= told
    assert all(len(each.text) <= SMS_LENGTH for each in town.connectors.sms.messages())
    assert link
    town.run(ratings.RATE, None, ratings.Rate(Where(1, "203.0.113.1", token=link[1]), 5))
    assert town.count(t.rating) == 1
    links = town.rows(select(t.rating_link))
    assert {(each["expires_at"] - each["created_at"]).days for each in links} == {180}
    assert not any("/r/" in line for line in inbox(town, town.chen))


def test_a_refusal_keeps_its_reason_short_and_its_days(sqlite_town: Any) -> None:
    town = sqlite_town
    done = town.submitted()
    town.run(
        act.ACT,
        town.staff("hefang"),
        act.Act(town.task(done.case_id), "refuse", REASON, town.visit(), grounds=GROUNDS),
    )

    turns(town)

    text = texts(town, "n06")[0]
    assert len(text) <= SMS_LENGTH
    assert "原因：经过上门" in text
    assert "…" in text
    assert "60日内可申请复议，6个月内可起诉" in text
    assert any(REASON.rstrip("。") in line for line in inbox(town, town.chen))


def test_a_correction_names_its_day_and_the_first_two_things(sqlite_town: Any) -> None:
    town = sqlite_town
    done = town.submitted()
    town.run(
        act.ACT,
        town.staff("hefang"),
        act.Act(town.task(done.case_id), "pass", "情况属实，材料齐全", town.visit()),
    )
    items = (
        Asked("elder_phone", "这个号码一直打不通", "请换一个能打通的号码"),
        Asked("hukou_region", "户籍地和户口簿不一样", "请对照户口簿再选一次"),
        Asked(None, "没有户口簿的首页照片", "请把首页拍得清楚一点", label="户口簿首页照片"),
    )
    town.run(ASK_CORRECTION, town.staff("linyu"), AskCorrection(town.task(done.case_id), items))
    turns(town)
    asked = texts(town, "n03")
    due = town.one(select(t.correction.c.due_at))
    town.clock.now = due - (due - town.clock.now) / 20
    turns(town)

    assert len(asked) == 1  # the child's telephone is the elder's too
    assert "还差3项" in asked[0]
    assert re.search(r"请于\d+月\d+日（周.）前补齐", asked[0])
    assert "联系电话、" in asked[0]
    assert "户口簿" not in asked[0]
    reminded = texts(town, "n03_remind")
    assert reminded
    assert "还差3项没有补" in reminded[0]
    assert all(len(each) <= SMS_LENGTH for each in (*asked, *reminded))


def test_a_second_list_is_told_to_the_office_above_and_a_first_one_is_not(town: Any) -> None:
    done = town.submitted()
    phone = Asked("elder_phone", phrase="unreachable", place="elder_phone")
    again = "新号码打过去是空号，要再核对一次"
    town.run(ASK_CORRECTION, town.staff("hefang"), AskCorrection(town.task(done.case_id), (phone,)))
    turns(town)
    first = inbox(town, town.staff("juzhang"))
    answer(town, done.case_id)

    more = AskCorrection(town.task(done.case_id), (phone,), reason=again)
    town.run(ASK_CORRECTION, town.staff("hefang"), more)
    turns(town)

    number = town.one(select(t.case.c.number).where(t.case.c.id == done.case_id))
    told = [each for each in inbox(town, town.staff("juzhang")) if "补正" in each]
    assert first == []
    assert told == [f"办件{number}在“社区核实”又一次退回补正，这次1项。请看看是不是该一次说全。"]
    assert not [each for each in inbox(town, town.chen) if "一次说全" in each]
    assert not any(again in each for each in told)


def answer(town: Any, case_id: int) -> None:
    """Hand in another telephone."""
    typed = {"elder_phone": ["19900000002"]}
    town.run(SAVE_CORRECTION, town.chen, SaveCorrection(case_id, typed, 0))
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.chen)
        services, now = town.house.services, town.clock()
        page = open_correction(reader, services, accessor, case_id, now, locale="zh-CN")
    sent = AnswerCorrection(case_id, page.correction.key, page.correction.draft_rev, False)
    town.run(ANSWER_CORRECTION, town.chen, sent)


def test_lamps_reach_the_handler_and_then_the_head_above(town: Any) -> None:
    done = town.submitted()
    town.clock.go(days=1, hours=12)
    turns(town)
    warned = inbox(town, town.staff("hefang"))
    head = inbox(town, town.staff("juzhang"))
    town.clock.go(days=4)
    turns(town)

    number = town.one(select(t.case.c.number).where(t.case.c.id == done.case_id))
    assert any(re.match(rf"办件{number}剩余.*工作日，请尽快处理。", each) for each in warned)
    assert not head
    for login in ("hefang", "juzhang"):
        late = [each for each in inbox(town, town.staff(login)) if "已超时" in each]
        assert late
        assert "已抄送钱立" in late[0]
    assert not texts(town, "n09")  # nobody gave the office a phone


def test_the_reader_chooses_the_language(sqlite_town: Any) -> None:
    town = sqlite_town
    with town.house.store.write() as writer:
        writer.execute(
            update(t.account).where(t.account.c.id == town.chen.account_id).values(locale="en")
        )

    town.decide(town.submitted().case_id)
    turns(town, 8)

    mine = inbox(town, town.chen)
    assert any("has been submitted, number GLJT" in each for each in mine)
    sent = town.connectors.sms.messages("19900000001")
    assert sent
    assert all(each.text.startswith("[Yunzhou]") for each in sent)
    assert all(len(each.text) <= SMS_LENGTH for each in sent)
    assert any("/r/" in each.text for each in sent)


LINK = "https://zwfw.yunzhou.example/r/abcdefgh123456"


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("{item}已办结：{rate}", {"item": "事" * 60, "rate": LINK}, "事" * 20 + "…已办结：" + LINK),
        ("好消息。{where}。回头见。", {"where": "很远的地方" * 20}, None),
        ("第一句。" + "第二句很长" * 14 + "。看{rate}", {"rate": LINK}, "第一句。看" + LINK),
        ("{reason}", {"reason": "因为" * 50}, "因为" * 34 + "因…"),
        ("没有值的{nothing}也行。", {}, "没有值的也行。"),
    ],
)
def test_long_values_are_shortened_and_links_never(
    template: str, values: dict[str, str], expected: str | None
) -> None:
    text = text_of(template, values, "sms")

    assert len(text) <= SMS_LENGTH
    if expected is not None:
        assert text == expected
    for value in values.values():
        assert LINK in text or value != LINK


def test_a_mail_is_never_shortened() -> None:
    assert text_of("{reason}", {"reason": REASON}, "mail") == REASON
