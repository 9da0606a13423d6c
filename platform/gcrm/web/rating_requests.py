"""Asking for more time, contesting, and deciding both: the forms beside a bad rating."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request
from markupsafe import Markup

from gcrm.runtime import rating_contests, rating_requests
from gcrm.runtime.rating_answers import Line
from gcrm.runtime.rating_contests import Contest, Judge
from gcrm.runtime.rating_requests import AskExtension, DecideExtension
from gcrm.runtime.rating_steps import EXTEND_RIGHT, JUDGE_RIGHT, Step
from gcrm.runtime.rating_words import is_bad
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, refusals, small_forms
from gcrm.web.apply import Mistake
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.sessions import me
from gcrm.web.small_forms import Sheet

FORMS = {
    "extend": "rating_extend",
    "extension": "rating_extension",
    "contest": "rating_contest",
    "judge": "rating_judge",
}
"""The form of each request and decision, by the last part of its address."""

BESIDE: Mapping[str, Mapping[str, str]] = {
    "extend": {"rating_extend_days": "extend_days", "rating_reason": "extend_reason"},
    "extension": {"rating_decision": "granted", "rating_reason": "granted_reason"},
    "contest": {"rating_contest_ground": "contest_ground", "rating_reason": "contest_reason"},
    "judge": {"rating_decision": "upheld", "rating_reason": "upheld_reason"},
}
FILES = ("rating_contest_file", "attachment")
"""Refusals that belong beside the file."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One form beside a rating."""

    what: str
    title: str
    intro: str
    fields: Markup
    errors: list[Mistake]
    button: str
    asks: bool  # else it decides
    folded: bool
    reason: str = ""  # of who asked, for who decides
    upload: bool = False
    wrong_file: str = ""


def panels(
    line: Line,
    steps: Sequence[Step],
    rights: frozenset[str],
    typed: tuple[str, Sheet, str] | None,
) -> list[Panel]:
    """Offer what this person may ask or decide about a rating now."""
    mine = me().party_id
    found = []
    judges = JUDGE_RIGHT in rights and mine not in (line.contest_by, line.handled_by)
    if line.contest_state == "waiting" and judges:
        found.append(_panel("judge", typed, reason=_note(steps, "contested")))
    extends = EXTEND_RIGHT in rights and mine not in (line.extend_by, line.handled_by)
    if line.extend_state == "waiting" and extends:
        reason = _note(steps, "extend_asked")
        found.append(_panel("extension", typed, line.extend_days, reason=reason))
    at_work = line.status in rating_requests.AT_WORK
    in_time = line.due_at is not None and line.due_at >= g.now
    if at_work and in_time and not line.extend_state and line.handled_by == mine:
        found.append(_panel("extend", typed))
    undone = line.status not in ("answered", "filed") and is_bad(line.score)
    may_contest = line.contest_until is not None and line.contest_until >= g.now
    if undone and may_contest and not line.contest_state:
        found.append(_panel("contest", typed, until=line))
    return found


def _note(steps: Sequence[Step], name: str) -> str:
    """Give what was written at the last step of a name."""
    return next((each.note for each in reversed(steps) if each.step == name), "")


def _panel(
    what: str,
    typed: tuple[str, Sheet, str] | None,
    days: int = 0,
    until: Line | None = None,
    reason: str = "",
) -> Panel:
    own = typed is not None and typed[0] == what
    sheet = typed[1] if typed is not None and own else small_forms.blank(FORMS[what])
    wrong_file = typed[2] if typed is not None and own else ""
    asked = ngettext("申请延期%(num)s个工作日。", "%(num)s more working day is asked for.", days)
    last = until.contest_until if until is not None else None
    day = dates.day(last) if last is not None else ""
    intro = {
        "judge": _("承办单位认为这条评价不该计入。看过证据以后，请写明理由。"),
        "extension": asked,
        "extend": _("只能申请1次，由部门领导决定。没有同意以前，期限不变。"),
        "contest": _("误评或者恶意评价可以申诉，最晚%(day)s提出，由好差评督导裁定。", day=day),
    }
    titles = {
        "judge": _("裁定申诉"),
        "extension": _("决定延期"),
        "extend": _("申请延期"),
        "contest": _("对这条评价申诉"),
    }
    buttons = {
        "judge": _("记下裁定"),
        "extension": _("记下决定"),
        "extend": _("提交延期申请"),
        "contest": _("提交申诉"),
    }
    errors = list(sheet.mistakes)
    if wrong_file:
        errors.append(Mistake("#f-evidence", _("证据"), wrong_file))
    return Panel(
        what,
        titles[what],
        intro[what],
        sheet.fields,
        errors,
        buttons[what],
        asks=what in ("extend", "contest"),
        folded=what in ("extend", "contest") and not own,
        reason=reason,
        upload=what == "contest",
        wrong_file=wrong_file,
    )


def lacking(what: str) -> str:
    """Say that the file is missing, where one must come with the form."""
    sent = request.files.get("evidence")
    if what != "contest" or (sent is not None and sent.filename):
        return ""
    return refusals.beside(Refused("rating_contest_file"), {})[1]


def asked(what: str, rating_id: int, sheet: Sheet) -> tuple[Any, Any]:
    """Give the use case of a form, and what is asked of it."""
    return _ASKED[what](rating_id, sheet.values)


def _extend(rating_id: int, values: Mapping[str, Any]) -> tuple[Any, Any]:
    days = values["extend_days"]
    whole = int(days) if days == days.to_integral_value() else 0
    ask = AskExtension(rating_id, whole, str(values["extend_reason"]), g.request_id)
    return rating_requests.ASK_EXTENSION, ask


def _extension(rating_id: int, values: Mapping[str, Any]) -> tuple[Any, Any]:
    granted = values["granted"] == "yes"
    ask = DecideExtension(rating_id, granted, str(values["granted_reason"]), g.request_id)
    return rating_requests.DECIDE_EXTENSION, ask


def _contest(rating_id: int, values: Mapping[str, Any]) -> tuple[Any, Any]:
    sent = request.files.get("evidence")
    stream = sent.stream if sent is not None and sent.filename else None
    name = sent.filename or "" if sent is not None else ""
    ask = Contest(
        rating_id,
        str(values["contest_ground"]),
        str(values["contest_reason"]),
        name,
        stream,  # type: ignore[arg-type]
        g.request_id,
    )
    return rating_contests.CONTEST, ask


def _judge(rating_id: int, values: Mapping[str, Any]) -> tuple[Any, Any]:
    upheld = values["upheld"] == "yes"
    return rating_contests.JUDGE, Judge(
        rating_id, upheld, str(values["upheld_reason"]), g.request_id
    )


_ASKED: Mapping[str, Callable[[int, Mapping[str, Any]], tuple[Any, Any]]] = {
    "extend": _extend,
    "extension": _extension,
    "contest": _contest,
    "judge": _judge,
}
