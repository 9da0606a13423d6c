"""Nobody who reads English meets the Chinese name of an office or a role."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

import sqlalchemy as sa
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from gcrm.demo import PASSWORD
from gcrm.store import tables as t

City = Any
Visitor = Any

SHEET = "/staff/admin/departments/import/sheet"
CLOSED = ("/view", "/verify", "/login", "/staff/login", "/static", "/files", SHEET)
"""What changes the language, shows papers (they bear the Chinese name) or lists both names."""
STAFF = (
    "hefang", "juzhang", "songqing", "designer", "sysadmin", "secadmin", "auditor", "mzadmin",
)  # fmt: skip
MET = {
    "admin.audit", "admin.department_list", "admin.new_post", "admin.people_list", "admin.person",
    "admin.role", "admin.role_list", "boards.show", "casework.case", "catalogue.item",
    "catalogue.listing", "hand_over.ask", "inbox.show", "mine.case", "portal.start",
}  # fmt: skip
"""Views that the walk must have found: it ends early where a link is lost."""
MARK = re.compile("⟦[^⟧]*⟧")


def plant(city: City) -> None:
    """Give every office and role a Chinese name that stands nowhere else."""
    d, r, s = t.department, t.role, t.service_item
    with city.house.store.write() as writer:
        for row in writer.execute(sa.select(d.c.id, d.c.name, d.c.code)).all():
            name = f"⟦{row.code}⟧"
            writer.execute(sa.update(d).where(d.c.id == row.id).values(name=name))
            listed = s.c.department_name == row.name
            writer.execute(sa.update(s).where(listed).values(department_name=name))
        writer.execute(sa.update(r).values(name="⟦" + r.c.code + "⟧"))
    city.house.services.reference.forget(1)


def apply(visitor: Visitor) -> None:
    """Hand in an application."""
    draft = visitor.begin()
    visitor.fill_all(draft)
    visitor.get(f"{draft}/check").post(
        f"{draft}/submit", key=visitor.hidden("key"), rev=visitor.hidden("rev")
    )


def add_colleague(city: City) -> None:
    """Give 何芳 a colleague: 林雨, who may then get her tasks."""
    account = t.account.c
    with city.house.store.write() as writer:
        who = writer.execute(
            sa.select(account.id, account.party_id).where(account.login == "linyu")
        ).one()
        post = (
            writer.execute(
                sa.select(t.post)
                .join(t.account, account.id == t.post.c.account_id)
                .where(account.login == "hefang")
            )
            .mappings()
            .one()
        )
        mine = {"id": 1, "account_id": who.id, "party_id": who.party_id}
        writer.execute(sa.insert(t.post), {**post, **mine})


def walk(visitor: Visitor, starts: tuple[str, ...], seen: Counter[str]) -> Iterator[str]:
    """Open the pages that links lead to, two of each view that nobody has `seen` before."""
    waiting, met = [*starts], {*starts}
    while waiting:
        path = waiting.pop()
        view = view_of(visitor.city, path)
        if not view or (seen[view] >= 2 and path not in starts):
            continue
        visitor.get(path)
        if visitor.status == 200 and visitor.body:
            seen[view] += 1
            yield view
        for link in re.findall(r'href="(/[^"#]*)', visitor.body):
            address = unescape(link)
            if address not in met and not address.startswith(CLOSED):
                met.add(address)
                waiting.append(address)


def view_of(city: City, address: str) -> str:
    """Name the view that answers an address, "" where none does."""
    try:
        view, _values = city.app.url_map.bind("localhost").match(address.partition("?")[0])
    except (HTTPException, RequestRedirect):
        return ""
    return str(view)


def test_pages_in_english_show_no_chinese_name_of_an_office_or_role(
    city: City, newcomer: Any
) -> None:
    citizen = newcomer(city, "en").log_in("19900000001")
    apply(citizen)
    add_colleague(city)
    plant(city)
    colleagues = ""
    found: dict[str, set[str]] = {}
    read: set[str] = set()
    seen: Counter[str] = Counter()

    for who in (citizen, *(newcomer(city, "en").work_as(login) for login in STAFF)):
        for page in walk(who, ("/",) if who is citizen else ("/staff", "/staff/admin"), seen):
            read.add(page)
            colleagues += who.text if page == "hand_over.ask" else ""
            shown = re.sub(r'value="[^"]*"', "", unescape(who.body))  # forms ask for both names
            if marks := set(MARK.findall(shown)):
                found.setdefault(page, marks)

    assert found == {}
    assert read >= MET
    assert "林雨 · Heping Community" in colleagues


BASE = "/staff/admin"


def names_of(city: City, table: Any, code: str) -> Any:
    with city.house.store.read() as reader:
        return reader.scalar(sa.select(table.c.names).where(table.c.code == code))


def department_page(city: City, code: str) -> str:
    with city.house.store.read() as reader:
        key = reader.scalar(sa.select(t.department.c.id).where(t.department.c.code == code))
    return f"{BASE}/departments/{key}"


def test_an_english_name_of_an_office_is_entered_judged_and_audited(
    city: City, newcomer: Any
) -> None:
    admin, page = newcomer(city).work_as("sysadmin"), department_page(city, "CZJ")
    admin.get(page)
    known = {"rev": "1", "name": "财政局"}

    admin.post(page, {**known, "english": "财政局"})
    refused = admin.text
    admin.post(page, {**known, "english": "F" * 121})
    long = admin.status
    admin.post(page, {**known, "english": " Treasury Office "})

    assert "英文名称里没有英文字母" in refused
    assert long == 422
    assert names_of(city, t.department, "CZJ") == {"en": "Treasury Office"}
    assert "Treasury Office" in newcomer(city, "en").work_as("sysadmin").get(page).text
    told = newcomer(city).work_as("auditor").get(f"{BASE}/audit?action=department_edited").text
    assert "英文名称：Finance Bureau → Treasury Office" in told
    admin.get(page).post(page, {**known, "rev": "2", "english": ""})
    assert names_of(city, t.department, "CZJ") is None
    assert "财政局" in newcomer(city, "en").work_as("sysadmin").get(page).text


def test_a_new_office_has_its_english_name_at_once(city: City, newcomer: Any) -> None:
    admin = newcomer(city, "en").work_as("sysadmin")
    new = {"code": "DAJ", "name": "档案局", "valid_from": "2026-11-24"}

    admin.get(f"{BASE}/departments/new")
    admin.post(f"{BASE}/departments/new", {**new, "english": "Archives Bureau", "code": "CZJ"})
    taken = admin.text
    admin.post(f"{BASE}/departments/new", {**new, "english": "Archives Bureau"})

    assert "The code “CZJ” belongs to “Finance Bureau”." in taken
    assert names_of(city, t.department, "DAJ") == {"en": "Archives Bureau"}
    assert "Archives Bureau" in admin.get(f"{BASE}/departments?q=archives").text


def test_a_role_of_the_platform_has_an_english_name(city: City, newcomer: Any) -> None:
    admin = newcomer(city, "en").work_as("secadmin")
    new = {"code": "helper", "name": "帮办员", "english": "Helper", "password": PASSWORD}

    admin.get(f"{BASE}/roles/new").post(f"{BASE}/roles/new", new)

    assert names_of(city, t.role, "helper") == {"en": "Helper"}
    assert "<h1>Helper</h1>" in admin.get(f"{BASE}/roles/helper").body
    edit = f"{BASE}/roles/helper/edit"
    assert 'value="Helper"' in admin.get(edit).body
    admin.post(edit, rev="1", name="帮办员", english="Guide", password=PASSWORD)
    assert names_of(city, t.role, "helper") == {"en": "Guide"}


def test_a_sheet_of_people_may_name_offices_and_roles_in_english(city: City, newcomer: Any) -> None:
    admin = newcomer(city, "en").work_as("sysadmin")
    rows = (
        "name,login,department,role\n"
        "宋江,songjiang,Chang'an Sub-district Office,Street civil affairs office\n"
    )

    admin.get(f"{BASE}/people/import").post(
        f"{BASE}/people/import", {"file": (io.BytesIO(rows.encode()), "people.csv")}
    )

    assert "1 account will be made" in admin.text or "1 accounts will be made" in admin.text


def test_departments_come_from_a_sheet_that_can_be_taken_out(city: City, newcomer: Any) -> None:
    admin, page = newcomer(city, "en").work_as("sysadmin"), f"{BASE}/departments/import"

    def send(text: str) -> str:
        file = {"file": (io.BytesIO(text.encode()), "departments.csv")}
        return str(admin.get(page).post(page, file).text)

    out = admin.get(f"{page}/sheet?kind=csv").answer.get_data().decode("utf-8-sig")
    book = admin.get(f"{page}/sheet?kind=xlsx").answer.get_data()
    changed = out.replace("Finance Bureau", "Treasury").replace("Taxation Bureau", "")
    changed = changed.replace("XFJ,消防救援支队", "XFJ,")  # an empty name is left alone
    shown = send(f"{changed}DAJ-1,档案一科,,档案局,\nDAJ,档案局,Archives Bureau,,990100\n")
    before = names_of(city, t.department, "CZJ")
    admin.post(page, go="1", rows=admin.hidden("rows"))

    assert "CZJ,财政局,Finance Bureau,YZ,990100" in out
    assert book.startswith(b"PK")
    assert "2 new, 1 renamed, 32 the same" in shown
    assert before == {"en": "Finance Bureau"}
    assert admin.path == f"{BASE}/departments"
    assert names_of(city, t.department, "CZJ") == {"en": "Treasury"}
    assert names_of(city, t.department, "SWJ") == {"en": "Taxation Bureau"}
    assert names_of(city, t.department, "DAJ") == {"en": "Archives Bureau"}
    with city.house.store.read() as reader:
        above = sa.select(t.department.c.parent_id).where(t.department.c.code == "DAJ")
        assert reader.execute(above).scalar_one() is None
    assert "Archives Bureau" in admin.get(department_page(city, "DAJ-1")).text
    auditor = newcomer(city, "en").work_as("auditor")
    told = auditor.get(f"{BASE}/audit?action=department_edited").text
    assert "English name: Finance Bureau → Treasury" in told
    assert auditor.get(page).status == 403


def test_what_is_wrong_in_a_sheet_of_departments_is_said_and_nothing_is_written(
    city: City, newcomer: Any
) -> None:
    admin, page = newcomer(city).work_as("sysadmin"), f"{BASE}/departments/import"
    lines = (
        "编码,名称,英文名称,上级,地区",
        "CZJ,,财政局,,",
        "MZJ,民政一局,,,",
        "MZJ,民政二局,,,",
        "乱,乱局,,,",
        "NEW,,,,",
        "LOST,新局,,NOBODY,123456",
        f"LONG,{'局' * 121},,,",
        "A,甲局,,B,",
        "B,乙局,,A,",
    )

    file = {"file": (io.BytesIO("\n".join(lines).encode()), "departments.csv")}
    said = admin.get(page).post(page, file).text
    admin.post(page, go="1", rows=json.dumps([each.split(",") for each in lines[1:]]))

    for sentence in (
        "有9处要改",
        "英文名称里没有英文字母",
        "“MZJ”在表里写了两次",
        "请填写部门名称",
        "没有“NOBODY”这个部门",
        "没有“123456”这个区划",
        "名称最多120个字符",
        "不能放到自己或自己的下级里",
    ):
        assert sentence in said
    assert "有9处要改" in admin.text
    assert "民政一局" not in admin.get(f"{BASE}/departments").text
    assert "甲局" not in admin.text


def test_services_are_found_by_the_english_name_of_their_office(city: City, newcomer: Any) -> None:
    found = newcomer(city, "en").get("/services?q=public+security+bureau").body

    offices = re.findall(r'<p class="why">(?:<[^>]+>)?([^<:]+)', found)
    assert offices
    assert set(offices[:5]) == {"Public Security Bureau"}
