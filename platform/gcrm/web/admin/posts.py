"""Posts of a person: one more, the last day of one; switching an account off with its tasks."""

import datetime as dt

from flask import g, redirect
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import staff_changes, staff_ending, staff_rows
from gcrm.runtime.people import NewPost
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.admin import lists, words
from gcrm.web.admin.accounts import changeable, page_of
from gcrm.web.admin.frame import Fact, Page, form_page, rev, room, run, said, stepped_up
from gcrm.web.admin.people import BASE, PLACES
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, me
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet


def readable(account_id: int) -> staff_rows.Person:
    """Read a person whom the actor may at least see; giving posts is asked of each role."""
    with house().store.read() as reader:
        try:
            return staff_rows.read_person(
                reader, house().services, access(reader), account_id, g.now
            )
        except Denied as denied:
            raise NotFound from denied


def _choices() -> dict[str, list[tuple[str, str]]]:
    with house().store.read() as reader:
        own = access(reader)
        plain = own.has("admin.people", "write")
        return {
            "departments": lists.departments(reader, own, "write" if plain else "read"),
            "roles": lists.givable_roles(reader, own),
            "regions": lists.regions(reader),
        }


@bp.get("/people/<id:account_id>/posts/new")
@room("admin.people", "read")
def new_post(account_id: int) -> Page:
    """Ask for a post more."""
    sheet = small_forms.blank("admin/post", {"valid_from": g.today}, _choices())
    return _new(readable(account_id), sheet)


def _new(found: staff_rows.Person, sheet: Sheet, status: int = 200) -> Page:
    return form_page(
        _("给%(name)s加岗位", name=found.name),
        sheet,
        _("加岗位"),
        status=status,
        lead=_("从开始那天起生效。加好以后，本人要重新登录一次。"),
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/posts/new")
@room("admin.people", "read")
def add_post(account_id: int) -> Page:
    """Give a post."""
    sheet = small_forms.filled("admin/post", _choices())
    if sheet.mistakes:
        return _new(readable(account_id), sheet, 422)
    v = sheet.values
    post = NewPost(str(v["role"]), int(v["department"]), v.get("region") or None)
    ask = staff_changes.AddPost(account_id, rev(), post, v["valid_from"], v.get("valid_to"))
    try:
        run(staff_changes.ADD_POST, ask)
    except Refused as refusal:
        return _new(readable(account_id), said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{account_id}?done=saved")


@bp.get("/people/<id:account_id>/posts/<id:post_id>/end")
@room("admin.people", "read")
def ask_end(account_id: int, post_id: int) -> Page:
    """Ask for the last day of a post."""
    sheet = small_forms.blank("admin/post_end", {"last_day": g.today - dt.timedelta(days=1)})
    return _end(readable(account_id), post_id, sheet)


def _end(found: staff_rows.Person, post_id: int, sheet: Sheet, status: int = 200) -> Page:
    post = next((each for each in found.posts if each.id == post_id), None)
    if post is None:
        raise NotFound
    facts = [
        Fact(_("角色"), post.role_name.said(locale())),
        Fact(_("部门"), post.department.said(locale())),
        Fact(_("时间"), words.period(post.valid_from, post.valid_to)),
    ]
    return form_page(
        _("结束%(name)s的岗位", name=found.name),
        sheet,
        _("结束这个岗位"),
        status=status,
        facts=facts,
        danger=True,
        notes=[_("选昨天就是马上结束；选以后的日期，到那天为止还有效。历史记录会保留。")],
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/posts/<id:post_id>/end")
@room("admin.people", "read")
def end_post(account_id: int, post_id: int) -> Page:
    """End a post."""
    sheet = small_forms.filled("admin/post_end")
    if sheet.mistakes:
        return _end(readable(account_id), post_id, sheet, 422)
    ask = staff_changes.EndPost(account_id, rev(), post_id, sheet.values["last_day"])
    try:
        run(staff_changes.END_POST, ask)
    except Refused as refusal:
        return _end(readable(account_id), post_id, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{account_id}?done=ended")


@bp.get("/people/<id:account_id>/disable")
@room("admin.people", "read")
def ask_disable(account_id: int) -> Page:
    """Show what switching an account off would leave, and ask who takes the tasks."""
    found, effect = _effect(account_id)
    sheet = small_forms.blank("admin/handover", lists=_takers(effect)) if effect.tasks else None
    return _disable(found, effect, sheet)


def _effect(account_id: int) -> tuple[staff_rows.Person, staff_ending.Effect]:
    found = changeable(account_id)
    with house().store.read() as reader:
        return found, staff_ending.read_effect(reader, me(), account_id, g.now, g.today)


def _takers(effect: staff_ending.Effect) -> dict[str, list[tuple[str, str]]]:
    office = ("office", _("退回本岗位，谁都可以领"))
    people = [
        (str(each.account_id), f"{each.name} · {each.office.said(locale())}")
        for each in effect.colleagues
    ]
    return {"takers": [office, *people]}


def _disable(
    found: staff_rows.Person,
    effect: staff_ending.Effect,
    sheet: Sheet | None,
    status: int = 200,
    again: Sheet | None = None,
) -> Page:
    between = _("、")
    facts = [
        Fact(_("手上的待办"), _("%(count)s件", count=len(effect.tasks))),
        Fact(_("现在的登录"), _("%(count)s处，会马上退出", count=effect.sessions)),
    ]
    if effect.alone:
        alone = between.join(
            f"{each.role_name.said(locale())} · {each.department.said(locale())}"
            for each in effect.alone
        )
        facts.append(Fact(_("以后没有人的岗位"), alone))
    return form_page(
        _("停用%(name)s的账号", name=found.name),
        sheet,
        _("停用%(name)s的账号", name=found.name),
        status=status,
        facts=facts,
        danger=True,
        strong=True,
        again=again,
        lead=_("停用以后登录不了，办过的事和岗位记录都保留，随时可以再启用。"),
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/disable")
@room("admin.people", "read")
def disable(account_id: int) -> Page:
    """Switch an account off and hand its tasks over."""
    found, effect = _effect(account_id)
    sheet = small_forms.filled("admin/handover", _takers(effect)) if effect.tasks else None
    if sheet is not None and sheet.mistakes:
        return _disable(found, effect, sheet, 422)
    again = stepped_up()
    if again is not None:
        return _disable(found, effect, sheet, 422, again)
    chosen = str(sheet.values.get("hand_to") or "") if sheet is not None else ""
    ask = staff_ending.SetDisabled(
        account_id, True, rev(), int(chosen) if chosen.isdigit() else None
    )
    try:
        run(staff_ending.SET_DISABLED, ask)
    except Refused as refusal:
        if sheet is None:
            raise refusals.stopped(refusal) from refusal
        return _disable(found, effect, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{account_id}?done=disabled")


@bp.get("/people/<id:account_id>/enable")
@room("admin.people", "read")
def ask_enable(account_id: int) -> Page:
    """Ask before an account is switched on again."""
    found = changeable(account_id)
    return form_page(
        _("启用%(name)s的账号", name=found.name),
        None,
        _("启用"),
        lead=_("启用以后可以用原来的密码登录，岗位照旧。忘了密码请再重设。"),
        **page_of(found),
    )


@bp.post("/people/<id:account_id>/enable")
@room("admin.people", "read")
def enable(account_id: int) -> Page:
    """Switch an account on."""
    run(staff_ending.SET_DISABLED, staff_ending.SetDisabled(account_id, False, rev()))
    return redirect(f"{BASE}/{account_id}?done=enabled")
