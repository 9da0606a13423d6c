"""Handing a task to a colleague: with a reason, to somebody who may do it, seen afterwards."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.runtime import act, hand_over, inbox, notice_box
from gcrm.runtime.case_view import read_case
from gcrm.runtime.hand_over import HAND_OVER, HandOver
from gcrm.runtime.jobs import Worker
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id

WHY = "下周我要去参加培训，请接着上门核实"


def second_clerk(town: Any, login: str = "machao") -> Any:
    """Give somebody the post of the community's clerk beside their own."""
    clerk, other = town.staff("hefang"), town.staff(login)
    (post,) = town.rows(select(t.post).where(t.post.c.party_id == clerk.party_id))
    row = {**post, "id": new_id(), "account_id": other.account_id, "party_id": other.party_id}
    with town.house.store.write() as writer:
        writer.execute(insert(t.post), row)
    town.house.services.reference.forget(1)
    return town.staff(login)


def choices(town: Any, actor: Any, task: int) -> list[str]:
    with town.house.store.read() as reader:
        found = hand_over.colleagues(reader, town.house.services, actor, task, town.clock())
    return [each.name for each in found]


def refused(town: Any, actor: Any, ask: HandOver) -> str:
    with pytest.raises(Refused) as caught:
        town.run(HAND_OVER, actor, ask)
    return str(caught.value.code)


def test_a_colleague_goes_on_and_everybody_sees_who_gave_it_and_why(town: Any) -> None:
    other, clerk = second_clerk(town), town.staff("hefang")
    case_id = town.submitted().case_id
    task = town.task(case_id)
    before = town.one(select(t.task.c.due_at).where(t.task.c.id == task))
    town.run(inbox.CLAIM, clerk, inbox.Claim(task))
    assert choices(town, clerk, task) == ["马超"]

    town.run(HAND_OVER, clerk, HandOver(task, other.party_id, WHY))

    with pytest.raises(Refused) as held:
        town.run(act.ACT, clerk, act.Act(task, "pass", "属实", town.visit()))
    assert held.value.status in (403, 409)
    with town.house.store.read() as reader:
        seen = read_case(
            reader, town.house.services, town.accessor(reader, other), case_id, town.clock(),
            locale="zh-CN",
        )  # fmt: skip
    (given,) = (each for each in seen.moments if each.type == "task_transferred")
    assert (given.actor, given.data["to_name"]) == ("何芳", "马超")
    (told,) = seen.opinions
    assert (told.verb, told.text) == ("转办", WHY)
    (entry,) = town.rows(select(t.audit).where(t.audit.c.action == "task_transferred"))
    assert WHY not in str(entry["data"])
    row = town.rows(select(t.task).where(t.task.c.id == task))[0]
    assert (row["assignee_id"], row["due_at"]) == (other.party_id, before)
    town.run(act.ACT, other, act.Act(task, "pass", "上门看过，情况属实", town.visit()))
    with town.house.store.read() as reader:
        assert selfcheck.check(reader) == ()


def test_who_takes_over_is_told_which_case_and_from_whom_but_not_why(town: Any) -> None:
    other, clerk = second_clerk(town), town.staff("hefang")
    case_id = town.submitted().case_id
    worker = Worker(town.house)
    while worker.tell():
        pass
    number = town.one(select(t.case.c.number).where(t.case.c.id == case_id))

    town.run(HAND_OVER, clerk, HandOver(town.task(case_id), other.party_id, WHY))
    while worker.tell():
        pass

    with town.house.store.read() as reader:
        theirs = town.accessor(reader, other)
        (line,) = notice_box.list_notices(reader, town.house.services, theirs)
        unread = notice_box.count_unread(theirs)
        assert selfcheck.check(reader) == ()
    assert unread == 1
    assert (line.case_id, WHY in line.text) == (case_id, False)
    assert all(word in line.text for word in ("何芳", number, "社区核实"))
    assert town.rows(select(t.notice).where(t.notice.c.party_id == clerk.party_id)) == []


def test_only_who_may_do_it_takes_it_and_never_without_a_reason(sqlite_town: Any) -> None:
    town = sqlite_town
    other, clerk = second_clerk(town), town.staff("hefang")
    task = town.task(town.submitted().case_id)
    ask = HandOver(task, other.party_id, WHY)

    assert refused(town, clerk, replace(ask, to_party=town.staff("linyu").party_id)) == (
        "hand_over_person"
    )
    assert refused(town, clerk, replace(ask, to_party=clerk.party_id)) == "hand_over_person"
    assert refused(town, clerk, replace(ask, reason="太忙")) == "hand_over_reason"
    assert refused(town, clerk, replace(ask, reason="长" * 501)) == "hand_over_long"
    assert refused(town, town.staff("linyu"), ask)
    assert town.rows(select(t.opinion)) == []
