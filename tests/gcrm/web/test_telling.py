"""How people are told and what staff see of it: contact page, log, messages, bad ratings."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gcrm.access.actors import actor_of_account
from gcrm.runtime import jobs, rating_links, ratings
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.staff_ending import SET_DISABLED, SetDisabled
from gcrm.store import tables as t

GATEWAY = "open-sesame"


def work(city: Any, rounds: int = 3) -> None:
    worker = jobs.Worker(city.house)
    for _ in range(rounds):
        worker.turn()
    assert not worker.failures


def submit(citizen: Any) -> None:
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )


def one(city: Any, statement: Any) -> Any:
    with city.house.store.read() as reader:
        return reader.execute(statement).scalar_one()


def mails(city: Any) -> Any:
    return city.house.services.connectors.mail.port.mails()


def test_a_mail_address_is_confirmed_by_its_code_and_removed_again(city: Any, citizen: Any):
    page = citizen.get("/me/contact")
    page.post("/me/contact/mail", address="chen jing")
    wrong = (page.status, page.text)
    page.post("/me/contact/mail", address="chenjing@mail.example")
    code = re.search(r"\d{6}", mails(city)[0].text)
    assert code
    page.post("/me/contact/code", code="000000" if code[0] != "000000" else "111111")
    refused = (page.status, page.text)
    page.post("/me/contact/code", code=code[0])
    confirmed = page.text
    page.post("/me/contact", ways=["sms", "mail"], night="also")
    page.post("/me/contact/remove")

    assert wrong[0] == 422
    assert "chen jing" in page.text or "chen jing" in wrong[1] or "邮箱" in wrong[1]
    assert refused[0] == 422
    assert "还可以试4次" in refused[1]
    assert "@mail.example" in confirmed
    assert "chenjing" not in confirmed  # masked
    assert "换一个邮箱" in confirmed
    assert "加一个邮箱" in page.text
    with city.house.store.read() as reader:
        row = reader.execute(select(t.contact)).mappings().one()
    assert (row["sms"], row["mail"], row["night"]) == (True, False, True)


def test_messages_say_where_they_went(city: Any, citizen: Any):
    submit(citizen)
    work(city)

    citizen.get("/me/messages")

    assert re.search(r"也发到了：短信199\*\*\*\*\d{4}，已发出", citizen.text)


def test_the_log_says_failures_in_words_and_sends_again(city: Any, citizen: Any, newcomer: Any):
    city.sms.switch_away("isv.MOBILE_NUMBER_ILLEGAL", permanent=True)
    submit(citizen)
    work(city)
    city.sms.switch_back()
    admin = newcomer(city).work_as("sysadmin")

    admin.get("/staff/notices?channel=sms&state=failed&day=2026-11-24")
    failed = admin.text
    again = re.search(r'action="(/staff/notices/\d+/again)"', admin.body)
    assert again
    admin.post(again[1])
    work(city)
    admin.get("/staff/notices?state=sent")
    sent = admin.text
    admin.get("/staff/notices?state=nothing&day=yesterday&page=x")

    assert "手机号不对" in failed
    assert "N01 提交成功" in failed
    assert "199****" in failed
    assert "2次" in sent
    assert admin.status == 200
    assert newcomer(city).work_as("hefang").get("/staff/notices").status == 403


def test_a_gateway_reports_with_its_token_only(city: Any, citizen: Any, visitor: Any):
    submit(citizen)
    work(city)
    receipt = one(city, select(t.notice.c.receipt).where(t.notice.c.receipt.is_not(None)).limit(1))
    report = [{"biz_id": receipt, "success": True, "err_code": "DELIVERED",
               "report_time": "2026-11-24 10:03:00", "phone_number": "1"}]  # fmt: skip
    closed = visitor.client.post("/receipts/sms", json=report).status_code
    settings = replace(city.house.settings, receipt_token=GATEWAY)
    city.app.extensions["gcrm_house"] = replace(city.house, settings=settings)

    wrong = visitor.client.post("/receipts/sms", json=report, headers={"Authorization": "Bearer x"})
    headers = {"Authorization": f"Bearer {GATEWAY}"}
    taken = [
        visitor.client.post("/receipts/sms", json=each, headers=headers).get_json()
        for each in (report, report, {"no": "list"}, [None, {}, {"biz_id": "unknown"}])
    ]

    assert (closed, wrong.status_code) == (404, 404)
    assert [(each["known"], each["unknown"]) for each in taken] == [(1, 0), (1, 0), (0, 0), (0, 1)]
    assert one(city, select(t.notice.c.status).where(t.notice.c.receipt == receipt)) == "delivered"


@pytest.fixture
def rated(city: Any, citizen: Any) -> int:
    """A finished case of 陈静's that somebody found bad, without a name."""
    submit(citizen)
    case_id = int(one(city, select(t.case.c.id)))
    with city.house.store.write() as writer:
        writer.execute(t.case.update().values(state="completed", closed_at=city.clock()))
    with city.house.store.read() as reader:
        account = reader.execute(select(t.account.c.id).where(t.account.c.kind == "citizen"))
        assert account.first()
    token = rating_links.new_token()
    with city.house.store.write() as writer:
        row = rating_links.link_row(1, case_id, token, 180, city.clock())
        writer.execute(t.rating_link.insert(), row)
    where = Where(1, "203.0.113.9", token=token)
    city.house.run(ratings.RATE, None, ratings.Rate(where, 1, tags=("slow",), comment="等太久了"))
    work(city)
    return case_id


def test_a_bad_rating_reaches_others_who_answer_it(city: Any, rated: int, newcomer: Any):
    officer = newcomer(city).work_as("songqing")

    officer.get("/staff/messages")
    told = officer.text
    officer.get("/staff/ratings")
    listed = officer.body
    link = re.search(r'href="(/staff/ratings/\d+)"', listed)
    assert link
    officer.get(link[1]).post(link[1], verdict="valid", answer="太短")
    short = officer.text
    officer.post(link[1], verdict="valid", answer="已经向社区了解，今后两天内上门。")
    taken = officer.text
    officer.post(link[1], step="rectifying", measures="社区重新排了上门的日子。")
    officer.post(link[1], step="answering", answer="今后两天内上门，已经告诉社区。")
    officer.get("/staff/ratings?state=answered")

    assert "收到一条匿名评价：非常不满意" in told
    assert "等太久" in listed
    number = one(city, select(t.case.c.number))
    assert number not in listed  # anonymous: nothing leads to the person
    assert "李秀英" not in listed
    assert f"/staff/cases/{rated}" not in listed
    assert "至少10个字" in short
    assert "还剩15个工作日" in taken
    assert "做了哪些整改" in taken
    assert "核实属实，开始整改" in taken
    assert "已答复" in officer.text


def test_who_worked_on_the_case_does_not_see_its_rating(city: Any, rated: int, newcomer: Any):
    with city.house.store.write() as writer:
        head = select(t.account.c.party_id).where(t.account.c.login == "juzhang")
        writer.execute(t.task.update().values(assignee_id=head.scalar_subquery()))
    rating = one(city, select(t.rating.c.id))
    head = newcomer(city).work_as("juzhang")

    head.get("/staff/ratings")

    assert "等太久" not in head.text
    assert head.get(f"/staff/ratings/{rating}").status == 404
    assert newcomer(city).work_as("hefang").get("/staff/ratings").status == 403


def test_more_time_and_a_contest_are_asked_and_decided_on_the_page(
    city: Any, rated: int, newcomer: Any
):
    officer, head = newcomer(city).work_as("songqing"), newcomer(city).work_as("juzhang")
    link = f"/staff/ratings/{one(city, select(t.rating.c.id))}"
    reason = "录音里说的不是这件事，点错了"
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")

    head.get(link).post(f"{link}/contest", contest_reason="")
    nothing_given = head.text
    head.post(f"{link}/contest", contest_ground="mistaken", contest_reason=reason)
    bare = (head.status, head.text)
    picture.seek(0)
    head.post(
        f"{link}/contest",
        contest_ground="mistaken",
        contest_reason=reason,
        evidence=(picture, "录音.png"),
    )
    contested = head.text
    file = head.client.get(f"{link}/evidence")
    officer.get(link).post(f"{link}/judge", upheld="no", upheld_reason="短")
    short = officer.text
    officer.post(f"{link}/judge", upheld="no", upheld_reason="听过录音，说的就是这件事")
    officer.post(link, verdict="valid", answer="已经向社区了解，今后两天内上门。")
    taken = officer.text
    officer.post(f"{link}/extend", extend_days="99", extend_reason="要等部门统一改清单，来不及")
    too_long = officer.text
    officer.post(f"{link}/extend", extend_days="5", extend_reason="要等部门统一改清单，来不及")
    listed = head.get("/staff/ratings?state=asked").text
    head.get(link).post(
        f"{link}/extension", granted="yes", granted_reason="情况属实，同意延期，抓紧办"
    )
    nothing = head.get(f"{link}/nothing").status

    assert nothing_given.count("请附上证据") == 2  # in the summary and beside the file
    assert bare[0] == 422
    assert "请附上证据" in bare[1]
    assert reason in bare[1]  # what was typed is still there
    assert "申诉中，等着裁定" in contested
    assert "做了哪些整改" not in contested
    assert file.mimetype == "image/png"
    assert "至少10个字" in short
    assert "申请延期" in taken
    assert "延期要在1到10个工作日之间" in too_long
    assert "非常不满意" in listed
    assert "5个工作日 · 已同意" in head.get(link).text
    assert "还剩20个工作日" in head.text
    assert nothing in (404, 405)


def test_who_gets_the_tasks_of_an_ended_account_finds_them_by_the_message(
    city: Any, citizen: Any, newcomer: Any
):
    submit(citizen)
    with city.house.store.write() as writer:
        logins = {row.login: row for row in writer.execute(select(t.account))}
        clerk, other = logins["hefang"], logins["shenlan"]
        post = writer.execute(select(t.post).where(t.post.c.account_id == clerk.id)).mappings()
        row = {**post.one(), "id": 7, "account_id": other.id, "party_id": other.party_id}
        writer.execute(t.post.insert(), row)
        writer.execute(t.task.update().values(assignee_id=clerk.party_id))
    with city.house.store.read() as reader:
        admin = actor_of_account(reader, 1, logins["sysadmin"].id, city.clock())
    city.house.run(SET_DISABLED, admin, SetDisabled(clerk.id, True, hand_to=other.id))
    work(city)
    page = newcomer(city).work_as("shenlan").get("/staff/messages")

    text = page.text
    listed = page.body.partition('<ul class="msgs">')[2]
    links = re.findall(r'<p(?: class="num")?><a href="([^"]+)"', listed)
    opened = [page.get(link).status for link in links]
    case = page.text

    assert "何芳的账号停用了，原来的1件待办转给您" in text
    assert (links[0], opened) == ("/staff", [200, 200])
    assert "转给沈岚" in case
    assert "何芳的账号停用了" in case
