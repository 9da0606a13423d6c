"""Notices by name: which message a line of the delivery log was."""

import re
from collections.abc import Mapping

from gcrm.runtime import ended_notices, file_notices, hand_over_notices, rating_notices
from gcrm.web.language import gettext as _
from gcrm.web.states import clerk_words

_NUMBER = re.compile(r"n\d\d(?=_|$)")


def name_of(template: str, occasion: str) -> str:
    """Say which notice it was: its number as offices know it (N01 …), where it has one, and what
    it tells. `occasion` is what it answers to (`notice.on`), empty where no app declares it."""
    number = _NUMBER.match(template)
    told = _own().get(template) or _occasions().get(occasion) or clerk_words().get(occasion, "")
    return " ".join(filter(None, (number[0].upper() if number else "", told)))


def _own() -> Mapping[str, str]:
    """Name those of the platform itself."""
    return {
        rating_notices.TEMPLATE: _("有差评要核实"),
        rating_notices.PROGRESS: _("差评有进展"),
        hand_over_notices.TEMPLATE: _("有一件转给您"),
        ended_notices.TEMPLATE: _("账号停用，待办转过来了"),
        file_notices.TEMPLATE: _("文件没有通过安全检查"),
    }


def _occasions() -> Mapping[str, str]:
    return {
        "submitted": _("提交成功"),
        "accepted": _("已经受理"),
        "correcting": _("请补材料"),
        "correction_due": _("补材料快到期"),
        "correction_again": _("又一次退回补正"),
        "not_accepted": _("不予受理"),
        "approved": _("已经通过"),
        "refused": _("没有通过"),
        "completed": _("已办结，请评价"),
        "warning": _("黄灯：快到期"),
        "breach": _("红灯：已超时"),
        "urge": _("催办"),
        "task": _("有新任务"),
        "terminated": _("终止办理"),
        "revoked": _("决定已撤销"),
    }
