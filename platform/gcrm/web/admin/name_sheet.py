"""The sheet of offices' English names: taken out, filled in, looked at, brought in."""

from typing import Any

from flask import Response, g, redirect, render_template, request

from app_definitions.sheets import Cell as SheetCell
from app_definitions.sheets import Sheet as Table
from gcrm.runtime import exports, office_names
from gcrm.runtime.refusals import Refused
from gcrm.store.names import english_of
from gcrm.web import downloads
from gcrm.web.admin import sheets
from gcrm.web.admin.departments import BASE, place_form
from gcrm.web.admin.frame import Cell, Deed, Head, Page, room, run
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.sessions import access
from gcrm.web.site import house

HERE = f"{BASE}/departments/names"
HEADS = (("编码", "code"), ("英文名称", "English name", "english"))
SHOWN = 200


@bp.get("/departments/names")
@room("admin.settings", "write")
def ask_names() -> Page:
    """Ask for a sheet of English names."""
    return _ask()


def _ask(trouble: str = "", status: int = 200) -> Page:
    return place_form(
        _("部门的英文名称"),
        None,
        _("检查这个表格"),
        "departments",
        status=status,
        multipart=True,
        upload={"name": "file", "words": _("文件"), "accept": ".xlsx,.csv"},
        banner={"kind": "bad", "title": trouble, "text": ""} if trouble else None,
        lead=_("先下载现在的表格，在“英文名称”一列填好，再传上来。先检查，看过以后再导入。"),
        notes=[_("按编码找部门。英文名称空着的不动；中文名称不在这里改。")],
        deeds=[
            Deed(f"{HERE}/sheet?kind=xlsx", _("下载Excel")),
            Deed(f"{HERE}/sheet?kind=csv", _("下载CSV")),
        ],
    )


@bp.get("/departments/names/sheet")
@room("admin.settings", "read")
def name_sheet() -> Response:
    """Give today's departments with their names as Excel or CSV."""
    kind = "xlsx" if request.args.get("kind") == "xlsx" else "csv"
    with house().store.read() as reader:
        rows = office_names.list_names(reader, access(reader), g.today)
    table = Table(
        _("部门"),
        (_("编码"), _("名称"), _("英文名称")),
        tuple(
            (SheetCell(row.code), SheetCell(row.name), SheetCell(english_of(row))) for row in rows
        ),
    )
    content = exports.workbook(table, g.zone) if kind == "xlsx" else exports.csv_text(table, g.zone)
    answer = Response(content, content_type=exports.TYPES[kind])
    return downloads.named(answer, f"{_('部门')}-{g.today.isoformat()}.{kind}")


@bp.post("/departments/names")
@room("admin.settings", "write")
def check_names() -> Any:
    """Check a sheet of English names, or bring in what was checked."""
    going = request.form.get("go") == "1"
    rows, trouble = (sheets.kept(), "") if going else sheets.uploaded(HEADS)
    if trouble:
        return _ask(trouble, 422)
    pairs = tuple((row[0], row[1]) for row in rows if len(row) == len(HEADS))
    try:
        found = run(office_names.ENTER, office_names.Enter(pairs, not going))
    except Refused as refusal:
        return _ask(sheets.say(refusal), refusal.status)
    if going and not found.faults:
        return redirect(f"{BASE}/departments?done=imported")
    columns = {"code": _("编码"), "english": _("英文名称")}
    return render_template(
        "staff/admin/import.html",
        active="admin.departments",
        title=_("部门的英文名称：先看一遍"),
        action=HERE,
        back=HERE,
        faults=[
            {"row": each.row, "column": columns[each.column], "words": sheets.say(each.refused)}
            for each in found.faults
        ],
        summary=_(
            "会改%(changed)s个，一样或者空着的%(same)s个。",
            changed=len(found.changed),
            same=found.same,
        ),
        heads=[Head(_("英文名称")), Head(_("名称")), Head(_("编码")), Head(_("会怎样"))],
        rows=[
            [
                Cell(each.english),
                Cell(each.row.name),
                Cell(each.row.code),
                Cell(_("原名%(name)s", name=each.before) if each.before else _("新加")),
            ]
            for each in found.changed[:SHOWN]
        ],
        ready=not found.faults and bool(found.changed),
        kept=sheets.keep(rows),
        button=_("导入"),
    )
