"""Selfcheck is silent about an honest store, and names every lie."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app_definitions.problem import Catalogue
from gcrm.store import audit_seals, events, numbers, records, selfcheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.events import Event
from gcrm.store.records import Field, Shape

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)


class World:
    """A small honest store: one decided case, one at work, with tasks, clocks and records."""

    def __init__(self, store: Store, city: Any) -> None:
        self.store = store
        self.city = city
        self.account = new_id()
        shape = Shape("main", "", (Field("name", "text"), Field("sum", "decimal", 2)))
        with store.write() as writer:
            _insert(writer, t.account, id=self.account, party_id=city.party, kind="citizen",
                    created_at=NOW)  # fmt: skip
            _insert(writer, t.service_item, id=2, base_code="b", name="高龄津贴", item_type="05",
                    audience="natural", spec={})  # fmt: skip
            _insert(writer, t.item_variant, id=3, service_item_id=2, code="new", name="新办",
                    number_prefix="EA")  # fmt: skip
            records.create_or_widen(writer, 1, "elder", 1, [shape])
            self.form = records.columns_of(writer, 1, "elder").form("main")
        self.done = self._case(closed=True)
        self.working = self._case(closed=False)

    def _case(self, *, closed: bool) -> int:
        case_id, instance, task, clock, sub = (new_id() for _ in range(5))
        happened = [
            Event("submitted", NOW, {"submission": sub}),
            Event("accepted", NOW),
            Event("step_opened", NOW, {"step": "street", "state": "in_review"}, task_id=task),
        ]
        if closed:
            happened += [
                Event("task_done", LATER, {"step": "street"}, self.city.party, task_id=task),
                Event("approved", LATER),
                Event("completed", LATER),
            ]
        projection = events.project(happened)
        end = LATER if closed else None
        with self.store.write() as writer:
            _insert(writer, t.case, id=case_id, number=numbers.draw(writer, 1, "EA", 2026),
                    lookup_code=str(case_id), app_id="elder", release=1, item_variant_id=3,
                    root_id=case_id, mode="real", title="高龄津贴",
                    applicant_id=self.city.party, rev=1, on_time=True if closed else None,
                    handled_days=0 if closed else None, **projection.columns())  # fmt: skip
            events.write(writer, 1, case_id, happened)
            _insert(writer, t.instance, id=instance, case_id=case_id, app_id="elder", release=1,
                    process_id="main", state=b"", status="ended" if closed else "running", rev=1,
                    started_at=NOW, ended_at=end)  # fmt: skip
            _insert(writer, t.task, id=task, case_id=case_id, instance_id=instance, key="k",
                    step_id="street", name="街道审核", round=1,
                    status="done" if closed else "open", opened_at=NOW, done_at=end,
                    done_by=self.city.party if closed else None, rev=1)  # fmt: skip
            _insert(writer, t.clock, id=clock, case_id=case_id, kind="promised", value=5,
                    unit="wd", calendar="cn", counts_from=NOW, due_at=LATER, warn_at=NOW,
                    provisional=False, status="stopped" if closed else "running",
                    stopped_at=end, lamp="green")  # fmt: skip
            for round_, values in enumerate(
                ({"name": "李", "sum": "1.00", "old": "x"}, {"name": "李秀英", "sum": "2.50"}), 1
            ):
                self._submit(writer, sub + round_, case_id, round_, values, projection)
        return case_id

    def _submit(
        self, writer: sa.Connection, sub: int, case_id: int, round_: int,
        values: dict[str, Any], projection: events.Projection,
    ) -> None:  # fmt: skip
        snapshot = json.dumps({"values": {**values, "id": {"sealed": "AA=="}}}, ensure_ascii=False)
        _insert(writer, t.submission, id=sub, case_id=case_id, step_id="apply", round=round_,
                app_id="elder", release=1, form_id="main", account_id=self.account,
                party_id=self.city.party, snapshot=snapshot,
                digest=hashlib.sha256(snapshot.encode()).hexdigest(),
                submitted_at=NOW)  # fmt: skip
        fixed = self.city.fixed(
            events.CaseState(1, case_id, 1, projection), submission_id=sub, submitted_at=NOW
        )
        told = {"name": values["name"], "sum": Decimal(values["sum"])}
        records.write_record(writer, self.form, fixed, told)

    def found(self) -> set[str]:
        with self.store.read() as reader:
            return {problem.code for problem in selfcheck.check(reader)}

    def lie(self, statement: sa.Executable) -> None:
        with self.store.write() as writer:
            writer.execute(statement)


def _insert(writer: sa.Connection, table: sa.Table, **values: Any) -> None:
    writer.execute(sa.insert(table).values(tenant_id=1, **values))


@pytest.fixture
def world(store: Store, city: Any) -> World:
    return World(store, city)


def test_an_honest_store_has_no_problems(world: World) -> None:
    with world.store.read() as reader:
        assert selfcheck.check(reader) == ()


Lie = Callable[[World], sa.Executable]


def _of(table: sa.Table, case_id: int) -> sa.ColumnElement[bool]:
    column = table.c.id if table is t.case else table.c.case_id
    return column == case_id


@pytest.mark.parametrize(
    ("lie", "codes"),
    [
        (
            lambda w: sa.update(t.case).where(_of(t.case, w.working)).values(outcome="approved"),
            {"projection_differs"},
        ),
        (
            lambda w: sa.update(t.case_number).values(last=7),
            {"number_gap"},
        ),
        (
            lambda w: sa.update(t.case).where(_of(t.case, w.working)).values(number=None),
            {"number_missing", "number_gap"},
        ),
        (
            lambda w: sa.update(t.case).where(_of(t.case, w.working)).values(mode="trial"),
            {"number_of_trial", "record_differs"},
        ),
        (
            lambda w: sa.update(t.clock).where(_of(t.clock, w.done)).values(
                status="running", stopped_at=None
            ),
            {"closed_with_work", "handling_differs"},
        ),
        (
            lambda w: sa.update(t.case).where(_of(t.case, w.done)).values(on_time=None),
            {"handling_differs"},
        ),
        (
            lambda w: sa.update(t.task).where(_of(t.task, w.working)).values(status="cancelled"),
            {"case_stalled"},
        ),
        (
            lambda w: sa.update(t.instance).where(_of(t.instance, w.working)).values(
                status="ended"
            ),
            {"task_of_ended"},
        ),
        (
            lambda w: sa.update(t.task).where(_of(t.task, w.working)).values(
                status="done", done_at=LATER
            ),
            {"task_differs", "case_stalled"},
        ),
        (
            lambda w: sa.update(t.task).where(_of(t.task, w.done)).values(done_at=None),
            {"task_moment"},
        ),
        (lambda w: sa.delete(t.task).where(_of(t.task, w.working)),
         {"task_missing", "case_stalled"}),
        (
            lambda w: sa.update(t.clock).where(_of(t.clock, w.working)).values(status="suspended"),
            {"clock_differs"},
        ),
        (
            lambda w: sa.update(t.submission).where(_of(t.submission, w.working)).values(
                digest="0" * 64
            ),
            {"snapshot_changed"},
        ),
        (
            lambda w: sa.update(t.case).where(_of(t.case, w.working)).values(department_id=99),
            {"orphan", "record_differs"},
        ),
        (
            lambda w: sa.delete(w.form.table).where(_of(w.form.table, w.done)),
            {"record_missing"},
        ),
        (
            lambda w: sa.delete(w.form.table).where(_of(w.form.table, w.working)),
            {"record_missing"},
        ),
        (
            lambda w: sa.update(w.form.table).where(_of(w.form.table, w.done)).values(
                submission_id=1
            ),
            {"record_orphan"},
        ),
        (
            lambda w: sa.update(w.form.table).where(_of(w.form.table, w.done)).values(
                {w.form.column("sum").name: Decimal("2.51")}
            ),
            {"record_differs"},
        ),
        (
            lambda w: sa.insert(t.role).values(
                tenant_id=1, code="clerk", name="科员", names={"en": ""}
            ),
            {"names_shape"},
        ),
        (
            lambda w: sa.update(w.form.table).where(_of(w.form.table, w.done)).values(case_id=9),
            {"record_orphan", "record_missing"},
        ),
    ],
)  # fmt: skip
def test_each_lie_is_named(world: World, lie: Lie, codes: set[str]) -> None:
    with world.store.write() as writer:  # a master of the database drops the guard
        on = "" if world.store.dialect == "sqlite" else " ON submission"
        writer.exec_driver_sql(f"DROP TRIGGER submission_frozen{on}")
    world.lie(lie(world))

    assert world.found() == codes


def test_every_code_has_its_sentences_in_both_languages() -> None:
    catalogue = Catalogue.of("gcrm.store")
    for locale in Catalogue.LOCALES:
        assert catalogue.texts[locale].keys() == catalogue.codes()
        for rendered in catalogue.texts[locale].values():
            assert rendered.message
            assert rendered.fix
    problem = audit_seals.Finding("edited", "case:5#2").problem()
    assert catalogue.render(problem, "en").message == "Audit row case:5#2 was edited."
