"""Whatever people do in whatever order: events, columns, tasks, clocks and records agree."""

import os
import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.runtime import act, inbox, jobs, pauses, submit, withdraw
from gcrm.runtime.correction_answer import ANSWER_CORRECTION, AnswerCorrection
from gcrm.runtime.correction_ask import ASK_CORRECTION, AskCorrection, Asked
from gcrm.runtime.correction_draft import SAVE_CORRECTION, SaveCorrection
from gcrm.runtime.grounds import Grounds
from gcrm.runtime.publicity_end import OBJECT, Object
from gcrm.runtime.refusals import Refused
from gcrm.store import audit_seals, events, selfcheck
from gcrm.store import tables as t
from gcrm.store.events import CLOSED_STATES

DEPTH = int(os.environ.get("GCRM_DEPTH", "1"))
STAFF = ("hefang", "linyu", "machao", "zhaolei", "juzhang")
OVER = CLOSED_STATES | {"approved", "refused"}


@pytest.mark.parametrize("seed", range(DEPTH))
def test_everything_agrees_after_a_random_walk(town: Any, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    worker, done = jobs.Worker(town.house), Counter[str]()

    for _ in range(60):
        name, move = dice.choice(MOVES)
        try:
            move(town, dice, worker)
            done[name] += 1
        except Refused as refused:
            done[refused.code] += 1
    for _ in range(30):
        worker.turn()

    assert not worker.failures
    assert done["submit"] >= 3
    agree(town)


def agree(town: Any) -> None:
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)
        assert not list(events.rebuild(reader))
        key = town.house.services.sealer.audit_key(1)
        verified = audit_seals.verify(reader, key, 1)
        tables = town.house.services.reference.records(reader, 1, "elder_allowance", 1).forms
        records = {
            row["case_id"]: row["state"]
            for row in reader.execute(select(tables["main"].table)).mappings()
        }
    assert verified.findings == ()
    tasks = town.rows(select(t.task))
    clocks = town.rows(select(t.clock))
    status = {row["case_id"]: row["status"] for row in town.rows(select(t.instance))}
    for case in town.rows(select(t.case)):
        mine = [task for task in tasks if task["case_id"] == case["id"]]
        open_tasks = [task for task in mine if task["status"] == "open"]
        over = case["state"] in OVER
        signing = {task["role_code"] for task in open_tasks} <= {"mz_a", "mz_b"}
        none = over or case["state"] == "publicity"
        assert len(open_tasks) in ((0,) if none else (1, 2) if signing else (1,))
        assert status[case["id"]] == ("ended" if over else "running")
        assert records[case["id"]] == case["state"]
        running = [
            clock for clock in clocks
            if clock["case_id"] == case["id"] and clock["status"] != "stopped"
        ]  # fmt: skip
        assert bool(running) != over
        if not over:
            steps = {c["task_id"]: c["due_at"] for c in running if c["kind"] == "step"}
            assert steps == {task["id"]: task["due_at"] for task in open_tasks}
            paused = {clock["status"] for clock in running} == {"suspended"}
            assert paused == (case["state"] in ("suspended", "correcting", "publicity"))


def apply(town: Any, dice: random.Random, worker: Any) -> None:
    ask = town.fill(town.chen, town.new_elder(dice.choice([1925, 1936, 1940])))
    for _ in range(dice.choice([1, 1, 2])):
        assert town.run(submit.SUBMIT, town.chen, ask).case_id is not None


def press(town: Any, dice: random.Random, worker: Any) -> None:
    task = town_task(town, dice)
    verb = dice.choice(["pass", "pass", "pass", "pass", "refuse", "back", "take"])
    ask = act.Act(task, verb, OPINION, town.visit(), grounds=GROUNDS)
    town.run(act.ACT, town.staff(dice.choice(STAFF)), ask)


def claim(town: Any, dice: random.Random, worker: Any) -> None:
    use_case = dice.choice([inbox.CLAIM, inbox.UNCLAIM])
    town.run(use_case, town.staff(dice.choice(STAFF)), inbox.Claim(town_task(town, dice)))


def pause(town: Any, dice: random.Random, worker: Any) -> None:
    ask = pauses.Suspend(town_task(town, dice), "testing", OPINION, 5)
    town.run(pauses.SUSPEND, town.staff(dice.choice(STAFF)), ask)


def resume(town: Any, dice: random.Random, worker: Any) -> None:
    ask = pauses.Resume(town_task(town, dice))
    town.run(pauses.RESUME, town.staff(dice.choice(STAFF)), ask)


def ask_correction(town: Any, dice: random.Random, worker: Any) -> None:
    items = (
        Asked("elder_phone", phrase="unreachable"),
        Asked(None, OPINION, OPINION, label="别的"),
    )
    asked = AskCorrection(town_task(town, dice), items[: dice.choice([1, 2])], reason=OPINION)
    town.run(ASK_CORRECTION, town.staff(dice.choice(STAFF)), asked)


def answer_correction(town: Any, dice: random.Random, worker: Any) -> None:
    waiting = town.rows(select(t.correction).where(t.correction.c.status == "open"))
    if not waiting:
        return
    row = dice.choice(waiting)
    note = {"reply_i1_note": [OPINION], "reply_i2_note": [OPINION]}
    raw = {"elder_phone": [f"1990000{dice.randrange(9999):04}"], **dice.choice([{}, note])}
    saved = town.run(
        SAVE_CORRECTION, town.chen, SaveCorrection(row["case_id"], raw, row["draft_rev"])
    )
    asked = AnswerCorrection(row["case_id"], row["key"], saved.rev)
    for _ in range(dice.choice([1, 2])):
        town.run(ANSWER_CORRECTION, town.chen, asked)


def object_to(town: Any, dice: random.Random, worker: Any) -> None:
    public = town.rows(select(t.publicity.c.id).where(t.publicity.c.status == "open"))
    if public:
        ask = Object(dice.choice(public)["id"], OPINION, "王某", "12345")
        town.run(OBJECT, dice.choice([town.chen, town.staff("linyu")]), ask)


def take_back(town: Any, dice: random.Random, worker: Any) -> None:
    cases = [row["id"] for row in town.rows(select(t.case.c.id))] or [1]
    town.run(withdraw.WITHDRAW, town.chen, withdraw.Withdraw(dice.choice(cases)))


def wait(town: Any, dice: random.Random, worker: Any) -> None:
    town.clock.go(hours=dice.choice([1, 5, 30]))
    worker.turn()


def town_task(town: Any, dice: random.Random) -> int:
    found = [row["id"] for row in town.rows(select(t.task.c.id).order_by(t.task.c.id.desc()))]
    return dice.choice(found[:6]) if found else 1


GROUNDS = Grounds("basis:basis_plan", "情况变了可以再申请", "请到户籍地去申请")
OPINION = "按规定核对过，写明理由在这里"
MOVES = (
    ("submit", apply), ("submit", apply), ("press", press), ("press", press), ("press", press),
    ("press", press), ("claim", claim), ("pause", pause), ("resume", resume), ("resume", resume),
    ("withdraw", take_back), ("wait", wait), ("wait", wait), ("correction", ask_correction),
    ("answer", answer_correction), ("answer", answer_correction), ("object", object_to),
)  # fmt: skip
