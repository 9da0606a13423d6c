"""Papers before the eyes of people: certificate, verification and revocation in a browser."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from gcrm.runtime import jobs
from gcrm.store import tables as t

Person = Any
Arrive = Callable[..., Person]
SHOTS = os.environ.get("GCRM_SHOTS")
CARD = "6217000000000000004"
AXE_RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


def apply_for(citizen: Person, signature: Path, *, wrong_phone: str = "19900000312") -> None:
    """Fill in the four screens."""
    citizen.visit("/")
    citizen.press('a[href="/services/elder_allowance/new"]')
    citizen.press('form[action$="/start"] button')
    citizen.choose("agent_flag", "true")
    citizen.choose("relation", "child")
    citizen.press('button[value="next"]')
    citizen.type_in('[name="elder_name"]', "李秀英")
    citizen.type_in('[name="elder_id"]', "990102194006150022")
    citizen.type_in('[name="elder_phone"]', wrong_phone)
    citizen.press('button[value="next"]')
    citizen.choose("hukou_region", "990102001001")
    citizen.choose("live_addr-region", "990102001001")
    citizen.type_in('[name="live_addr-detail"]', "建国路1号")
    citizen.type_in('[name="bank"]', CARD)
    citizen.press('button[value="next"]')
    citizen.choose("other_sub", "none")
    citizen.attach('[name="sign-photo"]', signature)
    citizen.press('button[value="next"]')
    citizen.page.wait_for_url(re.compile(r"/check"))  # what is uploaded takes its time


def look(person: Person, name: str, axe: str) -> None:
    """See that nothing sticks out sideways and axe finds nothing; keep a picture where asked."""
    page = person.page
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} scrolls sideways by {wide}"
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    page.evaluate(axe)
    found = page.evaluate(f"axe.run(document, {AXE_RULES})")["violations"]
    assert [each["id"] for each in found] == [], name


def test_a_certificate_is_read_verified_and_revoked_in_a_browser(
    arrive: Arrive, signature: Path, axe: str
) -> None:
    citizen = arrive(375).log_in("19900000001")
    apply_for(citizen, signature)
    citizen.press('form[action$="/submit"] .btn--primary')
    house = citizen.server.house
    with house.store.read() as reader:
        case_id = reader.scalar(select(t.case.c.id))
    for login in ("hefang", "linyu", "machao", "zhaolei"):
        clerk = arrive().work_as(login)
        answers = {"visit_date": "2026-11-24"} if login == "hefang" else {}
        if answers:
            clerk.visit(f"/staff/cases/{case_id}")
            clerk.choose("visit_way", "home")
            clerk.type_in('[name="visit_date"]', "2026-11-24")
        else:
            clerk.visit(f"/staff/cases/{case_id}")
        clerk.type_in('[name="opinion"]', "上门看过，情况属实，同意。")
        clerk.press('button[value="pass"]')
    citizen.server.clock.pass_by(days=7)  # public long enough, and nobody objected
    worker = jobs.Worker(house)
    for _ in range(6):
        worker.turn()
    citizen.log_in("19900000001")
    with house.store.read() as reader:
        row = reader.execute(select(t.certificate)).mappings().one()

    citizen.visit(f"/me/cases/{case_id}")
    look(citizen, "progress-phone", axe)
    with citizen.page.expect_download() as taken:
        citizen.page.click(f'a[href="/papers/{row["id"]}"]')
    assert taken.value.suggested_filename == "高龄津贴核准书 GLJTZ-2026-000001.pdf"
    pdf = taken.value.path()

    for name, view in (
        ("verify-phone", {"width": 375}),
        ("verify-large", {"width": 375, "type": "large"}),
        ("verify-desk-en", {"width": 1280, "language": "en"}),
    ):
        stranger = arrive(**view).visit("/verify")
        look(stranger, f"{name}-ask", axe)
        stranger.type_in('[name="code"]', row["code"].lower())
        stranger.press(".form .btn--primary")
        expect(stranger.page.locator(".verdict--ok")).to_be_visible()
        look(stranger, name, axe)
    stranger.visit(f"/verify/{row['code']}")
    stranger.attach('[name="copy"]', pdf)
    stranger.press('form[action^="/verify/"] button')
    expect(stranger.page.locator(".banner--ok")).to_be_visible()

    head = arrive().work_as("juzhang").visit(f"/staff/cases/{case_id}")
    look(head, "staff-case", axe)
    head.press(f'a[href="/staff/cases/{case_id}/revoke"]')
    look(head, "staff-revoke", axe)
    head.type_in('[name="reason"]', "核查发现老人户籍已经迁出本市。")
    head.type_in('[name="rule"]', "《高龄津贴发放办法》第八条")
    head.press(".btn--primary")
    look(head, "staff-revoked", axe)
    phone = arrive(375).visit(f"/verify/{row['code']}")
    expect(phone.page.locator(".verdict--bad")).to_be_visible()
    look(phone, "verify-revoked", axe)
    citizen.visit(f"/me/cases/{case_id}")
    look(citizen, "progress-revoked", axe)
    unknown = arrive(375).visit("/verify/0000000000000000")
    look(unknown, "verify-unknown", axe)
