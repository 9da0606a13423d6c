"""Selfcheck: does what the tables say agree with itself? Reads everything, changes nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table

from app_definitions.problem import Problem, error
from gcrm.store import events
from gcrm.store import tables as t
from gcrm.store.events import CLOSED_STATES
from gcrm.store.names import is_well_formed
from gcrm.store.selfcheck_records import check_records

WORKING = ("submitted", "accepted", "in_review", "publicity", "approved", "refused", "issuing")
"""States in which somebody or something must be at work on a case with a running process."""

REFERENCES: Sequence[tuple[Table, str, Table]] = (
    (t.certificate, "issuer_id", t.department),
    (t.vote, "task_id", t.task),
    (t.opinion, "task_id", t.task),
    (t.timer, "case_id", t.case),
    (t.timer, "instance_id", t.instance),
    (t.clock, "task_id", t.task),
    (t.clock_suspension, "clock_id", t.clock),
    (t.attachment, "case_id", t.case),
    (t.attachment, "party_id", t.party),
    (t.notice, "case_id", t.case),
    (t.notice, "party_id", t.party),
    (t.rating, "item_variant_id", t.item_variant),
    (t.rating, "department_id", t.department),
    (t.rating, "handler_id", t.party),
    (t.rating, "extend_by", t.party),
    (t.rating, "contest_by", t.party),
    (t.rating, "contest_file", t.attachment),
    (t.rating_step, "by_id", t.party),
    (t.incident, "case_id", t.case),
    (t.outbox, "case_id", t.case),
    (t.case, "applicant_id", t.party),
    (t.case, "root_id", t.case),
    (t.case, "parent_id", t.case),
    (t.case, "department_id", t.department),
    (t.case, "item_variant_id", t.item_variant),
    (t.submission, "party_id", t.party),
    (t.submission, "account_id", t.account),
    (t.correction, "task_id", t.task),
    (t.correction, "submission_id", t.submission),
    (t.objection, "publicity_id", t.publicity),
)
"""References that no foreign key guards."""


def check(reader: Connection) -> tuple[Problem, ...]:
    """Tell everything that does not agree; nothing means the store is whole.

    The sentences of the codes are in `problems/` of this package. Takes one pass over
    each table: minutes for millions of cases.
    """
    return (
        *_projections(reader),
        *_numbers(reader),
        *_work(reader),
        *_procedure(reader),
        *_tasks(reader),
        *_clocks(reader),
        *_handling(reader),
        *_snapshots(reader),
        *_orphans(reader),
        *_certificates(reader),
        *_names(reader),
        *check_records(reader),
    )


def _projections(reader: Connection) -> Iterator[Problem]:
    for d in events.rebuild(reader):
        yield error(
            f"case/{d.case_id}", "projection_differs",
            column=d.column, stored=str(d.stored), rebuilt=str(d.rebuilt),
        )  # fmt: skip


def _numbers(reader: Connection) -> Iterator[Problem]:
    given: dict[tuple[int, str], list[int]] = defaultdict(list)
    c = t.case.c
    for row in reader.execute(sa.select(c.tenant_id, c.id, c.number, c.mode, c.submitted_at)):
        if row.number is None:
            if row.mode == "real" and row.submitted_at is not None:
                yield error(f"case/{row.id}", "number_missing")
            continue
        if row.mode != "real":
            yield error(f"case/{row.id}", "number_of_trial", number=row.number)
        series, _, count = row.number.rpartition("-")
        given[row.tenant_id, series].append(int(count) if count.isdigit() else 0)
    for paper in reader.execute(sa.select(t.certificate.c.tenant_id, t.certificate.c.number)):
        series, _, count = paper.number.rpartition("-")
        given[paper.tenant_id, series].append(int(count) if count.isdigit() else 0)
    n = t.case_number.c
    counters = {
        (row.tenant_id, f"{row.prefix}-{row.year}"): row.last
        for row in reader.execute(sa.select(n.tenant_id, n.prefix, n.year, n.last))
    }
    for key in sorted(given.keys() | counters.keys()):
        found, last = sorted(given.get(key, ())), counters.get(key, 0)
        if found != list(range(1, last + 1)):
            missing = sorted(set(range(1, last + 1)) - set(found))[:5]
            yield error(
                f"case_number/{key[1]}", "number_gap",
                last=last, found=len(found), missing=", ".join(map(str, missing)) or "-",
            )  # fmt: skip


def _work(reader: Connection) -> Iterator[Problem]:
    c = t.case.c
    open_task = _exists(t.task, t.task.c.status == "open")
    clock = _exists(t.clock, t.clock.c.status != "stopped")
    timer = _exists(t.timer, t.timer.c.status == "waiting")
    incident = _exists(t.incident, t.incident.c.status == "open")
    running = _exists(t.instance, t.instance.c.status == "running")
    public = _exists(t.publicity, t.publicity.c.status == "open")
    closed = sa.select(
        c.id, c.state, open_task.label("task"), clock.label("clock"), timer.label("timer")
    ).where(c.state.in_(sorted(CLOSED_STATES)), sa.or_(open_task, clock, timer))
    for row in reader.execute(closed):
        left = [name for name in ("task", "clock", "timer") if getattr(row, name)]
        yield error(f"case/{row.id}", "closed_with_work", state=row.state, left=", ".join(left))
    stalled = sa.select(c.id, c.state).where(
        c.state.in_(WORKING), running, ~open_task, ~timer, ~incident, ~public
    )
    for idle in reader.execute(stalled):
        yield error(f"case/{idle.id}", "case_stalled", state=idle.state)
    ended = sa.select(t.task.c.id, t.task.c.case_id).join(
        t.instance,
        sa.and_(
            t.instance.c.tenant_id == t.task.c.tenant_id,
            t.instance.c.id == t.task.c.instance_id,
        ),
    )
    ended = ended.where(t.task.c.status == "open", t.instance.c.status == "ended")
    for task in reader.execute(ended):
        yield error(f"case/{task.case_id}", "task_of_ended", task=task.id)


def _exists(table: Table, *conditions: sa.ColumnElement[bool]) -> sa.Exists:
    return sa.exists().where(
        table.c.tenant_id == t.case.c.tenant_id, table.c.case_id == t.case.c.id, *conditions
    )


def _procedure(reader: Connection) -> Iterator[Problem]:
    """A case is in the state of a correction or a publicity as long as one is open."""
    c = t.case.c
    for state, table in (("correcting", t.correction), ("publicity", t.publicity)):
        is_open = _exists(table, table.c.status == "open")
        wrong = sa.select(c.id, c.state).where(
            sa.or_(sa.and_(c.state == state, ~is_open), sa.and_(c.state != state, is_open))
        )
        for row in reader.execute(wrong):
            yield error(f"case/{row.id}", "procedure_differs", state=row.state, wanted=state)


def _tasks(reader: Connection) -> Iterator[Problem]:
    e = t.event.c
    counts: dict[tuple[int, str], int] = defaultdict(int)
    told = sa.select(e.task_id, e.type).where(
        e.task_id.is_not(None), e.type.in_(("step_opened", "task_opened", "task_done"))
    )
    for task_id, type_ in reader.execute(told):
        counts[task_id, "done" if type_ == "task_done" else "open"] += 1
    seen = set()
    k = t.task.c
    for row in reader.execute(sa.select(k.id, k.case_id, k.status, k.done_at, k.done_by)):
        seen.add(row.id)
        done = counts[row.id, "done"]
        if done != (1 if row.status == "done" else 0) or counts[row.id, "open"] != 1:
            yield error(
                f"case/{row.case_id}", "task_differs",
                task=row.id, status=row.status, opened=counts[row.id, "open"], done=done,
            )  # fmt: skip
        if (row.status == "done") != (row.done_at is not None):
            yield error(f"case/{row.case_id}", "task_moment", task=row.id, status=row.status)
    for task_id in sorted({task_id for task_id, _ in counts if counts[task_id, _]} - seen):
        yield error(f"task/{task_id}", "task_missing")


def _clocks(reader: Connection) -> Iterator[Problem]:
    c, s = t.clock.c, t.clock_suspension.c
    pauses: dict[int, int] = defaultdict(int)
    for clock_id in reader.scalars(sa.select(s.clock_id).where(s.to_at.is_(None))):
        pauses[clock_id] += 1
    clocks = sa.select(c.id, c.case_id, c.status, c.counts_from, c.due_at, c.stopped_at)
    for row in reader.execute(clocks):
        wrong = [
            word
            for word, is_wrong in (
                ("due_at", row.due_at < row.counts_from),
                ("stopped_at", (row.status == "stopped") != (row.stopped_at is not None)),
                ("suspension", pauses[row.id] != (1 if row.status == "suspended" else 0)),
            )
            if is_wrong
        ]
        if wrong:
            yield error(f"case/{row.case_id}", "clock_differs", clock=row.id, what=", ".join(wrong))


def _handling(reader: Connection) -> Iterator[Problem]:
    """A case says whether its promise was kept once the clock of it has stopped, and only then."""
    case, clock = t.case.c, t.clock.c
    kept = (clock.stopped_at <= clock.due_at).label("kept")
    wrong = (
        sa.select(case.id, case.on_time, kept)
        .outerjoin_from(
            t.case,
            t.clock,
            sa.and_(
                clock.tenant_id == case.tenant_id, clock.case_id == case.id,
                clock.kind == "promised", clock.task_id.is_(None), clock.status == "stopped",
            ),
        )
        .where(case.on_time.is_distinct_from(kept))
    )  # fmt: skip
    for row in reader.execute(wrong):
        yield error(
            f"case/{row.id}", "handling_differs",
            stored=f"on_time {row.on_time}", counted=f"on_time {row.kept}",
        )  # fmt: skip


def _snapshots(reader: Connection) -> Iterator[Problem]:
    s = t.submission.c
    rows = reader.execute(
        sa.select(s.id, s.case_id, s.snapshot, s.digest),
        execution_options={"yield_per": 500},
    )
    for row in rows:
        if hashlib.sha256(row.snapshot.encode()).hexdigest() != row.digest:
            yield error(f"case/{row.case_id}", "snapshot_changed", submission=row.id)


def _orphans(reader: Connection) -> Iterator[Problem]:
    for table, column, target in REFERENCES:
        other = target.alias("target")
        reference: Column[int] = table.c[column]
        lost = (
            sa.select(reference, sa.func.count().label("rows"))
            .select_from(
                table.outerjoin(
                    other,
                    sa.and_(other.c.tenant_id == table.c.tenant_id, other.c.id == reference),
                )
            )
            .where(reference.is_not(None), other.c.id.is_(None))
            .group_by(reference)
        )
        for row in reader.execute(lost):
            yield error(
                f"{table.name}/{column}", "orphan",
                target=target.name, id=row[0], rows=row.rows,
            )  # fmt: skip


AT_ANY_TIME = frozenset({"revoked", "not_accepted"})
"""Where a case may be while its letter is printed, and after."""


def _certificates(reader: Connection) -> Iterator[Problem]:
    """A paper that is valid has a PDF; its case waits for it, is completed, or was revoked.

    One that was not accepted is closed from the beginning: its letter changes nothing.
    """
    paper, case = t.certificate.c, t.case.c
    rows = reader.execute(
        sa.select(paper.id, paper.kind, paper.status, paper.digest, paper.blob, case.state).join(
            t.case, sa.and_(case.tenant_id == paper.tenant_id, case.id == paper.case_id)
        )
    )
    states = {"issuing": {"issuing"}, "valid": {"completed"}, "revoked": {"revoked"}}
    for row in rows:
        place = f"certificate/{row.id}"
        if (row.status == "issuing") != (row.digest is None or row.blob is None):
            yield error(place, "certificate_without_file", status=row.status)
        fitting = states[row.status] | (AT_ANY_TIME if row.kind == "letter" else set())
        if row.state not in fitting:
            yield error(place, "certificate_state", status=row.status, state=row.state)


def _names(reader: Connection) -> Iterator[Problem]:
    """Names in other languages: a text for each, none in Chinese, none that is empty."""
    for table, key in ((t.department, "id"), (t.role, "code")):
        column = table.c.names
        rows = sa.select(table.c[key].label("key"), column).where(column.is_not(None))
        for row in reader.execute(rows):
            if not is_well_formed(row.names):
                yield error(f"{table.name}/{row.key}", "names_shape")
