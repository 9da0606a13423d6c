"""A house on an empty store, with a clock that stands still until a test moves it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from gcrm import assembly
from gcrm.access import Actor, actor_of_account, actor_of_session
from gcrm.config import Settings
from gcrm.connectors import Connectors, PopulationDouble, SmsDouble, doubles
from gcrm.runtime import phone_codes
from gcrm.runtime.passwords import Passwords
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask
from gcrm.store.sealing import TENANT

START = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
PASSWORD = "Liu-shu-2026-chun"  # noqa: S105


@dataclass
class Clock:
    now: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **length: float) -> None:
        self.now += dt.timedelta(**length)


@dataclass
class Home:
    house: assembly.House
    clock: Clock
    ports: Connectors
    made: dict[str, int] = field(default_factory=dict)

    @property
    def sms(self) -> SmsDouble:
        assert isinstance(self.ports.sms, SmsDouble)
        return self.ports.sms

    @property
    def population(self) -> PopulationDouble:
        assert isinstance(self.ports.population, PopulationDouble)
        return self.ports.population

    def run(self, use_case: Any, ask: Any, actor: Actor | None = None) -> Any:
        return self.house.run(use_case, actor, ask)

    def rows(self, table: Any, **values: Any) -> list[Any]:
        with self.house.store.read() as reader:
            statement = table.select().where(
                *(table.c[name] == value for name, value in values.items())
            )
            return list(reader.execute(statement).mappings())

    def actor(self, token: str) -> Actor | None:
        with self.house.store.read() as reader:
            return actor_of_session(reader, 1, token, self.clock.now)

    def actor_of(self, account: int) -> Actor:
        with self.house.store.read() as reader:
            found = actor_of_account(reader, 1, account, self.clock.now)
        assert found is not None
        return found

    def phone_login(self, phone: str, address: str = "10.0.0.1") -> Actor:
        self.run(phone_codes.SEND, phone_codes.AskCode(1, phone, address))
        code = code_of(self.sms.messages(phone)[0].text)
        answer = self.run(phone_codes.LOGIN, phone_codes.CodeLogin(1, phone, code, address))
        self.clock.move(seconds=61)
        found = self.actor(answer.token)
        assert found is not None
        return found

    def staff(self, login: str, *rights: tuple[str, str, dict[str, Any]]) -> int:
        """Make an account whose only role has these rights (resource, action, scope)."""
        party, account = new_id(), new_id()
        services = self.house.services
        hashed = services.passwords.hash(PASSWORD)
        with self.house.store.write() as writer:
            writer.execute(
                t.party.insert(),
                {"tenant_id": 1, "id": party, "kind": "natural", "name": login,
                 "created_at": self.clock.now},
            )  # fmt: skip
            services.sealer.ensure_key(writer, 1, party, self.clock.now)
            writer.execute(
                t.account.insert(),
                {"tenant_id": 1, "id": account, "party_id": party, "kind": "staff",
                 "login": login, "password_hash": hashed, "assurance": 3,
                 "created_at": self.clock.now},
            )  # fmt: skip
            writer.execute(t.role.insert(), {"tenant_id": 1, "code": f"r_{login}", "name": login})
            for resource, action, scope in rights:
                writer.execute(
                    t.role_right.insert(),
                    {"tenant_id": 1, "id": new_id(), "role_code": f"r_{login}",
                     "resource": resource, "action": action, "scope": scope},
                )  # fmt: skip
            writer.execute(
                t.post.insert(),
                {"tenant_id": 1, "id": new_id(), "party_id": party, "account_id": account,
                 "department_id": self.made["office"], "role_code": f"r_{login}",
                 "valid_from": dt.date(2020, 1, 1)},
            )  # fmt: skip
        return account

    def declared(self, name: str, number: str) -> int:
        """Make a party as somebody's application makes it: a number, no account."""
        party, key, sealer = new_id(), new_id(), self.house.services.sealer
        with self.house.store.write() as writer:
            writer.execute(
                t.party.insert(),
                {"tenant_id": 1, "id": party, "kind": "natural", "name": name,
                 "created_at": self.clock.now},
            )  # fmt: skip
            sealer.ensure_key(writer, 1, party, self.clock.now)
            sealed = sealer.seal(1, party, f"identifier.sealed.{key}", number.encode())
            writer.execute(
                t.identifier.insert(),
                {"tenant_id": 1, "id": key, "party_id": party, "kind": "resident_id",
                 "blind_index": sealer.blind_index(1, "resident_id", number), "sealed": sealed,
                 "mask": mask("resident_id", number), "source": "form", "assurance": 1,
                 "created_at": self.clock.now},
            )  # fmt: skip
        return party


def code_of(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())[:6]


@pytest.fixture
def home(store_url: str, tmp_path: Path) -> Iterator[Home]:
    clock, ports = Clock(), doubles()
    settings = Settings(
        data=tmp_path, database=store_url, secret="s" * 40, master_key=b"k" * 32, mode="demo",
        address="127.0.0.1", port=8000, synchronous="NORMAL", cipher="aes-gcm", proxies=0,
        upload_limit=1024, prepared_statements=True,
        public_url="http://127.0.0.1:8000",
    )  # fmt: skip
    house = assembly.build(settings, connectors=ports, clock=clock)
    quick = Passwords(memory=64, rounds=1, holding=house.store.holding)
    house = replace(house, services=replace(house.services, passwords=quick))
    home = Home(house, clock, ports)
    with house.store.write() as writer:
        writer.execute(
            t.tenant.insert(),
            {"id": 1, "code": "yunzhou", "name": "云州市", "zone": "Asia/Shanghai",
             "locale": "zh-CN", "created_at": START},
        )  # fmt: skip
        house.services.sealer.ensure_key(writer, 1, TENANT, START)
        home.made["office"] = new_id()
        writer.execute(
            t.department.insert(),
            {"tenant_id": 1, "id": home.made["office"], "code": "MZJ", "name": "民政局",
             "valid_from": dt.date(2020, 1, 1)},
        )  # fmt: skip
    yield home
    house.close()
