"""Who learns that an account was switched off: whoever has its tasks now, in one message."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from gcrm.access.accessor import Accessor
from gcrm.access.actors import actor_of_account
from gcrm.access.keys import keys_of
from gcrm.runtime.notice_people import names_of, reached
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.outbox import Message

TOPIC = "account_ended"
TEMPLATE = "account_ended"
CAUSE = "account_ended"
"""Why a task moved, in the event of its case."""


def ended_rows(
    reader: Connection, services: Services, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    """Make the message within the platform: whose account, and the cases by number.

    Tasks that went back to the office are told to everybody who may take them.
    """
    tenant = message.tenant_id
    tasks = _open(reader, tenant, [int(each) for each in message.payload["tasks"]])
    who = names_of(reader, tenant, [int(message.payload["of"])])
    to = str(message.payload.get("to", ""))
    theirs = {int(to): _of(tasks, int(to))} if to else _able(reader, tenant, tasks, now)
    code = "ended_handed" if to else "ended_released"
    for person in reached(reader, services, tenant, [each for each in theirs if theirs[each]]):
        cases = theirs[person.party_id]
        code_now = f"{code}_one" if len(cases) == 1 else code
        text = sentence(code_now, person.locale, name=who, count=len(cases))
        yield notice_row(
            services, tenant, None, person.party_id, TEMPLATE, "in_app", text, None, message.id,
            now, cases=cases,
        )  # fmt: skip


def _open(reader: Connection, tenant: int, ids: Sequence[int]) -> Sequence[Any]:
    task, case = t.task.c, t.case.c
    same = and_(case.tenant_id == task.tenant_id, case.id == task.case_id)
    return reader.execute(
        select(task.id, task.case_id, task.assignee_id, task.role_code, case.number)
        .join_from(t.task, t.case, same)
        .where(task.tenant_id == tenant, task.id.in_(ids), task.status == "open")
        .order_by(case.number, task.id)
    ).all()


def _of(tasks: Sequence[Any], party: int) -> tuple[tuple[int, str], ...]:
    mine = {each.case_id: each.number or "" for each in tasks if each.assignee_id == party}
    return tuple(mine.items())


def _able(
    reader: Connection, tenant: int, tasks: Sequence[Any], now: datetime
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Find who may take which of the tasks that nobody has: by party, their cases."""
    free = [each for each in tasks if each.assignee_id is None]
    post, today = t.post.c, now.date()
    accounts = reader.execute(
        select(post.account_id, post.party_id)
        .where(
            post.tenant_id == tenant,
            post.account_id.is_not(None),
            post.role_code.in_(sorted({each.role_code for each in free if each.role_code})),
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
        )
        .distinct()
        .order_by(post.party_id)
    ).all()
    found: dict[int, tuple[tuple[int, str], ...]] = {}
    for row in accounts:
        actor = actor_of_account(reader, tenant, row.account_id, now)
        if actor is None or row.party_id in found:
            continue
        own = Accessor(reader, actor, keys_of(reader, actor))
        cases = {
            each.case_id: each.number or ""
            for each in free
            if own.find("task", each.id, "act") is not None
        }
        found[row.party_id] = tuple(cases.items())
    return found
