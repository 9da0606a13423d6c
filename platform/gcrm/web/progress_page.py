"""How far a case is, on a citizen's page: six states, the ruler, what happened, the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request

from gcrm.runtime import clock_rulers
from gcrm.runtime.clocks import Clock
from gcrm.runtime.progress import Progress
from gcrm.runtime.rating_cases import is_ratable
from gcrm.runtime.timeline import Moment, PublicStep
from gcrm.runtime.withdraw import OPEN
from gcrm.web import casebook, dates, ruler, states
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.papers import Line
from gcrm.web.site import house

GOOD = frozenset({"approved", "issuing", "completed"})


@dataclass(frozen=True, slots=True)
class Step:
    """One of the six states."""

    label: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what happened."""

    title: str
    who: str
    text: str
    at: Any
    now: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Why the clock stood still."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended."""

    tone: str
    title: str
    text: str
    lines: tuple[str, ...]
    facts: tuple[Any, ...] = ()


def page(
    found: Progress,
    *,
    mine: bool,
    notices: list[casebook.Line],
    outputs: tuple[Shown, ...] = (),
    papers: Sequence[Line] = (),
    todo: casebook.Todo | None = None,
) -> str:
    """Draw the page; looked up by code it tells nothing about a person."""
    promised = found.promised
    with house().store.read() as reader:
        calendar = house().services.reference.at(reader, g.tenant.id, g.now).calendar
    drawn = clock_rulers.ruler(promised, g.now, calendar) if promised is not None else None
    decided = found.decided_at is not None
    return render_template(
        "citizen/progress.html",
        mine=mine,
        todo=todo,
        corrected="corrected" in request.args,
        title=found.item,
        applicant=found.title,
        number=found.number or "",
        code=found.lookup_code if mine else "",
        papers=papers,
        receipt_link=f"/me/cases/{found.case_id}/receipt" if mine and found.submitted_at else "",
        withdraw_link=f"/me/cases/{found.case_id}/withdraw" if mine and found.state in OPEN else "",
        rate_link=f"/me/cases/{found.case_id}/rate" if mine and is_ratable(found.state) else "",
        steps=[_step(each, found) for each in found.steps],
        result=_result(found, outputs),
        ruler=ruler.show(promised, drawn) if promised is not None and drawn is not None else None,
        counted=promised is not None,
        due_title=_due(promised, drawn, decided),
        now_at="" if decided else _where(found),
        pauses=_pauses(promised),
        timeline=[_entry(each, index == 0) for index, each in enumerate(found.moments)],
        sections=[
            {
                "id": section.id,
                "title": section.title,
                "rows": [Shown(each.label, each.text or _("没有填")) for each in section.answers],
            }
            for section in found.answers
        ],
        notices=notices,
    )


def _step(step: PublicStep, found: Progress) -> Step:
    kinds = {"done": "done", "now": "now", "next": "", "skipped": "none"}
    note = dates.short(step.at) if step.at is not None and step.mark in ("done", "now") else ""
    if step.code == "correcting" and step.mark in ("skipped", "next"):
        return Step(states.public_words()[step.code], "none", _("这次不用补"))
    if step.mark == "now" and step.code == "handling" and found.step:
        note = found.step
    if step.mark == "now" and step.code in ("decided", "closed"):
        note = states.ended(found.state, found.outcome) or note
    return Step(states.public_words()[step.code], kinds[step.mark], note)


def _due(clock: Clock | None, drawn: clock_rulers.Ruler | None, decided: bool) -> str:
    if clock is None or drawn is None:
        return _("还没有开始计时")
    if not decided and clock.status != "stopped":
        return due_words(clock)
    used = sum(cell.mark in ("used", "today", "late") for cell in drawn.cells)
    if not used:
        return _("承诺的%(total)s个工作日，一天也没有用到", total=clock.term.value)
    return _("用了%(used)s个工作日，承诺是%(total)s个", used=used, total=clock.term.value)


def due_words(clock: Clock) -> str:
    """Say by which day it will be done."""
    if clock.status == "suspended":
        return _("暂停计时，日子会往后顺延")
    return _("预计%(day)s前办好", day=dates.day(clock.due_at))


def _where(found: Progress) -> str:
    if found.state == "publicity":
        return _("准备通过，正在公示。没有异议就出结果。")
    if found.step and found.office:
        return _("现在在：%(office)s，%(step)s。", office=found.office, step=found.step)
    return _("现在在：%(step)s。", step=found.step) if found.step else ""


def _pauses(clock: Clock | None) -> list[Pause]:
    if clock is None:
        return []
    said = []
    for each in clock.suspensions:
        known = {"correction": _("在等您补材料"), "publicity": _("结果在公示")}
        reason = known.get(each.cause, each.reason)
        if each.to_at is None:
            text = _("从%(first)s起暂停，这段时间不算在办理时间里。", first=dates.day(each.from_at))
        else:
            text = _(
                "%(first)s到%(last)s暂停，这段时间不算在办理时间里。",
                first=dates.day(each.from_at),
                last=dates.day(each.to_at),
            )
        said.append(Pause(_("为什么暂停：%(reason)s", reason=reason), text))
    return said


def _entry(moment: Moment, first: bool) -> Entry:
    words = states.moment_words()
    title = words.get(moment.type, moment.type)
    if moment.type == "step_opened":
        title = moment.step or title
    text = ""
    if moment.type in ("task_done", "task_opened") and moment.step:
        text = moment.step
    return Entry(title, moment.actor or "", text, moment.at, first)


def _result(found: Progress, outputs: tuple[Shown, ...]) -> Result | None:
    if found.state == "terminated":
        return Result(
            "bad", states.outcome_words()["terminated"], found.reason, (_("可以重新申请。"),)
        )
    if found.decided_at is None:
        return None
    if found.state == "revoked":
        return _revoked(found)
    state = found.outcome or found.state
    title = states.outcome_words().get(state, states.outcome_words().get(found.state, ""))
    when = _("%(day)s决定的。", day=dates.day(found.decided_at))
    if state in GOOD:
        return Result("ok", title, when, (), outputs)
    refusal = found.refusal
    if refusal is None:
        lines = [_("原因：%(reason)s", reason=found.reason)] if found.reason else []
        lines.append(_("情况变了可以再申请。有疑问请打12345。"))
        lines.append(_("不同意这个结果，可以申请行政复议，或者起诉。"))
        return Result("bad", title, when, tuple(lines))
    appeal = refusal.appeal
    facts = (
        Shown(_("原因"), refusal.reason),
        Shown(_("依据"), f"{refusal.rule} {refusal.source}".strip()),
        Shown(_("什么情况下能办"), refusal.change),
        Shown(_("还可以去哪里办"), refusal.elsewhere),
        Shown(
            _("不同意怎么办"),
            _(
                "收到决定以后%(days)s日内可以申请行政复议，或者%(months)s个月内向法院起诉。",
                days=appeal.days,
                months=appeal.months,
            ),
        ),
    )
    return Result("bad", title, when, (_("有疑问请打12345。"),), facts)


def _revoked(found: Progress) -> Result:
    """Say that it counts no more, with the day on which that was decided."""
    at = next((each.at for each in found.moments if each.type == "revoked"), found.decided_at)
    lines = [_("原因：%(reason)s", reason=found.reason)] if found.reason else []
    lines.append(_("不同意这个结果，可以申请行政复议，或者起诉。"))
    when = _("%(day)s撤销的。", day=dates.full(at)) if at is not None else ""
    return Result("bad", states.outcome_words()["revoked"], when, tuple(lines))
