"""Regions and grids: their tree, new ones, ends with a successor, imports with a preview."""

import datetime as dt
from functools import partial
from typing import Any

from flask import g, redirect, render_template, request
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import regions
from gcrm.runtime.refusals import Refused
from gcrm.web import small_forms
from gcrm.web.admin import lists, sheets, words
from gcrm.web.admin.departments import BASE, PLACES, choices, place_form
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    carry_out,
    listing,
    may,
    rev,
    room,
    run,
    stepped_up,
)
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet


@bp.get("/regions")
@room("admin.settings", "read")
def region_list() -> str:
    """Show the tree of regions."""
    query = request.args.get("q", "")[:60].strip().casefold()
    old = request.args.get("state", "") == "old"
    with house().store.read() as reader:
        rows = regions.list_regions(reader, access(reader))
        grids = regions.list_grids(reader, access(reader))
    names = {row.code: row.name for row in rows}
    shown = [
        (row, depth)
        for row, depth in lists.tree(rows, "code")
        if (row.valid_to is None or row.valid_to >= g.today) != old
        and (not query or query in f"{row.name} {row.code}".casefold())
    ]
    writes = may("admin.settings", "write")
    deeds = [
        Deed(f"{BASE}/regions/import", _("从表格导入")),
        Deed(f"{BASE}/grids/new", _("建网格")),
        Deed(f"{BASE}/regions/new", _("建区划"), primary=True),
    ]
    cells = [
        [
            Cell(
                row.name,
                f"{BASE}/regions/{row.code}",
                note=_("由%(name)s承接", name=names.get(row.successor_code, row.successor_code))
                if row.successor_code
                else "",
                depth=0 if query else depth,
            ),
            Cell(row.code),
            Cell(words.period(row.valid_from, row.valid_to)),
        ]
        for row, depth in shown
    ]
    cells += [
        [Cell(row.name, f"{BASE}/grids/{row.id}",
              note=_("网格，在%(name)s", name=row.region or "—")),
         Cell(row.code), Cell(words.period(row.valid_from, row.valid_to))]
        for row in grids
        if (row.valid_to is None or row.valid_to >= g.today) != old
        and (not query or query in f"{row.name} {row.code}".casefold())
    ]  # fmt: skip
    return listing(
        _("区划和网格"),
        [Head(_("区划")), Head(_("编码")), Head(_("时间"))],
        cells,
        active="regions",
        caption=_("区划，按上下级排"),
        empty=_("没有这样的区划。"),
        total=len(cells),
        size=100_000,
        query_words=_("区划名称、编码"),
        chips=[
            {"words": _("现在的"), "on": not old, "link": f"{BASE}/regions"},
            {"words": _("已撤销的"), "on": old, "link": f"{BASE}/regions?state=old"},
        ],
        deeds=deeds if writes else [],
        lead=_("旧编码一直查得到：身份证和以前的办件还在用。"),
    )


@bp.get("/regions/new")
@room("admin.settings", "write")
def new_region() -> Page:
    """Ask for a region."""
    return _new_region(small_forms.blank("admin/new_region", {"valid_from": g.today}, choices()))


def _new_region(sheet: Sheet, status: int = 200) -> Page:
    return place_form(_("建区划"), sheet, _("建区划"), "regions", status=status)


@bp.post("/regions/new")
@room("admin.settings", "write")
def make_region() -> Page:
    """Make a region."""
    return carry_out(
        small_forms.filled("admin/new_region", choices()),
        regions.CREATE,
        lambda v: regions.NewRegion(
            str(v["code"]), str(v["name"]), v.get("parent") or None, v["valid_from"]
        ),
        _new_region,
        PLACES,
        f"{BASE}/regions?done=made",
    )


def _region(code: str) -> tuple[Any, tuple[int, int, int], dict[str, str]]:
    with house().store.read() as reader:
        try:
            row = regions.read_region(reader, access(reader), code)
        except Denied as denied:
            raise NotFound from denied
        found = regions.effect(reader, g.tenant.id, code, g.today)
        return row, found, dict(lists.all_regions(reader))


@bp.get("/regions/<code>")
@room("admin.settings", "read")
def region(code: str) -> Page:
    """Show one region; ask for its name."""
    row, _found, _names = _region(code)
    return _edit_region(code, small_forms.blank("admin/region", {"name": row.name}))


def _edit_region(code: str, sheet: Sheet, status: int = 200) -> Page:
    row, found, names = _region(code)
    open_ = row.valid_to is None and may("admin.settings", "write")
    facts = [
        Fact(_("编码"), row.code),
        Fact(_("上级"), names.get(row.parent_code, "—")),
        Fact(_("时间"), words.period(row.valid_from, row.valid_to)),
        Fact(_("部门"), ngettext("%(num)s个", "%(num)s", found[0])),
    ]
    if row.successor_code:
        facts.append(Fact(_("由谁承接"), names.get(row.successor_code, row.successor_code)))
    end = Deed(f"{BASE}/regions/{code}/end", _("撤销或并入"), danger=True)
    return place_form(
        row.name,
        sheet if open_ else None,
        _("保存"),
        "regions",
        status=status,
        facts=facts,
        hidden={"rev": row.rev},
        sealed=not open_,
        deeds=[end] if open_ else [],
    )


@bp.post("/regions/<code>")
@room("admin.settings", "write")
def save_region(code: str) -> Page:
    """Rename a region."""
    return carry_out(
        small_forms.filled("admin/region"),
        regions.EDIT,
        lambda v: regions.EditRegion(code, rev(), str(v["name"])),
        partial(_edit_region, code),
        PLACES,
        f"{BASE}/regions?done=saved",
    )


@bp.get("/regions/<code>/end")
@room("admin.settings", "write")
def ask_end_region(code: str) -> Page:
    """Show what ending a region touches; ask for the last day and the successor."""
    known = {"last_day": g.today - dt.timedelta(days=1)}
    return _end_region(code, small_forms.blank("admin/region_end", known, choices()))


def _end_region(code: str, sheet: Sheet, status: int = 200, again: Any = None) -> Page:
    row, found, _names = _region(code)
    return place_form(
        _("撤销%(name)s", name=row.name),
        sheet,
        _("撤销%(name)s", name=row.name),
        "regions",
        status=status,
        danger=True,
        strong=True,
        again=again,
        hidden={"rev": row.rev},
        facts=[
            Fact(_("部门"), ngettext("%(num)s个", "%(num)s", found[0])),
            Fact(_("岗位"), ngettext("%(num)s个", "%(num)s", found[1])),
            Fact(_("没办完的待办"), ngettext("%(num)s件", "%(num)s", found[2])),
        ],
        notes=[_("部门、岗位和没办完的待办转到承接的区划。旧编码一直查得到。")],
    )


@bp.post("/regions/<code>/end")
@room("admin.settings", "write")
def end_region(code: str) -> Page:
    """End a region."""
    sheet = small_forms.filled("admin/region_end", choices())
    again = None if sheet.mistakes else stepped_up()
    if again is not None:
        return _end_region(code, sheet, 422, again)
    return carry_out(
        sheet,
        regions.END,
        lambda v: regions.EndRegion(code, rev(), v["last_day"], v.get("successor") or None),
        partial(_end_region, code),
        PLACES,
        f"{BASE}/regions?done=ended",
    )


@bp.get("/grids/new")
@room("admin.settings", "write")
def new_grid() -> Page:
    """Ask for a grid."""
    return _new_grid(small_forms.blank("admin/grid", lists=choices()))


def _new_grid(sheet: Sheet, status: int = 200) -> Page:
    return place_form(_("建网格"), sheet, _("建网格"), "regions", status=status)


@bp.post("/grids/new")
@room("admin.settings", "write")
def make_grid() -> Page:
    """Make a grid."""
    return carry_out(
        small_forms.filled("admin/grid", choices()),
        regions.CREATE_GRID,
        lambda v: regions.NewGrid(str(v["code"]), str(v["name"]), str(v["region"]), g.today),
        _new_grid,
        PLACES,
        f"{BASE}/regions?done=made",
    )


REGION_HEADS = (
    ("编码", "code", "区划代码"),
    ("名称", "name", "区划名称"),
    ("上级", "parent", "上级编码"),
)


@bp.get("/regions/import")
@room("admin.settings", "write")
def import_regions() -> Page:
    """Ask for a sheet of regions."""
    return _import_regions()


def _import_regions(trouble: str = "", status: int = 200) -> Page:
    return place_form(
        _("导入区划"),
        None,
        _("检查这个表格"),
        "regions",
        status=status,
        multipart=True,
        upload={"name": "file", "words": _("文件"), "accept": ".xlsx,.csv"},
        banner={"kind": "bad", "title": trouble, "text": ""} if trouble else None,
        lead=_("三列：编码、名称、上级。先检查，看过以后再导入。表里没有的区划不动。"),
    )


@bp.post("/regions/import")
@room("admin.settings", "write")
def check_regions() -> Page:
    """Check a sheet of regions, or bring in what was checked."""
    going = request.form.get("go") == "1"
    rows, trouble = (sheets.kept(), "") if going else sheets.uploaded(REGION_HEADS)
    if trouble:
        return _import_regions(trouble, 422)
    three = tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3)
    try:
        found = run(regions.IMPORT, regions.Import(three, g.today, not going))
    except Refused as refusal:
        return _import_regions(sheets.say(refusal), refusal.status)
    if going and not found.faults:
        return redirect(f"{BASE}/regions?done=imported")
    columns = {"code": _("编码"), "name": _("名称"), "parent": _("上级")}
    return render_template(
        "staff/admin/import.html",
        active="admin.regions",
        title=_("导入区划：先看一遍"),
        action=f"{BASE}/regions/import",
        back=f"{BASE}/regions",
        faults=[
            {"row": each.row, "column": columns[each.column], "words": sheets.say(each.refused)}
            for each in found.faults
        ],
        summary=_(
            "新的%(new)s个，改名%(renamed)s个，一样的%(same)s个。",
            new=len(found.new),
            renamed=len(found.renamed),
            same=found.same,
        ),
        heads=[Head(_("名称")), Head(_("编码")), Head(_("会怎样"))],
        rows=[
            *([Cell(name), Cell(code), Cell(_("新建"))] for code, name, _p in found.new[:200]),
            *(
                [Cell(name), Cell(code), Cell(_("原名%(name)s", name=before))]
                for code, before, name in found.renamed[:200]
            ),
        ],
        ready=not found.faults and bool(found.new or found.renamed),
        kept=sheets.keep(rows),
        button=_("导入"),
    )
