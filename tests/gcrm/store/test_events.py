"""The event log tells everything; the columns of a case are read off it."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gcrm.store import events, rewrite
from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.errors import StaleError, StoreError
from gcrm.store.events import EVENT_TYPES, PROJECTED, STATES, CaseState, Event, project

NOW = dt.datetime(2026, 11, 24, 1, 49, 0, 123456, tzinfo=dt.UTC)


def happened(type_: str, minutes: int = 0, **data: Any) -> Event:
    return Event(type_, NOW + dt.timedelta(minutes=minutes), data)


@st.composite
def any_event(draw: st.DrawFn) -> Event:
    name = draw(st.sampled_from(sorted(EVENT_TYPES)))
    data: dict[str, Any] = {}
    if name == "step_opened":
        data["step"] = draw(st.sampled_from(["community", "street", "bureau"]))
    if EVENT_TYPES[name].chooses and draw(st.booleans()):
        data["state"] = draw(st.sampled_from(STATES))
    return happened(name, draw(st.integers(0, 10_000)), **data)


histories = st.lists(any_event(), max_size=20)


@given(histories, st.integers(0, 20))
def test_projecting_in_two_parts_gives_the_same(history: list[Event], cut: int) -> None:
    assert project(history[cut:], project(history[:cut])) == project(history)


@given(histories)
def test_a_projection_is_always_well_formed(history: list[Event]) -> None:
    projection = project(history)

    assert projection.state in STATES
    assert projection.events == len(history)


def test_a_case_from_submission_to_decision() -> None:
    projection = project(
        [
            happened("submitted", 0),
            happened("accepted", 1),
            happened("step_opened", 1, step="community", state="in_review"),
            happened("task_done", 5, step="community", verb="pass"),
            happened("step_opened", 5, step="bureau"),
            happened("approved", 9),
            happened("completed", 10),
        ]
    )

    assert (projection.state, projection.step_id, projection.outcome) == (
        "completed",
        None,
        "approved",
    )
    minutes = dt.timedelta(minutes=1)
    assert projection.submitted_at == NOW
    assert projection.accepted_at == NOW + minutes
    assert projection.decided_at == NOW + 9 * minutes
    assert projection.closed_at == NOW + 10 * minutes


def test_a_correction_keeps_the_first_submission() -> None:
    projection = project(
        [
            happened("submitted"),
            happened("correction_requested", 3),
            happened("corrected", 60, state="in_review"),
            happened("submitted", 61),
        ]
    )

    assert (projection.state, projection.submitted_at) == ("submitted", NOW)


@pytest.mark.parametrize("state", STATES)
def test_each_state_but_draft_has_one_of_the_six(state: str) -> None:
    public = events.public_state(state)

    assert (public is None) == (state == "draft")
    assert public is None or public in events.PUBLIC_STATES


def test_all_six_are_reached_and_all_fifteen_are_there() -> None:
    assert {events.public_state(state) for state in STATES} - {None} == set(events.PUBLIC_STATES)
    assert len(STATES) == len(set(STATES)) == 15


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Event("never_heard", NOW), "unknown"),
        (Event("accepted", NOW, version=9), "version 9; this program knows 1"),
        (Event("step_opened", NOW, {"step": "a", "state": "lost"}), "no state"),
    ],
)
def test_what_cannot_be_projected_is_refused(event: Event, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        project([event])


def test_appending_costs_two_statements_and_rebuilds_to_the_same(store: Store, city: Any) -> None:
    case = city.open_case(happened("submitted"))
    before = store.statements()
    with store.write() as writer:
        case = events.append(
            writer,
            case,
            [happened("accepted", 1), happened("step_opened", 2, step="community")],
            {"department_id": 5},
        )
    cost = store.statements() - before

    assert cost == 2
    with store.read() as reader:
        row = reader.execute(sa.select(t.case).where(t.case.c.id == case.case_id)).one()
        assert CaseState.of(row) == case
        assert (row.rev, row.department_id) == (2, 5)
        assert project(events.read(reader, 1, case.case_id)) == case.projection
        assert list(events.rebuild(reader)) == []


def test_a_case_that_changed_meanwhile_is_refused(store: Store, city: Any) -> None:
    case = city.open_case(happened("submitted"))
    with store.write() as writer:
        events.append(writer, case, [happened("accepted")])

    with pytest.raises(StaleError), store.write() as writer:
        events.append(writer, case, [happened("withdrawn")])

    with store.read() as reader:
        assert len(events.read(reader, 1, case.case_id)) == 2


def test_rebuild_finds_every_column_that_lies(store: Store, city: Any) -> None:
    honest = city.open_case(happened("submitted"), happened("accepted", 1))
    case = city.open_case(happened("submitted"))
    silent = city.open_case()
    lies = {
        "state": "approved", "step_id": "x", "outcome": "approved", "submitted_at": None,
        "accepted_at": NOW, "decided_at": NOW, "closed_at": NOW, "events": 9,
    }  # fmt: skip
    with store.write() as writer:
        writer.execute(sa.update(t.case).where(t.case.c.id == case.case_id).values(**lies))
        writer.execute(sa.update(t.case).where(t.case.c.id == silent.case_id).values(events=3))

    with store.read() as reader:
        found = list(events.rebuild(reader))

    assert {d.column for d in found if d.case_id == case.case_id} == set(PROJECTED)
    assert [d.column for d in found if d.case_id == silent.case_id] == ["events"]
    assert honest.case_id not in {d.case_id for d in found}


def test_rebuild_finds_a_missing_event(store: Store, city: Any) -> None:
    case = city.open_case(happened("submitted"), happened("task_claimed"), happened("accepted", 1))
    with store.write() as writer:
        writer.execute(sa.delete(t.event).where(t.event.c.seq == 2))

    with store.read() as reader:
        found = {d.column: d for d in events.rebuild(reader)}

    assert found["event.seq"].stored == [1, 3]
    assert found["events"].case_id == case.case_id


def test_rewriting_gives_the_columns_back_that_events_say(store: Store, city: Any) -> None:
    case = city.open_case(happened("submitted"), happened("accepted", 1))
    broken = city.open_case(happened("submitted"), happened("viewed"))
    with store.write() as writer:
        writer.execute(sa.update(t.case).values(state="refused", outcome="refused"))
        writer.execute(
            sa.delete(t.event).where(t.event.c.case_id == broken.case_id, t.event.c.seq == 1)
        )

    with store.write() as writer:
        assert rewrite.projections(writer) == 2
        assert {d.case_id for d in events.rebuild(writer)} == {broken.case_id}

    with store.read() as reader:
        row = reader.execute(sa.select(t.case).where(t.case.c.id == case.case_id)).one()
    assert CaseState.of(row).projection == case.projection
