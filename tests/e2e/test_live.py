"""A form that reacts at once where script runs, and is whole where it does not."""

import gzip
import os
import re
from collections.abc import Callable
from typing import Any

from tests.e2e.people import DAUGHTER

Arrive = Callable[..., Any]
ID = "990102196603150011"


def draft(person: Any, app: str, variant: str = "new") -> str:
    """Start a draft and give its address."""
    person.visit(f"/services/{app}/{variant}")
    person.press('form[action$="/start"] button')
    return str(person.path.rpartition("/")[0])


def shoot(person: Any, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        person.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def is_shown(person: Any, name: str) -> bool:
    return bool(person.page.locator(f'[name="{name}"]').first.is_visible())


def says(person: Any, name: str, text: str) -> None:
    """Wait until a formula says something: the script is loaded behind the page."""
    person.page.locator(f'[data-result="{name}"]', has_text=text).wait_for()


def test_a_form_shows_works_out_and_checks_while_it_is_filled(arrive: Arrive) -> None:
    citizen = arrive(375).come_back(DAUGHTER)
    noise: list[str] = []
    citizen.page.on("console", lambda said: noise.append(said.text))
    citizen.page.on("pageerror", lambda fault: noise.append(str(fault)))
    page = citizen.page
    draft(citizen, "retirement")

    # What stands in a sealed answer on this page is read there, nowhere else.
    citizen.type_in('[name="id_no"]', ID)
    says(citizen, "id_birth", "1966年3月15日（周二）")
    says(citizen, "is_male", "是")
    shoot(citizen, "live_formula")
    citizen.type_in('[name="id_no"]', f"{ID[:-1]}Z")
    says(citizen, "id_birth", "填好上面的内容")
    citizen.type_in('[name="id_no"]', ID)
    citizen.type_in('[name="name"]', "王建国")
    citizen.type_in('[name="phone"]', "19900000001")
    citizen.press('button[value="next"]')

    # The next page hangs on its own answers and on those of the page before.
    assert ID not in page.content()
    citizen.choose("emp_kind", "flexible")
    page.wait_for_selector('[data-shows="unit_uscc"].is-shut', state="attached")
    assert not is_shown(citizen, "unit_uscc")
    citizen.choose("emp_kind", "female_worker")
    assert is_shown(citizen, "unit_uscc")
    assert "对不上" in page.inner_text('[id="f-emp_kind-e"]')
    shoot(citizen, "live_check")
    citizen.choose("emp_kind", "male")
    assert not page.locator('[id="f-emp_kind-e"]').count()
    assert not page.locator(".field--bad").count()
    citizen.type_in('[name="birth_ym"]', "1966年4月1日")
    says(citizen, "birth_differs", "是")
    assert noise == []


def test_scripts_of_a_page_that_reacts_stay_small(arrive: Arrive) -> None:
    citizen = arrive(375).come_back(DAUGHTER)
    sizes: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        body = answer.body()
        packed = body if answer.headers.get("content-encoding") == "gzip" else None
        sizes[answer.url] = len(gzip.compress(packed or body, 9))

    start = draft(citizen, "retirement")
    citizen.page.on("response", weigh)
    citizen.visit(f"{start}/who")
    citizen.page.wait_for_load_state("networkidle")

    scripts = {url: size for url, size in sizes.items() if url.endswith(".js")}
    assert any("follow-" in url for url in scripts)
    assert sum(scripts.values()) <= 20 * 1024
    assert sum(sizes.values()) <= 50 * 1024
    assert not re.search(r"<script(?![^>]*\bsrc=)", citizen.page.content())


def test_a_form_is_whole_without_script(arrive: Arrive) -> None:
    citizen = arrive(375, script=False).come_back(DAUGHTER)
    draft(citizen, "retirement")
    citizen.type_in('[name="name"]', "王建国")
    citizen.type_in('[name="id_no"]', ID)
    citizen.type_in('[name="phone"]', "19900000001")
    citizen.press('button[value="next"]')

    assert is_shown(citizen, "unit_uscc")
    citizen.choose("emp_kind", "female_worker")
    citizen.type_in('[name="birth_ym"]', "1966-03-15")
    citizen.press('button[value="next"]')

    assert "对不上" in citizen.page.inner_text(".errors")
