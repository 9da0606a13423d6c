"""Calendar, parameters and dictionaries: data with days and sources, never over the past."""

import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from gcrm.store import tables as t

Visitor = Any
City = Any
APP = "elder_allowance"


@pytest.fixture
def admin(city: City, newcomer: Any) -> Visitor:
    return newcomer(city).work_as("sysadmin")


@pytest.fixture
def case(citizen: Visitor) -> Visitor:
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    return citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))


def due(city: City) -> list[dt.datetime]:
    with city.house.store.read() as reader:
        return list(reader.execute(sa.select(t.clock.c.due_at).order_by(t.clock.c.id)).scalars())


def test_a_year_shows_its_days_and_tries_a_term_out(admin: Visitor):
    admin.get("/staff/admin/calendar?year=2026&from=2026-09-30&days=5")

    assert admin.status == 200
    assert "10月13日" in admin.text
    assert "全年工作日248天" in admin.text
    assert "2027年的放假安排还没有导入" in admin.get("/staff/admin/calendar?year=2027").text
    assert admin.get("/staff/admin/calendar?year=99999&from=x&days=-1").status == 200


def test_a_day_changed_by_hand_moves_the_deadlines_across_it(
    city: City, case: Visitor, admin: Visitor
):
    before = due(city)
    page = "/staff/admin/calendar/day"
    form = {"day": "2026-11-25", "working": "off", "name": "防汛停工"}
    admin.get(page).post(page, form)
    assert "还没有写依据" in admin.text

    admin.post(page, {**form, "source": "市政府通知"})

    assert admin.path == "/staff/admin/calendar"
    assert "市政府通知" in admin.text
    assert all(new > old for old, new in zip(before, due(city), strict=True))
    admin.get(page).post(page, {**form, "working": "back"})
    assert due(city) == before


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("2027-03-01", "还没有导入"), ("2026-11-28", "本来就是这样"), ("2026-11-20", "2026")],
)
def test_days_that_cannot_be_changed_say_why(admin: Visitor, day: str, sentence: str):
    admin.get("/staff/admin/calendar/day")
    admin.post("/staff/admin/calendar/day", day=day, working="off", source="通知")

    assert admin.status in (409, 422)
    assert sentence in admin.text


def test_a_years_file_is_imported_and_days_changed_by_hand_stay(city: City, admin: Visitor):
    page = "/staff/admin/calendar/day"
    admin.get(page).post(page, day="2026-12-01", working="off", source="防汛通知")
    file = "/staff/admin/calendar/import"
    admin.get(file).post(file, source="通知")
    assert "请选一个文件" in admin.text
    lines = "\n".join(f"2026-12-{day:02},放假,节日" for day in range(7, 19))

    admin.get(file)
    admin.post(file, {"source": "新的通知", "file": (io.BytesIO(lines.encode()), "2026.csv")})

    assert admin.path == "/staff/admin/calendar"
    assert "防汛通知" in admin.text
    assert "新的通知" in admin.text
    admin.get(file).post(file, {"source": "x", "file": (io.BytesIO(b"2026-13-01,x"), "x.csv")})
    assert "的日期" in admin.text


def parameter(admin: Visitor) -> str:
    """Give the address of the first parameter of the allowance."""
    admin.get(f"/staff/admin/parameters?app={APP}")
    found = re.search(rf'href="(/staff/admin/parameters/{APP}/\w+)"', admin.body)
    assert found
    return found[1]


def value(city: City, code: str, day: dt.date) -> Any:
    with city.house.store.read() as reader:
        city.house.services.reference.forget(1)
        lists = city.house.services.reference.at(reader, 1, city.clock.now)
        app = city.house.services.apps.current(reader, 1, APP)
    return lists.parameters_at(app.definition.parameters, APP, None, day).get(code)


def test_a_value_counts_from_its_day_on_and_goes_before_the_release(city: City, admin: Visitor):
    page = "/staff/admin/parameters/elder_allowance/min_age"
    if admin.get(page).status == 404:
        page = parameter(admin)
    code = page.rpartition("/")[2]
    with city.house.store.read() as reader:
        kind = (
            reader.execute(sa.select(t.parameter.c.type).where(t.parameter.c.code == code))
            .scalars()
            .first()
        )
    new = {"number": "85", "money": "85", "date": "2027-01-01"}.get(str(kind), "990103")
    old = value(city, code, dt.date(2026, 11, 24))
    form = {"value": new, "effective_from": "2027-01-01", "source": "云民发〔2026〕9号"}

    admin.get(f"{page}/new").post(f"{page}/new", {**form, "effective_from": "2026-11-01"})
    assert "以前的值不能改" in admin.text
    admin.post(f"{page}/new", form)

    assert admin.path == page
    assert "云民发〔2026〕9号" in admin.text
    assert value(city, code, dt.date(2026, 12, 31)) == old
    assert str(value(city, code, dt.date(2027, 1, 1))) == new
    admin.get(f"{page}/new").post(f"{page}/new", form)
    assert "已经有一个值" in admin.text
    end = re.search(r'href="(/staff/admin/parameters/values/\d+/end)"', admin.get(page).body)
    assert end
    admin.get(end[1]).post(end[1], last_day="2026-11-23")
    assert value(city, code, dt.date(2027, 1, 1)) == old


def test_a_later_value_ends_the_one_before_it(city: City, admin: Visitor):
    page = parameter(admin)
    for day in ("2027-01-01", "2028-01-01"):
        with city.house.store.read() as reader:
            first = (
                reader.execute(
                    sa.select(t.parameter.c.value).where(
                        t.parameter.c.code == page.rpartition("/")[2]
                    )
                )
                .scalars()
                .first()
            )
        admin.get(f"{page}/new")
        admin.post(f"{page}/new", value=str(first), effective_from=day, source="文件")

    with city.house.store.read() as reader:
        rows = reader.execute(
            sa.select(t.parameter.c.effective_to)
            .where(t.parameter.c.origin == "office")
            .order_by(t.parameter.c.effective_from)
        ).scalars()
        assert list(rows) == [dt.date(2027, 12, 31), None]


def test_an_entry_is_offered_from_its_day_on_and_ended_with_a_successor(city: City, admin: Visitor):
    with city.house.store.write() as writer:
        writer.execute(
            sa.insert(t.dictionary), {"tenant_id": 1, "code": f"{APP}.shop", "name": "银行"}
        )
        writer.execute(
            sa.insert(t.dictionary_entry),
            {
                "tenant_id": 1, "dictionary": f"{APP}.shop", "code": "old", "label": "老银行",
                "valid_from": dt.date(2020, 1, 1), "position": 0,
            },
        )  # fmt: skip
    page = f"/staff/admin/dictionaries/{APP}.shop"
    assert "银行" in admin.get("/staff/admin/dictionaries").text
    form = {"code": "new", "label": "新银行", "valid_from": "2026-11-24"}

    admin.get(f"{page}/new").post(f"{page}/new", {**form, "code": "old"})
    assert "已经用过" in admin.text
    admin.post(f"{page}/new", form)
    assert "新银行" in admin.text
    end = f"{page}/old/2020-01-01/end"
    admin.get(end).post(end, last_day="2026-11-30", successor="new")

    assert admin.path == page
    with city.house.store.read() as reader:
        entries = city.house.services.reference.at(reader, 1, city.clock.now).entries
    assert [(e.code, e.successor) for e in entries[f"{APP}.shop"]] == [
        ("old", "new"), ("new", None),
    ]  # fmt: skip


def test_others_only_look_or_see_nothing(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")

    for path in ("calendar", "calendar/day", "parameters", "dictionaries", "calendar/import"):
        assert clerk.get(f"/staff/admin/{path}").status == 403


def test_the_platforms_own_numbers_are_changed_on_the_same_page(
    city: City, admin: Visitor, newcomer: Any
):
    page = "/staff/admin/parameters/-/quiet_from"
    form = {"value": "22", "effective_from": "2027-01-01", "source": "云政办〔2026〕3号"}

    listed = admin.get("/staff/admin/parameters?app=-").body
    admin.get(f"{page}/new").post(f"{page}/new", {**form, "value": "25"})
    assert admin.status == 422
    assert 'value="25"' in admin.body
    assert "要在0和24之间" in admin.text
    admin.post(f"{page}/new", form)

    assert "夜间不发的开始钟点" in listed
    assert "21点" in listed
    assert "平台自带" in listed
    assert APP not in listed.partition("<table")[2]
    assert admin.path == page
    assert "22点" in admin.text
    assert "云政办〔2026〕3号" in admin.text
    english = newcomer(city, "en").work_as("sysadmin").get(page).text
    assert "Quiet hours begin at" in english
    assert "The platform's default; set locally" in english
    assert "22:00" in english


def test_the_numbers_of_law_are_read_with_source_days_and_use(admin: Visitor):
    admin.get("/staff/admin/legal")

    assert admin.status == 200
    for words in ("申请行政复议的期限", "60天", "《行政复议法》第二十条", "2024年1月1日起"):
        assert words in admin.text
    assert "补正材料的期限" not in admin.get("/staff/admin/legal?q=诉讼法").text
    assert "提起行政诉讼的期限" in admin.text
    assert "/staff/admin/legal" in admin.get("/staff/admin/parameters").body


def test_an_apps_units_and_sources_are_english_on_english_pages(admin: Visitor):
    admin.language = "en"
    admin.get("/staff/admin/parameters?lang=en")

    assert "80 years" in admin.text
    assert "示例参数" not in admin.text


def test_a_new_value_is_tried_on_examples_before_it_counts(city: City, admin: Visitor):
    page = f"/staff/admin/parameters/{APP}/min_age/new"
    admin.get(page)

    admin.post(page, go="try", value="95", effective_from="2026-12-01", source="试算")

    assert admin.status == 200
    assert "结果会变" in admin.text
    assert "您的岗位不能看办件" in admin.text
    admin.post(page, go="try", value="80", effective_from="2026-12-01", source="试算")
    assert "没有结果会变" in admin.text
    admin.post(page, go="try", value="很大", effective_from="2026-12-01", source="试算")
    assert admin.status == 200
    with city.house.store.read() as reader:
        rows = reader.execute(sa.select(t.parameter.c.value).where(t.parameter.c.value == "95"))
        assert rows.all() == []
