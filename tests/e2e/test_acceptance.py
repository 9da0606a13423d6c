"""What the allowance must show: each way in which a case can end, before the eyes of people."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import expect

from gcrm.runtime.jobs import Worker
from tests.e2e.people import DAUGHTER, REASON, Person

Arrive = Callable[..., Person]

SHOTS = os.environ.get("GCRM_SHOTS")
VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}
RULE = "《高龄津贴发放办法》第八条"
ISSUED, REVOKED = "2026年12月1日", "2026年12月3日"
QUESTIONS = """
  [...document.querySelectorAll('main form .fields > *')]
  .filter(each => each.offsetParent && each.getBoundingClientRect().height)
  .filter(each => each.querySelector('input:not([type="hidden"]), select, textarea')).length
"""  # results that are worked out and remarks ask nothing


def ask_for_correction(clerk: Person, case: str) -> None:
    """Send the list back with one line."""
    clerk.visit(f"/staff/cases/{case}")
    clerk.press('a[href$="/correct"]')
    clerk.page.check('[name="item"][value="elder_phone"]')
    clerk.page.select_option('[name="phrase-elder_phone"]', "unreachable")
    clerk.press('button[value="send"]')


def work(person: Person) -> None:
    """Let the worker do what is due: fire clocks, print papers, send messages."""
    worker = Worker(person.server.house)
    for _ in range(6):
        worker.turn()
    assert not worker.failures


def faultless(person: Person, name: str) -> None:
    """Look at the page on the narrowest phone in both languages."""
    page, wide, said = person.page, person.page.viewport_size, []
    for language in ("en", "zh-CN"):
        person.see(language=language)
        page.set_viewport_size({"width": 320, "height": 800})
        page.reload()
        said += person.faults(f"{name} {language}")
        shoot(person, f"{name}-320-{language}")
    page.set_viewport_size(wide or {"width": 1280, "height": 800})
    assert said == []


def shoot(person: Person, name: str) -> None:
    """Keep a picture where asked."""
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_corrected_case_goes_on_from_the_step_that_asked(arrive: Arrive, applied: str):
    citizen = arrive(375).come_back(DAUGHTER)
    clerk = arrive().work_as("hefang").visit(f"/staff/cases/{applied}")
    clerk.press('a[href$="/correct"]')
    shoot(clerk, "correct-desk")
    faultless(clerk, "correct")

    ask_for_correction(clerk, applied)
    assert "待补正" in clerk.text()
    citizen.visit(f"/me/cases/{applied}")
    shoot(citizen, "todo-phone")
    citizen.press('a[href$="/correct"]')
    assert "打不通" in citizen.text()
    faultless(citizen, "mend")
    shoot(citizen, "mend-phone")
    citizen.type_in('[name="elder_phone"]', "19900000002")
    citizen.press('button[value="next"]')
    faultless(citizen, "mend-check")
    citizen.press('form[action$="/submit"] .btn--primary')
    assert "补好的材料交到了" in citizen.text()
    shoot(citizen, "mended-phone")

    clerk.visit(f"/staff/cases/{applied}").decide(**VISIT)
    street = arrive().work_as("linyu").visit(f"/staff/cases/{applied}")
    assert street.page.locator('button[value="pass"]').is_visible()
    assert "打不通" in street.text()


def test_a_refused_citizen_reads_why_by_which_rule_and_how_to_appeal(arrive: Arrive, applied: str):
    citizen = arrive(375).come_back(DAUGHTER)

    arrive().work_as("hefang").visit(f"/staff/cases/{applied}").decide("refuse", **VISIT)
    work(citizen)

    citizen.visit(f"/me/cases/{applied}")
    shoot(citizen, "refused-phone")
    said = citizen.text()
    for words in ("没有通过", REASON, "住回本市以后可以再申请", "现在住的地方的民政部门"):
        assert words in said
    assert re.search(r"依据\s+\S+", said)
    assert re.search(r"\d+日内可以申请行政复议，或者\d+个月内向法院起诉", said)
    told = [each.text for each in citizen.server.sms.messages(DAUGHTER)]
    assert [each for each in told if "未通过" in each and REASON.rstrip("。") in each]
    with citizen.page.expect_download() as taken:
        citizen.page.click('a[href^="/papers/"]')
    letter = pypdf.PdfReader(taken.value.path())
    words = "".join("".join(page.extract_text().split()) for page in letter.pages)
    assert taken.value.suggested_filename.startswith("不予核准高龄津贴决定书")
    assert REASON in words
    citizen.press(f'a[href="/me/cases/{applied}/rate"]')
    faultless(citizen, "rate")


def test_one_of_two_officers_is_enough_to_refuse(arrive: Arrive, agreed: str):
    citizen = arrive(375).come_back(DAUGHTER)
    citizen.visit(f"/me/cases/{agreed}")
    assert "没有通过" not in citizen.text()

    second = arrive().work_as("zhaolei").visit(f"/staff/cases/{agreed}").decide("refuse")
    work(citizen)

    shoot(second, "vetoed-desk")
    citizen.visit(f"/me/cases/{agreed}")
    assert "没有通过" in citizen.text()
    assert REASON in citizen.text()
    citizen.visit("/publicity")
    assert "30.00元" not in citizen.text()


@pytest.mark.parametrize("correcting", [False, True], ids=["handled", "correcting"])
def test_a_citizen_withdraws_while_it_is_handled_and_while_correcting(
    arrive: Arrive, applied: str, correcting: bool
):
    clerk = arrive().work_as("hefang")
    if correcting:
        ask_for_correction(clerk, applied)
    citizen = arrive(375).come_back(DAUGHTER).visit(f"/me/cases/{applied}")
    assert citizen.page.locator('a[href$="/correct"]').is_visible() == correcting

    citizen.page.get_by_text("撤回这次申请").first.click()
    citizen.press('form[action$="/withdraw"] button')

    shoot(citizen, f"withdrawn-{correcting}")
    assert "撤回" in citizen.page.inner_text('[aria-labelledby="passed"]')
    assert citizen.page.locator('a[href$="/correct"]').count() == 0
    assert citizen.page.locator('form[action$="/withdraw"]').count() == 0
    clerk.visit(f"/staff/cases/{applied}")
    assert "申请人撤回" in clerk.text()
    assert clerk.page.locator('button[value="pass"]').count() == 0


def test_three_pages_say_the_same_state_and_day_until_it_is_revoked(arrive: Arrive, agreed: str):
    citizen = arrive(375).come_back(DAUGHTER)
    arrive().work_as("zhaolei").visit(f"/staff/cases/{agreed}").decide()

    citizen.visit("/publicity")
    assert "李秀英" not in citizen.text()
    faultless(citizen, "publicity")
    citizen.press('a[href$="/object"]')
    faultless(citizen, "object")
    citizen.server.clock.pass_by(days=7)  # public long enough, and nobody objected
    work(citizen)
    citizen.come_back(DAUGHTER).visit(f"/me/cases/{agreed}")
    head = arrive().work_as("juzhang").visit(f"/staff/cases/{agreed}")
    code = str(citizen.page.get_attribute('a[href^="/verify/"]', "href")).rpartition("/")[2]
    stranger = arrive(375).visit("/verify")
    stranger.type_in('[name="code"]', code)
    stranger.press(".form .btn--primary")

    for person, state in ((citizen, "有效"), (head, "有效"), (stranger, "这张证有效")):
        assert state in person.text(), person.path
        assert ISSUED in person.text(), person.path
    shoot(citizen, "issued-phone")
    shoot(head, "issued-desk")

    citizen.server.clock.pass_by(days=2)
    head = arrive().work_as("juzhang").visit(f"/staff/cases/{agreed}/revoke")
    head.type_in('[name="reason"]', REASON)
    head.type_in('[name="rule"]', RULE)
    head.press(".btn--primary")
    work(citizen)
    citizen.come_back(DAUGHTER).visit(f"/me/cases/{agreed}")
    stranger.visit(f"/verify/{code}")
    head.visit(f"/staff/cases/{agreed}")
    shoot(citizen, "revoked-phone")
    shoot(head, "revoked-desk")

    for person, state in ((citizen, "已撤销"), (head, "已撤销"), (stranger, "这张证已经撤销")):
        assert state in person.text(), person.path
        assert REVOKED in person.text(), person.path
    expect(citizen.page.locator(".banner--ok")).to_have_count(0)
    told = citizen.server.sms.messages(DAUGHTER)
    assert [each for each in told if "已撤销" in each.text and REASON.rstrip("。") in each.text]
    faultless(stranger, "verify")


def test_an_agent_in_large_type_answers_four_screens_of_at_most_three(
    arrive: Arrive, signature: Path
):
    citizen = arrive(375, type="large").come_back(DAUGHTER)
    asked: list[int] = []

    citizen.apply(signature, on_screen=lambda: asked.append(citizen.page.evaluate(QUESTIONS)))
    citizen.submit()

    shoot(citizen, "large-submitted")
    assert len(asked) == 4
    assert all(1 <= each <= 3 for each in asked), asked
    assert "GLJT-2026-000001" in citizen.text()
