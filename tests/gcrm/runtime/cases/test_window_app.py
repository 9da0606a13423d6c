"""An app that people accept: deemed acceptance by a timer, two signers of one role, refusals."""

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from app_definitions import package
from gcrm.apps.publish import Publish
from gcrm.demo.library import PUBLISH
from gcrm.runtime import act, drafts, jobs, pauses, submit
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id

REASON = "不在受理范围，请到市场监管局办理"
RIGHTS = [
    {"resource": resource, "action": action, "scope": {"scope": "region", "below": True}}
    for resource, action in (("task", "read"), ("task", "act"), ("case", "read"))
]
APP = {
    "format": "gcrm.app/1",
    "id": "permit",
    "name": "小摊登记",
    "service_item": {
        "base_code": "000199999000", "name": "小摊登记", "item_type": "licence",
        "audience": "both", "department": "SCJ",
    },
    "item_variants": [
        {
            "id": "new", "name": "新办", "number_prefix": "XT", "form": "main",
            "process": "main", "statutory": {"value": 20, "unit": "wd"},
            "promised": {"value": 7, "unit": "nd"}, "acceptance": "window",
            "subject": ["stall"],
        }
    ],
    "roles": [{"id": "permit_clerk", "name": "登记员", "rights": RIGHTS}],
    "place": {"region_field": "place"},
    "notices": [
        {"id": "late", "on": "breach", "to": ["handler"], "channels": ["in_app"],
         "text": "办件{case_no}的“{step}”超时了。"},
        {"id": "no", "on": "not_accepted", "to": ["applicant"], "channels": ["in_app", "sms"],
         "text": "“{item}”（{stall}）暂不能受理，原因：{reason}。如有疑问拨12345。"},
    ],
}  # fmt: skip
FORM = {
    "format": "gcrm.form/1",
    "id": "main",
    "title": "小摊登记表",
    "sections": [
        {
            "id": "one", "title": "小摊",
            "fields": [
                {"id": "stall", "type": "text", "label": "摊名", "required": True,
                 "rights": [{"step": "*", "right": "read"}, {"step": "apply", "right": "write"}]},
                {"id": "place", "type": "region", "label": "在哪里", "required": True},
            ],
        }
    ],
}  # fmt: skip
STEP = """
<bpmn:userTask id="{id}" name="{name}"><bpmn:extensionElements>
 <gcrm:step><gcrm:assignee role="permit_clerk" place="region"/>
 <gcrm:deadline value="{days}" unit="wd"/>{words}</gcrm:step>
</bpmn:extensionElements></bpmn:userTask>"""
ACCEPT = (
    '<gcrm:state code="submitted"/><gcrm:verb id="take" label="受理"/>'
    '<gcrm:verb id="decline" label="不予受理" kind="refuse" reason="required"/>'
)
DECIDE = (
    '<gcrm:verb id="grant" label="准予"/>'
    '<gcrm:verb id="back" label="退回" kind="send_back" reason="required" to="accept"/>'
)


def flow(name: str, source: str, target: str, condition: str = "") -> str:
    inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
    return (
        f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">'
        f"{inside if condition else ''}</bpmn:sequenceFlow>"
    )


def end(name: str, state: str) -> str:
    words = f'<bpmn:extensionElements><gcrm:outcome state="{state}"/></bpmn:extensionElements>'
    return f'<bpmn:endEvent id="{name}">{words}</bpmn:endEvent>'


BPMN = "".join(
    (
        '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions targetNamespace="x"',
        ' xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:gcrm="urn:gcrm:bpmn:1"',
        ' expressionLanguage="https://www.omg.org/spec/DMN/20230324/FEEL/">',
        '<bpmn:process id="main" isExecutable="true"><bpmn:startEvent id="begin"/>',
        STEP.format(id="accept", name="受理", days=5, words=ACCEPT),
        '<bpmn:boundaryEvent id="deemed" attachedToRef="accept"><bpmn:timerEventDefinition>'
        '<bpmn:timeDate>due("accept")</bpmn:timeDate></bpmn:timerEventDefinition>'
        "</bpmn:boundaryEvent>",
        '<bpmn:exclusiveGateway id="taken" default="f2"/>',
        STEP.format(id="decide", name="决定", days=3, words=DECIDE),
        end("granted", "completed"),
        end("declined", "not_accepted"),
        flow("f1", "begin", "accept") + flow("f0", "accept", "taken"),
        flow("f2", "taken", "decide"),
        flow("f3", "taken", "declined", 'verb_accept = "decline"'),
        flow("f4", "deemed", "decide") + flow("f5", "decide", "granted"),
        "</bpmn:process></bpmn:definitions>",
    )
)


@pytest.fixture
def permit(town: Any) -> Any:
    """Publish the app and give linyu the role at the street."""
    files = {
        "app.json": json.dumps(APP).encode(),
        "forms/main.json": json.dumps(FORM).encode(),
        "processes/main.bpmn": BPMN.encode(),
    }
    made, problems = package.read(files)
    assert not problems
    receipt = town.run(PUBLISH, None, Publish(tenant_id=1, package=made))
    assert receipt.number == 1, receipt.problems
    linyu = town.staff("linyu")
    post = town.rows(select(t.post).where(t.post.c.party_id == linyu.party_id))[0]
    with town.house.store.write() as writer:
        writer.execute(
            insert(t.post).values(**{**post, "id": new_id(), "role_code": "permit_clerk"})
        )
    town.house.services.reference.forget(1)
    return town


def applied(town: Any) -> Any:
    chen = town.chen
    started = town.run(drafts.START, chen, drafts.Start("permit", "new"))
    raw = {"stall": ["老王煎饼"], "place": ["990102001001"]}
    rev = town.run(drafts.SAVE, chen, drafts.Save(started.draft_id, "one", raw, 1)).rev
    done = town.run(submit.SUBMIT, chen, submit.Submit(started.draft_id, started.key, rev))
    assert done.case_id is not None, done
    return done


def press(town: Any, case_id: int, verb: str, opinion: str = "") -> Any:
    ask = act.Act(town.task(case_id), verb, opinion, grounds=town.grounds)
    return town.run(act.ACT, town.staff("linyu"), ask)


def sound(town: Any) -> None:
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_clocks_start_when_a_clerk_accepts(permit: Any) -> None:
    done = applied(permit)
    before = {row["kind"] for row in permit.rows(select(t.clock))}
    permit.clock.go(days=1)

    press(permit, done.case_id, "take")

    case = permit.rows(select(t.case))[0]
    assert before == {"step"}
    assert (case["state"], case["step_id"]) == ("in_review", "decide")
    assert case["accepted_at"] == permit.clock()
    kinds = {row["kind"]: row["due_at"].date().isoformat() for row in permit.rows(select(t.clock))}
    assert kinds["statutory"] == "2026-12-23"
    types = [row["type"] for row in permit.rows(select(t.event).order_by(t.event.c.seq))]
    assert types == ["submitted", "step_opened", "task_done", "accepted", "step_opened"]
    sound(permit)


def test_declined_case_is_closed_and_says_why(permit: Any) -> None:
    done = applied(permit)

    press(permit, done.case_id, "decline", REASON)
    worker = jobs.Worker(permit.house)
    for _ in range(4):
        worker.turn()

    case = permit.rows(select(t.case))[0]
    assert (case["state"], case["outcome"]) == ("not_accepted", "not_accepted")
    message = permit.connectors.sms.messages()[0]
    assert "老王煎饼" in message.text
    assert REASON[:8] in message.text
    assert {row["status"] for row in permit.rows(select(t.timer))} == {"cancelled"}
    sound(permit)


def test_silence_of_the_office_is_acceptance(permit: Any) -> None:
    done = applied(permit)
    permit.clock.go(days=8)
    worker = jobs.Worker(permit.house)

    for _ in range(4):
        worker.turn()

    assert not worker.failures
    tasks = {row["step_id"]: row["status"] for row in permit.rows(select(t.task))}
    assert tasks == {"accept": "cancelled", "decide": "open"}
    assert {row["status"] for row in permit.rows(select(t.timer))} == {"fired"}
    clocks = {(row["kind"], row["value"]): row["status"] for row in permit.rows(select(t.clock))}
    assert clocks == {
        ("step", 5): "stopped", ("step", 3): "running",
        ("statutory", 20): "running", ("promised", 7): "running",
    }  # fmt: skip
    assert permit.rows(select(t.case))[0]["accepted_at"] is not None
    press(permit, done.case_id, "grant")
    assert permit.rows(select(t.case))[0]["state"] == "completed"
    sound(permit)


def test_silence_during_a_special_procedure_is_no_acceptance(permit: Any) -> None:
    done = applied(permit)
    task_id, linyu = permit.task(done.case_id), permit.staff("linyu")
    permit.run(
        pauses.SUSPEND, linyu, pauses.Suspend(task_id, "testing", "等水质检测报告，检测所出具")
    )
    permit.clock.go(days=14)
    worker = jobs.Worker(permit.house)
    worker.turn()
    waiting = [row["status"] for row in permit.rows(select(t.timer))]
    permit.run(pauses.RESUME, linyu, pauses.Resume(task_id))
    worker.turn()

    assert waiting == ["waiting"]
    timer = permit.rows(select(t.timer))[0]
    assert timer["status"] == "waiting"
    assert timer["due_at"] == permit.one(select(t.task.c.due_at))
    permit.clock.go(days=8)
    worker.turn()
    assert permit.rows(select(t.timer))[0]["status"] == "fired"


def test_late_task_is_told_to_those_who_could_do_it(permit: Any) -> None:
    done = applied(permit)
    press(permit, done.case_id, "take")
    permit.clock.go(days=8)
    worker = jobs.Worker(permit.house)

    for _ in range(4):
        worker.turn()

    told = permit.rows(select(t.notice).where(t.notice.c.template == "late"))
    assert {row["party_id"] for row in told} == {permit.staff("linyu").party_id}


def test_sent_back_step_opens_again_in_its_second_round(permit: Any) -> None:
    done = applied(permit)
    press(permit, done.case_id, "take")

    with pytest.raises(Refused):
        press(permit, done.case_id, "back", "不行")
    press(permit, done.case_id, "back", "照片看不清楚，请重新核对摊位")
    press(permit, done.case_id, "take")
    press(permit, done.case_id, "grant")

    rounds = [(row["step_id"], row["round"]) for row in permit.rows(
        select(t.task).order_by(t.task.c.id))]  # fmt: skip
    assert rounds == [("accept", 1), ("decide", 1), ("accept", 2), ("decide", 2)]
    assert permit.count(t.case_outcome) == 1
    statutory = permit.rows(select(t.clock).where(t.clock.c.kind == "statutory"))
    assert len(statutory) == 1
    sound(permit)
