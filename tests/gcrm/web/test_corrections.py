"""A correction from both sides of the counter, without script, in both languages."""

import io
import re

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from gcrm.runtime.attachments import MOST
from gcrm.store import tables as t

VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}


def apply(citizen):
    citizen.fill_all(citizen.begin())
    citizen.get(re.sub(r"/[a-z]+$", "/check", citizen.path))
    link = re.search(r'action="(/apply/\d+/submit)"', citizen.body)
    assert link
    citizen.post(link[1], key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    case = re.search(r"/me/cases/(\d+)", citizen.path)
    assert case, citizen.text[:500]
    return case[1]


@pytest.fixture
def clerk(city, newcomer):
    return newcomer(city).work_as("hefang")


def open_list(clerk, case):
    clerk.get(f"/staff/cases/{case}")
    link = re.search(r'href="(/staff/cases/\d+/tasks/\d+/correct)"', clerk.body)
    assert link, clerk.text
    return clerk.get(link[1])


def send(clerk, **words):
    fields = {"go": "send", "free": "1", "due": "2026-12-08"}
    return clerk.post(clerk.path, {**fields, **words})


PHONE = {"item": ["elder_phone"], "phrase-elder_phone": "unreachable"}
REGISTER = {
    "label-free_1": "户口本首页照片",
    "phrase-free_1": "missing_paper",
    "what-free_1": "",
    "fix-free_1": "",
}


def test_the_clerk_sees_what_may_be_mended_and_the_day_is_filled_in(citizen, clerk):
    case = apply(citizen)

    open_list(clerk, case)

    assert clerk.status == 200
    assert 'value="2026-12-09"' in clerk.body
    assert "15天内" in clerk.text
    assert "示例参数" in clerk.text
    assert 'value="elder_phone"' in clerk.body
    assert 'value="elder_id"' not in clerk.body
    assert 'value="bank"' not in clerk.body


def test_what_is_missing_is_said_beside_its_line_and_nothing_is_lost(citizen, clerk):
    case = apply(citizen)
    open_list(clerk, case)

    empty = send(clerk).status
    send(clerk, item=["elder_name"], **{"what-elder_name": "错字"}, due="2026-12-31")

    assert (empty, clerk.status) == (422, 422)
    assert 'id="c-fix-elder_name" name="fix-elder_name"' in clerk.body
    assert 'href="#c-fix-elder_name"' in clerk.body
    assert 'value="错字"' in clerk.body
    assert 'href="#c-due"' in clerk.body
    assert "12月24日" in clerk.text


def test_another_line_can_be_added_without_script(citizen, clerk):
    case = apply(citizen)
    open_list(clerk, case)

    clerk.post(clerk.path, {**PHONE, "free": "1", "go": "more", "due": "2026-12-08"})

    assert clerk.status == 200
    assert 'name="label-free_2"' in clerk.body
    assert re.search(r'value="elder_phone" checked', clerk.body)


def test_both_sides_until_the_same_step_goes_on(citizen, clerk, picture):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE, **REGISTER)
    assert "待补正" in clerk.text
    assert "等申请人补" in clerk.text
    citizen.get(f"/me/cases/{case}")
    assert "请在12月8日（周二）前补好2样" in citizen.text
    assert "户口本首页照片" in citizen.text
    assert "请填一个能接通的手机号" in citizen.text

    citizen.get(f"/me/cases/{case}/correct")
    assert 'name="elder_phone"' in citizen.body
    assert 'name="elder_name"' not in citizen.body
    unchanged = citizen.post(citizen.path, rev="0", go="next", elder_phone="19900000312")
    assert "这一项还和原来一样" in unchanged.text
    citizen.post(
        f"/me/cases/{case}/correct",
        rev=citizen.hidden("rev"),
        go="next",
        elder_phone="19900000002",
        reply_i2_files__new=picture("户口本.png"),
        reply_i2_note="第一页",
    )
    assert citizen.path.endswith("/check"), citizen.text
    assert "户口本.png" in citizen.text
    citizen.post(
        f"/me/cases/{case}/correct/submit",
        key=citizen.hidden("key"),
        rev=citizen.hidden("rev"),
    )
    assert citizen.path == f"/me/cases/{case}"
    assert "补好的材料交到了" in citizen.text

    clerk.get(f"/staff/cases/{case}")
    assert "审查中" in clerk.text
    assert re.search(r"<del.*312.*</del> <ins>.*0002", clerk.body)
    assert "第一页" in clerk.text
    assert "户口本.png" in clerk.text
    clerk.post(
        f"/staff/cases/{case}/act",
        task=clerk.hidden("task"),
        verb="pass",
        opinion="属实",
        **VISIT,
    )
    assert "街道初审" in clerk.text


def test_the_list_reads_in_english(city, citizen, clerk, newcomer):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE)
    guest = newcomer(city, "en").log_in("19900000001")

    guest.get(f"/me/cases/{case}")
    seen = guest.text
    guest.get(f"/me/cases/{case}/correct")

    assert "Please correct 1 thing by Tue 8 Dec" in seen
    assert "Nobody can be reached under this number." in guest.text
    assert "What is wrong" in guest.text


def test_somebody_elses_list_is_not_there(city, citizen, clerk, newcomer):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE)
    other = newcomer(city).log_in("19900000002")

    assert other.get(f"/me/cases/{case}/correct").status == 404
    other.get("/me")
    assert other.post(f"/me/cases/{case}/correct", rev="0", elder_phone="1").status == 404


def test_a_photo_added_to_a_correction_is_turned_without_script(city, citizen, clerk, picture):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE, **REGISTER)
    here = f"/me/cases/{case}/correct"
    citizen.get(here)
    citizen.post(
        here, rev=citizen.hidden("rev"), go="next", reply_i2_files__new=picture("户口本.png")
    )
    [own] = re.findall(r'name="turn" value="(\d+)"', citizen.body)
    before = digests(city)

    citizen.post(here, rev=citizen.hidden("rev"), turn=own, elder_phone="19900000002")

    assert (citizen.status, citizen.path) == (200, here)
    assert 'value="19900000002"' in citizen.body
    assert digests(city)[own] != before[own]
    assert {name for name in before if digests(city)[name] != before[name]} == {own}


def test_a_photo_that_was_handed_in_stays_as_it_is(city, citizen, clerk):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE)
    before = digests(city)
    [signed] = before
    citizen.get(f"/me/cases/{case}/correct")

    citizen.post(citizen.path, rev=citizen.hidden("rev"), turn=signed)

    assert citizen.status == 404
    assert digests(city) == before


def test_a_thousand_files_for_a_correction_are_thirty_and_a_sentence(citizen, clerk):
    case = apply(citizen)
    open_list(clerk, case)
    send(clerk, **PHONE, **REGISTER)
    citizen.get(f"/me/cases/{case}/correct")
    many = [FileStorage(io.BytesIO(b"\x89PNG\r\n\x1a\n"), filename="a.png") for _ in range(1000)]

    citizen.post(
        citizen.path, {"rev": citizen.hidden("rev"), "go": "next", "reply_i2_files-new": many}
    )

    assert citizen.status == 200
    assert f"只收下了前{MOST}个" in citizen.text
    assert "data-sending" in citizen.body


def digests(city):
    """Give what each stored file holds."""
    with city.house.store.read() as reader:
        return {str(row.id): row.digest for row in reader.execute(select(t.attachment))}
