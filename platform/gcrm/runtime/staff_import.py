"""Staff from a sheet: every cell checked first, then all accounts made at once or none."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, Denied
from gcrm.runtime import people, powers
from gcrm.runtime.administration import require
from gcrm.runtime.contacts import Contact
from gcrm.runtime.people import LOGIN, RESOURCE, NewPost, NewStaff
from gcrm.runtime.refusals import Refused
from gcrm.runtime.regions import Fault
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.names import english_of

MOST = 200  # rows of one import: each password takes its time to hash
COLUMNS = ("name", "login", "department", "role", "region", "phone", "mail")


@dataclass(frozen=True, slots=True)
class Import:
    """Rows in the order of COLUMNS; `passwords` one a row, none while only checking."""

    rows: tuple[tuple[str, ...], ...]
    passwords: tuple[str, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The accounts made, or what is wrong."""

    actor: Actor
    plans: tuple[people.Plan, ...]
    staff: tuple[NewStaff, ...]
    faults: tuple[Fault, ...]

    @property
    def tenant_id(self) -> int:
        """Give the tenant."""
        return self.actor.tenant_id


def _prepare(
    reader: Connection, services: Services, actor: Actor, ask: Import, now: dt.datetime
) -> Made:
    accessor = require(reader, actor, RESOURCE, "write")
    if not ask.rows:
        raise Refused("sheet_empty", {}, 422)
    if len(ask.rows) > MOST:
        raise Refused("sheet_long", {"most": MOST}, 422)
    lists = _Lists(reader, accessor)
    faults: list[Fault] = []
    staff: list[NewStaff] = []
    seen: set[str] = set()
    for number, row in enumerate(ask.rows, 2):
        found, wrong = lists.read(number, row, seen)
        faults += wrong
        if found is not None:
            staff.append(found)
    if faults or not ask.passwords:
        return Made(actor, (), tuple(staff), tuple(faults))
    plans = []
    for each, password in zip(staff, ask.passwords, strict=True):
        full = NewStaff(
            each.name, each.login, password, each.posts, each.phone, each.mail, ask.request_id
        )
        plans.append(people.CREATE_STAFF.prepare(reader, services, actor, full, now))
    return Made(actor, tuple(plans), tuple(staff), ())


class _Lists:
    """What cells may name: departments and roles by code or name, regions by code.

    A name may be the Chinese or the English one; an English one that two have names neither.
    """

    def __init__(self, reader: Connection, accessor: Accessor) -> None:
        self._reader, self._accessor = reader, accessor
        tenant = accessor.actor.tenant_id
        d, r, g, a = t.department.c, t.role.c, t.region.c, t.account.c
        self._departments: dict[str, int] = {}
        english: dict[str, list[int]] = defaultdict(list)
        for row in reader.execute(
            sa.select(d.id, d.code, d.name, d.names).where(
                d.tenant_id == tenant, d.valid_to.is_(None)
            )
        ):
            self._departments[row.name] = self._departments[row.code] = row.id
            english[english_of(row)].append(row.id)
        for name, ids in english.items():
            if name and len(ids) == 1:
                self._departments.setdefault(name, ids[0])
        self._roles: dict[str, str] = {}
        called: dict[str, list[str]] = defaultdict(list)
        for role in reader.execute(sa.select(r.code, r.name, r.names).where(r.tenant_id == tenant)):
            self._roles[role.name] = self._roles[role.code] = role.code
            called[english_of(role)].append(role.code)
        for name, codes in called.items():
            if name and len(codes) == 1:
                self._roles.setdefault(name, codes[0])
        self._regions = set(
            reader.execute(sa.select(g.code).where(g.tenant_id == tenant)).scalars()
        )
        self._logins = set(
            reader.execute(
                sa.select(a.login).where(a.tenant_id == tenant, a.login.is_not(None))
            ).scalars()
        )

    def read(
        self, number: int, row: tuple[str, ...], seen: set[str]
    ) -> tuple[NewStaff | None, list[Fault]]:
        """Read a row; everything that is wrong with it comes back together."""
        values = dict(zip(COLUMNS, (each.strip() for each in row), strict=True))
        faults = []

        def wrong(column: str, refused: Refused) -> None:
            faults.append(Fault(number, column, refused))

        login = values["login"].casefold()
        if not values["name"]:
            wrong("name", Refused("staff_name_missing"))
        if not LOGIN.fullmatch(login):
            wrong("login", Refused("login_shape"))
        elif login in self._logins:
            wrong("login", Refused("login_taken", {"login": login}))
        elif login in seen:
            wrong("login", Refused("sheet_twice", {"text": login}))
        seen.add(login)
        posts = self._posts(values, wrong)
        for column in ("phone", "mail"):
            try:
                Contact.read(**{"phone": "", "mail": "", column: values[column]})
            except Refused as refused:
                wrong(column, refused)
        if faults:
            return None, faults
        return (
            NewStaff(values["name"], login, "", posts, values["phone"], values["mail"]),
            [],
        )

    def _posts(self, values: dict[str, str], wrong: Any) -> tuple[NewPost, ...]:
        department = self._departments.get(values["department"])
        role = self._roles.get(values["role"])
        if department is None:
            wrong("department", Refused("sheet_department", {"text": values["department"][:40]}))
        if role is None:
            wrong("role", Refused("sheet_role", {"text": values["role"][:40]}))
        if values["region"] and values["region"] not in self._regions:
            wrong("region", Refused("sheet_region", {"text": values["region"][:40]}))
        if department is None or role is None:
            return ()
        posts = (NewPost(role, department, values["region"] or None),)
        try:
            powers.check_giving(self._reader, self._accessor, posts)
        except Refused as refused:
            wrong("role" if refused.code == "post_of_power" else "department", refused)
        except Denied:
            wrong("department", Refused("post_elsewhere"))
        return posts


def _commit(writer: Connection, services: Services, plan: Made, now: dt.datetime) -> Made:
    for each in plan.plans:
        people.CREATE_STAFF.commit(writer, services, each, now)
    return plan


def _after(services: Services, receipt: Made) -> Made:
    """Let this process see the new people at once."""
    services.reference.forget(receipt.tenant_id)
    return receipt


IMPORT = UseCase(_prepare, _commit, _after)
