"""Roles: the list, one role's matrix of rights and holders, changes to those of the platform."""

from typing import Any

from flask import g, redirect, render_template, request
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import administration, roles
from gcrm.runtime.refusals import Refused
from gcrm.store import audit
from gcrm.web import small_forms
from gcrm.web.admin import lists, power_words, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    Picker,
    done,
    form_page,
    listing,
    may,
    rev,
    room,
    run,
    said,
    stepped_up,
)
from gcrm.web.admin.people import change_log
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.sessions import access, me
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/admin/roles"
PLACES = {
    "role_code": "code",
    "role_taken": "code",
    "role_name": "name",
    "english_name_long": "english",
    "english_name_signs": "english",
    "english_name_letters": "english",
    "role_excludes": "excludes",
    "right_": "resource",
}


@bp.get("/roles")
@room("admin.rights", "read")
def role_list() -> str:
    """List the roles."""
    app_id = request.args.get("app", "")[:40]
    with house().store.read() as reader:
        own = access(reader)
        found = roles.list_roles(
            reader, own, app_id, request.args.get("q", "")[:60], g.today, locale()
        )
        apps = lists.apps(reader)
        may_write = own.has("admin.rights", "write")
    named = dict(apps)
    return listing(
        _("角色和权限"),
        [
            Head(_("角色")),
            Head(_("来自")),
            Head(_("权限"), kind="r"),
            Head(_("现在担任"), kind="r"),
        ],
        [
            [
                Cell(line.name, f"{BASE}/{line.code}"),
                Cell(
                    _("、").join(named.get(each, each) for each in line.apps)
                    if line.apps
                    else _("平台"),
                    note=_("共用") if len(line.apps) > 1 else "",
                ),
                Cell(ngettext("%(num)s项", "%(num)s", line.rights)),
                Cell(ngettext("%(num)s人", "%(num)s", line.holders)),
            ]
            for line in found
        ],
        active="roles",
        caption=_("角色"),
        empty=_("还没有角色。发布应用会带来岗位用的角色。"),
        total=len(found),
        size=10_000,
        query_words=_("角色名称"),
        pickers=[Picker("app", _("来自"), [("-", _("平台")), *apps], app_id)],
        deeds=[Deed(f"{BASE}/new", _("建平台角色"), primary=True)] if may_write else [],
        lead=_("应用的角色跟着发布走，在设计器里改；平台的角色由安全管理员在这里改。"),
    )


def _read(code: str) -> tuple[roles.RolePage, dict[str, str], dict[str, str], Any]:
    with house().store.read() as reader:
        try:
            found = roles.read_role(reader, access(reader), code, g.today, locale())
        except Denied as denied:
            raise NotFound from denied
        log = administration.history(reader, g.tenant.id, audit.TENANT_CHAIN, f"role:{code}")
        return found, lists.names(reader), dict(lists.apps(reader)), log


@bp.get("/roles/<code>")
@room("admin.rights", "read")
def role(code: str) -> str:
    """Show a role: its rights by app, who holds it, what was changed."""
    found, names, apps, log = _read(code)
    writes = may("admin.rights", "write")
    own = me().has_role(found.code)
    changeable = writes and found.app_id is None and not own
    why = ""
    if found.app_id is not None:
        why = _("这个角色来自应用，权限跟着发布走，在设计器里改。这里只能看。")
    elif writes and own:
        why = _("这是您自己担任的角色，要由另一位安全管理员来改。")
    return render_template(
        "staff/admin/role.html",
        active="admin.roles",
        role=found,
        banner=done(),
        why=why,
        matrix=_matrix(found, apps, changeable),
        holders=[
            [
                Cell(each.name, f"/staff/admin/people/{each.id}"),
                Cell(each.office),
                Cell(words.period(each.valid_from, each.valid_to)),
            ]
            for each in found.holders
        ],
        holder_heads=[Head(_("姓名")), Head(_("部门")), Head(_("时间"))],
        excludes=[names.get(each, each) for each in found.excludes],
        deeds=[
            Deed(f"{BASE}/{code}/rights/new", _("加权限"), primary=True),
            Deed(f"{BASE}/{code}/edit", _("改名称和不能同兼的角色")),
        ]
        if changeable
        else [],
        history=change_log(log, names),
    )


def _matrix(found: roles.RolePage, apps: dict[str, str], changeable: bool) -> list[dict[str, Any]]:
    """Put rights into a matrix: resources down, actions across, the scope as a sentence."""
    blocks = []
    for app_id in dict.fromkeys(each.app_id for each in found.rights):
        rights = [each for each in found.rights if each.app_id == app_id]
        columns = list(dict.fromkeys(each.action for each in rights))
        order = [each for each in power_words.actions() if each in columns]
        columns = [*order, *(each for each in columns if each not in order)]
        rows = []
        for resource in dict.fromkeys(each.resource for each in rights):
            cells = []
            for action in columns:
                here = [e for e in rights if e.resource == resource and e.action == action]
                cells.append(
                    [
                        {
                            "words": each.sentence,
                            "take": f"{BASE}/{found.code}/rights/{each.id}/take"
                            if changeable and app_id is None
                            else "",
                        }
                        for each in here
                    ]
                )
            rows.append({"words": power_words.resource(resource, apps), "cells": cells})
        title = (
            _("平台给的") if app_id is None else _("“%(app)s”给的", app=apps.get(app_id, app_id))
        )
        blocks.append(
            {"title": title, "columns": [power_words.action(e) for e in columns], "rows": rows}
        )
    return blocks


def _choices() -> dict[str, list[tuple[str, str]]]:
    named = power_words.resources()
    with house().store.read() as reader:
        known = lists.roles(reader)
    return {
        "resources": [(each, named[each]) for each in (*roles.ROWS, *roles.ROOMS)],
        "actions": [(each, power_words.actions()[each]) for each in roles.ACTIONS],
        "scopes": list(power_words.scopes().items()),
        "roles": known,
    }


@bp.get("/roles/new")
@room("admin.rights", "write")
def new_role() -> Page:
    """Ask for a role of the platform."""
    return _form(
        _("建平台角色"), small_forms.blank("admin/new_role", lists=_choices()), _("建角色")
    )


def _form(
    title: str,
    sheet: Sheet | None,
    button: str,
    status: int = 200,
    code: str = "",
    **more: Any,
) -> Page:
    return form_page(
        title,
        sheet,
        button,
        active="roles",
        back=f"{BASE}/{code}" if code else BASE,
        back_words=_("回到角色"),
        status=status,
        strong=True,
        **more,
    )


@bp.post("/roles/new")
@room("admin.rights", "write")
def make_role() -> Page:
    """Make a role of the platform."""
    sheet = small_forms.filled("admin/new_role", _choices())
    again = None if sheet.mistakes else stepped_up()
    if sheet.mistakes or again is not None:
        return _form(_("建平台角色"), sheet, _("建角色"), 422, again=again)
    v = sheet.values
    ask = roles.NewRole(
        str(v["code"]),
        str(v["name"]),
        tuple(v.get("excludes") or ()),
        str(v.get("english") or ""),
    )
    try:
        code = run(roles.CREATE, ask)
    except Refused as refusal:
        sheet = said(sheet, refusal, PLACES)
        return _form(_("建平台角色"), sheet, _("建角色"), refusal.status)
    return redirect(f"{BASE}/{code}?done=made")


@bp.get("/roles/<code>/edit")
@room("admin.rights", "write")
def edit_role(code: str) -> Page:
    """Ask for name and what excludes the role."""
    found, *_rest = _read(code)
    known = {
        "name": found.name,
        "english": found.english or None,
        "excludes": list(found.excludes) or None,
    }
    return _edit(found, small_forms.blank("admin/role", known, _choices()))


def _edit(found: roles.RolePage, sheet: Sheet, status: int = 200, again: Any = None) -> Page:
    title = _("改角色“%(name)s”", name=found.said)
    hidden = {"rev": found.rev}
    return _form(title, sheet, _("保存"), status, found.code, hidden=hidden, again=again)


@bp.post("/roles/<code>/edit")
@room("admin.rights", "write")
def save_role(code: str) -> Page:
    """Change name and what excludes the role."""
    found, *_rest = _read(code)
    sheet = small_forms.filled("admin/role", _choices())
    again = None if sheet.mistakes else stepped_up()
    if sheet.mistakes or again is not None:
        return _edit(found, sheet, 422, again)
    v = sheet.values
    ask = roles.EditRole(
        code,
        rev(),
        str(v["name"]),
        tuple(v.get("excludes") or ()),
        str(v.get("english") or ""),
    )
    try:
        run(roles.EDIT, ask)
    except Refused as refusal:
        return _edit(found, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{code}?done=saved")


@bp.get("/roles/<code>/rights/new")
@room("admin.rights", "write")
def new_right(code: str) -> Page:
    """Ask for a right more."""
    found, *_rest = _read(code)
    return _right(found, small_forms.blank("admin/right", lists=_choices()))


def _right(found: roles.RolePage, sheet: Sheet, status: int = 200, again: Any = None) -> Page:
    return _form(
        _("给“%(name)s”加权限", name=found.said),
        sheet,
        _("加权限"),
        status,
        found.code,
        hidden={"rev": found.rev},
        again=again,
        lead=_("担任这个角色的人马上就有这项权限。"),
    )


@bp.post("/roles/<code>/rights/new")
@room("admin.rights", "write")
def add_right(code: str) -> Page:
    """Give a right."""
    found, *_rest = _read(code)
    sheet = small_forms.filled("admin/right", _choices())
    again = None if sheet.mistakes else stepped_up()
    if sheet.mistakes or again is not None:
        return _right(found, sheet, 422, again)
    v = sheet.values
    ask = roles.AddRight(code, rev(), str(v["resource"]), str(v["action"]), str(v["scope"]))
    try:
        run(roles.ADD_RIGHT, ask)
    except Refused as refusal:
        return _right(found, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{code}?done=saved")


@bp.get("/roles/<code>/rights/<id:right_id>/take")
@room("admin.rights", "write")
def ask_take(code: str, right_id: int) -> Page:
    """Ask before a right is taken away."""
    return _take(code, right_id)


def _take(code: str, right_id: int, again: Any = None, status: int = 200) -> Page:
    found, _names, apps, _log = _read(code)
    right = next((each for each in found.rights if each.id == right_id), None)
    if right is None:
        raise NotFound
    facts = [
        Fact(_("角色"), found.said),
        Fact(_("权限"), f"{power_words.resource(right.resource, apps)} · "
             f"{power_words.action(right.action)}"),
        Fact(_("范围"), right.sentence),
        Fact(_("现在担任"), ngettext("%(num)s人", "%(num)s", len(found.holders))),
    ]  # fmt: skip
    return _form(
        _("收回“%(name)s”的一项权限", name=found.said),
        None,
        _("收回这项权限"),
        status,
        code,
        hidden={"rev": found.rev},
        facts=facts,
        danger=True,
        again=again,
    )


@bp.post("/roles/<code>/rights/<id:right_id>/take")
@room("admin.rights", "write")
def take_right(code: str, right_id: int) -> Page:
    """Take a right away."""
    again = stepped_up()
    if again is not None:
        return _take(code, right_id, again, 422)
    run(roles.TAKE_RIGHT, roles.TakeRight(code, rev(), right_id))
    return redirect(f"{BASE}/{code}?done=saved")
