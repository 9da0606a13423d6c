"""Roles as a matrix, incidents that go on, jobs tried again, the audit searched and checked."""

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa

from gcrm.runtime import jobs
from gcrm.store import tables as t
from gcrm.store.columns import new_id

Visitor = Any
City = Any


def incident(city: City, code: str, **more: Any) -> int:
    key = new_id()
    with city.house.store.write() as writer:
        writer.execute(
            sa.insert(t.incident).values(
                tenant_id=1, id=key, code=code, status="open", created_at=city.clock.now,
                **{"data": {}, **more},
            )
        )  # fmt: skip
    return key


def rows(city: City, table: Any) -> list[Any]:
    with city.house.store.read() as reader:
        return list(reader.execute(sa.select(table)).mappings())


def test_roles_say_where_they_come_from_and_what_they_may(city: City, newcomer: Any):
    guard = newcomer(city).work_as("secadmin").get("/staff/admin/roles")
    assert "街道民政办" in guard.text
    assert "高龄津贴申请" in guard.text

    guard.get("/staff/admin/roles/street_civil")

    assert "在设计器里改。这里只能看" in guard.text
    assert "派给本人或本岗位的" in guard.text
    assert "林雨" in guard.text
    assert guard.get("/staff/admin/roles/street_civil/edit").status == 200
    guard.post("/staff/admin/roles/street_civil/edit", rev="1", name="别的")
    assert guard.status == 403
    assert "来自应用" in guard.text


def test_the_security_administrator_changes_roles_of_the_platform(city: City, newcomer: Any):
    guard = newcomer(city).work_as("secadmin")
    guard.get("/staff/admin/roles/new")
    guard.post("/staff/admin/roles/new", code="hall_guide", name="大厅引导员")
    page = "/staff/admin/roles/hall_guide"
    assert guard.path == page

    guard.get(f"{page}/rights/new")
    right = {"resource": "case", "action": "read", "scope": "department_below"}
    guard.post(f"{page}/rights/new", {"rev": "1", **right})
    assert "本部门和下级部门的" in guard.text
    late = guard.get(f"{page}/rights/new").post(f"{page}/rights/new", {"rev": "1", **right})
    assert late.status == 409
    assert "严谨在" in late.text
    take = re.search(rf'href="({page}/rights/\d+/take)"', guard.get(page).body)
    assert take
    guard.get(take[1]).post(take[1], rev="2")

    assert "还没有权限" in guard.text
    assert "改角色" in guard.text


def test_powers_stay_apart(city: City, newcomer: Any):
    guard = newcomer(city).work_as("secadmin")

    def give(role: str, resource: str, action: str) -> str:
        page = f"/staff/admin/roles/{role}/rights/new"
        guard.get(page)
        form = {"resource": resource, "action": action, "scope": "everything"}
        return str(guard.post(page, {"rev": "1", **form}).text)

    assert "三员分立" in give("sys_admin", "admin.rights", "write")
    assert "三员分立" in give("sys_admin", "admin.audit", "read")
    assert "只能看，不能改" in give("audit_admin", "case", "act")
    assert "不能改自己担任的角色" in give("sec_admin", "case", "read")


def test_a_step_without_people_goes_on_when_somebody_is_there(city: City, newcomer: Any):
    data = {"role": "nobody", "step": "verify"}
    key = incident(city, "no_candidate", data=data)
    admin = newcomer(city).work_as("sysadmin").get("/staff/admin/incidents")
    assert "环节没有人能办" in admin.text
    page = f"/staff/admin/incidents/{key}"

    admin.get(page).post(f"{page}/retry")
    assert admin.status == 409
    assert "现在还是没有人" in admin.text
    with city.house.store.write() as writer:
        writer.execute(sa.update(t.incident).values(data={**data, "role": "street_civil"}))
    admin.get(page).post(f"{page}/retry")

    assert "流程接着往下走了" in admin.text
    assert [row["status"] for row in rows(city, t.incident)] == ["resolved"]


def test_a_stopped_process_is_resumed_by_an_administrator(
    city: City, citizen: Visitor, newcomer: Any
):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    [instance] = rows(city, t.instance)
    with city.house.store.write() as writer:
        writer.execute(sa.update(t.instance).values(status="incident"))
    key = incident(
        city, "flow_expression", case_id=instance["case_id"], instance_id=instance["id"],
        data={"element": "verify"},
    )  # fmt: skip
    admin = newcomer(city).work_as("sysadmin").get(f"/staff/admin/incidents/{key}")
    assert "社区核实" in admin.text
    assert "GLJT" in admin.text
    assert f"/staff/cases/{instance['case_id']}" not in admin.body  # not theirs to read

    admin.post(f"/staff/admin/incidents/{key}/retry")

    assert admin.path == "/staff/admin/incidents"
    [instance] = rows(city, t.instance)
    assert instance["status"] == "running"
    assert rows(city, t.event)[-1]["type"] == "incident_resolved"


def test_an_incident_is_closed_with_a_note_that_is_sealed(city: City, newcomer: Any):
    key = incident(city, "outbox_failed")
    page = f"/staff/admin/incidents/{key}"
    admin = newcomer(city).work_as("sysadmin").get(page)
    admin.post(page, note="好")
    assert "至少5个字" in admin.text

    admin.post(page, note="已经打电话告诉陈静。")

    assert "没有要处理的故障" in admin.text
    assert "已经打电话告诉陈静" in admin.get(page).text
    assert "方正" in admin.text
    [row] = rows(city, t.incident)
    assert "陈静".encode() not in row["note_sealed"]
    late = admin.get("/staff/admin/incidents?status=all")
    assert "处理过" in late.text


def test_a_failed_job_is_tried_again_and_given_up(city: City, newcomer: Any):
    key = new_id()
    with city.house.store.write() as writer:
        writer.execute(
            sa.insert(t.job),
            {
                "tenant_id": 1, "id": key, "kind": "attachment.scan", "payload": {"attachment": 1},
                "status": "failed", "run_at": city.clock.now, "attempt": 5, "attempts_left": 0,
                "error": "away", "created_at": city.clock.now, "finished_at": city.clock.now,
            },
        )  # fmt: skip
    incident(city, "job_failed", job_id=key, data={"kind": "attachment.scan", "error": "away"})
    admin = newcomer(city).work_as("sysadmin").get("/staff/admin/jobs?status=failed")
    assert "对方系统连不上" in admin.text
    assert "后台没有动静" in admin.text

    admin.get(f"/staff/admin/jobs/{key}").post(f"/staff/admin/jobs/{key}/retry")
    [job] = rows(city, t.job)
    assert (job["status"], job["attempts_left"]) == ("waiting", 5)
    assert [row["status"] for row in rows(city, t.incident)] == ["resolved"]
    admin.get(f"/staff/admin/jobs/{key}").post(f"/staff/admin/jobs/{key}/give-up")
    assert rows(city, t.job)[0]["status"] == "failed"

    jobs.Worker(city.house).keep_up()
    assert "后台在跑" in admin.get("/staff/admin/jobs").text
    city.clock.pass_by(minutes=4)
    assert "后台没有动静" in admin.get("/staff/admin/jobs").text


def test_the_audit_is_searched_by_person_action_and_period(city: City, newcomer: Any):
    admin = newcomer(city).work_as("sysadmin")
    admin.get("/staff/admin/people/new")
    admin.post("/staff/admin/people/new", name="=HYPERLINK(1)", login="songjiang")
    auditor = newcomer(city).work_as("auditor").get("/staff/admin/audit")
    assert "建立账号" in auditor.text

    assert "建立账号" in auditor.get("/staff/admin/audit?person=sysadmin&action=staff_created").text
    assert "没有这样的记录" in auditor.get("/staff/admin/audit?person=hefang").text
    assert "没有这样的记录" in auditor.get("/staff/admin/audit?until=2026-11-01").text
    request = next(row for row in rows(city, t.audit) if row["action"] == "staff_created")
    found = auditor.get(f"/staff/admin/audit?request={request['request_id']}")
    assert found.text.count("建立账号") == 2  # the row, and the list of actions
    assert auditor.get("/staff/admin/people").status == 200
    assert auditor.get("/staff/admin/people/new").status == 403

    auditor.get("/staff/admin/audit")
    day = city.clock.now.date().isoformat()
    sent = auditor.client.post(
        "/staff/admin/audit/export",
        data={"csrf_token": auditor.hidden("csrf_token"), "kind": "csv", "until": day},
    )
    assert sent.mimetype == "text/csv"
    assert ",'=HYPERLINK(1)" in sent.get_data(as_text=True)
    assert rows(city, t.audit)[-1]["action"] == "audit_exported"


def test_the_audit_is_checked_and_says_what_was_changed(city: City, newcomer: Any):
    auditor = newcomer(city).work_as("auditor").get("/staff/admin/audit")
    assert "还没有核对过" in auditor.text

    auditor.post("/staff/admin/audit/verify")
    assert "审计完整" in auditor.text
    jobs.Worker(city.house).seal()
    with city.house.store.write() as writer:
        writer.execute(sa.text("DROP TRIGGER audit_frozen"))
        writer.execute(
            sa.update(t.audit)
            .where(t.audit.c.action == "login")
            .values(at=city.clock.now - dt.timedelta(days=1))
        )
    auditor.get("/staff/admin/audit").post("/staff/admin/audit/verify")

    assert "审计被改过" in auditor.text
    assert "上次核对" in auditor.get("/staff/admin/audit").text


def test_those_who_may_only_look_change_nothing(city: City, newcomer: Any):
    auditor = newcomer(city).work_as("auditor").get("/staff/admin/roles/head")
    assert "加权限" not in auditor.text
    token = auditor.get("/staff/account").hidden("csrf_token")

    for path in ("roles/new", "incidents/1/retry", "jobs/1/retry", "sessions/end"):
        assert (
            auditor.client.post(f"/staff/admin/{path}", data={"csrf_token": token}).status_code
            == 403
        )
