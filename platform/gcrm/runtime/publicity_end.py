"""The end of a publicity: nobody objected in time, or somebody did and a step opens again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from form_engine.cleaning import lines, printable
from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import clocks, system_moves
from gcrm.runtime.answers import canonical
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.case_clocks import resume_case
from gcrm.runtime.clock_rows import clocks_of_case, end_clocks
from gcrm.runtime.clocks import Clock
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.system_moves import Fire
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import Event
from gcrm.store.sealing import TENANT, Sealer

MESSAGE = "objection"
"""What a process hears when somebody objects."""
LEAST, LONGEST = 10, 1000  # characters of what somebody objects
ASSURANCE = 2  # who objects online must be known by name


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end of a publicity brings, ready to be written."""

    row: RowMapping
    fire: Fire
    clocks: Sequence[Clock]
    calendar: WorkingCalendar
    status: str  # over | objected
    objection: Mapping[str, Any] | None = None
    entry: audit.Entry | None = None


def prepare(reader: Connection, services: Services, row: RowMapping, now: datetime) -> Ending:
    """Let the process run on because the last day has passed."""
    return _ending(reader, services, row, now, "over", {})


def _ending(
    reader: Connection,
    services: Services,
    row: RowMapping,
    now: datetime,
    status: str,
    data: Mapping[str, Any],
    actor: int | None = None,
) -> Ending:
    message = MESSAGE if status == "objected" else None
    fire = system_moves.prepare_fire(reader, services, row, now, message=message)
    if fire.movement is not None:
        ended = Event(
            "publicity_ended", now, {"state": "in_review", "publicity": row["id"], **data}, actor
        )
        fire = replace(fire, movement=replace(fire.movement, events=(ended, *fire.movement.events)))
    calendar = services.reference.at(reader, row["tenant_id"], now).calendar
    own = clocks_of_case(reader, row["tenant_id"], row["case_id"])
    return Ending(row, fire, own, calendar, status)


def commit(writer: Connection, plan: Ending, now: datetime) -> None:
    """Write it. Raises StaleError where it was ended or the case moved on."""
    row, public = plan.row, t.publicity.c
    done = writer.execute(
        update(t.publicity)
        .where(
            public.tenant_id == row["tenant_id"],
            public.id == row["id"],
            public.status == "open",
        )
        .values(status=plan.status if plan.fire.movement is not None else "cancelled")
    )
    if done.rowcount != 1:
        raise StaleError(f"Publicity {row['id']} has ended.")
    movement, before = plan.fire.movement, plan.fire.case_state
    if movement is None or before is None:
        return
    tenant, case_id = row["tenant_id"], row["case_id"]
    if movement.decided:
        over = [clocks.stop(clocks.resume(each, now, plan.calendar), now) for each in plan.clocks]
        end_clocks(writer, tenant, plan.clocks, over, now)
    else:
        resume_case(writer, tenant, case_id, plan.clocks, now, plan.calendar)
    system_moves.write_move(writer, plan.fire, movement, before, now)


@dataclass(frozen=True, slots=True)
class Object:
    """Object to a result that is public; at the window a clerk writes for somebody else."""

    publicity_id: int
    text: str
    name: str = ""  # who objects, at the window
    contact: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Objected:
    """What came of it: `refused` codes say what is missing (then nothing was written)."""

    case_id: int
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    objected: Objected
    ending: Ending | None = None


def prepare_object(
    reader: Connection, services: Services, actor: Actor, ask: Object, now: datetime
) -> _Plan:
    """See who objects and to what; the process hears of it."""
    row = (
        reader.execute(
            select(t.publicity).where(
                t.publicity.c.tenant_id == actor.tenant_id,
                t.publicity.c.id == ask.publicity_id,
                t.publicity.c.status == "open",
                t.publicity.c.ends_at > now,
            )
        )
        .mappings()
        .first()
    )
    at_window = actor.kind == "staff"
    if row is None or (row["mode"] != "real" and not at_window):
        raise Refused("publicity_over", status=404)
    if at_window:
        accessor = Accessor(reader, actor, keys_of(reader, actor), trial=row["mode"] == "trial")
        if accessor.find("case", row["case_id"]) is None:
            raise Refused("not_found", status=404)
    elif actor.assurance < ASSURANCE:
        raise Refused("objection_unknown", status=403)
    text, name, contact = (printable(lines(each)) for each in (ask.text, ask.name, ask.contact))
    lacking = []
    if not LEAST <= len(text) <= LONGEST:
        lacking.append("objection_text")
    if at_window and not 2 <= len(name) <= 50:
        lacking.append("objection_name")
    if at_window and not 5 <= len(contact) <= 100:
        lacking.append("objection_contact")
    if lacking:
        return _Plan(Objected(row["case_id"], tuple(lacking)))
    services.sealer.load(reader, actor.tenant_id, ())
    objection_id = new_id()
    words = {"text": text, "name": name if at_window else actor.name, "contact": contact}
    ending = _ending(
        reader, services, row, now, "objected", {"objection": objection_id},
        actor.party_id if at_window else None,
    )  # fmt: skip
    if ending.fire.movement is None:
        raise Refused("publicity_over", status=404)
    objection = {
        "tenant_id": actor.tenant_id,
        "id": objection_id,
        "case_id": row["case_id"],
        "publicity_id": row["id"],
        "channel": "window" if at_window else "online",
        "entered_by": actor.party_id,
        "text_sealed": services.sealer.seal(
            actor.tenant_id, TENANT, place(objection_id), canonical(words)
        ),
        "at": now,
    }
    entry = audit.Entry(
        audit.case_chain(row["case_id"]),
        "case.objection",
        f"case:{row['case_id']}",
        now,
        {"publicity": str(row["id"]), "objection": str(objection_id)},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    return _Plan(Objected(row["case_id"]), replace(ending, objection=objection, entry=entry))


def commit_object(writer: Connection, services: Services, plan: _Plan, now: datetime) -> Objected:
    """Write it. Raises StaleError where the publicity has ended meanwhile."""
    ending = plan.ending
    if ending is not None and ending.objection is not None and ending.entry is not None:
        commit(writer, ending, now)
        writer.execute(insert(t.objection), dict(ending.objection))
        tenant = ending.row["tenant_id"]
        audit.record(writer, services.sealer.audit_key(tenant), tenant, [ending.entry])
    return plan.objected


OBJECT = UseCase(prepare_object, commit_object)


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection in clear, for those who judge the case again."""

    channel: str
    text: str
    name: str
    contact: str
    at: datetime


def objections_of(
    reader: Connection, sealer: Sealer, tenant_id: int, case_id: int
) -> tuple[Objection, ...]:
    """Read the objections to a case: one statement, the key aside."""
    row = t.objection.c
    rows = reader.execute(
        select(t.objection)
        .where(row.tenant_id == tenant_id, row.case_id == case_id)
        .order_by(row.id)
    ).all()
    if rows:
        sealer.load(reader, tenant_id, ())
    found = []
    for each in rows:
        words = json.loads(sealer.open(tenant_id, TENANT, place(each.id), each.text_sealed))
        found.append(
            Objection(each.channel, words["text"], words["name"], words["contact"], each.at)
        )
    return tuple(found)


def place(objection_id: int) -> str:
    """Name the place where an objection is sealed."""
    return f"objection.text_sealed.{objection_id}"
