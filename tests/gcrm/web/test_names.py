"""Nobody who reads English meets the Chinese name of an office or a role."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

import sqlalchemy as sa
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from gcrm.store import tables as t

City = Any
Visitor = Any

CLOSED = ("/view", "/verify", "/login", "/staff/login", "/static", "/files")
"""What changes the language, or shows papers, which bear the Chinese name."""
STAFF = (
    "hefang", "juzhang", "songqing", "designer", "sysadmin", "secadmin", "auditor", "mzadmin",
)  # fmt: skip
MET = {
    "admin.audit", "admin.department_list", "admin.new_post", "admin.people_list", "admin.person",
    "admin.role", "admin.role_list", "boards.show", "casework.case", "catalogue.item",
    "catalogue.listing", "hand_over.ask", "inbox.show", "mine.case", "portal.start",
}  # fmt: skip
"""Views that the walk must have found: it ends early where a link is lost."""
MARK = re.compile("⟦[^⟧]*⟧")


def plant(city: City) -> None:
    """Give every office and role a Chinese name that stands nowhere else."""
    d, r, s = t.department, t.role, t.service_item
    with city.house.store.write() as writer:
        for row in writer.execute(sa.select(d.c.id, d.c.name, d.c.code)).all():
            name = f"⟦{row.code}⟧"
            writer.execute(sa.update(d).where(d.c.id == row.id).values(name=name))
            listed = s.c.department_name == row.name
            writer.execute(sa.update(s).where(listed).values(department_name=name))
        writer.execute(sa.update(r).values(name="⟦" + r.c.code + "⟧"))
    city.house.services.reference.forget(1)


def apply(visitor: Visitor) -> None:
    """Hand in an application."""
    draft = visitor.begin()
    visitor.fill_all(draft)
    visitor.get(f"{draft}/check").post(
        f"{draft}/submit", key=visitor.hidden("key"), rev=visitor.hidden("rev")
    )


def walk(visitor: Visitor, starts: tuple[str, ...], seen: Counter[str]) -> Iterator[str]:
    """Open the pages that links lead to, two of each view that nobody has `seen` before."""
    waiting, met = [*starts], {*starts}
    while waiting:
        path = waiting.pop()
        view = view_of(visitor.city, path)
        if not view or (seen[view] >= 2 and path not in starts):
            continue
        visitor.get(path)
        if visitor.status == 200 and visitor.body:
            seen[view] += 1
            yield view
        for link in re.findall(r'href="(/[^"#]*)', visitor.body):
            address = unescape(link)
            if address not in met and not address.startswith(CLOSED):
                met.add(address)
                waiting.append(address)


def view_of(city: City, address: str) -> str:
    """Name the view that answers an address, "" where none does."""
    try:
        view, _values = city.app.url_map.bind("localhost").match(address.partition("?")[0])
    except (HTTPException, RequestRedirect):
        return ""
    return str(view)


def test_pages_in_english_show_no_chinese_name_of_an_office_or_role(
    city: City, newcomer: Any
) -> None:
    citizen = newcomer(city, "en").log_in("19900000001")
    apply(citizen)
    plant(city)
    found: dict[str, set[str]] = {}
    read: set[str] = set()
    seen: Counter[str] = Counter()

    for who in (citizen, *(newcomer(city, "en").work_as(login) for login in STAFF)):
        for page in walk(who, ("/",) if who is citizen else ("/staff", "/staff/admin"), seen):
            read.add(page)
            shown = re.sub(r'value="[^"]*"', "", unescape(who.body))  # forms ask for both names
            if marks := set(MARK.findall(shown)):
                found.setdefault(page, marks)

    assert found == {}
    assert read >= MET
