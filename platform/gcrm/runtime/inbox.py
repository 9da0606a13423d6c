"""The inbox: what waits for an actor, by remaining time; taking a task and putting it back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from gcrm.access import kept, keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import clocks, wording
from gcrm.runtime.clock_rows import clocks_of_tasks
from gcrm.runtime.clocks import Clock, Lamp
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import tell_who
from gcrm.runtime.use_case import UseCase
from gcrm.store import events
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

Group = Literal["late", "today", "tomorrow", "later", "none", "paused"]
Filter = Literal["all", "mine", "free", "late"]
PATTERN = re.compile("[%_/]")  # what means more than itself in LIKE
BESIDE = 200  # tasks of the inbox among which a case's neighbours are looked for


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task in the inbox; `clock` is the step's own, `assignee` a name or None: anyone's."""

    task_id: int
    case_id: int
    rev: int
    title: str
    item: str
    step: str
    step_id: str
    number: str | None
    opened_at: datetime
    due_at: datetime | None
    group: Group
    lamp: Lamp | None
    clock: Clock | None
    assignee: str | None
    mine: bool
    region: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is; the one red number is `late`."""

    all: int
    mine: int
    free: int
    late: int
    today: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the inbox."""

    lines: tuple[TaskLine, ...]
    counts: Counts
    found: int  # lines that the filter and the search give, on all pages
    page: int
    size: int

    @property
    def groups(self) -> tuple[tuple[Group, tuple[TaskLine, ...]], ...]:
        """Give the lines by the day on which they are due, in the order of the page."""
        found: dict[Group, list[TaskLine]] = {}
        for line in self.lines:
            found.setdefault(line.group, []).append(line)
        return tuple((group, tuple(lines)) for group, lines in found.items())


def list_tasks(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    now: datetime,
    *,
    locale: str,
    search: str = "",
    which: Filter = "all",
    page: int = 1,
    size: int = 50,
) -> Inbox:
    """List the open tasks on which the actor may act, those with the least time left first."""
    actor = accessor.actor
    lists = services.reference.at(reader, actor.tenant_id, now)
    midnight = lists.calendar.midnight(lists.calendar.date_of(now) + timedelta(days=1))
    counts = _counts(accessor, now, midnight)
    text = search.strip().replace("\0", "")[:100]
    piece = PATTERN.sub(lambda sign: f"/{sign[0]}", text)
    asked = {"now": now, "upper": text.upper(), "piece": f"%{piece}%"}
    found: int = getattr(counts, which)
    if text:
        found = accessor.reader.execute(_found(accessor, which), asked).scalar_one()
    place = {"size": size, "start": (max(page, 1) - 1) * size}
    rows = accessor.reader.execute(_page(accessor, which, bool(text)), asked | place).all()
    running = clocks_of_tasks(reader, actor.tenant_id, {row.id: row.case_id for row in rows})
    named: dict[tuple[Any, ...], tuple[str, str]] = {}
    lines = []
    for row in rows:
        step = (row.app_id, row.release, row.process_id, row.step_id)
        if step not in named:
            app = services.apps.load(reader, actor.tenant_id, row.app_id, row.release)
            named[step] = (
                wording.item_name(app, locale),
                wording.step_name(app, row.process_id, row.step_id, locale),
            )
        clock = running.get(row.id)
        lines.append(
            TaskLine(
                task_id=row.id,
                case_id=row.case_id,
                rev=row.rev,
                title=row.title,
                item=named[step][0],
                step=named[step][1],
                step_id=row.step_id,
                number=row.number,
                opened_at=row.opened_at,
                due_at=row.due_at,
                group="paused"
                if row.case_state in events.RESTING_STATES
                else _group(row.due_at, now, midnight),
                lamp=clocks.lamp(clock, now) if clock is not None else None,
                clock=clock,
                assignee=row.assignee,
                mine=row.assignee_id in accessor.keys.parties,
                region=row.region_code,
            )
        )
    return Inbox(tuple(lines), counts, found, max(page, 1), size)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a case stands among the tasks of the inbox, and which stand beside it."""

    place: int
    total: int
    before: int | None
    after: int | None


def neighbours(accessor: Accessor, case_id: int) -> Neighbours | None:
    """Find the cases beside one in the inbox; None where it is not on its first pages."""
    rows = _beside(accessor)
    cases = [row.case_id for row in rows]
    if case_id not in cases:
        return None
    place = cases.index(case_id)
    return Neighbours(
        place + 1,
        rows[0].total,
        cases[place - 1] if place else None,
        cases[place + 1] if place + 1 < len(cases) else None,
    )


def most_urgent(accessor: Accessor) -> tuple[int, int] | None:
    """Give the case with the least time left and how many tasks there are; None: all is done."""
    rows = _beside(accessor)
    return (rows[0].case_id, rows[0].total) if rows else None


def _beside(accessor: Accessor) -> Sequence[Any]:
    def build() -> Select[Any]:
        return _sorted(
            accessor.select("task", "act")
            .where(t.task.c.status == "open")
            .with_only_columns(t.task.c.case_id, func.count().over().label("total"))
        ).limit(BESIDE)

    actor, keys, trial = accessor.actor, accessor.keys, accessor.trial
    return accessor.reader.execute(kept.statement("beside", actor, keys, trial, build)).all()


def _sorted(tasks: Select[Any]) -> Select[Any]:
    """Put those with the least time left first; whose clock rests come last."""
    task = t.task.c
    paused = t.case.c.state.in_(events.RESTING_STATES)
    return tasks.order_by(paused, task.due_at.is_(None), task.due_at, task.opened_at, task.id)


def _counts(accessor: Accessor, now: datetime, midnight: datetime) -> Counts:
    """Count what the filters give; one statement."""

    def build() -> Select[Any]:
        task, resting = t.task.c, t.case.c.state.in_(events.RESTING_STATES)
        late = and_(~resting, task.due_at < bindparam("now"))
        today = and_(~resting, task.due_at >= bindparam("now"), task.due_at < bindparam("midnight"))
        return _open(accessor).with_only_columns(
            func.count(),
            *(
                func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
                for condition in (_mine(accessor), task.assignee_id.is_(None), late, today)
            ),
        )

    statement = kept.statement("inbox", accessor.actor, accessor.keys, accessor.trial, build)
    row = accessor.reader.execute(statement, {"now": now, "midnight": midnight}).one()
    return Counts(*(int(value) for value in row))


def _found(accessor: Accessor, which: Filter) -> Select[Any]:
    """Count what a search finds among the tasks of a filter."""

    def build() -> Select[Any]:
        return _narrowed(accessor, which, True).with_only_columns(func.count())

    name = f"inbox found {which}"
    return kept.statement(name, accessor.actor, accessor.keys, accessor.trial, build)


def _page(accessor: Accessor, which: Filter, searched: bool) -> Select[Any]:
    """Select one page of the tasks of a filter, searched or not."""

    def build() -> Select[Any]:
        task, row = t.task.c, t.case.c
        return (
            _sorted(_narrowed(accessor, which, searched))
            .with_only_columns(
                task.id, task.case_id, task.rev, task.step_id, task.opened_at, task.due_at,
                task.assignee_id, task.region_code, row.title, row.number, row.app_id, row.release,
                row.state.label("case_state"), t.instance.c.process_id,
                t.party.c.name.label("assignee"),
            )
            .join(
                t.instance,
                and_(
                    t.instance.c.tenant_id == task.tenant_id, t.instance.c.id == task.instance_id
                ),
            )
            .outerjoin(
                t.party,
                and_(t.party.c.tenant_id == task.tenant_id, t.party.c.id == task.assignee_id),
            )
            .limit(bindparam("size", type_=Integer))
            .offset(bindparam("start", type_=Integer))
        )  # fmt: skip

    name = f"inbox page {which} {searched}"
    return kept.statement(name, accessor.actor, accessor.keys, accessor.trial, build)


def _open(accessor: Accessor) -> Select[Any]:
    return accessor.select("task", "act").where(t.task.c.status == "open")


def _mine(accessor: Accessor) -> ColumnElement[bool]:
    return t.task.c.assignee_id.in_(sorted(accessor.keys.parties))


def _narrowed(accessor: Accessor, which: Filter, searched: bool) -> Select[Any]:
    task, row, tasks = t.task.c, t.case.c, _open(accessor)
    match which:
        case "mine":
            tasks = tasks.where(_mine(accessor))
        case "free":
            tasks = tasks.where(task.assignee_id.is_(None))
        case "late":
            tasks = tasks.where(
                task.due_at < bindparam("now"), row.state.not_in(events.RESTING_STATES)
            )
        case _:
            pass
    if searched:
        upper = bindparam("upper", type_=Text)
        within = row.title.like(bindparam("piece", type_=Text), escape="/")
        tasks = tasks.where(or_(row.number == upper, row.lookup_code == upper, within))
    return tasks


def _group(due_at: datetime | None, now: datetime, midnight: datetime) -> Group:
    if due_at is None:
        return "none"
    if due_at < now:
        return "late"
    if due_at < midnight:
        return "today"
    return "tomorrow" if due_at < midnight + timedelta(days=1) else "later"


@dataclass(frozen=True, slots=True)
class Claim:
    """Take a task, or put one back."""

    task_id: int


@dataclass(frozen=True, slots=True)
class _Taking:
    row: RowMapping
    case_state: events.CaseState
    party_id: int
    take: bool
    done: bool  # nothing is to be written


def _prepare(reader: Connection, actor: Actor, services: Services, ask: Claim, take: bool) -> Any:
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("task", ask.task_id, "act")
    if row is None:
        raise tell_who(accessor, services, ask.task_id)
    if row["status"] != "open":
        raise Refused("task_closed")
    mine = row["assignee_id"] in accessor.keys.parties
    case_row = reader.execute(
        select(t.case).where(t.case.c.tenant_id == actor.tenant_id, t.case.c.id == row["case_id"])
    ).one()
    return _Taking(
        row, events.CaseState.of(case_row), actor.party_id, take, done=mine if take else not mine
    )


def prepare_claim(
    reader: Connection, services: Services, actor: Actor, ask: Claim, now: datetime
) -> Any:
    """See that the task is free; taking one's own again changes nothing."""
    return _prepare(reader, actor, services, ask, True)


def prepare_unclaim(
    reader: Connection, services: Services, actor: Actor, ask: Claim, now: datetime
) -> Any:
    """See that the task is the actor's own."""
    return _prepare(reader, actor, services, ask, False)


def commit_claim(writer: Connection, services: Services, plan: _Taking, now: datetime) -> int:
    """Write who has the task; give its id. Raises StaleError where somebody was faster."""
    task_id: int = plan.row["id"]
    if plan.done:
        return task_id
    done = writer.execute(
        update(t.task)
        .where(
            t.task.c.tenant_id == plan.row["tenant_id"],
            t.task.c.id == task_id,
            t.task.c.rev == plan.row["rev"],
            t.task.c.status == "open",
        )
        .values(
            assignee_id=plan.party_id if plan.take else None,
            claimed_at=now if plan.take else None,
            rev=plan.row["rev"] + 1,
        )
    )
    if done.rowcount != 1:
        raise StaleError(f"Task {task_id} was taken by somebody else.")
    kind = "task_claimed" if plan.take else "task_released"
    event = events.Event(kind, now, {"step": plan.row["step_id"]}, plan.party_id, task_id=task_id)
    events.append(writer, plan.case_state, [event])
    return task_id


CLAIM = UseCase(prepare_claim, commit_claim)
UNCLAIM = UseCase(prepare_unclaim, commit_claim)
