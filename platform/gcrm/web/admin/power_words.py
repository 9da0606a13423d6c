"""Words of rights: resources, actions, scopes, as offices read them."""

from collections.abc import Mapping

from gcrm.web.language import gettext as _


def resources() -> Mapping[str, str]:
    """Name what rights are about."""
    return {
        "case": _("办件"),
        "task": _("待办"),
        "submission": _("申请内容"),
        "event": _("经过"),
        "opinion": _("意见"),
        "attachment": _("附件"),
        "notice": _("通知"),
        "rating": _("评价"),
        "board": _("看板"),
        "admin.people": _("人员和岗位"),
        "admin.rights": _("角色和权限"),
        "admin.settings": _("组织、日历、参数"),
        "admin.jobs": _("后台和故障"),
        "admin.audit": _("审计"),
        "admin.sessions": _("登录中的设备"),
        "admin.apps": _("应用"),
        "admin.messages": _("演示短信"),
    }


def resource(code: str, forms: Mapping[str, str] | None = None) -> str:
    """Name one; records of a form by the form's app."""
    if code.startswith("record:"):
        app_id = code.removeprefix("record:").partition(".")[0]
        return _("“%(app)s”的登记表", app=(forms or {}).get(app_id, app_id))
    return resources().get(code, code)


def actions() -> Mapping[str, str]:
    """Name what rights allow."""
    return {
        "read": _("看"),
        "write": _("改"),
        "act": _("办"),
        "publish": _("发布"),
        "reveal": _("看全号"),
        "revoke": _("撤销"),
        "export": _("导出"),
        "answer": _("核实、整改、答复"),
        "extend": _("批准延期"),
        "judge": _("裁定申诉"),
    }


def action(code: str) -> str:
    """Name one."""
    return actions().get(code, code)


def scopes() -> Mapping[str, str]:
    """Name the scopes one may choose for a role of the platform."""
    return {
        "everything": _("全部"),
        "department_below": _("本部门和下级部门的"),
        "department": _("本部门的"),
        "region_below": _("本辖区（含下级）的"),
        "region": _("本辖区的"),
        "grid": _("本网格的"),
        "assigned": _("派给本人或本岗位的"),
        "own": _("本人的"),
    }
