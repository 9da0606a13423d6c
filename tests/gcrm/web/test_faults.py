"""Faults while people work: a sentence, nothing lost, and everything goes on afterwards."""

from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import func, select

from gcrm.runtime import jobs
from gcrm.store import selfcheck
from gcrm.store import tables as t
from gcrm.store.errors import StoreAwayError

City = Any
Visitor = Any


@pytest.fixture
def honest(city: City) -> City:
    """The city as it answers people: errors become pages."""
    city.app.config.update(GCRM_RAISE=False, PROPAGATE_EXCEPTIONS=False)
    return city


def set_read_only(city: City, on: bool) -> None:
    with closing(city.house.store._writer.raw_connection()) as connection:
        connection.cursor().execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


def submit(citizen: Visitor, draft: str) -> Visitor:
    citizen.get(f"{draft}/check")
    key, rev = citizen.hidden("key"), citizen.hidden("rev")
    return citizen.post(f"{draft}/submit", key=key, rev=rev, insist="1")


def count(city: City, table: Any) -> int:
    with city.house.store.read() as reader:
        return int(reader.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_read_only_database_refuses_with_a_sentence_and_takes_the_same_submit_later(
    honest: City, citizen: Visitor
) -> None:
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    fields = {name: citizen.hidden(name) for name in ("key", "rev", "csrf_token")}
    fields["insist"] = "1"
    set_read_only(honest, True)

    refused = citizen.post(f"{draft}/submit", fields)
    status, text = refused.status, refused.text
    set_read_only(honest, False)
    citizen.post(f"{draft}/submit", fields)

    assert status == 503
    assert "没有存上" in text
    assert citizen.status == 200
    assert count(honest, t.case) == 1


@pytest.mark.parametrize("path", ["/", "/services", "/me", "/health/ready"])
def test_a_database_that_is_away_is_a_page_and_comes_back(
    honest: City, citizen: Visitor, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise StoreAwayError("gone")

    honest.clock.pass_by(minutes=2)  # nothing is remembered any more
    with monkeypatch.context() as patched:
        patched.setattr(type(honest.house.store), "read", lambda _store: away())
        citizen.get(path)
        status, body = citizen.status, citizen.body or citizen.answer.get_data(as_text=True)
    citizen.get(path if path != "/health/ready" else "/")

    assert status == 503
    assert "Traceback" not in body
    if path != "/health/ready":
        assert "我们这边出了问题" in body
    assert citizen.status == 200


def test_a_clock_that_jumps_forty_days_ends_sessions_and_catches_up_in_few_rounds(
    honest: City, citizen: Visitor, newcomer: Any
) -> None:
    drafts = [citizen.begin()]
    citizen.fill_all(drafts[0])
    submit(citizen, drafts[0])
    worker = jobs.Worker(honest.house)
    for _ in range(4):
        worker.turn()
    notices = count(honest, t.notice)
    honest.clock.pass_by(days=40)

    citizen.get("/me")
    rounds = 0
    while worker.turn() and rounds < 50:
        rounds += 1
    first = count(honest, t.notice)
    for _ in range(5):
        worker.turn()
    again = count(honest, t.notice)
    clerk = newcomer(honest).work_as("hefang").get("/staff")
    returned = newcomer(honest).log_in("19900000001").get("/me")

    assert citizen.path == "/login"
    assert worker.failures == {}
    assert rounds < 20
    assert first - notices < 12  # one case: no flood of reminders for each day that was jumped
    assert again == first
    assert clerk.status == 200
    assert returned.status == 200
    with honest.house.store.read() as reader:
        assert list(selfcheck.check(reader)) == []


def test_a_duty_that_fails_waits_longer_and_does_the_rest(
    honest: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker = jobs.Worker(honest.house)
    with monkeypatch.context() as patched:
        patched.setattr(jobs.Worker, "tell", lambda _worker: 1 // 0)
        pauses = []
        for _ in range(12):
            worker.turn()
            pauses.append(worker.pause())
    said = len([record for record in caplog.records if record.msg == "duty_failed"])
    worker.turn()

    assert pauses == sorted(pauses)
    assert pauses[-1] == jobs.LONGEST_PAUSE
    assert said == 4  # of twelve: the 1st, 2nd, 4th and 8th
    assert worker.pause() == jobs.PAUSE
