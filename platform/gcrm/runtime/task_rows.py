"""A task with all that acting on it needs to know: one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, String, and_, bindparam, cast, func, literal, select

from gcrm.access import kept
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.access.views import Assignment
from gcrm.runtime import wording
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.audit import Link
from gcrm.store.events import PROJECTED, CaseState, Projection

APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Done:
    """One task of the case, whoever did it; None: nobody yet."""

    step_id: str
    round: int
    done_by: int | None
    verb: str | None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that the actor may act on, with its case, process state and legal record."""

    tenant_id: int
    id: int
    case_id: int
    instance_id: int
    key: str
    step_id: str
    name: str
    round: int
    status: str
    assignee_id: int | None
    done_by: int | None
    done_at: datetime | None
    verb: str | None
    rev: int
    case: Mapping[str, Any]
    case_state: CaseState
    variant: str
    process_id: str
    state: bytes
    instance_rev: int
    submission_id: int
    snapshot: str
    steps: tuple[Done, ...]  # every task of the case
    clock_id: int | None
    tail: Link

    def rounds(self) -> dict[str, int]:
        """Count how often each step was opened so far; several who sign together count once."""
        counts: dict[str, int] = {}
        for each in self.steps:
            counts[each.step_id] = max(counts.get(each.step_id, 0), each.round)
        return counts


def open_task(
    accessor: Accessor, services: Services, actor: Actor, task_id: int
) -> OpenTask | None:
    """Read a task on which the actor may act; None where there is none for them."""
    found = accessor.reader.execute(_open_task(accessor), {"wanted": task_id}).mappings().all()
    if not found:
        return None
    for each in found:
        if each["key_version"] is not None:
            services.sealer.admit(
                actor.tenant_id, each["of_case_applicant_id"], each["key_version"], each["wrapped"]
            )
    return _task(found[0])


def task_at_hand(accessor: Accessor, services: Services, task_id: int) -> OpenTask:
    """Read an open task on which the actor may act. Raises Refused, which says why, for another."""
    task = open_task(accessor, services, accessor.actor, task_id)
    if task is None:
        raise tell_who(accessor, services, task_id)
    if task.status != "open":
        raise Refused("task_closed")
    return task


def tell_who(accessor: Accessor, services: Services, task_id: int) -> Refused:
    """Say why a task is not there any more to somebody who could have done it; else nothing."""
    facts = accessor.facts("task", task_id)
    if facts is None:
        return Refused("not_found", status=404)
    row = accessor.reader.execute(
        select(
            t.task,
            t.party.c.name.label("who"),
            t.instance.c.app_id,
            t.instance.c.release,
            t.instance.c.process_id,
        )
        .join(
            t.instance,
            and_(
                t.instance.c.tenant_id == t.task.c.tenant_id,
                t.instance.c.id == t.task.c.instance_id,
            ),
        )
        .outerjoin(
            t.party,
            and_(
                t.party.c.tenant_id == t.task.c.tenant_id,
                t.party.c.id == func.coalesce(t.task.c.done_by, t.task.c.assignee_id),
            ),
        )
        .where(t.task.c.tenant_id == accessor.actor.tenant_id, t.task.c.id == task_id)
    ).one()
    facts["assignments"] = (Assignment(None, None, True, row.role_code),)
    facts["fields"] = {**facts["fields"], "task.status": "open"}
    if not accessor.may("task", "act", facts):
        return Refused("not_found", status=404)
    if row.status == "done":
        actor = accessor.actor
        app = services.apps.load(accessor.reader, actor.tenant_id, row.app_id, row.release)
        label = wording.verb_label(app, row.process_id, row.step_id, row.verb, actor.locale)
        return Refused("task_done", {"name": row.who or "", "at": row.done_at, "verb": label})
    if row.status == "open" and row.assignee_id is not None:
        return Refused("task_taken", {"name": row.who or "", "at": row.claimed_at})
    return Refused("task_closed")


def _open_task(accessor: Accessor) -> Any:
    """Give the statement, made once for people who may the same."""
    actor, keys, trial = accessor.actor, accessor.keys, accessor.trial
    return kept.statement("open task", actor, keys, trial, lambda: _statement(accessor))


def _statement(accessor: Accessor) -> Any:
    submission, other = t.submission.c, t.task.alias("other_task")
    applied = t.submission.alias("application")
    newest = (
        select(func.max(applied.c.id))
        .where(
            applied.c.tenant_id == t.task.c.tenant_id,
            applied.c.case_id == t.task.c.case_id,
            applied.c.step_id == APPLY,
        )
        .scalar_subquery()
    )
    steps = (
        select(
            func.aggregate_strings(
                other.c.step_id
                + literal(":")
                + cast(other.c.round, String)
                + literal(":")
                + func.coalesce(cast(other.c.done_by, String), literal(""))
                + literal(":")
                + func.coalesce(other.c.verb, literal("")),
                ",",
            )
        )
        .where(
            other.c.tenant_id == t.task.c.tenant_id,
            other.c.case_id == t.task.c.case_id,
        )
        .scalar_subquery()
    )
    link = t.audit.alias("last_audit")
    chain = literal("case:") + cast(t.task.c.case_id, String)
    last = (
        select(func.max(t.audit.c.seq))
        .where(t.audit.c.tenant_id == t.task.c.tenant_id, t.audit.c.chain == chain)
        .scalar_subquery()
    )
    return (
        accessor.select("task", "act")
        .add_columns(
            *(column.label(f"of_case_{column.name}") for column in t.case.c),
            t.item_variant.c.code.label("variant"),
            t.instance.c.process_id,
            t.instance.c.state.label("instance_state"),
            t.instance.c.rev.label("instance_rev"),
            submission.id.label("submission_id"),
            submission.snapshot,
            t.sealing_key.c.version.label("key_version"),
            t.sealing_key.c.wrapped,
            t.clock.c.id.label("clock_id"),
            link.c.seq.label("audit_seq"),
            link.c.hash.label("audit_hash"),
            steps.label("steps"),
        )
        .join(
            t.instance,
            and_(
                t.instance.c.tenant_id == t.task.c.tenant_id,
                t.instance.c.id == t.task.c.instance_id,
            ),
        )
        .join(
            t.item_variant,
            and_(
                t.item_variant.c.tenant_id == t.case.c.tenant_id,
                t.item_variant.c.id == t.case.c.item_variant_id,
            ),
        )
        .join(
            t.submission,
            and_(submission.tenant_id == t.task.c.tenant_id, submission.id == newest),
        )
        .outerjoin(
            t.sealing_key,
            and_(
                t.sealing_key.c.tenant_id == t.task.c.tenant_id,
                t.sealing_key.c.party_id == t.case.c.applicant_id,
            ),
        )
        .outerjoin(
            t.clock,
            and_(
                t.clock.c.tenant_id == t.task.c.tenant_id,
                t.clock.c.case_id == t.task.c.case_id,
                t.clock.c.task_id == t.task.c.id,
            ),
        )
        .outerjoin(
            link,
            and_(link.c.tenant_id == t.task.c.tenant_id, link.c.chain == chain, link.c.seq == last),
        )
        .where(t.task.c.id == bindparam("wanted"))
    )


def _task(row: RowMapping) -> OpenTask:
    case_row = {column.name: row[f"of_case_{column.name}"] for column in t.case.c}
    steps = tuple(_done(each) for each in (row["steps"] or "").split(",") if each)
    return OpenTask(
        **{name: row[name] for name in _PLAIN},
        case=case_row,
        case_state=CaseState(
            row["tenant_id"],
            row["case_id"],
            case_row["rev"],
            Projection(**{name: case_row[name] for name in PROJECTED}),
        ),
        state=row["instance_state"],
        steps=steps,
        tail=Link(row["audit_seq"] or 0, row["audit_hash"] or bytes(32)),
    )


def _done(text: str) -> Done:
    step, round_, who, verb = text.split(":")
    return Done(step, int(round_), int(who) if who else None, verb or None)


_PLAIN = (
    "tenant_id",
    "id",
    "case_id",
    "instance_id",
    "key",
    "step_id",
    "name",
    "round",
    "status",
    "assignee_id",
    "done_by",
    "done_at",
    "verb",
    "rev",
    "variant",
    "process_id",
    "instance_rev",
    "submission_id",
    "snapshot",
    "clock_id",
)
