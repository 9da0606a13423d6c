"""The page that asks how it was: by link without logging in, and from one's own case."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.runtime import rating_links
from gcrm.store import tables as t


@pytest.fixture
def case_id(city: Any, citizen: Any, newcomer: Any) -> int:
    """A case of 陈静's that the community did not confirm: it is finished."""
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )
    with city.house.store.read() as reader:
        found = reader.execute(select(t.case.c.id)).scalar_one()
    with city.house.store.write() as writer:
        writer.execute(t.case.update().values(state="completed", closed_at=city.clock()))
    return int(found)


@pytest.fixture
def address(city: Any, case_id: int) -> str:
    """The link of a message."""
    token = rating_links.new_token()
    with city.house.store.write() as writer:
        row = rating_links.link_row(1, case_id, token, 180, city.clock())
        writer.execute(insert(t.rating_link), row)
    return rating_links.path_of(token)


def stored(city: Any) -> Any:
    with city.house.store.read() as reader:
        return reader.execute(select(t.rating)).mappings().all()


def test_nothing_is_chosen_before_the_person_chooses(city: Any, address: str, newcomer: Any):
    page = newcomer(city).get(address)

    assert page.status == 200
    assert " checked" not in page.body
    assert not re.search(r"<option[^>]*selected[^>]*value=\"[a-z]", page.body)
    assert "陈静" not in page.text
    assert "李秀英" not in page.text


def test_a_link_is_enough_to_rate_once_and_to_add_once(city: Any, address: str, newcomer: Any):
    page = newcomer(city).get(address)

    page.post(address, score="fairly", comment="还可以", named="anonymous", efficiency="satisfied")
    said = page.text
    page.post(f"{address}/more", text="后来又等了两天")
    added = page.text
    again = newcomer(city).get(address)

    assert "已经评过了" in said
    assert "基本满意" in said
    assert "还可以" in said
    assert "后来又等了两天" in added
    assert "补充上去" not in added
    assert "已经评过了" in again.text
    assert [(row["score"], row["marks"]) for row in stored(city)] == [(3, {"efficiency": 4})]


def test_a_bad_rating_says_what_is_missing_and_loses_nothing(
    city: Any, address: str, newcomer: Any
):
    page = newcomer(city).get(address)

    page.post(address, score="very_dissatisfied", comment="等了一个月", named="call_back")

    assert page.status == 422
    assert 'href="#f-tags"' in page.body
    assert "等了一个月" in page.text
    assert not stored(city)

    page.post(address, score="very_dissatisfied", comment="等了一个月", tags="slow")

    assert [(row["score"], row["status"], row["tags"]) for row in stored(city)] == [
        (1, "open", ["slow"])
    ]


def test_without_a_level_nothing_is_taken(city: Any, address: str, newcomer: Any):
    page = newcomer(city).get(address)

    page.post(address, comment="好")

    assert page.status == 422
    assert not stored(city)


def test_the_own_case_leads_to_the_page_in_english_too(city: Any, case_id: int, newcomer: Any):
    citizen = newcomer(city, "en").log_in("19900000001")

    citizen.get(f"/me/cases/{case_id}")
    link = re.search(rf'href="(/me/cases/{case_id}/rate)"', citizen.body)
    assert link
    citizen.get(link[1]).post(link[1], score="satisfied")

    assert "Rated already, thank you" in citizen.text
    assert "Satisfied" in citizen.text


def test_others_and_wrong_links_find_nothing(city: Any, case_id: int, newcomer: Any):
    other = newcomer(city).log_in("19900000002")

    assert other.get(f"/me/cases/{case_id}/rate").status == 404
    assert other.get("/r/" + "x" * 14).status == 404
    assert other.get("/r/" + "y" * 400).status == 404
    assert "没有找到这个评价链接" in other.text
