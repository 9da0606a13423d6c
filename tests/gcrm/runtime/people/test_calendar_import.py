"""Importing a year: both formats, clear sentences, and provisional dates computed anew."""

import datetime as dt
import json
from typing import Any

import pytest

from gcrm.runtime import calendar_import, clock_rows, clocks
from gcrm.runtime.calendar_import import Import
from gcrm.runtime.calendars import read_calendar, seed_calendar, shipped_calendar
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.store.columns import new_id

OFF = [
    "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-02-09",
    "2027-02-10", "2027-04-05", "2027-05-01", "2027-05-02", "2027-06-09", "2027-09-15",
    "2027-10-01", "2027-10-02", "2027-10-03",
]  # fmt: skip
CSV = (
    "日期,是否上班,名称\n" + "".join(f"{day},放假,节日\n" for day in OFF) + "2027/01/03,上班,调休\n"
)
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"


@pytest.fixture
def admin(home: Any) -> Any:
    right = ("admin.settings", "write", {"scope": "everything"})
    with home.house.store.write() as writer:
        seed_calendar(writer, 1, home.clock.now)
    return home.actor_of(home.staff("sysadmin", right))


def _json(days: list[dict[str, Any]], **more: Any) -> bytes:
    year = {"year": 2027, "source": SOURCE, "days": days}
    return json.dumps({"format": "gcrm.calendar/1", "years": [year], **more}).encode()


def test_csv_in_both_encodings_and_json_give_the_same_year() -> None:
    days = [{"day": day, "working": False, "name": "节日"} for day in OFF]
    days.append({"day": "2027-01-03", "working": True, "name": "调休"})

    read = [
        calendar_import.read_years(content, SOURCE)
        for content in (CSV.encode(), CSV.encode("gb18030"), CSV.encode("utf-8-sig"), _json(days))
    ]

    assert all(each == read[0] for each in read)
    assert read[0][0].year == 2027
    assert len(read[0][0].days) == 16


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "calendar_empty"),
        (b"\xff\xff\xff", "calendar_unreadable"),
        (b"{", "calendar_unreadable"),
        (b"[" * 100_000, "calendar_unreadable"),
        (b"{}", "calendar_format"),
        (b'{"format": "gcrm.calendar/1", "years": []}', "calendar_empty"),
        (b'{"format": "gcrm.calendar/1", "years": [3]}', "calendar_line"),
        (_json([]), "calendar_empty"),
        (_json([3]), "calendar_line"),  # type: ignore[list-item]
        (b"2027-01-01,no,x", "calendar_few"),
        (b"2027-13-01,no,x", "calendar_date"),
        (b"2027-01-01,maybe,x", "calendar_working"),
        (b"2027-01-01", "calendar_line"),
        ((CSV + "2027-01-01,no,x").encode(), "calendar_twice"),
        (b"2027-01-01,no,x\n" * 300_000, "calendar_large"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        calendar_import.read_years(content, SOURCE)

    assert caught.value.code == code


def test_the_source_must_be_named() -> None:
    with pytest.raises(Refused) as caught:
        calendar_import.read_years(CSV.encode(), "")

    assert caught.value.code == "calendar_source"


def test_an_import_makes_provisional_dates_certain(home: Any, admin: Any) -> None:
    start = dt.datetime(2026, 12, 30, 2, 0, tzinfo=dt.UTC)
    case, task, instance = new_id(), new_id(), new_id()
    clock = clocks.start(
        new_id(), case, "step", clocks.Term(30, "wd"), start, shipped_calendar(), task
    )
    with home.house.store.write() as writer:
        writer.execute(
            t.case.insert(),
            {"tenant_id": 1, "id": case, "lookup_code": "c", "app_id": "a", "release": 1,
             "item_variant_id": 1, "root_id": case, "mode": "real", "title": "t",
             "applicant_id": 1, "state": "accepted", "events": 0, "rev": 1},
        )  # fmt: skip
        writer.execute(
            t.instance.insert(),
            {"tenant_id": 1, "id": instance, "case_id": case, "app_id": "a", "release": 1,
             "process_id": "p", "state": b"", "status": "running", "rev": 1, "started_at": start},
        )  # fmt: skip
        writer.execute(
            t.task.insert(),
            {"tenant_id": 1, "id": task, "case_id": case, "instance_id": instance, "key": "k",
             "step_id": "s", "name": "n", "round": 1, "status": "open", "opened_at": start,
             "due_at": clock.due_at, "rev": 1},
        )  # fmt: skip
        writer.execute(t.clock.insert(), clock_rows.values_of(1, clock))
    assert clock.provisional

    answer = home.run(calendar_import.IMPORT, Import(CSV.encode(), SOURCE), admin)

    assert (answer.years, answer.days, answer.recomputed) == ((2027,), 16, 1)
    with home.house.store.read() as reader:
        [after] = clock_rows.clocks_of_case(reader, 1, case)
        calendar = read_calendar(reader, 1)
    assert not after.provisional
    assert after.due_at == clocks.recompute(clock, calendar).due_at != clock.due_at
    [row] = home.rows(t.task)
    assert row["due_at"] == after.due_at
    assert calendar.is_working_day(dt.date(2027, 1, 3))
    assert not calendar.is_working_day(dt.date(2026, 10, 1))
    assert any(entry["action"] == "calendar_imported" for entry in home.rows(t.audit))
