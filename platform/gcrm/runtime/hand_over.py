"""Hand an open task to a colleague (转办): with a reason; from then on it is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from form_engine.cleaning import lines, printable
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor, actor_of_account
from gcrm.access.keys import keys_of
from gcrm.runtime import corrections, work
from gcrm.runtime.four_eyes import barred_by
from gcrm.runtime.movement import message_of
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import OpenTask, task_at_hand
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, events, outbox
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import Event
from gcrm.store.names import Named

VERB = "transfer"
"""How its reason stands among the opinions; no step may call a verb of its own so."""

SHORTEST, LONGEST = 10, 500  # characters of the reason
_RESTING = frozenset({"suspended", corrections.STATE})


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may do the task."""

    party_id: int
    name: str
    office: Named


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the task to this person, because."""

    task_id: int
    to_party: int
    reason: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    task: OpenTask
    ask: HandOver
    opinion: Mapping[str, Any]


def colleagues(
    reader: Connection, services: Services, actor: Actor, task_id: int, now: datetime
) -> tuple[Colleague, ...]:
    """List whom the actor may give a task that they may do. Raises Refused for any other."""
    return _colleagues(reader, services, actor, _task(reader, services, actor, task_id), now)


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: HandOver, now: datetime
) -> _Plan:
    """See that the actor works on the task, and that the other may do it."""
    task = _task(reader, services, actor, ask.task_id)
    reason = printable(lines(ask.reason))
    if not any(each.party_id == ask.to_party
               for each in _colleagues(reader, services, actor, task, now)):  # fmt: skip
        raise Refused("hand_over_person", status=422)
    if len(reason) < SHORTEST:
        raise Refused("hand_over_reason", {"minimum": SHORTEST}, 422)
    if len(reason) > LONGEST:
        raise Refused("hand_over_long", {"maximum": LONGEST}, 422)
    tenant, applicant, opinion_id = task.tenant_id, task.case["applicant_id"], new_id()
    services.sealer.load(reader, tenant, (applicant,))
    opinion = {
        "tenant_id": tenant,
        "id": opinion_id,
        "case_id": task.case_id,
        "task_id": task.id,
        "step_id": task.step_id,
        "party_id": actor.party_id,
        "verb": VERB,
        "text_sealed": services.sealer.seal(
            tenant, applicant, work.opinion_place(opinion_id), reason.encode("utf-8")
        ),
        "at": now,
    }
    return _Plan(actor, task, replace(ask, reason=""), opinion)


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> int:
    """Write whose it is, why, and who said so; give the case. StaleError where it moved on."""
    task, actor = plan.task, plan.actor
    row = t.task.c
    done = writer.execute(
        update(t.task)
        .where(row.tenant_id == task.tenant_id, row.id == task.id, row.rev == task.rev,
               row.status == "open")
        .values(assignee_id=plan.ask.to_party, claimed_at=now, rev=task.rev + 1)
    )  # fmt: skip
    if done.rowcount != 1:
        raise StaleError(f"Task {task.id} moved on.")
    writer.execute(insert(t.opinion), dict(plan.opinion))
    data = {"step": task.step_id, "to": str(plan.ask.to_party)}
    event = Event("task_transferred", now, data, actor.party_id, task_id=task.id)
    events.append(writer, task.case_state, [event])
    entry = audit.Entry(
        audit.case_chain(task.case_id), "task_transferred", f"task:{task.id}", now,
        {**data, "opinion": str(plan.opinion["id"])}, actor.party_id, actor.account_id,
        plan.ask.request_id,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])
    message = message_of(task.case_id, [event], task.case_state.projection.events)
    outbox.put(writer, actor.tenant_id, [message], now)  # whoever has it now is told
    return task.case_id


HAND_OVER = UseCase(prepare, commit)


def _task(reader: Connection, services: Services, actor: Actor, task_id: int) -> OpenTask:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    task = task_at_hand(accessor, services, task_id)
    if task.case["state"] in _RESTING:
        raise Refused("hand_over_rests")
    return task


def _colleagues(
    reader: Connection, services: Services, actor: Actor, task: OpenTask, now: datetime
) -> tuple[Colleague, ...]:
    """Whoever could take the task if it were free, and did none that bars them from it."""
    facts = Accessor(reader, actor, keys_of(reader, actor)).facts("task", task.id)
    if facts is None:
        return ()
    free = tuple(replace(each, assignee_id=None) for each in facts["assignments"])
    app = services.apps.load(reader, actor.tenant_id, task.case["app_id"], task.case["release"])
    step = app.processes[task.process_id].step(task.step_id)
    found: dict[int, Colleague] = {}
    for row in _holders(reader, actor.tenant_id, task.id, now):
        if row.party_id in (actor.party_id, task.assignee_id) or row.party_id in found:
            continue
        other = actor_of_account(reader, actor.tenant_id, row.account_id, now)
        if other is None:
            continue
        theirs = Accessor(reader, other, keys_of(reader, other))
        barred = step and barred_by(step, task.steps, task.round, theirs.keys.parties)
        if not barred and theirs.may("task", "act", {**facts, "assignments": free}):
            found[row.party_id] = Colleague(row.party_id, row.name, Named(row.office, row.names))
    return tuple(found.values())


def _holders(reader: Connection, tenant_id: int, task_id: int, now: datetime) -> Any:
    """List the accounts with the post for which the task waits."""
    post, account, today = t.post.c, t.account.c, now.date()
    return reader.execute(
        select(account.id.label("account_id"), account.party_id, t.party.c.name,
               t.department.c.name.label("office"), t.department.c.names)
        .select_from(
            t.task.join(t.post, and_(post.tenant_id == t.task.c.tenant_id,
                                     post.role_code == t.task.c.role_code))
            .join(t.account, and_(account.tenant_id == post.tenant_id,
                                  account.id == post.account_id))
            .join(t.party, and_(t.party.c.tenant_id == account.tenant_id,
                                t.party.c.id == account.party_id))
            .join(t.department, and_(t.department.c.tenant_id == post.tenant_id,
                                     t.department.c.id == post.department_id))
        )
        .where(
            t.task.c.tenant_id == tenant_id,
            t.task.c.id == task_id,
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
            account.disabled.is_(False),
        )
        .order_by(t.party.c.name, account.id)
    ).all()  # fmt: skip
