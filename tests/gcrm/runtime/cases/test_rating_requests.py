"""More time, contests, additions and new calendars while a bad rating is put right."""

import datetime as dt
import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import insert, select, update

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.runtime import calendar_import, notice_box, rating_answers, rating_links, ratings
from gcrm.runtime.calendar_days import CHANGE_DAY, ChangeDay
from gcrm.runtime.jobs import Worker
from gcrm.runtime.rating_answers import ANSWER, AnswerRating
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.rating_contests import CONTEST, JUDGE, Contest, Judge, open_evidence
from gcrm.runtime.rating_rectifying import RECTIFY, TAKE, RectifyRating, TakeRating
from gcrm.runtime.rating_requests import (
    ASK_EXTENSION,
    DECIDE_EXTENSION,
    AskExtension,
    DecideExtension,
)
from gcrm.runtime.ratings import Rate, Supplement
from gcrm.runtime.refusals import Refused
from gcrm.runtime.staff_ending import SET_DISABLED, SetDisabled
from gcrm.store import tables as t

WHY = "要等部门统一改清单，来不及"
REASON = "看过了录音，说的不是这件事"


def picture() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    return content


def rated(town: Any, named: bool = True) -> tuple[int, Where]:
    case_id = town.submitted().case_id
    with town.house.store.write() as writer:
        done = update(t.case).where(t.case.c.id == case_id)
        writer.execute(done.values(state="completed", closed_at=town.clock()))
        token = rating_links.new_token()
        row = rating_links.link_row(1, case_id, token, 180, town.clock())
        writer.execute(insert(t.rating_link), row)
    where = Where(1, f"203.0.113.{case_id % 250}", token=token)
    town.run(ratings.RATE, None, Rate(where, 1, tags=("slow",), named=named))
    return town.one(select(t.rating.c.id).where(t.rating.c.case_id == case_id)), where


def refused(town: Any, use_case: Any, actor: Any, ask: Any) -> str:
    with pytest.raises(Refused) as caught:
        town.run(use_case, actor, ask)
    caught.value.render("en", town.house.services.zone)
    return str(caught.value.code)


def row_of(town: Any, rating: int) -> Any:
    return town.rows(select(t.rating).where(t.rating.c.id == rating))[0]


def messages(town: Any, actor: Any) -> list[str]:
    worker = Worker(town.house)
    worker.turn()
    assert not worker.failures
    with town.house.store.read() as reader:
        own = Accessor(reader, actor, keys_of(reader, actor))
        found = notice_box.list_notices(reader, town.house.services, own)
    return [each.text for each in found if each.rating_id is not None]


def steps(town: Any, actor: Any, rating: int) -> tuple[Any, list[tuple[str, str]]]:
    with town.house.store.read() as reader:
        own = Accessor(reader, actor, keys_of(reader, actor))
        line, found = rating_answers.read_rating(
            town.house.services, own, rating, "zh-CN", town.clock()
        )
    return line, [(each.step, each.note) for each in found]


def contest(rating: int, **other: Any) -> Contest:
    given = {"ground": "malicious", "reason": WHY, "name": "录音.png", "stream": picture()}
    return Contest(rating, **{**given, **other})


def test_more_time_is_asked_once_and_given_by_somebody_else(town: Any) -> None:
    rating, where = rated(town)
    desk, head = town.staff("songqing"), town.staff("juzhang")
    town.run(TAKE, desk, TakeRating(rating, WHY))
    before = row_of(town, rating)["rectify_due_at"]

    too_long = refused(town, ASK_EXTENSION, desk, AskExtension(rating, 11, WHY))
    other = refused(town, ASK_EXTENSION, head, AskExtension(rating, 5, WHY))
    early = refused(town, DECIDE_EXTENSION, head, DecideExtension(rating, True, WHY))
    town.run(ASK_EXTENSION, desk, AskExtension(rating, 5, WHY))
    again = refused(town, ASK_EXTENSION, desk, AskExtension(rating, 5, WHY))
    own = refused(town, DECIDE_EXTENSION, desk, DecideExtension(rating, True, WHY))
    told = messages(town, head)
    town.run(DECIDE_EXTENSION, head, DecideExtension(rating, True, REASON))
    said = town.run(ratings.OPEN, None, where).said

    assert (too_long, other, early) == (
        "rating_extend_days",
        "rating_not_handler",
        "rating_not_asked",
    )
    assert (again, own) == ("rating_extend_twice", "rating_four_eyes")
    assert "延期" in told[0]
    after = row_of(town, rating)
    assert (before.date(), after["rectify_due_at"].date()) == (
        dt.date(2026, 12, 15),
        dt.date(2026, 12, 22),
    )
    assert (said.extended, said.rectify_due_at) == (True, after["rectify_due_at"])
    assert "同意" in messages(town, desk)[0]
    assert steps(town, desk, rating)[1][1:] == [("extend_asked", WHY), ("extend_granted", REASON)]
    actions = {row["action"] for row in town.rows(select(t.audit.c.action))}
    assert actions >= {"rating_extension_asked", "rating_extension_decided"}


def test_a_refusal_leaves_the_term_and_after_it_nobody_asks(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town)
    late, _where = rated(town)
    desk, head = town.staff("songqing"), town.staff("juzhang")
    for each in (rating, late):
        town.run(TAKE, desk, TakeRating(each, WHY))
    before = row_of(town, rating)["rectify_due_at"]
    town.run(ASK_EXTENSION, desk, AskExtension(rating, 10, WHY))

    nothing = refused(town, DECIDE_EXTENSION, head, DecideExtension(rating, None, REASON))
    town.run(DECIDE_EXTENSION, head, DecideExtension(rating, False, REASON))
    town.clock.go(days=30)

    assert nothing == "rating_decision_missing"
    assert row_of(town, rating)["rectify_due_at"] == before
    assert refused(town, ASK_EXTENSION, desk, AskExtension(late, 5, WHY)) == "rating_extend_late"


def test_what_is_contested_with_success_stays_but_does_not_count(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, where = rated(town, named=False)
    head, judge = town.staff("juzhang"), town.staff("songqing")

    bare = refused(town, CONTEST, head, contest(rating, stream=None))
    no_ground = refused(town, CONTEST, head, contest(rating, ground="angry"))
    town.run(CONTEST, head, contest(rating))
    waits = refused(town, TAKE, judge, TakeRating(rating, WHY))
    own = refused(town, JUDGE, head, Judge(rating, True, REASON))
    told = messages(town, judge)
    with town.house.store.read() as reader:
        file = open_evidence(reader, town.house.services, judge, rating)
    town.run(JUDGE, judge, Judge(rating, True, REASON))
    said = town.run(ratings.OPEN, None, where).said

    assert (bare, no_ground, waits) == (
        "rating_contest_file",
        "rating_contest_ground",
        "rating_contested",
    )
    assert own == "not_found"  # the head has no right to judge
    assert any("申诉" in text for text in told)
    assert (file.name, file.media_type) == ("录音.png", "image/png")
    row = row_of(town, rating)
    assert (row["status"], row["verdict"], row["counted"]) == ("answered", "malicious", False)
    assert (said.verdict, said.answer) == ("malicious", REASON)
    assert "申诉成立" in messages(town, head)[0]
    assert steps(town, judge, rating)[1] == [("contested", WHY), ("contest_upheld", REASON)]


def test_what_is_contested_in_vain_goes_on_and_is_not_contested_twice(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town)
    late, _where = rated(town)
    head, judge = town.staff("juzhang"), town.staff("songqing")
    town.run(CONTEST, head, contest(rating, ground="mistaken"))

    town.clock.go(days=5)
    lamp = steps(town, judge, rating)[0].lamp
    town.run(JUDGE, judge, Judge(rating, False, REASON))
    due = row_of(town, rating)["due_at"]
    again = refused(town, CONTEST, head, contest(rating))
    town.run(TAKE, judge, TakeRating(rating, WHY))
    town.clock.go(days=9)

    assert (again, lamp) == ("rating_contest_twice", "")
    assert due > town.clock() - dt.timedelta(days=9)  # a working day after the decision
    assert row_of(town, rating)["status"] == "rectifying"
    assert row_of(town, rating)["counted"]
    assert refused(town, CONTEST, head, contest(late)) == "rating_contest_late"


@pytest.mark.parametrize("named", [True, False])
def test_only_who_gave_a_name_gets_a_message_that_it_does_not_count(
    sqlite_town: Any, named: bool
) -> None:
    town = sqlite_town
    rating, _where = rated(town, named)
    chen = town.rows(select(t.case.c.applicant_id))[0]["applicant_id"]
    town.run(CONTEST, town.staff("juzhang"), contest(rating))
    messages(town, town.staff("songqing"))
    before = len(town.rows(select(t.notice.c.id).where(t.notice.c.party_id == chen)))

    town.run(JUDGE, town.staff("songqing"), Judge(rating, True, REASON))
    messages(town, town.staff("songqing"))

    after = len(town.rows(select(t.notice.c.id).where(t.notice.c.party_id == chen)))
    assert after - before == int(named)


def test_putting_right_goes_on_while_it_is_contested_but_no_answer_is_given(
    sqlite_town: Any,
) -> None:
    town = sqlite_town
    rating, _where = rated(town, named=False)
    desk, head = town.staff("songqing"), town.staff("juzhang")
    town.run(TAKE, desk, TakeRating(rating, WHY))
    town.run(CONTEST, head, contest(rating))

    town.run(RECTIFY, desk, RectifyRating(rating, WHY))
    answered = refused(town, ANSWER, desk, AnswerRating(rating, "", REASON))
    by_handler = refused(town, JUDGE, desk, Judge(rating, True, REASON))

    assert row_of(town, rating)["status"] == "answering"
    assert (answered, by_handler) == ("rating_contested", "rating_four_eyes")


def test_who_contests_a_rating_does_not_decide_about_it(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, _where = rated(town)
    judge = town.staff("songqing")
    town.run(CONTEST, judge, contest(rating))

    assert refused(town, JUDGE, judge, Judge(rating, True, REASON)) == "rating_four_eyes"


def test_an_addition_is_told_to_who_puts_it_right_and_marked_as_new(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, where = rated(town)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, WHY))
    before = steps(town, desk, rating)[0].is_new
    town.clock.go(hours=1)

    town.run(ratings.SUPPLEMENT, None, Supplement(where, "昨天又去了1次"))

    assert "又补充了内容" in messages(town, desk)[0]
    line = steps(town, desk, rating)[0]
    assert (before, line.is_new, line.supplement) == (False, True, "昨天又去了1次")


def test_an_addition_reaches_the_others_where_who_was_at_work_has_left(sqlite_town: Any) -> None:
    town = sqlite_town
    rating, where = rated(town)
    desk = town.staff("songqing")
    town.run(TAKE, desk, TakeRating(rating, WHY))
    town.run(SET_DISABLED, town.staff("sysadmin"), SetDisabled(desk.account_id, True))

    town.run(ratings.SUPPLEMENT, None, Supplement(where, "昨天又去了1次"))

    assert any("又补充了内容" in text for text in messages(town, town.staff("gaoyuan")))


def test_a_new_calendar_moves_the_terms_of_ratings(town: Any) -> None:
    town.clock.go(days=28)  # 22 December: the term ends in a year that nobody announced yet
    rating, _where = rated(town)
    desk, admin = town.staff("songqing"), town.staff("sysadmin")
    town.run(TAKE, desk, TakeRating(rating, WHY))
    town.run(ASK_EXTENSION, desk, AskExtension(rating, 2, WHY))
    town.run(DECIDE_EXTENSION, town.staff("juzhang"), DecideExtension(rating, True, REASON))
    before = row_of(town, rating)["rectify_due_at"].date()
    off = [f"2027-01-{day:02d}" for day in (1, 4, 5)] + [
        f"2027-10-{day:02d}" for day in range(1, 10)
    ]

    notice = "\n".join(f"{day},放假,节日" for day in off).encode()
    town.run(calendar_import.IMPORT, admin, calendar_import.Import(notice, "放假安排"))
    imported = row_of(town, rating)["rectify_due_at"].date()
    town.run(CHANGE_DAY, admin, ChangeDay(dt.date(2027, 1, 6), False, "大雪", "市政府通知"))
    changed = row_of(town, rating)["rectify_due_at"].date()

    assert (before, imported, changed) == (
        dt.date(2027, 1, 15),
        dt.date(2027, 1, 19),
        dt.date(2027, 1, 20),
    )
    town.run(ANSWER, desk, AnswerRating(rated(town)[0], "mistaken", REASON))
