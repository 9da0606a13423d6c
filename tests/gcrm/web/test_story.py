"""One application from the first screen to the result that its citizen reads, and its edges."""

import re
from typing import Any

import pytest

from gcrm.runtime.jobs import Worker

Visitor = Any
City = Any


def submit(citizen: Visitor, draft: str, **more: Any) -> Visitor:
    citizen.get(f"{draft}/check")
    return citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), **more
    )


def apply_for(citizen: Visitor, **changed: str) -> str:
    """Apply as the daughter of an old woman; give the address of the case."""
    draft = citizen.begin()
    citizen.fill_all(draft, **changed)
    submit(citizen, draft)
    assert "请记下这两样" in citizen.text, citizen.text
    return str(citizen.path.removesuffix("/submitted"))


def open_first(clerk: Visitor) -> str:
    clerk.get("/staff")
    found = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
    assert found, clerk.text
    clerk.get(found[1])
    return found[1]


def decide(clerk: Visitor, verb: str = "pass", **answers: Any) -> Visitor:
    """Open the first task and press a button."""
    address = open_first(clerk)
    given = {"opinion": "上门看过，情况属实，同意。", **answers}
    return clerk.post(f"{address}/act", task=clerk.hidden("task"), verb=verb, **given)


VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}


def test_an_allowance_is_applied_for_decided_and_read(city: City, citizen: Visitor, newcomer: Any):
    case = apply_for(citizen)
    citizen.get(case)
    assert "正在办理" in citizen.text
    assert "共10个工作日" in citizen.body

    decide(newcomer(city).work_as("hefang"), **VISIT)
    decide(newcomer(city).work_as("linyu"))
    decide(newcomer(city).work_as("machao"))
    decide(newcomer(city).work_as("zhaolei"))
    guest = newcomer(city)
    guest.get("/publicity")
    assert "30.00元" in guest.text
    assert "李秀英" not in guest.text
    assert "990102" not in guest.text
    citizen.get(case)
    assert "正在公示" in citizen.text
    city.clock.pass_by(days=4)
    Worker(city.house).fire()

    assert "现在没有公示" in guest.get("/publicity").text
    citizen.log_in("19900000001").get(case)
    assert "通过了" in citizen.text
    assert "30.00元" in citizen.text


def test_an_objection_stops_the_notice_and_the_street_looks_again(
    city: City, citizen: Visitor, newcomer: Any
):
    apply_for(citizen)
    decide(newcomer(city).work_as("hefang"), **VISIT)
    for login in ("linyu", "machao", "zhaolei"):
        decide(newcomer(city).work_as(login))
    guest = newcomer(city)
    guest.get("/publicity")
    link = re.search(r'href="(/publicity/\d+/object)"', guest.body)
    assert link
    assert guest.get(link[1]).path == "/login"

    short = citizen.get(link[1]).post(link[1], text="不对")
    assert short.status == 422
    assert 'href="#f-text"' in short.body
    citizen.post(link[1], text="这位老人的户籍去年已经迁到外地")

    assert "异议交到了" in citizen.text
    street = newcomer(city).work_as("linyu")
    open_first(street)
    assert "这位老人的户籍去年已经迁到外地" in street.text
    assert "街道初审" in street.text


def test_a_clerk_writes_down_an_objection_at_the_window(
    city: City, citizen: Visitor, newcomer: Any
):
    apply_for(citizen)
    decide(newcomer(city).work_as("hefang"), **VISIT)
    for login in ("linyu", "machao"):
        decide(newcomer(city).work_as(login))
    last = newcomer(city).work_as("zhaolei")
    address = open_first(last)
    decide(last)
    clerk = newcomer(city).work_as("linyu").get(f"{address}/object")

    clerk.post(f"{address}/object", name="", contact="", text="这位老人的户籍去年已经迁到外地")
    lacking = (clerk.status, "提异议的人是谁" in clerk.text)
    clerk.post(
        f"{address}/object", name="王某", contact="19900000009", text="老人的户籍去年迁走了，请核实"
    )

    assert lacking == (422, True)
    assert "王某" in clerk.text
    assert "窗口录入" in clerk.text


def test_what_fails_the_rules_is_looked_at_by_the_street(
    city: City, citizen: Visitor, newcomer: Any
):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/home")
    citizen.fill(draft, "home", hukou_region="990202001001")
    citizen.get(f"{draft}/check")
    link = f"{draft}/submit"
    citizen.post(link, key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    assert "仍要提交" in citizen.text
    citizen.post(link, key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1")
    case = citizen.path.removesuffix("/submitted")
    street = newcomer(city).work_as("linyu")

    decide(street, "take", opinion="户籍正在迁入，有证明，可以受理")

    citizen.get(case)
    assert "已受理" in citizen.text
    assert "共10个工作日" in citizen.body
    assert "社区核实" in citizen.text


def test_a_refusal_says_why_and_what_now(city: City, citizen: Visitor, newcomer: Any):
    case = apply_for(citizen)

    decide(
        newcomer(city).work_as("hefang"),
        "refuse",
        **VISIT,
        opinion="老人已经不住在这里了，联系不上。",
        refusal_rule="basis:basis_plan",
        refusal_change="老人搬回来住以后可以再申请",
        refusal_elsewhere="请向现在住的地方的民政部门申请",
    )

    citizen.get(case)
    assert "没有通过" in citizen.text
    assert "老人已经不住在这里了" in citizen.text
    assert "老人搬回来住以后可以再申请" in citizen.text
    assert "请向现在住的地方的民政部门申请" in citizen.text
    assert "60日内可以申请行政复议，或者6个月内向法院起诉" in citizen.text


def test_a_refusal_says_all_that_it_lacks_and_keeps_what_was_written(
    city: City, citizen: Visitor, newcomer: Any
):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")

    decide(clerk, "refuse", **VISIT, opinion="老人已经不住在这里了，联系不上。")

    assert clerk.status == 422
    assert "依据哪一条，还没有选" in clerk.text
    for name in ("refusal_rule", "refusal_change", "refusal_elsewhere"):
        assert f'href="#f-{name}"' in clerk.body
    assert "老人已经不住在这里了" in clerk.body
    assert '<details id="refusing" open>' in clerk.body


def test_a_refusal_without_a_reason_is_asked_for_one(city: City, citizen: Visitor, newcomer: Any):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")

    decide(clerk, "refuse", **VISIT, opinion="不行")

    assert clerk.status == 422
    assert "至少 10 个字" in clerk.text or "至少10个字" in clerk.text
    assert ">不行</textarea>" in clerk.body
    assert 'value="2026-11-24"' in clerk.body


def test_a_step_form_says_what_is_missing_and_keeps_the_opinion(
    city: City, citizen: Visitor, newcomer: Any
):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")

    decide(clerk, visit_date="2026-13-45")

    assert clerk.status == 422
    assert 'value="2026-13-45"' in clerk.body
    assert "上门看过，情况属实，同意。" in clerk.body


def test_the_same_form_sent_twice_is_one_case(citizen: Visitor):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    key, rev, token = (citizen.hidden(name) for name in ("key", "rev", "csrf_token"))

    first = citizen.post(f"{draft}/submit", key=key, rev=rev).path
    again = citizen.post(f"{draft}/submit", {"csrf_token": token}, key=key, rev=rev).path

    assert first == again
    citizen.get("/me")
    assert len(set(re.findall(r"GLJT-2026-\d+", citizen.text))) == 1


def test_a_task_done_twice_tells_who_was_first(city: City, citizen: Visitor, newcomer: Any):
    apply_for(citizen)
    first = newcomer(city).work_as("hefang")
    address = open_first(first)
    task = first.hidden("task")
    decide(first, **VISIT)

    late = newcomer(city).work_as("linyu")
    late.get("/staff").post(f"{address}/act", task=task, verb="pass", opinion="同意")

    assert late.status in (404, 409)
    assert "Traceback" not in late.body


@pytest.mark.parametrize("task", ["", "0", "1", "99999999999999999999", "abc", "-1", "１２"])
def test_a_forged_task_is_a_sentence(city: City, citizen: Visitor, newcomer: Any, task: str):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")
    address = open_first(clerk)

    clerk.post(f"{address}/act", task=task, verb="pass", opinion="同意", **VISIT)

    assert clerk.status == 404
    assert "没有找到" in clerk.text


def test_another_persons_case_looks_like_none(city: City, citizen: Visitor, newcomer: Any):
    case = apply_for(citizen)
    other = newcomer(city).log_in("19900000002")

    strange = re.sub(r"[0-9a-f]{16}", "", other.get(case).text)
    nothing = re.sub(r"[0-9a-f]{16}", "", other.get("/me/cases/123456789").text)

    assert other.status == 404
    assert strange == nothing


def test_a_look_up_code_tells_where_it_stands_and_nobodys_name(
    city: City, citizen: Visitor, newcomer: Any
):
    case = apply_for(citizen)
    citizen.get(case)
    code = re.search(r"查询码 (\w{12})", citizen.text)
    assert code
    stranger = newcomer(city)

    stranger.get("/lookup").post("/lookup", code=f" {code[1].lower()} ")

    assert "正在办理" in stranger.text
    assert "李秀英" not in stranger.text
    assert "990102" not in stranger.text
    assert code[1] not in stranger.text


def test_a_wrong_look_up_code_is_a_sentence_and_many_are_stopped(visitor: Visitor):
    for _ in range(12):
        visitor.get("/lookup").post("/lookup", code="ABCDEFGHJKLM")

    assert visitor.status == 429
    assert "Traceback" not in visitor.body


@pytest.mark.parametrize(
    ("elder_id", "language", "sentence"),
    [
        ("990102196603100057", "zh-CN", "年满"),
        ("990102196603100057", "en", "80"),
    ],
)
def test_too_young_is_said_before_submitting_and_the_draft_stays(
    city: City, newcomer: Any, elder_id: str, language: str, sentence: str
):
    citizen = newcomer(city, language).log_in("19900000001")
    draft = citizen.begin()
    citizen.fill_all(draft, elder_name="张建国", elder_id=elder_id)

    submit(citizen, draft)

    assert citizen.status == 422
    assert sentence in citizen.text
    assert citizen.get(f"{draft}/elder").status == 200
    assert f'value="{elder_id}"' in citizen.body


def test_who_insists_is_looked_at_by_people(city: City, citizen: Visitor, newcomer: Any):
    draft = citizen.begin()
    citizen.fill_all(draft, elder_name="张建国", elder_id="990102196603100057")
    submit(citizen, draft)

    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )

    assert "请记下这两样" in citizen.text
    clerk = newcomer(city).work_as("linyu")
    open_first(clerk)
    assert "不符合" in clerk.text


def test_a_full_number_is_shown_for_a_reason_that_its_owner_can_read(
    city: City, citizen: Visitor, newcomer: Any, elder: dict[str, str]
):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")
    address = open_first(clerk)
    assert elder["id"] not in clerk.body

    clerk.get(f"{address}?reveal=elder_id")
    clerk.post(f"{address}/reveal", field="elder_id", reason="check")

    assert elder["id"] in clerk.text
    assert clerk.headers["Cache-Control"] == "no-store"
    citizen.get("/me/seen")
    assert "何芳看了全号，理由：和证件核对" in citizen.text
    assert citizen.text.count("看了全号") == 1


def test_a_clerk_of_another_place_sees_nothing(city: City, citizen: Visitor, newcomer: Any):
    apply_for(citizen)
    here = newcomer(city).work_as("hefang")
    address = open_first(here)
    street = newcomer(city).work_as("linyu")

    street.get("/staff")

    assert "李秀英" not in street.text
    assert street.get(address).status in (200, 404)


def test_taking_a_task_and_putting_it_back(city: City, citizen: Visitor, newcomer: Any):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")
    address = open_first(clerk)
    task = clerk.hidden("task")

    clerk.post(f"{address}/tasks/{task}/claim")
    assert "您领了这件" in clerk.text
    clerk.post(f"{address}/tasks/{task}/unclaim")
    assert "您领了这件" not in clerk.text


def test_files_are_handed_out_to_those_who_may(
    city: City, citizen: Visitor, newcomer: Any, visitor: Visitor
):
    apply_for(citizen)
    clerk = newcomer(city).work_as("hefang")
    open_first(clerk)
    file = re.search(r'href="(/files/\d+)"', clerk.body)
    assert file

    assert clerk.get(file[1]).status == 200
    assert clerk.headers["Content-Disposition"].startswith("attachment")
    assert clerk.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.get(file[1]).status == 401
    assert newcomer(city).log_in("19900000002").get(file[1]).status == 404
