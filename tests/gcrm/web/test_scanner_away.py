"""While the virus scanner is away: the page says why one waits, and it goes on by itself."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.connectors import Scanned
from gcrm.runtime.jobs import Worker
from gcrm.store import tables as t

REGISTER = {
    "go": "send",
    "free": "1",
    "due": "2026-12-08",
    "label-free_1": "户口本首页照片",
    "phrase-free_1": "missing_paper",
}

Visitor = Any
City = Any


def turn(city: City, **later: float) -> None:
    city.clock.pass_by(**later)
    worker = Worker(city.house)
    worker.turn()
    worker.turn()
    assert not worker.failures


def states(city: City) -> list[str]:
    with city.house.store.read() as reader:
        return list(reader.execute(select(t.attachment.c.state)).scalars())


def submit(citizen: Visitor, draft: str) -> Visitor:
    citizen.get(f"{draft}/check")
    return citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))


@pytest.fixture
def draft(city: City, citizen: Visitor) -> str:
    """A whole application whose file nobody has looked at."""
    city.house.services.connectors.scanner.port.switch_away()
    begun: str = citizen.begin()
    citizen.fill_all(begun)
    assert states(city) == ["waiting"]
    return begun


def test_the_check_page_says_why_one_waits_and_what_happens_next(citizen: Visitor, draft: str):
    submit(citizen, draft)

    assert citizen.status == 422
    assert "“签名.png”还在做安全检查，暂时不能提交" in citizen.text
    assert "我们会一直接着查，您填的都存好了" in citizen.text
    assert f'formaction="{draft}/scan"' in citizen.body


def test_the_button_goes_on_as_soon_as_the_scanner_is_back(
    city: City, citizen: Visitor, draft: str
):
    citizen.get(f"{draft}/check").post(f"{draft}/scan")
    assert "文件还在做安全检查" in citizen.text
    city.house.services.connectors.scanner.port.switch_back()

    citizen.get(f"{draft}/check").post(f"{draft}/scan")

    assert citizen.path == f"{draft}/check"
    assert "文件还在做安全检查" not in citizen.text
    assert "/submitted" in submit(citizen, draft).path


def test_it_goes_on_by_itself_after_a_weekend(city: City, citizen: Visitor, draft: str):
    for hours in (1,) * 6 + (60,):
        turn(city, hours=hours)
    assert states(city) == ["waiting"]
    city.house.services.connectors.scanner.port.switch_back()

    turn(city, minutes=11)

    assert states(city) == ["clean"]


def test_what_turns_out_infected_is_told_once_with_what_to_do(
    city: City, citizen: Visitor, draft: str, newcomer: Any, monkeypatch: pytest.MonkeyPatch
):
    scanner = city.house.services.connectors.scanner.port
    scanner.switch_back()
    monkeypatch.setattr(scanner, "scan", lambda content: Scanned(False, "found later"))

    turn(city, minutes=1)
    turn(city, minutes=1)

    citizen.get("/me/messages")
    told = "“高龄津贴申请”里的“签名.png”没有通过安全检查，不能提交。请到“我的办件”接着填，删掉它"
    assert citizen.text.count(told) == 1
    assert citizen.get(draft).path.startswith(f"{draft}/")
    assert f'<a href="{draft}">' in citizen.get("/me/messages").body
    assert "签名.png" not in newcomer(city).log_in("19900000002").get("/me/messages").text
    assert "没有通过安全检查，不能提交" in submit(citizen, draft).text
    citizen.post(f"{draft}/delete").get("/me/messages")
    assert citizen.text.count(told) == 1
    assert f'<a href="{draft}">' not in citizen.body


def test_a_correction_waits_and_goes_on_in_the_same_way(
    city: City, citizen: Visitor, newcomer: Any, picture: Any
):
    citizen.fill_all(citizen.begin())
    submit(citizen, citizen.path.rpartition("/")[0])
    found = re.search(r"/me/cases/(\d+)", citizen.path)
    assert found
    here = f"/me/cases/{found[1]}/correct"
    clerk = newcomer(city).work_as("hefang").get(f"/staff/cases/{found[1]}")
    link = re.search(r'href="(/staff/cases/\d+/tasks/\d+/correct)"', clerk.body)
    assert link
    clerk.get(link[1]).post(link[1], REGISTER)
    scanner = city.house.services.connectors.scanner.port
    scanner.switch_away()
    citizen.get(here).post(
        here, rev=citizen.hidden("rev"), go="next", reply_i1_files__new=picture("户口本.png")
    )
    assert f'formaction="{here}/scan"' in citizen.body
    scanner.switch_back()

    citizen.post(f"{here}/scan")

    assert citizen.path == f"{here}/check"
    assert "文件还在做安全检查" not in citizen.text
