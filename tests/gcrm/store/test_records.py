"""Record tables only ever grow, and hold the newest value of every field exactly."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from gcrm.store import database, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.errors import RecordLimitError, StoreError
from gcrm.store.events import Event
from gcrm.store.record_changes import add_columns
from gcrm.store.records import Field, Shape

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
FIELDS = (
    Field("elder_name", "text"),
    Field("children", "whole"),
    Field("amount", "decimal", 2),
    Field("born", "date"),
    Field("seen_at", "moment"),
    Field("alone", "boolean"),
    Field("needs", "list"),
    Field("elder_id", "index"),
    Field("elder_id.birth_date", "date"),
)
VALUES = {
    "elder_name": "王德福𠮷",
    "children": 3,
    "amount": Decimal("1234.50"),
    "born": dt.date(1936, 2, 12),
    "seen_at": NOW,
    "alone": True,
    "needs": ["meal", "bath"],
    "elder_id": b"\x01" * 32,
    "elder_id.birth_date": dt.date(1936, 2, 12),
}
CHILD = Shape("main", "relatives", (Field("name", "text"), Field("share", "decimal", 4)))


def publish(store: Store, release: int, *shapes: Shape, app: str = "elder") -> tuple[str, ...]:
    with store.write() as writer:
        return records.create_or_widen(writer, 1, app, release, shapes)


def load(store: Store, app: str = "elder") -> records.Records:
    with store.read() as reader:
        return records.columns_of(reader, 1, app)


def stored(store: Store, form: records.RecordForm) -> dict[str, Any]:
    with store.read() as reader:
        row = reader.execute(sa.select(*form.tables).select_from(form.table)).mappings().one()
        return {field: row[column] for field, column in form.columns.items()}


def test_values_of_every_kind_come_back_exactly(store: Store, city: Any) -> None:
    publish(store, 1, Shape("main", "", FIELDS))
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))

    before = store.statements()
    with store.write() as writer:
        records.write_record(writer, form, city.fixed(case), {**VALUES, "not_recorded": "x"})

    assert store.statements() - before == 1
    assert stored(store, form) == VALUES


def test_a_later_submission_changes_only_what_it_gives(store: Store, city: Any) -> None:
    publish(store, 1, Shape("main", "", FIELDS))
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))
    with store.write() as writer:
        records.write_record(writer, form, city.fixed(case, submission_id=1), VALUES)
        records.write_record(
            writer, form, city.fixed(case, submission_id=2, state="accepted"), {"children": 4}
        )

    assert stored(store, form) == {**VALUES, "children": 4}
    with store.read() as reader:
        row = reader.execute(sa.select(form.table)).one()
    assert (row.submission_id, row.state) == (2, "accepted")
    assert row.given_by == {**dict.fromkeys(VALUES, 1), "children": 2}


def test_a_release_with_the_same_fields_changes_nothing(store: Store) -> None:
    publish(store, 1, Shape("main", "", FIELDS), CHILD)

    assert publish(store, 2, Shape("main", "", FIELDS[::-1]), CHILD) == ()


def test_widening_keeps_rows_and_old_readers(store: Store, city: Any) -> None:
    publish(store, 1, Shape("main", "", FIELDS[:2]))
    old = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))
    with store.write() as writer:
        records.write_record(writer, old, city.fixed(case), {"elder_name": "李秀英"})

    publish(store, 2, Shape("main", "", (*FIELDS[1:], Field("new_one", "text"))))

    new = load(store).form("main")
    assert stored(store, old) == {"elder_name": "李秀英", "children": None}
    assert stored(store, new)["elder_name"] == "李秀英"
    assert stored(store, new)["new_one"] is None
    with store.read() as reader:
        since = dict(
            reader.execute(
                sa.select(t.record_column.c.field_id, t.record_column.c.since_release)
            ).all()
        )
    assert (since["children"], since["new_one"]) == (1, 2)


def test_more_than_two_hundred_columns_go_into_a_second_part(store: Store, city: Any) -> None:
    fields = tuple(Field(f"f{n}", "whole") for n in range(300))
    publish(store, 1, Shape("main", "", fields[:150]))
    publish(store, 2, Shape("main", "", fields))
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))

    before = store.statements()
    with store.write() as writer:
        records.write_record(writer, form, city.fixed(case), {f"f{n}": n for n in range(300)})

    assert store.statements() - before == len(form.tables) == 2
    assert all(len(table.columns) <= 200 for table in form.tables)
    assert len(form.columns) == 300
    joined = form.tables[0].join(
        form.tables[1], form.tables[0].c.case_id == form.tables[1].c.case_id
    )
    with store.read() as reader:
        row = reader.execute(
            sa.select(form.column("f0"), form.column("f299")).select_from(joined)
        ).one()
    assert tuple(row) == (0, 299)


def test_more_than_four_hundred_fields_are_refused(store: Store) -> None:
    fields = tuple(Field(f"f{n}", "text") for n in range(401))

    with pytest.raises(RecordLimitError, match="401 fields; 400 fit"):
        publish(store, 1, Shape("main", "", fields))


def test_a_field_that_changed_its_kind_is_refused_and_named(store: Store) -> None:
    publish(store, 1, Shape("main", "", (Field("amount", "decimal", 2),)))
    changed = Shape("main", "", (Field("amount", "decimal", 4),))

    with store.read() as reader:
        (conflict,) = records.conflicts(reader, 1, "elder", [changed])
    assert (conflict.kept, conflict.wanted) == ("decimal(2)", "decimal(4)")
    with pytest.raises(StoreError, match="give it a new id"):
        publish(store, 2, changed)


def test_rows_of_a_subtable_are_replaced(store: Store, city: Any) -> None:
    publish(store, 1, Shape("main", "", FIELDS), CHILD)
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))
    rows = [{"name": "甲", "share": Decimal("0.5")}, {"name": "乙"}]
    with store.write() as writer:
        records.write_record(writer, form, city.fixed(case), VALUES, {"relatives": rows})
        records.write_record(writer, form, city.fixed(case), {}, {"relatives": rows[:1]})

    child = form.subtables["relatives"]
    with store.read() as reader:
        found = reader.execute(
            sa.select(child.table.c.row, child.column("name"), child.column("share"))
        ).all()
    assert [tuple(row) for row in found] == [(1, "甲", Decimal("0.5000"))]


def test_moving_a_case_moves_its_records(store: Store, city: Any) -> None:
    publish(store, 1, Shape("main", "", FIELDS), CHILD)
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))
    with store.write() as writer:
        records.write_record(writer, form, city.fixed(case), {}, {"relatives": [{"name": "甲"}]})
        records.move(writer, [form], 1, case.case_id, state="approved", department_id=9)

    for table in (form.table, form.subtables["relatives"].table):
        with store.read() as reader:
            row = reader.execute(sa.select(table)).one()
        assert (row.state, row.department_id) == ("approved", 9)


def test_tables_of_two_apps_tenants_and_forms_never_meet(store: Store) -> None:
    names = set()
    for app in ("elder", "elder_other_name_same_start_a", "elder_other_name_same_start_b"):
        names |= set(publish(store, 1, Shape("main", "", FIELDS), CHILD, app=app))
    with store.write() as writer:
        names |= set(records.create_or_widen(writer, 2, "elder", 1, [Shape("main", "", FIELDS)]))

    assert len(names) == 7
    assert all(name.startswith("r_") and len(name) <= 40 for name in names)


def test_the_structure_of_all_tables_is_brought_along(store: Store) -> None:
    publish(store, 1, Shape("main", "", FIELDS), CHILD)
    added = {2: (("channel", sa.String(20)),)}

    with store.write() as writer:
        assert records.bring_along(writer, 2, added) == 2
        assert records.bring_along(writer, 2, added) == 0

    for table in (
        load(store).form("main").table,
        load(store).form("main").subtables["relatives"].table,
    ):
        with store.read() as reader:
            names = {column["name"] for column in sa.inspect(reader).get_columns(table.name)}
        assert "channel" in names


@pytest.mark.parametrize("value", [Decimal("1.005"), Decimal("NaN"), Decimal("Infinity")])
def test_a_decimal_that_would_be_rounded_is_refused(
    store: Store, city: Any, value: Decimal
) -> None:
    publish(store, 1, Shape("main", "", FIELDS))
    form = load(store).form("main")
    case = city.open_case(Event("submitted", NOW))

    with pytest.raises((StatementError, ValueError)), store.write() as writer:
        records.write_record(writer, form, city.fixed(case), {"amount": value})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scale=st.sampled_from([0, 2, 6]),
    whole=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8),
)
def test_sums_of_decimals_are_exact(store: Store, scale: int, whole: list[int]) -> None:
    numbers = sa.table("n", sa.column("v", records.Scaled(scale)))
    values = [Decimal(n).scaleb(-scale) for n in whole]
    metadata = sa.MetaData()
    table = sa.Table("n", metadata, sa.Column("v", records.Scaled(scale)), prefixes=["TEMPORARY"])
    with store.write() as writer:
        metadata.create_all(writer)
        writer.execute(sa.insert(table), [{"v": value} for value in values])
        total = writer.scalar(sa.select(sa.func.sum(numbers.c.v)))
        above = writer.scalar(
            sa.select(sa.func.count()).select_from(numbers).where(numbers.c.v >= values[0])
        )
        metadata.drop_all(writer)

    assert total == sum(values)
    assert above == sum(value >= values[0] for value in values)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_widening_waits_for_a_reader_and_then_goes_on(dialect: str, new_url: Any) -> None:
    store = Store(new_url(dialect))
    publish(store, 1, Shape("main", "", FIELDS))
    table = load(store).form("main").table
    reading, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.read() as reader:
            reader.execute(sa.select(table)).all()
            reading.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    reading.wait(10)
    releaser = threading.Timer(2.3, done.set)  # longer than one lock timeout
    releaser.start()
    try:
        with store.write() as writer:
            add_columns(writer, table.name, [sa.Column("c_late", sa.Text())])
    finally:
        done.set()
        thread.join()
        releaser.join()

    with store.read() as reader:
        assert "c_late" in {c["name"] for c in sa.inspect(reader).get_columns(table.name)}
    store.close()


POOL = [Field("name", "text"), Field("amount", "decimal", 2), Field("ok", "boolean"),
        Field("born", "date"), Field("needs", "list"), Field("count", "whole")]  # fmt: skip
ANY = {
    "name": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
    "amount": st.integers(-(10**12), 10**12).map(lambda n: Decimal(n).scaleb(-2)),
    "ok": st.booleans(),
    "born": st.dates(),
    "needs": st.lists(st.sampled_from(["a", "b", "餐"]), max_size=3),
    "count": st.integers(-(2**62), 2**62),
}
releases = st.lists(st.sets(st.sampled_from(range(6)), min_size=1), min_size=1, max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), plan=releases)
def test_any_row_of_releases_keeps_the_newest_of_every_value(
    store: Store, city: Any, data: st.DataObject, plan: list[set[int]]
) -> None:
    app = f"a{new_id() % 10**12}"
    case = city.open_case(Event("submitted", NOW))
    expected: dict[str, Any] = {}
    for release, chosen in enumerate(plan, 1):
        shape = Shape("main", "", tuple(POOL[n] for n in sorted(chosen)))
        publish(store, release, shape, app=app)
        form = load(store, app).form("main")
        values = {f.field_id: data.draw(ANY[f.field_id]) for f in shape.fields}
        with store.write() as writer:
            records.write_record(writer, form, city.fixed(case, release=release), values)
        expected |= values

    assert stored(store, load(store, app).form("main")) == expected


def test_sqlite_knows_of_a_table_made_at_publish_what_an_upgrade_would_tell_it(
    new_url: Callable[[str], str],
) -> None:
    """Who had the database open already asks the new table through its index too."""
    url = new_url("sqlite")
    opened = Store(url)
    told = sa.text("SELECT idx, stat FROM sqlite_stat1 WHERE tbl LIKE 'r!_%' ESCAPE '!' ORDER BY 1")
    with opened.read() as reader:
        assert reader.execute(told).all() == []

    publish(opened, 1, Shape("main", "", FIELDS), CHILD)
    publish(opened, 2, Shape("main", "", (*FIELDS, Field("city", "text"))))

    table = load(opened).form("main").table
    mine = sa.select(table.c.case_id).where(table.c.tenant_id == 1, table.c.applicant_id == 5)
    with opened.read() as reader:
        at_publish = reader.execute(told).all()
        asked = mine.compile(reader, compile_kwargs={"literal_binds": True})
        (step,) = reader.execute(sa.text(f"EXPLAIN QUERY PLAN {asked}")).all()
    opened.close()
    assert step.detail.startswith(f"SEARCH {table.name} USING INDEX ix_{table.name}_applicant_id")
    database.upgrade(url)
    again = Store(url)
    with again.read() as reader:
        assert reader.execute(told).all() == at_publish
    again.close()
    assert len(at_publish) == 6
