"""Everybody's own second factor: scan a code, show that it works, go without it again."""

import segno
from flask import g, redirect
from markupsafe import Markup

from gcrm.runtime import second_factor, staff_rows
from gcrm.runtime.refusals import Refused
from gcrm.web import small_forms
from gcrm.web.admin.frame import Deed, Fact, Page, form_page, run, said, stepped_up
from gcrm.web.admin.logins import own
from gcrm.web.language import gettext as _
from gcrm.web.sessions import me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/account/second"


@own.get("/staff/account/second")
@staff
def second() -> Page:
    """Show whether there is one, or the code to scan."""
    return _page(small_forms.blank("admin/second_factor"))


def _page(sheet: Sheet, status: int = 200) -> Page:
    who = me()
    with house().store.read() as reader:
        row = second_factor.read_factor(reader, g.tenant.id, who.account_id)
        account = staff_rows.find_account(reader, g.tenant.id, who.account_id)
        secret = b""
        if row is not None and row.confirmed_at is None:
            secret = second_factor.open_secret(reader, house().services, row, who.party_id)
    if row is not None and row.confirmed_at is not None:
        return form_page(
            _("动态码"),
            None,
            _("不再用动态码"),
            active="account",
            back="/staff/account",
            back_words=_("我的账号"),
            facts=[Fact(_("状态"), _("在用，登录时要填动态码"))],
            action=f"{BASE}/remove",
            danger=True,
            strong=True,
            lead=_("换手机以前，先在这里停用，换好再开。手机丢了，请管理员重设密码。"),
        )
    if not secret:
        return form_page(
            _("动态码"),
            None,
            _("开始设置"),
            active="account",
            back="/staff/account",
            back_words=_("我的账号"),
            action=f"{BASE}/start",
            lead=_("登录时除了密码，再填手机上每30秒变一次的6位数字。密码被人看到也登录不了。"),
        )
    address = second_factor.address(secret, account.login, g.tenant.name)
    drawing = segno.make(address, error="m").svg_inline(border=4, omitsize=True)
    return form_page(
        _("动态码"),
        sheet,
        _("开始用动态码"),
        active="account",
        back="/staff/account",
        back_words=_("我的账号"),
        status=status,
        action=f"{BASE}/confirm",
        lead=_("用手机上的身份验证器扫一扫，再填它显示的6位数字。"),
        picture=Markup(drawing),  # noqa: S704  our own drawing of our own text
        deeds=[Deed(f"{BASE}/start", _("换一个二维码"), post=True)],
    )


@own.post("/staff/account/second/start")
@staff
def begin_second() -> Page:
    """Make a new secret."""
    run(second_factor.START, second_factor.Start())
    return redirect(BASE)


@own.post("/staff/account/second/confirm")
@staff
def confirm_second() -> Page:
    """Take the first code."""
    sheet = small_forms.filled("admin/second_factor")
    if sheet.mistakes:
        return _page(sheet, 422)
    try:
        run(second_factor.CONFIRM, second_factor.Confirm(str(sheet.values["code"])))
    except Refused as refusal:
        return _page(said(sheet, refusal, {"second_wrong": "code"}), refusal.status)
    return redirect("/staff/account?done=saved")


@own.post("/staff/account/second/remove")
@staff
def remove_second() -> Page:
    """Go without it again."""
    again = stepped_up()
    if again is not None:
        return form_page(
            _("动态码"),
            None,
            _("不再用动态码"),
            active="account",
            back="/staff/account",
            back_words=_("我的账号"),
            status=422,
            action=f"{BASE}/remove",
            danger=True,
            strong=True,
            again=again,
        )
    run(second_factor.REMOVE, second_factor.Remove())
    return redirect("/staff/account?done=saved")
