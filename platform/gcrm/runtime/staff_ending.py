"""Switching an account off: its open tasks go to a colleague or back to the office."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime import powers, sessions
from gcrm.runtime.administration import forget, write_down
from gcrm.runtime.ended_notices import CAUSE, TOPIC
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.staff_changes import check_rev, touch
from gcrm.runtime.staff_rows import PostLine, find_account, posts_of
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, events, outbox
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.names import Named
from gcrm.store.outbox import Message


@dataclass(frozen=True, slots=True)
class SetDisabled:
    """Switch an account off or on; `hand_to` is the colleague who gets its tasks, None: the office.

    Without `rev` the account is taken as it is.
    """

    account_id: int
    disabled: bool
    rev: int | None = None
    hand_to: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An open task that somebody has taken."""

    id: int
    case_id: int
    number: str
    step_id: str
    step: str
    role: str
    rev: int
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could take the tasks."""

    account_id: int
    party_id: int
    name: str
    office: Named


@dataclass(frozen=True, slots=True)
class Effect:
    """What switching an account off would leave: tasks, colleagues, duties nobody else has."""

    tasks: tuple[TaskLine, ...]
    colleagues: tuple[Colleague, ...]
    alone: tuple[PostLine, ...]
    sessions: int


def read_effect(
    reader: Connection, actor: Actor, account_id: int, now: dt.datetime, today: dt.date
) -> Effect:
    """Read it; raises Denied or Refused for those who may not switch the account off."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    posts = [
        post
        for post in powers.check_changing(reader, accessor, account_id)
        if post.when(today) == "now"
    ]
    account = find_account(reader, actor.tenant_id, account_id)
    tasks = _tasks(reader, actor.tenant_id, account.party_id)
    others = _others(reader, actor.tenant_id, account_id, [post.role for post in posts], today)
    held = {(row.role_code, row.department_id) for row in others}
    roles = {task.role for task in tasks}
    able: dict[int, set[str]] = {}
    for row in others:
        able.setdefault(row.account_id, set()).add(row.role_code)
    colleagues = {
        row.account_id: Colleague(
            row.account_id, row.party_id, row.name, Named(row.office, row.names)
        )
        for row in others
        if roles <= able[row.account_id]
    }
    open_sessions = reader.execute(
        sa.select(sa.func.count()).where(
            t.session.c.tenant_id == actor.tenant_id,
            t.session.c.account_id == account_id,
            t.session.c.revoked_at.is_(None),
            t.session.c.expires_at > now,
        )
    ).scalar()
    return Effect(
        tuple(tasks),
        tuple(colleagues.values()) if tasks else (),
        tuple(post for post in posts if (post.role, post.department_id) not in held),
        int(open_sessions or 0),
    )


def _tasks(reader: Connection, tenant_id: int, party_id: int) -> list[TaskLine]:
    k = t.task.c
    rows = reader.execute(
        sa.select(k.id, k.case_id, t.case.c.number, k.step_id, k.name, k.role_code, k.rev, k.due_at)
        .join(t.case, sa.and_(t.case.c.tenant_id == k.tenant_id, t.case.c.id == k.case_id))
        .where(k.tenant_id == tenant_id, k.assignee_id == party_id, k.status == "open")
        .order_by(k.due_at, k.id)
    )
    return [
        TaskLine(
            row.id, row.case_id, row.number or "", row.step_id, row.name, row.role_code or "",
            row.rev, row.due_at,
        )
        for row in rows
    ]  # fmt: skip


def _others(
    reader: Connection, tenant_id: int, account_id: int, roles: Sequence[str], today: dt.date
) -> Sequence[Any]:
    p, a = t.post.c, t.account.c
    return reader.execute(
        sa.select(
            p.role_code, p.department_id, p.account_id, a.party_id, t.party.c.name,
            t.department.c.name.label("office"), t.department.c.names,
        )
        .select_from(
            t.post.join(t.account, sa.and_(a.tenant_id == p.tenant_id, a.id == p.account_id))
            .join(t.party, sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.party_id))
            .join(
                t.department,
                sa.and_(
                    t.department.c.tenant_id == p.tenant_id,
                    t.department.c.id == p.department_id,
                ),
            )
        )
        .where(
            p.tenant_id == tenant_id,
            p.account_id != account_id,
            p.role_code.in_(sorted(set(roles))),
            p.valid_from <= today,
            sa.or_(p.valid_to.is_(None), p.valid_to >= today),
            a.disabled.is_(False),
        )
        .order_by(t.party.c.name, p.id)
    ).all()  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The account, its tasks with their cases, and who gets them."""

    actor: Actor
    ask: SetDisabled
    account: Any
    tasks: tuple[tuple[TaskLine, CaseState], ...]
    to_party: int | None

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: SetDisabled, now: dt.datetime
) -> Plan:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    powers.check_changing(reader, accessor, ask.account_id)
    account = find_account(reader, actor.tenant_id, ask.account_id)
    if ask.rev is not None:
        check_rev(reader, actor.tenant_id, account, ask.rev)
    if not ask.disabled:
        return Plan(actor, ask, account, (), None)
    tasks = _tasks(reader, actor.tenant_id, account.party_id)
    to_party = None
    if ask.hand_to is not None and tasks:
        to_party = _taker(reader, actor, ask, tasks, now.astimezone(services.zone).date())
    cases = {
        row.id: CaseState.of(row)
        for row in reader.execute(
            sa.select(t.case).where(
                t.case.c.tenant_id == actor.tenant_id,
                t.case.c.id.in_(sorted({task.case_id for task in tasks})),
            )
        )
    }
    return Plan(actor, ask, account, tuple((task, cases[task.case_id]) for task in tasks), to_party)


def _taker(
    reader: Connection, actor: Actor, ask: SetDisabled, tasks: Sequence[TaskLine], today: dt.date
) -> int:
    found = posts_of(reader, actor.tenant_id, [ask.hand_to or 0]).get(ask.hand_to or 0, [])
    held = {post.role for post in found if post.when(today) == "now"}
    if not {task.role for task in tasks} <= held:
        raise Refused("handover_unfit", {}, 422)
    taker = find_account(reader, actor.tenant_id, ask.hand_to or 0)
    if taker.disabled:
        raise Refused("handover_unfit", {}, 422)
    return int(taker.party_id)


def _commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Plan:
    disabled = plan.ask.disabled
    touch(writer, plan.tenant_id, plan.account, disabled=disabled, failures=0, locked_until=None)
    if disabled:
        sessions.revoke_all(writer, plan.tenant_id, plan.account.id, now)
        _hand_over(writer, plan, now)
    told = {"tasks": len(plan.tasks), "to": str(plan.ask.hand_to or "")} if plan.tasks else {}
    write_down(
        writer, services, plan.actor, "account_disabled" if disabled else "account_enabled",
        f"account:{plan.account.id}", told, now,
        chain=audit.party_chain(plan.account.party_id), request_id=plan.ask.request_id,
    )  # fmt: skip
    return plan


def _hand_over(writer: Connection, plan: Plan, now: dt.datetime) -> None:
    cases: dict[int, CaseState] = {}
    for task, state in plan.tasks:
        done = writer.execute(
            sa.update(t.task)
            .where(
                t.task.c.tenant_id == plan.tenant_id,
                t.task.c.id == task.id,
                t.task.c.rev == task.rev,
                t.task.c.status == "open",
            )
            .values(
                assignee_id=plan.to_party,
                claimed_at=now if plan.to_party is not None else None,
                rev=task.rev + 1,
            )
        )
        if done.rowcount != 1:
            raise StaleError(f"Task {task.id} moved on.")
        kind = "task_released" if plan.to_party is None else "task_transferred"
        data = {
            "step": task.step_id,
            "to": str(plan.to_party or ""),
            "from": str(plan.account.party_id),
            "cause": CAUSE,
        }
        event = Event(kind, now, data, plan.actor.party_id, task_id=task.id)
        before = cases.get(task.case_id, state)
        cases[task.case_id] = events.append(writer, before, [event])
    if plan.tasks:  # whoever has them now is told, in one message
        told = {
            "of": str(plan.account.party_id),
            "to": str(plan.to_party or ""),
            "tasks": [str(task.id) for task, _state in plan.tasks],
        }
        outbox.put(writer, plan.tenant_id, [Message(TOPIC, told, None)], now)


SET_DISABLED = UseCase(_prepare, _commit, forget)
