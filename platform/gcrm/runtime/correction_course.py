"""Where a corrected case goes on: the offices of its open tasks, what its process knows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, update

from form_engine.context import FillContext
from gcrm.runtime import assignment
from gcrm.runtime.case_moves import instances_of
from gcrm.runtime.correction_page import CorrectionPage
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.reference import Lists
from gcrm.runtime.refusals import Refused
from gcrm.runtime.routing import decider, redecided, routing_variables
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

Reassigned = tuple[int, int, Mapping[str, Any]]
"""A task: its id, its revision as it was read, what changes."""

Rerouted = tuple[int, int, bytes]
"""A running process: its id, its revision as it was read, its new state."""


def reassigned(
    reader: Connection, page: CorrectionPage, lists: Lists, region: str | None
) -> tuple[Reassigned, ...]:
    """Give open tasks to the offices of the place that the corrected answers name."""
    case, paper = page.case, page.paper.paper
    if region == case["region_code"]:
        return ()
    process = paper.app.process_of(paper.variant)
    holders = lists.holders(assignment.roles_of(process))
    rows = reader.execute(
        select(t.task.c.id, t.task.c.rev, t.task.c.step_id, t.task.c.role_code).where(
            t.task.c.tenant_id == case["tenant_id"],
            t.task.c.case_id == case["id"],
            t.task.c.status == "open",
        )
    )
    found = []
    for row in rows:
        step = process.step(row.step_id)
        assignees = step.assignees if step is not None else ()
        wanted = next((each for each in assignees if each.role == row.role_code), None)
        if wanted is None:
            continue
        given = assignment.assign(
            wanted, holders, lists.places.chain(region), case["department_id"]
        )
        changes = {
            "department_id": given.department_id,
            "region_code": given.region,
            "grid_id": given.grid_id,
            "assignee_id": None,
            "claimed_at": None,
        }
        found.append((row.id, row.rev, changes))
    return tuple(found)


def rerouted(
    reader: Connection,
    services: Services,
    page: CorrectionPage,
    inputs: Mapping[str, Any],
    context: FillContext,
    checked: Precheck,
    now: datetime,
) -> Iterator[Rerouted]:
    """Tell the running process what it knows of the answers; what was decided is decided anew."""
    case, app = page.case, page.paper.paper.app
    for row in instances_of(reader, case["tenant_id"], case["id"]):
        process = app.processes[row["process_id"]]
        told = {
            **routing_variables(process, page.form, inputs, checked),
            **redecided(app, process, row["state"], inputs, context.evaluation),
        }
        decide = decider(app, inputs, context.evaluation)
        advance = process.resume(
            row["state"], now, decide, variables=told, context=context.evaluation
        )
        if advance.incident is not None or advance.opened or advance.closed:
            raise Refused("flow_stopped", status=503)
        yield row["id"], row["rev"], advance.state


def write(
    writer: Connection,
    tenant: int,
    tasks: Iterable[Reassigned],
    instances: Iterable[Rerouted],
) -> None:
    """Write both. Raises StaleError where one has moved on."""
    for task_id, rev, changes in tasks:
        _change(writer, t.task, tenant, task_id, rev, changes)
    for instance_id, rev, moved in instances:
        _change(writer, t.instance, tenant, instance_id, rev, {"state": moved})


def _change(
    writer: Connection,
    table: Table,
    tenant: int,
    row_id: int,
    rev: int,
    changes: Mapping[str, Any],
) -> None:
    done = writer.execute(
        update(table)
        .where(table.c.tenant_id == tenant, table.c.id == row_id, table.c.rev == rev)
        .values(rev=rev + 1, **changes)
    )
    if done.rowcount != 1:
        raise StaleError(f"{table.name} {row_id} has moved on.")
