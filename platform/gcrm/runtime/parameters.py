"""Values of parameters from a day on: shown beside those of the release, never over the past."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied
from gcrm.apps.publishing import RELEASE
from gcrm.runtime import house_parameters
from gcrm.runtime.administration import forget, require, write_down
from gcrm.runtime.house_parameters import HOUSE
from gcrm.runtime.reference import OFFICE, ParameterValue, best_value
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CLOSED_STATES

RESOURCE = "admin.settings"


@dataclass(frozen=True, slots=True)
class AddValue:
    """A value from a day on, for all places or for one region, with its source."""

    app_id: str
    code: str
    value: str
    region: str | None
    effective_from: dt.date
    effective_to: dt.date | None
    source: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndValue:
    """The last day of a value that an office set; yesterday takes back one not begun."""

    value_id: int
    last_day: dt.date
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter with all its values and the one that counts today."""

    app_id: str
    code: str
    name: str
    type: str
    unit: str
    values: tuple[Any, ...]  # rows of the register, the newest first
    now: Any  # the row that counts today everywhere, None where none does


def list_parameters(
    reader: Connection, accessor: Accessor, app_id: str | None, query: str, today: dt.date
) -> list[Line]:
    """List parameters, the house's own before those of the apps; None: all. One statement."""
    accessor.require(RESOURCE, "read")
    p = t.parameter.c
    statement = sa.select(t.parameter).where(p.tenant_id == accessor.actor.tenant_id)
    if app_id is not None:
        statement = statement.where(p.app_id == app_id)
    text = query.strip().replace("\0", "")
    if text:
        statement = statement.where(
            sa.or_(
                p.app_id == HOUSE,  # found by the words of all languages below
                p.name.contains(text, autoescape=True),
                p.code.contains(text, autoescape=True),
            )
        )
    rows = reader.execute(statement.order_by(p.app_id, p.code, p.effective_from.desc(), p.id)).all()
    found: dict[tuple[str, str], list[Any]] = {}
    if app_id in (None, HOUSE):
        found = {(HOUSE, code): [] for code in house_parameters.shipped()}
    for row in rows:
        found.setdefault((row.app_id, row.code), []).append(row)
    return [
        _line(values, today)
        for (app, code), own in found.items()
        if (values := _with_shipped(own, app, code))
        and (app != HOUSE or _speaks_of(code, values[0].name, text.casefold()))
    ]


def _with_shipped(rows: Sequence[Any], app_id: str, code: str) -> Sequence[Any]:
    """Put the values that ship with the house behind those that were set."""
    own = house_parameters.shipped().get(code) if app_id == HOUSE else None
    return rows if own is None else (*rows, *own.rows())


def _speaks_of(code: str, name: str, text: str) -> bool:
    own = house_parameters.shipped().get(code)
    names = own.names.values() if own is not None else (name,)
    return any(text in each.casefold() for each in (code, *names))


def read_parameter(
    reader: Connection, accessor: Accessor, app_id: str, code: str, today: dt.date
) -> Line:
    """Read one parameter; Denied where there is none."""
    accessor.require(RESOURCE, "read")
    rows = _rows(reader, accessor.actor.tenant_id, app_id, code)
    if not rows:
        raise Denied("parameter")
    return _line(rows, today)


def _rows(reader: Connection, tenant_id: int, app_id: str, code: str) -> Sequence[Any]:
    p = t.parameter.c
    rows = reader.execute(
        sa.select(t.parameter)
        .where(p.tenant_id == tenant_id, p.app_id == app_id, p.code == code)
        .order_by(p.effective_from.desc(), p.id)
    ).all()
    return _with_shipped(rows, app_id, code)


def _line(rows: Sequence[Any], today: dt.date) -> Line:
    first = next((row for row in rows if row.origin == RELEASE), rows[0])
    values = {
        ParameterValue(
            row.app_id, row.code, row.value, row.type, row.region_code, row.effective_from,
            row.effective_to, row.origin == OFFICE,
        ): row
        for row in rows
    }  # fmt: skip
    best = best_value(values, first.app_id, (), today)
    return Line(
        first.app_id, first.code, first.name, first.type, first.unit or "", tuple(rows),
        values[best] if best is not None else None,
    )  # fmt: skip


QUIET = ("quiet_from", "quiet_to")
DAY = {"opens": 9, "closes": 17}
"""The hours at which messages go out in any case; people are awake and offices answer."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Whom a new value would touch."""

    cases: int
    rules: tuple[str, ...]
    before: str


def effect(reader: Connection, tenant_id: int, line: Line, region: str | None) -> Effect:
    """Tell how many cases are open and which rules and forms use the parameter."""
    c = t.case.c
    wanted = [
        c.tenant_id == tenant_id,
        c.app_id == line.app_id,
        c.mode == "real",
        c.state.not_in(sorted(CLOSED_STATES)),
    ]
    if region:
        wanted.append(c.region_code.startswith(region.rstrip("0"), autoescape=True))
    cases = reader.execute(sa.select(sa.func.count()).where(*wanted)).scalar()
    part = t.release_part.c
    parts = reader.execute(
        sa.select(part.path, part.content)
        .join(
            t.app,
            sa.and_(
                t.app.c.tenant_id == part.tenant_id,
                t.app.c.id == part.app_id,
                t.app.c.current_release == part.number,
            ),
        )
        .where(part.tenant_id == tenant_id, part.app_id == line.app_id)
        .order_by(part.path)
    )
    sign = f"parameters.{line.code}".encode()
    rules = tuple(_name(row) for row in parts if sign in row.content)
    return Effect(int(cases or 0), rules, line.now.value if line.now is not None else "")


def _name(row: Any) -> str:
    try:
        document = json.loads(row.content)
    except ValueError:
        return str(row.path)
    return str(document.get("name") or document.get("title") or row.path)


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Any
    row: Any
    value: str = ""
    ends: Any = None


def _prepare_add(
    reader: Connection, services: Services, actor: Actor, ask: AddValue, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    rows = _rows(reader, actor.tenant_id, ask.app_id, ask.code)
    if not rows:
        raise Denied("parameter")
    value = typed(ask.value, rows[0].type)
    own = house_parameters.shipped().get(ask.code) if ask.app_id == HOUSE else None
    if own is not None:
        own.check(value)
        _check_quiet(reader, services, actor, ask, value, now)
    today = now.astimezone(services.zone).date()
    if ask.effective_from < today:
        raise Refused("parameter_past", {}, 422)
    if ask.effective_to is not None and ask.effective_to < ask.effective_from:
        raise Refused("parameter_dates", {}, 422)
    if not ask.source.strip():
        raise Refused("parameter_source", {}, 422)
    return _Plan(actor, ask, rows[0], value, _before(rows, ask))


def _check_quiet(
    reader: Connection,
    services: Services,
    actor: Actor,
    ask: AddValue,
    value: str,
    now: dt.datetime,
) -> None:
    """Refuse quiet hours that reach into the day: what waits would then go out at no hour.

    The other end may change later: each of its values while the new one holds is looked at.
    """
    if ask.code not in QUIET:
        return
    other = QUIET[1 - QUIET.index(ask.code)]
    lists = services.reference.at(reader, actor.tenant_id, now)
    last = ask.effective_to or dt.date.max
    later = {
        row.effective_from
        for row in _rows(reader, actor.tenant_id, HOUSE, other)
        if ask.effective_from < row.effective_from <= last
    }
    for day in sorted({ask.effective_from, *later}):
        ends = {ask.code: int(Decimal(value))}
        ends[other] = house_parameters.whole(lists, other, day, ask.region)
        if overlaps_day(ends[QUIET[0]], ends[QUIET[1]]):
            told = {"from": ends[QUIET[0]], "to": ends[QUIET[1]], **DAY}
            raise Refused("parameter_quiet", told, 422)


def overlaps_day(begins: int, ends: int) -> bool:
    """Tell whether quiet hours take an hour of the working day; the same hour twice is none."""
    hours = range(DAY["opens"], DAY["closes"])
    if begins == ends:
        return False
    if begins > ends:
        return any(hour >= begins or hour < ends for hour in hours)
    return any(begins <= hour < ends for hour in hours)


def _before(rows: Sequence[Any], ask: AddValue) -> Any:
    """Find the office's value that the new one follows; refuse one that it would run into."""
    last = ask.effective_to or dt.date.max
    follows = None
    for row in rows:
        if row.origin != OFFICE or (row.region_code or None) != ask.region:
            continue
        ends = row.effective_to or dt.date.max
        if row.effective_from > last or ends < ask.effective_from:
            continue
        if row.effective_from < ask.effective_from and row.effective_to is None:
            follows = row
            continue
        raise Refused("parameter_overlap", {"value": row.value, "from": row.effective_from}, 409)
    return follows


def typed(text: str, type_name: str) -> str:
    """Give a typed value in the notation of the register. Raises Refused."""
    text = text.strip()
    match type_name:
        case "number" | "money":
            try:
                number = Decimal(text.replace(",", "").replace("，", ""))
            except InvalidOperation:
                raise Refused("parameter_number", {}, 422) from None
            if not number.is_finite():
                raise Refused("parameter_number", {}, 422)
            return format(number, "f")
        case "date":
            try:
                return dt.date.fromisoformat(text.replace("/", "-")).isoformat()
            except ValueError:
                raise Refused("parameter_day", {}, 422) from None
        case "boolean":
            if text in ("true", "是", "yes"):
                return "true"
            if text in ("false", "否", "no"):
                return "false"
            raise Refused("parameter_yes", {}, 422)
        case _:
            if not text or len(text) > 500:
                raise Refused("parameter_text", {}, 422)
            return text


def _commit_add(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    ask, first = plan.ask, plan.row
    if plan.ends is not None:
        _end(writer, plan.ends, ask.effective_from - dt.timedelta(days=1))
    writer.execute(
        sa.insert(t.parameter),
        {
            "tenant_id": plan.actor.tenant_id, "id": new_id(), "app_id": ask.app_id,
            "code": ask.code, "name": first.name, "value": plan.value, "type": first.type,
            "unit": first.unit, "region_code": ask.region, "source": ask.source.strip()[:500],
            "effective_from": ask.effective_from, "effective_to": ask.effective_to,
            "origin": OFFICE,
        },
    )  # fmt: skip
    told = {
        "value": plan.value,
        "region": ask.region,
        "valid_from": ask.effective_from.isoformat(),
        "valid_to": ask.effective_to.isoformat() if ask.effective_to else None,
        "source": ask.source.strip()[:500],
    }
    _record(writer, services, plan, "parameter_added", told, now)
    return plan.actor


def _prepare_end(
    reader: Connection, services: Services, actor: Actor, ask: EndValue, now: dt.datetime
) -> _Plan:
    require(reader, actor, RESOURCE, "write")
    p = t.parameter.c
    row = reader.execute(
        sa.select(t.parameter).where(p.tenant_id == actor.tenant_id, p.id == ask.value_id)
    ).first()
    if row is None:
        raise Denied("parameter")
    if row.origin != OFFICE:
        raise Refused("parameter_shipped", {}, 403)
    yesterday = now.astimezone(services.zone).date() - dt.timedelta(days=1)
    if row.effective_to is not None and row.effective_to <= yesterday:
        raise Refused("parameter_over", {"day": row.effective_to}, 409)
    if ask.last_day < yesterday:
        raise Refused("parameter_past", {}, 422)
    return _Plan(actor, ask, row)


def _commit_end(writer: Connection, services: Services, plan: _Plan, now: dt.datetime) -> Any:
    row, last = plan.row, plan.ask.last_day
    if last < row.effective_from:
        writer.execute(
            sa.delete(t.parameter).where(
                t.parameter.c.tenant_id == row.tenant_id, t.parameter.c.id == row.id
            )
        )
    else:
        _end(writer, row, last)
    told = {
        "value": row.value,
        "valid_to": {
            "before": row.effective_to.isoformat() if row.effective_to else None,
            "after": last.isoformat(),
        },
    }
    _record(writer, services, plan, "parameter_ended", told, now)
    return plan.actor


def _end(writer: Connection, row: Any, last: dt.date) -> None:
    p = t.parameter.c
    done = writer.execute(
        sa.update(t.parameter)
        .where(
            p.tenant_id == row.tenant_id,
            p.id == row.id,
            p.effective_to.is_not_distinct_from(row.effective_to),
        )
        .values(effective_to=last)
    )
    if done.rowcount != 1:
        raise StaleError(f"The value {row.id} was changed meanwhile.")


def _record(
    writer: Connection, services: Services, plan: _Plan, action: str, told: Any, now: dt.datetime
) -> None:
    subject = f"parameter:{plan.row.app_id}.{plan.row.code}"[:80]
    write_down(
        writer, services, plan.actor, action, subject, told, now, request_id=plan.ask.request_id
    )


ADD = UseCase(_prepare_add, _commit_add, forget)
END = UseCase(_prepare_end, _commit_end, forget)
