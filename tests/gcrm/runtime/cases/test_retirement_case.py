"""App C through the real case core: submitted, reviewed, decided; its verdict replayed."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.runtime import drafts, replay, submit
from gcrm.store import selfcheck
from gcrm.store import tables as t
from rule_engine import Verdict

ANSWERS = {
    "name": "陈静",
    "id_no": "99010219920318008X",
    "phone": "19900000009",
    "emp_kind": "female_cadre",
    "birth_ym": "1992-03-18",
    "unit_uscc": "91990102MA0DEM03XW",
    "insured_region": "990102",
    "retire_mode": "legal",
    "pay_months": "170",
    "deemed_months": "0",
    "mi_pay_months": "120",
    "pay_index": "1",
    "account_savings": "139000",
    "only_child": "none",
    "gjj_withdraw": "false",
    "bank": "6222020000000000000",
    "consent": "true",
}


def filled(town: Any, actor: Any, **other: str) -> Any:
    started = town.run(drafts.START, actor, drafts.Start("retirement", "new"))
    answers = {**ANSWERS, **other}
    answers["sign"] = answers["sign-photo"] = town.picture(started.draft_id, actor).id
    rev = 1
    for section, names in town.pages(actor, started.draft_id).items():
        raw = {k: [v] for k, v in answers.items() if k.partition("-")[0] in names}
        saved = town.run(drafts.SAVE, actor, drafts.Save(started.draft_id, section, raw, rev))
        rev = saved.rev
    return submit.Submit(started.draft_id, started.key, rev)


@pytest.fixture
def chen(sqlite_town: Any) -> Any:
    return sqlite_town.chen


def test_one_who_is_too_young_reads_why_in_years_and_months(sqlite_town: Any, chen: Any) -> None:
    town = sqlite_town

    refused = town.run(submit.SUBMIT, chen, filled(town, chen))

    assert refused.case_id is None, refused.errors
    assert refused.precheck.verdict is Verdict.FAIL
    said = {finding.condition_id: finding for finding in refused.precheck.obstacles}
    assert said["age"].message == "您还差23年4个月到退休时间（2050-3）。"
    assert said["paid"].message == "缴费还差5年10个月，您退休那年最低要缴240个月。"
    assert said["paid"].leaves[0].gap == "还差70个月"


def test_one_who_insists_waits_for_a_person_and_the_verdict_is_replayed(
    sqlite_town: Any, chen: Any
) -> None:
    town = sqlite_town
    ask = filled(town, chen)

    done = town.run(submit.SUBMIT, chen, replace(ask, insist=True))

    assert str(done.number).startswith("QYTX-2026-")
    case = town.rows(select(t.case).where(t.case.c.id == done.case_id))[0]
    assert case["region_code"] == "990102"
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)
        found = replay.replay(
            reader, town.house.services, town.accessor(reader, chen), done.case_id, town.clock()
        )
    assert found is not None
    assert (found.same, found.stored_verdict, found.stored_version) == (True, "fail", "delayed")
