"""Everything administrators read and change, on both databases."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from gcrm.access import Accessor, keys_of
from gcrm.runtime import (
    audit_search,
    calendar_days,
    departments,
    dictionaries,
    grids,
    incidents,
    jobs,
    operation,
    parameters,
    people,
    regions,
    roles,
    staff_changes,
    staff_ending,
    staff_import,
    staff_rows,
    step_up,
)
from gcrm.runtime.calendars import read_calendar, seed_calendar
from gcrm.runtime.people import NewPost, NewStaff
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.store.columns import new_id

EVERYTHING = {"scope": "everything"}
TODAY = dt.date(2026, 11, 24)
PASSWORD = "Liu-shu-2026-chun"  # noqa: S105


@pytest.fixture
def admin(home: Any) -> Any:
    """Somebody with all rights of administration: what no role may have, for tests alone."""
    rights = [
        (f"admin.{name}", action, EVERYTHING)
        for name in ("people", "rights", "settings", "jobs", "audit", "sessions")
        for action in ("read", "write")
    ]
    with home.house.store.write() as writer:
        seed_calendar(writer, 1, home.clock.now)
        writer.execute(
            t.role.insert(),
            [
                {"tenant_id": 1, "code": "clerk", "name": "办事员", "excludes": ""},
                {"tenant_id": 1, "code": "guide", "name": "引导员", "excludes": "clerk"},
            ],
        )
        writer.execute(
            t.region.insert(),
            {"tenant_id": 1, "code": "990100", "name": "云州市", "level": 2,
             "valid_from": dt.date(2020, 1, 1)},
        )  # fmt: skip
    return home.actor_of(home.staff("admin", *rights))


def read(home: Any, admin: Any, what: Any) -> Any:
    with home.house.store.read() as reader:
        return what(reader, Accessor(reader, admin, keys_of(reader, admin)))


def code(home: Any, *call: Any) -> str:
    with pytest.raises(Refused) as caught:
        home.run(*call)
    return caught.value.code


def test_people_from_first_day_to_last(home: Any, admin: Any) -> None:
    office, now = home.made["office"], home.clock.now
    new = NewStaff(
        "宋江", "songjiang", PASSWORD, (NewPost("clerk", office),), "19900000055", "a@b.cn"
    )
    account = home.run(people.CREATE_STAFF, new, admin)
    wanted = staff_rows.Wanted("song", office, "clerk", "active", "seen", True)
    lines, total = read(
        home, admin, lambda reader, own: staff_rows.list_staff(reader, own, wanted, now, TODAY)
    )
    assert (total, lines[0].name, lines[0].posts[0].role) == (1, "宋江", "clerk")
    for state in ("locked", "disabled", "idle"):
        other = staff_rows.Wanted(state=state, sort="login")
        _, count = read(
            home, admin, lambda r, o, w=other: staff_rows.list_staff(r, o, w, now, TODAY)
        )
        assert count == 0

    home.run(staff_changes.EDIT, staff_changes.Edit(account, 1, "宋公明", "", "b@b.cn"), admin)
    post = staff_changes.AddPost(account, 2, NewPost("guide", office), TODAY)
    assert code(home, staff_changes.ADD_POST, post, admin) == "roles_exclude"
    old = staff_changes.Edit(account, 1, "x")
    assert code(home, staff_changes.EDIT, old, admin) == "changed_by"
    person = read(
        home,
        admin,
        lambda reader, own: staff_rows.read_person(reader, home.house.services, own, account, now),
    )
    assert (person.name, person.mail, person.rev) == ("宋公明", "b@b.cn", 2)
    ended = staff_changes.EndPost(account, 2, person.posts[0].id, TODAY)
    home.run(staff_changes.END_POST, ended, admin)
    home.run(staff_changes.LOCK, staff_changes.SetLock(account, 3, True), admin)
    home.run(staff_ending.SET_DISABLED, staff_ending.SetDisabled(account, True, 4), admin)
    effect = read(
        home,
        admin,
        lambda reader, own: staff_ending.read_effect(reader, admin, account, now, TODAY),
    )
    assert effect.tasks == ()
    sessions, _ = read(
        home, admin, lambda reader, own: staff_rows.list_sessions(reader, admin, now, query="x")
    )
    assert sessions == []


def test_a_sheet_makes_everybody_or_nobody(home: Any, admin: Any) -> None:
    good = ("宋江", "songjiang", "民政局", "办事员", "990100", "", "")
    bad = ("卢俊义", "songjiang", "x", "y", "z", "1", "2")

    wrong = home.run(staff_import.IMPORT, staff_import.Import((good, bad)), admin)
    made = home.run(staff_import.IMPORT, staff_import.Import((good,), (PASSWORD,)), admin)

    assert [(each.row, each.column) for each in wrong.faults] == [
        (3, name) for name in ("login", "department", "role", "region", "phone", "mail")
    ]
    assert len(made.plans) == 1
    assert len(home.rows(t.account, login="songjiang")) == 1


def test_roles_change_with_their_revision(home: Any, admin: Any) -> None:
    home.run(roles.CREATE, roles.NewRole("helper", "帮办员", ("clerk",)), admin)
    home.run(roles.EDIT, roles.EditRole("helper", 1, "帮办人员", ()), admin)
    add = roles.AddRight("helper", 2, "case", "read", "department_below")
    home.run(roles.ADD_RIGHT, add, admin)
    page = read(
        home, admin, lambda reader, own: roles.read_role(reader, own, "helper", TODAY, "en")
    )
    assert code(home, roles.ADD_RIGHT, add, admin) == "changed_by"
    home.run(roles.TAKE_RIGHT, roles.TakeRight("helper", 3, page.rights[0].id), admin)

    lines = read(
        home, admin, lambda reader, own: roles.list_roles(reader, own, "-", "帮办", TODAY, "en")
    )

    assert [(line.code, line.rights, line.platform) for line in lines] == [("helper", 0, True)]


def test_offices_and_places_end_with_a_successor(home: Any, admin: Any) -> None:
    office = home.made["office"]
    home.run(
        departments.CREATE, departments.NewDepartment("CZJ", "财政局", None, "990100", TODAY), admin
    )
    [heir] = home.rows(t.department, code="CZJ")
    home.run(departments.EDIT, departments.EditDepartment(office, 1, "民政一局", None, None), admin)
    end = departments.EndDepartment(office, 2, TODAY, heir["id"])
    home.run(departments.END, end, admin)
    read(home, admin, lambda reader, own: departments.list_departments(reader, own, TODAY))
    assert {post["department_id"] for post in home.rows(t.post, valid_to=None)} == {heir["id"]}

    sheet = (("990102", "云东区", "990100"), ("990102001", "长安街道", "990102"))
    home.run(regions.IMPORT, regions.Import(sheet, TODAY, False), admin)
    home.run(regions.EDIT, regions.EditRegion("990102", 1, "云东新区"), admin)
    home.run(regions.CREATE_GRID, regions.NewGrid("G1", "一号网格", "990102001", TODAY), admin)
    home.run(regions.END, regions.EndRegion("990102", 2, TODAY, "990100"), admin)
    read(home, admin, lambda reader, own: regions.list_regions(reader, own))
    assert len(read(home, admin, regions.list_grids)) == 1
    assert (
        code(home, regions.CREATE, regions.NewRegion("990102", "x", None, TODAY), admin)
        == "region_taken"
    )


def test_a_grid_ends_when_nobody_holds_a_post_in_it(home: Any, admin: Any) -> None:
    home.run(regions.CREATE_GRID, regions.NewGrid("G1", "一号网格", "990100", TODAY), admin)
    [grid] = home.rows(t.grid, code="G1")
    held = NewPost("clerk", home.made["office"], grid_id=grid["id"])
    new = NewStaff("宋江", "songjiang", PASSWORD, (held,))
    account = home.run(people.CREATE_STAFF, new, admin)
    [post] = home.rows(t.post, grid_id=grid["id"])
    last = TODAY + dt.timedelta(days=7)

    refused = code(home, grids.END, grids.EndGrid(grid["id"], last), admin)
    still = home.rows(t.grid, code="G1")
    ended = staff_changes.EndPost(account, 1, post["id"], last)
    home.run(staff_changes.END_POST, ended, admin)
    a_day_before = code(
        home, grids.END, grids.EndGrid(grid["id"], last - dt.timedelta(days=1)), admin
    )
    home.run(grids.END, grids.EndGrid(grid["id"], last), admin)

    assert (refused, still, a_day_before) == ("grid_has_posts", [grid], "grid_has_posts")
    assert [row["valid_to"] for row in home.rows(t.grid, code="G1")] == [last]


def test_values_entries_and_days_count_from_their_day_on(home: Any, admin: Any) -> None:
    with home.house.store.write() as writer:
        writer.execute(
            t.parameter.insert(),
            {"tenant_id": 1, "id": new_id(), "app_id": "x", "code": "age", "name": "年龄",
             "value": "80", "type": "number", "effective_from": dt.date(2020, 1, 1),
             "source": "旧文件", "origin": "release"},
        )  # fmt: skip
        writer.execute(t.dictionary.insert(), {"tenant_id": 1, "code": "x.bank", "name": "银行"})
    for day in (TODAY, TODAY + dt.timedelta(days=30)):
        ask = parameters.AddValue("x", "age", "85", None, day, None, "新文件")
        home.run(parameters.ADD, ask, admin)
    line = read(
        home, admin, lambda reader, own: parameters.read_parameter(reader, own, "x", "age", TODAY)
    )
    assert line.now.value == "85"
    read(home, admin, lambda reader, own: parameters.effect(reader, 1, line, "990100"))
    last = next(row for row in line.values if row.effective_to is None and row.origin == "office")
    home.run(parameters.END, parameters.EndValue(last.id, TODAY), admin)

    entry = dictionaries.AddEntry("x.bank", "a", "甲银行", TODAY)
    home.run(dictionaries.ADD, entry, admin)
    home.run(dictionaries.END, dictionaries.EndEntry("x.bank", "a", TODAY, TODAY), admin)
    [row] = read(
        home, admin, lambda reader, own: dictionaries.list_dictionaries(reader, own, "银", TODAY)
    )
    assert row.entries == 1

    off = calendar_days.ChangeDay(dt.date(2026, 11, 25), False, "停电", "通知")
    home.run(calendar_days.CHANGE_DAY, off, admin)
    with home.house.store.read() as reader:
        assert not read_calendar(reader, 1).is_working_day(off.day)
        assert calendar_days.local_days(reader, 1, 2026)[0].source == "通知"
        assert calendar_days.provisional(reader, 1) == {}


def test_operation_and_audit_are_read_and_changed(home: Any, admin: Any) -> None:
    job, trouble = new_id(), new_id()
    with home.house.store.write() as writer:
        writer.execute(
            t.job.insert(),
            {"tenant_id": 1, "id": job, "kind": "attachment.scan", "payload": {"attachment": 1},
             "status": "failed", "run_at": home.clock.now, "attempt": 5, "attempts_left": 0,
             "created_at": home.clock.now},
        )  # fmt: skip
        writer.execute(
            t.incident.insert(),
            {"tenant_id": 1, "id": trouble, "code": "outbox_failed", "data": {}, "status": "open",
             "created_at": home.clock.now},
        )  # fmt: skip
    home.run(operation.RETRY, operation.JobAsk(job), admin)
    home.run(operation.GIVE_UP, operation.JobAsk(job), admin)
    assert code(home, operation.GIVE_UP, operation.JobAsk(job), admin) == "job_not_waiting"
    home.run(incidents.RESOLVE, incidents.Resolve(trouble, "已经处理好了"), admin)
    worker = jobs.Worker(home.house)
    worker.keep_up()
    worker.seal()
    with home.house.store.read() as reader:
        assert operation.pulse(reader, 1, home.clock.now).alive
        assert operation.count(reader, 1, home.clock.now).failed == 1
    rows, total = read(
        home, admin, lambda reader, own: incidents.list_incidents(reader, own, "resolved", "", 0)
    )
    assert (total, incidents.read_note(home.house.services, rows[0])) == (1, "已经处理好了")

    wanted = audit_search.Wanted(TODAY, TODAY, person="admin", action="job_retried")
    found, more = read(
        home,
        admin,
        lambda reader, own: audit_search.search(reader, own, wanted, home.house.services.zone),
    )
    assert (len(found), more) == (1, False)
    sent = home.run(audit_search.EXPORT, audit_search.Export(wanted, "csv"), admin)
    assert len(sent.rows) == 1
    assert home.run(audit_search.VERIFY, audit_search.Verify(), admin).findings == ()
    with home.house.store.read() as reader:
        assert audit_search.last_check(reader, 1).data["findings"] == 0
        assert "job_retried" in audit_search.actions(reader, 1)


def test_the_password_once_more_counts_like_a_login(home: Any, admin: Any) -> None:
    for _ in range(4):
        assert code(home, step_up.CONFIRM, step_up.StepUp("wrong", "x"), admin) == "step_up_wrong"

    assert code(home, step_up.CONFIRM, step_up.StepUp("wrong", "x"), admin) == "login_locked"
    home.clock.move(minutes=16)
    home.run(step_up.CONFIRM, step_up.StepUp(PASSWORD, "x"), admin)
    [row] = home.rows(t.account, id=admin.account_id)
    assert row["failures"] == 0


def test_nobody_without_the_right_reads_or_changes_anything(home: Any, admin: Any) -> None:
    from gcrm.access import Denied

    clerk = home.actor_of(home.staff("wang", ("case", "read", EVERYTHING)))
    asks = (
        (people.CREATE_STAFF, NewStaff("x", "xx", PASSWORD)),
        (staff_import.IMPORT, staff_import.Import((("",) * 7,))),
        (roles.CREATE, roles.NewRole("x", "x")),
        (departments.CREATE, departments.NewDepartment("x", "x", None, None, TODAY)),
        (regions.IMPORT, regions.Import((("990102", "x", ""),), TODAY, False)),
        (parameters.ADD, parameters.AddValue("x", "y", "1", None, TODAY, None, "z")),
        (dictionaries.ADD, dictionaries.AddEntry("x", "y", "z", TODAY)),
        (calendar_days.CHANGE_DAY, calendar_days.ChangeDay(TODAY, False, "", "x")),
        (operation.RETRY, operation.JobAsk(1)),
        (incidents.RETRY, incidents.Retry(1)),
        (audit_search.VERIFY, audit_search.Verify()),
    )

    for use_case, ask in asks:
        with pytest.raises(Denied):
            home.run(use_case, ask, clerk)
    with home.house.store.read() as reader:
        assert reader.execute(sa.select(sa.func.count()).select_from(t.audit)).scalar() == 0
