"""Dictionaries: what forms offer to choose, new entries, and what follows one that ends."""

import datetime as dt
from typing import Any

from flask import g, redirect, render_template, request
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.apps.publishing import ALWAYS
from gcrm.runtime import administration, dictionaries
from gcrm.runtime.reference import OFFICE
from gcrm.runtime.refusals import Refused
from gcrm.store import audit
from gcrm.web import small_forms
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    done,
    form_page,
    listing,
    may,
    room,
    run,
    said,
)
from gcrm.web.admin.people import change_log
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/admin/dictionaries"
PLACES = {
    "entry_code": "code",
    "entry_taken": "code",
    "entry_label": "label",
    "entry_past": "valid_from",
    "entry_dates": "valid_to",
    "entry_successor": "successor",
    "entry_": "last_day",
}


@bp.get("/dictionaries")
@room("admin.settings", "read")
def dictionary_list() -> str:
    """List the dictionaries."""
    with house().store.read() as reader:
        found = dictionaries.list_dictionaries(
            reader, access(reader), request.args.get("q", "")[:60], g.today
        )
        apps = dict(lists.apps(reader))
    return listing(
        _("字典"),
        [Head(_("字典")), Head(_("应用")), Head(_("现在可选"), kind="r"), Head(_("依据"))],
        [
            [
                Cell(row.name, f"{BASE}/{row.code}"),
                Cell(apps.get(row.code.partition(".")[0], _("平台"))),
                Cell(ngettext("%(num)s项", "%(num)s", row.entries)),
                Cell(row.source or "—"),
            ]
            for row in found
        ],
        active="dictionaries",
        caption=_("字典"),
        empty=_("还没有字典。发布应用会带来它用的字典。"),
        total=len(found),
        size=10_000,
        query_words=_("字典名称"),
    )


def _read(code: str) -> tuple[Any, Any, Any, dict[str, str]]:
    with house().store.read() as reader:
        try:
            head, entries = dictionaries.read_dictionary(reader, access(reader), code)
        except Denied as denied:
            raise NotFound from denied
        log = administration.history(reader, g.tenant.id, audit.TENANT_CHAIN, f"entry:{code}"[:80])
        return head, entries, log, lists.names(reader)


@bp.get("/dictionaries/<code>")
@room("admin.settings", "read")
def dictionary(code: str) -> str:
    """Show one dictionary with all its entries."""
    head, entries, log, names = _read(code)
    writes = may("admin.settings", "write")
    labels = {each.code: each.label for each in entries}
    return render_template(
        "staff/admin/parameter.html",
        active="admin.dictionaries",
        title=head.name,
        banner=done(),
        back=BASE,
        back_words=_("回到字典"),
        heads=[
            Head(_("名称")),
            Head(_("编码")),
            Head(_("时间")),
            Head(_("由谁承接")),
            Head(_("由谁定")),
            Head(""),
        ],
        rows=[
            [
                Cell(row.label, note=_("已结束") if _is_over(row) else ""),
                Cell(row.code),
                Cell(_span(row)),
                Cell(labels.get(row.successor_code or "", "—")),
                Cell(_("本单位") if row.origin == OFFICE else _("应用自带")),
                Cell(_("结束"), f"{BASE}/{code}/{row.code}/{row.valid_from}/end")
                if writes and not _is_over(row)
                else Cell(),
            ]
            for row in entries
        ],
        deeds=[Deed(f"{BASE}/{code}/new", _("加一项"), primary=True)] if writes else [],
        facts=[],
        notes=[_("结束的条目不再给人选，已经选了的办件照旧显示。编码定了就不再改。")],
        history=change_log(log, {**names, **labels}),
    )


def _is_over(row: Any) -> bool:
    return row.valid_to is not None and row.valid_to < g.today


def _span(row: Any) -> str:
    if row.valid_from <= ALWAYS:
        if row.valid_to is None:
            return _("一直")
        return _("到%(day)s", day=words.year_day(row.valid_to))
    return words.period(row.valid_from, row.valid_to)


@bp.get("/dictionaries/<code>/new")
@room("admin.settings", "write")
def new_entry(code: str) -> Page:
    """Ask for an entry."""
    return _new(code, small_forms.blank("admin/entry", {"valid_from": g.today}))


def _new(code: str, sheet: Sheet, status: int = 200) -> Page:
    head, *_rest = _read(code)
    return form_page(
        _("“%(name)s”加一项", name=head.name),
        sheet,
        _("加这一项"),
        active="dictionaries",
        back=f"{BASE}/{code}",
        back_words=_("回到这个字典"),
        status=status,
        lead=_("从那天起，用到这个字典的表单里就能选。"),
    )


@bp.post("/dictionaries/<code>/new")
@room("admin.settings", "write")
def add_entry(code: str) -> Page:
    """Add an entry."""
    sheet = small_forms.filled("admin/entry")
    if sheet.mistakes:
        return _new(code, sheet, 422)
    v = sheet.values
    ask = dictionaries.AddEntry(
        code, str(v["code"]), str(v["label"]), v["valid_from"], v.get("valid_to")
    )
    try:
        run(dictionaries.ADD, ask)
    except Refused as refusal:
        return _new(code, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{code}?done=saved")


def _begin(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _others(entries: Any, entry: str) -> dict[str, list[tuple[str, str]]]:
    return {
        "entries": [
            (each.code, each.label) for each in entries if each.code != entry and not _is_over(each)
        ]
    }


@bp.get("/dictionaries/<code>/<entry>/<begin>/end")
@room("admin.settings", "write")
def ask_end_entry(code: str, entry: str, begin: str) -> Page:
    """Ask for the last day of an entry."""
    _head, entries, *_rest = _read(code)
    known = {"last_day": g.today}
    sheet = small_forms.blank("admin/entry_end", known, _others(entries, entry))
    return _end(code, entry, begin, sheet)


def _end(code: str, entry: str, begin: str, sheet: Sheet, status: int = 200) -> Page:
    _head, entries, *_rest = _read(code)
    key = (entry, _begin(begin))
    row = next((each for each in entries if (each.code, each.valid_from) == key), None)
    if row is None:
        raise NotFound
    return form_page(
        _("结束“%(name)s”", name=row.label),
        sheet,
        _("结束“%(name)s”", name=row.label),
        active="dictionaries",
        back=f"{BASE}/{code}",
        back_words=_("回到这个字典"),
        status=status,
        danger=True,
        facts=[Fact(_("编码"), row.code), Fact(_("时间"), _span(row))],
        notes=[_("那天以后不再给人选。已经选了的办件照旧显示。")],
    )


@bp.post("/dictionaries/<code>/<entry>/<begin>/end")
@room("admin.settings", "write")
def end_entry(code: str, entry: str, begin: str) -> Page:
    """End an entry."""
    _head, entries, *_rest = _read(code)
    sheet = small_forms.filled("admin/entry_end", _others(entries, entry))
    if sheet.mistakes:
        return _end(code, entry, begin, sheet, 422)
    v = sheet.values
    ask = dictionaries.EndEntry(
        code, entry, _begin(begin), v["last_day"], v.get("successor") or None
    )
    try:
        run(dictionaries.END, ask)
    except Refused as refusal:
        return _end(code, entry, begin, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{code}?done=ended")
