"""The catalogue of services on the portal: lists, filters, search, pages of items, the API."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from gcrm.runtime import catalogue_import
from gcrm.runtime.catalogue_import import Import

Visitor = Any
City = Any


def bring(city: City, *names: str, **more: Any) -> None:
    items = [{"name": name, "department": "民政局", "code": name, **more} for name in names]
    content = json.dumps({"format": "gcrm.catalogue/1", "items": items}).encode("ascii")
    ask = Import(1, content, "list.json", "test", may_end_many=True)
    assert city.house.run(catalogue_import.IMPORT, None, ask).faults == ()


def links(visitor: Visitor) -> list[str]:
    return re.findall(r'<h3><a href="([^"]+)">', visitor.body)


def test_what_one_can_apply_for_comes_first(visitor: Visitor):
    visitor.get("/services")

    assert links(visitor)[0].startswith("/services/elder_allowance/")
    assert re.fullmatch(r"/services/[0-9]+", links(visitor)[-1])
    assert "申请" in visitor.text
    assert "第1页" in visitor.text


def test_an_everyday_word_leads_to_the_service(visitor: Visitor):
    visitor.get(f"/services?q={quote('身份证丢了怎么办')}")

    first = visitor.get(links(visitor)[0])
    assert "居民身份证申领、换领、补领" in first.text
    assert "公安局" in first.text
    assert "材料清单以部门为准" in first.text
    assert 'rel="external noopener noreferrer nofollow"' in first.body
    assert "离开本网站" in first.text


def test_an_app_is_found_by_the_words_of_its_guide_in_both_languages(city: City, newcomer: Any):
    for language, query in (("zh-CN", "老人补贴"), ("en", "allowance")):
        visitor = newcomer(city, language).get(f"/services?q={quote(query)}")
        assert links(visitor)[0] == "/services/elder_allowance/new"


def test_filters_are_links_that_narrow_the_list(visitor: Visitor):
    visitor.get("/services?audience=organisation&theme=company")

    assert "公司设立登记" in visitor.text
    assert "结婚登记" not in visitor.text
    assert 'aria-current="true"' in visitor.body
    assert "去掉筛选" in visitor.text


def test_pages_follow_each_other(city: City, visitor: Visitor):
    visitor.get("/services?department=" + quote("公安局"))
    assert "下一页" not in visitor.text

    visitor.get("/services")
    after = re.search(r'rel="next" href="([^"]+)"', visitor.body)
    assert after
    first = links(visitor)
    visitor.get(after[1].replace("&amp;", "&"))

    assert not set(first) & set(links(visitor))
    assert 'rel="prev"' in visitor.body


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "a" * 3000, "page=-1", "page=999999999999", "page=x", "letter=%F0%9F%98%80",
     "department=" + quote("' OR 1=1"), "audience=all", "theme=%3Cscript%3E",
     "q=%22%27%3B--%20*%20NEAR(", "page=%EF%BC%91"],
)  # fmt: skip
def test_no_address_breaks_the_list(visitor: Visitor, query: str):
    assert visitor.get(f"/services?{query}").status == 200
    assert "<script>" not in visitor.body


def test_nothing_found_teaches_and_helps(visitor: Visitor):
    visitor.get("/services?q=zzzz")

    assert "没有找到" in visitor.text
    assert "打12345" in visitor.text
    assert "大家常找" in visitor.text


def test_a_service_that_ended_says_so(city: City, visitor: Visitor):
    bring(city, "粮票发放", "布票发放", link="https://www.example.cn/1")
    visitor.get(f"/services?q={quote('粮票')}")
    [address] = [each for each in links(visitor) if "粮票" in visitor.get(each).text]
    bring(city, "布票发放")

    ended = visitor.get(address)

    assert "这一项已经停办" in ended.text
    assert "去部门网站看指南" not in ended.text
    assert "粮票发放" not in visitor.get(f"/services?q={quote('粮票发放')}").text.split("找到")[1]


def test_an_item_that_an_app_serves_leads_to_its_guide(city: City, visitor: Visitor):
    client = city.app.test_client()
    visitor.work_as("designer")
    found = visitor.client.get("/api/services?q=" + quote("高龄津贴")).get_json()["services"]

    answer = client.get(f"/services/{found[0]['id']}")

    assert found[0]["app"] == "elder_allowance"
    assert answer.headers["Location"] == "/services/elder_allowance/new"


def test_an_item_that_is_not_there_is_no_page(visitor: Visitor):
    assert visitor.get("/services/123").status == 404
    assert visitor.get("/services/99999999999999999999999").status == 404


def test_the_api_gives_what_the_page_shows(city: City, visitor: Visitor):
    assert visitor.client.get("/api/services").status_code == 401
    visitor.work_as("designer")

    found = visitor.client.get("/api/services?audience=natural&q=" + quote("结婚")).get_json()

    assert found["services"][0]["name"] == "结婚登记"
    assert found["services"][0]["link"].startswith("https://zwfw.yunzhou.example/")
    assert found["total"] >= len(found["services"])


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services?page=3", "/services?q=" + quote("老人补贴")]
)
def test_a_page_costs_few_statements(city: City, visitor: Visitor, path: str):
    visitor.get(path)
    before = city.house.store.statements()

    visitor.get(path)

    assert city.house.store.statements() - before <= 12


def test_names_are_marked_as_chinese_on_an_english_page(city: City, newcomer: Any):
    visitor = newcomer(city, "en").get("/services?q=" + quote("结婚登记"))

    assert '<span lang="zh-CN">结婚登记</span>' in visitor.body
    assert "services found" in visitor.text
