"""Whom a notice goes to, how each of them is reached, and what they chose."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from app_definitions import ids
from app_definitions.app import Notice
from gcrm.runtime.notice_case import NoticeCase
from gcrm.runtime.participants import holds
from gcrm.runtime.services import Services
from gcrm.store import tables as t

HEAD = "head"
"""The role of those who lead a department: the superiors of whoever works in it."""

STAFF = frozenset({"handler", "supervisor"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person: phone and mail where they are known and wanted. `night`: also at night."""

    party_id: int
    locale: str
    phone: str | None
    mail: str | None
    night: bool


def recipients(case: NoticeCase, notice: Notice) -> Iterable[Recipient]:
    """List the people whom a notice names, each once."""
    if notice.when and not _holds(case, notice):
        return
    roles = [role for role in notice.to if role not in STAFF]
    members = case.reader.execute(_MEMBERS, {"tenant": case.tenant, "case": case.row["id"]})
    parties = {member.party_id for member in members if member.role in roles}
    if "handler" in notice.to:
        parties |= set(handlers(case))
    if "supervisor" in notice.to:
        parties |= set(supervisors(case))
    yield from reached(case.reader, case.services, case.tenant, parties, _phone_in(case))


def reached(
    reader: Connection,
    services: Services,
    tenant_id: int,
    parties: Iterable[int],
    phones: Mapping[int, str] | None = None,
) -> Iterable[Recipient]:
    """Find how parties are reached: by their account, else by the phone that stands in `phones`.

    Who was erased is not reached at all. A phone whose owner wants no text messages gets none,
    whoever's case it is.
    """
    wanted = sorted(set(parties))
    rows = reader.execute(_ACCOUNTS, {"tenant": tenant_id, "parties": wanted}).all()
    accounts = {row.party_id: row for row in rows}
    services.sealer.load(reader, tenant_id, wanted)
    found = [
        _recipient(services, tenant_id, party, accounts.get(party), phones or {})
        for party in wanted
        if services.sealer.has(tenant_id, party)
    ]
    quiet = {
        found[n].phone
        for n in range(len(found))
        if (row := accounts.get(found[n].party_id)) is not None and row.sms is False
    }
    for each in found:
        phone = None if each.phone in quiet else each.phone
        yield Recipient(each.party_id, each.locale, phone, each.mail, each.night)


def _recipient(
    services: Services, tenant_id: int, party_id: int, account: Any, phones: Mapping[int, str]
) -> Recipient:
    sealer, phone, mail = services.sealer, phones.get(party_id), None
    if account is not None and account.phone_sealed is not None:
        place = f"account.phone_sealed.{account.id}"
        phone = sealer.open(tenant_id, party_id, place, account.phone_sealed).decode("utf-8")
    if account is not None and account.contact_sealed is not None:  # staff: the office says so
        place = f"account.contact_sealed.{account.id}"
        known = json.loads(sealer.open(tenant_id, party_id, place, account.contact_sealed))
        phone, mail = known["phone"] or phone, known["mail"] or None
    if account is not None and account.mail and account.mail_sealed is not None:
        place = f"contact.mail_sealed.{account.id}"
        mail = sealer.open(tenant_id, party_id, place, account.mail_sealed).decode("utf-8")
    locale = (account.locale if account is not None else None) or "zh-CN"
    return Recipient(party_id, locale, phone, mail, bool(account is not None and account.night))


def handlers(case: NoticeCase) -> Iterable[int]:
    """List who works on the open tasks: the assignee, else those who hold the role there."""
    post = t.post.c
    for each in _open_tasks(case):
        if each.assignee_id is not None:
            yield each.assignee_id
            continue
        yield from case.reader.execute(
            select(post.party_id).where(
                post.tenant_id == each.tenant_id,
                post.role_code == each.role_code,
                or_(post.region_code.is_(None), post.region_code == each.region_code),
                or_(post.valid_to.is_(None), post.valid_to >= case.now.date()),
            )
        ).scalars()


def supervisors(case: NoticeCase) -> Iterable[int]:
    """List the heads nearest above the open tasks: of the task's department or the next one up
    that has a head, else of the case's owner."""
    post, department = t.post.c, t.department.c
    starts = [each.department_id for each in _open_tasks(case)] or [None]
    rows = case.reader.execute(
        select(department.id, department.parent_id).where(department.tenant_id == case.tenant)
    )
    above = {row.id: row.parent_id for row in rows}
    heads: dict[int, list[int]] = {}
    for row in case.reader.execute(
        select(post.department_id, post.party_id).where(
            post.tenant_id == case.tenant,
            post.role_code == HEAD,
            post.valid_from <= case.now.date(),
            or_(post.valid_to.is_(None), post.valid_to >= case.now.date()),
        )
    ):
        heads.setdefault(row.department_id, []).append(row.party_id)
    for start in starts:
        yield from _nearest(start, above, heads) or _nearest(
            case.row["department_id"], above, heads
        )


def _nearest(
    start: int | None, above: Mapping[int, int | None], heads: Mapping[int, list[int]]
) -> list[int]:
    seen: set[int] = set()
    while start is not None and start not in seen:
        if start in heads:
            return heads[start]
        seen.add(start)
        start = above.get(start)
    return []


def names_of(reader: Connection, tenant_id: int, parties: Iterable[int]) -> str:
    """Name people in a sentence."""
    rows = reader.execute(
        select(t.party.c.name)
        .where(t.party.c.tenant_id == tenant_id, t.party.c.id.in_(sorted(set(parties))))
        .order_by(t.party.c.id)
    ).scalars()
    return "、".join(rows)


def _open_tasks(case: NoticeCase) -> list[Any]:
    task = t.task.c
    return list(
        case.reader.execute(
            select(t.task).where(
                task.tenant_id == case.tenant,
                task.case_id == case.row["id"],
                task.status == "open",
            )
        )
    )


def _holds(case: NoticeCase, notice: Notice) -> bool:
    if case.paper is None:
        return False
    inputs = case.paper.paper.form.inputs(case.paper.values, case.paper.context)
    path = ids.path("app.json", [notice.id], "when")
    return holds(case.app, path, inputs, case.paper.context.evaluation)


def _phone_in(case: NoticeCase) -> dict[int, str]:
    """Find the number that the application gives for its applicant."""
    if case.paper is None:
        return {}
    for entry in case.app.definition.participants:
        if entry.role == "applicant" and entry.phone_field:
            value = case.paper.values.get(entry.phone_field)
            return {case.row["applicant_id"]: value} if isinstance(value, str) else {}
    return {}


_MEMBERS = select(t.case_participant.c.party_id, t.case_participant.c.role).where(
    t.case_participant.c.tenant_id == bindparam("tenant"),
    t.case_participant.c.case_id == bindparam("case"),
)
_ACCOUNTS = (
    select(
        t.account.c.id,
        t.account.c.party_id,
        t.account.c.locale,
        t.account.c.phone_sealed,
        t.account.c.contact_sealed,
        t.contact.c.mail_sealed,
        t.contact.c.mail,
        t.contact.c.sms,
        t.contact.c.night,
    )
    .select_from(
        t.account.outerjoin(
            t.contact,
            and_(
                t.contact.c.tenant_id == t.account.c.tenant_id,
                t.contact.c.account_id == t.account.c.id,
            ),
        )
    )
    .where(
        t.account.c.tenant_id == bindparam("tenant"),
        t.account.c.party_id.in_(bindparam("parties", expanding=True)),
        t.account.c.disabled.is_(False),
    )
    .order_by(t.account.c.id)
)
