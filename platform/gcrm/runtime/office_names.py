"""English names of many offices at once: a sheet of codes and names, looked at, then brought in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor
from gcrm.runtime.administration import changes, forget, require
from gcrm.runtime.departments import RESOURCE
from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused
from gcrm.runtime.regions import Fault
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.names import english_of, with_english

MOST = 1000  # rows of one sheet


@dataclass(frozen=True, slots=True)
class Enter:
    """Rows of code and English name, empty: leave it; with `check` nothing is written."""

    rows: tuple[tuple[str, str], ...]
    check: bool
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An office whose English name the sheet changes."""

    row: Any
    english: str

    @property
    def before(self) -> str:
        """Give its English name until now, "" where it had none."""
        return english_of(self.row)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a sheet would change, how many rows change nothing, and what is wrong with it."""

    actor: Actor
    ask: Enter
    changed: tuple[Change, ...]
    same: int
    faults: tuple[Fault, ...]

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def list_names(reader: Connection, accessor: Accessor, today: dt.date) -> Sequence[Any]:
    """List code and names of today's departments, as the sheet has them; one statement."""
    accessor.require(RESOURCE, "read")
    d = t.department.c
    return reader.execute(
        sa.select(d.code, d.name, d.names)
        .where(
            d.tenant_id == accessor.actor.tenant_id,
            sa.or_(d.valid_to.is_(None), d.valid_to >= today),
        )
        .order_by(d.code)
    ).all()


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: Enter, now: dt.datetime
) -> Checked:
    require(reader, actor, RESOURCE, "write")
    if not ask.rows:
        raise Refused("sheet_empty", {}, 422)
    if len(ask.rows) > MOST:
        raise Refused("sheet_long", {"most": MOST}, 422)
    d = t.department.c
    known = {
        row.code: row
        for row in reader.execute(
            sa.select(d.id, d.code, d.name, d.names, d.rev).where(
                d.tenant_id == actor.tenant_id, d.valid_to.is_(None)
            )
        )
    }
    changed, faults, seen = [], [], set()
    for number, (code, typed) in enumerate(ask.rows, 2):
        try:
            english = read_english(typed)
        except Refused as refused:
            faults.append(Fault(number, "english", refused))
            continue
        if code not in known:
            faults.append(Fault(number, "code", Refused("name_sheet_code", {"text": code[:40]})))
        elif code in seen:
            faults.append(Fault(number, "code", Refused("sheet_twice", {"text": code})))
        elif english and english != english_of(known[code]):
            changed.append(Change(known[code], english))
        seen.add(code)
    same = len(ask.rows) - len(changed) - len(faults)
    return Checked(actor, ask, tuple(changed), same, tuple(faults))


def _commit(writer: Connection, services: Services, plan: Checked, now: dt.datetime) -> Checked:
    """Write the names, each with its own audit row: an office's history shows it."""
    if plan.ask.check or plan.faults or not plan.changed:
        return plan
    d, actor = t.department.c, plan.actor
    for each in plan.changed:
        row = each.row
        done = writer.execute(
            sa.update(t.department)
            .where(d.tenant_id == plan.tenant_id, d.id == row.id, d.rev == row.rev)
            .values(names=with_english(row.names, each.english), rev=row.rev + 1)
        )
        if done.rowcount != 1:
            raise StaleError(f"Department {row.code} was changed meanwhile.")
    entries = [
        audit.Entry(
            audit.TENANT_CHAIN, "department_edited", f"department:{each.row.id}", now,
            changes({"english": each.before}, {"english": each.english}),
            actor.party_id, actor.account_id, plan.ask.request_id,
        )
        for each in plan.changed
    ]  # fmt: skip
    audit.record(writer, services.sealer.audit_key(plan.tenant_id), plan.tenant_id, entries)
    return plan


ENTER = UseCase(_prepare, _commit, forget)
