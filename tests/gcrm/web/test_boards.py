"""Boards: what a head sees, what a street clerk sees, and the cases behind each number."""

import datetime as dt
import io
import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from gcrm import assembly, config
from gcrm.demo import many_cases
from gcrm.store import tables as t
from report_engine.workbook import read_workbook

Visitor = Any
City = Any
BOARD = "/staff/boards/elder_allowance/overview"
MADE = 60
NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def ready_city(ready_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city with cases of two months, made once a run."""
    folder = tmp_path_factory.mktemp("busy") / "city"
    shutil.copytree(ready_city, folder)
    house = assembly.build(config.load({"GCRM_DATA": str(folder)}), clock=lambda: NOW)
    many_cases.make(house, 1, MADE, days=60)
    house.close()
    return folder


@pytest.fixture
def head(city: City, newcomer: Any) -> Visitor:
    """钱立, head of the office of civil affairs, in front of the board."""
    found: Visitor = newcomer(city).work_as("juzhang").get(BOARD)
    assert found.status == 200
    return found


def numbers(page: Visitor) -> list[tuple[str, str]]:
    """Each number that leads to cases, with its address."""
    found = re.findall(r'<a(?: class="quiet")? href="([^"]+/cases\?[^"]*)">([^<]*)</a>', page.body)
    return [(unescape(address), shown) for address, shown in found]


def options(page: Visitor) -> list[dict[str, Any]]:
    """What the page's charts are drawn from."""
    found = re.findall(r'data-option="([^"]*)"', page.body)
    return [json.loads(unescape(text)) for text in found]


def listed(page: Visitor) -> int:
    """Count the cases on all pages of a list."""
    found = re.findall(r'href="(/staff/cases/\d+)"', page.body)
    while "下一页" in page.text:
        after = re.search(r'rel="next" href="([^"]+)"', page.body)
        assert after
        page.get(unescape(after[1]))
        found += re.findall(r'href="(/staff/cases/\d+)"', page.body)
    return len(set(found))


def test_one_request_answers_all_tiles(head: Visitor):
    kinds = [option["series"][0]["type"] for option in options(head)]

    assert kinds == ["bar", "gauge", "gauge", "line", "pie"]
    streets = dict.fromkeys(options(head)[0]["yAxis"]["data"])
    assert set(streets) == {"长安街道", "滨江街道", "南湖街道"}
    assert sum(point["value"] for point in options(head)[0]["series"][0]["data"]) == MADE
    assert "怎么数的" in head.text
    assert "数据到" in head.text


def test_a_street_clerk_sees_the_street_only(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("linyu").get(BOARD)

    assert options(clerk)[0]["yAxis"]["data"] == ["长安街道"]
    assert "滨江街道" not in clerk.text


def test_whoever_has_no_right_to_boards_finds_none(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")

    assert clerk.get(BOARD).status == 404
    assert BOARD not in clerk.get("/staff/boards").body


def test_behind_each_count_stand_exactly_its_cases(head: Visitor):
    counts = [(address, int(shown)) for address, shown in numbers(head) if shown.isdecimal()]

    assert len(counts) >= 8
    for address, shown in counts:
        head.get(address)
        assert head.status == 200
        assert f"共{shown}件" in head.text
        assert listed(head) == shown


def test_a_clerk_of_another_street_opens_a_number_and_sees_nothing(
    city: City, head: Visitor, newcomer: Any
):
    address = next(a for a, _ in numbers(head) if "k.street=990102002" in a)

    clerk = newcomer(city).work_as("linyu").get(address)

    assert listed(clerk) == 0
    assert "这里没有您能看的办件" in clerk.text


def test_behind_ratings_stand_ratings_and_nothing_that_leads_to_a_person(city: City, head: Visitor):
    with city.house.store.read() as reader:
        kept = len(reader.execute(select(t.rating.c.id).where(t.rating.c.counted)).all())
        number = reader.execute(select(t.case.c.number).limit(1)).scalar_one()
    drill = unescape(next(a for a, _ in numbers(head) if "/satisfaction/" in a))

    head.get(drill)

    assert kept
    assert head.status == 200
    assert re.search(r"共\d+条", head.text)
    assert "满意" in head.text
    assert listed(head) == 0
    assert str(number)[:6] not in head.text
    assert "/staff/ratings/" not in head.body


def test_a_number_of_ratings_shows_nothing_to_whoever_may_not_read_ratings(
    city: City, head: Visitor, newcomer: Any
):
    drill = unescape(next(a for a, _ in numbers(head) if "/satisfaction/" in a))
    with city.house.store.write() as writer:
        writer.execute(delete(t.role_right).where(t.role_right.c.resource == "rating"))

    other = newcomer(city).work_as("juzhang").get(drill)

    assert other.status == 200
    assert "这里没有您能看的评价" in other.text


def test_filters_narrow_every_tile_and_what_lies_behind(head: Visitor):
    head.get(f"{BOARD}?place=990103&period=2025-01-01..2026-12-31")

    bar = options(head)[0]
    assert bar["yAxis"]["data"] == ["南湖街道"]
    address, shown = next((a, s) for a, s in numbers(head) if "/by_street/" in a)
    assert "place=990103" in address
    assert listed(head.get(address)) == int(shown)


def test_days_the_wrong_way_round_get_a_sentence_and_stay(head: Visitor):
    head.get(f"{BOARD}?period=custom&period-from=2026-05-02&period-to=2026-05-01")

    assert head.status == 200
    assert "开始日期要早于结束日期" in head.text
    assert 'value="2026-05-02"' in head.body


def test_what_is_not_there_is_not_found(head: Visitor):
    for path in (
        "/staff/boards/elder_allowance/nothing",
        "/staff/boards/nothing/overview",
        f"{BOARD}/by_street/cases?m=nothing",
        f"{BOARD}/by_street/cases?m=count&k.nothing=1",
        f"{BOARD}/nothing/cases?m=count",
        f"{BOARD}/nothing.svg",
        f"{BOARD}/by_street.exe",
    ):
        assert head.get(path).status == 404, path


def test_trials_are_never_counted(city: City, newcomer: Any):
    with city.house.store.write() as writer:
        writer.execute(update(t.case).values(mode="trial"))

    head = newcomer(city).work_as("juzhang").get(BOARD)

    assert options(head) == []
    assert "还没有数据" in head.text


def test_an_english_board_has_no_chinese_of_ours(city: City, newcomer: Any):
    head = newcomer(city, "en").work_as("juzhang").get(BOARD)

    assert "Elder allowance: how work goes" in head.text
    assert "working days" in head.text
    assert "办理" not in re.sub(r'<span lang="zh-CN">.*?</span>', "", head.body)


def test_without_scripts_pictures_stand_in_for_the_charts(head: Visitor):
    found = re.findall(r'<noscript><img class="chart" src="([^"]+)"', head.body)

    assert len(found) == 5
    picture = head.client.get(unescape(found[0]))
    assert picture.mimetype == "image/svg+xml"
    assert picture.data.startswith(b"<?xml")


def test_the_workbook_holds_the_numbers_and_what_they_mean(city: City, head: Visitor):
    head.post(f"{BOARD}/export", what="xlsx", place="990103")

    assert head.status == 200
    sheets, problems = read_workbook(head.answer.data, "board.xlsx", ZoneInfo("Asia/Shanghai"))
    assert sheets is not None, problems
    assert [sheet.name for sheet in sheets][:3] == ["说明", "现在", "各街道办件"]
    streets = [row[0].value for row in sheets[2].rows]
    assert streets == ["南湖街道"]
    told = {row[0].value: row[1].value for row in sheets[0].rows}
    assert told["范围"] == "南湖街道" or told["范围"] == "云西区"
    with city.house.store.read() as reader:
        entry = reader.execute(select(t.audit).where(t.audit.c.action == "board.export")).one()
    assert entry.subject == "board:elder_allowance.overview"
    assert entry.data["chosen"] == {"place": "990103"}


def test_too_few_ratings_are_told_nowhere(city: City, head: Visitor):
    with city.house.store.read() as reader:
        first = reader.execute(
            select(t.case.c.submitted_at)
            .join(t.rating, t.rating.c.case_id == t.case.c.id)
            .order_by(t.case.c.submitted_at)
        ).scalars()
        day = next(iter(first)).date().isoformat()
    narrow = f"{day}..{day}"

    page = head.get(f"{BOARD}?period={narrow}")
    shown, links = page.text, numbers(page)
    listed_anyway = head.get(f"{BOARD}/satisfaction/cases?m=share&period={narrow}").text
    picture = head.client.get(f"{BOARD}/satisfaction.svg?period={narrow}")
    head.get(f"{BOARD}?period={narrow}").post(f"{BOARD}/export", what="xlsx", period=narrow)
    sheets, _problems = read_workbook(head.answer.data, "b.xlsx", ZoneInfo("Asia/Shanghai"))

    assert "少于5份*" in shown
    assert "免得看出是谁说的" in shown
    assert not [address for address, _shown in links if "/satisfaction/" in address]
    assert "不逐条列出" in listed_anyway
    assert picture.status_code == 200
    assert sheets is not None
    (share,) = next(sheet.rows for sheet in sheets if sheet.name == "满意率")
    assert share[0].value == "少于5份*"


def test_pictures_are_exported_with_their_titles(head: Visitor):
    head.post(f"{BOARD}/export", what="png")
    whole = Image.open(io.BytesIO(head.answer.data))
    head.get(BOARD).post(f"{BOARD}/export", what="png:outcomes")
    one = Image.open(io.BytesIO(head.answer.data))

    assert whole.size[0] > 1400
    assert one.size == (720, 405)
    assert "UTF-8''" in head.answer.headers["Content-Disposition"]


def test_whoever_may_only_read_exports_nothing(city: City, newcomer: Any):
    right = delete(t.role_right).where(t.role_right.c.action == "export")
    with city.house.store.write() as writer:
        writer.execute(right)

    clerk = newcomer(city).work_as("linyu").get(BOARD)

    assert "导出Excel" not in clerk.text
    assert clerk.post(f"{BOARD}/export", what="xlsx").status == 404
