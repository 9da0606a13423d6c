"""The day ruler shows what the clock counts, and says the same in words."""

import datetime as dt
from dataclasses import replace

from gcrm.runtime import clock_rulers, clocks
from gcrm.runtime.calendars import shipped_calendar
from gcrm.web import ruler

CALENDAR = shipped_calendar()


def at(day: int, hour: int = 10) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour - 8, tzinfo=dt.UTC)


def running(days: int, since: int) -> clocks.Clock:
    return clocks.start(1, 1, "promised", clocks.Term(days, "wd"), at(since), CALENDAR)


def shown(clock: clocks.Clock, now: dt.datetime) -> ruler.Ruler:
    drawn = ruler.show(clock, clock_rulers.ruler(clock, now, CALENDAR))
    assert drawn is not None
    return drawn


def test_each_working_day_is_one_cell():
    drawn = shown(running(8, since=5), at(13))

    assert [cell.label for cell in drawn.days] == ["6", "9", "10", "11", "12", "13", "16", "17"]
    assert [cell.kinds for cell in drawn.days] == [
        "done", "done wk", "done", "done", "done", "today", "wk", "due",
    ]  # fmt: skip


def test_the_sentence_says_what_the_cells_show():
    drawn = shown(running(8, since=5), at(13))

    assert drawn.sentence == ("共8个工作日。11月6日起算。已用5天。今天11月13日是第6天。还剩2天。")


def test_late_days_are_drawn_and_said():
    clock = running(4, since=5)

    drawn = shown(clock, at(13))

    assert [cell.kinds for cell in drawn.days][-2:] == ["late", "late"]
    assert drawn.sentence.endswith("已经超了2天。")
    assert ruler.remaining(clock, clock_rulers.ruler(clock, at(13), CALENDAR)) == "超2天"


def test_a_paused_clock_says_why():
    clock = clocks.suspend(running(8, since=5), clocks.Suspension(1, "correction", "", at(10)))

    drawn = clock_rulers.ruler(clock, at(13), CALENDAR)

    assert ruler.remaining(clock, drawn) == "等补正"
    assert "off" in {cell.kinds for cell in shown(clock, at(13)).days}


def test_a_finished_clock_shows_when_it_was_done():
    drawn = shown(clocks.stop(running(8, since=5), at(10)), at(20))

    assert "today" not in " ".join(cell.kinds for cell in drawn.days)
    assert drawn.sentence.endswith("11月10日办好。")


def test_a_clock_in_hours_has_no_cells():
    clock = running(8, since=5)
    hours = replace(clock, term=clocks.Term(4, "h"), due_at=at(5, 14))

    drawn = clock_rulers.ruler(hours, at(5, 12), CALENDAR)

    assert ruler.show(hours, drawn) is None
    assert ruler.remaining(hours, drawn) == "2小时"


def test_a_ruler_in_a_list_is_drawn_anew_when_the_day_or_the_state_changes():
    clock = running(8, since=5)
    paused = clocks.suspend(clock, clocks.Suspension(1, "correction", "", at(13, 9)))

    first = ruler.short(clock, at(13), CALENDAR)
    again = ruler.short(replace(clock, id=2, case_id=2), at(13, 11), CALENDAR)
    next_day = ruler.short(clock, at(16), CALENDAR)
    resting = ruler.short(paused, at(13), CALENDAR)

    assert again is first
    assert shown(clock, at(13)).sentence in first.ruler
    assert first.ruler.count('class="done') == 5
    assert next_day.ruler.count('class="done') == 6
    assert "等补正" in resting.lamp
    assert "等补正" not in first.lamp
