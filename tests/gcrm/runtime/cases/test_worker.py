"""The worker: notices once, jobs until they succeed or are given up, timers, lamps, the sealer."""

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gcrm.apps.notice_lengths import SMS_LENGTH
from gcrm.runtime import attachments, drafts, jobs, notice_box, submit
from gcrm.runtime.refusals import Refused
from gcrm.store import audit_seals, selfcheck
from gcrm.store import tables as t
from gcrm.store.outbox import Message


def turns(town: Any, count: int = 3) -> jobs.Worker:
    worker = jobs.Worker(town.house)
    for _ in range(count):
        worker.turn()
    assert not worker.failures
    return worker


def test_agent_and_elder_learn_of_it_once_each(town: Any) -> None:
    town.submitted()

    turns(town, 4)

    rows = town.rows(select(t.notice))
    told = {(row["template"], row["channel"], row["party_id"]) for row in rows}
    assert len(told) == len(rows)
    assert {row["template"] for row in rows} == {"n01", "n02"}
    assert {row["status"] for row in rows} == {"sent"}
    sent = town.connectors.sms.messages()
    assert len(sent) == 2  # the child's telephone is the elder's too
    assert all(len(message.text) <= SMS_LENGTH for message in sent)
    assert any("GLJT-2026-000001" in message.text for message in sent)
    assert all(row["applied_at"] for row in town.rows(select(t.outbox)))


def test_citizen_reads_messages_and_they_are_no_longer_new(town: Any) -> None:
    town.submitted()
    turns(town)
    chen = town.chen

    with town.house.store.read() as reader:
        accessor = town.accessor(reader, chen)
        listed = notice_box.list_notices(reader, town.house.services, accessor)
        unread = notice_box.count_unread(accessor)
    town.run(notice_box.MARK_READ, chen, notice_box.MarkRead(tuple(n.notice_id for n in listed)))

    assert unread == len(listed) == 2
    assert "12月8日（周二）" in listed[0].text.replace(" ", "")
    with town.house.store.read() as reader:
        assert notice_box.count_unread(town.accessor(reader, chen)) == 0


def test_two_workers_tell_nobody_twice(town: Any) -> None:
    for _ in range(3):
        town.submitted()
    workers = [jobs.Worker(town.house) for _ in range(2)]

    threads = [
        threading.Thread(target=lambda w=worker: [w.turn() for _ in range(4)]) for worker in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    turns(town)

    assert len(town.connectors.sms.messages()) == 6
    assert town.count(t.notice) == 3 * 2 * 3


def test_dead_sms_gateway_fails_no_submission_and_is_tried_again(town: Any) -> None:
    town.connectors.sms.switch_away()
    town.submitted()
    turns(town)

    waiting = town.rows(select(t.job))
    town.connectors.sms.switch_back()
    town.clock.go(minutes=10)
    turns(town)

    assert {(row["status"], row["error"]) for row in waiting} == {("waiting", "away")}
    assert {row["status"] for row in town.rows(select(t.job))} == {"done"}
    assert len(town.connectors.sms.messages()) == 2


def test_job_that_never_succeeds_becomes_an_incident(town: Any) -> None:
    town.connectors.sms.switch_away()
    town.submitted()
    turns(town)

    for _ in range(8):
        town.clock.go(days=1)
        turns(town, 1)

    assert {row["status"] for row in town.rows(select(t.job))} == {"failed"}
    assert {row["code"] for row in town.rows(select(t.incident))} == {"job_failed"}
    failed = town.rows(select(t.notice).where(t.notice.c.channel == "sms"))
    assert {row["status"] for row in failed} == {"failed"}


def test_message_that_cannot_be_told_does_not_hold_up_the_others(town: Any) -> None:
    done = town.submitted()
    odd = Message("case", {"events": []}, done.case_id, tenant_id=1)
    with town.house.store.write() as writer:
        writer.execute(
            insert(t.outbox).values(
                tenant_id=1, id=1, topic=odd.topic, case_id=odd.case_id,
                payload=odd.payload, created_at=town.clock(),
            )
        )  # fmt: skip

    turns(town)

    assert [row["code"] for row in town.rows(select(t.incident))] == ["outbox_failed"]
    assert town.count(t.notice) > 0
    assert all(row["applied_at"] for row in town.rows(select(t.outbox)))


def test_lamps_turn_once_yellow_and_once_red(town: Any) -> None:
    town.submitted()
    town.clock.go(days=1, hours=12)
    turns(town)
    yellow = {row["kind"]: row["lamp"] for row in town.rows(select(t.clock))}
    town.clock.go(days=4)
    turns(town)

    assert yellow["step"] == "yellow"
    assert {row["kind"]: row["lamp"] for row in town.rows(select(t.clock))}["step"] == "red"
    types = [row["type"] for row in town.rows(select(t.event).order_by(t.event.c.seq))]
    assert types.count("lamp_changed") == 2
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_sealer_seals_the_tail_and_writes_anchors(town: Any) -> None:
    town.submitted()

    turns(town)

    key = town.house.services.sealer.audit_key(1)
    with town.house.store.read() as reader:
        verified = audit_seals.verify(reader, key, 1)
    assert (verified.findings, verified.unsealed) == ((), ())
    assert (town.folder / "anchors" / "seals.jsonl").read_text().count("\n") >= 1


def test_keys_are_forgotten_after_seven_days(town: Any) -> None:
    town.submitted()
    turns(town, 1)
    kept = town.count(t.idempotency)
    town.clock.go(days=8)

    turns(town, 1)

    assert (kept, town.count(t.idempotency)) == (1, 0)


def test_task_whose_people_left_becomes_an_incident(town: Any) -> None:
    town.submitted()
    turns(town, 1)
    before = town.count(t.incident)
    with town.house.store.write() as writer:
        writer.execute(
            update(t.post)
            .where(t.post.c.role_code == "community_clerk")
            .values(valid_to=town.clock().date())
        )
    town.clock.go(days=1, minutes=2)

    turns(town, 2)
    town.clock.go(minutes=2)
    turns(town, 2)

    assert before == 0
    assert [row["code"] for row in town.rows(select(t.incident))] == ["no_candidate"]


def test_files_of_a_deleted_draft_are_wiped(town: Any) -> None:
    chen = town.chen
    started = town.run(drafts.START, chen, drafts.Start("elder_allowance", "new"))
    town.picture(started.draft_id, chen)
    kept = [each for each in (town.folder / "blobs").rglob("*") if each.is_file()]
    town.run(drafts.DELETE, chen, drafts.Delete(started.draft_id))

    turns(town, 1)

    assert len(kept) == 1
    assert not [each for each in (town.folder / "blobs").rglob("*") if each.is_file()]
    assert town.count(t.attachment) == 0


def test_file_waits_in_quarantine_while_the_scanner_is_away(town: Any) -> None:
    chen = town.chen
    started = town.run(drafts.START, chen, drafts.Start("elder_allowance", "new"))
    town.connectors.scanner.switch_away()
    taken = town.picture(started.draft_id, chen)
    with town.house.store.read() as reader, pytest.raises(Refused) as refused:
        attachments.open_file(
            reader, town.house.services, town.accessor(reader, chen), chen, int(taken.id)
        )
    town.connectors.scanner.switch_back()

    turns(town, 1)

    assert (taken.state, refused.value.code) == ("waiting", "attachment_waiting")
    assert town.one(select(t.attachment.c.state)) == "clean"


def test_thread_runs_until_it_is_stopped(town: Any) -> None:
    running = jobs.start(town.house)

    town.run(submit.SUBMIT, town.chen, town.fill(town.chen))
    waited = threading.Event()
    for _ in range(200):
        if town.rows(select(t.notice).where(t.notice.c.status == "sent")):
            break
        waited.wait(0.05)
    running.stop()

    assert town.count(t.notice) > 0
