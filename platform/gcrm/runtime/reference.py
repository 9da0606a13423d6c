"""Lists that change seldom, kept for a minute: regions, calendar, parameters, who holds a role."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, or_, select

from app_definitions.app import Parameter
from app_definitions.dictionary import Dictionary, Entry
from form_engine.regions import Region, RegionTree
from gcrm.apps.publishing import ALWAYS
from gcrm.runtime import everyday_words
from gcrm.runtime.calendars import WorkingCalendar, read_calendar
from gcrm.runtime.everyday_words import Words
from gcrm.store import tables as t
from gcrm.store.record_tables import Records, columns_of
from rule_engine import EvaluationContext

OFFICE = "office"
KEPT = timedelta(seconds=60)
CALENDAR = "cn"
CHOSEN = 1000  # places, apps and days for which chosen parameters are kept

T = TypeVar("T")


class Places(RegionTree):
    """The regions of a tenant; those no longer valid are still found by their code."""

    def __init__(self, regions: Iterable[Region], invalid: Iterable[str] = ()) -> None:
        """Keep the regions; the `invalid` ones are not offered any more."""
        super().__init__(regions)
        self._invalid = frozenset(invalid)

    def children(self, code: str | None) -> tuple[Region, ...]:
        """List the valid regions directly inside `code`."""
        return tuple(each for each in super().children(code) if each.code not in self._invalid)

    def below(self, code: str) -> frozenset[str]:
        """Give a region's code and those of all inside it, also of those no longer valid."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting += [each.code for each in super().children(at)]
        return frozenset(found)

    def chain(self, code: str | None) -> tuple[str, ...]:
        """Give a region's code and those that hold it, from the inside out."""
        codes: list[str] = []
        region = self.get(code) if code else None
        while region is not None and region.code not in codes:
            codes.append(region.code)
            region = self.get(region.parent) if region.parent else None
        return tuple(codes)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """One value of a parameter for a time and a region: an office's, or one of a release."""

    app_id: str
    code: str
    value: str
    type: str
    region: str | None
    effective_from: date
    effective_to: date | None
    office: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """A role at a department with a region of duty, that people hold today."""

    role: str
    department_id: int
    region: str | None
    grid_id: int | None
    parties: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Values of parameters; what declares them is kept too, so that its id stays its own."""

    declared: tuple[Parameter, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lists:
    """What a use case looks up; all of one moment.

    `candidates` may be a minute old: a task given to a post that ended meanwhile is
    found by the sweeper, as every task is whose people leave later.
    """

    places: Places
    calendar: WorkingCalendar
    parameters: tuple[ParameterValue, ...]
    candidates: Mapping[str, tuple[Candidates, ...]]  # by role
    loaded_at: datetime
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # set by offices
    _chosen: dict[tuple[int, str, str | None, date], _Chosen] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def holders(self, roles: Iterable[str]) -> tuple[Candidates, ...]:
        """List who holds these roles, once each."""
        return tuple(each for role in sorted(set(roles)) for each in self.candidates.get(role, ()))

    def evaluation(
        self,
        declared: tuple[Parameter, ...],
        app_id: str,
        region: str | None,
        now: datetime,
        zone: ZoneInfo,
    ) -> EvaluationContext:
        """Make what expressions are evaluated in: today's parameters of this app at this place."""
        return EvaluationContext(
            now=now,
            zone=zone,
            calendar=self.calendar,
            regions=self.places,
            parameters=self._once(declared, app_id, region, now.astimezone(zone).date()),
        )

    def _once(
        self, declared: tuple[Parameter, ...], app_id: str, region: str | None, day: date
    ) -> Mapping[str, Any]:
        """Choose the parameters of an app for a place once for as long as the lists live."""
        key = (id(declared), app_id, region, day)
        kept = self._chosen.get(key)
        if kept is None:
            if len(self._chosen) >= CHOSEN:
                self._chosen.clear()
            kept = _Chosen(declared, self.parameters_at(declared, app_id, region, day))
            self._chosen[key] = kept
        return kept.values

    def parameters_at(
        self, declared: Iterable[Parameter], app_id: str, region: str | None, day: date
    ) -> Mapping[str, Any]:
        """Choose each parameter's value on a day at a place.

        The app's own before one for all apps; the nearest region's before its parent's;
        at one place an office's before the release's; of these the latest that has begun.
        """
        chain = self.places.chain(region)
        chosen: dict[str, Any] = {}
        for parameter in declared:
            values = [
                ParameterValue(
                    app_id,
                    parameter.id,
                    value.value,
                    parameter.type,
                    value.region,
                    value.effective_from,
                    value.effective_to,
                )
                for value in parameter.values
            ]
            values += [each for each in self.parameters if each.code == parameter.id]
            best = best_value(values, app_id, chain, day)
            if best is not None:
                chosen[parameter.id] = _typed(best.value, best.type)
        return chosen

    def dictionaries_of(
        self, app_id: str, shipped: Mapping[str, Dictionary]
    ) -> Mapping[str, Dictionary]:
        """Give an app's dictionaries with what offices added to them or ended in them."""
        if not any(f"{app_id}.{name}" in self.entries for name in shipped):
            return shipped
        return {
            name: _overlaid(each, self.entries.get(f"{app_id}.{name}", ()))
            for name, each in shipped.items()
        }


def _overlaid(dictionary: Dictionary, entries: tuple[Entry, ...]) -> Dictionary:
    own = {(entry.code, entry.valid_from or ALWAYS): entry for entry in entries}
    kept = tuple(
        own.pop((entry.code, entry.valid_from or ALWAYS), entry) for entry in dictionary.entries
    )
    return replace(dictionary, entries=(*kept, *own.values()))


class Reference:
    """Keeps the lists of each tenant for a minute of the passed clock."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._kept: dict[int, Lists] = {}
        self._records: dict[tuple[int, str, int], Records] = {}
        self._others: dict[int, dict[str, tuple[datetime, Any]]] = {}  # by tenant, by name
        self._lock = threading.Lock()

    def at(self, reader: Connection, tenant_id: int, now: datetime) -> Lists:
        """Give the tenant's lists, read again where they are older than a minute."""
        kept = self._kept.get(tenant_id)
        if kept is not None and kept.loaded_at <= now < kept.loaded_at + KEPT:
            return kept
        lists = _load(reader, tenant_id, now)
        with self._lock:
            self._kept[tenant_id] = lists
        return lists

    def records(self, reader: Connection, tenant_id: int, app_id: str, release: int) -> Records:
        """Give an app's record tables as a release knows them; read once, they never change."""
        key = (tenant_id, app_id, release)
        found = self._records.get(key)
        if found is None:
            found = self._records[key] = columns_of(reader, tenant_id, app_id)
        return found

    def words(self, reader: Connection, tenant_id: int, now: datetime, today: date) -> Words:
        """Give the words that searching goes by, read again where they are older than a minute."""
        return self.kept(
            "words", tenant_id, now, lambda: everyday_words.read(reader, tenant_id, today)
        )

    def kept(self, name: str, tenant_id: int, now: datetime, read: Callable[[], T]) -> T:
        """Give what `read` found under this name, read again where it is older than a minute."""
        kept = self._others.get(tenant_id, {}).get(name)
        if kept is not None and kept[0] <= now < kept[0] + KEPT:
            found: T = kept[1]
            return found
        found = read()
        with self._lock:
            self._others.setdefault(tenant_id, {})[name] = (now, found)
        return found

    def forget(self, tenant_id: int) -> None:
        """Read everything again next time: an administrator changed something."""
        with self._lock:
            self._kept.pop(tenant_id, None)
            self._others.pop(tenant_id, None)


def _load(reader: Connection, tenant_id: int, now: datetime) -> Lists:
    rows = reader.execute(
        select(
            t.region.c.code,
            t.region.c.name,
            t.region.c.parent_code,
            t.region.c.valid_from,
            t.region.c.valid_to,
        )
        .where(t.region.c.tenant_id == tenant_id)
        .order_by(t.region.c.code)
    ).all()
    today = now.date()
    invalid = [
        row.code
        for row in rows
        if row.valid_from > today or (row.valid_to is not None and row.valid_to < today)
    ]
    parameters = reader.execute(
        select(t.parameter).where(
            t.parameter.c.tenant_id == tenant_id, t.parameter.c.origin == OFFICE
        )
    ).all()
    return Lists(
        Places((Region(row.code, row.name, row.parent_code) for row in rows), invalid),
        read_calendar(reader, tenant_id, CALENDAR),
        tuple(
            ParameterValue(
                row.app_id,
                row.code,
                row.value,
                row.type,
                row.region_code,
                row.effective_from,
                row.effective_to,
                True,
            )
            for row in parameters
        ),
        _candidates(reader, tenant_id, today),
        now,
        _entries(reader, tenant_id),
    )


def _entries(reader: Connection, tenant_id: int) -> Mapping[str, tuple[Entry, ...]]:
    entry = t.dictionary_entry.c
    found: dict[str, tuple[Entry, ...]] = {}
    for row in reader.execute(
        select(t.dictionary_entry)
        .where(entry.tenant_id == tenant_id, entry.origin == OFFICE)
        .order_by(entry.dictionary, entry.position, entry.code)
    ):
        begins = None if row.valid_from == ALWAYS else row.valid_from
        made = Entry(row.code, row.label, row.parent_code, begins, row.valid_to, row.successor_code)
        found[row.dictionary] = (*found.get(row.dictionary, ()), made)
    return found


def _candidates(
    reader: Connection, tenant_id: int, today: date
) -> Mapping[str, tuple[Candidates, ...]]:
    post, department = t.post.c, t.department.c
    region = func.coalesce(post.region_code, department.region_code).label("region")
    rows = reader.execute(
        select(
            post.role_code,
            post.department_id,
            region,
            post.grid_id,
            func.count(func.distinct(post.party_id)),
        )
        .join_from(
            t.post,
            t.department,
            and_(department.tenant_id == post.tenant_id, department.id == post.department_id),
        )
        .join(
            t.account,
            and_(t.account.c.tenant_id == post.tenant_id, t.account.c.id == post.account_id),
        )
        .where(
            post.tenant_id == tenant_id,
            t.account.c.disabled.is_(False),
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
        )
        .group_by(post.role_code, post.department_id, region, post.grid_id)
    ).all()
    found: dict[str, tuple[Candidates, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), Candidates(*row))
    return found


def best_value(
    values: Iterable[ParameterValue], app_id: str, chain: tuple[str, ...], day: date
) -> ParameterValue | None:
    """Choose the value that counts on a day at a place; `chain` are the regions around it."""
    ranks = {code: len(chain) - index for index, code in enumerate(chain)}
    open_values = [
        each
        for each in values
        if each.app_id in ("", app_id)
        and each.effective_from <= day
        and (each.effective_to is None or day <= each.effective_to)
        and (each.region is None or each.region in ranks)
    ]
    return max(
        open_values,
        key=lambda each: (
            each.app_id != "",
            ranks.get(each.region, 0) if each.region else 0,
            each.office,
            each.effective_from,
        ),
        default=None,
    )


def _typed(value: str, type_name: str) -> Any:
    match type_name:
        case "number" | "money":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "boolean":
            return value == "true"
        case _:
            return value
