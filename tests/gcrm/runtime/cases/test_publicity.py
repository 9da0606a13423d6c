"""Publicity: only what the app declares is public, the clocks rest, an objection opens a step."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from gcrm.runtime import act, publicity, withdraw
from gcrm.runtime.case_view import read_case
from gcrm.runtime.jobs import Worker
from gcrm.runtime.publicity_end import OBJECT, Object
from gcrm.runtime.refusals import Refused
from gcrm.store import events, selfcheck
from gcrm.store import tables as t

TEXT = "这位老人的户籍去年已经迁到外地"


def to_publicity(town, **other):
    case_id = town.submitted(**other).case_id
    for login, role, raw in (
        ("hefang", None, town.visit()), ("linyu", None, {}),
        ("machao", "mz_a", {}), ("zhaolei", "mz_b", {}),
    ):  # fmt: skip
        ask = act.Act(town.task(case_id, role), "pass", "同意", raw)
        done = town.run(act.ACT, town.staff(login), ask)
    assert done.state == "publicity"
    return case_id


def public(town, locale="zh-CN"):
    with town.house.store.read() as reader:
        return publicity.list_public(reader, town.house.services, 1, town.clock(), locale=locale)


def healthy(town):
    with town.house.store.read() as reader:
        return [*selfcheck.check(reader), *events.rebuild(reader)]


def clocks(town, case_id):
    rows = town.rows(select(t.clock).where(t.clock.c.case_id == case_id))
    return {row["kind"]: row for row in rows if row["task_id"] is None}


def test_nothing_but_what_the_app_declares_is_public(town):
    elder = town.new_elder(born=1936)
    to_publicity(town, elder=elder)

    found = public(town)

    assert found.found == 1
    lines = {line.label: line.text for line in found.entries[0].lines}
    assert set(lines) == {"老人姓名", "年龄", "户籍地", "每月金额"}
    assert elder[0] not in str(lines)
    assert lines["每月金额"] == "60.00元"
    english = {line.label: line.text for line in public(town, "en").entries[0].lines}
    assert english["Monthly amount"] == "60.00 yuan"
    assert english["Age"] == "90 years"
    kept = town.rows(select(t.publicity.c.shown))[0]["shown"]
    assert {each["field"] for each in kept} == {
        "elder_name", "elder_age", "hukou_region", "monthly_amount",
    }  # fmt: skip
    assert healthy(town) == []


def test_after_the_last_day_it_is_granted_and_the_days_did_not_count(town):
    case_id = to_publicity(town)
    before = clocks(town, case_id)
    ends = public(town).entries[0].ends_at

    town.clock.now = ends + dt.timedelta(minutes=1)
    Worker(town.house).fire()

    after = clocks(town, case_id)
    row = town.rows(select(t.case).where(t.case.c.id == case_id))[0]
    outcome = town.rows(select(t.case_outcome).where(t.case_outcome.c.case_id == case_id))[0]
    assert (row["state"], row["decided_at"]) == ("approved", town.clock())
    assert outcome["data"]["outputs"] == {"amount": "30"}
    assert {clock["status"] for clock in before.values()} == {"suspended"}
    assert {clock["status"] for clock in after.values()} == {"stopped"}
    assert all(after[kind]["due_at"] > before[kind]["due_at"] for kind in before)
    assert public(town).found == 0
    assert healthy(town) == []


def test_an_objection_opens_the_streets_step_again_and_shows_what_was_said(town):
    case_id = to_publicity(town)
    number = public(town).entries[0].publicity_id

    done = town.run(OBJECT, town.chen, Object(number, TEXT))

    assert done.lacking == ()
    task = town.rows(select(t.task).where(t.task.c.status == "open"))[0]
    assert (task["step_id"], task["round"]) == ("street", 2)
    assert {clock["status"] for clock in clocks(town, case_id).values()} == {"running"}
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.staff("linyu"))
        seen = read_case(
            reader, town.house.services, accessor, case_id, town.clock(), locale="zh-CN"
        )
    assert [(each.text, each.name, each.channel) for each in seen.objections] == [
        (TEXT, "陈静", "online")
    ]
    assert public(town).found == 0
    with pytest.raises(Refused) as late:
        town.run(OBJECT, town.chen, Object(number, TEXT))
    assert late.value.code == "publicity_over"
    assert healthy(town) == []


def test_who_objects_must_be_known_and_say_what_is_wrong(sqlite_town):
    town = sqlite_town
    to_publicity(town)
    number = public(town).entries[0].publicity_id

    with pytest.raises(Refused) as unknown:
        town.run(OBJECT, town.citizen("周伟"), Object(number, TEXT))
    short = town.run(OBJECT, town.chen, Object(number, "不对"))
    window = town.run(OBJECT, town.staff("linyu"), Object(number, TEXT))
    with pytest.raises(Refused) as elsewhere:
        town.run(OBJECT, town.staff("wumin"), Object(number, TEXT, "王某", "12345"))

    assert unknown.value.code == "objection_unknown"
    assert short.lacking == ("objection_text",)
    assert window.lacking == ("objection_name", "objection_contact")
    assert elsewhere.value.status == 404


def test_without_days_nothing_becomes_public(sqlite_town):
    town = sqlite_town
    with town.house.store.write() as writer:
        writer.execute(
            update(t.parameter)
            .where(t.parameter.c.code == "publicity_days")
            .values(value="0", origin="office")
        )
    town.house.services.reference.forget(1)

    done = town.decide(town.submitted().case_id)

    assert done.state == "approved"
    assert town.count(t.publicity) == 0


def test_a_public_case_can_be_withdrawn(town):
    case_id = to_publicity(town)

    town.run(withdraw.WITHDRAW, town.chen, withdraw.Withdraw(case_id))

    assert public(town).found == 0
    assert town.one(select(t.publicity.c.status)) == "cancelled"
    assert healthy(town) == []
