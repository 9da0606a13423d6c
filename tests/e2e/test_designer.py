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


def test_apps_and_their_parts_are_listed(designer: Person):
    expect(designer.page.locator(".ledger a").first).to_be_visible()

    designer.page.click('a[href="#app=elder_allowance"]')

    expect(designer.page.locator("nav a", has_text="forms/main.json")).to_be_visible()
    expect(designer.page.locator(".rail-problems p")).to_have_text("没有问题，可以发布。")


def test_a_change_is_saved_by_itself_and_what_is_wrong_is_listed(designer: Person):
    box = open_part(designer)
    text = box.input_value()

    with designer.page.expect_response(re.compile("/parts/app.json")) as saved:
        box.fill(text.replace('"form": "main"', '"form": "nowhere"'))

    assert saved.value.status == 200
    expect(designer.page.locator('[role="status"]')).to_have_text(re.compile("已存"))
    expect(designer.page.locator(".rail-problems .tag--bad").first).to_be_visible()
    assert "nowhere" in open_part(designer).input_value()


def test_who_was_slower_loses_nothing_and_reads_why(arrive: Arrive, designer: Person):
    box = open_part(designer)
    other = arrive(1440).work_as("designer")
    theirs = open_part(other)
    with other.page.expect_response(re.compile("/parts/app.json")):
        theirs.fill(theirs.input_value().replace("每个月", "每月").replace('"民政"', '"民政一"'))

    with designer.page.expect_response(re.compile("/parts/app.json")) as late:
        box.fill(box.input_value().replace('"民政"', '"民政二"'))

    assert late.value.status == 409
    expect(designer.page.locator('[role="status"]')).to_have_text(re.compile("别人先改过"))
    assert "民政二" in box.input_value()
    designer.page.click("text=看最新的")
    expect(box).to_have_value(re.compile("民政一"))


def test_the_designer_speaks_english(arrive: Arrive):
    person = arrive(1440, language="en").work_as("designer")

    person.visit("/staff/designer")

    expect(person.page.locator("main h1")).to_have_text("Apps")
