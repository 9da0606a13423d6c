"""Load the demo city into an empty store: places first, then apps, then people and posts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from gcrm.access import from_json
from gcrm.assembly import House
from gcrm.demo.city import PASSWORD, VALID_FROM, City
from gcrm.demo.library import publish_library
from gcrm.runtime import catalogue_import
from gcrm.runtime.calendars import seed_calendar
from gcrm.runtime.catalogue_import import Import
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask
from gcrm.store.sealing import TENANT, KeyRow

TENANT_ID = 1
CATALOGUE = "catalogue.json"
SINCE = dt.date.fromisoformat(VALID_FROM)

Rows = dict[Table, list[dict[str, Any]]]


def load(house: House, city: City) -> bool:
    """Load the city and publish the apps that ship; False where a tenant is there already."""
    with house.store.read() as reader:
        if reader.execute(select(func.count()).select_from(t.tenant)).scalar_one():
            return False
    now = house.now()
    with house.store.write() as writer:
        _write_places(writer, house, city, now)
    publish_library(house, TENANT_ID)
    people = _People(house, now)
    people.add(city)
    with house.store.write() as writer:
        house.services.sealer.store_keys(writer, people.keys, now)
        codes = select(t.department.c.code, t.department.c.id).where(
            t.department.c.tenant_id == TENANT_ID
        )
        departments = {row.code: row.id for row in writer.execute(codes)}
        people.add_posts(departments)
        for table in (t.party, t.identifier, t.account, t.post):
            writer.execute(insert(table), people.rows[table])
    _bring_catalogue(house)
    return True


def _bring_catalogue(house: House) -> None:
    """Fill the catalogue with services that the city has beside its apps."""
    content = files("gcrm.demo").joinpath(CATALOGUE).read_bytes()
    receipt = house.run(
        catalogue_import.IMPORT, None, Import(TENANT_ID, content, CATALOGUE, "demo")
    )
    if receipt.faults:
        raise ValueError(f"{CATALOGUE}: {receipt.faults[0]}")


def _write_places(writer: Connection, house: House, city: City, now: dt.datetime) -> None:
    tenant = city.document["tenant"]
    writer.execute(insert(t.tenant), {"id": TENANT_ID, "host": None, "created_at": now, **tenant})
    house.services.sealer.ensure_key(writer, TENANT_ID, TENANT, now)
    writer.execute(
        insert(t.region),
        [
            {
                "tenant_id": TENANT_ID,
                "code": row["code"],
                "name": row["name"],
                "parent_code": row["parent"],
                "level": row["level"],
                "is_demo": True,
                "valid_from": SINCE,
            }
            for row in city.rows("regions")
        ],
    )
    ids = {row["code"]: new_id() for row in city.rows("departments")}
    writer.execute(
        insert(t.department),
        [
            {
                "tenant_id": TENANT_ID,
                "id": ids[row["code"]],
                "code": row["code"],
                "name": row["name"],
                "names": row["names"],
                "parent_id": ids.get(row["parent"]),
                "region_code": row["region"],
                "valid_from": SINCE,
            }
            for row in city.rows("departments")
        ],
    )
    roles = city.rows("roles")
    writer.execute(
        insert(t.role),
        [
            {
                "tenant_id": TENANT_ID,
                "code": row["code"],
                "name": row["name"],
                "names": row["names"],
                "excludes": row["excludes"],
            }
            for row in roles
        ],
    )
    writer.execute(insert(t.role_right), list(rights_of(roles)))
    seed_calendar(writer, TENANT_ID, now)


def rights_of(roles: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the rows of the rights of roles."""
    for role in roles:
        for right in role["rights"]:
            yield {
                "tenant_id": TENANT_ID,
                "id": new_id(),
                "role_code": role["code"],
                "resource": right["resource"],
                "action": right["action"],
                "scope": from_json(right["scope"]).to_json(),
            }


class _People:
    """Rows of parties, identifiers, accounts and posts, made before the writer is held."""

    def __init__(self, house: House, now: dt.datetime) -> None:
        self.rows: Rows = defaultdict(list)
        self.keys: list[KeyRow] = []
        self._house = house
        self._sealer = house.services.sealer
        self._now = now
        self._duties: list[tuple[dict[str, Any], int, int]] = []

    def add(self, city: City) -> None:
        """Make the rows of people, organisations and staff."""
        known: dict[str, int] = {}
        for row in city.rows("people"):
            party = known[row["name"]] = self._party("natural", row["name"])
            self._identifier(party, "resident_id", row["resident_id"])
            if row.get("login"):
                self._citizen(party, row["phone"], row["assurance"])
        for row in city.rows("organisations"):
            self._identifier(self._party("organisation", row["name"]), "uscc", row["uscc"])
        for row in city.rows("staff"):
            party = known.get(row["name"]) or self._party("natural", row["name"])
            self._duties.append((row, party, self._staff(party, row["login"])))

    def add_posts(self, departments: dict[str, int]) -> None:
        """Make the rows of posts: who does which duty where."""
        for row, party, account in self._duties:
            self.rows[t.post].append(
                {
                    "tenant_id": TENANT_ID,
                    "id": new_id(),
                    "party_id": party,
                    "account_id": account,
                    "department_id": departments[row["department"]],
                    "role_code": row["role"],
                    "region_code": row["region"],
                    "valid_from": SINCE,
                }
            )

    def _party(self, kind: str, name: str) -> int:
        key = new_id()
        self.keys.append(self._sealer.new_key(TENANT_ID, key))
        self.rows[t.party].append(
            {"tenant_id": TENANT_ID, "id": key, "kind": kind, "name": name, "created_at": self._now}
        )
        return key

    def _identifier(self, party: int, kind: str, text: str) -> None:
        key = new_id()
        place = f"identifier.sealed.{key}"
        self.rows[t.identifier].append(
            {
                "tenant_id": TENANT_ID,
                "id": key,
                "party_id": party,
                "kind": kind,
                "blind_index": self._sealer.blind_index(TENANT_ID, kind, text),
                "sealed": self._sealer.seal(TENANT_ID, party, place, text.encode("utf-8")),
                "mask": mask(kind, text),
                "source": "demo",
                "assurance": 2,
                "created_at": self._now,
            }
        )

    def _account(self, party: int, kind: str, assurance: int, **also: Any) -> int:
        key = new_id()
        empty = dict.fromkeys(
            (
                "login",
                "phone_index",
                "phone_sealed",
                "phone_mask",
                "password_hash",
                "password_changed_at",
            )
        )
        self.rows[t.account].append(
            {
                "tenant_id": TENANT_ID,
                "id": key,
                "party_id": party,
                "kind": kind,
                "assurance": assurance,
                "created_at": self._now,
                **empty,
                **also,
            }
        )
        return key

    def _citizen(self, party: int, phone: str, assurance: int) -> None:
        row_id = self._account(party, "citizen", assurance)
        place = f"account.phone_sealed.{row_id}"
        self.rows[t.account][-1] |= {
            "phone_index": self._sealer.blind_index(TENANT_ID, "phone", phone),
            "phone_sealed": self._sealer.seal(TENANT_ID, party, place, phone.encode("utf-8")),
            "phone_mask": mask("phone", phone),
        }

    def _staff(self, party: int, login: str) -> int:
        hashed = self._house.services.passwords.hash(PASSWORD)
        return self._account(
            party, "staff", 3, login=login, password_hash=hashed, password_changed_at=self._now
        )
