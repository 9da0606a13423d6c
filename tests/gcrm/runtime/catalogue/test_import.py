"""Importing a list of services: what comes in, what ends, and what a damaged file is told."""

import datetime as dt
import json
import re
from typing import Any

import pytest

from app_definitions.sheets import Cell, Sheet
from gcrm.runtime import everyday_words, service_catalogue
from gcrm.runtime.refusals import Refused
from gcrm.store import service_search
from gcrm.store import tables as t
from report_engine.workbook import write_workbook

Town = Any

LINK = "http://www.example.cn/detail?itemCode={code}&taskType=20&deptCode=1"


def listing(*names: str, office: str = "区民政局") -> str:
    """Write a script file as a site has it, one item a name."""
    items = [{"name": name, "link": LINK.format(code=f"C-{name}"), "qrcode": ""} for name in names]
    document = [{"department": office, "items": [{"main_item": "未分类", "sub_items": items}]}]
    return f"// data\nconst list = {json.dumps(document, ensure_ascii=False, indent=1)};\n"


def names_found(town: Town, query: str) -> list[str]:
    return [each.name for each in town.read(service_catalogue.search, query)]


def test_a_real_list_comes_in_whole_and_a_second_time_changes_nothing(town: Town, real_list: bytes):
    first = town.bring(real_list)

    again = town.bring(real_list)

    assert (len(first.added), first.departments) == (1135, 34)
    assert (again.added, again.changed, again.gone, again.same) == ((), (), (), 1135)
    assert [row.action for row in town.rows(t.audit)] == ["catalogue_imported"]


def test_an_item_that_is_gone_ends_and_is_not_deleted(town: Town):
    town.bring(listing("结婚登记", "临时救助"))
    town.now += dt.timedelta(days=1)

    receipt = town.bring(listing("结婚登记"))

    ended = {row.name: row.valid_to for row in town.rows(t.service_item)}
    assert receipt.gone == ("临时救助",)
    assert ended == {"结婚登记": None, "临时救助": dt.date(2026, 11, 25)}
    assert names_found(town, "临时救助") == []


def test_an_item_that_comes_back_is_offered_again(town: Town):
    town.bring(listing("结婚登记", "临时救助"))
    town.bring(listing("结婚登记"))

    receipt = town.bring(listing("结婚登记", "临时救助"))

    assert receipt.changed == ("临时救助",)
    assert names_found(town, "临时救助") == ["临时救助"]


def test_a_new_name_is_found_and_the_old_one_is_not(town: Town):
    town.bring(listing("结婚登记"))

    receipt = town.bring(listing("结婚登记").replace('"name": "结婚登记"', '"name": "婚姻办理"'))

    assert receipt.changed == ("婚姻办理",)
    assert names_found(town, "婚姻办理") == ["婚姻办理"]
    assert {row.term for row in town.rows(t.search_term) if row.item_count > 0} >= {"婚姻"}
    assert all(row.item_count == 0 for row in town.rows(t.search_term) if row.term == "结婚")


def test_lists_of_two_sources_do_not_end_each_others_items(town: Town):
    town.bring(listing("结婚登记"), source="city")

    receipt = town.bring(listing("临时救助"), source="district")

    assert receipt.gone == ()
    assert names_found(town, "结婚登记") == ["结婚登记"]


def test_many_items_end_only_when_somebody_says_so(town: Town):
    town.bring(listing(*(f"第{number}项补贴" for number in range(40))))

    refused = town.bring(listing("第1项补贴"))
    done = town.bring(listing("第1项补贴"), may_end_many=True)

    assert [fault.code for fault in refused.faults] == ["catalogue_gone"]
    assert len(done.gone) == 39


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (listing("结婚登记")[:-20], "script_end", None),
        ("const a = [\n  run()\n];", "script_value", 2),
        ("[]\nalert(1)", "script_rest", 2),
        ('[{"department": "x"\n "items": []}]', "script_comma", 2),
        ('[{"department": "没关上\n}]', "script_string", 1),
        ('[{"department": "x", "items": 3}]', "catalogue_list", 1),
        ("[" * 60, "script_deep", 1),
        ("", "script_end", 1),
        ("{}", "catalogue_format", 1),
        (listing("结婚登记").replace("结婚登记", ""), "catalogue_name", 9),
        (listing("结婚登记").replace("http://", "javascript:"), "catalogue_link", 9),
        (listing("甲").replace("taskType=20", "taskType=99"), "catalogue_type", 9),
        (listing("甲", office=""), "catalogue_department", 9),
        (listing("甲", "甲"), "catalogue_twice", 14),
    ],
)
def test_a_damaged_file_is_told_its_line(sqlite_town: Town, text: str, code: str, line: int | None):
    town = sqlite_town
    receipt = town.bring(text)

    [fault] = receipt.faults
    said = Refused(fault.code, fault.values).render("zh-CN", town.services.zone)
    assert fault.code == code
    assert line in (None, fault.values["line"])
    assert re.search(r"第\d+行", said.message)
    assert town.rows(t.service_item) == []


def test_all_that_is_wrong_is_told_at_once(town: Town):
    document = {
        "format": "gcrm.catalogue/1",
        "items": [
            {"name": "", "department": "民政局"},
            {"name": "甲", "department": "", "audience": "大家"},
            {"name": "乙", "department": "民政局", "link": "ftp://x"},
        ],
    }

    receipt = town.bring(json.dumps(document, ensure_ascii=False, indent=1))

    assert [fault.code for fault in receipt.faults] == [
        "catalogue_name", "catalogue_department", "catalogue_audience", "catalogue_link",
    ]  # fmt: skip


def test_a_sheet_of_excel_is_a_list_too(town: Town):
    columns = ("编码", "名称", "部门", "类型", "对象", "链接")
    row = ("A1", "结婚登记", "民政局", "行政确认", "个人", "https://www.example.cn/1")
    sheet = Sheet("目录", columns, (tuple(Cell(each) for each in row),))

    receipt = town.bring(write_workbook([sheet], town.services.zone))

    [found] = town.read(service_catalogue.search, "结婚")
    assert receipt.faults == ()
    assert (found.name, found.item_type, found.audience) == ("结婚登记", "confirmation", "natural")


def test_what_the_list_does_not_say_is_marked_as_worked_out(town: Town):
    town.bring(listing("老年人优待证办理"))

    [found] = town.read(service_catalogue.search, "老年人优待证")

    assert (found.audience, found.theme) == ("natural", "welfare")
    assert found.guessed == ("audience",)


def test_an_administrators_words_are_kept_and_used(town: Town):
    town.bring(listing("犬类准养证核发", "临时救助"))
    entry = t.dictionary_entry
    with town.store.write() as writer:
        writer.execute(
            entry.insert().values(
                tenant_id=1, dictionary=everyday_words.EVERYDAY, code="旺财", label="犬类准养证",
                valid_from=dt.date(2026, 1, 1), position=0,
            )
        )  # fmt: skip
        writer.execute(
            entry.update().where(entry.c.code == "低保户").values(valid_to=dt.date(2026, 1, 1))
        )
    town.bring(listing("犬类准养证核发", "临时救助"))

    assert names_found(town, "给旺财上证")[0] == "犬类准养证核发"
    assert [row.valid_to for row in town.rows(entry) if row.code == "低保户"] == [
        dt.date(2026, 1, 1)
    ]


def test_the_index_can_be_made_anew(town: Town):
    town.bring(listing("结婚登记", "临时救助"))
    with town.store.write() as writer:
        assert service_search.rebuild(writer) == 2

    assert names_found(town, "结婚登记") == ["结婚登记"]


@pytest.mark.parametrize(
    "query",
    ["", "   ", "%", "'", '"', "' OR 1=1 --", '" OR "', "NEAR(结 婚)", "结*", "a:*b & !c | <->",
     "\\", "\x00", "結" * 5000, "怎么办", "𠮷", "。。。", "-", "name : 结婚", "{结婚}"],
)  # fmt: skip
def test_no_text_breaks_the_search(wedding_town: Town, query: str):
    found = wedding_town.read(service_catalogue.find, service_catalogue.Ask(query=query))

    assert found.total in (0, 1)


def test_filters_narrow_a_list_and_say_what_they_would_leave(town: Town):
    town.bring(listing("结婚登记", "临时救助", "社会团体成立登记"), source="a")
    town.bring(listing("公司设立登记", office="市监局"), source="b")

    found = town.read(service_catalogue.find, service_catalogue.Ask(audience="natural"))

    assert {each.name for each in found.items} == {"结婚登记", "临时救助"}
    assert [(each.value, each.count) for each in found.departments] == [("区民政局", 2)]
    assert {each.value: each.count for each in found.audiences} == {
        "natural": 2, "organisation": 2,
    }  # fmt: skip


def test_a_page_beyond_the_last_is_the_last(town: Town):
    town.bring(listing(*(f"第{number}项补贴" for number in range(25))))

    found = town.read(service_catalogue.find, service_catalogue.Ask(page=99))

    assert (found.page, found.pages, len(found.items)) == (1, 2, 5)
