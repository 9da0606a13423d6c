"""Notices: made from the outbox, once for each person and channel, and put out to be sent."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from app_definitions.app import Notice
from gcrm.apps import CompiledApp
from gcrm.runtime import house_parameters, notice_texts
from gcrm.runtime.case_papers import open_paper
from gcrm.runtime.ended_notices import TOPIC as ENDED
from gcrm.runtime.ended_notices import ended_rows
from gcrm.runtime.file_notices import TOPIC as FILE
from gcrm.runtime.file_notices import file_rows
from gcrm.runtime.hand_over_notices import EVENT as HANDED_OVER
from gcrm.runtime.hand_over_notices import handed_over_rows
from gcrm.runtime.notice_case import NoticeCase
from gcrm.runtime.notice_people import Recipient, names_of, recipients, supervisors
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.rating_notices import TOPIC as RATING
from gcrm.runtime.rating_notices import rating_rows
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.store import events, jobs, outbox
from gcrm.store import tables as t
from gcrm.store.errors import ErasedError, SealingError
from gcrm.store.events import Event, Projection
from gcrm.store.outbox import Message
from gcrm.store.rows import put_rows

TOPIC = "case"
SEND = "notice.send"
ATTEMPTS = 9
"""Over about two days; then a person has to look (`job_kinds.NOTICE_WAITS`)."""

LAMPS = {"yellow": "warning", "red": "breach"}
URGENT = frozenset(
    {"correcting", "correction_due", "correction_again", "warning", "breach", "urge", "task"}
)
"""What cannot wait for the morning: something is asked of the reader, with a day."""

DAY = 24  # hours


@dataclass(slots=True)
class NoticePlan:
    """The notices that messages of the outbox bring, ready to be written."""

    messages: tuple[Message, ...]
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    links: list[Mapping[str, Any]] = field(default_factory=list)
    send_at: dict[int, dt.datetime] = field(default_factory=dict)


def prepare_messages(
    reader: Connection, services: Services, messages: Sequence[Message], now: dt.datetime
) -> NoticePlan:
    """Write the texts for everybody who is to learn of these messages."""
    plan = NoticePlan(tuple(messages))
    for message in messages:
        if message.topic == TOPIC and message.case_id is not None:
            _tell(reader, services, message, now, plan)
        elif message.topic == RATING:
            plan.rows += rating_rows(reader, services, message, now)
        elif message.topic == FILE:
            plan.rows += file_rows(reader, services, message, now)
        elif message.topic == ENDED:
            plan.rows += ended_rows(reader, services, message, now)
    return plan


def commit_messages(writer: Connection, plan: NoticePlan, now: dt.datetime) -> None:
    """Write notices, the jobs that send them, and that the messages are applied: at most four
    statements for each tenant. Raises FencedError where somebody else applied one."""
    put_rows(writer, t.rating_link, plan.links)
    put_rows(writer, t.notice, plan.rows)
    for tenant in sorted({row["tenant_id"] for row in plan.rows}):
        send = [
            jobs.NewJob(SEND, {"notice": row["id"]}, plan.send_at.get(row["id"], now), ATTEMPTS)
            for row in plan.rows
            if row["tenant_id"] == tenant and row["status"] == "waiting"
        ]
        jobs.enqueue(writer, tenant, send, now)
    outbox.applied(writer, plan.messages, now)


_CASE = select(t.case).where(
    t.case.c.tenant_id == bindparam("tenant"), t.case.c.id == bindparam("case")
)


def _tell(
    reader: Connection,
    services: Services,
    message: Message,
    now: dt.datetime,
    plan: NoticePlan,
) -> None:
    row = (
        reader.execute(_CASE, {"tenant": message.tenant_id, "case": message.case_id})
        .mappings()
        .first()
    )
    if row is None or row["mode"] != "real":
        return
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    wanted, given = _wanted(reader, app, row, message), _given(reader, row, message)
    if not (wanted or given):
        return
    try:
        paper = open_paper(reader, services, row, now, locale="zh-CN", step="apply")
    except (ErasedError, SealingError):
        return  # the person was erased: nobody is to be told
    case = NoticeCase(reader, services, row, app, now, paper)
    written: set[tuple[str, str, str | None]] = set()
    for notice, event in wanted:
        for person in recipients(case, notice):
            for channel in _channels(notice):
                to = {"sms": person.phone, "mail": person.mail}.get(channel)
                if channel != "in_app" and (to is None or (notice.id, channel, to) in written):
                    continue  # a child who applies for a parent has one telephone
                written.add((notice.id, channel, to))
                made = _notice(case, notice, event, person, channel, to, message)
                plan.rows.append(made)
                plan.send_at[made["id"]] = _moment(case, notice, person)
    plan.rows += handed_over_rows(case, given, message.id)
    plan.links += case.links


def _channels(notice: Notice) -> tuple[str, ...]:
    """Give the ways of a notice: always within the platform; who chose mail gets it as well."""
    outside = [channel for channel in ("sms", "mail") if channel in notice.channels]
    if outside == ["sms"]:
        outside.append("mail")
    return ("in_app", *outside)


def _wanted(
    reader: Connection, app: CompiledApp, row: RowMapping, message: Message
) -> list[tuple[Notice, Event]]:
    """List the app's notices for what happened in the message's events, each once."""
    log = events.read(reader, row["tenant_id"], row["id"])
    first, last = int(message.payload["from"]), int(message.payload["to"])
    happened: dict[str, Event] = {}
    projection = Projection()
    for number, event in enumerate(log, 1):
        before, projection = projection, events.apply(projection, event)
        if first <= number <= last:
            for occasion in _occasions(event, before, projection):
                happened.setdefault(occasion, event)
    return [
        (notice, event)
        for on, event in happened.items()
        for notice in app.definition.notices
        if notice.on == on
    ]


def _given(reader: Connection, row: RowMapping, message: Message) -> tuple[Event, ...]:
    """List where the message's events handed a task to somebody."""
    if HANDED_OVER not in message.payload["events"]:
        return ()
    log = events.read(reader, row["tenant_id"], row["id"])
    told = log[int(message.payload["from"]) - 1 : int(message.payload["to"])]
    return tuple(event for event in told if event.type == HANDED_OVER)


def _occasions(event: Event, before: Projection, after: Projection) -> Iterable[str]:
    if after.state != before.state:
        yield after.state
    if event.type == "correction_requested" and int(event.data["round"]) > 1:
        yield "correction_again"
    if event.type == "step_opened":
        yield "task"
    if event.type == "lamp_changed":
        yield LAMPS.get(str(event.data.get("lamp")), "")
    if event.type == "reminded":
        yield "correction_due" if event.data.get("kind") == "correction" else "urge"


def _moment(case: NoticeCase, notice: Notice, person: Recipient) -> dt.datetime:
    """Tell when it goes out: what is not urgent waits until the night is over."""
    if notice.on in URGENT or person.night:
        return case.now
    lists = case.services.reference.at(case.reader, case.tenant, case.now)
    today = case.now.astimezone(case.services.zone).date()
    region = case.row["region_code"]
    begins = house_parameters.whole(lists, "quiet_from", today, region)
    ends = house_parameters.whole(lists, "quiet_to", today, region)
    return after_quiet(case.now, begins, ends, case.services.zone)


def after_quiet(moment: dt.datetime, begins: int, ends: int, zone: dt.tzinfo) -> dt.datetime:
    """Give the moment itself, or the end of the quiet hours in which it lies.

    They begin and end at full hours of the zone's day, 24 being its end; the same hour twice:
    there are none.
    """
    local = moment.astimezone(zone)
    over_midnight = begins > ends
    inside = (
        local.hour >= begins or local.hour < ends if over_midnight else begins <= local.hour < ends
    )
    if not inside:
        return moment
    until = local.replace(hour=ends % DAY, minute=0, second=0, microsecond=0)
    if ends == DAY or (over_midnight and local.hour >= begins):
        until += dt.timedelta(days=1)
    return until.astimezone(dt.UTC)


def _notice(
    case: NoticeCase,
    notice: Notice,
    event: Event,
    person: Recipient,
    channel: str,
    to: str | None,
    message: Message,
) -> Mapping[str, Any]:
    template = notice_texts.template_of(case.app, notice, person.locale, channel)
    above = ""
    if "{supervisor}" in template:
        above = names_of(case.reader, case.tenant, supervisors(case))
    values = case.values(template, person.locale, event, above, channel)
    text = notice_texts.text_of(template, values, channel)
    subject = ""
    if channel == "mail":
        subject = sentence("mail_subject", person.locale, item=values["item"])
        footer = sentence("mail_footer", person.locale, link=f"{case.base()}/me/contact")
        text = f"{text}\n\n{footer}\n"
    return notice_row(
        case.services, case.tenant, case.row["id"], person.party_id, notice.id, channel,
        text, to, message.id, case.now, subject=subject,
    )  # fmt: skip
