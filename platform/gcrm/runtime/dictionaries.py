"""Entries of dictionaries that an office adds or ends with a successor; old codes stay."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied
from gcrm.runtime.administration import forget, require, write_down
from gcrm.runtime.parameters import RESOURCE
from gcrm.runtime.reference import OFFICE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

CODE = re.compile(r"[A-Za-z0-9_.\-]{1,40}")


@dataclass(frozen=True, slots=True)
class AddEntry:
    """An entry that may be chosen from a day on."""

    dictionary: str
    code: str
    label: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndEntry:
    """The last day on which an entry may be chosen, and what follows it."""

    dictionary: str
    code: str
    valid_from: dt.date
    last_day: dt.date
    successor: str | None = None
    request_id: str | None = None


def list_dictionaries(
    reader: Connection, accessor: Accessor, query: str, today: dt.date
) -> Sequence[Any]:
    """List dictionaries with the number of entries that may be chosen today; one statement."""
    accessor.require(RESOURCE, "read")
    d, e = t.dictionary.c, t.dictionary_entry.c
    number = (
        sa.select(sa.func.count())
        .where(
            e.tenant_id == d.tenant_id,
            e.dictionary == d.code,
            e.valid_from <= today,
            sa.or_(e.valid_to.is_(None), e.valid_to >= today),
        )
        .scalar_subquery()
    )
    statement = sa.select(d.code, d.name, d.source, number.label("entries")).where(
        d.tenant_id == accessor.actor.tenant_id
    )
    text = query.strip().replace("\0", "")
    if text:
        statement = statement.where(d.name.contains(text, autoescape=True))
    return reader.execute(statement.order_by(d.code)).all()


def read_dictionary(reader: Connection, accessor: Accessor, code: str) -> tuple[Any, Sequence[Any]]:
    """Read a dictionary with all its entries; Denied where there is none."""
    accessor.require(RESOURCE, "read")
    tenant, d, e = accessor.actor.tenant_id, t.dictionary.c, t.dictionary_entry.c
    head = reader.execute(
        sa.select(t.dictionary).where(d.tenant_id == tenant, d.code == code)
    ).first()
    if head is None:
        raise Denied("dictionary")
    entries = reader.execute(
        sa.select(t.dictionary_entry)
        .where(e.tenant_id == tenant, e.dictionary == code)
        .order_by(e.position, e.code, e.valid_from)
    ).all()
    return head, entries


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    row: Any = None
    position: int = 0


def _prepare_add(
    reader: Connection, services: Services, actor: Actor, ask: AddEntry, now: dt.datetime
) -> _Plan:
    accessor = require(reader, actor, RESOURCE, "write")
    _head, entries = read_dictionary(reader, accessor, ask.dictionary)
    if not CODE.fullmatch(ask.code):
        raise Refused("entry_code", {}, 422)
    if not ask.label.strip():
        raise Refused("entry_label", {}, 422)
    if ask.valid_from < now.astimezone(services.zone).date():
        raise Refused("entry_past", {}, 422)
    if ask.valid_to is not None and ask.valid_to < ask.valid_from:
        raise Refused("entry_dates", {}, 422)
    if any(each.code == ask.code for each in entries):
        raise Refused("entry_taken", {"code": ask.code}, 409)
    return _Plan(actor, ask, position=max((each.position for each in entries), default=-1) + 1)


def _commit_add(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask = plan.ask
    writer.execute(
        sa.insert(t.dictionary_entry),
        {
            "tenant_id": plan.actor.tenant_id, "dictionary": ask.dictionary, "code": ask.code,
            "valid_from": ask.valid_from, "valid_to": ask.valid_to, "label": ask.label.strip(),
            "position": plan.position, "origin": OFFICE,
        },
    )  # fmt: skip
    told = {
        "code": ask.code,
        "label": ask.label.strip(),
        "valid_from": ask.valid_from.isoformat(),
        "valid_to": ask.valid_to.isoformat() if ask.valid_to else None,
    }
    _record(writer, services, plan, "entry_added", told, now)
    return plan.actor


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndEntry, now: dt.datetime
) -> _Plan:
    accessor = require(reader, actor, RESOURCE, "write")
    _head, entries = read_dictionary(reader, accessor, ask.dictionary)
    key = (ask.code, ask.valid_from)
    row = next((each for each in entries if (each.code, each.valid_from) == key), None)
    if row is None:
        raise Denied("entry")
    today = now.astimezone(services.zone).date()
    if row.valid_to is not None and row.valid_to < today:
        raise Refused("entry_over", {"day": row.valid_to}, 409)
    if ask.last_day < max(today - dt.timedelta(days=1), row.valid_from):
        raise Refused("entry_ends_past", {}, 422)
    if ask.successor and (
        ask.successor == ask.code or not any(each.code == ask.successor for each in entries)
    ):
        raise Refused("entry_successor", {}, 422)
    return _Plan(actor, ask, row)


def _commit_end(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask, row, e = plan.ask, plan.row, t.dictionary_entry.c
    done = writer.execute(
        sa.update(t.dictionary_entry)
        .where(
            e.tenant_id == row.tenant_id,
            e.dictionary == row.dictionary,
            e.code == row.code,
            e.valid_from == row.valid_from,
            e.valid_to.is_not_distinct_from(row.valid_to),
        )
        .values(valid_to=ask.last_day, successor_code=ask.successor or None, origin=OFFICE)
    )
    if done.rowcount != 1:
        raise StaleError(f"The entry {row.code} was changed meanwhile.")
    told = {
        "label": row.label,
        "valid_to": {
            "before": row.valid_to.isoformat() if row.valid_to else None,
            "after": ask.last_day.isoformat(),
        },
        "successor": ask.successor,
    }
    _record(writer, services, plan, "entry_ended", told, now)
    return plan.actor


def _record(
    writer: Connection, services: Services, plan: _Plan, action: str, told: Any, now: dt.datetime
) -> None:
    subject = f"entry:{plan.ask.dictionary}"[:80]
    write_down(
        writer, services, plan.actor, action, subject, told, now, request_id=plan.ask.request_id
    )


ADD = UseCase(_prepare_add, _commit_add, forget)
END = UseCase(_prepare_end, _commit_end, forget)
