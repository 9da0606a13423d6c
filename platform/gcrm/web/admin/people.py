"""People: the list, one person's page, making and changing accounts."""

from typing import Any

from flask import g, render_template, request
from werkzeug.exceptions import NotFound

from gcrm.access import Accessor, Denied
from gcrm.runtime import administration, staff_ending, staff_rows
from gcrm.runtime.refusals import Refused
from gcrm.store import audit
from gcrm.web import dates
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Picker,
    done,
    listing,
    room,
    whole,
)
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.office import page_number
from gcrm.web.sessions import access, me
from gcrm.web.site import house

BASE = "/staff/admin/people"
PLACES = {
    "login_": "login",
    "staff_name": "name",
    "contact_phone": "phone",
    "contact_mail": "mail",
    "post_begins": "valid_from",
    "post_dates": "valid_to",
    "post_ends": "last_day",
    "post_missing": "role",
    "post_of_power": "role",
    "post_elsewhere": "department",
    "roles_exclude": "role",
    "post_twice": "role",
    "handover": "hand_to",
}


@bp.get("/people")
@room("admin.people", "read")
def people_list() -> str:
    """List the accounts of staff."""
    wanted = staff_rows.Wanted(
        request.args.get("q", "")[:60],
        whole("department"),
        request.args.get("role", "")[:40],
        request.args.get("state", ""),
        request.args.get("sort", "name"),
        request.args.get("down") == "1",
        page_number(),
    )
    with house().store.read() as reader:
        own = access(reader)
        found, total = staff_rows.list_staff(reader, own, wanted, g.now, g.today)
        departments = lists.departments(reader, own)
        roles = lists.roles(reader)
        may_write = own.has("admin.people", "write")
    deeds = []
    if may_write:
        deeds = [
            Deed(f"{BASE}/import", _("从表格导入")),
            Deed(f"{BASE}/new", _("建账号"), primary=True),
        ]
    return listing(
        _("人员和岗位"),
        [
            Head(_("姓名"), "name"),
            Head(_("工号"), "login"),
            Head(_("岗位")),
            Head(_("状态")),
            Head(_("最近使用"), "seen", "r"),
        ],
        [_line(line) for line in found],
        active="people",
        caption=_("人员，可以按姓名、工号、最近使用排序"),
        empty=_("还没有人员。点“建账号”加第一个，或者从表格导入一批。"),
        total=total,
        query_words=_("姓名、工号"),
        pickers=[
            Picker("department", _("部门"), departments, request.args.get("department", "")),
            Picker("role", _("角色"), roles, wanted.role),
            Picker(
                "state",
                _("状态"),
                [
                    ("active", _("正常")),
                    ("locked", _("锁住")),
                    ("disabled", _("停用")),
                    ("idle", _("没有岗位")),
                ],
                wanted.state,
            ),
        ],
        deeds=deeds,
    )


def _line(line: staff_rows.StaffLine) -> list[Cell]:
    tone, state = words.account_state(line.state)
    held = [post for post in line.posts if post.when(g.today) == "now"]
    first = _("没有岗位")
    if held:
        first = f"{held[0].role_name.said(locale())} · {held[0].department.said(locale())}"
    more = _("另有%(count)s个", count=len(held) - 1) if len(held) > 1 else ""
    return [
        Cell(line.name, f"{BASE}/{line.id}"),
        Cell(line.login),
        Cell(first, note=more),
        Cell(state, kind="tag" if line.state != "active" else "", tone=tone),
        Cell(words.ago(line.seen_at)),
    ]


@bp.get("/people/<id:account_id>")
@room("admin.people", "read")
def person(account_id: int) -> str:
    """Show one person: account, posts, tasks at hand, sessions, what was changed."""
    return show_person(account_id)


def show_person(account_id: int, secret: str = "") -> str:
    """Draw a person's page; `secret` is a password just made, shown this once."""
    with house().store.read() as reader:
        own = access(reader)
        try:
            found = staff_rows.read_person(reader, house().services, own, account_id, g.now)
        except Denied as denied:
            raise NotFound from denied
        why_not, effect = _what_may(reader, own, account_id)
        may_give = may_give_some(own) and account_id != me().account_id
        sessions = None
        if own.has("admin.sessions", "read"):
            sessions, _count = staff_rows.list_sessions(reader, me(), g.now, account_id=account_id)
        log = administration.history(
            reader,
            g.tenant.id,
            audit.party_chain(found.party_id),
            f"account:{account_id}",
        )
        names = lists.names(reader)
        may_end = own.has("admin.sessions", "write")
    tone, state = words.account_state(found.state)
    return render_template(
        "staff/admin/person.html",
        active="admin.people",
        member=found,
        state={"tone": tone, "words": state},
        secret=secret,
        banner=done(),
        why_not=why_not,
        facts=_facts(found),
        post_heads=[Head(_("角色")), Head(_("部门")), Head(_("地区")), Head(_("时间")), Head("")],
        posts=[_post(found, post, may_give) for post in found.posts],
        post_deeds=[Deed(f"{BASE}/{account_id}/posts/new", _("加岗位"))] if may_give else [],
        task_heads=[Head(_("编号")), Head(_("环节")), Head(_("期限"))],
        tasks=[
            [Cell(task.number or "—"), Cell(task.step), Cell("—", at=task.due_at)]
            for task in (effect.tasks if effect else ())
        ],
        session_heads=[Head(_("设备")), Head(_("网络地址")), Head(_("最近使用"))],
        sessions=None
        if sessions is None
        else [
            [Cell(words.device(each.agent)), Cell(each.address), Cell(words.ago(each.seen_at))]
            for each in sessions
        ],
        session_deeds=[
            Deed(
                "/staff/admin/sessions/end",
                _("退出全部登录"),
                post=True,
                hidden={"account": str(account_id), "back": f"{BASE}/{account_id}"},
            )
        ]
        if sessions and may_end
        else [],
        history=change_log(log, names),
        deeds=_deeds(found) if effect is not None else [],
    )


def may_give_some(own: Accessor) -> bool:
    """Tell whether somebody gives posts at all."""
    return own.has("admin.people", "write") or own.has("admin.rights", "write")


def _what_may(
    reader: Any, own: Accessor, account_id: int
) -> tuple[str, staff_ending.Effect | None]:
    """Say why the account is not theirs to change, or what switching it off would leave."""
    if not may_give_some(own):
        return "", None
    try:
        return "", staff_ending.read_effect(reader, me(), account_id, g.now, g.today)
    except Refused as refusal:
        rendered = refusal.render(g.locale, g.zone)
        return f"{rendered.message}{rendered.fix}", None
    except Denied:
        return "", None


def _facts(found: staff_rows.Person) -> list[Fact]:
    held = found.state == "locked" and found.locked_until is not None
    until = ""
    if held and found.locked_until is not None:
        until = (
            _("由管理员锁住")
            if found.locked_until >= staff_rows.FOR_EVER
            else _("到%(at)s", at=dates.moment(found.locked_until))
        )
    return [
        Fact(_("工号"), found.login),
        Fact(_("电话"), found.phone or "—"),
        Fact(_("邮箱"), found.mail or "—"),
        Fact(_("建立"), words.year_day(found.created_at.astimezone(g.zone).date())),
        Fact(
            _("密码"),
            _("第一次登录要换")
            if found.must_change
            else _("%(day)s换过", day=words.year_day(dates.local(found.password_changed_at).date()))
            if found.password_changed_at
            else "—",
        ),
        *([Fact(_("锁住"), until)] if until else []),
    ]


def _post(found: staff_rows.Person, post: staff_rows.PostLine, may_give: bool) -> list[Cell]:
    when = post.when(g.today)
    note = {"over": _("已结束"), "coming": _("还没开始"), "now": ""}[when]
    end = Cell()
    if may_give and when != "over":
        end = Cell(_("结束"), f"{BASE}/{found.id}/posts/{post.id}/end")
    return [
        Cell(post.role_name.said(locale())),
        Cell(post.department.said(locale())),
        Cell(post.grid or post.region or _("随部门")),
        Cell(words.period(post.valid_from, post.valid_to), note=note),
        end,
    ]


def change_log(log: Any, names: Any) -> list[dict[str, Any]]:
    """Say audit rows as a timeline."""
    return [
        {
            "title": words.action(row.action),
            "who": row.name or _("系统"),
            "text": words.told(row.data, names),
            "at": row.at,
            "now": False,
        }
        for row in log
    ]


def _deeds(found: staff_rows.Person) -> list[Deed]:
    base = f"{BASE}/{found.id}"
    deeds = [
        Deed(f"{base}/edit", _("改姓名和联系方式")),
        Deed(f"{base}/password", _("重设密码")),
    ]
    if found.state == "locked":
        deeds.append(Deed(f"{base}/lock", _("解锁这个账号")))
    elif found.state == "active":
        deeds.append(Deed(f"{base}/lock", _("锁住这个账号")))
    if found.state == "disabled":
        deeds.append(Deed(f"{base}/enable", _("启用")))
    else:
        deeds.append(Deed(f"{base}/disable", _("停用并交接"), danger=True))
    return deeds
