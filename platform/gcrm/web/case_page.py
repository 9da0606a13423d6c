"""What a clerk's page shows of a case: answers with masks, verbs, clocks, papers, what happened."""

import datetime as dt
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g

from form_engine.answers import AnswerSection
from gcrm.runtime import clock_rulers, step_spans
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_view import CaseView, VerbView
from gcrm.runtime.clocks import Clock
from gcrm.runtime.grounds import Appeal, Grounds
from gcrm.runtime.timeline import Moment
from gcrm.web import dates, ruler, states
from gcrm.web.findings import shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.portal import duration
from rule_engine import Verdict

KEYS = [letter for letter in string.ascii_uppercase if letter not in "CJK"]
DANGER = frozenset({"refuse"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs a full number."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Asking:
    """The question before a full number is shown."""

    field: str
    link: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as a clerk sees it."""

    label: str
    shown: str
    wide: bool
    before: str | None  # what it was before the last correction
    reveal: str
    asking: Asking | None


@dataclass(frozen=True, slots=True)
class Button:
    """A verb."""

    id: str
    label: str
    primary: bool
    danger: bool
    key: str
    link: str  # where a verb that needs a page of its own leads


def said(found: CaseView) -> dict[str, str]:
    """Say what the last button brought."""
    if found.outcome:
        text = states.clerk_words().get(found.outcome, "")
        return {"tone": "ok", "title": _("已经办完：%(outcome)s", outcome=text), "text": ""}
    text = _("现在在：%(step)s。", step=found.step) if found.step else ""
    return {"tone": "ok", "title": _("这一步办好了"), "text": text}


def task_of(found: CaseView) -> dict[str, Any]:
    """Say what the clerk may do with the task."""
    task = found.task
    assert task is not None  # noqa: S101  the caller has looked
    base = f"/staff/cases/{found.case_id}/tasks/{task.task_id}"
    note = ""
    if task.four_eyes == task.name:
        note = _("您已经签过，等另一位签。")
    elif task.four_eyes:
        note = _("前面的“%(step)s”是您办的，这一步要换一个人办。", step=task.four_eyes)
    elif found.state == "correcting":
        note = _("在等申请人补材料，补好了接着办。")
    elif task.mine:
        note = _("您领了这件")
    return {
        "id": task.task_id,
        "rev": task.rev,
        "may_act": task.four_eyes is None and found.state != "correcting",
        "may_claim": task.may_claim and task.four_eyes is None and found.state != "correcting",
        "claimed": task.mine,
        "claim_link": f"{base}/claim",
        "unclaim_link": f"{base}/unclaim",
        "pause_link": f"{base}/pause",
        "hand_over_link": f"{base}/hand-over",
        "resume_link": f"{base}/resume",
        "paused": found.state == "suspended",
        "note": note,
    }


def buttons(found: CaseView) -> list[Button]:
    """Give the verbs; the emphasised one follows the verdict of the rules."""
    task = found.task
    assert task is not None  # noqa: S101  the caller has looked
    failed = found.precheck is not None and found.precheck.verdict is Verdict.FAIL
    wanted = ("correct", "send_back", "refuse") if failed else ("advance",)
    primary = next((verb.id for kind in wanted for verb in task.verbs if verb.kind == kind), "")
    keys = _keys(task.verbs)
    return [
        Button(
            verb.id,
            verb.label,
            verb.id == primary,
            verb.kind in DANGER and verb.id != primary,
            keys[verb.id],
            f"/staff/cases/{found.case_id}/tasks/{task.task_id}/correct"
            if verb.kind == "correct"
            else "",
        )
        for verb in task.verbs
    ]


def _keys(verbs: Iterable[VerbView]) -> dict[str, str]:
    return dict(zip((verb.id for verb in verbs), KEYS, strict=False))


def sections(
    found: CaseView, case_id: int, may_reveal: bool, asked: str
) -> Iterable[tuple[AnswerSection, list[Row]]]:
    """Give the answers, then what was filled in at earlier steps."""
    papers = [section for paper in found.papers for section in paper.sections]
    for section in (*found.sections, *papers):
        yield (
            section,
            [
                _row(
                    answer,
                    case_id,
                    may_reveal and answer.masked,
                    asked == answer.field_id,
                    found.changed.get(answer.field_id),
                )
                for answer in section.answers
            ],
        )


def _row(answer: Any, case_id: int, may_reveal: bool, asking: bool, before: str | None) -> Row:
    here = f"/staff/cases/{case_id}"
    reasons = (
        Reason("check", _("和证件核对")),
        Reason("call", _("联系申请人")),
        Reason("pay", _("核对收款账户")),
    )
    question = Asking(answer.field_id, f"{here}/reveal", reasons) if may_reveal and asking else None
    return Row(
        answer.label,
        answer.text or _("没有填"),
        len(answer.text) > 20 or answer.type_id in ("address", "textarea", "signature"),
        before if before is None else before or _("没有填"),
        f"{here}?reveal={answer.field_id}" if may_reveal and not asking else "",
        question,
    )


def refusing(found: CaseView, given: Grounds | None, lacking: Mapping[str, str]) -> Any:
    """Ask what a refusal needs beside its reason; what the rules found is filled in."""
    task = found.task
    if task is None or not task.rules or task.appeal is None:
        return None
    first = task.rules[0]
    known = given or Grounds(
        first.code if first.fails else "", first.fix if first.fails else "", ""
    )
    return {
        "open": bool(lacking) or given is not None,
        "rules": [
            {"code": each.code, "text": each.text, "on": each.code == known.rule}
            for each in task.rules
        ],
        "change": known.change,
        "elsewhere": known.elsewhere,
        "errors": lacking,
        "appeal": _appeal(task.appeal),
    }


def _appeal(appeal: Appeal) -> str:
    return _(
        "申请人可以在%(days)s日内申请行政复议，或者在%(months)s个月内起诉。系统会写在结果里。",
        days=appeal.days,
        months=appeal.months,
    )


def refused(found: CaseView) -> list[dict[str, str]]:
    """List why the case was refused, as its applicant reads it."""
    given = found.refusal
    if given is None:
        return []
    rule = f"{given.rule} {given.source}".strip()
    rows = [
        (_("原因"), given.reason),
        (_("依据"), rule),
        (_("什么情况下能办"), given.change),
        (_("还可以去哪里办"), given.elsewhere),
    ]
    return [{"label": label, "text": text} for label, text in rows]


def objections(found: CaseView) -> list[dict[str, Any]]:
    """List what people objected while the result was public, the newest first."""
    said = {"online": _("网上提的"), "window": _("窗口录入")}
    return [
        {
            "name": each.name,
            "channel": said[each.channel],
            "contact": each.contact,
            "text": each.text,
            "at": each.at,
        }
        for each in reversed(found.objections)
    ]


def signers(found: CaseView) -> list[dict[str, Any]]:
    """List who has signed and who is awaited; only a consent looks like one."""
    said = {
        "advance": ("ok", _("已签：同意")),
        "refuse": ("bad", _("已签：不同意")),
        "send_back": ("warn", _("已签：退回")),
    }
    return [
        {
            "role": each.role,
            "who": each.who,
            "verb": each.verb,
            "at": each.at,
            "tone": said.get(each.kind, ("", ""))[0] if each.at else "warn",
            "state": said.get(each.kind, ("", _("已签")))[1] if each.at else _("等签"),
        }
        for each in found.signers
    ]


def corrections(found: CaseView) -> list[dict[str, Any]]:
    """List the rounds of corrections, the newest first."""
    said = {
        "open": ("warn", _("等申请人补")),
        "answered": ("ok", _("已补好")),
        "expired": ("bad", _("到期没有补")),
        "cancelled": ("", _("不用补了")),
    }
    return [
        {
            "round": each.round,
            "tone": said[each.status][0],
            "state": said[each.status][1],
            "who": each.who,
            "at": each.asked_at,
            "due": dates.day(each.due_at),
            "answered_at": each.answered_at,
            "reason": each.reason,
            "items": [
                {"label": item.label, "what": item.what, "note": note, "files": beside}
                for item, note, beside in each.items
            ],
        }
        for each in reversed(found.corrections)
    ]


def findings(found: CaseView, app: Any) -> list[dict[str, Any]]:
    """Give what the rules found, each beside what they found before the last correction."""
    if found.precheck is None:
        return []
    earlier = {
        each.condition_id: shown(app, each)
        for each in (found.earlier.findings if found.earlier else ())
    }
    listed = []
    for each in found.precheck.findings:
        now, then = shown(app, each), earlier.get(each.condition_id)
        differs = then is not None and then.verdict != now.verdict
        listed.append({"now": now, "then": then.verdict if then and differs else ""})
    return listed


def files(found: CaseView) -> list[dict[str, Any]]:
    """List the papers with their question and whether they are clean."""
    labels = {
        file.id: answer.label
        for section in found.sections
        for answer in section.answers
        for file in answer.files
    }
    said = {
        "clean": ("ok", _("查过病毒")),
        "waiting": ("warn", _("还在查病毒")),
        "infected": ("bad", _("有病毒，不能打开")),
    }
    return [
        {
            "label": labels.get(file.id, _("附件")),
            "name": file.name,
            "link": file.url if file.state == "clean" else "",
            "size": file.size,
            "tone": said[file.state][0],
            "state": said[file.state][1],
        }
        for file in found.files
    ]


def clock(found: CaseView, calendar: WorkingCalendar) -> dict[str, Any] | None:
    """Say how much time is left: of this step, promised, and by law."""
    if not found.clocks:
        return None
    task = found.task
    own = next((each for each in found.clocks if task and each.task_id == task.task_id), None)
    promised = next((each for each in found.clocks if each.kind == "promised"), None)
    shown = own or promised or found.clocks[0]
    drawn = clock_rulers.ruler(shown, g.now, calendar)
    longest = promised or shown
    named = {"statutory": _("法定"), "promised": _("承诺"), "step": _("本环节")}
    rows = [
        {
            "kind": named[each.kind],
            "what": _what(each, found),
            "due": dates.day(each.due_at),
        }
        for each in sorted(found.clocks, key=lambda each: each.due_at)
        if each.task_id is None or each is own
    ]
    return {
        "lamp": ruler.LAMPS[drawn.lamp],
        "words": _due_words(shown, drawn),
        "ruler": ruler.show(longest, clock_rulers.ruler(longest, g.now, calendar)),
        "rows": rows,
        "note": _("日子按预估的工作日历算，公布以后会再算一次。") if shown.provisional else "",
    }


def _due_words(clock: Clock, drawn: clock_rulers.Ruler) -> str:
    if clock.status == "stopped":
        return _("已经办好")
    if drawn.due_today:
        return _("今天%(time)s前", time=dates.clock_time(clock.due_at))
    left = ruler.remaining(clock, drawn)
    if drawn.minutes_left < 0 or clock.status == "suspended":
        return left
    return _("还剩%(left)s", left=left)


def _what(clock: Clock, found: CaseView) -> str:
    if clock.kind == "step":
        return found.task.name if found.task is not None else ""
    return duration(clock.term)


def timeline(found: CaseView, calendar: WorkingCalendar) -> list[dict[str, Any]]:
    """List what happened, the newest first; where the case is now stands out."""
    waiting = any(_is_open(each) for each in found.moments)
    return [
        entry(each, _is_open(each) if waiting else index == 0, calendar)
        for index, each in enumerate(found.moments)
    ]


def _is_open(moment: Moment) -> bool:
    return moment.span is not None and moment.span.until is None


def entry(moment: Moment, now: bool, calendar: WorkingCalendar) -> dict[str, Any]:
    """Make one line of what happened; a step says how long it took, or since when it waits."""
    title = states.moment_words().get(moment.type, moment.type)
    text, since = moment.step or "", None
    if moment.span is not None and moment.step:
        title, since = moment.step, moment.span.since
        text = spent(moment.span.worked, calendar)
        if moment.span.until is None:
            text = _("正在办，已用%(time)s", time=text)
            since = None
        elif moment.type == "task_cancelled":
            text = _("不用办了，用了%(time)s", time=text)
        else:
            text = _("办完了，用了%(time)s", time=text)
    elif moment.type == "step_opened" and moment.step:
        title, text = moment.step, ""
    if moment.type == "task_transferred" and moment.data.get("to_name"):
        title = _("转给%(name)s", name=moment.data["to_name"])
    if moment.data.get("cause") == "account_ended" and moment.data.get("from_name"):
        why = _("%(name)s的账号停用了", name=moment.data["from_name"])
        text = _("，").join(filter(None, (text, why)))
    return {
        "title": title, "who": moment.actor, "text": text, "at": moment.at, "since": since,
        "now": now,
    }  # fmt: skip


def spent(worked: dt.timedelta, calendar: WorkingCalendar) -> str:
    """Say a length of working time in its two largest units."""
    day = step_spans.working_day(calendar)
    days, rest = divmod(worked, day)
    hours, rest = divmod(rest, dt.timedelta(hours=1))
    minutes = max(rest // dt.timedelta(minutes=1), 0)
    said = []
    if days:
        said.append(ngettext("%(num)s个工作日", "%(num)s working days", days))
    if hours:
        said.append(ngettext("%(num)s小时", "%(num)s hours", hours))
    if not days and (minutes or not hours):
        said.append(
            ngettext("%(num)s分钟", "%(num)s minutes", minutes)
            if minutes or hours
            else _("不到1分钟")
        )
    return (" " if locale() == "en" else "").join(said)
