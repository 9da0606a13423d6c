"""People from a sheet: checked cell by cell, then made at once; first passwords shown once."""

from typing import Any

from flask import render_template, request

from gcrm.runtime import staff_import
from gcrm.runtime.refusals import Refused
from gcrm.web.admin import sheets
from gcrm.web.admin.accounts import new_password
from gcrm.web.admin.frame import Cell, Head, Page, form_page, room, run
from gcrm.web.admin.people import BASE
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext

HEADS = (
    ("姓名", "name"),
    ("工号", "login"),
    ("部门", "department"),
    ("角色", "role"),
    ("地区", "region"),
    ("电话", "phone"),
    ("邮箱", "mail"),
)


@bp.get("/people/import")
@room("admin.people", "write")
def import_people() -> Page:
    """Ask for a sheet of people."""
    return _ask()


def _ask(trouble: str = "", status: int = 200) -> Page:
    return form_page(
        _("从表格导入人员"),
        None,
        _("检查这个表格"),
        active="people",
        back=BASE,
        back_words=_("回到名单"),
        status=status,
        multipart=True,
        upload={"name": "file", "words": _("文件"), "accept": ".xlsx,.csv"},
        banner={"kind": "bad", "title": trouble, "text": ""} if trouble else None,
        lead=_(
            "列名：姓名、工号、部门、角色、地区、电话、邮箱。部门和角色写名称或编码，一次最多200人。"
        ),
        notes=[_("先检查每一格，看过以后再导入。有一处不对，就一个人也不建。")],
    )


@bp.post("/people/import")
@room("admin.people", "write")
def check_people() -> Page:
    """Check a sheet of people, or make those that were checked."""
    going = request.form.get("go") == "1"
    rows, trouble = (sheets.kept(), "") if going else sheets.uploaded(HEADS)
    if trouble:
        return _ask(trouble, 422)
    width = len(HEADS)
    full = tuple((row + ("",) * width)[:width] for row in rows)
    passwords = tuple(new_password() for _row in full) if going else ()
    try:
        found = run(staff_import.IMPORT, staff_import.Import(full, passwords))
    except Refused as refusal:
        return _ask(sheets.say(refusal), refusal.status)
    return _show(found, rows, passwords)


def _show(found: Any, rows: sheets.Rows, passwords: tuple[str, ...]) -> str:
    made = bool(found.plans)
    columns = dict(zip(staff_import.COLUMNS, (_("姓名"), _("工号"), _("部门"), _("角色"), _("地区"),
                                              _("电话"), _("邮箱")), strict=True))  # fmt: skip
    heads = [Head(_("姓名")), Head(_("工号")), Head(_("初始密码") if made else _("岗位"))]
    cells = []
    for number, each in enumerate(found.staff):
        last = Cell(passwords[number], kind="strong") if made else Cell(_("新建"))
        cells.append([Cell(each.name), Cell(each.login), last])
    count = len(found.staff)
    title = _("从表格导入人员：先看一遍")
    summary = ngettext("检查过了，会建%(num)s个账号。", "%(num)s accounts will be made.", count)
    if made:
        title = _("建好了，初始密码只显示这一次")
        summary = _("请当面交给本人。第一次登录必须换成自己的密码。离开这一页就看不到了。")
    return render_template(
        "staff/admin/import.html",
        active="admin.people",
        title=title,
        action=f"{BASE}/import",
        back=BASE,
        faults=[
            {"row": each.row, "column": columns[each.column], "words": sheets.say(each.refused)}
            for each in found.faults
        ],
        summary=summary,
        heads=heads,
        rows=cells if not found.faults else [],
        ready=not made and not found.faults,
        kept=sheets.keep(rows),
        button=ngettext("建%(num)s个账号", "Make %(num)s accounts", count),
    )
