"""The sheet of departments: taken out, filled in, looked at, brought in."""

from typing import Any

from flask import Response, g, redirect, render_template, request

from app_definitions.sheets import Cell as SheetCell
from app_definitions.sheets import Sheet as Table
from gcrm.runtime import department_sheet, exports
from gcrm.runtime.department_sheet import COLUMNS, Change, Import, Line
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

HERE = f"{BASE}/departments/import"
HEADS = (
    ("编码", "code"),
    ("名称", "name", "Chinese name"),
    ("英文名称", "English name", "english"),
    ("上级", "parent"),
    ("地区", "region"),
)
SHOWN = 200


@bp.get("/departments/import")
@room("admin.settings", "write")
def import_departments() -> Page:
    """Ask for a sheet of departments."""
    return _ask()


def _ask(trouble: str = "", status: int = 200) -> Page:
    return place_form(
        _("从表格导入部门"),
        None,
        _("检查这个表格"),
        "departments",
        status=status,
        multipart=True,
        upload={"name": "file", "words": _("文件"), "accept": ".xlsx,.csv"},
        banner={"kind": "bad", "title": trouble, "text": ""} if trouble else None,
        lead=_(
            "五列：编码、名称、英文名称、上级、地区。先下载现在的表格，填好再传上来。"
            "先检查，看过以后再导入。"
        ),
        notes=[
            _("按编码找部门：没有的新建，有的改名称和英文名称。空着的格不动，表里没有的部门不动。"),
            _(
                "英文名称可以不填。上级写编码或名称，地区写区划编码；换上级、换地区请到部门页面上改。"
            ),
        ],
        deeds=[
            Deed(f"{HERE}/sheet?kind=xlsx", _("下载Excel")),
            Deed(f"{HERE}/sheet?kind=csv", _("下载CSV")),
        ],
    )


@bp.get("/departments/import/sheet")
@room("admin.settings", "read")
def departments_as_sheet() -> Response:
    """Give the departments that go on with their names as Excel or CSV."""
    kind = "xlsx" if request.args.get("kind") == "xlsx" else "csv"
    with house().store.read() as reader:
        lines = department_sheet.list_lines(reader, access(reader))
    rows = tuple(tuple(SheetCell(getattr(line, column)) for column in COLUMNS) for line in lines)
    table = Table(_("部门"), tuple(_columns().values()), rows)
    content = exports.workbook(table, g.zone) if kind == "xlsx" else exports.csv_text(table, g.zone)
    answer = Response(content, content_type=exports.TYPES[kind])
    return downloads.named(answer, f"{_('部门')}-{g.today.isoformat()}.{kind}")


def _columns() -> dict[str, str]:
    words = (_("编码"), _("名称"), _("英文名称"), _("上级"), _("地区"))
    return dict(zip(COLUMNS, words, strict=True))


@bp.post("/departments/import")
@room("admin.settings", "write")
def check_departments() -> Any:
    """Check a sheet of departments, or bring in what was checked."""
    going = request.form.get("go") == "1"
    rows, trouble = (sheets.kept(), "") if going else sheets.uploaded(HEADS)
    if trouble:
        return _ask(trouble, 422)
    lines = tuple(Line(*row) for row in rows if len(row) == len(HEADS))
    try:
        found = run(department_sheet.IMPORT, Import(lines, g.today, not going))
    except Refused as refusal:
        return _ask(sheets.say(refusal), refusal.status)
    if going and not found.faults:
        return redirect(f"{BASE}/departments?done=imported")
    columns, cells = _columns(), []
    if not found.faults:
        cells += [_new(line) for line in found.new[:SHOWN]]
        cells += [_changed(change) for change in found.changed[:SHOWN]]
    return render_template(
        "staff/admin/import.html",
        active="admin.departments",
        title=_("导入部门：先看一遍"),
        action=HERE,
        back=HERE,
        faults=[
            {"row": each.row, "column": columns[each.column], "words": sheets.say(each.refused)}
            for each in found.faults
        ],
        summary=_(
            "新的%(new)s个，改名%(renamed)s个，一样的%(same)s个。",
            new=len(found.new),
            renamed=len(found.changed),
            same=found.same,
        ),
        heads=[Head(_("名称")), Head(_("英文名称")), Head(_("编码")), Head(_("会怎样"))],
        rows=cells,
        ready=not found.faults and bool(found.new or found.changed),
        kept=sheets.keep(rows),
        button=_("导入"),
    )


def _new(line: Line) -> list[Cell]:
    return [Cell(line.name), Cell(line.english or "—"), Cell(line.code), Cell(_("新建"))]


def _changed(change: Change) -> list[Cell]:
    before = [change.row.name] if change.name != change.row.name else []
    if change.english != english_of(change.row):
        before.append(english_of(change.row) or _("（空）"))
    what = _("原名%(name)s", name=_("、").join(before))
    return [Cell(change.name), Cell(change.english or "—"), Cell(change.row.code), Cell(what)]
