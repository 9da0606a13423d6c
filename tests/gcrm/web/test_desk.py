"""Smaller things that people do: take back, throw away, pause, change a password, read messages."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.demo import PASSWORD
from gcrm.store import tables as t

Visitor = Any
City = Any
NEW = "Liu-shu-2026-chun"


@pytest.fixture
def case(citizen: Visitor) -> str:
    """An application of 陈静 for 李秀英; give the address of its progress page."""
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    return str(citizen.path.removesuffix("/submitted"))


@pytest.fixture
def clerk(city: City, case: str, newcomer: Any) -> Visitor:
    """何芳 in front of that case."""
    clerk = newcomer(city).work_as("hefang")
    clerk.get("/staff")
    found = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
    assert found
    return clerk.get(found[1])


def test_an_application_is_taken_back_once(citizen: Visitor, case: str):
    token = citizen.get(case).hidden("csrf_token")
    citizen.post(f"{case}/withdraw")
    assert "您撤回了这次申请" in citizen.text

    citizen.post(f"{case}/withdraw", {"csrf_token": token})
    assert citizen.status == 409
    assert "撤回" in citizen.text


def test_nobody_takes_back_what_is_not_theirs(city: City, case: str, newcomer: Any):
    other = newcomer(city).log_in("19900000002").get("/me")

    other.post(f"{case}/withdraw")

    assert other.status == 404


def test_a_draft_is_thrown_away(citizen: Visitor):
    draft = citizen.begin()

    citizen.get("/me").post(f"{draft}/delete")

    assert "没填完的申请" not in citizen.text
    assert citizen.get(f"{draft}/who").status == 404


def test_the_clock_stops_for_a_reason_and_goes_on(
    city: City, citizen: Visitor, case: str, clerk: Visitor
):
    page = clerk.path
    pause = re.search(rf'href="({page}/tasks/\d+/pause)"', clerk.body)
    assert pause
    reason = "要请专家看一下老人的身份材料。"

    clerk.get(pause[1]).post(pause[1], cause="expert_review", reason=reason, days="3")
    assert clerk.path == page
    assert "特别程序" in clerk.text
    citizen.get(case)
    assert reason in citizen.text
    assert "不算在办理时间里" in citizen.text

    clerk.get(page).post(pause[1].replace("/pause", "/resume"))
    assert "恢复计时" not in clerk.text


@pytest.mark.parametrize(
    ("cause", "reason", "days"), [("", "够长的一个理由，十个字以上。", ""), ("hearing", "短", "3")]
)
def test_a_pause_without_its_reason_is_not_taken(
    clerk: Visitor, cause: str, reason: str, days: str
):
    pause = re.search(r'href="(/staff/cases/\d+/tasks/\d+/pause)"', clerk.body)
    assert pause

    clerk.get(pause[1]).post(pause[1], cause=cause, reason=reason, days=days)

    assert clerk.status == 422
    assert reason in clerk.body


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("wrong", NEW, NEW, "原来的密码不对"),
        (PASSWORD, "short", "short", "至少"),
        (PASSWORD, NEW, NEW + "x", "两次输的新密码不一样"),
        (PASSWORD, "", "", "新密码"),
    ],
)
def test_a_password_is_not_changed_to_a_bad_one(
    city: City, newcomer: Any, old: str, new: str, again: str, sentence: str
):
    clerk = newcomer(city).work_as("hefang").get("/staff/password")

    clerk.post("/staff/password", old=old, new=new, again=again)

    assert clerk.status == 422
    assert sentence in clerk.text
    assert new not in clerk.body or new == ""


def test_a_new_password_ends_other_sessions(city: City, newcomer: Any):
    here, there = newcomer(city).work_as("hefang"), newcomer(city).work_as("hefang")

    here.get("/staff/password").post("/staff/password", old=PASSWORD, new=NEW, again=NEW)

    assert here.get("/staff").path == "/staff"
    assert there.get("/staff").path == "/staff/login"


def test_a_phone_that_is_not_confirmed_is_asked_for_a_name_first(city: City, newcomer: Any):
    citizen = newcomer(city).log_in("19900000099")

    citizen.get("/services/elder_allowance/new").post("/services/elder_allowance/new/start")
    assert citizen.path == "/me/real-name"
    citizen.post("/me/real-name", name="林雨", id_number="990102200109090084", back="/me")
    assert citizen.status == 422
    citizen.post("/me/real-name", name="林雨", id_number="990102200109090083", back="/me")

    assert citizen.path == "/me"
    assert "已经核对" in citizen.text


def test_who_corrects_one_answer_returns_to_the_check_page(citizen: Visitor):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    change = re.search(r'href="([^"#]+)#f-elder_phone"', citizen.body)
    assert change

    citizen.get(change[1]).post(
        change[1],
        rev=citizen.hidden("rev"),
        go="next",
        elder_name="李秀英",
        elder_id="990102194006150022",
        elder_phone="199",
    )
    assert "改好了，回去核对" in citizen.text
    citizen.post(
        change[1],
        rev=citizen.hidden("rev"),
        go="next",
        elder_name="李秀英",
        elder_id="990102194006150022",
        elder_phone="19900000399",
    )

    assert citizen.path == f"{draft}/check"
    assert "19900000399" in citizen.text


def test_a_task_is_handed_to_a_colleague_with_a_reason(city: City, clerk: Visitor, newcomer: Any):
    found = re.search(r'href="(/staff/cases/\d+/tasks/\d+/hand-over)"', clerk.body)
    assert found
    assert "现在没有同岗位的人可以接手" in clerk.get(found[1]).text
    clerk.post(found[1], reason="出差一周，请接着办这件")
    assert clerk.status == 422
    with city.house.store.write() as writer:
        post = writer.execute(select(t.post).where(t.post.c.role_code == "community_clerk"))
        own = next(row for row in post.mappings() if row["region_code"] == "990102001001")
        other = writer.execute(select(t.account).where(t.account.c.login == "machao")).one()
        mine = {"id": 77, "account_id": other.id, "party_id": other.party_id}
        writer.execute(insert(t.post), {**own, **mine})
    clerk.get(found[1]).post(found[1], to=str(other.party_id), reason="太忙")
    assert "理由太短" in clerk.text

    clerk.post(found[1], to=str(other.party_id), reason="出差一周，请接着办这件")

    assert clerk.path == "/staff"
    taken = newcomer(city).work_as("machao").get(found[1].partition("/tasks")[0])
    assert "转给马超" in taken.text
    assert "出差一周，请接着办这件" in taken.text


def test_an_empty_inbox_says_whether_anything_will_ever_come(city: City, newcomer: Any):
    clerk, designer = newcomer(city).work_as("qianhua"), newcomer(city).work_as("designer")

    assert "还没有待办" in clerk.get("/staff").text
    assert "您的岗位不办件" in designer.get("/staff").text


def test_who_has_done_a_task_is_led_to_the_next_one(city: City, citizen: Visitor, clerk: Visitor):
    first = clerk.path
    draft = citizen.begin()
    citizen.fill_all(draft, elder_name="王德福", elder_id="99010219360212001X")
    citizen.get(f"{draft}/check")
    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )
    done = {"verb": "pass", "opinion": "情况属实，同意。", "visit_way": "home",
            "visit_date": "2026-11-24"}  # fmt: skip

    clerk.post(f"{first}/act", task=clerk.hidden("task"), **done)

    assert "还有1件" in clerk.text
    found = re.search(r'rel="next" href="(/staff/cases/\d+)"', clerk.body)
    assert found
    assert found[1] != first
    clerk.get(found[1])
    assert clerk.status == 200


def test_special_procedure_and_handing_over_lead_back_to_their_case(clerk: Visitor):
    base = clerk.path
    task = clerk.hidden("task")

    for room in ("pause", "hand-over"):
        page = clerk.get(f"{base}/tasks/{task}/{room}").body
        assert f'class="btn btn--bare" href="{base}"' in page
