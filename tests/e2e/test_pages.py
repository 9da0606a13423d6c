"""Every page: nothing for axe to find, no sideways scroll, light, no word left in Chinese."""

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gcrm.runtime.jobs import Worker
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from tests.e2e.people import DAUGHTER, Person

Arrive = Callable[..., Person]

VIEWS = {
    "zh": {},
    "en": {"language": "en"},
    "large": {"type": "large"},
    "large-en": {"type": "large", "language": "en"},
}  # high contrast is looked at on the pages of "zh", see Person.faults
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
SMALL = """least => [...document.querySelectorAll('main .btn, main .choice, main .input')]
  .filter(each => each.offsetParent)
  .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
  .filter(([, height]) => height < least - 0.5)"""

of_each_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def drafts_in(person: Person) -> list[int]:
    """Give the drafts that wait in the city: one is begun, the later one whole."""
    with person.server.house.store.read() as reader:
        return list(reader.execute(select(t.form_draft.c.id).order_by(t.form_draft.c.id)).scalars())


def let_files_be(person: Person, state: str) -> None:
    """Let the scanner have been away from all files, or have looked at them."""
    with person.server.house.store.write() as writer:
        writer.execute(update(t.attachment).values(state=state))


def citizens_pages(person: Person, case: str) -> list[str]:
    """List what a citizen with a case and a draft can open."""
    draft = drafts_in(person)[0]
    return [
        "/",
        "/me",
        "/me/messages",
        "/me/seen",
        "/me/real-name",
        "/me/contact",
        f"/me/cases/{case}/submitted",
        f"/me/cases/{case}",
        "/services/elder_allowance/new",
        *(f"/apply/{draft}/{name}" for name in ("who?fix=1", "elder", "home", "confirm", "check")),
    ]


def listen(person: Person) -> list[str]:
    """Note what pages ask of anybody but our server."""
    foreign: list[str] = []
    ours = re.compile(rf"{person.server.address}|data:|blob:")
    person.page.on(
        "request",
        lambda request: foreign.append(request.url) if not ours.match(request.url) else None,
    )
    return foreign


@of_each_view
def test_pages_for_everyone_have_no_faults(arrive: Arrive, view: dict[str, str]):
    person = arrive(320, **view)
    with person.server.house.store.read() as reader:
        item = reader.scalar(select(t.service_item.c.id).order_by(t.service_item.c.id).limit(1))

    said = [
        fault
        for path in (*PUBLIC, f"/services/{item}")
        for fault in person.visit(path).faults(path, contrast=not view)
    ]

    assert said == []


@of_each_view
def test_pages_of_a_citizen_have_no_faults_and_large_targets(
    arrive: Arrive, applied: str, view: dict[str, str]
):
    """Buttons and fields are 44 px high on a phone, 60 px in large type."""
    reader = arrive(320, **view).come_back(DAUGHTER)
    foreign = listen(reader)
    said, small = [], []

    for path in citizens_pages(reader, applied):
        said += reader.visit(path).faults(path, widths=(320,), contrast=not view)
        assert reader.path == path
        reader.page.set_viewport_size({"width": 375, "height": 800})
        small += [
            (path, each) for each in reader.page.evaluate(SMALL, 60 if "type" in view else 44)
        ]

    assert said == []
    assert small == []
    assert foreign == []


@of_each_view
def test_pages_of_the_staff_have_no_faults(arrive: Arrive, applied: str, view: dict[str, str]):
    clerk = arrive(320, **view).work_as("hefang")
    foreign = listen(clerk)
    case = f"/staff/cases/{applied}"

    said = [
        fault
        for path in ("/staff", "/staff/cases", case, f"{case}?reveal=elder_id")
        for fault in clerk.visit(path).faults(path, widths=(320, 1440), contrast=not view)
    ]

    assert said == []
    assert foreign == []


def bad_rating(person: Person) -> int:
    """Let somebody have rated a case badly, by a link and without a name."""
    now, leaves = person.server.house.clock(), ("app_id", "item_variant_id", "department_id")
    with person.server.house.store.write() as writer:
        rated = select(t.rating.c.case_id)
        case = writer.execute(select(t.case).where(t.case.c.id.not_in(rated)).limit(1)).mappings()
        row = case.one()
        rating_id = new_id()
        values = {name: row[name] for name in ("tenant_id", *leaves, "region_code", "grid_id")}
        values |= {"id": rating_id, "case_id": row["id"], "score": 2, "tags": ["slow"], "marks": {}}
        values |= {"named": False, "is_public": False, "way": "link", "rated_at": now, "rev": 1}
        values |= {"counted": True, "held": "", "status": "open", "due_at": now}
        writer.execute(insert(t.rating), values)
    return rating_id


def rooms_of_the_staff(person: Person) -> dict[str, list[str]]:
    """List by login what staff open beside their cases; one of each kind of page."""
    admin = "/staff/admin"
    with person.server.house.store.read() as reader:
        account = reader.scalar(select(t.account.c.id).where(t.account.c.login == "hefang"))
    return {
        "hefang": ["/staff/messages"],
        "juzhang": ["/staff/boards", "/staff/boards/elder_allowance/overview"],
        "songqing": ["/staff/ratings", f"/staff/ratings/{bad_rating(person)}"],
        "secadmin": [admin, f"{admin}/roles/community_clerk", f"{admin}/sessions"],
        "auditor": [f"{admin}/audit"],
        "sysadmin": [
            "/staff/notices",
            *(f"{admin}/{room}" for room in ("people", "departments", "calendar", "incidents")),
            f"{admin}/people/{account}",
            f"{admin}/people/{account}/posts/new",
            f"{admin}/parameters/elder_allowance/min_age",
        ],
    }


def test_rooms_of_the_staff_have_no_faults(arrive: Arrive, applied: str):
    """Axe reads each once; English is looked at for words and width."""
    worker = Worker(arrive().server.house)
    while worker.turn():
        pass
    said = []

    for login, paths in rooms_of_the_staff(arrive()).items():
        clerk = arrive(320).work_as(login)
        for path in paths:
            said += clerk.visit(path).faults(path)
        clerk.see(language="en")
        for path in paths:
            said += clerk.visit(path).plain_faults(path)

    assert said == []


def test_the_office_of_administrators_has_no_faults(arrive: Arrive):
    said = []
    for login, path in (("sysadmin", "/staff/sms"), ("designer", "/staff/designer")):
        person = arrive(1280).work_as(login)
        for language in ("zh-CN", "en"):
            person.see(language=language)
            person.visit(path)
            person.page.wait_for_load_state("networkidle")
            said += person.faults()

    assert said == []


def test_high_contrast_is_one_attribute_of_a_page(arrive: Arrive):
    """So colours can be looked at by setting it, see Person.faults."""
    person = arrive()
    bare = re.compile(r"csrf_token\" value=\"[^\"]*\"|<a [^>]*contrast=[^<]*</a>")
    pages = []
    for contrast in ("normal", "more"):
        person.see(contrast=contrast)
        answer = person.page.goto(person.server.address + "/services/elder_allowance/new")
        assert answer
        pages.append(bare.sub("", answer.text()))

    assert pages[1] == pages[0].replace("<html", "<html", 1).replace(
        'data-face="citizen"', 'data-face="citizen" data-contrast="more"', 1
    )


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


@of_each_view
def test_pages_that_answer_a_form_have_no_faults(
    arrive: Arrive, applied: str, view: dict[str, str]
):
    citizen, clerk = arrive(320, **view), arrive(320, **view).work_as("linyu")
    said = []

    def look(person: Person, name: str) -> None:
        said.extend(person.faults(name, contrast=not view))

    citizen.visit("/login")
    citizen.press("form .btn--primary")
    look(citizen, "login without a number")
    check = f"/apply/{drafts_in(citizen)[1]}/check"
    let_files_be(citizen, "waiting")
    citizen.come_back(DAUGHTER).visit(check)
    look(citizen, "while the scanner is away")
    let_files_be(citizen, "clean")
    citizen.visit(check)
    citizen.press('form[action$="/submit"] .btn--primary')
    look(citizen, "precheck")
    citizen.press('button[name="insist"]')
    look(citizen, "submitted")
    clerk.visit("/staff")
    clerk.press(".list--tasks tbody a")
    clerk.press('button[value="decline"]')
    look(clerk, "an action without its reason")
    clerk.visit(str(clerk.page.locator('a[href$="/pause"]').get_attribute("href")))
    look(clerk, "pause")
    clerk.visit("/staff/password")
    clerk.press("form .btn--primary")
    look(clerk, "password")

    assert said == []
