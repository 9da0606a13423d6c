"""A clerk's list of what an applicant is to correct: tick, say what and how, set the day, send."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Reply

from gcrm.access import Denied
from gcrm.runtime import correction_choices
from gcrm.runtime.correction_ask import ASK_CORRECTION, LONGEST, AskCorrection, Asked, Flaw
from gcrm.runtime.correction_choices import Choice, Choices
from gcrm.runtime.refusals import Refused
from gcrm.web import casebook, dates, refusals
from gcrm.web.apply import Mistake
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house

bp = Blueprint("correct", __name__)

FREE_AT_FIRST = 1
FREE_AT_MOST = 20
TYPED = LONGEST * 4  # characters taken from the page; the use case says its own limit


@dataclass(frozen=True, slots=True)
class Typed:
    """The page as it was posted: the ticked fields, words by name, how many free lines."""

    ticked: frozenset[str]
    words: Mapping[str, str]
    free: int

    def word(self, name: str) -> str:
        """Give what was typed under a name."""
        return self.words.get(name, "")


@bp.get("/staff/cases/<id:case_id>/tasks/<id:task_id>/correct")
@staff
def ask(case_id: int, task_id: int) -> str:
    """Show the list, with what the rules found ticked already."""
    found = _choices(case_id, task_id)
    told = {
        choice.field: choice
        for _title, choices in found.sections
        for choice in choices
        if choice.what
    }
    words = {f"what-{name}": choice.what for name, choice in told.items()}
    words |= {f"fix-{name}": choice.fix for name, choice in told.items()}
    words["due"] = found.due.isoformat()
    return _page(case_id, found, Typed(frozenset(told), words, FREE_AT_FIRST), ())


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/correct")
@staff
def send(case_id: int, task_id: int) -> str | Reply | tuple[str, int]:
    """Send the list; what is missing is said beside its line and nothing written is lost."""
    found = _choices(case_id, task_id)
    typed = _typed()
    if request.form.get("go") == "more":
        more = Typed(typed.ticked, typed.words, min(typed.free + 1, FREE_AT_MOST))
        return _page(case_id, found, more, ())
    asked = AskCorrection(
        task_id,
        _items(found, typed),
        _day(typed.word("due")),
        typed.word("reason"),
        locale(),
        g.request_id,
    )
    try:
        done = house().run(ASK_CORRECTION, me(), asked)
    except Denied as denied:
        raise NotFound from denied
    except Refused as refusal:
        raise refusals.stopped(refusal) from refusal
    if done.flaws:
        return _page(case_id, found, typed, done.flaws), 422
    return redirect(f"/staff/cases/{case_id}?done=1")


def _choices(case_id: int, task_id: int) -> Choices:
    g.back = f"/staff/cases/{case_id}"
    with house().store.read() as reader:
        try:
            found = correction_choices.read_choices(
                reader, house().services, access(reader), task_id, g.now, locale=locale()
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
    if found.case_id != case_id:
        raise NotFound
    return found


def _typed() -> Typed:
    words = {
        name: request.form.get(name, "")[:TYPED]
        for name in list(request.form)[:600]
        if name not in ("csrf_token", "item", "go")
    }
    free = words.get("free", "")
    count = int(free) if re.fullmatch(r"\d{1,2}", free, re.ASCII) else FREE_AT_FIRST
    ticked = frozenset(request.form.getlist("item")[:200])
    return Typed(ticked, words, min(max(count, 1), FREE_AT_MOST))


def _day(text: str) -> dt.date:
    """Read the day; one that cannot be read lies too far back to be taken."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return dt.date.min.replace(year=1900)


def _items(found: Choices, typed: Typed) -> tuple[Asked, ...]:
    """Read the lines in the order of the page; an empty free line is none."""
    items = [
        Asked(
            choice.field,
            typed.word(f"what-{choice.field}"),
            typed.word(f"fix-{choice.field}"),
            typed.word(f"phrase-{choice.field}"),
            place=choice.field,
        )
        for _title, choices in found.sections
        for choice in choices
        if choice.field in typed.ticked
    ]
    for number in range(1, typed.free + 1):
        name = f"free_{number}"
        words = [typed.word(f"{part}-{name}").strip() for part in ("label", "what", "fix")]
        if any(words):
            label, what, fix = words
            phrase = typed.word(f"phrase-{name}")
            items.append(Asked(None, what, fix, phrase, label, place=name))
    return tuple(items)


def _page(case_id: int, found: Choices, typed: Typed, flaws: tuple[Flaw, ...]) -> str:
    labels = {
        choice.field: choice.label for _title, choices in found.sections for choice in choices
    }
    told = [(flaw, *refusals.said(Refused(flaw.code, _values(flaw, labels)))) for flaw in flaws]
    beside = {_target(flaw): f"{what}{_gap()}{fix}" for flaw, what, fix in told}
    rows = [
        {"title": title, "choices": [_choice(each, typed, beside) for each in choices]}
        for title, choices in found.sections
    ]
    again = bool(found.before)
    return render_template(
        "staff/correct.html",
        active="inbox",
        title=_("退回让申请人补"),
        who=casebook.subject(found.title)[0],
        case_link=f"/staff/cases/{case_id}",
        errors=[
            Mistake(f"#c-{_target(flaw)}", what.rstrip("。."), fix) for flaw, what, fix in told
        ],
        sections=rows,
        free=[_free(number, typed, beside, found) for number in range(1, typed.free + 1)],
        free_count=typed.free,
        items_error=beside.get("items", ""),
        due=typed.word("due"),
        due_error=beside.get("due", ""),
        first_day=(g.today + dt.timedelta(days=1)).isoformat(),
        last_day=found.last.isoformat(),
        due_hint=_(
            "%(days)s天内，默认%(day)s，最晚%(last)s。到期前短信提醒，到期没有补好就终止办理。",
            days=found.days,
            day=dates.day(found.due),
            last=dates.day(found.last),
        ),
        source=found.source,
        again=again,
        reason=typed.word("reason"),
        reason_error=beside.get("reason", ""),
        before=[
            {
                "title": _("%(day)s退回过一次", day=dates.day(each.asked_at)),
                "items": [item.label for item in each.items],
            }
            for each in found.before
        ],
    )


def _gap() -> str:
    return " " if locale() == "en" else ""


def _values(flaw: Flaw, labels: Mapping[str, str]) -> dict[str, Any]:
    values = dict(flaw.values)
    if "field" in values:
        values["field"] = labels.get(str(values["field"]), str(values["field"]))
    return values


def _target(flaw: Flaw) -> str:
    """Name the control: `elder_name-what` of the use case is `what-elder_name` on the page."""
    name, _dash, part = flaw.place.rpartition("-")
    return f"{part}-{name}" if name else part


def _choice(choice: Choice, typed: Typed, beside: Mapping[str, str]) -> dict[str, Any]:
    return {
        "field": choice.field,
        "label": choice.label,
        "shown": choice.shown or _("没有填"),
        "ticked": choice.field in typed.ticked,
        "found": bool(choice.what),
        **_words(choice.field, choice.phrases, typed, beside),
    }


def _free(number: int, typed: Typed, beside: Mapping[str, str], found: Choices) -> dict[str, Any]:
    name = f"free_{number}"
    return {
        "field": name,
        "number": number,
        "label": typed.word(f"label-{name}"),
        "label_error": beside.get(f"label-{name}", ""),
        **_words(name, found.free_phrases, typed, beside),
    }


def _words(name: str, phrases: Any, typed: Typed, beside: Mapping[str, str]) -> dict[str, Any]:
    chosen = typed.word(f"phrase-{name}")
    return {
        "phrases": [
            {"code": each.code, "text": "".join(each.said(locale())), "on": each.code == chosen}
            for each in phrases
        ],
        "what": typed.word(f"what-{name}"),
        "fix": typed.word(f"fix-{name}"),
        "what_error": beside.get(f"what-{name}", ""),
        "fix_error": beside.get(f"fix-{name}", ""),
    }
