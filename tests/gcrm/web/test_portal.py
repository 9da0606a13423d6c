"""The start page: kept for visitors, so it must tell nobody's things and nothing that is over."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import update

from gcrm import assembly, config
from gcrm.runtime import catalogue_import
from gcrm.runtime.catalogue_import import Import
from gcrm.store import database
from gcrm.store import tables as t
from gcrm.web import portal
from gcrm.web.app import warm

Visitor = Any
City = Any


def test_a_visitor_sees_nothing_of_who_is_logged_in(city: City, citizen: Visitor, newcomer: Any):
    citizen.begin()
    citizen.get("/")
    visitor = newcomer(city).get("/")

    assert "陈静" in citizen.text
    assert "没填完的申请" in citizen.text
    assert "陈静" not in visitor.text
    assert "没填完的申请" not in visitor.text

    citizen.get("/")
    assert "陈静" in citizen.text


def test_what_is_often_looked_for_is_offered_only_in_the_language_of_the_page(
    city: City, newcomer: Any
):
    assert "社保卡" in newcomer(city).get("/").text
    assert "社保卡" not in newcomer(city, "en").get("/").text


def test_a_demo_says_where_the_code_is_read_that_no_phone_receives(city: City, newcomer: Any):
    visitor = newcomer(city).get("/login").post("/login", phone="19900000001")
    assert "演示短信" in visitor.text

    city.app.config["GCRM_DEMO"] = False
    city.clock.pass_by(seconds=61)
    visitor = newcomer(city).get("/login").post("/login", phone="19900000001")
    assert "填验证码" in visitor.text
    assert "演示短信" not in visitor.text


def test_each_choice_of_language_type_and_contrast_has_its_own_page(city: City, newcomer: Any):
    visitor = newcomer(city).get("/")
    other = newcomer(city, "en").get("/")
    large = newcomer(city).get("/").get("/view?type=large&back=/")
    dark = newcomer(city).get("/").get("/view?contrast=more&back=/")

    assert '<html lang="zh-CN"' in visitor.body
    assert 'data-type="large"' not in visitor.body
    assert '<html lang="en"' in other.body
    assert 'data-type="large"' in large.body
    assert 'data-contrast="more"' in dark.body


def test_a_link_to_another_language_keeps_what_was_asked(city: City, newcomer: Any):
    newcomer(city).get("/")
    asked = newcomer(city).get("/?from=poster")

    assert "%3Ffrom%3Dposter" in asked.body


def test_an_item_that_closes_leaves_the_page_at_once(city: City, visitor: Visitor):
    visitor.get("/")
    assert "/services/elder_allowance/new" in visitor.body

    with city.house.store.write() as writer:
        writer.execute(
            update(t.item_variant)
            .where(t.item_variant.c.tenant_id == 1, t.item_variant.c.app_id == "elder_allowance")
            .values(open=False)
        )

    visitor.get("/")
    assert "/services/elder_allowance/new" not in visitor.body


def test_an_imported_list_is_counted_at_once(city: City, visitor: Visitor):
    before = visitor.get("/").text
    items = [{"name": "养犬登记", "department": "公安局", "code": "dog"}]
    content = json.dumps({"format": "gcrm.catalogue/1", "items": items}).encode("ascii")

    ask = Import(1, content, "list.json", "test", may_end_many=True)
    assert city.house.run(catalogue_import.IMPORT, None, ask).faults == ()

    assert visitor.get("/").text != before


def test_the_first_visits_are_made_before_anybody_comes(city: City):
    portal._for_anybody.cache_clear()

    warm(city.app)

    assert portal._for_anybody.cache_info().currsize == 2
    counted = city.app.extensions["gcrm_metrics"].registry
    assert not [each for each in counted.collect() if each.name == "gcrm_requests" and each.samples]


def test_a_house_without_a_government_can_be_warmed(city: City, pages: Any, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    database.upgrade(url)
    empty = assembly.build(config.load({"GCRM_DATA": str(tmp_path), "GCRM_DATABASE": url}))

    warm(pages(empty))

    empty.close()
