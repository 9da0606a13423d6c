"""A person's own messages: what they were told, on which ways, and what they have read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, select, update

from gcrm.access import kept
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime.notice_rows import open_text
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One message as its person reads it."""

    notice_id: int
    case_id: int | None
    text: str
    at: datetime
    read_at: datetime | None
    ways: tuple["Way", ...] = ()
    draft_id: int | None = None  # of the draft that it speaks of, as long as that is there
    rating_id: int | None = None
    cases: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """On which other way the same message went out: to a masked address, how far it came."""

    channel: str
    to_mask: str
    status: str
    at: datetime | None


def list_notices(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    *,
    case_id: int | None = None,
    limit: int = 50,
) -> tuple[NoticeLine, ...]:
    """List the actor's own messages, the newest first."""
    own = accessor.select("notice", "read")
    wanted = own.where(t.notice.c.channel == "in_app")
    if case_id is not None:
        wanted = wanted.where(t.notice.c.case_id == case_id)
    rows = reader.execute(wanted.order_by(t.notice.c.id.desc()).limit(limit)).mappings().all()
    services.sealer.load(reader, accessor.actor.tenant_id, {row["party_id"] for row in rows})
    ways = _ways(reader, own, {row["outbox_id"] for row in rows})
    said = {row["id"]: open_text(services, row) for row in rows}
    drafts = _drafts(accessor, {each.draft_id for each in said.values()})
    return tuple(
        NoticeLine(
            row["id"], row["case_id"], said[row["id"]].text, row["created_at"], row["read_at"],
            ways.get((row["outbox_id"], row["template"], row["party_id"]), ()),
            said[row["id"]].draft_id if said[row["id"]].draft_id in drafts else None,
            said[row["id"]].rating_id, said[row["id"]].cases,
        )
        for row in rows
    )  # fmt: skip


def _drafts(accessor: Accessor, wanted: Iterable[int | None]) -> frozenset[int]:
    """Tell which of these drafts the actor still has: one statement where there is any."""
    asked = sorted({each for each in wanted if each is not None})
    if not asked:
        return frozenset()
    draft = t.form_draft.c
    own = select(draft.id).where(
        draft.tenant_id == accessor.actor.tenant_id,
        draft.account_id == accessor.actor.account_id,
        draft.id.in_(asked),
    )
    return frozenset(accessor.reader.execute(own).scalars())


def _ways(
    reader: Connection, own: Select[Any], origins: Iterable[int]
) -> dict[tuple[int, str, int], tuple[Way, ...]]:
    """Find what went out by text message or mail beside messages: one statement."""
    wanted = sorted(set(origins))
    if not wanted:
        return {}
    found: dict[tuple[int, str, int], tuple[Way, ...]] = {}
    notice = t.notice.c
    for row in reader.execute(
        own.where(notice.channel != "in_app", notice.outbox_id.in_(wanted)).order_by(notice.id)
    ).mappings():
        key = (row["outbox_id"], row["template"], row["party_id"])
        at = row["delivered_at"] or row["sent_at"]
        way = Way(row["channel"], row["to_mask"], row["status"], at)
        found[key] = (*found.get(key, ()), way)
    return found


def count_unread(accessor: Accessor) -> int:
    """Count the messages that the actor has not read."""

    def build() -> Select[Any]:
        return (
            accessor.select("notice", "read")
            .where(t.notice.c.channel == "in_app", t.notice.c.read_at.is_(None))
            .with_only_columns(t.notice.c.id)
            .limit(100)
        )

    statement = kept.statement("unread", accessor.actor, accessor.keys, accessor.trial, build)
    return len(accessor.reader.execute(statement).all())


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
