"""The page that asks how it was: by link without logging in, and from one's own case."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.runtime import rating_links
from gcrm.store import tables as t

OFFICE = "Civil Affairs Bureau"


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


def test_the_link_shows_where_a_bad_rating_stands_until_it_is_answered(
    city: Any, address: str, newcomer: Any
):
    rater, officer = newcomer(city), newcomer(city).work_as("songqing")
    rater.get(address).post(
        address, score="dissatisfied", comment="等了一个月", tags="slow", named="call_back"
    )
    page = f"/staff/ratings/{stored(city)[0]['id']}"
    steps: tuple[dict[str, str], ...] = (
        {"step": "open", "verdict": "valid", "answer": "核实了，社区确实拖了两周"},
        {"step": "rectifying", "measures": "社区重新排了上门的日子"},
        {"step": "calling", "outcome": "satisfied"},
        {"step": "answering", "answer": "已经重新排了上门的日子"},
    )

    seen = [rater.get(address).text]
    for each in steps:
        officer.get(page).post(page, **each)
        seen.append(rater.get(address).text)

    for said, text in zip(
        ("正在核实", "正在整改", "回访中", "正在写答复", "已答复"), seen, strict=True
    ):
        assert said in text
    assert "已经重新排了上门的日子" in seen[-1]
    assert not any("社区确实拖了两周" in text for text in seen)


def test_what_is_missing_of_a_step_is_said_beside_its_field_and_a_late_form_is_stopped(
    city: Any, address: str, newcomer: Any
):
    newcomer(city).get(address).post(
        address, score="dissatisfied", comment="等了一个月", tags="slow", named="call_back"
    )
    page = f"/staff/ratings/{stored(city)[0]['id']}"
    officer = newcomer(city, "en").work_as("songqing")

    shown = officer.get(page).text
    officer.post(page, step="open", verdict="valid", answer="核实了，社区确实拖了两周")
    officer.post(page, step="rectifying", measures="短")
    short = (officer.status, officer.body)
    officer.post(page, step="rectifying", measures="社区重新排了上门的日子")
    officer.post(page, step="calling", outcome="unsatisfied")
    silent = (officer.status, officer.body)
    officer.get(page).post(page, step="rectifying", measures="又交了一次，页面是旧的")

    assert OFFICE in shown
    assert short[0] == 422
    assert 'href="#f-measures"' in short[1]
    assert "短" in short[1]
    assert silent[0] == 422
    assert 'href="#f-note"' in silent[1]
    assert officer.status == 409
    assert "has moved on to another step" in officer.text


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
    asked = citizen.get(link[1]).text
    citizen.post(link[1], score="satisfied")

    assert OFFICE in asked
    assert "Rated already, thank you" in citizen.text
    assert "Satisfied" in citizen.text


def test_others_and_wrong_links_find_nothing(city: Any, case_id: int, newcomer: Any):
    other = newcomer(city).log_in("19900000002")

    assert other.get(f"/me/cases/{case_id}/rate").status == 404
    assert other.get("/r/" + "x" * 14).status == 404
    assert other.get("/r/" + "y" * 400).status == 404
    assert "没有找到这个评价链接" in other.text
