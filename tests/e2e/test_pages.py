"""Every page: nothing for axe to find, no sideways scroll, light, no word left in Chinese."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Person = Any
Arrive = Callable[..., Person]

VIEWS = {
    "zh": {},
    "en": {"language": "en"},
    "large": {"type": "large"},
    "large-en": {"type": "large", "language": "en"},
    "more": {"contrast": "more"},
}
PUBLIC = (
    "/",
    "/services",
    "/services?q=老人",
    "/services?q=xyz",
    "/services/elder_allowance/new",
    "/login",
    "/lookup",
    "/settings",
    "/accessibility",
    "/nothing",
    "/staff/login",
)
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


@pytest.fixture
def inhabited(arrive: Arrive, signature: Path) -> tuple[Person, list[str], list[str]]:
    """A city with one case: its citizen, the citizen's pages, the clerk's pages."""
    citizen = arrive(375, script=False).log_in("19900000001")
    citizen.visit("/services/elder_allowance/new")
    citizen.press('form[action$="/start"] button')
    draft = citizen.path.rpartition("/")[0]
    wrong = _fill(citizen, draft, signature)
    citizen.visit(f"{draft}/check")
    citizen.press('form[action$="/submit"] .btn--primary')
    done = citizen.path
    case = done.removesuffix("/submitted")
    citizen.visit("/services/elder_allowance/new")
    citizen.press('form[action$="/start"] button')
    second = citizen.path.rpartition("/")[0]
    citizen.choose("agent_flag", "true")
    citizen.press('button[value="next"]')
    pages = [
        "/",
        "/me",
        "/me/messages",
        "/me/seen",
        "/me/real-name",
        done,
        case,
        "/services/elder_allowance/new",
        *(f"{second}/{name}" for name in ("who?fix=1", "elder", "home", "confirm", "check")),
    ]
    assert wrong
    number = case.rpartition("/")[2]
    office = ["/staff", "/staff/cases", f"/staff/cases/{number}"]
    return citizen, pages, [*office, f"/staff/cases/{number}?reveal=elder_id"]


def _fill(citizen: Person, draft: str, signature: Path) -> bool:
    """Fill in the four screens, the second one wrongly at first."""
    citizen.choose("agent_flag", "true")
    citizen.choose("relation", "child")
    citizen.press('button[value="next"]')
    citizen.type_in('[name="elder_name"]', "李秀英")
    citizen.type_in('[name="elder_id"]', "990102194006150023")
    citizen.type_in('[name="elder_phone"]', "19900000312")
    citizen.press('button[value="next"]')
    wrong = bool(citizen.page.locator(".errors").count())
    citizen.type_in('[name="elder_id"]', "990102194006150022")
    citizen.press('button[value="next"]')
    citizen.choose("hukou_region", "990102001001")
    citizen.choose("live_addr-region", "990102001001")
    citizen.type_in('[name="live_addr-detail"]', "建国路1号")
    citizen.type_in('[name="bank"]', "6217000000000000004")
    citizen.press('button[value="next"]')
    citizen.choose("other_sub", "none")
    citizen.attach('[name="sign-photo"]', signature)
    citizen.press('button[value="next"]')
    citizen.page.wait_for_url(re.compile(r"/check"))  # what is uploaded takes its time
    return wrong


def faults(person: Person, axe: str) -> list[str]:
    """Let axe look at the page; it runs beside the page's own policy."""
    person.page.evaluate(axe)
    found = person.page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def look(person: Person, path: str, axe: str, *, narrow: bool) -> list[str]:
    """Say what is wrong with one page."""
    person.visit(path)
    said = [f"{path}: {fault}" for fault in faults(person, axe)]
    if person.page.locator("html").get_attribute("lang") == "en":
        said += [f"{path}: Chinese “{text}”" for text in person.page.evaluate(CHINESE)]
    if narrow:
        over = person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            said.append(f"{path}: scrolls sideways by {over} px")
    return said


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_pages_for_everyone_have_no_faults(arrive: Arrive, axe: str, view: dict[str, str]):
    person = arrive(320, **view)

    said = [fault for path in PUBLIC for fault in look(person, path, axe, narrow=True)]

    assert said == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_pages_of_a_case_have_no_faults(
    arrive: Arrive, inhabited: Any, axe: str, view: dict[str, str]
):
    citizen, pages, office = inhabited
    reader = arrive(320, **view)
    reader.context.add_cookies(citizen.context.cookies())
    reader.context.add_cookies(
        [
            {"name": f"gcrm_{name}", "value": value, "url": reader.server.address}
            for name, value in view.items()
        ]
    )
    clerk = arrive(320, **view).work_as("hefang")
    wide = arrive(1440, **view).work_as("hefang")

    said = [fault for path in pages for fault in look(reader, path, axe, narrow=True)]
    said += [fault for path in office for fault in look(clerk, path, axe, narrow=True)]
    said += [fault for path in office for fault in look(wide, path, axe, narrow=True)]

    assert said == []


def test_the_office_of_administrators_has_no_faults(arrive: Arrive, axe: str):
    said = []
    for login, path in (("sysadmin", "/staff/sms"), ("designer", "/staff/designer")):
        for view in ({}, {"language": "en"}):
            person = arrive(1280, **view).work_as(login)
            person.visit(path)
            person.page.wait_for_load_state("networkidle")
            said += [f"{path}: {fault}" for fault in faults(person, axe)]

    assert said == []


def test_a_first_visit_is_light(arrive: Arrive):
    person = arrive(375)
    sizes: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        body = answer.body()
        name = answer.url.removeprefix(person.server.address)
        sizes[name] = len(body) if name.endswith(".svg") else len(gzip.compress(body, 9))

    person.page.on("response", weigh)
    person.visit("/")
    person.page.wait_for_load_state("networkidle")

    scripts = sum(size for name, size in sizes.items() if name.endswith(".js"))
    styles = sum(size for name, size in sizes.items() if name.endswith(".css"))
    assert sum(sizes.values()) <= 50 * 1024, json.dumps(sizes)
    assert scripts <= 20 * 1024
    assert styles <= 12 * 1024


def test_targets_are_large_enough(arrive: Arrive, inhabited: Any):
    """44 px on a phone, 60 px in easy mode, for buttons and fields."""
    citizen, pages, _ = inhabited
    small = []
    for view, least in (({}, 44), ({"type": "large"}, 60)):
        reader = arrive(375, **view)
        reader.context.add_cookies(citizen.context.cookies())
        for path in pages:
            reader.visit(path)
            heights = reader.page.evaluate(
                "() => [...document.querySelectorAll('main .btn, main .choice, main .input')]"
                ".filter(each => each.offsetParent)"
                ".map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])"
            )
            small += [(path, html, height) for html, height in heights if height < least - 0.5]

    assert small == []


def test_no_page_loads_anything_from_elsewhere(arrive: Arrive, inhabited: Any):
    citizen, pages, _ = inhabited
    foreign: list[str] = []
    citizen.page.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if not re.match(rf"{citizen.server.address}|data:|blob:", request.url)
            else None
        ),
    )

    for path in pages:
        citizen.visit(path)

    assert foreign == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_pages_that_answer_a_form_have_no_faults(
    arrive: Arrive, signature: Path, axe: str, view: dict[str, str]
):
    citizen = arrive(320, script=True, **view)
    said = []
    citizen.visit("/login")
    citizen.press("form .btn--primary")
    said += after(citizen, axe, "login without a number")
    citizen.log_in("19900000001")
    citizen.visit("/services/elder_allowance/new")
    citizen.press('form[action$="/start"] button')
    draft = citizen.path.rpartition("/")[0]
    _fill(citizen, draft, signature)
    citizen.visit(f"{draft}/elder?then=check")
    citizen.type_in('[name="elder_name"]', "张建国")
    citizen.type_in('[name="elder_id"]', "990102196603100057")
    citizen.press('button[value="next"]')
    citizen.press('form[action$="/submit"] .btn--primary')
    said += after(citizen, axe, "precheck")
    citizen.press('button[name="insist"]')
    said += after(citizen, axe, "submitted")
    clerk = arrive(320, **view).work_as("linyu")
    clerk.press(".list--tasks tbody a")
    clerk.press('button[value="decline"]')
    said += after(clerk, axe, "an action without its reason")
    pause = clerk.page.locator('a[href$="/pause"]').get_attribute("href")
    clerk.visit(str(pause))
    said += after(clerk, axe, "pause")
    clerk.visit("/staff/password")
    clerk.press("form .btn--primary")
    said += after(clerk, axe, "password")

    assert said == []


def after(person: Person, axe: str, name: str) -> list[str]:
    """Say what is wrong with the page that has just come."""
    said = [f"{name}: {fault}" for fault in faults(person, axe)]
    over = person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if over > 0:
        said.append(f"{name}: scrolls sideways by {over} px")
    if person.page.locator("html").get_attribute("lang") == "en":
        said += [f"{name}: Chinese “{text}”" for text in person.page.evaluate(CHINESE)]
    return said
