"""Departments: their tree, new ones, moves, ends with a successor."""

import datetime as dt
from functools import partial
from typing import Any

from flask import g, request
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import departments
from gcrm.store.names import english_of
from gcrm.web import small_forms
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    carry_out,
    form_page,
    listing,
    may,
    rev,
    room,
    stepped_up,
)
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/admin"
PLACES = {
    "department_code": "code",
    "department_taken": "code",
    "department_name": "name",
    "english_name_long": "english",
    "english_name_signs": "english",
    "english_name_letters": "english",
    "department_circle": "parent",
    "department_closed": "parent",
    "department_region": "region",
    "department_ends": "last_day",
    "department_needs": "successor",
    "region_code": "code",
    "region_taken": "code",
    "region_name": "name",
    "region_parent": "parent",
    "region_ends": "last_day",
    "region_needs": "successor",
    "region_heir": "successor",
}


def choices() -> dict[str, list[tuple[str, str]]]:
    """Give the departments and regions of today to choose from."""
    with house().store.read() as reader:
        return {"departments": lists.every_department(reader), "regions": lists.regions(reader)}


@bp.get("/departments")
@room("admin.settings", "read")
def department_list() -> str:
    """Show the tree of departments."""
    query = request.args.get("q", "")[:60].strip().casefold()
    old = request.args.get("state", "") == "old"
    with house().store.read() as reader:
        rows = departments.list_departments(reader, access(reader), g.today)
    shown = [
        (row, depth)
        for row, depth in lists.tree(rows)
        if (row.valid_to is None or row.valid_to >= g.today) != old
        and (not query or query in f"{row.name} {lists.said(row)} {row.code}".casefold())
    ]
    writes = may("admin.settings", "write")
    names = {row.id: lists.said(row) for row in rows}
    return listing(
        _("部门设置"),
        [
            Head(_("部门")),
            Head(_("编码")),
            Head(_("地区")),
            Head(_("现在有"), kind="r"),
            Head(_("时间")),
        ],
        [
            [
                Cell(
                    lists.said(row),
                    f"{BASE}/departments/{row.id}",
                    note=_("由%(name)s承接", name=names.get(row.successor_id, "—"))
                    if row.successor_id
                    else "",
                    depth=0 if query else depth,
                ),
                Cell(row.code),
                Cell(row.region or "—"),
                Cell(ngettext("%(num)s人", "%(num)s", row.people)),
                Cell(words.period(row.valid_from, row.valid_to)),
            ]
            for row, depth in shown
        ],
        active="departments",
        caption=_("部门，按上下级排"),
        empty=_("没有这样的部门。"),
        total=len(shown),
        size=100_000,
        query_words=_("部门名称、编码"),
        chips=[
            {"words": _("现在的"), "on": not old, "link": f"{BASE}/departments"},
            {"words": _("已撤销的"), "on": old, "link": f"{BASE}/departments?state=old"},
        ],
        deeds=[
            Deed(f"{BASE}/departments/import", _("从表格导入")),
            Deed(f"{BASE}/departments/new", _("建部门"), primary=True),
        ]
        if writes
        else [],
    )


def _department(department_id: int) -> tuple[Any, departments.Effect, dict[int, str]]:
    with house().store.read() as reader:
        own = access(reader)
        try:
            row = departments.read_department(reader, own, department_id)
        except Denied as denied:
            raise NotFound from denied
        found = departments.effect(reader, g.tenant.id, department_id, g.today)
        every = departments.list_departments(reader, own, g.today)
        return row, found, {each.id: lists.said(each) for each in every}


def place_form(title: str, sheet: Sheet | None, button: str, kind: str, **more: Any) -> Page:
    """Draw a form that leads back to departments or regions."""
    back = {"departments": _("回到部门"), "regions": _("回到区划")}[kind]
    return form_page(
        title, sheet, button, active=kind, back=f"{BASE}/{kind}", back_words=back, **more
    )


@bp.get("/departments/new")
@room("admin.settings", "write")
def new_department() -> Page:
    """Ask for a department."""
    known = {"valid_from": g.today}
    return _new_department(small_forms.blank("admin/new_department", known, choices()))


def _new_department(sheet: Sheet, status: int = 200) -> Page:
    return place_form(_("建部门"), sheet, _("建部门"), "departments", status=status)


@bp.post("/departments/new")
@room("admin.settings", "write")
def make_department() -> Page:
    """Make a department."""
    return carry_out(
        small_forms.filled("admin/new_department", choices()),
        departments.CREATE,
        lambda v: departments.NewDepartment(
            str(v["code"]),
            str(v["name"]),
            int(v["parent"]) if v.get("parent") else None,
            v.get("region") or None,
            v["valid_from"],
            str(v.get("english") or ""),
        ),
        _new_department,
        PLACES,
        f"{BASE}/departments?done=made",
    )


@bp.get("/departments/<id:department_id>")
@room("admin.settings", "read")
def department(department_id: int) -> Page:
    """Show one department; ask how it shall be."""
    row, _found, _names = _department(department_id)
    known = {
        "name": row.name,
        "english": english_of(row),
        "parent": str(row.parent_id) if row.parent_id else None,
        "region": row.region_code,
    }
    return _edit(department_id, small_forms.blank("admin/department", known, choices()))


def _edit(department_id: int, sheet: Sheet, status: int = 200) -> Page:
    row, found, names = _department(department_id)
    open_ = row.valid_to is None and may("admin.settings", "write")
    facts = [
        Fact(_("编码"), row.code),
        Fact(_("上级"), names.get(row.parent_id, "—")),
        Fact(_("时间"), words.period(row.valid_from, row.valid_to)),
        Fact(_("岗位"), ngettext("%(num)s个", "%(num)s", found.posts)),
        Fact(_("下级部门"), ngettext("%(num)s个", "%(num)s", found.children)),
    ]
    if row.successor_id:
        facts.append(Fact(_("由谁承接"), names.get(row.successor_id, "—")))
    end = Deed(f"{BASE}/departments/{department_id}/end", _("撤销或并入"), danger=True)
    return place_form(
        lists.said(row),
        sheet if open_ else None,
        _("保存"),
        "departments",
        status=status,
        facts=facts,
        hidden={"rev": row.rev},
        sealed=not open_,
        notes=[_("改名、换上级马上生效；以前的办件还写当时的部门。")] if open_ else [],
        deeds=[end] if open_ else [],
    )


@bp.post("/departments/<id:department_id>")
@room("admin.settings", "write")
def save_department(department_id: int) -> Page:
    """Change a department."""
    return carry_out(
        small_forms.filled("admin/department", choices()),
        departments.EDIT,
        lambda v: departments.EditDepartment(
            department_id,
            rev(),
            str(v["name"]),
            int(v["parent"]) if v.get("parent") else None,
            v.get("region") or None,
            str(v.get("english") or ""),
        ),
        partial(_edit, department_id),
        PLACES,
        f"{BASE}/departments?done=saved",
    )


@bp.get("/departments/<id:department_id>/end")
@room("admin.settings", "write")
def ask_end_department(department_id: int) -> Page:
    """Show what ending a department touches; ask for the last day and the successor."""
    known = {"last_day": g.today - dt.timedelta(days=1)}
    return _end(department_id, small_forms.blank("admin/department_end", known, choices()))


def _end(department_id: int, sheet: Sheet, status: int = 200, again: Any = None) -> Page:
    row, found, _names = _department(department_id)
    return place_form(
        _("撤销%(name)s", name=lists.said(row)),
        sheet,
        _("撤销%(name)s", name=lists.said(row)),
        "departments",
        status=status,
        danger=True,
        strong=True,
        again=again,
        hidden={"rev": row.rev},
        facts=[
            Fact(_("岗位"), _("%(posts)s个，%(people)s人", posts=found.posts, people=found.people)),
            Fact(_("下级部门"), ngettext("%(num)s个", "%(num)s", found.children)),
            Fact(_("没办完的待办"), ngettext("%(num)s件", "%(num)s", found.tasks)),
            Fact(_("没办完的办件"), ngettext("%(num)s件", "%(num)s", found.cases)),
        ],
        notes=[
            _("选了承接的部门：岗位从第二天起转过去，下级部门挂到那里，没办完的待办也转过去。"),
            _("办过的事还写原来的部门，承接的部门看得到。"),
        ],
    )


@bp.post("/departments/<id:department_id>/end")
@room("admin.settings", "write")
def end_department(department_id: int) -> Page:
    """End a department."""
    sheet = small_forms.filled("admin/department_end", choices())
    again = None if sheet.mistakes else stepped_up()
    if again is not None:
        return _end(department_id, sheet, 422, again)
    return carry_out(
        sheet,
        departments.END,
        lambda v: departments.EndDepartment(
            department_id,
            rev(),
            v["last_day"],
            int(v["successor"]) if v.get("successor") else None,
        ),
        partial(_end, department_id),
        PLACES,
        f"{BASE}/departments?done=ended",
    )
