"""Acting on a task: exactly once, within one's rights, on to the result."""

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gcrm.runtime import act, case_view, inbox, progress
from gcrm.runtime.refusals import Refused
from gcrm.runtime.use_case import UseCase
from gcrm.store import selfcheck
from gcrm.store import tables as t
from gcrm.store.columns import new_id


def pressed(town: Any, case_id: int, verb: str = "pass", opinion: str = "属实") -> act.Act:
    return act.Act(town.task(case_id), verb, opinion, town.visit())


NOT_RIGHT = "金额和标准对不上，不能准予"


def test_three_offices_decide_and_the_citizen_reads_the_result(town: Any) -> None:
    done = town.submitted()

    last = town.decide(done.case_id)

    assert (last.state, last.ended) == ("approved", True)
    assert {row["status"] for row in town.rows(select(t.clock))} == {"stopped"}
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.chen)
        read = progress.read_progress(
            reader, town.house.services, accessor, done.case_id, town.clock(), locale="zh-CN"
        )
        assert not selfcheck.check(reader)
    assert read.public_state == "decided"
    assert read.outputs == {"amount": "30"}
    marks = {step.code: step.mark for step in read.steps}
    assert marks == {
        "submitted": "done", "correcting": "skipped", "accepted": "done",
        "handling": "done", "decided": "now", "closed": "next",
    }  # fmt: skip


def test_refusal_needs_a_reason_that_the_citizen_reads(town: Any) -> None:
    done = town.submitted()

    with pytest.raises(Refused) as refused:
        town.decide(done.case_id, "refuse", "不行")
    task, reason = town.task(done.case_id, "mz_a"), "户籍在外市，请向户籍地民政部门申请"
    bare = town.run(act.ACT, town.staff("machao"), act.Act(task, "refuse", reason))
    ask = act.Act(task, "refuse", reason, grounds=town.grounds)
    last = town.run(act.ACT, town.staff("machao"), ask)

    assert refused.value.code == "reason_short"
    assert last.state == "refused"
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.chen)
        read = progress.read_progress(
            reader, town.house.services, accessor, done.case_id, town.clock(), locale="zh-CN"
        )
    assert bare.lacking == ("refusal_rule", "refusal_change", "refusal_elsewhere")
    assert read.reason == reason
    assert read.refusal is not None
    assert read.refusal.rule == "户籍在本市"
    assert read.refusal.elsewhere == town.grounds.elsewhere
    assert (read.refusal.appeal.days, read.refusal.appeal.months) == (60, 6)
    assert read.refusal.appeal.days_source == "《行政复议法》第二十条"


def test_both_of_the_bureau_sign_and_nobody_twice(town: Any) -> None:
    done = town.submitted()
    for login, raw in (("hefang", town.visit()), ("linyu", {})):
        act_on(town, login, done.case_id, raw)
    first, second = town.task(done.case_id, "mz_a"), town.task(done.case_id, "mz_b")
    give_post(town, "zhaolei", "machao")

    one = town.run(act.ACT, town.staff("machao"), act.Act(first, "pass", "同意"))
    waiting = view(town, "zhaolei", done.case_id)
    with pytest.raises(Refused) as twice:
        town.run(act.ACT, town.staff("machao"), act.Act(second, "pass", "同意"))
    both = town.run(act.ACT, town.staff("zhaolei"), act.Act(second, "pass", "同意"))

    assert (one.state, one.ended, both.state) == ("in_review", False, "publicity")
    assert twice.value.code == "signed_already"
    assert [(each.who, each.at is not None) for each in waiting.signers] == [
        ("马超", True), ("", False),
    ]  # fmt: skip
    kept = town.rows(select(t.submission).where(t.submission.c.step_id == "bureau"))
    assert len(kept) == 1  # nothing to fill in: the second signature adds nothing to it


def test_one_veto_is_enough_whoever_gives_it(town: Any) -> None:
    case_id = town.submitted().case_id
    for login, raw in (("hefang", town.visit()), ("linyu", {})):
        act_on(town, login, case_id, raw)
    act_on(town, "machao", case_id, role="mz_a")

    ask = act.Act(
        town.task(case_id, "mz_b"), "refuse", "金额和标准对不上，不能准予", grounds=town.grounds
    )
    vetoed = town.run(act.ACT, town.staff("zhaolei"), ask)

    assert (vetoed.state, vetoed.ended) == ("refused", True)
    other = town.submitted().case_id
    for login, raw in (("hefang", town.visit()), ("linyu", {})):
        act_on(town, login, other, raw)
    ask = act.Act(
        town.task(other, "mz_a"), "refuse", "金额和标准对不上，不能准予", grounds=town.grounds
    )
    town.run(act.ACT, town.staff("machao"), ask)
    status = town.rows(select(t.task).where(t.task.c.case_id == other))
    assert sorted(row["status"] for row in status) == ["cancelled", "done", "done", "done"]
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def act_on(town: Any, login: str, case_id: int, raw: Any = None, role: str | None = None) -> Any:
    ask = act.Act(town.task(case_id, role), "pass", "同意", raw or {})
    return town.run(act.ACT, town.staff(login), ask)


def test_two_people_at_the_same_moment_one_wins_the_other_reads_who_and_when(town: Any) -> None:
    done = town.submitted()
    first, second = town.staff("hefang"), colleague(town, "hefang", "linyu")

    answers = at_once(town, [(first, pressed(town, done.case_id))] * 1 + [
        (second, pressed(town, done.case_id, opinion="我也看过"))
    ])  # fmt: skip

    refused = next(answer for answer in answers if isinstance(answer, Refused))
    winner = town.rows(select(t.task).where(t.task.c.status == "done"))[0]
    names = {row["id"]: row["name"] for row in town.rows(select(t.party))}
    assert refused.code == "task_done"
    assert refused.values["name"] == names[winner["done_by"]]
    assert refused.values["at"] == winner["done_at"]
    sentence = refused.render("zh-CN", town.house.services.zone).message
    assert names[winner["done_by"]] in sentence
    assert "属实，转街道初审" in sentence
    assert town.count(t.opinion) == 1
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_pressing_twice_answers_the_same(town: Any) -> None:
    done = town.submitted()
    ask, hefang = pressed(town, done.case_id), town.staff("hefang")
    town.run(act.ACT, hefang, ask)

    again = town.run(act.ACT, hefang, ask)

    assert again.case_id == done.case_id
    assert town.count(t.opinion) == 1


def test_forged_task_and_forged_verb_are_refused(town: Any) -> None:
    done = town.submitted()
    hefang = town.staff("hefang")

    for ask, code in (
        (act.Act(town.task(done.case_id) + 1, "pass"), "not_found"),
        (act.Act(town.task(done.case_id), "approve_all", "", town.visit()), "verb_unknown"),
    ):
        with pytest.raises(Refused) as refused:
            town.run(act.ACT, hefang, ask)
        assert refused.value.code == code
    assert town.count(t.opinion) == 0


def test_people_without_the_role_find_nothing(town: Any) -> None:
    done = town.submitted()

    for who in (town.staff("linyu"), town.staff("sysadmin"), town.chen):
        with pytest.raises(Refused) as refused:
            town.run(act.ACT, who, pressed(town, done.case_id))
        assert refused.value.code == "not_found"


def test_missing_answer_of_the_steps_form_writes_nothing(town: Any) -> None:
    done = town.submitted()
    ask = act.Act(town.task(done.case_id), "pass", "属实", {"visit_way": ["by rocket"]})

    answer = town.run(act.ACT, town.staff("hefang"), ask)

    assert {"visit_way", "visit_date"} <= {error.field_id for error in answer.errors}
    assert town.rows(select(t.task.c.status)) == [{"status": "open"}]


def test_four_eyes_ask_for_somebody_else(town: Any) -> None:
    done = town.submitted()
    town.run(act.ACT, town.staff("hefang"), pressed(town, done.case_id))
    both = town.staff("linyu")
    town.run(act.ACT, both, act.Act(town.task(done.case_id), "pass", "属实"))
    give_post(town, "machao", "linyu")
    both = town.staff("linyu")

    with pytest.raises(Refused) as refused:
        town.run(act.ACT, both, act.Act(town.task(done.case_id, "mz_a"), "pass", "同意"))

    assert refused.value.code == "four_eyes"
    assert refused.value.values["step"] == "街道初审"


def test_role_that_nobody_holds_is_an_incident_not_a_stall(town: Any) -> None:
    with town.house.store.write() as writer:
        writer.execute(
            update(t.post)
            .where(t.post.c.role_code == "community_clerk")
            .values(valid_to=town.clock().date().replace(year=2021))
        )
    town.house.services.reference.forget(1)

    done = town.submitted()

    incident = town.rows(select(t.incident))[0]
    assert (incident["code"], incident["data"]["role"]) == ("no_candidate", "community_clerk")
    assert town.task(done.case_id)


WAYS = {
    "granted": (("machao", "mz_a", "pass"), ("zhaolei", "mz_b", "pass")),
    "vetoed at once": (("machao", "mz_a", "refuse"),),
    "vetoed last": (("machao", "mz_a", "pass"), ("zhaolei", "mz_b", "refuse")),
}


def test_every_step_costs_at_most_fourteen_statements_and_the_session(town: Any) -> None:
    for name, decided in WAYS.items():
        costs = []
        for _warm_then_counted in range(2):
            case_id = town.submitted().case_id
            for login, role, verb in (
                ("hefang", None, "pass"), ("linyu", None, "pass"), *decided,
            ):  # fmt: skip
                raw = town.visit() if login == "hefang" else {}
                opinion = "核对过了，理由写在这里"
                ask = act.Act(town.task(case_id, role), verb, opinion, raw, grounds=town.grounds)
                actor = town.staff(login)
                before = town.house.store.statements()
                town.run(act.ACT, actor, ask)
                costs.append(town.house.store.statements() - before)

        assert max(costs[len(costs) // 2 :]) <= 14, (name, costs)


def test_inbox_lists_by_remaining_time_and_finds_by_number(town: Any) -> None:
    first = town.submitted()
    town.clock.go(days=1)
    second = town.submitted()
    hefang = town.staff("hefang")

    with town.house.store.read() as reader:
        services = town.house.services
        accessor = town.accessor(reader, hefang)
        listed = inbox.list_tasks(reader, services, accessor, town.clock(), locale="zh-CN")
        found = inbox.list_tasks(
            reader, services, accessor, town.clock(), locale="en", search=second.number.lower()
        )
        odd = inbox.list_tasks(
            reader, services, accessor, town.clock(), locale="en", search="%' OR 1=1 --"
        )

    assert [line.case_id for line in listed.lines] == [first.case_id, second.case_id]
    assert (listed.counts.all, listed.counts.free, listed.counts.late) == (2, 2, 0)
    assert [line.step for line in found.lines] == ["Community check"] or found.found == 1
    assert odd.found == 0


def test_late_tasks_are_counted_and_come_first(town: Any) -> None:
    town.submitted()
    town.clock.go(days=9)
    town.submitted()

    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.staff("hefang"))
        listed = inbox.list_tasks(
            reader, town.house.services, accessor, town.clock(), locale="zh-CN"
        )

    assert listed.counts.late == 1
    assert [group for group, _ in listed.groups] == ["late", "later"]
    assert listed.lines[0].lamp == "red"


def test_claimed_task_is_taken_and_can_be_put_back(town: Any) -> None:
    done = town.submitted()
    second = colleague(town, "hefang", "linyu")
    task_id, hefang = town.task(done.case_id), town.staff("hefang")

    town.run(inbox.CLAIM, hefang, inbox.Claim(task_id))
    with pytest.raises(Refused) as refused:
        town.run(inbox.CLAIM, second, inbox.Claim(task_id))
    town.run(inbox.UNCLAIM, hefang, inbox.Claim(task_id))
    town.run(inbox.CLAIM, second, inbox.Claim(task_id))

    assert refused.value.code == "task_taken"
    assert refused.value.values["name"] == "何芳"
    assert town.one(select(t.task.c.assignee_id)) == second.party_id


def test_case_view_shows_what_the_step_may_see(town: Any) -> None:
    done = town.submitted()

    community = view(town, "hefang", done.case_id)

    shown = {answer.field_id: answer for part in community.sections for answer in part.answers}
    assert "bank" not in shown
    assert shown["elder_id"].masked
    assert "1940" not in shown["elder_id"].text
    assert [verb.id for verb in community.task.verbs] == ["pass", "correct", "refuse"]
    assert community.precheck.passed
    town.decide(done.case_id)
    bureau = view(town, "machao", done.case_id)
    shown = {answer.field_id: answer for part in bureau.sections for answer in part.answers}
    assert shown["bank"].text == "6222020000000000000"
    assert [opinion.text for opinion in bureau.opinions][-1] == "同意"
    assert "30" in bureau.papers[-1].sections[0].answers[0].text


def test_case_of_another_region_is_not_there(town: Any) -> None:
    done = town.submitted(**{"live_addr-region": "990103001001"})

    with pytest.raises(Refused) as refused:
        view(town, "hefang", done.case_id)

    assert refused.value.status == 404


def test_code_shows_where_a_case_stands_and_nobodys_data(town: Any) -> None:
    done = town.submitted()
    ask = progress.LookUp(1, done.lookup_code.lower(), "10.0.0.1")

    found = town.run(progress.LOOK_UP, None, ask)

    assert (found.title, found.answers, found.reason) == ("", (), "")
    assert found.public_state == "handling"
    for _ in range(10):
        with pytest.raises(Refused) as refused:
            town.run(progress.LOOK_UP, None, progress.LookUp(1, "AAAA", "10.0.0.1"))
        assert refused.value.code == "lookup_unknown"
    with pytest.raises(Refused) as refused:
        town.run(progress.LOOK_UP, None, ask)
    assert (refused.value.code, refused.value.status) == ("lookup_often", 429)


def view(town: Any, login: str, case_id: int) -> Any:
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.staff(login))
        return case_view.read_case(
            reader, town.house.services, accessor, case_id, town.clock(), locale="zh-CN"
        )


def colleague(town: Any, of: str, login: str) -> Any:
    """Give somebody else the same post."""
    give_post(town, of, login)
    return town.staff(login)


def give_post(town: Any, of: str, login: str) -> None:
    mine = town.staff(of)
    post = town.rows(select(t.post).where(t.post.c.party_id == mine.party_id))[0]
    other = town.staff(login)
    with town.house.store.write() as writer:
        writer.execute(update(t.role).values(excludes=""))  # else one could not hold both
        writer.execute(
            insert(t.post).values(
                **{
                    **post,
                    "id": new_id(),
                    "party_id": other.party_id,
                    "account_id": other.account_id,
                }
            )
        )
    town.house.services.reference.forget(1)


def at_once(town: Any, asks: list[Any]) -> list[Any]:
    """Let all prepare before the first commits."""
    gate = threading.Barrier(len(asks))
    answers: list[Any] = []

    def go(actor: Any, ask: Any) -> None:
        first = True

        def prepare(*arguments: Any) -> Any:
            nonlocal first
            plan = act.prepare(*arguments)
            if first:
                first = False
                gate.wait(20)
            return plan

        try:
            answers.append(town.run(UseCase(prepare, act.commit, act.after), actor, ask))
        except Refused as refused:
            answers.append(refused)

    threads = [threading.Thread(target=go, args=each) for each in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == len(asks)
    return answers
