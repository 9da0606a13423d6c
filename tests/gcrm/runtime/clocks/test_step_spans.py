"""Spans of steps: working time only, without the time in which the case rested."""

import datetime as dt
from zoneinfo import ZoneInfo

from gcrm.runtime.calendars import shipped_calendar
from gcrm.runtime.step_spans import spans_of
from gcrm.runtime.timeline import moments
from gcrm.store.events import Event

CALENDAR = shipped_calendar()


def at(text: str) -> dt.datetime:
    zone = ZoneInfo("Asia/Shanghai")
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


def log() -> list[Event]:
    """Friday afternoon to Monday morning, then the next step with a pause in it."""
    return [
        Event("submitted", at("2026-11-20T16:00")),
        Event("step_opened", at("2026-11-20T16:00"), {"step": "verify"}, task_id=1),
        Event("task_done", at("2026-11-23T10:00"), {"step": "verify"}, 7, task_id=1),
        Event("step_opened", at("2026-11-23T10:00"), {"step": "street"}, task_id=2),
        Event("suspended", at("2026-11-23T11:00"), {}, 8),
        Event("resumed", at("2026-11-24T11:00"), {}, 8),
    ]


def test_nights_weekends_and_pauses_are_nobodys_time():
    spans = spans_of(log(), CALENDAR, at("2026-11-24T11:30"))

    friday = at("2026-11-20T18:00") - at("2026-11-20T16:00")
    assert spans[1].until == at("2026-11-23T10:00")
    assert dt.timedelta(hours=2) < spans[1].worked <= friday + dt.timedelta(hours=2)
    assert spans[2].until is None
    assert spans[2].worked == dt.timedelta(hours=1, minutes=30)


def test_a_step_is_one_line_and_the_open_one_stays():
    spans = spans_of(log(), CALENDAR, at("2026-11-24T11:30"))
    names = {"verify": "入户核实", "street": "街道审核"}

    lines = moments(log(), {7: "何芳"}, names, citizen=False, spans=spans)

    told = [(each.type, each.step, each.actor) for each in lines if each.span is not None]
    assert told == [("step_opened", "街道审核", None), ("task_done", "入户核实", "何芳")]


def test_a_citizen_reads_that_a_step_began():
    lines = moments(log(), {7: "何芳"}, {}, citizen=True)

    assert [each.type for each in lines].count("step_opened") == 2
    assert all(each.actor is None for each in lines)
