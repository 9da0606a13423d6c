"""Accounts of staff: made, renamed, given a new password, locked."""

import secrets
from typing import Any

from flask import g, redirect
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import people, powers, staff_changes, staff_rows
from gcrm.runtime.people import NewPost, NewStaff
from gcrm.runtime.refusals import Refused
from gcrm.web import small_forms
from gcrm.web.admin import lists
from gcrm.web.admin.frame import Fact, Page, form_page, rev, room, run, said, stepped_up
from gcrm.web.admin.people import BASE, PLACES, show_person
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet


def new_password() -> str:
    """Make a password that nobody guesses and everybody can type: three groups of letters."""
    letters, digits = "abcdefghjkmnpqrstuvwxyz", "23456789"
    groups = ["".join(secrets.choice(letters) for _each in range(4)) for _group in range(3)]
    number = "".join(secrets.choice(digits) for _each in range(3))
    return f"{groups[0].capitalize()}-{groups[1]}-{groups[2]}-{number}"


@bp.get("/people/new")
@room("admin.people", "write")
def new_person() -> Page:
    """Ask for a new account."""
    return _new(small_forms.blank("admin/new_person", lists=_choices()))


def _choices() -> dict[str, Any]:
    with house().store.read() as reader:
        own = access(reader)
        return {
            "departments": lists.departments(reader, own, "write"),
            "roles": lists.givable_roles(reader, own),
            "regions": lists.regions(reader),
        }


def _new(sheet: Sheet, status: int = 200) -> Page:
    return form_page(
        _("建账号"),
        sheet,
        _("建账号并显示初始密码"),
        active="people",
        back=BASE,
        back_words=_("回到名单"),
        status=status,
        lead=_("初始密码由系统生成，只显示一次。本人第一次登录必须换掉。"),
    )


@bp.post("/people/new")
@room("admin.people", "write")
def make_person() -> Page:
    """Make an account; show its first password once."""
    sheet = small_forms.filled("admin/new_person", _choices())
    if sheet.mistakes:
        return _new(sheet, 422)
    v = sheet.values
    posts: tuple[NewPost, ...] = ()
    if v.get("role") and v.get("department"):
        posts = (NewPost(str(v["role"]), int(v["department"]), v.get("region") or None),)
    elif v.get("role") or v.get("department"):
        missing = "department" if v.get("role") else "role"
        return _new(
            sheet.refused(missing, _("角色和部门要一起选。"), _("角色和部门要一起选。")), 422
        )
    password = new_password()
    ask = NewStaff(
        str(v["name"]),
        str(v["login"]),
        password,
        posts,
        str(v.get("phone") or ""),
        str(v.get("mail") or ""),
    )
    try:
        account = run(people.CREATE_STAFF, ask)
    except Refused as refusal:
        return _new(said(sheet, refusal, PLACES), refusal.status)
    return show_person(account, password)


def changeable(account_id: int) -> staff_rows.Person:
    """Read a person whom the actor may change; a page says why not."""
    with house().store.read() as reader:
        own = access(reader)
        try:
            powers.check_changing(reader, own, account_id)
            return staff_rows.read_person(reader, house().services, own, account_id, g.now)
        except Denied as denied:
            raise NotFound from denied


def page_of(found: staff_rows.Person) -> dict[str, Any]:
    """Give what every form about a person says of where it belongs."""
    return {
        "active": "people",
        "back": f"{BASE}/{found.id}",
        "back_words": _("回到%(name)s", name=found.name),
        "hidden": {"rev": found.rev},
    }


@bp.get("/people/<id:account_id>/edit")
@room("admin.people", "read")
def edit_person(account_id: int) -> Page:
    """Ask for name and contact."""
    found = changeable(account_id)
    known = {"name": found.name, "phone": found.phone or None, "mail": found.mail or None}
    return _edit(found, small_forms.blank("admin/person", known))


def _edit(found: staff_rows.Person, sheet: Sheet, status: int = 200, newest: bool = False) -> Page:
    facts = []
    if newest:
        facts = [
            Fact(_("现在的姓名"), found.name),
            Fact(_("现在的电话"), found.phone or "—"),
            Fact(_("现在的邮箱"), found.mail or "—"),
        ]
    title = _("改%(name)s的姓名和联系方式", name=found.name)
    return form_page(title, sheet, _("保存"), status=status, facts=facts, **page_of(found))


@bp.post("/people/<id:account_id>/edit")
@room("admin.people", "read")
def save_person(account_id: int) -> Page:
    """Change name and contact."""
    sheet = small_forms.filled("admin/person")
    if sheet.mistakes:
        return _edit(changeable(account_id), sheet, 422)
    v = sheet.values
    ask = staff_changes.Edit(
        account_id, rev(), str(v["name"]), str(v.get("phone") or ""), str(v.get("mail") or "")
    )
    try:
        run(staff_changes.EDIT, ask)
    except Refused as refusal:
        late = refusal.code.startswith("changed_")
        return _edit(changeable(account_id), said(sheet, refusal, PLACES), refusal.status, late)
    return redirect(f"{BASE}/{account_id}?done=saved")


@bp.get("/people/<id:account_id>/password")
@room("admin.people", "read")
def ask_reset(account_id: int) -> Page:
    """Ask before a password is made anew."""
    return _reset(changeable(account_id))


def _reset(found: staff_rows.Person, again: Sheet | None = None, status: int = 200) -> Page:
    return form_page(
        _("重设%(name)s的密码", name=found.name),
        None,
        _("生成新密码并显示一次"),
        status=status,
        strong=True,
        again=again,
        lead=_(
            "原来的密码马上作废，各处登录都会退出；锁住的账号同时解锁，动态码同时停用。请先核实是本人要求的。"
        ),
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/password")
@room("admin.people", "read")
def reset(account_id: int) -> Page:
    """Make a password anew; show it once."""
    found = changeable(account_id)
    again = stepped_up()
    if again is not None:
        return _reset(found, again, 422)
    password = new_password()
    run(people.RESET_PASSWORD, people.ResetPassword(account_id, password))
    return show_person(account_id, password)


@bp.get("/people/<id:account_id>/lock")
@room("admin.people", "read")
def ask_lock(account_id: int) -> Page:
    """Ask before an account is locked or unlocked."""
    found = changeable(account_id)
    locked = found.state == "locked"
    return form_page(
        _("解锁%(name)s的账号", name=found.name)
        if locked
        else _("锁住%(name)s的账号", name=found.name),
        None,
        _("解锁") if locked else _("锁住，马上退出各处登录"),
        danger=not locked,
        lead=_("解锁以后可以用原来的密码登录。")
        if locked
        else _("锁住以后登录不了，岗位和待办都不动，随时可以解锁。长期离岗请用“停用并交接”。"),
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/lock")
@room("admin.people", "read")
def lock(account_id: int) -> Page:
    """Lock or unlock."""
    found = changeable(account_id)
    locking = found.state != "locked"
    run(staff_changes.LOCK, staff_changes.SetLock(account_id, rev(), locking))
    return redirect(f"{BASE}/{account_id}?done={'locked' if locking else 'unlocked'}")
