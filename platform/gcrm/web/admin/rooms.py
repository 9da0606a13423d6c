"""The index of administration and the rooms in its navigation: by task, those one may enter."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, g, render_template, request
from werkzeug.exceptions import Forbidden

from gcrm.runtime import operation
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.sessions import access, actor, staff
from gcrm.web.site import house

bp = Blueprint("admin", __name__, url_prefix="/staff/admin")


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its page, what one does there, and what waits there."""

    key: str
    link: str
    icon: str
    words: str
    about: str
    rights: tuple[tuple[str, str], ...]
    note: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rooms that belong together."""

    words: str
    rooms: tuple[Room, ...]


def init(app: Flask) -> None:
    """Know on staff pages which rooms of administration are open."""
    app.context_processor(_rooms)


def _rooms() -> dict[str, Any]:
    who = actor()
    if who is None or who.kind != "staff" or not request.path.startswith("/staff"):
        return {}
    with house().store.read() as reader:
        own = access(reader)
    inside = request.path.startswith("/staff/admin")
    return {
        "may_administer": any(own.has(resource, action) for resource, action in DOORS),
        "admin_groups": open_groups(own) if inside else (),
    }


def open_groups(own: Any) -> tuple[Group, ...]:
    """Give the rooms that somebody may enter, by task."""
    found = []
    for group in _all():
        rooms = tuple(
            room
            for room in group.rooms
            if any(own.has(resource, action) for resource, action in room.rights)
        )
        if rooms:
            found.append(Group(group.words, rooms))
    return tuple(found)


PEOPLE, RIGHTS, SESSIONS, SETTINGS, JOBS, MESSAGES, AUDIT = DOORS = tuple(
    (f"admin.{name}", "read")
    for name in ("people", "rights", "sessions", "settings", "jobs", "messages", "audit")
)
"""The rights that open a room; whoever has one of them may enter the administration."""


def _all() -> tuple[Group, ...]:
    base = "/staff/admin"
    return (
        Group(
            _("人和权限"),
            (
                Room("people", f"{base}/people", "person", _("人员和岗位"),
                     _("建账号、排岗位、重设密码、停用并交接。"), (PEOPLE,)),
                Room("roles", f"{base}/roles", "shield", _("角色和权限"),
                     _("每个角色能看什么、做什么，谁在担任。"), (RIGHTS,)),
                Room("sessions", f"{base}/sessions", "out", _("登录中的设备"),
                     _("谁现在登录着，可以让他退出。"), (SESSIONS,)),
            ),
        ),
        Group(
            _("组织和时间"),
            (
                Room("departments", f"{base}/departments", "list", _("部门设置"),
                     _("上下级、改名、合并、撤销。"), (SETTINGS,)),
                Room("regions", f"{base}/regions", "app", _("区划和网格"),
                     _("行政区划的变化，旧编码一直查得到。"), (SETTINGS,)),
                Room("calendar", f"{base}/calendar", "calendar", _("工作日历"),
                     _("导入每年的放假安排，暂定的时限自动重算。"), (SETTINGS,)),
            ),
        ),
        Group(
            _("规则用的数据"),
            (
                Room("parameters", f"{base}/parameters", "check", _("参数"),
                     _("年龄、金额、天数：从哪天起是多少，依据什么。"), (SETTINGS,)),
                Room("legal", f"{base}/legal", "list", _("法规数据"),
                     _("法律定下的期限和金额，依据哪一条，哪里在用。"), (SETTINGS,)),
                Room("dictionaries", f"{base}/dictionaries", "list", _("字典"),
                     _("表单里可以选的条目，旧条目由谁承接。"), (SETTINGS,)),
            ),
        ),
        Group(
            _("运行和审计"),
            (
                Room("incidents", f"{base}/incidents", "warn", _("故障"),
                     _("停住的流程、没人办的环节：看原因，让它接着走。"), (JOBS,)),
                Room("jobs", f"{base}/jobs", "inbox", _("后台任务"),
                     _("排队、失败、重试，后台是不是还在跑。"), (JOBS,)),
                Room("notices", "/staff/notices", "message", _("发送记录"),
                     _("短信、邮件发没发到，没发到的再发一次。"), (MESSAGES,)),
                Room("audit", f"{base}/audit", "eye", _("审计"),
                     _("谁在什么时候做了什么，核对有没有被改过。"), (AUDIT,)),
            ),
        ),
    )  # fmt: skip


@bp.get("")
@staff
def index() -> str:
    """Show the rooms, with what waits in them."""
    with house().store.read() as reader:
        groups = open_groups(access(reader))
        if not groups:
            raise Forbidden
        counts = operation.count(reader, g.tenant.id, g.now)
    notes = {
        "people": (ngettext("%(num)s个账号", "%(num)s accounts", counts.accounts), False),
        "sessions": (ngettext("现在%(num)s处登录", "%(num)s logged in", counts.sessions), False),
        "incidents": (
            ngettext("%(num)s个要处理", "%(num)s to attend to", counts.incidents)
            if counts.incidents
            else _("没有故障"),
            counts.incidents > 0,
        ),
        "jobs": (
            ngettext("%(num)s个失败", "%(num)s failed", counts.failed)
            if counts.failed
            else _("都正常"),
            False,
        ),
    }
    shown = [
        Group(
            group.words,
            tuple(
                Room(
                    room.key, room.link, room.icon, room.words, room.about, room.rights,
                    *notes.get(room.key, ("", False)),
                )
                for room in group.rooms
            ),
        )
        for group in groups
    ]  # fmt: skip
    return render_template("staff/admin/index.html", active="admin", groups=shown)
