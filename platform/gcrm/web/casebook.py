"""Cases in lists, read through the accessor: a citizen's own, and all that a clerk may see."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import Select, func, or_, select

from gcrm.access import Accessor, kept
from gcrm.apps import CompiledApp
from gcrm.runtime import correction_page, corrections
from gcrm.runtime import notice_box as told
from gcrm.runtime.case_papers import APPLY, open_paper
from gcrm.runtime.corrections import Item
from gcrm.runtime.progress import Progress
from gcrm.store import tables as t
from gcrm.store.events import public_state
from gcrm.web import dates, states
from gcrm.web.definitions import translations_of, words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.site import house

PAGE = 50
ALL_MESSAGES = "/me/messages"


@dataclass(frozen=True, slots=True)
class Shown:
    """A label and what stands beside it."""

    label: str
    shown: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list."""

    id: str
    link: str
    title: str
    who: str
    about: str
    item: str
    number: str
    code: str
    state: str
    tone: str
    step: str
    sentence: str
    submitted_at: dt.datetime | None


def own_cases(own: Accessor, most: int = PAGE) -> tuple[list[CaseLine], int]:
    """List what the citizen applied for, takes part in or represents, the newest first.

    At most `most` of them are made ready; the number beside says how many there are, up to PAGE.
    """

    def build() -> Select[Any]:
        return own.select("case").order_by(t.case.c.submitted_at.desc()).limit(PAGE)

    statement = kept.statement("own", own.actor, own.keys, own.trial, build)
    rows = own.reader.execute(statement).all()
    due = promised(own, [row.id for row in rows[:most]])
    return [_own(own, row, due.get(row.id)) for row in rows[:most]], len(rows)


def _own(own: Accessor, row: Any, due: dt.datetime | None) -> CaseLine:
    app = app_of(own.reader, row)
    name = words(app)(app.definition.name)
    public = public_state(row.state) or "submitted"
    step = step_name(app, row.step_id)
    return CaseLine(
        id=str(row.id),
        link=f"/me/cases/{row.id}",
        title=own_title(name, row.title),
        who=subject(row.title)[0],
        about=subject(row.title)[1],
        item=name,
        number=row.number or "",
        code=public,
        state=states.public_words()[public],
        tone=_public_tone(public, row.state, row.outcome),
        step=step,
        sentence=_sentence(row, public, step, due),
        submitted_at=row.submitted_at,
    )


def own_title(item: str, title: str) -> str:
    """Name a case for its citizen: the service, and for whom."""
    who = subject(title)[0]
    return _("%(item)s（%(subject)s）", item=item, subject=who) if who else item


def subject(title: str) -> tuple[str, str]:
    """Split what a list says of a case: who it is about, and the rest."""
    who, _blank, rest = title.partition(" ")
    return who, rest


def _public_tone(public: str, state: str, outcome: str | None) -> str:
    if public in ("decided", "closed"):
        told = outcome if state == "completed" and outcome else state
        return states.TONES.get(told, "")
    return {"correcting": "warn", "accepted": "accent", "handling": "accent"}.get(public, "")


def _sentence(row: Any, public: str, step: str, due: dt.datetime | None) -> str:
    if public in ("decided", "closed"):
        when = row.decided_at or row.closed_at
        outcome = states.ended(row.state, row.outcome)
        return (
            _("%(day)s，%(outcome)s。", day=dates.day(when), outcome=outcome) if when else outcome
        )
    parts = []
    if step:
        parts.append(_("现在在：%(step)s。", step=step))
    if due is not None and public != "correcting":
        parts.append(_("预计%(day)s前办好。", day=dates.day(due)))
    if public == "correcting":
        parts.append(_("请看一下要补什么。"))
    return (" " if locale() == "en" else "").join(parts) or _("我们正在看您的申请。")


def promised(own: Accessor, cases: Sequence[int]) -> dict[int, dt.datetime]:
    """Give the promised days of cases that the accessor has just listed."""
    if not cases:
        return {}
    statement = select(t.clock.c.case_id, t.clock.c.due_at).where(
        t.clock.c.tenant_id == own.actor.tenant_id,
        t.clock.c.case_id.in_(cases),
        t.clock.c.kind == "promised",
        t.clock.c.task_id.is_(None),
    )
    return {row.case_id: row.due_at for row in own.reader.execute(statement)}


def app_of(reader: Any, row: Any) -> CompiledApp:
    """Load the release on which a case runs."""
    app: CompiledApp = house().services.apps.load(reader, g.tenant.id, row.app_id, row.release)
    return app


def step_name(app: CompiledApp, step_id: str | None) -> str:
    """Name a step of the app's process in the page's language."""
    if not step_id:
        return ""
    translated = translations_of(app, locale())
    for process_id, process in app.processes.items():
        for step in process.steps:
            if step.id == step_id:
                key = f"processes/{process_id}.bpmn#{step_id}.name"
                return translated.get(key, step.name)
    return ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a clerk asked of the list."""

    query: str
    state: str
    page: int


def clerk_cases(own: Accessor, wanted: Filter) -> tuple[list[CaseLine], int]:
    """List one page of the cases that a clerk may read, and count all."""
    statement = own.select("case")
    if wanted.query:
        text = wanted.query.replace("\0", "")
        statement = statement.where(
            or_(
                t.case.c.number == text.upper(),
                t.case.c.title.contains(text, autoescape=True),
            )
        )
    if wanted.state == "open":
        statement = statement.where(t.case.c.closed_at.is_(None))
    elif wanted.state == "closed":
        statement = statement.where(t.case.c.closed_at.is_not(None))
    return page_of(own, statement, wanted.page)


NEWEST = (t.case.c.submitted_at.desc(), t.case.c.id.desc())


def page_of(
    own: Accessor, statement: Select[Any], page: int, order: Sequence[Any] = NEWEST
) -> tuple[list[CaseLine], int]:
    """Give one page of cases in an order, and count all: two statements.

    The page's ids are found first, in an index that holds all that is judged and sorted by;
    only its own rows are then read whole.
    """
    ids = statement.with_only_columns(t.case.c.id)
    total = own.reader.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
    here = ids.order_by(*order).offset(page * PAGE).limit(PAGE).subquery()
    rows = own.select("case").join(here, here.c.id == t.case.c.id).order_by(*order)
    return [clerk_line(own, row) for row in own.reader.execute(rows).all()], total


def clerk_line(own: Accessor, row: Any) -> CaseLine:
    """Make a case ready for a clerk's list."""
    app = app_of(own.reader, row)
    return CaseLine(
        id=str(row.id),
        link=f"/staff/cases/{row.id}",
        title=row.title,
        who=subject(row.title)[0],
        about=f"{words(app)(app.definition.name)} {subject(row.title)[1]}",
        item=words(app)(app.definition.name),
        number=row.number or "",
        code=row.state,
        state=states.clerk_words()[row.state],
        tone=states.TONES.get(row.state, ""),
        step=step_name(app, row.step_id),
        sentence="",
        submitted_at=row.submitted_at,
    )


def granted(own: Accessor, case_id: int, found: Progress) -> tuple[Shown, ...]:
    """List what was granted: the last step's own form, as far as an applicant may read it."""
    row = own.find("case", case_id)
    if row is None or found.decided_at is None or found.outcome not in (None, "approved"):
        return ()
    app = app_of(own.reader, row)
    steps = [step for process in app.processes.values() for step in process.steps if step.form]
    shown: list[Shown] = []
    for step in steps:
        paper = open_paper(
            own.reader,
            house().services,
            row,
            g.now,
            locale=locale(),
            step=APPLY,
            form_step=step.id,
        )
        if paper is not None:
            answers = [each for section in paper.answers() for each in section.answers]
            shown = [Shown(each.label, each.text) for each in answers if each.text]
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class Todo:
    """The list that a case waits for, on its citizen's page."""

    title: str
    items: tuple[Item, ...]
    reminder: str
    link: str
    begun: bool


def to_correct(own: Accessor, case_id: int, found: Progress) -> Todo | None:
    """Give the whole list of what is to be corrected; None where nothing is."""
    if found.state != corrections.STATE:
        return None
    row = own.find("case", case_id)
    if row is None:
        return None
    asked = corrections.newest(own.reader, house().services.sealer, dict(row))
    if asked is None or not asked.is_open:
        return None
    app = app_of(own.reader, row)
    form = next((app.form_of(each) for each in app.definition.item_variants), None)
    items = correction_page.said(asked.items, form, locale()) if form is not None else asked.items
    due = dates.day(asked.due_at)
    return Todo(
        ngettext(
            "请在%(due)s前补好%(num)s样",
            "Please mend %(num)s things by %(due)s",
            len(items),
            due=due,
        ),
        items,
        _("到期没有补好，这次申请就停了，想办要重新申请。等您补的时间不算在办理时间里。"),
        f"/me/cases/{case_id}/correct",
        asked.draft_rev > 0,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One message to a citizen."""

    text: str
    at: dt.datetime
    link: str
    unread: int | None = None
    sent: tuple[str, ...] = ()  # on which other ways, and how far it came
    cases: Sequence[tuple[str, str]] = ()  # several cases that it names: number and address

    @property
    def kind(self) -> str:
        """Say that it is new."""
        return _("新") if self.unread is not None else ""


def notices(own: Accessor, *, case_id: int | None = None, limit: int = 100) -> list[Line]:
    """List what a citizen was told, the newest first."""
    found = told.list_notices(own.reader, house().services, own, case_id=case_id, limit=limit)
    return [
        Line(
            each.text,
            each.at,
            _about(each),
            each.notice_id if each.read_at is None else None,
            tuple(_sent(way) for way in each.ways),
        )
        for each in found
    ]


def _about(notice: told.NoticeLine) -> str:
    """Give the page of what a message speaks of: a case, a draft; else that of all messages."""
    if notice.case_id:
        return f"/me/cases/{notice.case_id}"
    return f"/apply/{notice.draft_id}" if notice.draft_id else ALL_MESSAGES


def _sent(way: told.Way) -> str:
    """Say where a message also went."""
    named = {"sms": _("短信"), "mail": _("邮件")}
    channel = named.get(way.channel, way.channel)
    if way.status == "delivered":
        return _("%(channel)s%(to)s，已送达", channel=channel, to=way.to_mask)
    if way.status == "sent":
        return _("%(channel)s%(to)s，已发出", channel=channel, to=way.to_mask)
    if way.status == "waiting":
        return _("%(channel)s%(to)s，等着发", channel=channel, to=way.to_mask)
    return _("%(channel)s%(to)s，没有发到", channel=channel, to=way.to_mask)
