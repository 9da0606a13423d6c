"""Boards on both databases: what the tiles say is what counting the cases by hand gives."""

from collections import Counter
from decimal import Decimal
from statistics import mean
from typing import Any

from sqlalchemy import select

from gcrm.access import Accessor, keys_of
from gcrm.demo import many_cases
from gcrm.runtime import handling
from gcrm.runtime.boards import Chosen, Desk, open_board
from gcrm.runtime.calendars import read_calendar
from gcrm.store import tables as t
from gcrm.store.selfcheck import check

TENANT = 1
MADE = 80


def opened(town: Any, reader: Any, login: str) -> Desk:
    actor = town.staff(login)
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    services = town.house.services
    now = town.clock()
    return open_board(
        reader, services, accessor, "elder_allowance", "overview", now, locale="zh-CN"
    )


def numbers(desk: Desk, tile: str, **chosen: str) -> dict[Any, Decimal]:
    """Give a tile's numbers by their key, or by measure where there is none."""
    found = desk.answer(Chosen(chosen), only=tile).tile(tile)
    assert found is not None
    if not found.table.dimensions:
        return dict(zip((m.id for m in found.table.measures), found.table.rows[0], strict=True))
    return {row[0]: row[1] for row in found.table.rows}


def stood_still(town: Any, calendar: Any, clock_id: int) -> int:
    """Count the working days on which a clock stood still."""
    pauses = town.rows(
        select(t.clock_suspension).where(
            t.clock_suspension.c.clock_id == clock_id, t.clock_suspension.c.to_at.is_not(None)
        )
    )
    return sum(
        calendar.working_days_after(calendar.date_of(p["from_at"]), calendar.date_of(p["to_at"]))
        for p in pauses
    )


def test_the_tiles_say_what_counting_by_hand_gives(town: Any):
    many_cases.make(town.house, TENANT, MADE, days=60)
    cases = town.rows(select(t.case))
    clocks = {
        row["case_id"]: row
        for row in town.rows(select(t.clock).where(t.clock.c.kind == "promised"))
    }
    calendar = None

    with town.house.store.read() as reader:
        assert check(reader) == ()
        desk = opened(town, reader, "juzhang")
        calendar = desk.lists.calendar
        figures = numbers(desk, "today")
        streets, outcomes = numbers(desk, "by_street"), numbers(desk, "outcomes")
        on_time, satisfied = numbers(desk, "on_time"), numbers(desk, "satisfaction")
        months = numbers(desk, "handling")
        narrow = numbers(desk, "by_street", place="990102001")

    open_cases = [c for c in cases if c["decided_at"] is None and c["closed_at"] is None]
    assert open_cases
    decided = [c for c in cases if c["decided_at"] is not None]
    days = {
        c["id"]: calendar.working_days_after(
            calendar.date_of(clocks[c["id"]]["counts_from"]),
            calendar.date_of(clocks[c["id"]]["stopped_at"]),
        )
        - stood_still(town, calendar, clocks[c["id"]]["id"])
        for c in decided
    }
    assert figures["active"] == len(open_cases)
    assert figures["done"] == len(cases) - len(open_cases)
    assert float(figures["average"]) == mean(days.values())
    running = [clocks[c["id"]] for c in open_cases if clocks[c["id"]]["status"] == "running"]
    late = [clock for clock in running if clock["due_at"] < town.clock()]
    assert figures["overdue"] == len(late)
    assert streets == Counter(c["region_code"][:9] for c in cases)
    assert narrow == {"990102001": streets["990102001"]}
    assert outcomes == Counter(c["outcome"] for c in cases if c["outcome"])
    kept = [c for c in decided if clocks[c["id"]]["stopped_at"] <= clocks[c["id"]]["due_at"]]
    assert float(on_time["share"]) == len(kept) / len(decided)
    scores = [row["score"] for row in town.rows(select(t.rating))]
    assert float(satisfied["share"]) == sum(score >= 3 for score in scores) / len(scores)
    by_month: dict[str, list[int]] = {}
    for case in decided:
        by_month.setdefault(f"{calendar.date_of(case['decided_at']):%Y-%m}", []).append(
            days[case["id"]]
        )
    assert {month: float(value) for month, value in months.items()} == {
        month: mean(values) for month, values in by_month.items()
    }


def test_days_on_which_a_clock_stood_still_are_no_handling_time(town: Any):
    many_cases.make(town.house, TENANT, 40, days=60)
    clock = town.rows(
        select(t.clock).where(
            t.clock.c.kind == "promised",
            t.clock.c.status == "stopped",
            t.clock.c.id.not_in(select(t.clock_suspension.c.clock_id)),
            t.clock.c.case_id.in_(select(t.case.c.id).where(t.case.c.decided_at.is_not(None))),
        )
    )[0]
    with town.house.store.read() as reader:
        before = numbers(opened(town, reader, "juzhang"), "today")["average"]
    decided = len(town.rows(select(t.case.c.id).where(t.case.c.decided_at.is_not(None))))
    pause = {
        "tenant_id": TENANT,
        "id": 1,
        "case_id": clock["case_id"],
        "clock_id": clock["id"],
        "kind": "correction",
        "reason": "",
        "from_at": clock["counts_from"],
        "to_at": clock["stopped_at"],
    }
    with town.house.store.write() as writer:
        writer.execute(t.clock_suspension.insert(), pause)
    now = town.clock()
    with town.house.store.read() as reader:
        calendar = read_calendar(reader, TENANT)
        found = handling.differences(reader, TENANT, calendar, now)
    with town.house.store.write() as writer:
        changed = handling.settle_all(writer, TENANT, calendar, now)

    with town.house.store.read() as reader:
        assert not handling.differences(reader, TENANT, calendar, now)
        desk = opened(town, reader, "juzhang")
        after = numbers(desk, "today")["average"]

    stood = calendar.working_days_after(
        calendar.date_of(clock["counts_from"]), calendar.date_of(clock["stopped_at"])
    )
    assert stood > 0
    assert [each.id for each in found] == [clock["case_id"]]
    assert changed == 1
    assert round(before - after, 9) == round(Decimal(stood) / decided, 9)
