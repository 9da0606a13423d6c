"""Special procedures move every end; applications can be taken back; trials stay apart."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.runtime import act, inbox, jobs, pauses, submit, withdraw
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t


def ends(town: Any) -> dict[str, str]:
    rows = town.rows(select(t.clock))
    return {row["kind"]: row["due_at"].date().isoformat() for row in rows}


def test_suspension_moves_every_end_by_the_working_days_it_lasted(town: Any) -> None:
    done = town.submitted()
    task_id, hefang = town.task(done.case_id), town.staff("hefang")
    before = ends(town)
    ask = pauses.Suspend(task_id, "expert_review", "请专家核对户籍档案里的出生年月", 5)

    town.run(pauses.SUSPEND, hefang, ask)
    with pytest.raises(Refused) as refused:
        town.run(act.ACT, hefang, act.Act(task_id, "pass", "属实", town.visit()))
    town.clock.go(days=3)  # Tuesday to Friday
    town.run(pauses.RESUME, hefang, pauses.Resume(task_id))

    assert refused.value.code == "case_suspended"
    assert before == {"statutory": "2026-12-22", "promised": "2026-12-08", "step": "2026-11-26"}
    assert ends(town) == {"statutory": "2026-12-25", "promised": "2026-12-11", "step": "2026-12-01"}
    assert town.one(select(t.task.c.due_at)).date() == dt.date(2026, 12, 1)
    types = [row["type"] for row in town.rows(select(t.event).order_by(t.event.c.seq))]
    assert types[-2:] == ["suspended", "resumed"]
    town.decide(done.case_id)
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_suspended_case_does_not_turn_its_lamps(town: Any) -> None:
    done = town.submitted()
    ask = pauses.Suspend(town.task(done.case_id), "hearing", "申请人要求听证，等待听证结果")
    town.run(pauses.SUSPEND, town.staff("hefang"), ask)
    town.clock.go(days=30)

    jobs.Worker(town.house).turn()
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.staff("hefang"))
        listed = inbox.list_tasks(
            reader, town.house.services, accessor, town.clock(), locale="zh-CN"
        )

    assert {row["lamp"] for row in town.rows(select(t.clock))} == {"green"}
    assert [line.group for line in listed.lines] == ["paused"]
    assert listed.counts.late == 0


def test_suspension_needs_a_cause_a_reason_and_a_sensible_length(town: Any) -> None:
    done = town.submitted()
    good = pauses.Suspend(town.task(done.case_id), "hearing", "申请人要求听证，等待听证结果", 20)

    for ask, code in (
        (replace(good, cause="lunch"), "cause_unknown"),
        (replace(good, reason="等"), "reason_short"),
        (replace(good, expected_days=0), "days_wrong"),
    ):
        with pytest.raises(Refused) as refused:
            town.run(pauses.SUSPEND, town.staff("hefang"), ask)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        town.run(pauses.SUSPEND, town.staff("linyu"), good)
    assert refused.value.code == "not_found"
    with pytest.raises(Refused) as refused:
        town.run(pauses.RESUME, town.staff("hefang"), pauses.Resume(good.task_id))
    assert refused.value.code == "case_not_suspended"


def test_applicant_takes_an_application_back_and_may_apply_again(town: Any) -> None:
    elder = town.new_elder()
    done = town.submitted(elder=elder)

    town.run(withdraw.WITHDRAW, town.chen, withdraw.Withdraw(done.case_id))

    case = town.rows(select(t.case))[0]
    assert (case["state"], case["outcome"]) == ("withdrawn", "withdrawn")
    assert {row["status"] for row in town.rows(select(t.clock))} == {"stopped"}
    assert {row["status"] for row in town.rows(select(t.task))} == {"cancelled"}
    assert {row["status"] for row in town.rows(select(t.instance))} == {"ended"}
    assert town.submitted(elder=elder).number == "GLJT-2026-000002"
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_nobody_else_takes_it_back_and_nobody_after_the_decision(town: Any) -> None:
    done = town.submitted()

    for who in (town.citizen("周伟"), town.staff("hefang")):
        with pytest.raises(Refused) as refused:
            town.run(withdraw.WITHDRAW, who, withdraw.Withdraw(done.case_id))
        assert refused.value.code == "not_found"
    town.decide(done.case_id)
    with pytest.raises(Refused) as refused:
        town.run(withdraw.WITHDRAW, town.chen, withdraw.Withdraw(done.case_id))
    assert refused.value.code == "withdraw_late"


def test_trial_has_no_number_no_notice_and_no_place_in_the_inbox(town: Any) -> None:
    ask = replace(town.fill(town.chen), mode="trial")

    done = town.run(submit.SUBMIT, town.chen, ask)
    jobs.Worker(town.house).turn()
    hefang = town.staff("hefang")
    with town.house.store.read() as reader:
        listed = inbox.list_tasks(
            reader,
            town.house.services,
            town.accessor(reader, hefang),
            town.clock(),
            locale="zh-CN",
        )
    press = act.Act(town.task(done.case_id), "pass", "属实", town.visit())
    with pytest.raises(Refused):
        town.run(act.ACT, hefang, press)
    acted = town.run(act.ACT, hefang, replace(press, trial=True))

    assert done.number is None
    assert listed.found == 0
    assert town.count(t.notice) == 0
    assert acted.state == "in_review"
    assert town.submitted().number == "GLJT-2026-000001"
