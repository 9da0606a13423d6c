"""Unmasking: a reason, an audit row that is committed first, and the right to do so."""

from typing import Any

import pytest

from gcrm.access import Denied
from gcrm.demo.library import publish_library
from gcrm.runtime import answers, reveal
from gcrm.runtime.refusals import Refused
from gcrm.runtime.reveal import Reveal, RevealIdentifier
from gcrm.store import tables as t
from gcrm.store.columns import new_id

EVERYTHING = {"scope": "everything"}
APP = "elder_allowance"
NUMBER = "990102194006150022"


@pytest.fixture
def case(home: Any) -> int:
    """A case of app E at the first step, with a sealed ID number and a bank card."""
    publish_library(home.house, 1)
    elder = home.phone_login("19900000001").party_id
    services, case, submission = home.house.services, new_id(), new_id()
    with home.house.store.read() as reader:
        app = services.apps.current(reader, 1, APP)
    form = app.forms["main"]
    values = {"elder_name": "李秀英", "elder_id": NUMBER, "bank": "6217000010000000019"}
    snapshot = answers.snapshot(form, 1, values, services.sealer, 1, elder, submission)
    assert NUMBER not in snapshot
    with home.house.store.write() as writer:
        writer.execute(
            t.case.insert(),
            {"tenant_id": 1, "id": case, "lookup_code": "c", "app_id": APP, "release": 1,
             "item_variant_id": 1, "root_id": case, "mode": "real", "title": "t",
             "applicant_id": elder, "state": "in_review", "step_id": "verify", "events": 0,
             "rev": 1},
        )  # fmt: skip
        writer.execute(
            t.submission.insert(),
            {"tenant_id": 1, "id": submission, "case_id": case, "step_id": "apply", "round": 1,
             "app_id": APP, "release": 1, "form_id": "main", "account_id": 1, "party_id": elder,
             "snapshot": snapshot, "digest": "d", "submitted_at": home.clock.now},
        )  # fmt: skip
    return case


def clerk(home: Any, *actions: str) -> Any:
    """Give the community clerk of the demo these actions on every case."""
    account = home.staff("hefang")
    with home.house.store.write() as writer:
        for action in actions:
            writer.execute(
                t.role_right.insert(),
                {"tenant_id": 1, "id": new_id(), "role_code": "community_clerk",
                 "resource": "case", "action": action, "scope": EVERYTHING},
            )  # fmt: skip
        writer.execute(t.post.update().values(role_code="community_clerk"))
    return home.actor_of(account)


def audits(home: Any) -> list[Any]:
    return [row for row in home.rows(t.audit) if row["action"] == "revealed"]


def test_a_masked_answer_is_shown_with_a_reason_that_is_on_record(home: Any, case: int) -> None:
    actor = clerk(home, "read", "reveal")

    answer = home.run(reveal.REVEAL, Reveal(case, "elder_id", "上门核对 身份证原件"), actor)

    assert answer.value == NUMBER
    entries = audits(home)
    assert {entry["chain"].split(":")[0] for entry in entries} == {"case", "party"}
    for entry in entries:
        assert entry["data"] == {"reason": "上门核对 身份证原件"}
        assert entry["actor_id"] == actor.party_id
        assert entry["subject"] == "field:elder_id"
        assert NUMBER not in str(dict(entry))


def test_the_record_is_committed_before_the_value_is_opened(
    home: Any, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = clerk(home, "reveal")
    seen: list[int] = []
    sealer = type(home.house.services.sealer)
    opens = sealer.open

    def watch(self: Any, tenant: int, party: int, place: str, sealed: bytes) -> bytes:
        if place.endswith("elder_id"):
            seen.append(len(audits(home)))
        return bytes(opens(self, tenant, party, place, sealed))

    monkeypatch.setattr(sealer, "open", watch)
    home.run(reveal.REVEAL, Reveal(case, "elder_id", "上门核对身份证"), actor)

    assert seen == [2]


def test_without_the_right_or_for_a_hidden_field_there_is_nothing(home: Any, case: int) -> None:
    reader = clerk(home, "read")
    for field in ("elder_id", "bank", "elder_name", "nothing"):
        with pytest.raises(Denied):
            home.run(reveal.REVEAL, Reveal(case, field, "上门核对身份证"), reader)
    assert audits(home) == []


def test_a_hidden_field_and_one_in_clear_stay_closed(home: Any, case: int) -> None:
    actor = clerk(home, "reveal")
    for field in ("bank", "elder_name"):
        with pytest.raises(Denied):
            home.run(reveal.REVEAL, Reveal(case, field, "上门核对身份证"), actor)
    with pytest.raises(Refused) as caught:
        home.run(reveal.REVEAL, Reveal(case, "elder_phone", "上门核对身份证"), actor)
    assert caught.value.code == "reveal_empty"
    assert audits(home) == []


@pytest.mark.parametrize("reason", ["", "   看  ", "\0\0\0\0\0\0"])
def test_a_reason_is_needed(home: Any, case: int, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        home.run(reveal.REVEAL, Reveal(case, "elder_id", reason), clerk(home, "reveal"))

    assert caught.value.code == "reason_missing"


def test_a_reason_keeps_no_number() -> None:
    assert reveal.clean_reason(f"核对 {NUMBER} 和 19900000001") == "核对 *** 和 ***"
    assert len(reveal.clean_reason("因" * 10_000)) == reveal.MAXIMUM


def test_an_identifier_is_shown_to_those_who_administer_people(home: Any) -> None:
    from gcrm.runtime import real_name

    citizen = home.phone_login("19900000001")
    home.run(real_name.CONFIRM, real_name.RealName("陈静", "99010219920318008X"), citizen)
    [row] = home.rows(t.identifier)
    ask = RevealIdentifier(row["id"], "核对重名的两个人")
    other = home.actor_of(home.staff("clerk"))
    with pytest.raises(Denied):
        home.run(reveal.REVEAL_IDENTIFIER, ask, other)
    admin = home.actor_of(home.staff("admin", ("admin.people", "reveal", EVERYTHING)))

    assert home.run(reveal.REVEAL_IDENTIFIER, ask, admin).value == "99010219920318008X"
    assert [entry["subject"] for entry in audits(home)] == [f"identifier:{row['id']}"]
