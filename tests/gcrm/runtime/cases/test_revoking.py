"""Revoking a certificate: by right, by somebody else than who decided, seen at once; erasing."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.runtime import certificates, jobs, revoke, verification
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t

REASON = "核查发现老人户籍已经迁出本市。"
RULE = "《高龄津贴发放办法》第八条"


def issued(town: Any) -> Any:
    """Give a completed case's certificate."""
    town.decide(town.submitted().case_id)
    worker = jobs.Worker(town.house)
    for _ in range(4):
        worker.turn()
    (row,) = town.rows(select(t.certificate))
    assert row["status"] == "valid"
    return row


def verify(town: Any, code: str) -> Any:
    return town.run(verification.VERIFY, None, verification.Verify(1, code, "10.0.0.1"))


def test_a_revoked_certificate_is_told_at_once_and_everything_agrees(town: Any) -> None:
    row = issued(town)
    before = verify(town, row["code"])
    town.run(revoke.REVOKE, town.staff("juzhang"), revoke.Revoke(row["case_id"], REASON, RULE))

    after = verify(town, row["code"])

    assert (before.standing, after.standing) == ("valid", "revoked")
    assert after.revoked_at == town.clock()
    case = town.rows(select(t.case).where(t.case.c.id == row["case_id"]))[0]
    assert (case["state"], case["outcome"]) == ("revoked", "revoked")
    worker = jobs.Worker(town.house)
    worker.turn()
    worker.turn()
    assert not worker.failures
    told = {
        (each["template"], each["channel"], each["party_id"])
        for each in town.rows(select(t.notice).where(t.notice.c.template == "n_revoked"))
    }
    assert {channel for _, channel, _ in told} == {"in_app", "sms"}
    assert case["applicant_id"] in {party for _, _, party in told}
    texts = [each.text for each in town.connectors.sms.messages() if each.kind == "n_revoked"]
    assert [REASON.rstrip("。")[:6] in each for each in texts] == [True]
    with town.house.store.read() as reader:
        said = revoke.words_of(reader, town.house.services, 1, row["case_id"])
        assert selfcheck.check(reader) == ()
    assert said == revoke.Words(REASON, RULE)


@pytest.mark.parametrize(
    ("login", "reason", "rule", "code"),
    [
        ("juzhang", "不行", RULE, "revoke_reason_short"),
        ("juzhang", REASON, " \u200b ", "revoke_rule_missing"),
        ("linyu", REASON, RULE, "not_found"),
        ("machao", REASON, RULE, "not_found"),
        ("sysadmin", REASON, RULE, "not_found"),
    ],
)
def test_without_right_or_reason_nothing_is_revoked(
    sqlite_town: Any, login: str, reason: str, rule: str, code: str
) -> None:
    row = issued(sqlite_town)
    ask = revoke.Revoke(row["case_id"], reason, rule)

    with pytest.raises(Refused) as refused:
        sqlite_town.run(revoke.REVOKE, sqlite_town.staff(login), ask)

    assert refused.value.code == code
    assert verify(sqlite_town, row["code"]).standing == "valid"


def test_who_decided_may_not_revoke(sqlite_town: Any) -> None:
    row = issued(sqlite_town)
    right = {
        "tenant_id": 1, "id": 77, "role_code": "mz_a", "resource": "case", "action": "revoke",
        "scope": {"scope": "region", "below": True},
    }  # fmt: skip
    with sqlite_town.house.store.write() as writer:
        writer.execute(insert(t.role_right).values(**right))

    ask = revoke.Revoke(row["case_id"], REASON, RULE)

    with pytest.raises(Refused) as refused:
        sqlite_town.run(revoke.REVOKE, sqlite_town.staff("machao"), ask)

    assert refused.value.code == "revoke_four_eyes"
    assert refused.value.values == {"step": "区民政审批"}


def test_what_has_run_out_needs_nobody_to_write_it_down(sqlite_town: Any) -> None:
    row = issued(sqlite_town)
    with sqlite_town.house.store.write() as writer:
        writer.execute(t.certificate.update().values(valid_to=row["valid_from"]))

    today = verify(sqlite_town, row["code"]).standing
    sqlite_town.clock.go(days=1)
    tomorrow = verify(sqlite_town, row["code"]).standing

    assert (today, tomorrow) == ("valid", "expired")


def test_a_paper_goes_with_its_holder_and_its_code_still_answers(town: Any) -> None:
    row = issued(town)
    services = town.house.services
    bureau = town.staff("machao")
    town.run(certificates.OPEN, bureau, certificates.Open(row["id"]))
    with town.house.store.write() as writer:
        services.sealer.destroy(writer, 1, row["holder_id"], town.clock())
    town.clock.go(hours=1)

    found = verify(town, row["code"])
    with pytest.raises(Refused) as refused:
        town.run(certificates.OPEN, bureau, certificates.Open(row["id"]))

    assert (found.standing, found.holder, found.number) == ("valid", "", row["number"])
    assert refused.value.code == "not_found"
