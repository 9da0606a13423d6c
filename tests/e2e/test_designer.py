"""The designer's first room: read a part, change it, meet what is wrong and who was faster."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

Person = Any
Arrive = Callable[..., Person]

PART = "#app=elder_allowance&part=app.json"


@pytest.fixture
def designer(arrive: Arrive) -> Person:
    """Somebody of the bureau in front of the list of apps."""
    person = arrive(1440).work_as("designer")
    person.visit("/staff/designer")
    return person


def open_part(person: Person) -> Any:
    """Open a part; give its box."""
    person.visit("/staff/designer")
    expect(person.page.locator("main h1")).to_be_visible()
    person.visit(f"/staff/designer{PART}")
    box = person.page.locator("textarea.source")
    expect(box).to_have_value(re.compile("gcrm.app/1"))
    return box


def change(box: Any, old: str, new: str) -> None:
    """Mark the first place where a text stands and write another over it, as a person does."""
    box.evaluate(
        """(box, old) => {
            const at = box.value.indexOf(old);
            if (at < 0) throw new Error(`${old} does not stand there`);
            box.focus();
            box.setSelectionRange(at, at + old.length);
        }""",
        old,
    )
    box.page.keyboard.insert_text(new)


def test_apps_and_their_parts_are_listed(designer: Person):
    expect(designer.page.locator(".ledger a").first).to_be_visible()

    designer.page.click('a[href="#app=elder_allowance"]')

    expect(designer.page.locator("nav a", has_text="forms/main.json")).to_be_visible()
    expect(designer.page.locator(".rail-problems p")).to_have_text("没有问题，可以发布。")


def test_a_change_is_saved_by_itself_and_what_is_wrong_is_listed(designer: Person):
    box = open_part(designer)

    with designer.page.expect_response(re.compile("/parts/app.json")) as saved:
        change(box, '"form": "main"', '"form": "nowhere"')

    assert saved.value.status == 200
    expect(designer.page.locator('[role="status"]')).to_have_text(re.compile("已存"))
    expect(designer.page.locator(".rail-problems .tag--bad").first).to_be_visible()
    assert "nowhere" in open_part(designer).input_value()


def test_who_was_slower_loses_nothing_and_reads_why(arrive: Arrive, designer: Person):
    box = open_part(designer)
    other = arrive(1440).work_as("designer")
    theirs = open_part(other)
    with other.page.expect_response(re.compile("/parts/app.json")):
        change(theirs, '"民政"', '"民政一"')

    with designer.page.expect_response(re.compile("/parts/app.json")) as late:
        change(box, '"民政"', '"民政二"')

    assert late.value.status == 409
    expect(designer.page.locator('[role="status"]')).to_have_text(re.compile("别人先改过"))
    assert "民政二" in box.input_value()
    designer.page.click("text=看最新的")
    expect(box).to_have_value(re.compile("民政一"))


def test_the_designer_speaks_english(arrive: Arrive):
    person = arrive(1440, language="en").work_as("designer")

    person.visit("/staff/designer")

    expect(person.page.locator("main h1")).to_have_text("Apps")


def test_somebody_new_makes_a_service_and_publishes_it(designer: Person):
    page = designer.page
    page.click("text=新建应用")
    page.fill("#new-name", "体育馆预约")
    for place, code in enumerate(("ZWJ", "street_civil", "street_civil")):
        page.locator(".starting select").nth(place).select_option(code)
    page.click("text=建好，去改表单")
    page.fill("textarea[id^=n-]", "想去哪个馆\n几个人")
    with page.expect_response(re.compile("/parts/forms/main.json")):
        page.click(".adding .btn--primary")
    expect(page.locator(".thing")).to_have_count(6)
    page.click("text=撤销")
    expect(page.locator(".thing")).to_have_count(4)
    page.click("text=重做")
    page.click("nav >> text=规则")
    page.click("summary:has-text('年满18周岁')")
    page.get_by_label("和什么比").fill("16")
    expect(page.locator(".rows__said")).to_contain_text("不少于16岁")
    expect(page.locator('[role="status"]').first).to_have_text(re.compile("已存"))

    page.click("text=改了什么、发布")
    page.click("text=发布第一版")

    expect(page.locator(".banner--ok")).to_contain_text("第1版")
    expect(page.locator(".rail-problems .tag--bad")).to_have_count(0)
