"""Ratings: once, without a name, never by default; bad ones wait for somebody else's answer."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from gcrm.runtime import rating_links, ratings
from gcrm.runtime.house_parameters import HOUSE
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.ratings import Rate, Supplement
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t

HERE = "203.0.113.7"


def link(town: Any, case_id: int, days: int = 180) -> str:
    """Make a link as a notice does."""
    token = rating_links.new_token()
    with town.house.store.write() as writer:
        row = rating_links.link_row(1, case_id, token, days, town.clock())
        writer.execute(insert(t.rating_link), row)
    return token


def finished(town: Any) -> int:
    done = town.submitted()
    town.decide(done.case_id)
    return int(done.case_id)


def refused(town: Any, use_case: Any, actor: Any, ask: Any) -> str:
    with pytest.raises(Refused) as caught:
        town.run(use_case, actor, ask)
    caught.value.render("en", town.house.services.zone)
    return str(caught.value.code)


def test_link_lets_somebody_rate_once_and_add_once(town: Any) -> None:
    case_id = finished(town)
    where = Where(1, HERE, token=link(town, case_id))
    before = town.run(ratings.OPEN, None, where)

    town.run(ratings.RATE, None, Rate(where, 4, comment="来了两个人，很客气"))
    again = refused(town, ratings.RATE, None, Rate(where, 5))
    town.run(ratings.SUPPLEMENT, None, Supplement(where, "补一句"))
    more = refused(town, ratings.SUPPLEMENT, None, Supplement(where, "再补一句"))
    said = town.run(ratings.OPEN, None, where).said

    assert before.said is None
    assert before.office
    assert (again, more) == ("rating_done", "rating_supplemented")
    assert (said.score, said.comment, said.supplement) == (4, "来了两个人，很客气", "补一句")
    row = town.rows(select(t.rating))[0]
    assert (row["counted"], row["status"], row["way"]) == (True, "filed", "link")
    types = [each["type"] for each in town.rows(select(t.event).order_by(t.event.c.seq))]
    assert types[-2:] == ["rated", "rated"]
    with town.house.store.read() as reader:
        assert not selfcheck.check(reader)


def test_nothing_tells_who_rated(sqlite_town: Any) -> None:
    town = sqlite_town
    case_id = finished(town)

    town.run(ratings.RATE, town.chen, Rate(Where(1, HERE, case_id=case_id), 1, tags=("slow",)))

    events = town.rows(select(t.event).where(t.event.c.type == "rated"))
    assert [(each["actor_id"], each["on_behalf_of"]) for each in events] == [(None, None)]
    parties = {str(each["id"]) for each in town.rows(select(t.party))}
    row = town.rows(select(t.rating))[0]
    assert not parties & {str(value) for value in row.values()}
    assert not [a for a in town.rows(select(t.audit)) if "rat" in a["action"]]
    messages = town.rows(select(t.outbox).where(t.outbox.c.topic == ratings.TOPIC))
    assert [each["payload"] for each in messages] == [{"rating": str(row["id"])}]


def test_bad_rating_needs_a_tag_and_waits_for_an_answer(sqlite_town: Any) -> None:
    town = sqlite_town
    where = Where(1, HERE, case_id=finished(town))

    without = refused(town, ratings.RATE, town.chen, Rate(where, 2))
    town.run(ratings.RATE, town.chen, Rate(where, 2, tags=("slow", "manner")))

    row = town.rows(select(t.rating))[0]
    assert without == "rating_tags_missing"
    assert (row["status"], row["tags"]) == ("open", ["manner", "slow"])
    assert row["due_at"].date().isoformat() == "2026-11-30"  # one working day after a Friday


def test_deadline_of_a_bad_rating_goes_by_the_value_of_its_day(sqlite_town: Any) -> None:
    town = sqlite_town
    where = Where(1, HERE, case_id=finished(town))
    with town.house.store.write() as writer:
        values = {
            "tenant_id": 1, "app_id": HOUSE, "code": "rating_contact_days", "name": "联系",
            "type": "number", "unit": "wd", "source": "本地规定", "origin": "office",
        }  # fmt: skip
        today = town.clock().astimezone(town.house.services.zone).date()
        for number, (value, day) in enumerate((("3", today), ("9", today + timedelta(days=1)))):
            row = {**values, "id": number + 1, "value": value, "effective_from": day}
            writer.execute(insert(t.parameter), row)
    town.house.services.reference.forget(1)

    found = town.run(ratings.OPEN, town.chen, where)
    town.run(ratings.RATE, town.chen, Rate(where, 2, tags=("slow",)))

    row = town.rows(select(t.rating))[0]
    assert found.contact_days == 3  # what the page promises
    assert row["due_at"].date().isoformat() == "2026-12-02"  # three working days after a Friday


@pytest.mark.parametrize("score", [0, 6, -1])
def test_there_is_no_other_level(sqlite_town: Any, score: int) -> None:
    where = Where(1, HERE, case_id=1)

    assert refused(sqlite_town, ratings.RATE, None, Rate(where, score)) == "rating_score_missing"


def test_an_open_case_or_one_of_others_cannot_be_rated(sqlite_town: Any) -> None:
    town = sqlite_town
    case_id = town.submitted().case_id
    other = town.citizen("周伟")

    early = refused(town, ratings.RATE, town.chen, Rate(Where(1, HERE, case_id=case_id), 5))
    by_other = refused(town, ratings.RATE, other, Rate(Where(1, HERE, case_id=case_id), 5))
    by_nobody = refused(town, ratings.RATE, None, Rate(Where(1, HERE, case_id=case_id), 5))

    assert (early, by_other, by_nobody) == ("rating_not_yet", "not_found", "not_found")
    assert town.count(t.rating) == 0


def test_a_link_ends_after_its_days_and_guessing_is_stopped(sqlite_town: Any) -> None:
    town = sqlite_town
    token = link(town, finished(town), days=180)
    stored = town.rows(select(t.rating_link))[0]
    town.clock.go(days=181)

    over = refused(town, ratings.OPEN, None, Where(1, HERE, token=token))
    guesses = [
        refused(town, ratings.OPEN, None, Where(1, HERE, token=rating_links.new_token()))
        for _ in range(12)
    ]

    assert over == "rating_link_over"
    assert guesses == ["rating_link_unknown"] * 10 + ["rating_link_often"] * 2
    assert token.encode() not in stored["token_hash"]


def test_many_ratings_from_one_address_wait_for_a_person(sqlite_town: Any) -> None:
    town = sqlite_town
    cases = [finished(town) for _ in range(7)]

    receipts = [
        town.run(ratings.RATE, None, Rate(Where(1, HERE, token=link(town, case)), 5))
        for case in cases
    ]

    assert [each.counted for each in receipts] == [True] * 5 + [False] * 2
    held = town.rows(select(t.rating).where(t.rating.c.held == "many"))
    assert {(each["status"], each["counted"]) for each in held} == {("open", False)}


def test_two_at_once_are_one_rating(town: Any) -> None:
    where = Where(1, HERE, token=link(town, finished(town)))
    said: list[str] = []

    def rate(score: int) -> None:
        try:
            town.run(ratings.RATE, None, Rate(where, score))
            said.append("taken")
        except Refused as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=rate, args=(score,)) for score in (5, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(said) == ["rating_done", "taken"]
    assert town.count(t.rating) == 1


def test_words_are_sealed_and_go_with_the_person(town: Any) -> None:
    case_id = finished(town)
    where = Where(1, HERE, token=link(town, case_id))
    town.run(ratings.RATE, None, Rate(where, 3, comment="种下的评语要保密"))
    stored = town.rows(select(t.rating))[0]
    applicant = town.one(select(t.case.c.applicant_id).where(t.case.c.id == case_id))

    with town.house.store.write() as writer:
        town.house.services.sealer.destroy(writer, 1, applicant, town.clock())
    said = town.run(ratings.OPEN, None, where).said

    assert "种下的评语".encode() not in stored["comment_sealed"]
    assert (said.score, said.comment) == (3, "")
