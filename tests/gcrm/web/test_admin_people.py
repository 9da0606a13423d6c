"""Administrators make, change and end accounts and posts; three of them, never one person."""

import re
from typing import Any

import pytest

from gcrm.demo import PASSWORD
from gcrm.store import tables as t

Visitor = Any
City = Any
OWN = "Liu-shu-2026-chun"


@pytest.fixture
def sysadmin(city: City, newcomer: Any) -> Visitor:
    return newcomer(city).work_as("sysadmin")


def find(visitor: Visitor, name: str) -> str:
    """Give the address of a person's page."""
    visitor.get(f"/staff/admin/people?q={name}")
    found = re.search(r'href="(/staff/admin/people/\d+)">', visitor.body)
    assert found, visitor.text
    return found[1]


def office(visitor: Visitor, name: str) -> str:
    """Give the value of a department in the form that was read last."""
    found = re.search(rf'<option value="(\d+)">\s*{name}</option>', visitor.body)
    assert found, name
    return found[1]


def make(visitor: Visitor, login: str, **more: str) -> Visitor:
    visitor.get("/staff/admin/people/new")
    return visitor.post("/staff/admin/people/new", name="宋江", login=login, **more)


def test_a_new_account_must_choose_its_own_password_first(
    city: City, newcomer: Any, sysadmin: Visitor
):
    sysadmin.get("/staff/admin/people/new")
    make(
        sysadmin,
        "songjiang",
        phone="199 0000 0099",
        department=office(sysadmin, "长安街道办事处"),
        role="street_civil",
        region="990102001",
    )
    secret = re.search(r'class="secret num">([^<]+)<', sysadmin.body)
    assert secret
    assert "街道民政办" in sysadmin.text
    assert "19900000099" in sysadmin.text

    song = newcomer(city).get("/staff/login")
    song.post("/staff/login", login="songjiang", password=secret[1])
    assert song.path == "/staff/password"
    assert song.get("/staff").path == "/staff/password"
    assert song.client.get("/api/cases").status_code == 403
    song.get("/staff/password")
    song.post("/staff/password", old=secret[1], new=OWN, again=OWN)

    assert song.path == "/staff"
    assert "songjiang" not in sysadmin.get("/staff/admin/people?state=idle").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"login": "hefang"}, "已经有人用了"),
        ({"login": "宋江"}, "只能用小写字母"),
        ({"login": "song", "phone": "12"}, "电话不对"),
        ({"login": "song", "mail": "a b"}, "邮箱地址不对"),
        ({"login": "song", "role": "street_civil"}, "要一起选"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    sysadmin: Visitor, fields: dict[str, str], sentence: str
):
    make(sysadmin, **fields)

    assert sysadmin.status in (409, 422)
    assert sentence in sysadmin.text
    assert 'value="宋江"' in sysadmin.body


def test_powers_are_given_by_the_security_administrator_alone(
    city: City, newcomer: Any, sysadmin: Visitor
):
    page = find(sysadmin, "何芳")
    sysadmin.get(f"{page}/posts/new")
    assert "安全管理员" not in sysadmin.body.partition('name="role"')[2].partition("</select>")[0]
    form = {
        "rev": "1",
        "department": office(sysadmin, "政务服务管理局"),
        "valid_from": "2026-11-24",
    }
    sysadmin.post(f"{page}/posts/new", {**form, "role": "sec_admin"})
    assert sysadmin.status == 422

    guard = newcomer(city).work_as("secadmin")
    guard.get(f"{page}/posts/new").post(f"{page}/posts/new", {**form, "role": "sys_admin"})
    assert guard.path == page
    guard.get(f"{page}/posts/new")
    guard.post(f"{page}/posts/new", {**form, "rev": "2", "role": "audit_admin"})
    assert "不能由同一个人担任" in guard.text

    sysadmin.get(f"{page}/password")
    assert sysadmin.status == 403
    assert "只能由安全管理员来改" in sysadmin.text


def test_nobody_changes_an_account_of_their_own(city: City, newcomer: Any):
    guard = newcomer(city).work_as("secadmin")
    page = find(guard, "严谨")

    assert guard.get(f"{page}/disable").status == 403
    assert "不能改自己的账号" in guard.text
    assert "加岗位" not in guard.get(page).text


def test_two_at_one_form_read_who_was_faster(city: City, newcomer: Any, sysadmin: Visitor):
    page = find(sysadmin, "何芳")
    other = newcomer(city).work_as("sysadmin").get(f"{page}/edit")
    other.post(f"{page}/edit", rev=other.hidden("rev"), name="何芳芳")
    late = sysadmin.get(page)

    late.post(f"{page}/edit", rev="1", name="何方", phone="19900000011")

    assert late.status == 409
    assert "方正在" in late.text
    assert "何芳芳" in late.text
    assert 'value="何方"' in late.body
    late.post(f"{page}/edit", rev=late.hidden("rev"), name="何方")
    assert late.status == 200
    assert "改姓名或联系方式" in late.text
    assert "何芳芳 → 何方" in late.text


def test_who_leaves_hands_the_tasks_over(
    city: City, citizen: Visitor, newcomer: Any, sysadmin: Visitor
):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    clerk = newcomer(city).work_as("hefang").get("/staff")
    case = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
    assert case
    token = clerk.get(case[1]).hidden("csrf_token")
    clerk.post(f"{case[1]}/tasks/{clerk.hidden('task')}/claim", csrf_token=token)
    page = find(sysadmin, "何芳")
    sysadmin.get(f"{page}/disable")
    assert "以后没有人的岗位" in sysadmin.text
    assert "1件" in sysadmin.text

    sysadmin.post(f"{page}/disable", rev="1", hand_to="office")

    assert sysadmin.path == page
    assert "已停用" in sysadmin.text
    assert clerk.get("/staff").path == "/staff/login"
    with city.house.store.read() as reader:
        tasks = reader.execute(t.task.select()).mappings().all()
        events = reader.execute(t.event.select()).mappings().all()
    assert [task["assignee_id"] for task in tasks if task["status"] == "open"] == [None]
    assert events[-1]["type"] == "task_released"
    sysadmin.get(f"{page}/enable").post(f"{page}/enable", rev="2")
    assert newcomer(city).work_as("hefang").path == "/staff"


def test_what_cannot_be_undone_asks_for_the_password_once_more(
    city: City, newcomer: Any, sysadmin: Visitor
):
    page = find(sysadmin, "何芳")
    city.clock.pass_by(minutes=11)
    sysadmin.get(f"{page}/password")
    assert 'name="your_password"' in sysadmin.body

    sysadmin.post(f"{page}/password", rev="1", your_password="wrong")  # noqa: S106
    assert sysadmin.status == 422
    assert "密码不对" in sysadmin.text
    sysadmin.post(f"{page}/password", rev="1", your_password=PASSWORD)

    assert "只显示这一次" in sysadmin.text
    assert "第一次登录要换" in sysadmin.text
    assert 'name="your_password"' not in sysadmin.get(f"{page}/password").body


def test_an_account_is_locked_until_somebody_unlocks_it(
    city: City, newcomer: Any, sysadmin: Visitor
):
    page = find(sysadmin, "何芳")
    sysadmin.get(f"{page}/lock").post(f"{page}/lock", rev="1")
    assert "管理员锁住了" in newcomer(city).work_as("hefang").text
    assert "何芳" in sysadmin.get("/staff/admin/people?state=locked").text

    sysadmin.get(f"{page}/lock").post(f"{page}/lock", rev="2")

    assert newcomer(city).work_as("hefang").path == "/staff"


def test_a_post_ends_on_its_last_day(sysadmin: Visitor, city: City, newcomer: Any):
    page = find(sysadmin, "何芳")
    sysadmin.get(page)
    end = re.search(rf'href="({page}/posts/\d+/end)"', sysadmin.body)
    assert end
    sysadmin.get(end[1]).post(end[1], rev="1", last_day="2026-11-20")
    assert "不能早于昨天" in sysadmin.text

    sysadmin.post(end[1], rev="1", last_day="2026-11-23")

    assert "已结束" in sysadmin.text
    assert "何芳" in sysadmin.get("/staff/admin/people?state=idle").text


def test_department_administrators_see_their_own_offices(city: City, newcomer: Any):
    local = newcomer(city).work_as("mzadmin").get("/staff/admin/people")

    assert "马超" in local.text
    assert "何芳" not in local.text
    other = find(newcomer(city).work_as("sysadmin"), "何芳")
    assert local.get(other).status == 404
    assert local.get(f"{other}/edit").status == 404
    local.get("/staff/admin/people/new")
    assert "长安街道办事处" not in local.body
    make(local, "songjiang")
    assert "请至少选一个岗位" in local.text
    make(local, "songjiang", department=office(local, "云东区民政局"), role="mz_a")
    assert "只显示这一次" in local.text


def test_the_security_administrator_ends_sessions(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")
    guard = newcomer(city).work_as("secadmin").get("/staff/admin/sessions?q=hefang")
    end = re.search(r'href="(/staff/admin/sessions/\d+/\w+/end)"', guard.body)
    assert end
    guard.get(end[1])

    guard.post(
        "/staff/admin/sessions/end", account=guard.hidden("account"), key=guard.hidden("key")
    )

    assert "已退出这些登录" in guard.text
    assert clerk.get("/staff").path == "/staff/login"


def test_everybody_ends_their_own_other_sessions(city: City, newcomer: Any):
    here, there = newcomer(city).work_as("hefang"), newcomer(city).work_as("hefang")

    here.get("/staff/account")
    assert here.text.count("网络地址") == 1
    here.post("/staff/account/sessions/end")

    assert here.get("/staff").path == "/staff"
    assert there.get("/staff").path == "/staff/login"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_rooms_open_for_those_who_have_the_right(city: City, newcomer: Any, language: str):
    clerk = newcomer(city, language).work_as("hefang")
    assert clerk.get("/staff/admin").status == 403
    assert "/staff/admin" not in clerk.get("/staff").body
    for path in ("people", "people/new", "sessions"):
        assert clerk.get(f"/staff/admin/{path}").status == 403
    admin = newcomer(city, language).work_as("sysadmin").get("/staff/admin")
    assert admin.status == 200
    assert "/staff/admin/people" in admin.body
    assert admin.get("/staff/admin/sessions").status == 403
