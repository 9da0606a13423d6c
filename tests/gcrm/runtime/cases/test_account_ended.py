"""An account that is switched off: who gets its tasks is told once, and the case says why."""

from typing import Any

from sqlalchemy import insert, select

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.runtime import case_view, notice_box
from gcrm.runtime.inbox import CLAIM, Claim
from gcrm.runtime.jobs import Worker
from gcrm.runtime.staff_ending import SET_DISABLED, SetDisabled
from gcrm.store import tables as t
from gcrm.store.columns import new_id


def second_clerk(town: Any) -> Any:
    """Give 马超 the post of the community's clerk beside his own."""
    clerk, other = town.staff("hefang"), town.staff("machao")
    (post,) = town.rows(select(t.post).where(t.post.c.party_id == clerk.party_id))
    row = {**post, "id": new_id(), "account_id": other.account_id, "party_id": other.party_id}
    with town.house.store.write() as writer:
        writer.execute(insert(t.post), row)
    town.house.services.reference.forget(1)
    return town.staff("machao")


def taken(town: Any, clerk: Any, many: int) -> list[int]:
    cases = [town.submitted().case_id for _ in range(many)]
    for case in cases:
        town.run(CLAIM, clerk, Claim(town.task(case)))
    tell(town)
    return cases


def tell(town: Any) -> None:
    worker = Worker(town.house)
    while worker.tell():
        pass
    assert not worker.failures


def messages(town: Any, actor: Any) -> list[Any]:
    with town.house.store.read() as reader:
        own = Accessor(reader, actor, keys_of(reader, actor))
        found = notice_box.list_notices(reader, town.house.services, own)
    return [each for each in found if each.cases]


def disable(town: Any, clerk: Any, to: int | None) -> None:
    ask = SetDisabled(clerk.account_id, True, hand_to=to)
    town.run(SET_DISABLED, town.staff("sysadmin"), ask)
    tell(town)


def test_the_colleague_gets_one_message_with_all_cases(town: Any) -> None:
    other, clerk = second_clerk(town), town.staff("hefang")
    cases = taken(town, clerk, 2)
    numbers = {row["id"]: row["number"] for row in town.rows(select(t.case.c.id, t.case.c.number))}

    disable(town, clerk, other.account_id)

    (line,) = messages(town, other)
    assert set(line.cases) == {(case, numbers[case]) for case in cases}
    assert line.text == "何芳的账号停用了，原来的2件待办转给您，时限不变："
    with town.house.store.read() as reader:
        own = Accessor(reader, other, keys_of(reader, other))
        view = case_view.read_case(
            reader, town.house.services, own, cases[0], town.clock(), locale="zh-CN"
        )
    (moved,) = [each for each in view.moments if each.type == "task_transferred"]
    assert (moved.data["cause"], moved.data["from_name"], moved.data["to_name"]) == (
        "account_ended",
        "何芳",
        "马超",
    )


def test_tasks_that_go_back_to_the_office_are_told_to_who_may_take_them(sqlite_town: Any) -> None:
    town = sqlite_town
    other, clerk = second_clerk(town), town.staff("hefang")
    (case,) = taken(town, clerk, 1)

    disable(town, clerk, None)

    (line,) = messages(town, other)
    assert [each[0] for each in line.cases] == [case]
    assert "可以认领" in line.text
    assert messages(town, town.staff("linyu")) == []


def test_whoever_has_nothing_open_leaves_no_message(sqlite_town: Any) -> None:
    town = sqlite_town

    disable(town, town.staff("hefang"), None)

    assert town.rows(select(t.notice)) == []
    assert town.rows(select(t.outbox).where(t.outbox.c.topic == "account_ended")) == []
