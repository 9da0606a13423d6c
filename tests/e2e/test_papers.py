"""Papers before the eyes of people: certificate, verification and revocation in a browser."""

import os
from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from gcrm.runtime import jobs
from gcrm.store import tables as t
from tests.e2e.people import DAUGHTER, Person

Arrive = Callable[..., Person]
SHOTS = os.environ.get("GCRM_SHOTS")


def look(person: Person, name: str) -> None:
    """See that nothing is wrong with the page; keep a picture where asked."""
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert person.faults(name) == []


def test_a_certificate_is_read_verified_and_revoked_in_a_browser(
    arrive: Arrive, agreed: str
) -> None:
    citizen = arrive(375).come_back(DAUGHTER)
    house = citizen.server.house
    arrive().work_as("zhaolei").visit(f"/staff/cases/{agreed}").decide()
    citizen.server.clock.pass_by(days=7)  # public long enough, and nobody objected
    worker = jobs.Worker(house)
    for _ in range(6):
        worker.turn()
    citizen.come_back(DAUGHTER)
    with house.store.read() as reader:
        row = reader.execute(select(t.certificate)).mappings().one()

    citizen.visit(f"/me/cases/{agreed}")
    look(citizen, "progress-phone")
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
        look(stranger, f"{name}-ask")
        stranger.type_in('[name="code"]', row["code"].lower())
        stranger.press(".form .btn--primary")
        expect(stranger.page.locator(".verdict--ok")).to_be_visible()
        look(stranger, name)
    stranger.visit(f"/verify/{row['code']}")
    stranger.attach('[name="copy"]', pdf)
    stranger.press('form[action^="/verify/"] button')
    expect(stranger.page.locator(".banner--ok")).to_be_visible()

    head = arrive().work_as("juzhang").visit(f"/staff/cases/{agreed}")
    look(head, "staff-case")
    head.press(f'a[href="/staff/cases/{agreed}/revoke"]')
    look(head, "staff-revoke")
    head.type_in('[name="reason"]', "核查发现老人户籍已经迁出本市。")
    head.type_in('[name="rule"]', "《高龄津贴发放办法》第八条")
    head.press(".btn--primary")
    look(head, "staff-revoked")
    phone = arrive(375).visit(f"/verify/{row['code']}")
    expect(phone.page.locator(".verdict--bad")).to_be_visible()
    look(phone, "verify-revoked")
    citizen.visit(f"/me/cases/{agreed}")
    look(citizen, "progress-revoked")
    unknown = arrive(375).visit("/verify/0000000000000000")
    look(unknown, "verify-unknown")
