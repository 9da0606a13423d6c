"""Words of administration: states, actions of the audit, devices, values before and after."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import g

from gcrm.web import dates
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext


def account_state(state: str) -> tuple[str, str]:
    """Name the state of an account, with its tone."""
    return {
        "active": ("ok", _("正常")),
        "locked": ("warn", _("锁住")),
        "disabled": ("", _("停用")),
    }[state]


def actions() -> Mapping[str, str]:
    """Name what the audit tells."""
    return {
        "staff_created": _("建立账号"),
        "staff_edited": _("改姓名或联系方式"),
        "staff_imported": _("从表格导入人员"),
        "post_added": _("加岗位"),
        "post_ended": _("结束岗位"),
        "posts_changed": _("换岗位"),
        "password_changed": _("自己换密码"),
        "password_reset": _("重设密码"),
        "account_locked": _("锁住账号"),
        "account_unlocked": _("解锁账号"),
        "account_disabled": _("停用账号"),
        "account_enabled": _("启用账号"),
        "sessions_revoked": _("退出全部登录"),
        "session_revoked": _("退出一处登录"),
        "login": _("登录"),
        "logout": _("退出"),
        "login_failed": _("登录失败"),
        "login_locked": _("输错太多，锁住"),
        "phone_login": _("手机登录"),
        "second_factor_added": _("开始用动态码"),
        "second_factor_removed": _("停用动态码"),
        "step_up_failed": _("再次输密码不对"),
        "role_changed": _("改角色"),
        "role_created": _("建立角色"),
        "role_deleted": _("删除角色"),
        "department_created": _("建立部门"),
        "department_edited": _("改部门"),
        "department_ended": _("撤销部门"),
        "region_created": _("建立区划"),
        "region_edited": _("改区划"),
        "region_ended": _("撤销区划"),
        "regions_imported": _("导入区划"),
        "grid_created": _("建立网格"),
        "grid_edited": _("改网格"),
        "grid_ended": _("撤销网格"),
        "calendar_imported": _("导入放假安排"),
        "calendar_day_changed": _("改一天的安排"),
        "parameter_added": _("加参数值"),
        "parameter_ended": _("结束参数值"),
        "entry_added": _("加字典条目"),
        "entry_ended": _("结束字典条目"),
        "job_retried": _("重试任务"),
        "job_given_up": _("放弃任务"),
        "incident_resolved": _("处理故障"),
        "incident_retried": _("让流程接着走"),
        "audit_exported": _("导出审计"),
        "audit_verified": _("核对审计"),
        "release_published": _("发布应用"),
        "app.publish": _("发布应用"),
        "app_published": _("发布应用"),
        "case.submit": _("提交申请"),
        "task.act": _("办理一步"),
        "case.withdraw": _("撤回申请"),
        "registered": _("手机注册"),
        "real_name": _("完成实名"),
        "real_name_failed": _("实名没有通过"),
        "mail_confirmed": _("确认邮箱"),
        "mail_removed": _("删除邮箱"),
        "represents": _("登记代办关系"),
        "represents_no_more": _("结束代办关系"),
        "party_merged": _("合并两个人"),
        "party_unmerged": _("撤销合并"),
        "attachment_taken": _("上传文件"),
        "paper.open": _("打开证照或文书"),
        "board.export": _("导出看板"),
        "case.correction": _("退回补正"),
        "case.corrected": _("交来补正"),
        "case.reminded": _("提醒补正"),
        "case.terminated": _("终止办理"),
        "case.suspended": _("暂停计时"),
        "case.resumed": _("接着计时"),
        "case.objection": _("收到异议"),
        "case.issuing": _("开始制发证照或文书"),
        "case.completed": _("办结"),
        "case.revoke": _("撤销决定"),
        "task_transferred": _("转办"),
        "notice_sent_again": _("重新发送消息"),
        "rating_taken": _("核实差评属实，开始整改"),
        "rating_rectified": _("差评整改好了"),
        "rating_called": _("差评回访"),
        "rating_answered": _("答复差评"),
        "rating_extension_asked": _("差评整改申请延期"),
        "rating_extension_decided": _("决定差评整改延期"),
        "rating_contested": _("对差评申诉"),
        "rating_contest_decided": _("裁定差评申诉"),
        "catalogue_imported": _("导入事项目录"),
        "reveal": _("看全号"),
        "revealed": _("看全号"),
    }


def action(code: str) -> str:
    """Name one action; one without words keeps its code."""
    return actions().get(code, code)


def fields() -> Mapping[str, str]:
    """Name what audit rows say was changed."""
    return {
        "name": _("姓名或名称"),
        "english": _("英文名称"),
        "phone": _("电话"),
        "mail": _("邮箱"),
        "login": _("工号"),
        "role": _("角色"),
        "roles": _("角色"),
        "department": _("部门"),
        "posts": _("岗位"),
        "region": _("地区"),
        "valid_from": _("开始"),
        "valid_to": _("最后一天"),
        "tasks": _("交出的待办"),
        "to": _("交给"),
        "address": _("网络地址"),
        "parent": _("上级"),
        "code": _("编码"),
        "successor": _("承接"),
        "value": _("值"),
        "source": _("来源"),
        "label": _("名称"),
        "years": _("年份"),
        "clocks": _("重算的时限"),
        "rows": _("行数"),
        "seals": _("封存次数"),
        "findings": _("发现的问题"),
        "working": _("上班"),
        "day": _("日期"),
        "rights": _("权限"),
        "excludes": _("不能同兼"),
        "kind": _("种类"),
        "period": _("时间段"),
        "count": _("个数"),
        "step": _("环节"),
        "verb": _("动作"),
        "posts_moved": _("转移的岗位"),
    }


def told(data: Mapping[str, Any], names: Mapping[str, str], app_id: str = "") -> str:
    """Say the data of an audit row: what it was, what it became. `names` are known codes.

    Steps and their buttons are named as the app of the row's case calls them.
    """
    words, known = fields(), {**_kinds(), **names}
    parts = []
    for name, value in data.items():
        if name == "verb":  # means something at its step only
            value = _of_app(names, app_id, f"{data.get('step')}.{value}") or value
        elif name == "step" and isinstance(value, str):
            value = _of_app(names, app_id, value) or value
        label = words.get(name)
        if label is None or value in (None, "", {}):
            continue
        if isinstance(value, dict) and "after" in value:
            before = _value(value.get("before"), known)
            after = _value(value["after"], known)
            parts.append(_("%(what)s：%(old)s → %(new)s", what=label, old=before, new=after))
        else:
            parts.append(_("%(what)s：%(value)s", what=label, value=_value(value, known)))
    return _("；").join(parts)


def _of_app(names: Mapping[str, str], app_id: str, key: str) -> str:
    return names.get(f"{app_id}.{key}") or names.get(key, "")


def _kinds() -> Mapping[str, str]:
    """Name the kinds that audit rows tell."""
    return {"certificate": _("证照"), "letter": _("文书")}


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    text = str(value)
    if len(text) == 10 and text[4:5] == "-":
        try:
            return dates.day(dt.date.fromisoformat(text))
        except ValueError:
            return text
    return names.get(text, text)


def period(begins: dt.date, ends: dt.date | None) -> str:
    """Say from when to when."""
    if ends is None:
        return _("%(day)s起", day=year_day(begins))
    return _("%(begin)s至%(end)s", begin=year_day(begins), end=year_day(ends))


def measured(number: str, unit: str) -> str:
    """Say a number with its unit: our codes of units in words, an app's own word as it stands."""
    count = 1 if number == "1" else 2  # what is not one is said alike, fractions too
    match unit:
        case "nd":
            return ngettext("%(num)s天", "%(num)s days", count, num=number)
        case "wd":
            return ngettext("%(num)s个工作日", "%(num)s working days", count, num=number)
        case "month":
            return ngettext("%(num)s个月", "%(num)s months", count, num=number)
        case "item":
            return ngettext("%(num)s条", "%(num)s", count, num=number)
        case "h":
            return _("%(hour)s点", hour=number)
        case _:
            return f"{number} {unit}" if unit.isascii() and unit else f"{number}{unit}"


def year_day(value: dt.date) -> str:
    """Say a day with its year: people compare years here."""
    if locale() == "en":
        return f"{value.day} {dates.MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("QQBrowser", "QQ Browser"), ("360SE", "360"),
    ("MicroMessenger", "WeChat"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """Say in two words with what somebody is logged in."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return " · ".join(part for part in (browser, system) if part) or _("其他设备")


def ago(moment: dt.datetime | None) -> str:
    """Say how long ago something was seen."""
    if moment is None:
        return _("从来没有")
    minutes = int((g.now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("刚刚")
    if minutes < 60:
        return _("%(minutes)s分钟前", minutes=minutes)
    return dates.moment(moment)
