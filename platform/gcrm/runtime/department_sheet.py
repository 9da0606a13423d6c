"""Departments from a sheet: new ones made, names changed, all looked at before anything counts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from form_engine.cleaning import printable
from gcrm.access import Accessor, Actor
from gcrm.runtime.administration import changes, forget, require
from gcrm.runtime.departments import CODE, RESOURCE
from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused
from gcrm.runtime.regions import Fault
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.names import LONGEST, Named, english_of, with_english

MOST = 1000  # rows of one sheet
COLUMNS = ("code", "name", "english", "parent", "region")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet in the order of COLUMNS; parent by code or name, region by code."""

    code: str
    name: str = ""
    english: str = ""
    parent: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """Rows of a sheet; with `check` nothing is written.

    Of a department that is there a name is changed where the sheet says another one, and an
    empty cell changes nothing; moves to another parent or region are made one by one.
    """

    lines: tuple[Line, ...]
    valid_from: dt.date
    check: bool
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A department that is there, and its names as they shall be."""

    row: Any
    name: str
    english: str

    @property
    def told(self) -> dict[str, Any]:
        """Give what differs, in the words of an audit row."""
        return changes(
            {"name": self.row.name, "english": english_of(self.row)},
            {"name": self.name, "english": self.english},
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What a sheet would make and change, how many rows say nothing new, what is wrong."""

    actor: Actor
    ask: Import
    new: tuple[Line, ...]
    changed: tuple[Change, ...]
    same: int
    faults: tuple[Fault, ...]
    ids: Mapping[str, int]  # of those that are there, by code

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def list_lines(reader: Connection, accessor: Accessor) -> Sequence[Line]:
    """Give the departments that go on as lines of a sheet; one statement."""
    accessor.require(RESOURCE, "read")
    d, above = t.department.c, t.department.alias("above")
    rows = reader.execute(
        sa.select(d.code, d.name, d.names, above.c.code.label("parent"), d.region_code)
        .outerjoin_from(
            t.department,
            above,
            sa.and_(above.c.tenant_id == d.tenant_id, above.c.id == d.parent_id),
        )
        .where(d.tenant_id == accessor.actor.tenant_id, d.valid_to.is_(None))
        .order_by(d.code)
    )
    return [
        Line(row.code, row.name, english_of(row), row.parent or "", row.region_code or "")
        for row in rows
    ]


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: Import, now: dt.datetime
) -> Checked:
    require(reader, actor, RESOURCE, "write")
    if not ask.lines:
        raise Refused("sheet_empty", {}, 422)
    if len(ask.lines) > MOST:
        raise Refused("sheet_long", {"most": MOST}, 422)
    sheet = _Sheet(reader, actor.tenant_id, ask.lines)
    for number, line in enumerate(ask.lines, 2):
        sheet.read(number, line)
    sheet.find_circles()
    same = len(ask.lines) - len(sheet.new) - len(sheet.changed) - sheet.wrong
    return Checked(
        actor, ask, tuple(sheet.new.values()), tuple(sheet.changed), same, tuple(sheet.faults),
        {code: row.id for code, row in sheet.known.items()},
    )  # fmt: skip


class _Sheet:
    """Reads row after row; everything that is wrong with one comes back together."""

    def __init__(self, reader: Connection, tenant_id: int, lines: Sequence[Line]) -> None:
        d, r = t.department.c, t.region.c
        rows = reader.execute(sa.select(t.department).where(d.tenant_id == tenant_id)).all()
        self.known = {row.code: row for row in rows}
        places = sa.select(r.code).where(r.tenant_id == tenant_id, r.valid_to.is_(None))
        self._regions = set(reader.execute(places).scalars())
        open_ = [row for row in rows if row.valid_to is None]
        called: list[tuple[str, str]] = [(row.name, row.code) for row in open_]
        called += [(line.name, line.code) for line in lines]
        self._codes = {**dict(called), **{code: code for _name, code in called}}
        self._seen: set[str] = set()
        self._rows: dict[str, int] = {}
        self.new: dict[str, Line] = {}
        self.changed: list[Change] = []
        self.faults: list[Fault] = []
        self.wrong = 0

    def read(self, number: int, line: Line) -> None:
        """Take a row as a new department, as a change, or as one that says nothing new."""
        found: list[Fault] = []

        def wrong(column: str, code: str, **values: str | int | Named) -> None:
            found.append(Fault(number, column, Refused(code, values)))

        name, english = printable(line.name).strip(), ""
        row = self.known.get(line.code)
        if not CODE.fullmatch(line.code):
            wrong("code", "department_code")
        elif line.code in self._seen:
            wrong("code", "sheet_twice", text=line.code)
        elif row is not None and row.valid_to is not None:
            wrong("code", "department_closed", name=Named.of(row))
        self._seen.add(line.code)
        if len(name) > LONGEST:
            wrong("name", "name_sheet_long", most=LONGEST)
        elif not name and row is None:
            wrong("name", "department_name")
        try:
            english = read_english(line.english)
        except Refused as refused:
            found.append(Fault(number, "english", refused))
        if row is None and line.parent and line.parent not in self._codes:
            wrong("parent", "sheet_department", text=line.parent[:40])
        if row is None and line.region and line.region not in self._regions:
            wrong("region", "sheet_region", text=line.region[:40])
        self.faults += found
        if found:
            self.wrong += 1
        elif row is None:
            above = self._codes[line.parent] if line.parent else ""
            self.new[line.code] = Line(line.code, name, english, above, line.region)
            self._rows[line.code] = number
        else:
            change = Change(row, name or row.name, english or english_of(row))
            self.changed += [change] if change.told else []

    def find_circles(self) -> None:
        """Refuse new departments that would stand inside themselves."""
        for code, line in self.new.items():
            above, met = line.parent, {code}
            while above in self.new and above not in met:
                met.add(above)
                above = self.new[above].parent
            if above == code:
                self.faults.append(Fault(self._rows[code], "parent", Refused("department_circle")))


def _commit(writer: Connection, services: Services, plan: Checked, now: dt.datetime) -> Checked:
    """Write all of it, each department with an audit row of its own: its history shows it."""
    if plan.ask.check or plan.faults or not (plan.new or plan.changed):
        return plan
    d, actor = t.department.c, plan.actor
    ids = {**plan.ids, **{line.code: new_id() for line in plan.new}}
    if plan.new:
        writer.execute(sa.insert(t.department), [_row(plan, line, ids) for line in plan.new])
    for each in plan.changed:
        row = each.row
        done = writer.execute(
            sa.update(t.department)
            .where(d.tenant_id == plan.tenant_id, d.id == row.id, d.rev == row.rev)
            .values(name=each.name, names=with_english(row.names, each.english), rev=row.rev + 1)
        )
        if done.rowcount != 1:
            raise StaleError(f"Department {row.code} was changed meanwhile.")
    begins = plan.ask.valid_from.isoformat()
    told: list[tuple[str, int, dict[str, Any]]] = [
        ("department_created", ids[line.code],
         {"code": line.code, "name": line.name, "english": line.english, "valid_from": begins})
        for line in plan.new
    ]  # fmt: skip
    told += [("department_edited", each.row.id, each.told) for each in plan.changed]
    entries = [
        audit.Entry(
            audit.TENANT_CHAIN, action, f"department:{key}", now, data, actor.party_id,
            actor.account_id, plan.ask.request_id,
        )
        for action, key, data in told
    ]  # fmt: skip
    audit.record(writer, services.sealer.audit_key(plan.tenant_id), plan.tenant_id, entries)
    return plan


def _row(plan: Checked, line: Line, ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "tenant_id": plan.tenant_id, "id": ids[line.code], "code": line.code, "name": line.name,
        "names": with_english(None, line.english),
        "parent_id": ids[line.parent] if line.parent else None,
        "region_code": line.region or None, "valid_from": plan.ask.valid_from,
    }  # fmt: skip


IMPORT = UseCase(_prepare, _commit, forget)
