"""An old-age allowance: applied for by a daughter, corrected, decided by three offices, read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from gcrm.runtime.jobs import Worker
from tests.e2e.people import DAUGHTER, Person

Arrive = Callable[..., Person]


@pytest.mark.parametrize(
    ("width", "keyboard", "script"),
    [
        (375, False, True),
        (1280, False, True),
        (375, True, True),
        (1280, True, True),
        (375, False, False),
        (1280, True, False),
    ],
    ids=[
        "phone by hand",
        "desk by mouse",
        "phone by keyboard",
        "desk by keyboard",
        "phone without script",
        "desk by keyboard without script",
    ],
)
def test_an_allowance_is_applied_for_corrected_decided_and_read(
    arrive: Arrive, signature: Path, width: int, keyboard: bool, script: bool
):
    citizen = arrive(width, keyboard=keyboard, script=script).log_in(DAUGHTER)
    citizen.press('a[href="/services/elder_allowance/new"]')
    citizen.apply(signature, phone="19900000399")
    assert "看一遍再提交" in citizen.text()
    assert "19900000399" in citizen.text()

    citizen.press('a[href*="#f-elder_phone"]')
    citizen.type_in('[name="elder_phone"]', "19900000312")
    citizen.press('button[value="next"]')
    assert citizen.path.endswith("/check#f-elder_phone")
    assert "19900000312" in citizen.text()
    citizen.press('form[action$="/submit"] .btn--primary')
    assert "GLJT-2026-000001" in citizen.text()
    citizen.press("main .btn--primary")
    case = citizen.path
    assert "12月8日" in citizen.text()

    for login, answers in (
        ("hefang", {"visit_way": "home", "visit_date": "2026-11-24"}),
        ("linyu", {}),
        ("machao", {}),
        ("zhaolei", {}),
    ):
        clerk = arrive(width, keyboard=keyboard, script=script)
        if login == "hefang":
            clerk.log_in_at_work(login)
        else:
            clerk.work_as(login).visit("/staff")
        clerk.press(".list--tasks tbody a")
        clerk.decide(**answers)

    citizen.visit("/publicity")
    assert "30.00元" in citizen.text()
    assert "李秀英" not in citizen.text()
    citizen.server.clock.pass_by(days=4)
    Worker(citizen.server.house).fire()
    citizen.come_back(DAUGHTER).visit(case)
    assert "通过了" in citizen.text()
    assert "30.00元" in citizen.text()


def test_a_signature_can_be_drawn(arrive: Arrive, signature: Path):
    citizen = arrive(375).come_back(DAUGHTER)
    citizen.apply(signature)
    citizen.visit(citizen.path.rpartition("/")[0] + "/confirm")
    citizen.page.check('[name="sign-clear"]')

    frame = citizen.page.locator(".signature__pad")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    citizen.page.mouse.move(box["x"] + 30, box["y"] + 30)
    citizen.page.mouse.down()
    citizen.page.mouse.move(box["x"] + 150, box["y"] + 70, steps=8)
    citizen.page.mouse.up()
    expect(citizen.page.locator('[name="sign-drawn"]')).to_have_value(re.compile("signature"))
    citizen.press('button[value="next"]')
    citizen.page.wait_for_url(re.compile(r"/check"))

    assert "看一遍再提交" in citizen.text()
    assert "手写" in citizen.text()


def test_what_is_typed_is_saved_without_pressing_anything(arrive: Arrive):
    citizen = arrive(375).come_back(DAUGHTER)
    citizen.visit("/services/elder_allowance/new")
    citizen.press('form[action$="/start"] button')
    citizen.page.goto(citizen.page.url.rpartition("/")[0] + "/elder")

    with citizen.page.expect_response("**/autosave"):
        citizen.type_in('[name="elder_name"]', "李秀英")
    citizen.page.wait_for_selector("[data-saved]:not([hidden])")
    citizen.page.reload()

    assert citizen.page.input_value('[name="elder_name"]') == "李秀英"


def test_questions_fold_with_the_answer(arrive: Arrive):
    for script in (True, False):
        citizen = arrive(375, script=script).come_back(DAUGHTER)
        citizen.visit("/services/elder_allowance/new")
        citizen.press('form[action$="/start"] button')
        relation = citizen.page.locator('[name="relation"]')

        citizen.choose("agent_flag", "false")
        assert not relation.is_visible()
        citizen.choose("agent_flag", "true")
        assert relation.is_visible()


def test_staff_walk_the_list_by_keyboard(arrive: Arrive, applied: str):
    clerk = arrive(1280).work_as("hefang").visit("/staff")

    clerk.page.keyboard.press("/")
    clerk.page.keyboard.type("李秀英")
    with clerk.page.expect_navigation():
        clerk.page.keyboard.press("Enter")
    clerk.page.keyboard.press("j")
    with clerk.page.expect_navigation():
        clerk.page.keyboard.press("Enter")

    assert clerk.path == f"/staff/cases/{applied}"
