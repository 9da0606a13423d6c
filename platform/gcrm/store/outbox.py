"""The outbox: what others are to learn, written in the business transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import FencedError
from gcrm.store.rows import put_rows


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell. `payload` holds ids and codes, no personal data in clear."""

    topic: str
    payload: Mapping[str, Any]
    case_id: int | None = None
    id: int = field(default_factory=new_id)
    tenant_id: int = 0


def put(writer: Connection, tenant_id: int, messages: Sequence[Message], now: dt.datetime) -> None:
    """Put messages out; one statement, none for none."""
    if messages:
        rows = [
            {
                "tenant_id": tenant_id, "id": message.id, "topic": message.topic,
                "case_id": message.case_id, "payload": dict(message.payload), "created_at": now,
            }
            for message in messages
        ]  # fmt: skip
        put_rows(writer, t.outbox, rows)


def waiting(reader: Connection, limit: int = 100, topic: str | None = None) -> tuple[Message, ...]:
    """Read messages that were not applied yet, oldest first; they may come more than once."""
    query = _WAITING if topic is None else _WAITING.where(t.outbox.c.topic == topic)
    return tuple(
        Message(row.topic, row.payload, row.case_id, row.id, row.tenant_id)
        for row in reader.execute(query, {"most": limit})
    )


def applied(writer: Connection, messages: Sequence[Message], now: dt.datetime) -> None:
    """Mark messages as applied, in the transaction that has their effects; one statement.

    Raises FencedError when one of them was applied already: roll the effects back.
    """
    if not messages:
        return
    keys = sa.tuple_(t.outbox.c.tenant_id, t.outbox.c.id)
    done = writer.execute(
        sa.update(t.outbox)
        .where(
            keys.in_([(message.tenant_id, message.id) for message in messages]),
            t.outbox.c.applied_at.is_(None),
        )
        .values(applied_at=now)
    )
    if done.rowcount != len(messages):
        raise FencedError("A message of the outbox was applied by somebody else already.")


_WAITING = (
    sa.select(t.outbox)
    .where(t.outbox.c.applied_at.is_(None))
    .order_by(t.outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
