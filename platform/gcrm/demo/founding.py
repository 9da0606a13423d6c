"""An empty government: tenant, one office, the roles of the platform, three administrators."""

import datetime as dt
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from gcrm.assembly import House
from gcrm.demo.city import City
from gcrm.demo.loading import rights_of
from gcrm.runtime.calendars import seed_calendar
from gcrm.store import audit
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.names import with_english
from gcrm.store.sealing import TENANT, KeyRow

ADMINISTRATORS = (("sysadmin", "sys_admin"), ("secadmin", "sec_admin"), ("auditor", "audit_admin"))
"""三员: no one of them may do what another one does."""
ROLES = ("head", "designer", *(role for _, role in ADMINISTRATORS))
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Founder:
    """One administrator of a new government, with the password that is shown once."""

    login: str
    name: str
    password: str


def found(
    house: House, city: City, name: str, code: str, english: str = ""
) -> tuple[Founder, ...] | None:
    """Make the first government; None where there is one already.

    Only the words of the platform's own roles come from the city, nothing that lives there.
    """
    with house.store.read() as reader:
        tenants = reader.execute(select(t.tenant.c.id)).scalars().all()
    if tenants:
        return None
    now, tenant_id = house.now(), 1
    roles = [row for row in city.rows("roles") if row["code"] in ROLES]
    names = {row["code"]: row["name"] for row in roles}
    founders = [Founder(login, names[role], new_password()) for login, role in ADMINISTRATORS]
    hashes = [house.services.passwords.hash(each.password) for each in founders]
    with house.store.write() as writer:
        if writer.execute(select(func.count()).select_from(t.tenant)).scalar_one():
            return None
        office = _write_office(writer, house, tenant_id, (name, english, code), now)
        _write_roles(writer, tenant_id, roles)
        for founder, hashed, (_, role) in zip(founders, hashes, ADMINISTRATORS, strict=True):
            _write_founder(writer, house, tenant_id, (founder, hashed, role, office), now)
    return tuple(founders)


def new_password() -> str:
    """Make a first password of four groups: some 93 bits, and of all kinds of signs."""
    groups = ["".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4)]
    return "-".join(groups) + secrets.choice("23456789")


def _write_office(
    writer: Connection, house: House, tenant_id: int, named: tuple[str, str, str], now: dt.datetime
) -> int:
    name, english, code = named
    row = {
        "id": tenant_id, "code": code, "name": unicodedata.normalize("NFC", name), "host": None,
        "zone": "Asia/Shanghai", "locale": "zh-CN", "created_at": now,
    }  # fmt: skip
    writer.execute(insert(t.tenant), row)
    house.services.sealer.ensure_key(writer, tenant_id, TENANT, now)
    office = new_id()
    today = now.astimezone(house.services.zone).date()
    department = {
        "tenant_id": tenant_id, "id": office, "code": "ROOT", "name": row["name"],
        "names": with_english(None, english), "valid_from": today,
    }  # fmt: skip
    writer.execute(insert(t.department), department)
    seed_calendar(writer, tenant_id, now)
    return office


def _write_roles(writer: Connection, tenant_id: int, roles: list[dict[str, Any]]) -> None:
    kept = ("code", "name", "names", "excludes")
    writer.execute(
        insert(t.role),
        [{"tenant_id": tenant_id, **{key: row[key] for key in kept}} for row in roles],
    )
    # Rights on records of an app come with that app, which is not there yet.
    rights = [row for row in rights_of(roles) if not str(row["resource"]).startswith("record:")]
    writer.execute(insert(t.role_right), rights)


def _write_founder(
    writer: Connection,
    house: House,
    tenant_id: int,
    who: tuple[Founder, str, str, int],
    now: dt.datetime,
) -> None:
    founder, hashed, role, office = who
    party, account, sealer = new_id(), new_id(), house.services.sealer
    row = {
        "tenant_id": tenant_id, "id": party, "kind": "natural", "name": founder.name,
        "created_at": now,
    }  # fmt: skip
    writer.execute(insert(t.party), row)
    key: KeyRow = sealer.new_key(tenant_id, party)
    sealer.store_keys(writer, (key,), now)
    row = {
        "tenant_id": tenant_id, "id": account, "party_id": party, "kind": "staff",
        "login": founder.login, "password_hash": hashed, "password_changed_at": now,
        "assurance": 3, "created_at": now, "must_change": True,
    }  # fmt: skip
    writer.execute(insert(t.account), row)
    row = {
        "tenant_id": tenant_id, "id": new_id(), "party_id": party, "account_id": account,
        "department_id": office, "role_code": role,
        "valid_from": now.astimezone(house.services.zone).date(),
    }  # fmt: skip
    writer.execute(insert(t.post), row)
    entry = audit.Entry(
        audit.party_chain(party), "staff_created", f"account:{account}", now,
        {"login": founder.login, "by": "setup"},
    )  # fmt: skip
    audit.record(writer, sealer.audit_key(tenant_id), tenant_id, [entry])
