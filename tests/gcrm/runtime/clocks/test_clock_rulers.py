"""The day ruler: cells for the screens, as in look/staff."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from gcrm.runtime import clocks
from gcrm.runtime.calendars import shipped_calendar
from gcrm.runtime.clock_rulers import Ruler, ruler
from gcrm.runtime.clocks import Clock, Suspension, Term

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = shipped_calendar()
SIGNS = {"used": "■", "today": "▣", "left": "□", "paused": "‖", "late": "✕"}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(dt.UTC)


def drawn(drawing: Ruler) -> str:
    return "".join(
        (" " if cell.week else "") + SIGNS[cell.mark] + ("!" if cell.due else "")
        for cell in drawing.cells
    )


def five_days() -> Clock:
    """Count Monday 23 to Friday 27 November 2026."""
    return clocks.start(1, 2, "step", Term(5, "wd"), at("2026-11-20T10:00"), CALENDAR)


@pytest.mark.parametrize(
    ("now", "cells", "left", "late"),
    [
        ("2026-11-20T15:00", "□□□□□!", 5, 0),
        ("2026-11-23T09:00", "▣□□□□!", 4, 0),
        ("2026-11-25T09:00", "■■▣□□!", 2, 0),
        ("2026-11-27T09:00", "■■■■▣!", 0, 0),
        ("2026-11-27T18:00", "■■■■✕!", 0, 1),
        ("2026-12-01T09:00", "■■■■■! ✕✕", 0, 2),
    ],
)
def test_cells_of_five_working_days(now: str, cells: str, left: int, late: int) -> None:
    drawing = ruler(five_days(), at(now), CALENDAR)

    assert drawn(drawing) == cells
    assert (drawing.left, drawing.late) == (left, late)
    assert drawing.starts_later == (now < "2026-11-21")
    assert drawing.due_on == dt.date(2026, 11, 27)


def test_a_suspended_clock_shows_what_is_used_and_what_is_paused() -> None:
    suspended = clocks.suspend(
        five_days(), Suspension(3, "correction", "等材料", at("2026-11-24T15:00"))
    )

    drawing = ruler(suspended, at("2026-11-26T09:00"), CALENDAR)

    assert drawn(drawing) == "■■‖‖"
    assert drawing.lamp == "paused"


def test_after_resuming_the_paused_days_stay_visible_and_the_end_moves() -> None:
    suspended = clocks.suspend(
        five_days(), Suspension(3, "correction", "等材料", at("2026-11-24T15:00"))
    )
    resumed = clocks.resume(suspended, at("2026-11-26T09:00"), CALENDAR)

    drawing = ruler(resumed, at("2026-11-27T09:00"), CALENDAR)

    assert drawn(drawing) == "■■‖‖▣ □□!"
    assert drawing.due_on == dt.date(2026, 12, 1)


def test_a_stopped_clock_stands_still() -> None:
    stopped = clocks.stop(five_days(), at("2026-11-24T15:00"))

    assert drawn(ruler(stopped, at("2027-03-01T09:00"), CALENDAR)) == "■▣□□□!"


def test_hours_have_a_share_instead_of_cells() -> None:
    running = clocks.start(1, 2, "step", Term(24, "h"), at("2026-11-24T10:00"), CALENDAR)

    drawing = ruler(running, at("2026-11-24T16:00"), CALENDAR)

    assert drawing.cells == ()
    assert (drawing.share, drawing.minutes_left) == (25, 18 * 60)
    assert ruler(running, at("2026-11-25T11:00"), CALENDAR).minutes_left == -60
