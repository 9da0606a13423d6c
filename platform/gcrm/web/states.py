"""States, moments and lamps in words: what a citizen reads, and what a clerk reads."""

from collections.abc import Mapping

from gcrm.web.language import gettext as _


def public_words() -> Mapping[str, str]:
    """Name the citizen's six states."""
    return {
        "submitted": _("已提交"),
        "correcting": _("等您补材料"),
        "accepted": _("已受理"),
        "handling": _("正在办理"),
        "decided": _("有结果了"),
        "closed": _("已办完"),
    }


def clerk_words() -> Mapping[str, str]:
    """Name the fifteen states."""
    return {
        "draft": _("草稿"),
        "submitted": _("待受理"),
        "correcting": _("待补正"),
        "accepted": _("已受理"),
        "not_accepted": _("不予受理"),
        "in_review": _("审查中"),
        "suspended": _("特别程序"),
        "publicity": _("公示中"),
        "approved": _("准予"),
        "refused": _("不予"),
        "issuing": _("制证送达"),
        "completed": _("已办结"),
        "withdrawn": _("申请人撤回"),
        "terminated": _("终止"),
        "revoked": _("已撤销"),
    }


TONES: Mapping[str, str] = {
    "submitted": "",
    "correcting": "warn",
    "accepted": "accent",
    "in_review": "accent",
    "suspended": "warn",
    "publicity": "accent",
    "approved": "ok",
    "issuing": "ok",
    "completed": "ok",
    "refused": "bad",
    "not_accepted": "bad",
    "revoked": "bad",
}
"""How the tag of a state is drawn; the words beside it say the same."""


def outcome_words() -> Mapping[str, str]:
    """Say how a case ended, for its citizen."""
    return {
        "approved": _("通过了"),
        "issuing": _("通过了"),
        "completed": _("通过了，已经办完"),
        "refused": _("没有通过"),
        "not_accepted": _("没有受理"),
        "withdrawn": _("您撤回了这次申请"),
        "terminated": _("已经终止"),
        "revoked": _("原来的决定已撤销"),
    }


def ended(state: str, outcome: str | None) -> str:
    """Say how a case ended: one that is completed tells what was decided."""
    words = outcome_words()
    if state == "completed" and outcome is not None and outcome != "approved":
        return words.get(outcome, words[state])
    return words.get(state, "")


def moment_words() -> Mapping[str, str]:
    """Name what happened."""
    return {
        "submitted": _("提交"),
        "correction_requested": _("请申请人补材料"),
        "corrected": _("补好了材料"),
        "accepted": _("受理"),
        "not_accepted": _("不予受理"),
        "step_opened": _("开始"),
        "suspended": _("暂停计时"),
        "resumed": _("接着计时"),
        "publicity_started": _("开始公示"),
        "publicity_ended": _("公示结束"),
        "approved": _("通过"),
        "refused": _("不通过"),
        "issuing": _("制证送达"),
        "completed": _("办结"),
        "withdrawn": _("撤回"),
        "terminated": _("终止"),
        "revoked": _("撤销"),
        "task_claimed": _("领走待办"),
        "task_released": _("放回待办"),
        "task_done": _("办完这一步"),
        "task_transferred": _("转给别人"),
        "sent_back": _("退回上一步"),
        "deadline_extended": _("延期"),
        "lamp_changed": _("时限提醒"),
        "reminded": _("催办"),
        "viewed": _("看了全号"),
        "incident_raised": _("流程停住，等管理员"),
        "incident_resolved": _("流程恢复"),
    }
