"""What the allowance must show: each way in which a case can end, before the eyes of people."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
from playwright.sync_api import expect

from gcrm.runtime.jobs import Worker

Person = Any
Arrive = Callable[..., Person]

SHOTS = os.environ.get("GCRM_SHOTS")
VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}
REASON = "上门和电话核对过，老人已经不住在本市了。"
RULE = "《高龄津贴发放办法》第八条"
ISSUED, REVOKED = "2026年12月1日", "2026年12月3日"
AXE_RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
QUESTIONS = """
  [...document.querySelectorAll('main form .fields > *')]
  .filter(each => each.offsetParent && each.getBoundingClientRect().height)
  .filter(each => each.querySelector('input:not([type="hidden"]), select, textarea')).length
"""  # results that are worked out and remarks ask nothing
CHINESE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const place = node.parentElement;
    if (!/[\\u3400-\\u9fff]/.test(node.data) || place.closest('[lang="zh-CN"], option')) continue;
    if (place.closest("[lang]").lang === "en") found.push(node.data.trim());
  }
  return found;
}"""


def apply_for(citizen: Person, signature: Path) -> list[int]:
    """Apply for one's mother; gives how many questions each screen asked."""
    asked = []
    citizen.visit("/services/elder_allowance/new")
    citizen.press('form[action$="/start"] button')
    citizen.choose("agent_flag", "true")
    citizen.choose("relation", "child")
    asked.append(citizen.page.evaluate(QUESTIONS))
    citizen.press('button[value="next"]')
    citizen.type_in('[name="elder_name"]', "李秀英")
    citizen.type_in('[name="elder_id"]', "990102194006150022")
    citizen.type_in('[name="elder_phone"]', "19900000312")
    asked.append(citizen.page.evaluate(QUESTIONS))
    citizen.press('button[value="next"]')
    citizen.choose("hukou_region", "990102001001")
    citizen.choose("live_addr-region", "990102001001")
    citizen.type_in('[name="live_addr-detail"]', "建国路1号")
    citizen.type_in('[name="bank"]', "6217000000000000004")
    asked.append(citizen.page.evaluate(QUESTIONS))
    citizen.press('button[value="next"]')
    citizen.choose("other_sub", "none")
    citizen.attach('[name="sign-photo"]', signature)
    asked.append(citizen.page.evaluate(QUESTIONS))
    citizen.press('button[value="next"]')
    citizen.press('form[action$="/submit"] .btn--primary')
    citizen.press("main .btn--primary")
    return asked


def number_of(citizen: Person) -> str:
    return str(re.sub(r"\D+", "", citizen.path.partition("/me/cases/")[2]))


def decide(clerk: Person, case: str, verb: str = "pass", **answers: str) -> None:
    """Open a case and press a button of its step; who refuses says why, and by which rule."""
    clerk.visit(f"/staff/cases/{case}")
    for name, value in answers.items():
        if clerk.page.locator(f'[type="radio"][name="{name}"]').count():
            clerk.choose(name, value)
        else:
            clerk.type_in(f'[name="{name}"]', value)
    clerk.type_in('[name="opinion"]', REASON if verb == "refuse" else "情况属实，同意。")
    if verb == "refuse":
        clerk.page.click("#refusing summary")
        clerk.choose("refusal_rule", "basis:basis_plan")
        clerk.type_in('[name="refusal_change"]', "住回本市以后可以再申请")
        clerk.type_in('[name="refusal_elsewhere"]', "请向现在住的地方的民政部门申请")
    clerk.press(f'button[value="{verb}"]')
    assert clerk.page.locator(".banner--ok").count() == 1, clerk.text()


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


def faultless(person: Person, name: str, axe: str) -> None:
    """Look at the page on the narrowest phone in both languages."""
    page, wide = person.page, person.page.viewport_size
    said = []
    for language in ("en", "zh-CN"):
        person.context.add_cookies(
            [{"name": "gcrm_language", "value": language, "url": person.server.address}]
        )
        page.set_viewport_size({"width": 320, "height": 800})
        page.reload()
        page.evaluate(axe)
        found = page.evaluate(f"axe.run(document, {AXE_RULES})")["violations"]
        said += [f"{language} {each['id']} {each['nodes'][0]['html'][:160]}" for each in found]
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        said += [f"{language} scrolls sideways by {over}"] if over > 0 else []
        if language == "en":
            said += [f"Chinese: {text}" for text in page.evaluate(CHINESE)]
        shoot(person, f"{name}-320-{language}")
    page.set_viewport_size(wide)
    assert said == [], name


def shoot(person: Person, name: str) -> None:
    """Keep a picture where asked."""
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_corrected_case_goes_on_from_the_step_that_asked(
    arrive: Arrive, signature: Path, axe: str
):
    citizen = arrive(375).log_in("19900000001")
    apply_for(citizen, signature)
    case = number_of(citizen)
    clerk = arrive().work_as("hefang").visit(f"/staff/cases/{case}")
    clerk.press('a[href$="/correct"]')
    shoot(clerk, "correct-desk")
    faultless(clerk, "correct", axe)

    ask_for_correction(clerk, case)
    assert "待补正" in clerk.text()
    citizen.visit(f"/me/cases/{case}")
    shoot(citizen, "todo-phone")
    citizen.press('a[href$="/correct"]')
    assert "打不通" in citizen.text()
    faultless(citizen, "mend", axe)
    shoot(citizen, "mend-phone")
    citizen.type_in('[name="elder_phone"]', "19900000002")
    citizen.press('button[value="next"]')
    faultless(citizen, "mend-check", axe)
    citizen.press('form[action$="/submit"] .btn--primary')
    assert "补好的材料交到了" in citizen.text()
    shoot(citizen, "mended-phone")

    decide(clerk, case, **VISIT)
    street = arrive().work_as("linyu").visit(f"/staff/cases/{case}")
    assert street.page.locator('button[value="pass"]').is_visible()
    assert "打不通" in street.text()


def test_a_refused_citizen_reads_why_by_which_rule_and_how_to_appeal(
    arrive: Arrive, signature: Path, axe: str
):
    citizen = arrive(375).log_in("19900000001")
    apply_for(citizen, signature)
    case = number_of(citizen)

    decide(arrive().work_as("hefang"), case, "refuse", **VISIT)
    work(citizen)

    citizen.visit(f"/me/cases/{case}")
    shoot(citizen, "refused-phone")
    said = citizen.text()
    for words in ("没有通过", REASON, "住回本市以后可以再申请", "现在住的地方的民政部门"):
        assert words in said
    assert re.search(r"依据\s+\S+", said)
    assert re.search(r"\d+日内可以申请行政复议，或者\d+个月内向法院起诉", said)
    told = [each.text for each in citizen.server.sms.messages("19900000001")]
    assert [each for each in told if "未通过" in each and REASON.rstrip("。") in each]
    with citizen.page.expect_download() as taken:
        citizen.page.click('a[href^="/papers/"]')
    letter = pypdf.PdfReader(taken.value.path())
    words = "".join("".join(page.extract_text().split()) for page in letter.pages)
    assert taken.value.suggested_filename.startswith("不予核准高龄津贴决定书")
    assert REASON in words
    citizen.press(f'a[href="/me/cases/{case}/rate"]')
    faultless(citizen, "rate", axe)


def test_one_of_two_officers_is_enough_to_refuse(arrive: Arrive, signature: Path):
    citizen = arrive(375).log_in("19900000001")
    apply_for(citizen, signature)
    case = number_of(citizen)
    decide(arrive().work_as("hefang"), case, **VISIT)
    decide(arrive().work_as("linyu"), case)
    decide(arrive().work_as("machao"), case)
    citizen.visit(f"/me/cases/{case}")
    assert "没有通过" not in citizen.text()

    second = arrive().work_as("zhaolei")
    decide(second, case, "refuse")
    work(citizen)

    shoot(second, "vetoed-desk")
    citizen.visit(f"/me/cases/{case}")
    assert "没有通过" in citizen.text()
    assert REASON in citizen.text()
    citizen.visit("/publicity")
    assert "30.00元" not in citizen.text()


def test_a_citizen_withdraws_while_it_is_handled_and_while_correcting(
    arrive: Arrive, signature: Path
):
    citizen = arrive(375).log_in("19900000001")
    clerk = arrive().work_as("hefang")
    for correcting in (False, True):
        apply_for(citizen, signature)
        case = number_of(citizen)
        if correcting:
            ask_for_correction(clerk, case)
            citizen.visit(f"/me/cases/{case}")
            assert citizen.page.locator('a[href$="/correct"]').is_visible()

        citizen.page.get_by_text("撤回这次申请").first.click()
        citizen.press('form[action$="/withdraw"] button')

        shoot(citizen, f"withdrawn-{correcting}")
        assert "撤回" in citizen.page.inner_text('[aria-labelledby="passed"]')
        assert citizen.page.locator('a[href$="/correct"]').count() == 0
        assert citizen.page.locator('form[action$="/withdraw"]').count() == 0
        clerk.visit(f"/staff/cases/{case}")
        assert "申请人撤回" in clerk.text()
        assert clerk.page.locator('button[value="pass"]').count() == 0


def test_three_pages_say_the_same_state_and_day_until_it_is_revoked(
    arrive: Arrive, signature: Path, axe: str
):
    citizen = arrive(375).log_in("19900000001")
    apply_for(citizen, signature)
    case = number_of(citizen)
    decide(arrive().work_as("hefang"), case, **VISIT)
    for login in ("linyu", "machao", "zhaolei"):
        decide(arrive().work_as(login), case)

    citizen.visit("/publicity")
    assert "李秀英" not in citizen.text()
    faultless(citizen, "publicity", axe)
    citizen.press('a[href$="/object"]')
    faultless(citizen, "object", axe)
    citizen.server.clock.pass_by(days=7)  # public long enough, and nobody objected
    work(citizen)
    citizen.log_in("19900000001").visit(f"/me/cases/{case}")
    head = arrive().work_as("juzhang").visit(f"/staff/cases/{case}")
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
    head = arrive().work_as("juzhang").visit(f"/staff/cases/{case}/revoke")
    head.type_in('[name="reason"]', REASON)
    head.type_in('[name="rule"]', RULE)
    head.press(".btn--primary")
    work(citizen)
    citizen.log_in("19900000001").visit(f"/me/cases/{case}")
    stranger.visit(f"/verify/{code}")
    head.visit(f"/staff/cases/{case}")
    shoot(citizen, "revoked-phone")
    shoot(head, "revoked-desk")

    for person, state in ((citizen, "已撤销"), (head, "已撤销"), (stranger, "这张证已经撤销")):
        assert state in person.text(), person.path
        assert REVOKED in person.text(), person.path
    expect(citizen.page.locator(".banner--ok")).to_have_count(0)
    told = citizen.server.sms.messages("19900000001")
    assert [each for each in told if "已撤销" in each.text and REASON.rstrip("。") in each.text]
    faultless(stranger, "verify", axe)


def test_an_agent_in_large_type_answers_four_screens_of_at_most_three(
    arrive: Arrive, signature: Path
):
    citizen = arrive(375, type="large").log_in("19900000001")

    asked = apply_for(citizen, signature)

    shoot(citizen, "large-submitted")
    assert len(asked) == 4
    assert all(1 <= each <= 3 for each in asked), asked
    assert "GLJT-2026-000001" in citizen.text()
