"""Papers on pages: downloaded by those who may, verified by anybody, revoked with a reason."""

import io
from typing import Any

import pypdf
import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from gcrm.runtime import jobs
from gcrm.store import tables as t

VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}
REASON = "核查发现老人户籍已经迁出本市。"
OPINION = "上门看过，也和派出所核对过，就这样决定。"
RULE = "《高龄津贴发放办法》第八条"


def decided(city: Any, citizen: Any, newcomer: Any, last: str = "pass") -> str:
    """Bring an application to its decision and let the worker print; give the case's number."""
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    case_id = str(rows(city, t.case)[0]["id"])
    for login, verb, answers in (
        ("hefang", "pass", VISIT),
        ("linyu", "pass", {}),
        ("machao", last, {}),
        ("zhaolei", last, {}),
    ):
        clerk = newcomer(city).work_as(login).get(f"/staff/cases/{case_id}")
        if not clerk.hidden("task"):
            continue  # one refused, so it is over
        clerk.post(
            f"/staff/cases/{case_id}/act",
            task=clerk.hidden("task"),
            verb=verb,
            opinion=OPINION,
            refusal_rule="basis:basis_plan",
            refusal_change="户籍迁回来以后可以再申请",
            refusal_elsewhere="请向现在住的地方的民政部门申请",
            **answers,
        )
    worker = jobs.Worker(city.house)
    city.clock.pass_by(days=7)  # the result was public long enough, and nobody objected
    for _ in range(6):
        worker.turn()
    assert not worker.failures
    citizen.log_in("19900000001")
    return case_id


def rows(city: Any, table: Any) -> Any:
    with city.house.store.read() as reader:
        return reader.execute(select(table)).mappings().all()


def paper(city: Any) -> Any:
    (row,) = rows(city, t.certificate)
    return row


def test_a_certificate_is_downloaded_verified_and_revoked(
    city: Any, citizen: Any, newcomer: Any
) -> None:
    case_id = decided(city, citizen, newcomer)
    row = paper(city)
    link = f"/papers/{row['id']}"

    assert "通过了" in citizen.get(f"/me/cases/{case_id}").text
    assert link in citizen.body
    pdf = citizen.get(link).answer
    stranger = newcomer(city)
    shown = stranger.get(f"/verify/{row['code']}")

    assert pdf.mimetype == "application/pdf"
    assert pypdf.PdfReader(io.BytesIO(pdf.data)).pages
    assert pdf.headers["Content-Disposition"].startswith("attachment")
    assert "%E9%AB%98%E9%BE%84%E6%B4%A5%E8%B4%B4" in pdf.headers["Content-Disposition"]  # 高龄津贴
    assert pdf.headers["X-Content-Type-Options"] == "nosniff"
    assert pdf.headers["Cache-Control"] == "no-store"
    for words in ("这张证有效", row["number"], "李**", "民政局", "长期"):
        assert words in shown.text
    assert "李秀英" not in shown.body
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert shown.headers["Referrer-Policy"] == "no-referrer"

    head = newcomer(city).work_as("juzhang").get(f"/staff/cases/{case_id}")
    assert "撤销证照" in head.text
    short = head.get(f"/staff/cases/{case_id}/revoke").post(
        f"/staff/cases/{case_id}/revoke", reason="不行", rule=RULE
    )
    assert short.status == 422
    assert "至少10个字" in short.text
    assert RULE in short.body
    gone = short.post(f"/staff/cases/{case_id}/revoke", reason=REASON, rule=RULE)

    assert "已撤销" in gone.text
    assert REASON in gone.text
    assert "这张证已经撤销" in stranger.get(f"/verify/{row['code']}").text
    assert REASON not in stranger.text
    assert REASON in citizen.get(f"/me/cases/{case_id}").text
    assert "原来的决定已撤销" in citizen.text
    checks = [(each["way"], each["result"]) for each in rows(city, t.certificate_check)]
    assert checks == [("link", "valid"), ("link", "revoked")]
    actions = {each["action"] for each in rows(city, t.audit)}
    assert {"case.issuing", "case.completed", "case.revoke"} <= actions
    again = head.post(f"/staff/cases/{case_id}/revoke", reason=REASON, rule=RULE)
    assert again.status == 409
    assert "不能撤销" in again.text


def test_who_may_not_read_a_paper_sees_none_and_staff_leave_a_trace(
    city: Any, citizen: Any, newcomer: Any
) -> None:
    case_id = decided(city, citizen, newcomer)
    link = f"/papers/{paper(city)['id']}"

    other = newcomer(city).log_in("19900000002")
    assert other.get(link).status == 404
    assert newcomer(city).get(link).status == 401
    clerk = newcomer(city).work_as("hefang")  # sees a masked number, so not the paper
    assert clerk.get(link).status == 404
    assert link not in clerk.get(f"/staff/cases/{case_id}").body
    assert newcomer(city).work_as("jianguo").get(link).status == 404  # of another district
    bureau = newcomer(city).work_as("machao")
    assert bureau.get(link).status == 200
    assert bureau.get(f"/staff/cases/{case_id}/revoke").status == 404

    opened = [each for each in rows(city, t.audit) if each["action"] == "paper.open"]
    assert len(opened) == 1


def test_a_refused_person_reads_the_letter_and_the_state_says_so(
    city: Any, citizen: Any, newcomer: Any
) -> None:
    case_id = decided(city, citizen, newcomer, "refuse")
    row = paper(city)

    desk = newcomer(city).work_as("juzhang").get(f"/staff/cases/{case_id}")
    assert '<span class="tag tag--bad">已签：不同意</span>' in desk.body
    assert "已签：同意" not in desk.text
    page = citizen.get(f"/me/cases/{case_id}").text
    assert "没有通过" in page
    assert "通过了" not in page
    assert "不予核准高龄津贴决定书" in page
    assert "没有通过" in citizen.get("/me").text
    assert "这份文书是真的" in newcomer(city).get(f"/verify/{row['code']}").text
    english = newcomer(city, "en").get(f"/verify/{row['code']}").text
    assert "This paper is genuine" in english
    assert "Decision not to approve" in english


def test_codes_are_typed_as_people_type_them(city: Any, citizen: Any, newcomer: Any) -> None:
    decided(city, citizen, newcomer)
    code = paper(city)["code"]
    typed = f" {code[:4].lower()} {code[4:8]}-{code[8:12]}－{code[12:]} "

    found = newcomer(city).get("/verify").post("/verify", code=typed.replace("0", "o"))

    assert "这张证有效" in found.text


def test_a_wrong_code_is_a_sentence_and_many_are_stopped(visitor: Any) -> None:
    first = visitor.get("/verify").post("/verify", code="0000-0000-0000-0000")
    assert first.status == 404
    assert "没有查到这个核验码" in first.text

    for _ in range(20):
        last = visitor.get("/verify").post("/verify", code="1111")
    assert last.status == 429
    assert "以后再查" in last.text
    assert visitor.get("/verify/2222222222222222").status == 429


@pytest.mark.parametrize("code", ["x" * 300, "%00", "<script>alert(1)</script>", "../../etc"])
def test_hostile_codes_are_answered_with_a_page(visitor: Any, code: str) -> None:
    answer = visitor.get(f"/verify/{code}")

    assert answer.status == 404
    assert "<script>alert" not in answer.body


def test_a_copy_is_compared_and_not_kept(city: Any, citizen: Any, newcomer: Any) -> None:
    decided(city, citizen, newcomer)
    row = paper(city)
    pdf = citizen.get(f"/papers/{row['id']}").answer.data
    address = f"/verify/{row['code']}"
    stranger = newcomer(city)

    def compared(content: bytes) -> str:
        file = FileStorage(io.BytesIO(content), "证.pdf", content_type="application/pdf")
        text: str = stranger.get(address).post(address, copy=file).text
        return text

    assert "和出具的一样" in compared(pdf)
    assert "和出具的不一样" in compared(pdf[:-1] + b"x")
    assert "还没有选文件" in stranger.get(address).post(address).text
    results = [each["result"] for each in rows(city, t.certificate_check) if each["way"] == "file"]
    assert results == ["valid", "other"]


def test_the_receipt_of_an_application_is_a_paper(city: Any, citizen: Any, newcomer: Any) -> None:
    case_id = decided(city, citizen, newcomer)

    answer = citizen.get(f"/me/cases/{case_id}/receipt").answer

    assert answer.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    words = "".join("".join(page.extract_text().split()) for page in pages)
    assert len(pages) == 1
    assert "申请回执" in words
    assert "GLJT-2026-000001" in words
    assert newcomer(city).log_in("19900000002").get(f"/me/cases/{case_id}/receipt").status == 404
