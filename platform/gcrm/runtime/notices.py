"""Notices: made from the outbox, once for each person and channel; read by their person."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, or_, select, update

from app_definitions import ids
from app_definitions.app import Notice
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.apps import CompiledApp
from gcrm.runtime import notice_texts, wording
from gcrm.runtime.case_papers import OpenPaper, open_paper
from gcrm.runtime.clock_rows import clocks_of_case
from gcrm.runtime.clocks import Clock
from gcrm.runtime.participants import holds
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.runtime.work import opinion_place
from gcrm.store import events, jobs, outbox
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import ErasedError, SealingError
from gcrm.store.events import Event, Projection
from gcrm.store.masks import mask
from gcrm.store.outbox import Message

TOPIC = "case"
SEND = "notice.send"
LAMPS = {"yellow": "warning", "red": "breach"}


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """The notices that messages of the outbox bring, ready to be written."""

    messages: tuple[Message, ...]
    rows: tuple[Mapping[str, Any], ...]


def prepare_messages(
    reader: Connection, services: Services, messages: Sequence[Message], now: datetime
) -> NoticePlan:
    """Write the texts for everybody who is to learn of these messages."""
    rows: list[Mapping[str, Any]] = []
    for message in messages:
        if message.topic == TOPIC and message.case_id is not None:
            rows += _rows(reader, services, message, now)
    return NoticePlan(tuple(messages), tuple(rows))


def commit_messages(writer: Connection, plan: NoticePlan, now: datetime) -> None:
    """Write notices, the jobs that send them, and that the messages are applied: at most three
    statements for each tenant. Raises FencedError where somebody else applied one."""
    if plan.rows:
        writer.execute(_NOTICE, [dict(row) for row in plan.rows])
    for tenant in sorted({row["tenant_id"] for row in plan.rows}):
        send = [
            jobs.NewJob(SEND, {"notice": row["id"]}, now)
            for row in plan.rows
            if row["tenant_id"] == tenant and row["status"] == "waiting"
        ]
        jobs.enqueue(writer, tenant, send, now)
    outbox.applied(writer, plan.messages, now)


@dataclass(frozen=True, slots=True)
class _Recipient:
    party_id: int
    locale: str
    phone: str | None


@dataclass(slots=True)
class _Case:
    """A case as far as its notices need it."""

    reader: Connection
    services: Services
    row: RowMapping
    app: CompiledApp
    now: datetime
    paper: OpenPaper | None
    known_clocks: tuple[Clock, ...] | None = None

    def clocks(self) -> tuple[Clock, ...]:
        """Give the clocks of the case; read once for all its notices."""
        if self.known_clocks is None:
            row = self.row
            self.known_clocks = clocks_of_case(self.reader, row["tenant_id"], row["id"])
        return self.known_clocks

    def values(self, locale: str, notice: Notice) -> dict[str, str]:
        """Give what the platform knows, by placeholder."""
        row, zone = self.row, self.services.zone
        clocks = self.clocks()
        promised = next((each for each in clocks if each.kind == "promised"), None)
        step = next(
            (each for each in reversed(clocks) if each.kind == "step" and not each.stopped_at),
            None,
        )
        names = wording.step_names(self.app, locale)
        known = {
            "item": wording.item_name(self.app, locale),
            "case_no": row["number"] or "",
            "due": notice_texts.day(promised.due_at if promised else None, locale, zone),
            "accept_due": notice_texts.day(step.due_at if step else None, locale, zone),
            "step": names.get(row["step_id"] or "", ""),
            "reason": self._reason() if "{reason}" in notice.text else "",
            "link": f"/lookup/{row['lookup_code']}",
            "name": "",
        }
        if self.paper is not None:
            form = self.paper.paper.form
            known |= notice_texts.field_values(
                self.app, notice, form, self.paper.values, self.paper.context
            )
        return known

    def _reason(self) -> str:
        newest = self.reader.execute(
            select(t.opinion.c.id, t.opinion.c.text_sealed)
            .where(
                t.opinion.c.tenant_id == self.row["tenant_id"],
                t.opinion.c.case_id == self.row["id"],
            )
            .order_by(t.opinion.c.id.desc())
            .limit(1)
        ).first()
        if newest is None:
            return ""
        return self.services.sealer.open(
            self.row["tenant_id"],
            self.row["applicant_id"],
            opinion_place(newest.id),
            newest.text_sealed,
        ).decode("utf-8")


_NOTICE = insert(t.notice)
_CASE = select(t.case).where(
    t.case.c.tenant_id == bindparam("tenant"), t.case.c.id == bindparam("case")
)
_MEMBERS = select(t.case_participant.c.party_id, t.case_participant.c.role).where(
    t.case_participant.c.tenant_id == bindparam("tenant"),
    t.case_participant.c.case_id == bindparam("case"),
)
_ACCOUNTS = select(t.account).where(
    t.account.c.tenant_id == bindparam("tenant"),
    t.account.c.party_id.in_(bindparam("parties", expanding=True)),
)


def _rows(
    reader: Connection, services: Services, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    row = (
        reader.execute(_CASE, {"tenant": message.tenant_id, "case": message.case_id})
        .mappings()
        .first()
    )
    if row is None or row["mode"] != "real":
        return
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    wanted = _wanted(reader, app, row, message)
    if not wanted:
        return
    try:
        paper = open_paper(reader, services, row, now, locale="zh-CN", step="apply")
    except (ErasedError, SealingError):
        return  # the person was erased: nobody is to be told
    case = _Case(reader, services, row, app, now, paper)
    written: set[tuple[str, str | None]] = set()
    for notice in wanted:
        for person in _recipients(case, notice):
            for channel in notice.channels:
                if channel == "sms" and (notice.id, person.phone) in written:
                    continue  # a child who applies for a parent has one telephone
                if channel == "sms":
                    written.add((notice.id, person.phone))
                made = _notice(case, notice, person, channel, message)
                if made is not None:
                    yield made


def _wanted(
    reader: Connection, app: CompiledApp, row: RowMapping, message: Message
) -> list[Notice]:
    """List the app's notices for what happened in the message's events."""
    log = events.read(reader, row["tenant_id"], row["id"])
    first, last = int(message.payload["from"]), int(message.payload["to"])
    happened: list[str] = []
    projection = Projection()
    for number, event in enumerate(log, 1):
        before, projection = projection, events.apply(projection, event)
        if first <= number <= last:
            happened += _occasions(event, before, projection)
    return [notice for on in dict.fromkeys(happened) for notice in app.definition.notices
            if notice.on == on]  # fmt: skip


def _occasions(event: Event, before: Projection, after: Projection) -> Iterable[str]:
    if after.state != before.state:
        yield after.state
    if event.type == "step_opened":
        yield "task"
    if event.type == "lamp_changed":
        yield LAMPS.get(str(event.data.get("lamp")), "")
    if event.type == "reminded":
        yield "urge"


def _recipients(case: _Case, notice: Notice) -> Iterable[_Recipient]:
    """List the people whom a notice names, each once."""
    if notice.when and not _holds(case, notice):
        return
    tenant = case.row["tenant_id"]
    roles = [role for role in notice.to if role not in ("handler", "supervisor")]
    members = case.reader.execute(_MEMBERS, {"tenant": tenant, "case": case.row["id"]})
    parties = {member.party_id for member in members if member.role in roles}
    if "handler" in notice.to:
        parties |= set(_handlers(case))
    accounts = {
        row.party_id: row
        for row in case.reader.execute(_ACCOUNTS, {"tenant": tenant, "parties": sorted(parties)})
    }
    case.services.sealer.load(case.reader, tenant, parties)
    for party_id in sorted(parties):
        if not case.services.sealer.has(tenant, party_id):
            continue
        account = accounts.get(party_id)
        locale = (account.locale if account is not None else None) or "zh-CN"
        yield _Recipient(party_id, locale, _phone(case, party_id, account))


def _handlers(case: _Case) -> Iterable[int]:
    """List who works on the open tasks: the assignee, else those who hold the role there."""
    task, post = t.task.c, t.post.c
    tasks = case.reader.execute(
        select(t.task).where(
            task.tenant_id == case.row["tenant_id"],
            task.case_id == case.row["id"],
            task.status == "open",
        )
    ).all()
    for each in tasks:
        if each.assignee_id is not None:
            yield each.assignee_id
            continue
        yield from case.reader.execute(
            select(post.party_id).where(
                post.tenant_id == each.tenant_id,
                post.role_code == each.role_code,
                or_(post.region_code.is_(None), post.region_code == each.region_code),
                or_(post.valid_to.is_(None), post.valid_to >= case.now.date()),
            )
        ).scalars()


def _holds(case: _Case, notice: Notice) -> bool:
    if case.paper is None:
        return False
    inputs = case.paper.paper.form.inputs(case.paper.values, case.paper.context)
    path = ids.path("app.json", [notice.id], "when")
    return holds(case.app, path, inputs, case.paper.context.evaluation)


def _phone(case: _Case, party_id: int, account: Any) -> str | None:
    """Find the number to write to: the account's, else what the application says of the person."""
    tenant = case.row["tenant_id"]
    if account is not None and account.phone_sealed is not None:
        place = f"account.phone_sealed.{account.id}"
        sealed = account.phone_sealed
        return case.services.sealer.open(tenant, party_id, place, sealed).decode("utf-8")
    if case.paper is None or party_id != case.row["applicant_id"]:
        return None
    for entry in case.app.definition.participants:
        if entry.role == "applicant" and entry.phone_field:
            value = case.paper.values.get(entry.phone_field)
            return value if isinstance(value, str) else None
    return None


def _notice(
    case: _Case, notice: Notice, person: _Recipient, channel: str, message: Message
) -> Mapping[str, Any] | None:
    if channel == "sms" and person.phone is None:
        return None
    if channel == "mail":
        return None  # nobody's address is known yet
    values = case.values(person.locale, notice)
    text = notice_texts.text_of(case.app, notice, values, person.locale, channel)
    notice_id, tenant = new_id(), case.row["tenant_id"]
    content = json.dumps({"text": text, "phone": person.phone if channel == "sms" else None})
    sent = channel == "in_app"
    return {
        "tenant_id": tenant,
        "id": notice_id,
        "case_id": case.row["id"],
        "party_id": person.party_id,
        "template": notice.id,
        "channel": channel,
        "to_mask": mask("phone", person.phone) if person.phone and not sent else "",
        "text_sealed": case.services.sealer.seal(
            tenant, person.party_id, text_place(notice_id), content.encode("utf-8")
        ),
        "status": "sent" if sent else "waiting",
        "attempt": 0,
        "outbox_id": message.id,
        "created_at": case.now,
        "sent_at": case.now if sent else None,
    }


def text_place(notice_id: int) -> str:
    """Name the place where a notice's text is sealed."""
    return f"notice.text_sealed.{notice_id}"


def open_text(services: Services, row: Any) -> tuple[str, str | None]:
    """Open a notice: its text, and the number it goes to. The party's key must be in memory."""
    content = services.sealer.open(
        row["tenant_id"], row["party_id"], text_place(row["id"]), row["text_sealed"]
    )
    document = json.loads(content)
    return document["text"], document["phone"]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One message as its person reads it."""

    notice_id: int
    case_id: int | None
    text: str
    at: datetime
    read_at: datetime | None


def list_notices(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    *,
    case_id: int | None = None,
    limit: int = 50,
) -> tuple[NoticeLine, ...]:
    """List the actor's own messages, the newest first."""
    wanted = accessor.select("notice", "read").where(t.notice.c.channel == "in_app")
    if case_id is not None:
        wanted = wanted.where(t.notice.c.case_id == case_id)
    rows = reader.execute(wanted.order_by(t.notice.c.id.desc()).limit(limit)).mappings().all()
    services.sealer.load(reader, accessor.actor.tenant_id, {row["party_id"] for row in rows})
    return tuple(
        NoticeLine(
            row["id"], row["case_id"], open_text(services, row)[0], row["created_at"],
            row["read_at"],
        )
        for row in rows
    )  # fmt: skip


def count_unread(accessor: Accessor) -> int:
    """Count the messages that the actor has not read."""
    rows = accessor.reader.execute(
        accessor.select("notice", "read")
        .where(t.notice.c.channel == "in_app", t.notice.c.read_at.is_(None))
        .with_only_columns(t.notice.c.id)
        .limit(100)
    )
    return len(rows.all())


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Say that messages were read."""

    notice_ids: tuple[int, ...]


def prepare_read(
    reader: Connection, services: Services, actor: Actor, ask: MarkRead, now: datetime
) -> tuple[Actor, tuple[int, ...]]:
    """Nothing is to be decided: only one's own messages are ever marked."""
    return actor, ask.notice_ids


def commit_read(
    writer: Connection, services: Services, plan: tuple[Actor, tuple[int, ...]], now: datetime
) -> None:
    """Mark the actor's own messages as read: one statement."""
    actor, notice_ids = plan
    notice = t.notice.c
    writer.execute(
        update(t.notice)
        .where(
            and_(notice.tenant_id == actor.tenant_id, notice.party_id == actor.party_id),
            notice.id.in_(notice_ids),
            notice.read_at.is_(None),
        )
        .values(read_at=now)
    )


MARK_READ = UseCase(prepare_read, commit_read)
