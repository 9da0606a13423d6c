"""A value planted in every sensitive field is found nowhere in clear."""

import io
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from gcrm.runtime import act, attachments, jobs, rating_links, ratings, reaching, submit
from gcrm.runtime.correction_answer import ANSWER_CORRECTION, AnswerCorrection
from gcrm.runtime.correction_ask import ASK_CORRECTION, AskCorrection, Asked
from gcrm.runtime.correction_draft import SAVE_CORRECTION, SaveCorrection
from gcrm.runtime.grounds import Grounds
from gcrm.runtime.publicity_end import OBJECT, Object
from gcrm.runtime.rating_answers import ANSWER, AnswerRating
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.rating_contests import CONTEST, JUDGE, Contest, Judge
from gcrm.runtime.rating_rectifying import RECTIFY, TAKE, RectifyRating, TakeRating
from gcrm.runtime.rating_requests import (
    ASK_EXTENSION,
    DECIDE_EXTENSION,
    AskExtension,
    DecideExtension,
)
from gcrm.runtime.staff_changes import EDIT, Edit
from gcrm.store import tables as t
from gcrm.store.masks import mask

PHONE = "19955512345"
BANK = "6222021234567890128"
DETAIL = "种植街七号院三单元"
OPINION = "意见里写了种下的话要保密"
NOTE = "看到的情况也是种下的"
FILE = "种下的文件名"
WRONG = "哪里不对也是种下的"
WHY = "说明里种下的话"
LABEL = "种下的材料名称"
RATED = "评语里种下的话"
ADDED = "补充里种下的话"
ANSWERED = "答复里种下的话也要保密"
FOUND_TRUE = "核实里种下的话也要保密"
MEASURES = "整改里种下的话也要保密"
CONTESTED = "申诉里种下的话也要保密"
EVIDENCE = "种下的证据名"
JUDGED = "裁定里种下的话也要保密"
EXTENDED = "延期里种下的话也要保密"
GRANTED = "同意延期时种下的话要保密"
MAIL = "planted.address@mail.example"
PICTURE = "planted-in-the-picture"
OBJECTED = "异议里写了种下的话要保密"
STAFF_PHONE = "19955598765"
STAFF_MAIL = "planted.clerk@mail.example"


def test_planted_values_are_found_nowhere_in_clear(
    town: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    elder = town.new_elder(born=1936)
    chen = town.chen
    ask = town.fill(chen, elder, elder_phone=PHONE, bank=BANK, **{"live_addr-detail": DETAIL})
    upload = attachments.Upload(ask.draft_id, "alive_photo", f"{FILE}.png", picture())
    town.run(attachments.UPLOAD, chen, upload)
    in_draft = everything(town)
    done = town.run(submit.SUBMIT, chen, ask)
    raw = {**town.visit(), "visit_note": [NOTE]}
    first = act.Act(town.task(done.case_id), "pass", OPINION, raw)
    town.run(act.ACT, town.staff("hefang"), first)
    correct(town, done.case_id)
    on_paper = town.new_elder(born=1930)
    town.decide(town.submitted(elder=on_paper).case_id, opinion=OPINION)
    told = "核对过了，现在还不能办"  # stands in the message that the applicant gets
    refusing = act.Act(
        town.task(done.case_id), "refuse", told, grounds=Grounds("condition:age", WRONG, WHY)
    )
    assert town.run(act.ACT, town.staff("linyu"), refusing).state == "refused"
    secrets = confirm_mail(town) + rate(town)
    object_to(town)
    reach_staff(town)
    worker = jobs.Worker(town.house)
    for _ in range(4):
        worker.turn()
    assert town.count(t.certificate) == 3  # a grant, and two refusals
    town.clock.go(days=6)
    for _ in range(4):
        worker.turn()
    assert town.connectors.sms.messages(STAFF_PHONE)  # of the objection that waits too long

    places = everything(town)
    places["logs"] = caplog.text.encode("utf-8")
    planted = [elder[1], on_paper[1], PHONE, BANK, OPINION, FILE, PICTURE, WRONG, WHY]
    planted += [RATED, ADDED, ANSWERED, FOUND_TRUE, MEASURES, MAIL, *secrets]
    planted += [CONTESTED, EVIDENCE, JUDGED, EXTENDED, GRANTED]
    planted += [OBJECTED, STAFF_PHONE, STAFF_MAIL]
    for name, value in sealed_answers(town).items():
        if name != "elder_name":
            planted.append(value)

    for where, content in (*places.items(), *in_draft.items()):
        for value in planted:
            for form in (value.encode("utf-8"), value.encode("unicode_escape")):
                assert form not in content, f"{value} stands in clear in {where}"
        assert LABEL.encode() not in content  # told to its applicant, kept nowhere in clear
    texts = [message.text for message in town.connectors.sms.messages()]
    assert not any(value in text for text in texts for value in planted)
    assert town.connectors.sms.messages(PHONE)
    masks = {row["to_mask"] for row in town.rows(select(t.notice))}
    staff = {mask("phone", STAFF_PHONE), mask("mail", STAFF_MAIL)}
    assert masks == {"", mask("phone", PHONE), "199****0001", mask("mail", MAIL), *staff}


def correct(town: Any, case_id: int) -> None:
    """Let the street ask for a correction, and let the applicant answer half of it and all."""
    items = (Asked("elder_phone", WRONG, WRONG), Asked(None, WRONG, WRONG, label=LABEL))
    asked = AskCorrection(town.task(case_id), items)
    town.run(ASK_CORRECTION, town.staff("linyu"), asked)
    raw = {"elder_phone": [PHONE], "reply_i1_note": [WHY], "reply_i2_note": [WHY]}
    town.run(SAVE_CORRECTION, town.chen, SaveCorrection(case_id, raw, 0))
    key = town.one(select(t.correction.c.key))
    kept = town.one(select(t.correction.c.draft_sealed))
    assert WHY.encode() not in kept
    done = town.run(ANSWER_CORRECTION, town.chen, AnswerCorrection(case_id, key, 1))
    assert done.submission_id is not None, done


def confirm_mail(town: Any) -> list[str]:
    """Let 陈静 confirm an address; give what must stand nowhere: the code."""
    town.run(reaching.ASK_MAIL_CODE, town.chen, reaching.AskMailCode(MAIL))
    code = re.search(r"\d{6}", town.connectors.mail.mails()[0].text)
    assert code
    town.run(reaching.CONFIRM_MAIL, town.chen, reaching.ConfirmMail(code[0]))
    return []  # six digits are found in any number; their hash is looked at in its own test


def rate(town: Any) -> list[str]:
    """Let somebody rate a refused case by link, add to it and be answered; give the token."""
    case_id = town.submitted().case_id
    why = Grounds("condition:age", WRONG, WHY)
    no = act.Act(
        town.task(case_id), "refuse", "核实以后情况不符，不能办理", town.visit(), grounds=why
    )
    town.run(act.ACT, town.staff("hefang"), no)
    token = rating_links.new_token()
    with town.house.store.write() as writer:
        row = rating_links.link_row(1, case_id, token, 180, town.clock())
        writer.execute(sa.insert(t.rating_link), row)
    where = Where(1, "203.0.113.7", token=token)
    town.run(ratings.RATE, None, ratings.Rate(where, 1, tags=("slow",), comment=RATED))
    town.run(ratings.SUPPLEMENT, None, ratings.Supplement(where, ADDED))
    rating, desk = town.one(select(t.rating.c.id)), town.staff("songqing")
    evidence = Contest(rating, "mistaken", CONTESTED, f"{EVIDENCE}.png", picture())
    town.run(CONTEST, town.staff("juzhang"), evidence)
    town.run(JUDGE, desk, Judge(rating, False, JUDGED))
    town.run(TAKE, desk, TakeRating(rating, FOUND_TRUE))
    town.run(ASK_EXTENSION, desk, AskExtension(rating, 3, EXTENDED))
    town.run(DECIDE_EXTENSION, town.staff("juzhang"), DecideExtension(rating, True, GRANTED))
    town.run(RECTIFY, desk, RectifyRating(rating, MEASURES))
    town.run(ANSWER, desk, AnswerRating(rating, "", ANSWERED))
    return [token]


def object_to(town: Any) -> None:
    """Let 陈静 object to a result that is public; the street then looks at it again."""
    case_id = town.submitted().case_id
    for login, role, raw in (
        ("hefang", None, town.visit()), ("linyu", None, {}),
        ("machao", "mz_a", {}), ("zhaolei", "mz_b", {}),
    ):  # fmt: skip
        town.run(act.ACT, town.staff(login), act.Act(town.task(case_id, role), "pass", "同意", raw))
    public = town.one(
        select(t.publicity.c.id).where(
            t.publicity.c.case_id == case_id, t.publicity.c.status == "open"
        )
    )
    assert town.run(OBJECT, town.chen, Object(public, OBJECTED)).lacking == ()
    assert town.count(t.objection) == 1


def reach_staff(town: Any) -> None:
    """Enter how the member of staff is reached who will be told of what is late."""
    account = town.rows(select(t.account).where(t.account.c.login == "linyu"))[0]
    edit = Edit(account["id"], account["rev"], "林雨", STAFF_PHONE, STAFF_MAIL)
    town.run(EDIT, town.staff("sysadmin"), edit)


def sealed_answers(town: Any) -> dict[str, str]:
    """List every sealed text answer of the form, as it was planted."""
    with town.house.store.read() as reader:
        app = town.house.services.apps.current(reader, 1, "elder_allowance")
    form = app.forms["main"]
    given = {"elder_phone": PHONE, "bank": BANK, "live_addr": DETAIL}
    return {name: given[name] for name in form.sealed if name in given}


def everything(town: Any) -> dict[str, bytes]:
    """Give all bytes that lie anywhere: each table, the database's files, the folder."""
    store = town.house.store
    found: dict[str, bytes] = {}
    with store.read() as reader:
        names = sa.inspect(reader).get_table_names()
        for name in names:
            rows = reader.execute(sa.text(f'SELECT * FROM "{name}"')).all()  # noqa: S608
            found[name] = b"\n".join(plain(value) for row in rows for value in row)
    if store.file is not None:
        for path in store.file.parent.glob(f"{store.file.name}*"):
            found[path.name] = path.read_bytes()
    for path in Path(town.folder).rglob("*"):
        if path.is_file():
            found[str(path.relative_to(town.folder))] = path.read_bytes()
    return found


def plain(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode("utf-8")


def picture() -> io.BytesIO:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", PICTURE)
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG", pnginfo=notes)
    content.seek(0)
    return content
