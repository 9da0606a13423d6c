"""Departments and regions that change with time, and sheets of people and regions."""

import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from app_definitions.sheets import Cell, Sheet
from gcrm.runtime import exports
from gcrm.store import tables as t

Visitor = Any
City = Any
BASE = "/staff/admin"


@pytest.fixture
def admin(city: City, newcomer: Any) -> Visitor:
    return newcomer(city).work_as("sysadmin")


def department(city: City, code: str) -> Any:
    with city.house.store.read() as reader:
        return reader.execute(sa.select(t.department).where(t.department.c.code == code)).one()


def option(visitor: Visitor, name: str) -> str:
    found = re.search(rf'<option value="(\d+)">\s*{name}</option>', visitor.body)
    assert found, name
    return found[1]


def test_a_department_is_made_moved_and_merged(city: City, admin: Visitor, newcomer: Any):
    admin.get(f"{BASE}/departments/new")
    new = {"code": "MZJ-X", "name": "新民政局", "parent": option(admin, "民政局")}
    admin.post(f"{BASE}/departments/new", {**new, "valid_from": "2026-11-24", "code": "MZJ"})
    assert "已经是“民政局”的" in admin.text
    admin.post(f"{BASE}/departments/new", {**new, "valid_from": "2026-11-24"})
    assert "新民政局" in admin.get(f"{BASE}/departments?q=新民政").text
    heir, old = department(city, "MZJ-X"), department(city, "MZJ-YD")

    page = f"{BASE}/departments/{department(city, 'MZJ').id}"
    admin.get(page).post(page, rev="1", name="民政局", parent=str(heir.id))
    assert "不能放到自己或自己的下级里" in admin.text
    end = f"{BASE}/departments/{old.id}/end"
    admin.get(end)
    assert re.search(r"\d个，\d人", admin.text)
    admin.post(end, rev="1", last_day="2026-11-23")
    assert "要选一个承接的部门" in admin.text
    admin.post(end, rev="1", last_day="2026-11-23", successor=str(heir.id))

    assert admin.path == f"{BASE}/departments"
    assert department(city, "MZJ-YD").successor_id == heir.id
    assert "由新民政局承接" in admin.get(f"{BASE}/departments?state=old").text
    assert "马超" in admin.get(f"{BASE}/people?department={heir.id}").text
    assert newcomer(city).work_as("machao").path == "/staff"


def test_an_old_form_of_a_department_says_who_was_faster(city: City, admin: Visitor, newcomer: Any):
    page = f"{BASE}/departments/{department(city, 'CZJ').id}"
    newcomer(city).work_as("sysadmin").get(page).post(page, rev="1", name="财政一局")

    admin.get(page).post(page, rev="1", name="财政二局")

    assert admin.status == 409
    assert "方正在" in admin.text


def test_a_region_ends_with_a_successor_and_stays_known(city: City, admin: Visitor):
    admin.get(f"{BASE}/regions/new")
    new = {"code": "990102003", "name": "新安街道", "parent": "990102", "valid_from": "2026-11-24"}
    admin.post(f"{BASE}/regions/new", {**new, "code": "12"})
    assert "6位、9位或12位" in admin.text
    admin.post(f"{BASE}/regions/new", new)
    assert "新安街道" in admin.text
    end = f"{BASE}/regions/990102001/end"
    admin.get(end).post(end, rev="1", last_day="2026-11-23")
    assert "要选一个承接的区划" in admin.text

    admin.post(end, rev="1", last_day="2026-11-23", successor="990102003")

    assert "由新安街道承接" in admin.get(f"{BASE}/regions?state=old").text
    assert department(city, "JD-CA").region_code == "990102003"
    with city.house.store.read() as reader:
        places = city.house.services.reference.at(reader, 1, city.clock.now).places
    assert places.get("990102001") is not None
    assert "990102001" not in [each.code for each in places.children("990102")]


def csv_file(text: str, name: str = "sheet.csv") -> dict[str, Any]:
    return {"file": (io.BytesIO(text.encode("gb18030")), name)}


def test_regions_are_looked_at_before_they_are_imported(city: City, admin: Visitor):
    page = f"{BASE}/regions/import"
    bad = "编码,名称,上级\n990102004,平安街道,990102\n12,x,\n990102005,,990102\n"
    admin.get(page).post(page, csv_file(bad))
    assert "有2处要改" in admin.text
    good = "编码,名称,上级\n990102004,平安街道,990102\n990102,云东新区,990100\n"
    admin.get(page).post(page, csv_file(good))
    assert "新的1个，改名1个" in admin.text
    assert "平安街道" not in admin.get(f"{BASE}/regions").text

    admin.get(page).post(page, csv_file(good))
    admin.post(page, go="1", rows=admin.hidden("rows"))

    assert "平安街道" in admin.text
    assert "云东新区" in admin.text
    assert "请选一个文件" in admin.get(page).post(page).text


def test_people_from_a_sheet_are_checked_cell_by_cell(city: City, admin: Visitor, newcomer: Any):
    page = f"{BASE}/people/import"
    head = ("姓名", "工号", "部门", "角色", "地区", "电话", "邮箱")
    rows = [
        ("宋江", "songjiang", "长安街道办事处", "街道民政办", "990102001", "19900000055", ""),
        ("卢俊义", "hefang", "无此部门", "安全管理员", "", "1", ""),
    ]

    def book(lines: list[tuple[str, ...]]) -> dict[str, Any]:
        sheet = Sheet("人员", head, tuple(tuple(Cell(v) for v in line) for line in lines))
        return {"file": (io.BytesIO(exports.workbook(sheet, dt.UTC)), "people.xlsx")}

    admin.get(page).post(page, book(rows))
    for sentence in ("有3处要改", "已经有人用了", "没有“无此部门”", "电话不对"):
        assert sentence in admin.text
    powers = ("卢俊义", "lujunyi", "财政局", "安全管理员", "", "", "")
    assert "只能由安全管理员" in admin.get(page).post(page, book([powers])).text
    admin.get(page).post(page, book(rows[:1]))
    assert "会建1个账号" in admin.text
    assert "songjiang" not in admin.get(f"{BASE}/people").text

    admin.get(page).post(page, book(rows[:1]))
    admin.post(page, go="1", rows=admin.hidden("rows"))
    secret = re.search(r">(\w{4}-\w{4}-\w{4}-\d{3})<", admin.body)
    assert secret

    song = newcomer(city).get("/staff/login")
    song.post("/staff/login", login="songjiang", password=secret[1])
    assert song.path == "/staff/password"


def test_a_sheet_that_is_none_is_a_sentence(admin: Visitor):
    page = f"{BASE}/people/import"

    for content in (b"PK\x03\x04broken", b"\xff\xfe\x00", b"a,b\n1,2\n", b"\n"):
        admin.get(page).post(page, {"file": (io.BytesIO(content), "x.xlsx")})
        assert admin.status == 422
    admin.get(page).post(page, go="1", rows="{")
    assert admin.status == 422


def test_a_grid_is_renamed_and_ended_and_everybody_can_read_it_up(city: City, admin: Visitor):
    made = {"code": "WG-01", "name": "和平一网格", "region": "990102001001"}
    admin.get(f"{BASE}/grids/new").post(f"{BASE}/grids/new", made)
    link = re.search(r'href="(/staff/admin/grids/\d+)"[^>]*>和平一网格', admin.body)
    assert link

    admin.get(link[1]).post(link[1], name="  ")
    assert admin.status == 422
    admin.post(link[1], name="和平第一网格")
    assert "和平第一网格" in admin.text
    admin.get(f"{link[1]}/end").post(f"{link[1]}/end", last_day="2020-01-01")
    assert "最后一天不能早于昨天" in admin.text
    admin.post(f"{link[1]}/end", last_day="2026-11-24")

    assert admin.status == 200
    with city.house.store.read() as reader:
        row = reader.execute(sa.select(t.grid).where(t.grid.c.code == "WG-01")).one()
        done = reader.execute(
            sa.select(t.audit.c.action).where(t.audit.c.subject == f"grid:{row.id}")
        ).scalars()
        assert list(done) == ["grid_created", "grid_edited", "grid_ended"]
    assert (row.name, row.valid_to) == ("和平第一网格", dt.date(2026, 11, 24))
    assert "撤销网格" not in admin.get(link[1]).text
