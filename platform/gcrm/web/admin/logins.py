"""Sessions: one's own on the account page, all of them for the security administrator."""

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from gcrm.access import hash_token
from gcrm.runtime import sessions, staff_rows
from gcrm.web import refusals
from gcrm.web.addresses import local_path
from gcrm.web.admin import words
from gcrm.web.admin.frame import Cell, Deed, Head, Page, Picker, done, listing, room, run, whole
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.office import page_number
from gcrm.web.sessions import me, staff, token
from gcrm.web.site import house

own = Blueprint("account", __name__)


@bp.get("/sessions")
@room("admin.sessions", "read")
def all_sessions() -> str:
    """List everybody who is logged in."""
    with house().store.read() as reader:
        found, total = staff_rows.list_sessions(
            reader,
            me(),
            g.now,
            query=request.args.get("q", "")[:60],
            kind=request.args.get("kind", ""),
            mine=hash_token(token()),
            page=page_number(),
        )
    kinds = [("staff", _("工作人员")), ("citizen", _("市民")), ("service", _("系统接口"))]
    named = dict(kinds)
    return listing(
        _("登录中的设备"),
        [
            Head(_("姓名")),
            Head(_("身份")),
            Head(_("设备")),
            Head(_("网络地址")),
            Head(_("最近使用")),
            Head(""),
        ],
        [
            [
                Cell(each.name, note=each.login),
                Cell(named[each.kind]),
                Cell(words.device(each.agent)),
                Cell(each.address),
                Cell(words.ago(each.seen_at)),
                Cell(_("这台"))
                if each.mine
                else Cell(_("退出"), f"/staff/admin/sessions/{each.account_id}/{each.key}/end"),
            ]
            for each in found
        ],
        active="sessions",
        caption=_("登录，最近用的在前"),
        empty=_("现在没有人登录。"),
        total=total,
        query_words=_("姓名、工号、网络地址"),
        pickers=[Picker("kind", _("身份"), kinds, request.args.get("kind", ""))],
        lead=_("人员离岗、设备丢失时，可以马上让他退出。没有动静的登录会自己退出。"),
    )


@bp.get("/sessions/<id:account_id>/<key>/end")
@room("admin.sessions", "write")
def ask_out(account_id: int, key: str) -> str:
    """Ask which sessions of somebody are to end."""
    with house().store.read() as reader:
        found, total = staff_rows.list_sessions(reader, me(), g.now, account_id=account_id)
    name = found[0].name if found else ""
    chosen = next((each for each in found if each.key == key), None)
    return render_template(
        "staff/admin/end_session.html",
        active="admin.sessions",
        name=name,
        chosen=chosen,
        device=words.device(chosen.agent) if chosen else "",
        seen=words.ago(chosen.seen_at) if chosen else "",
        account_id=account_id,
        total=total,
    )


@bp.post("/sessions/end")
@room("admin.sessions", "write")
def sign_out() -> Page:
    """End one session of somebody, or all."""
    account = whole("account") or 0
    run(sessions.REVOKE, sessions.Revoke(account, request.form.get("key", "")[:64]))
    back = local_path(request.form.get("back", "/staff/admin/sessions"))
    return redirect(f"{back}?done=out")


@own.get("/staff/account")
@staff
def account() -> str:
    """Show one's own account: where one is logged in."""
    with house().store.read() as reader:
        found, _total = staff_rows.list_sessions(
            reader, me(), g.now, account_id=me().account_id, mine=hash_token(token())
        )
    return render_template(
        "staff/account.html",
        active="account",
        banner=done(),
        sessions=[
            {
                "device": words.device(each.agent),
                "address": each.address,
                "seen": words.ago(each.seen_at),
                "since": each.created_at,
                "key": each.key,
                "mine": each.mine,
            }
            for each in found
        ],
        deeds=[
            Deed("/staff/account/second", _("动态码")),
            Deed("/staff/password", _("换密码")),
        ],
    )


@own.post("/staff/account/sessions/end")
@staff
def end_own() -> Answer:
    """End one of one's own sessions, or all others."""
    ask = sessions.Revoke(
        me().account_id,
        request.form.get("key", "")[:64],
        token(),
        g.request_id,
    )
    refusals.run(sessions.REVOKE, ask)
    return redirect("/staff/account?done=out")
