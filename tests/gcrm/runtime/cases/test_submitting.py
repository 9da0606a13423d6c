"""Submitting a draft: one case, once, in one commit, or a clear reason why not."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from gcrm.runtime import drafts, submit
from gcrm.runtime.refusals import Refused
from gcrm.runtime.use_case import UseCase
from gcrm.store import selfcheck
from gcrm.store import tables as t
from rule_engine import Verdict


def test_submission_becomes_a_case_that_waits_for_its_community(town: Any) -> None:
    done = town.submitted()

    assert done.number == "GLJT-2026-000001"
    case = town.rows(select(t.case))[0]
    assert (case["state"], case["step_id"], case["mode"]) == ("in_review", "verify", "real")
    assert case["region_code"] == "990102001001"
    kinds = {row["kind"]: row["due_at"].date().isoformat() for row in town.rows(select(t.clock))}
    assert kinds == {"statutory": "2026-12-22", "promised": "2026-12-08", "step": "2026-11-26"}
    task = town.rows(select(t.task))[0]
    assert (task["role_code"], task["region_code"]) == ("community_clerk", "990102001001")
    types = [row["type"] for row in town.rows(select(t.event).order_by(t.event.c.seq))]
    assert types == ["submitted", "accepted", "step_opened"]
    assert town.count(t.form_draft) == 0
    assert town.count(t.incident) == 0
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_participants_are_the_elder_and_the_agent(town: Any) -> None:
    town.submitted()

    roles = {row["role"]: row["party_id"] for row in town.rows(select(t.case_participant))}
    assert set(roles) == {"applicant", "beneficiary", "agent"}
    assert roles["applicant"] == roles["beneficiary"] != roles["agent"] == town.chen.party_id
    submission = town.rows(select(t.submission))[0]
    assert submission["on_behalf_of"] == roles["applicant"]
    assert submission["party_id"] == town.chen.party_id


def test_numbers_have_no_gaps(town: Any) -> None:
    first, second = town.submitted(), town.submitted()

    assert (first.number, second.number) == ("GLJT-2026-000001", "GLJT-2026-000002")
    assert first.lookup_code != second.lookup_code


def test_same_key_twice_is_one_case_with_one_answer(town: Any) -> None:
    ask = town.fill(town.chen)

    first = town.run(submit.SUBMIT, town.chen, ask)
    second = town.run(submit.SUBMIT, town.chen, ask)

    assert (second.case_id, second.number) == (first.case_id, first.number)
    assert town.count(t.case) == 1


def test_same_key_at_the_same_moment_is_one_case(town: Any) -> None:
    ask, chen = town.fill(town.chen), town.chen

    answers = at_once(town, [(submit.SUBMIT, chen, ask)] * 3)

    assert len({answer.case_id for answer in answers}) == 1
    assert town.count(t.case) == 1
    assert town.count(t.audit) >= 1


def test_same_key_with_another_input_is_refused(town: Any) -> None:
    ask = town.fill(town.chen)
    town.run(submit.SUBMIT, town.chen, ask)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, replace(ask, rev=ask.rev + 1))

    assert (refused.value.code, refused.value.status) == ("key_reused", 409)
    assert town.count(t.case) == 1


def test_two_people_for_one_elder_at_the_same_moment_make_one_case(town: Any) -> None:
    elder = town.new_elder()
    chen, zhou = town.chen, replace(town.citizen("周伟"), assurance=2)
    asks = [(submit.SUBMIT, who, town.fill(who, elder)) for who in (chen, zhou)]

    answers = at_once(town, asks)

    assert town.count(t.case) == 1
    loser = next(answer for answer in answers if answer.case_id is None)
    assert [each.condition_id for each in loser.precheck.obstacles] == ["single"]


def test_duplicate_is_found_before_submitting(town: Any) -> None:
    elder = town.new_elder()
    town.submitted(elder=elder)

    again = town.run(submit.SUBMIT, town.chen, town.fill(town.chen, elder))

    assert again.case_id is None
    assert "重复" in again.precheck.obstacles[0].name
    assert town.count(t.form_draft) == 1


def test_too_young_opens_no_case_and_keeps_the_draft(town: Any) -> None:
    ask = town.fill(town.chen, town.new_elder(born=1947))

    done = town.run(submit.SUBMIT, town.chen, ask)

    assert done.case_id is None
    assert done.precheck.verdict is Verdict.FAIL
    assert "80" in done.precheck.obstacles[0].message
    assert (town.count(t.case), town.count(t.form_draft)) == (0, 1)


def test_insisting_opens_a_case_that_people_must_accept(town: Any) -> None:
    ask = town.fill(town.chen, town.new_elder(born=1947))

    done = town.run(submit.SUBMIT, town.chen, replace(ask, insist=True))

    case = town.rows(select(t.case))[0]
    assert done.case_id == case["id"]
    assert case["accepted_at"] is None
    assert {row["kind"] for row in town.rows(select(t.clock))} == {"step"}


def test_register_that_is_away_is_said_as_missing(town: Any) -> None:
    ask = town.fill(town.chen)
    town.connectors.population.switch_away()

    done = town.run(submit.SUBMIT, town.chen, ask)

    assert done.precheck.verdict is Verdict.MISSING
    assert town.count(t.case) == 0


def test_unfinished_form_names_its_fields_and_writes_nothing(town: Any) -> None:
    chen = town.chen
    started = town.run(drafts.START, chen, drafts.Start("elder_allowance", "new"))

    done = town.run(submit.SUBMIT, chen, submit.Submit(started.draft_id, started.key, 1))

    assert {"elder_id", "sign"} <= {error.field_id for error in done.errors}
    assert all(error.message for error in done.errors)
    assert town.count(t.case) == 0


def test_page_made_before_another_device_saved_is_a_friendly_conflict(town: Any) -> None:
    ask = town.fill(town.chen)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, replace(ask, rev=ask.rev - 1))

    assert refused.value.code == "draft_conflict"


def test_somebody_elses_draft_is_not_there(town: Any) -> None:
    ask = town.fill(town.chen)
    zhou = replace(town.citizen("周伟"), assurance=2)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, zhou, ask)

    assert refused.value.code == "draft_gone"


def test_forged_key_is_refused(town: Any) -> None:
    ask = town.fill(town.chen)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, replace(ask, key="0" * 32))

    assert refused.value.code == "draft_gone"


def test_phone_alone_is_not_enough(town: Any) -> None:
    chen = town.chen
    ask = town.fill(chen)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, replace(chen, assurance=1), ask)

    assert refused.value.code == "assurance_low"


def test_new_release_meanwhile_asks_to_look_again(town: Any) -> None:
    ask = town.fill(town.chen)
    with town.house.store.write() as writer:
        copy_release(writer)

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, ask)
    done = town.run(submit.SUBMIT, town.chen, replace(ask, rev=ask.rev + 1))

    assert refused.value.code == "release_changed"
    assert done.case_id is not None
    assert town.one(select(t.case.c.release)) == 2


def test_infected_file_stops_the_submission(town: Any) -> None:
    ask = town.fill(town.chen)
    with town.house.store.write() as writer:
        writer.execute(update(t.attachment).values(state="infected"))

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, ask)

    assert refused.value.code == "attachment_infected_here"
    assert (town.count(t.case), town.count(t.form_draft), town.count(t.idempotency)) == (0, 1, 0)
    assert town.count(t.case_number) == 0


def test_own_id_number_is_needed_without_an_agent(town: Any) -> None:
    ask = town.fill(town.chen, agent_flag="false", relation="")

    with pytest.raises(Refused) as refused:
        town.run(submit.SUBMIT, town.chen, ask)

    assert refused.value.code == "represent_missing"


def test_known_agent_and_elder_cost_at_most_seventeen_statements(town: Any) -> None:
    elder = town.new_elder()
    known = replace(town.fill(town.chen, elder), insist=False)
    town.run(submit.SUBMIT, town.chen, known)
    with town.house.store.write() as writer:
        writer.execute(update(t.case).values(state="withdrawn"))
    ask, chen = town.fill(town.chen, elder), town.chen

    spent = cost(town, submit.SUBMIT, chen, ask)

    assert spent <= 17  # and one that reads the session


def test_new_party_adds_at_most_four_statements(town: Any) -> None:
    town.submitted()
    ask, chen = town.fill(town.chen), town.chen

    spent = cost(town, submit.SUBMIT, chen, ask)

    assert spent <= 21


def cost(town: Any, use_case: Any, actor: Any, ask: Any) -> int:
    before = town.house.store.statements()
    done = town.run(use_case, actor, ask)
    assert done.case_id is not None
    spent: int = town.house.store.statements() - before
    return spent


def at_once(town: Any, asks: list[Any]) -> list[Any]:
    """Let all prepare before the first commits."""
    gate = threading.Barrier(len(asks))
    answers: list[Any] = []

    def go(use_case: Any, actor: Any, ask: Any) -> None:
        first = True

        def prepare(*arguments: Any) -> Any:
            nonlocal first
            plan = use_case.prepare(*arguments)
            if first:
                first = False
                gate.wait(20)
            return plan

        try:
            waiting = UseCase(prepare, use_case.commit, use_case.after)
            answers.append(town.run(waiting, actor, ask))
        except Refused as refused:
            answers.append(refused)

    threads = [threading.Thread(target=go, args=each) for each in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == len(asks)
    return answers


def copy_release(writer: Any) -> None:
    for table in (t.release, t.release_part):
        rows = writer.execute(
            select(table).where(table.c.app_id == "elder_allowance", table.c.number == 1)
        ).mappings()
        writer.execute(table.insert(), [{**row, "number": 2} for row in rows.all()])
    writer.execute(update(t.app).where(t.app.c.id == "elder_allowance").values(current_release=2))
