"""Logging in: citizens with phone and code, staff with a password; logging out; the real name."""

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import login as passwords
from gcrm.runtime import people, phone_codes, real_name, sessions
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.addresses import local_path
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import actor, citizens, forget, me, remember, staff, token
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet
from gcrm.web.view_choice import take_along

bp = Blueprint("login", __name__)

BESIDE = {
    "phone_": "phone",
    "code_wait": "",
    "second_": "code",
    "code_": "code",
    "name_": "name",
    "id_": "id_number",
    "real_name_mismatch": "name",
    "password_wrong": "old",
    "password_": "new",
}
"""The field beside which a refusal is shown, by the beginning of its code."""

Page = str | tuple[str, int]


def _refused(sheet: Sheet, refusal: Refused) -> Sheet:
    place = next((field for code, field in BESIDE.items() if refusal.code.startswith(code)), "")
    known = {field.id for field in sheet.form.fields}
    what, fix = refusals.said(refusal)
    return sheet.refused(place if place in known else "", what + fix, what, fix)


def _show(template: str, sheet: Sheet, status: int = 200, **words: Any) -> Page:
    shown: dict[str, Any] = {
        "hidden": {},
        "notes": [],
        "other": None,
        "back_link": "/",
        "back_words": _("返回首页"),
    }
    page = render_template(
        template, fields=sheet.fields, errors=sheet.mistakes, **{**shown, **words}
    )
    return (page, status) if status != 200 else page


def _back() -> str:
    return local_path(request.values.get("back", "/"))


@bp.get("/login")
def phone() -> Page | Answer:
    """Ask for the phone number."""
    who = actor()
    if who is not None and who.kind == "citizen":
        return redirect(_back())
    return _phone(small_forms.blank("login_phone"))


def _phone(sheet: Sheet, status: int = 200) -> Page:
    return _show(
        "citizen/login.html",
        sheet,
        status,
        title=_("用手机号登录"),
        lead=_("没有注册过也可以，验证以后就能用。"),
        button=_("发验证码"),
        hidden={"back": _back()},
        notes=[_("没有手机？打12345，或者到大厅、社区，工作人员替您办。")],
    )


@bp.post("/login")
def send() -> Page | Answer:
    """Send a code and ask for it."""
    sheet = small_forms.filled("login_phone")
    if sheet.mistakes:
        return _phone(sheet, 422)
    number = str(sheet.values["phone"])
    try:
        house().run(
            phone_codes.SEND,
            actor(),
            phone_codes.AskCode(g.tenant.id, number, request.remote_addr or "", locale()),
        )
    except Refused as refusal:
        if refusal.code != "code_wait":
            return _phone(_refused(sheet, refusal), refusal.status)
        return _code(_refused(small_forms.blank("login_code"), refusal), number, refusal.status)
    return _code(small_forms.blank("login_code"), number)


def _code(sheet: Sheet, number: str, status: int = 200) -> Page:
    g.back = "/login"
    return _show(
        "citizen/login.html",
        sheet,
        status,
        action="/login/code",
        title=_("填验证码"),
        lead=_("已经发到%(phone)s，5分钟内有效。", phone=f"{number[:3]}****{number[-4:]}"),
        button=_("登录"),
        hidden={"back": _back(), "phone": number},
        other={"link": "/login", "words": _("没有收到，再发一次")},
        back_link="/login",
        back_words=_("换一个号码"),
        notes=[_("验证码不要告诉别人，工作人员也不会问您要。"), *_where_in_a_demo()],
    )


def _where_in_a_demo() -> list[str]:
    if not current_app.config["GCRM_DEMO"]:
        return []
    return [_("演示系统不真发短信。用工号sysadmin登录工作台，在“演示短信”里看验证码。")]


@bp.post("/login/code")
def enter() -> Page | Answer:
    """Check the code and open a session."""
    sheet = small_forms.filled("login_code")
    number = request.form.get("phone", "")[:20]
    if sheet.mistakes:
        return _code(sheet, number, 422)
    asked = phone_codes.CodeLogin(
        g.tenant.id,
        number,
        str(sheet.values["code"]),
        request.remote_addr or "",
        request.user_agent.string[:200],
        token() if actor() else None,
        locale(),
    )
    try:
        receipt = house().run(phone_codes.LOGIN, actor(), asked)
    except Refused as refusal:
        return _code(_refused(sheet, refusal), number, refusal.status)
    answer = redirect(_back())
    remember(answer, receipt.token)
    take_along(g.tenant.id, receipt.account_id)
    return answer


@bp.get("/session")
def going_on() -> Answer:
    """Keep a session in use awake; asked by the page whose reader says so."""
    return Answer("", 204 if actor() is not None else 401)


@bp.post("/logout")
@citizens
def leave() -> Answer:
    """End a citizen's session."""
    return _leave("/")


@bp.post("/staff/logout")
@staff
def leave_work() -> Answer:
    """End a session of staff."""
    return _leave("/staff/login")


def _leave(to: str) -> Answer:
    refusals.run(sessions.LOGOUT, sessions.Token(token()))
    answer = redirect(to)
    forget(answer)
    return answer


@bp.get("/staff/login")
def staff_login() -> Page | Answer:
    """Ask staff for number and password."""
    who = actor()
    if who is not None and who.kind == "staff":
        return redirect("/staff")
    return _staff(small_forms.blank("staff_login"))


def _staff(sheet: Sheet, status: int = 200) -> Page:
    back = _back()
    return _show(
        "staff/login.html",
        sheet,
        status,
        title=_("工作人员登录"),
        button=_("登录"),
        hidden={"back": back if back.startswith("/staff") else "/staff"},
        notes=[_("忘了密码，请找本单位的管理员。")],
    )


@bp.post("/staff/login")
def staff_enter() -> Page | Answer:
    """Check the password and open a session."""
    sheet = small_forms.filled("staff_login")
    if sheet.mistakes:
        return _staff(sheet, 422)
    asked = passwords.Login(
        g.tenant.id,
        str(sheet.values["login"]),
        str(sheet.values["password"]),
        request.remote_addr or "",
        request.user_agent.string[:200],
        token() if actor() else None,
        str(sheet.values.get("code") or ""),
    )
    try:
        receipt = house().run(passwords.LOGIN, actor(), asked)
    except Refused as refusal:
        return _staff(_refused(sheet, refusal), refusal.status)
    back = _back()
    answer = redirect(back if back.startswith("/staff") else "/staff")
    remember(answer, receipt.token)
    take_along(g.tenant.id, receipt.account_id)
    return answer


@bp.get("/staff/password")
@staff
def password() -> Page:
    """Ask for the old and the new password."""
    return _password(small_forms.blank("password"))


def _password(sheet: Sheet, status: int = 200) -> Page:
    first = me().must_change
    return _show(
        "staff/login.html",
        sheet,
        status,
        title=_("换密码"),
        button=_("换成新密码"),
        other=None if first else {"link": "/staff/account", "words": _("不换了")},
        notes=[
            _("这是管理员给您的密码。请先换成只有您自己知道的，再开始工作。")
            if first
            else _("换好以后，您在别处的登录都会退出。")
        ],
    )


@bp.post("/staff/password")
@staff
def change_password() -> Page | Answer:
    """Change one's own password."""
    sheet = small_forms.filled("password")
    if not sheet.mistakes and sheet.values["new"] != sheet.values["again"]:
        sheet = sheet.refused("again", _("两次输的新密码不一样"), _("两次输的新密码不一样"))
    if sheet.mistakes:
        return _password(sheet, 422)
    asked = people.ChangePassword(
        str(sheet.values["old"]), str(sheet.values["new"]), token(), g.request_id
    )
    try:
        house().run(people.CHANGE_PASSWORD, me(), asked)
    except Refused as refusal:
        return _password(_refused(sheet, refusal), refusal.status)
    return redirect("/staff")


@bp.get("/me/real-name")
@citizens
def name() -> Page:
    """Ask for name and ID number."""
    return _name(small_forms.blank("real_name"))


def _name(sheet: Sheet, status: int = 200) -> Page:
    return _show(
        "citizen/login.html",
        sheet,
        status,
        title=_("实名认证"),
        lead=_("只做一次。以后办事会自动填好您的姓名和身份证号。"),
        button=_("核对"),
        hidden={"back": _back()},
        back_link="/me",
        back_words=_("我的办件"),
        notes=[_("我们只拿来和公安部门的人口信息核对，加密保存。")],
    )


@bp.post("/me/real-name")
@citizens
def confirm() -> Page | Answer:
    """Check name and number against the register."""
    sheet = small_forms.filled("real_name")
    if sheet.mistakes:
        return _name(sheet, 422)
    asked = real_name.RealName(str(sheet.values["name"]), str(sheet.values["id_number"]))
    try:
        house().run(real_name.CONFIRM, me(), asked)
    except Refused as refusal:
        return _name(_refused(sheet, refusal), refusal.status)
    return redirect(_back())
