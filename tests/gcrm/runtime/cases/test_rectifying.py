"""Bad ratings that are true: put right, called back, answered; by nobody who was rated."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.runtime import rating_answers, rating_links, ratings
from gcrm.runtime.rating_answers import ANSWER, AnswerRating
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.rating_rectifying import (
    CALL,
    RECTIFY,
    TAKE,
    CallBack,
    RectifyRating,
    TakeRating,
)
from gcrm.runtime.rating_steps import after_call
from gcrm.runtime.ratings import Rate, Supplement
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

FOUND = "核实了，材料确实多要了一份"
MEASURES = "窗口的清单改好了，不再要那份材料"
ANSWERED = "清单已经改好，今后不再要那份材料"


def rated(town: Any, score: int = 1, named: bool = True) -> tuple[int, Where]:
    """Rate a case that nobody at the desk had a hand in; give the rating and its link."""
    case_id = town.submitted().case_id
    with town.house.store.write() as writer:
        writer.execute(
            update(t.case)
            .where(t.case.c.id == case_id)
            .values(state="completed", closed_at=town.clock())
        )
        token = rating_links.new_token()
        row = rating_links.link_row(1, case_id, token, 180, town.clock())
        writer.execute(insert(t.rating_link), row)
    where = Where(1, f"203.0.113.{case_id % 250}", token=token)
    town.run(ratings.RATE, None, Rate(where, score, tags=("slow",), named=named))
    return town.one(select(t.rating.c.id).where(t.rating.c.case_id == case_id)), where


def refused(town: Any, use_case: Any, actor: Any, ask: Any) -> str:
    with pytest.raises(Refused) as caught:
        town.run(use_case, actor, ask)
    caught.value.render("en", town.house.services.zone)
    return str(caught.value.code)


def status(town: Any, rating: int) -> str:
    return str(town.one(select(t.rating.c.status).where(t.rating.c.id == rating)))


def listed(town: Any, desk: Any, state: str = "todo") -> Any:
    with town.house.store.read() as reader:
        own = Accessor(reader, desk, keys_of(reader, desk))
        return rating_answers.list_ratings(
            town.house.services, own, town.clock(), status=state, page=0, locale="zh-CN"
        )


def test_a_bad_rating_that_is_true_is_put_right_called_back_and_answered(town: Any) -> None:
    rating, where = rated(town)
    desk = town.staff("songqing")

    early = refused(town, ANSWER, desk, AnswerRating(rating, "valid", ANSWERED))
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    again = refused(town, TAKE, desk, TakeRating(rating, FOUND))
    row = town.rows(select(t.rating))[0]
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))
    calling = town.run(ratings.OPEN, None, where).said.status
    too_soon = refused(town, ANSWER, desk, AnswerRating(rating, "", ANSWERED))
    town.run(CALL, desk, CallBack(rating, "satisfied"))
    town.run(ANSWER, desk, AnswerRating(rating, "", ANSWERED))
    said = town.run(ratings.OPEN, None, where).said

    assert (early, again, too_soon) == (
        "rating_rectify_first",
        "rating_moved_on",
        "rating_moved_on",
    )
    assert (row["handler_id"], row["counted"]) == (desk.party_id, True)
    assert row["rectify_due_at"].date() == dt.date(2026, 12, 15)  # 15 working days on
    assert calling == "calling"
    assert (said.status, said.answer) == ("answered", ANSWERED)
    with town.house.store.read() as reader:
        own = Accessor(reader, desk, keys_of(reader, desk))
        line, steps = rating_answers.read_rating(
            town.house.services, own, rating, "zh-CN", town.clock()
        )
    assert [(each.step, each.note) for each in steps] == [
        ("taken", FOUND),
        ("rectified", MEASURES),
        ("satisfied", ""),
        ("answered", ANSWERED),
    ]
    assert line.verdict == "valid"
    actions = town.rows(select(t.audit.c.action).where(t.audit.c.subject == f"rating:{rating}"))
    assert {each["action"] for each in actions} == {
        "rating_taken",
        "rating_rectified",
        "rating_called",
        "rating_answered",
    }


def test_whoever_is_not_satisfied_sends_it_back_once(town: Any) -> None:
    rating, _where = rated(town)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))

    without = refused(town, CALL, desk, CallBack(rating, "unsatisfied"))
    town.run(CALL, desk, CallBack(rating, "unsatisfied", "还是要我带那份材料"))
    back = status(town, rating)
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))
    town.run(CALL, desk, CallBack(rating, "unsatisfied", "还是不满意"))

    assert without == "rating_note_missing"
    assert (back, status(town, rating)) == ("rectifying", "answering")


def test_who_cannot_be_reached_is_called_three_times(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))

    states = []
    for _attempt in range(3):
        town.run(CALL, desk, CallBack(rating, "unreached"))
        states.append(status(town, rating))

    assert states == ["calling", "calling", "answering"]


@pytest.mark.parametrize(
    ("steps", "outcome", "then"),
    [
        (("taken", "rectified"), "satisfied", "answering"),
        (("taken", "rectified", "unreached"), "unreached", "calling"),
        (("taken", "rectified", "unreached"), "unsatisfied", "rectifying"),
        (
            ("taken", "rectified", "unreached", "unreached", "unsatisfied", "rectified"),
            "unreached",
            "calling",
        ),
        (("taken", "rectified", "unsatisfied", "rectified"), "unsatisfied", "answering"),
    ],
)
def test_what_follows_from_a_call(steps: tuple[str, ...], outcome: str, then: str) -> None:
    assert after_call(steps, outcome) == then


def test_nobody_calls_who_stays_anonymous(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town, named=False)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, FOUND))

    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))

    assert status(town, rating) == "answering"
    assert refused(town, CALL, desk, CallBack(rating, "satisfied")) == "rating_moved_on"


def test_what_is_not_true_is_answered_at_once(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town)

    town.run(ANSWER, town.staff("songqing"), AnswerRating(rating, "mistaken", ANSWERED))

    row = town.rows(select(t.rating))[0]
    assert (row["status"], row["counted"], row["handler_id"]) == ("answered", False, None)


def test_whoever_worked_on_the_case_may_do_none_of_the_steps(town: Any) -> None:
    rating, _where = rated(town)
    desk, other = town.staff("songqing"), town.staff("juzhang")
    with town.house.store.write() as writer:
        writer.execute(update(t.task).values(done_by=other.party_id))

    taken = refused(town, TAKE, other, TakeRating(rating, FOUND))
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    rectified = refused(town, RECTIFY, other, RectifyRating(rating, MEASURES))
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))
    called = refused(town, CALL, other, CallBack(rating, "satisfied"))

    assert {taken, rectified, called} == {"rating_own_case"}
    assert listed(town, other).total == 0


def test_an_addition_to_an_answered_rating_begins_anew(town: Any) -> None:
    rating, where = rated(town, named=False)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))
    town.run(ANSWER, desk, AnswerRating(rating, "", ANSWERED))
    town.clock.go(days=20)

    town.run(ratings.SUPPLEMENT, None, Supplement(where, "又要我带那份材料"))

    row = town.rows(select(t.rating))[0]
    assert (row["status"], row["handler_id"], row["rectify_due_at"]) == ("open", None, None)
    assert row["due_at"] > town.clock()
    town.run(TAKE, desk, TakeRating(rating, FOUND))
    assert status(town, rating) == "rectifying"


def test_an_addition_while_it_is_put_right_changes_nothing_else(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, where = rated(town)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, FOUND))

    town.run(ratings.SUPPLEMENT, None, Supplement(where, "补一句"))

    row = town.rows(select(t.rating))[0]
    assert (row["status"], row["handler_id"]) == ("rectifying", desk.party_id)


def test_overdue_ones_come_first_and_are_counted(town: Any) -> None:
    desk = town.staff("songqing")
    slow, _where = rated(town)
    town.run(TAKE, desk, TakeRating(slow, FOUND))
    done, _where = rated(town)
    town.run(ANSWER, desk, AnswerRating(done, "mistaken", ANSWERED))
    town.clock.go(days=22)
    fresh, _where = rated(town)

    todo, everything = listed(town, desk), listed(town, desk, "all")

    assert [(each.rating_id, each.lamp) for each in todo.lines] == [(slow, "late"), (fresh, "warn")]
    assert (todo.total, todo.late) == (2, 1)
    assert [each.rating_id for each in everything.lines] == [slow, fresh, done]
    assert [each.left for each in everything.lines] == [0, 1, None]
