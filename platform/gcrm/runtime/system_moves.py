"""Moves that nobody makes: a process timer goes off, a clock turns its lamp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, or_, select, update

from app_definitions.app import ItemVariant
from flow_engine import NotWaiting
from gcrm.runtime import assignment, clocks, filling, handling, publicity
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_clocks import accepted_clocks
from gcrm.runtime.case_papers import open_paper
from gcrm.runtime.clock_rows import clocks_of_case, update_clocks
from gcrm.runtime.clocks import Clock
from gcrm.runtime.movement import Movement, Scene, message_of, read_advance, write_rows
from gcrm.runtime.routing import decider, outputs_of
from gcrm.runtime.services import Services
from gcrm.runtime.work import close_others
from gcrm.store import events, outbox, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.record_tables import Records

BATCH = 50


@dataclass(frozen=True, slots=True)
class Fire:
    """A timer that goes off, and what the process makes of it; no movement: it is over."""

    timer: Mapping[str, Any] | RowMapping
    case_state: CaseState | None
    instance_rev: int
    movement: Movement | None
    forms: Records | None
    outputs: Mapping[str, str] = field(default_factory=dict)  # what decisions worked out
    opening: publicity.Opening | None = None  # the result becomes public
    calendar: WorkingCalendar | None = None  # by which the case's days are counted


def due_timers(reader: Connection, now: datetime) -> Sequence[RowMapping]:
    """List timers whose moment has come, the oldest first.

    While a case is suspended or waits for its applicant, the timers of its process wait.
    """
    return reader.execute(_DUE, {"now": now}).mappings().all()


_DUE = (
    select(t.timer)
    .join(t.case, and_(t.case.c.tenant_id == t.timer.c.tenant_id, t.case.c.id == t.timer.c.case_id))
    .where(
        t.timer.c.status == "waiting",
        t.timer.c.due_at <= bindparam("now"),
        or_(t.timer.c.instance_id.is_(None), t.case.c.state.not_in(events.RESTING_STATES)),
    )
    .order_by(t.timer.c.due_at)
    .limit(BATCH)
)


def prepare_fire(
    reader: Connection,
    services: Services,
    timer: Mapping[str, Any] | RowMapping,
    now: datetime,
    *,
    resume: bool = False,
    message: str | None = None,
) -> Fire:
    """Let the process run on from a timer; one that nothing waits for is over.

    With `resume` no timer goes off: the process tries again where an incident stopped it. With
    a `message` that is brought to it instead.
    """
    tenant = timer["tenant_id"]
    row = (
        reader.execute(
            select(
                t.case,
                t.instance.c.id.label("instance_id"),
                t.item_variant.c.code.label("variant"),
                t.instance.c.process_id,
                t.instance.c.state.label("instance_state"),
                t.instance.c.status.label("instance_status"),
                t.instance.c.rev.label("instance_rev"),
            )
            .join_from(
                t.instance,
                t.case,
                and_(
                    t.case.c.tenant_id == t.instance.c.tenant_id,
                    t.case.c.id == t.instance.c.case_id,
                ),
            )
            .join(
                t.item_variant,
                and_(
                    t.item_variant.c.tenant_id == t.case.c.tenant_id,
                    t.item_variant.c.id == t.case.c.item_variant_id,
                ),
            )
            .where(t.instance.c.tenant_id == tenant, t.instance.c.id == timer["instance_id"])
        )
        .mappings()
        .first()
    )
    if row is None or row["instance_status"] == "ended":
        return Fire(timer, None, 0, None, None)
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    process = app.processes[row["process_id"]]
    lists = services.reference.at(reader, tenant, now)
    rounds: dict[str, int] = {}
    for step, round_ in reader.execute(
        select(t.task.c.step_id, t.task.c.round).where(
            t.task.c.tenant_id == tenant, t.task.c.case_id == row["id"]
        )
    ):
        rounds[step] = max(rounds.get(step, 0), round_)
    evaluation = lists.evaluation(
        app.definition.parameters, row["app_id"], row["region_code"], now, services.zone
    )
    scene = Scene(
        tenant_id=tenant,
        case_id=row["id"],
        instance_id=row["instance_id"],
        process=process,
        calendar=lists.calendar,
        candidates=lists.holders(assignment.roles_of(process)),
        regions=lists.places.chain(row["region_code"]),
        owner_id=row["department_id"],
        accepted_at=row["accepted_at"],
        submitted_at=row["submitted_at"],
        now=now,
        rounds=rounds,
        parameters=evaluation.parameters,
    )

    def decide(decision: str, variables: Mapping[str, object]) -> dict[str, Any]:
        paper = open_paper(reader, services, row, now, locale="zh-CN", step="apply")
        inputs = paper.paper.form.inputs(paper.values, paper.context) if paper else {}
        return decider(app, inputs, evaluation)(decision, variables)

    try:
        if resume:
            advance = process.resume(row["instance_state"], now, decide, context=evaluation)
        elif message is not None:
            advance = process.catch(row["instance_state"], message, now, decide, context=evaluation)
        else:
            advance = process.fire(
                row["instance_state"], timer["key"], now, decide, context=evaluation
            )
    except NotWaiting:
        return Fire(timer, None, 0, None, None)
    values = {name: row[name] for name in events.PROJECTED}
    state = CaseState(tenant, row["id"], row["rev"], events.Projection(**values))
    movement = read_advance(advance, scene)
    if not resume and row["accepted_at"] is None and advance.closed and advance.opened:
        movement = _deemed(movement, scene, filling.variant_of(app, row["variant"]))
    opening = None
    if movement.publication is not None:
        paper = open_paper(reader, services, row, now, locale="zh-CN", step="apply")
        declared = app.definition.publicity
        papers = [publicity.Filled(paper.paper.form, paper.values, paper.context)] if paper else []
        public = publicity.shown(declared.fields if declared is not None else (), papers)
        opening = publicity.opening(
            dict(row), row["instance_id"], movement.publication, public, 1, None, now
        )
    return Fire(
        timer,
        state,
        row["instance_rev"],
        movement,
        services.reference.records(reader, tenant, row["app_id"], row["release"]),
        outputs_of(process, movement.state) if movement.decided else {},
        opening,
        lists.calendar,
    )


def _deemed(movement: Movement, scene: Scene, variant: ItemVariant) -> Movement:
    """Take an application for accepted when its office was silent for too long (行政许可法 32)."""
    started = accepted_clocks(scene.tenant_id, scene.case_id, variant, scene.calendar, scene.now)
    return replace(
        movement,
        events=(Event("accepted", scene.now, {"deemed": True}), *movement.events),
        clocks=(*started, *movement.clocks),
    )


def commit_fire(writer: Connection, plan: Fire, now: datetime) -> None:
    """Write what the timer brought. Raises StaleError where the case moved on meanwhile."""
    timer = plan.timer
    fired = writer.execute(
        update(t.timer)
        .where(
            t.timer.c.tenant_id == timer["tenant_id"],
            t.timer.c.id == timer["id"],
            t.timer.c.status == "waiting",
        )
        .values(status="fired" if plan.movement is not None else "cancelled")
    )
    if fired.rowcount != 1:
        raise StaleError(f"Timer {timer['id']} went off already.")
    if plan.movement is None or plan.case_state is None:
        return
    write_move(writer, plan, plan.movement, plan.case_state, now)


def write_move(
    writer: Connection, plan: Fire, movement: Movement, before: CaseState, now: datetime
) -> None:
    """Write what a process did by itself. Raises StaleError where the case moved on."""
    tenant, instance_id = before.tenant_id, plan.timer["instance_id"]
    moved = writer.execute(
        update(t.instance)
        .where(
            t.instance.c.tenant_id == tenant,
            t.instance.c.id == instance_id,
            t.instance.c.rev == plan.instance_rev,
        )
        .values(
            state=movement.state,
            status=movement.status,
            rev=plan.instance_rev + 1,
            ended_at=now if movement.status == "ended" else None,
        )
    )
    if moved.rowcount != 1:
        raise StaleError(f"Instance {instance_id} has moved on.")
    if movement.events:
        after = events.append(writer, before, movement.events)
        if after.projection.state != before.projection.state and plan.forms is not None:
            records.move(
                writer,
                plan.forms.forms.values(),
                tenant,
                before.case_id,
                state=after.projection.state,
            )
        message = message_of(before.case_id, movement.events, before.projection.events)
        outbox.put(writer, tenant, [message], now)
    close_others(writer, tenant, instance_id, movement.closed, movement.cancelled_timers, now)
    if movement.decided:
        writer.execute(
            update(t.clock)
            .where(
                t.clock.c.tenant_id == tenant,
                t.clock.c.case_id == before.case_id,
                t.clock.c.status != "stopped",
            )
            .values(status="stopped", stopped_at=now)
        )
        if plan.calendar is not None:
            handling.settle(writer, tenant, plan.calendar, now, (before.case_id,))
        writer.execute(
            insert(t.case_outcome).values(
                tenant_id=tenant,
                id=new_id(),
                case_id=before.case_id,
                kind=movement.outcome,
                data={"step": before.projection.step_id, "outputs": dict(plan.outputs)},
                decided_at=now,
            )
        )
    if plan.opening is not None:
        publicity.write_opening(writer, plan.opening, now)
    write_rows(writer, movement)


@dataclass(frozen=True, slots=True)
class LampChange:
    """The clocks of one case whose lamps turned since people were last told."""

    case_state: CaseState
    clocks: tuple[Clock, ...]
    events: tuple[Event, ...]


def cases_with_lamps(reader: Connection, now: datetime) -> Sequence[tuple[int, int]]:
    """List cases that have a clock whose lamp turned: tenant and case."""
    rows = reader.execute(_TURNED, {"now": now})
    return [(row.tenant_id, row.case_id) for row in rows]


_RUNNING = select(t.clock.c.tenant_id, t.clock.c.case_id).where(t.clock.c.status == "running")
_TURNED = (
    # Two searches, each in its own part of the index; joined by OR, only one of them would be.
    _RUNNING.where(t.clock.c.lamp == "green", t.clock.c.warn_at <= bindparam("now"))
    .union(_RUNNING.where(t.clock.c.lamp == "yellow", t.clock.c.due_at < bindparam("now")))
    .limit(BATCH)
)


def prepare_lamps(
    reader: Connection, tenant_id: int, case_id: int, now: datetime
) -> LampChange | None:
    """Work out the lamps of a case; None where nothing turned."""
    row = reader.execute(
        select(t.case).where(t.case.c.tenant_id == tenant_id, t.case.c.id == case_id)
    ).one()
    changed = []
    for clock in clocks_of_case(reader, tenant_id, case_id):
        lamp = clocks.lamp(clock, now)
        if clock.status == "running" and lamp in ("yellow", "red") and lamp != clock.told:
            changed.append(replace(clock, told=lamp))
    if not changed:
        return None
    log = tuple(
        Event(
            "lamp_changed",
            now,
            {"clock": clock.id, "kind": clock.kind, "lamp": clock.told},
            task_id=clock.task_id,
        )
        for clock in changed
    )
    return LampChange(CaseState.of(row), tuple(changed), log)


def commit_lamps(writer: Connection, plan: LampChange, now: datetime) -> None:
    """Write the lamps and tell others."""
    before = plan.case_state
    update_clocks(writer, before.tenant_id, plan.clocks)
    events.append(writer, before, plan.events)
    message = message_of(before.case_id, plan.events, before.projection.events)
    outbox.put(writer, before.tenant_id, [message], now)
