"""One grid: its name, its last day."""

import datetime as dt
from functools import partial
from typing import Any

from flask import g

from gcrm.runtime import grids
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.admin import words
from gcrm.web.admin.departments import BASE, PLACES, place_form
from gcrm.web.admin.frame import Deed, Fact, Page, carry_out, may, room
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet


def _row(grid_id: int) -> Any:
    with house().store.read() as reader:
        try:
            return grids.find_grid(reader, g.tenant.id, grid_id)
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal


@bp.get("/grids/<id:grid_id>")
@room("admin.settings", "read")
def grid(grid_id: int) -> Page:
    """Show one grid; ask for its name."""
    return _edit(grid_id, small_forms.blank("admin/region", {"name": _row(grid_id).name}))


def _edit(grid_id: int, sheet: Sheet, status: int = 200) -> Page:
    row = _row(grid_id)
    open_ = row.valid_to is None and may("admin.settings", "write")
    end = Deed(f"{BASE}/grids/{grid_id}/end", _("撤销网格"), danger=True)
    return place_form(
        row.name,
        sheet if open_ else None,
        _("保存"),
        "regions",
        status=status,
        facts=[
            Fact(_("编码"), row.code),
            Fact(_("在哪个区划"), row.region or "—"),
            Fact(_("时间"), words.period(row.valid_from, row.valid_to)),
        ],
        sealed=not open_,
        deeds=[end] if open_ else [],
    )


@bp.post("/grids/<id:grid_id>")
@room("admin.settings", "write")
def save_grid(grid_id: int) -> Page:
    """Rename a grid."""
    return carry_out(
        small_forms.filled("admin/region"),
        grids.EDIT,
        lambda v: grids.EditGrid(grid_id, str(v["name"])),
        partial(_edit, grid_id),
        PLACES,
        f"{BASE}/regions?done=saved",
    )


@bp.get("/grids/<id:grid_id>/end")
@room("admin.settings", "write")
def ask_end_grid(grid_id: int) -> Page:
    """Ask for the last day."""
    yesterday = g.today - dt.timedelta(days=1)
    return _end(grid_id, small_forms.blank("admin/post_end", {"last_day": yesterday}))


def _end(grid_id: int, sheet: Sheet, status: int = 200) -> Page:
    row = _row(grid_id)
    return place_form(
        _("撤销“%(name)s”", name=row.name),
        sheet,
        _("撤销网格"),
        "regions",
        status=status,
        danger=True,
        facts=[Fact(_("编码"), row.code), Fact(_("在哪个区划"), row.region or "—")],
        notes=[_("以前的办件照样看得到它属于这个网格。")],
    )


@bp.post("/grids/<id:grid_id>/end")
@room("admin.settings", "write")
def end_grid(grid_id: int) -> Page:
    """End a grid."""
    return carry_out(
        small_forms.filled("admin/post_end"),
        grids.END,
        lambda v: grids.EndGrid(grid_id, v["last_day"]),
        partial(_end, grid_id),
        {"": "last_day"},
        f"{BASE}/regions?done=ended",
    )
