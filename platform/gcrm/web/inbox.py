"""The inbox of staff: what waits, by the day on which it is due; taking and putting back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import inbox
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.inbox import TaskLine
from gcrm.web import marks, refusals, ruler
from gcrm.web.casebook import subject
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, staff
from gcrm.web.site import house

bp = Blueprint("inbox", __name__)

SIZE = 50
WHICH = ("all", "mine", "free", "late")


@dataclass(frozen=True, slots=True)
class Tag:
    """A word beside a task."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One task ready to show."""

    lamp: Markup
    ruler: Markup
    link: str
    who: str
    about: str
    tags: tuple[Tag, ...]
    step: str
    number: str
    opened_at: Any


@bp.get("/staff")
@staff
def show() -> str:
    """List what waits, the most urgent first."""
    which = request.args.get("which", "all")
    query = request.args.get("q", "").strip()[:60]
    text = request.args.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    with house().store.read() as reader:
        own = access(reader)
        found = inbox.list_tasks(
            reader,
            house().services,
            own,
            g.now,
            locale=locale(),
            search=query,
            which=which if which in WHICH else "all",  # type: ignore[arg-type]
            page=page,
            size=SIZE,
        )
        calendar = house().services.reference.at(reader, g.tenant.id, g.now).calendar
    titles = {
        "late": _("已超时"),
        "today": _("今天到期"),
        "tomorrow": _("明天到期"),
        "later": _("以后"),
        "paused": _("暂停计时"),
        "none": _("没有时限"),
    }
    counts = found.counts
    chips = [
        ("all", _("全部"), counts.all),
        ("mine", _("我领的"), counts.mine),
        ("free", _("没人领的"), counts.free),
        ("late", _("已超时"), counts.late),
    ]
    return render_template(
        "staff/inbox.html",
        active="inbox",
        inbox_count=counts.all,
        total=counts.all,
        late=counts.late,
        query=query,
        nothing=_nothing(any(right.resource == "task" for right in own.keys.rights)),
        chips=[
            {"words": words, "count": count, "on": which == name, "link": _link(query, name, 1)}
            for name, words, count in chips
        ],
        groups=[
            {
                "title": titles[group],
                "count": len(lines),
                "tasks": [_row(line, calendar) for line in lines],
            }
            for group, lines in found.groups
        ],
        pages={
            "before": _link(query, which, page - 1) if page > 1 else None,
            "after": _link(query, which, page + 1) if page * SIZE < found.found else None,
        },
    )


def _nothing(has_tasks: bool) -> str:
    """Say why nothing stands here: posts such as the designer's get no tasks at all."""
    return (
        _("还没有待办。新的申请会出现在这里，最急的排在最前。")
        if has_tasks
        else _("您的岗位不办件，这里一直是空的。您要用的在左边。")
    )


def _link(query: str, which: str, page: int) -> str:
    asked = {"q": query, "which": which if which != "all" else "", "page": page if page > 1 else ""}
    kept = {name: value for name, value in asked.items() if value}
    return f"/staff?{urlencode(kept)}" if kept else "/staff"


def _row(line: TaskLine, calendar: WorkingCalendar) -> Row:
    drawn = ruler.short(line.clock, g.now, calendar) if line.clock is not None else None
    who, about = subject(line.title)
    tags = []
    if line.mine:
        tags.append(Tag("accent", _("我领的")))
    elif line.assignee:
        tags.append(Tag("", _("%(name)s领了", name=line.assignee)))
    return Row(
        lamp=drawn.lamp if drawn is not None else marks.lamp("ok", _("不限")),
        ruler=drawn.ruler if drawn is not None else Markup(""),
        link=f"/staff/cases/{line.case_id}",
        who=who,
        about=f"{line.item} {about}",
        tags=tuple(tags),
        step=line.step,
        number=line.number or "",
        opened_at=line.opened_at,
    )


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/claim")
@staff
def claim(case_id: int, task_id: int) -> Answer:
    """Take a task."""
    refusals.run(inbox.CLAIM, inbox.Claim(task_id))
    return redirect(f"/staff/cases/{case_id}")


@bp.post("/staff/cases/<id:case_id>/tasks/<id:task_id>/unclaim")
@staff
def unclaim(case_id: int, task_id: int) -> Answer:
    """Put a task back."""
    refusals.run(inbox.UNCLAIM, inbox.Claim(task_id))
    return redirect(f"/staff/cases/{case_id}")
