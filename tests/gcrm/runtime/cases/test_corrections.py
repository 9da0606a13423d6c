"""Corrections: one list, clocks at rest, the same step goes on with the new answers."""

import datetime as dt
import io

import pytest
from PIL import Image
from sqlalchemy import select

from gcrm.runtime import act, corrections, withdraw
from gcrm.runtime.case_view import read_case
from gcrm.runtime.correction_answer import ANSWER_CORRECTION, AnswerCorrection
from gcrm.runtime.correction_ask import ASK_CORRECTION, AskCorrection, Asked
from gcrm.runtime.correction_draft import (
    SAVE_CORRECTION,
    UPLOAD_TO_CORRECTION,
    SaveCorrection,
    UploadToCorrection,
)
from gcrm.runtime.correction_page import open_correction
from gcrm.runtime.jobs import Worker
from gcrm.runtime.refusals import Refused
from gcrm.store import selfcheck
from gcrm.store import tables as t

PHONE = Asked("elder_phone", phrase="unreachable", place="elder_phone")
REGISTER = Asked(None, "还差户口本首页", "请拍照上传", label="户口本首页照片", place="free_1")


def ask(town, case_id, *items, login="hefang", **more):
    asked = AskCorrection(town.task(case_id), items or (PHONE, REGISTER), **more)
    return town.run(ASK_CORRECTION, town.staff(login), asked)


def page(town, case_id, locale="zh-CN"):
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.chen)
        return open_correction(
            reader, town.house.services, accessor, case_id, town.clock(), locale=locale
        )


def picture(town, case_id, field):
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(content, "PNG")
    content.seek(0)
    upload = UploadToCorrection(case_id, field, "户口本.png", content)
    return town.run(UPLOAD_TO_CORRECTION, town.chen, upload)


def save(town, case_id, **raw):
    rev = page(town, case_id).correction.draft_rev
    asked = SaveCorrection(case_id, {name: [text] for name, text in raw.items()}, rev)
    return town.run(SAVE_CORRECTION, town.chen, asked)


def hand_in(town, case_id, insist=False):
    found = page(town, case_id).correction
    asked = AnswerCorrection(case_id, found.key, found.draft_rev, insist)
    return town.run(ANSWER_CORRECTION, town.chen, asked)


def mended(town, case_id, phone="19900000002"):
    """Do all that the list of PHONE and REGISTER asks for."""
    file = picture(town, case_id, "reply_i2_files")
    return save(town, case_id, elder_phone=phone, reply_i2_files=file.id)


def state(town, case_id):
    return town.one(select(t.case.c.state).where(t.case.c.id == case_id))


def clocks(town, case_id):
    return town.rows(select(t.clock).where(t.clock.c.case_id == case_id))


def healthy(town):
    with town.house.store.read() as reader:
        return list(selfcheck.check(reader))


def test_all_clocks_rest_and_the_list_is_seen_at_once(town):
    case_id = town.submitted().case_id

    ask(town, case_id)

    found = page(town, case_id)
    assert state(town, case_id) == "correcting"
    assert {row["status"] for row in clocks(town, case_id)} == {"suspended"}
    assert [(item.label, item.fix) for item in found.items] == [
        ("联系电话", "请填一个能接通的手机号，家人的也可以。"),
        ("户口本首页照片", "请拍照上传"),
    ]
    assert found.correction.due_at.date() == dt.date(2026, 12, 9)
    assert page(town, case_id, "en").items[0].what == "Nobody can be reached under this number."
    assert healthy(town) == []


def test_only_what_was_asked_for_can_be_changed(town):
    case_id = town.submitted().case_id
    ask(town, case_id)

    town.clock.go(hours=1)
    mended(town, case_id)
    save(town, case_id, elder_phone="19900000002", elder_name="别人", bank="1")

    found = page(town, case_id)
    assert found.values["elder_phone"] == "19900000002"
    assert found.values["elder_name"].startswith("测试老人")
    assert found.context.right("elder_name") == "read"


def test_the_same_step_goes_on_and_every_end_moves_by_the_pause(town):
    case_id = town.submitted().case_id
    task = town.task(case_id)
    before = {row["id"]: row["due_at"] for row in clocks(town, case_id)}
    ask(town, case_id)
    town.clock.go(days=2)
    mended(town, case_id)

    done = hand_in(town, case_id)

    assert done.submission_id is not None
    assert (state(town, case_id), town.task(case_id)) == ("in_review", task)
    after = clocks(town, case_id)
    assert {row["status"] for row in after} == {"running"}
    assert all(row["due_at"] > before[row["id"]] for row in after)
    due = town.one(select(t.task.c.due_at).where(t.task.c.id == task))
    assert due == next(row["due_at"] for row in after if row["task_id"] == task)
    rounds = town.rows(select(t.submission.c.round).where(t.submission.c.case_id == case_id))
    assert sorted(row["round"] for row in rounds) == [1, 2]
    file = town.rows(select(t.attachment).where(t.attachment.c.field_id == "reply_i2_files"))
    assert [row["case_id"] for row in file] == [case_id]
    assert {row["status"] for row in town.rows(select(t.timer))} == {"cancelled"}
    assert healthy(town) == []


def test_handed_in_twice_is_handed_in_once(town):
    case_id = town.submitted().case_id
    ask(town, case_id)
    mended(town, case_id)
    found = page(town, case_id).correction
    asked = AnswerCorrection(case_id, found.key, found.draft_rev)

    first = town.run(ANSWER_CORRECTION, town.chen, asked)
    again = town.run(ANSWER_CORRECTION, town.chen, asked)

    assert first == again
    assert len(town.rows(select(t.submission).where(t.submission.c.case_id == case_id))) == 2
    with pytest.raises(Refused) as other:
        town.run(ANSWER_CORRECTION, town.chen, AnswerCorrection(case_id, found.key, 9, insist=True))
    assert other.value.code == "key_reused"


def test_what_was_left_as_it_was_is_said_until_somebody_explains(sqlite_town):
    town = sqlite_town
    case_id = town.submitted().case_id
    ask(town, case_id, PHONE)

    unchanged = save(town, case_id, elder_phone="19900000001")
    refused = hand_in(town, case_id)
    explained = save(
        town, case_id, elder_phone="19900000001", reply_i1_note="这个号码没有错，上午没有接到"
    )

    assert [error.code for error in unchanged.errors] == ["correction_unchanged"]
    assert [error.field_id for error in refused.errors] == ["elder_phone"]
    assert explained.errors == ()
    assert hand_in(town, case_id).submission_id is not None


def test_rules_run_again_on_the_corrected_answers(sqlite_town):
    town = sqlite_town
    case_id = town.submitted().case_id
    ask(town, case_id, Asked("hukou_region", phrase="differs"))
    saved = save(town, case_id, hukou_region="990202001001")

    unfit = hand_in(town, case_id)
    insisted = hand_in(town, case_id, insist=True)

    assert saved.errors == ()
    assert unfit.precheck is not None
    assert not unfit.precheck.passed
    assert insisted.submission_id is not None
    with town.house.store.read() as reader:
        accessor = town.accessor(reader, town.staff("hefang"))
        seen = read_case(reader, town.house.services, accessor, case_id, town.clock(), locale="zh")
    assert seen.precheck is not None
    assert not seen.precheck.passed


def test_another_address_brings_the_task_to_its_office(town):
    case_id = town.submitted().case_id
    ask(town, case_id, Asked("live_addr", phrase="not_found"))
    raw = {"live_addr-region": "990102002001", "live_addr-detail": "2号楼"}
    save(town, case_id, **raw)

    hand_in(town, case_id)

    row = town.rows(select(t.case).where(t.case.c.id == case_id))[0]
    assert row["region_code"] == "990102002001"
    done = act.Act(town.task(case_id), "pass", "属实", town.visit())
    assert town.run(act.ACT, town.staff("xiaoman"), done).state == "in_review"
    assert healthy(town) == []


def test_the_list_needs_words_a_day_and_fields_that_may_be_mended(sqlite_town):
    town = sqlite_town
    case_id = town.submitted().case_id
    late = dt.date(2027, 3, 1)

    empty = town.run(ASK_CORRECTION, town.staff("hefang"), AskCorrection(town.task(case_id), ()))
    wrong = ask(
        town,
        case_id,
        Asked("elder_name", place="elder_name"),
        Asked("elder_id", "不对", "请改", place="elder_id"),
        Asked("bank", "不对", "请改", place="bank"),
        Asked(None, "还差", "请交", place="free_1"),
        due=late,
    )

    assert [flaw.code for flaw in empty.flaws] == ["correction_empty"]
    assert [(flaw.place, flaw.code) for flaw in wrong.flaws] == [
        ("elder_name-what", "correction_what"),
        ("elder_name-fix", "correction_fix"),
        ("items", "correction_field"),
        ("items", "correction_field"),
        ("free_1-label", "correction_label"),
        ("due", "correction_due"),
    ]
    assert state(town, case_id) == "in_review"


def test_once_more_needs_a_reason_and_raises_an_alarm(town):
    case_id = town.submitted().case_id
    ask(town, case_id, PHONE)
    save(town, case_id, elder_phone="19900000002")
    hand_in(town, case_id)

    without = ask(town, case_id, PHONE)
    ask(town, case_id, PHONE, reason="新号码打过去是空号，要再核对一次")

    assert [flaw.code for flaw in without.flaws] == ["correction_again"]
    alarms = town.rows(select(t.incident).where(t.incident.c.case_id == case_id))
    assert [(row["code"], row["data"]["round"]) for row in alarms] == [("second_correction", 2)]
    assert page(town, case_id).correction.round == 2
    assert healthy(town) == []


def test_nobody_acts_while_the_applicant_corrects(sqlite_town):
    town = sqlite_town
    case_id = town.submitted().case_id
    ask(town, case_id)

    with pytest.raises(Refused) as acting:
        town.run(
            act.ACT,
            town.staff("hefang"),
            act.Act(town.task(case_id), "pass", "属实", town.visit()),
        )
    with pytest.raises(Refused) as asking:
        ask(town, case_id)

    assert (acting.value.code, asking.value.code) == ("case_correcting", "case_correcting")


def test_who_never_answers_is_reminded_and_then_the_case_ends(town):
    case_id = town.submitted().case_id
    ask(town, case_id)
    worker = Worker(town.house)
    town.clock.go(days=12)
    worker.fire()
    reminded = state(town, case_id)

    town.clock.go(days=5)
    worker.fire()

    events = town.rows(
        select(t.event.c.type).where(t.event.c.case_id == case_id).order_by(t.event.c.seq)
    )
    assert reminded == "correcting"
    assert [row["type"] for row in events][-2:] == ["reminded", "terminated"]
    assert state(town, case_id) == "terminated"
    assert town.one(select(t.correction.c.status)) == corrections.EXPIRED
    assert page(town, case_id) is None
    assert healthy(town) == []


def test_an_application_can_be_withdrawn_while_it_is_corrected(town):
    case_id = town.submitted().case_id
    ask(town, case_id)
    picture(town, case_id, "reply_i2_files")

    town.run(withdraw.WITHDRAW, town.chen, withdraw.Withdraw(case_id))
    Worker(town.house).keep_up()

    assert state(town, case_id) == "withdrawn"
    assert town.one(select(t.correction.c.status)) == corrections.CANCELLED
    left = town.rows(select(t.attachment).where(t.attachment.c.field_id == "reply_i2_files"))
    assert left == []
    assert healthy(town) == []
