"""A tenant with a designer, and services as publishing and drafts need them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app_definitions import canonical
from app_definitions.package import Package
from gcrm.apps import AppCatalogue, library, publish
from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.sealing import Sealer

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


@dataclass(slots=True)
class Reference:
    """Counts how often it was told to forget."""

    forgotten: int = 0

    def forget(self, tenant_id: int) -> None:
        """Count."""
        self.forgotten += 1


@dataclass(frozen=True, slots=True)
class Services:
    """What the platform's services give to apps."""

    apps: AppCatalogue
    sealer: Sealer
    zone: ZoneInfo
    reference: Reference


@dataclass(frozen=True, slots=True)
class Person:
    """Who works."""

    tenant_id: int
    party_id: int


@dataclass(frozen=True, slots=True)
class House:
    """A store with a tenant and two designers."""

    store: Store
    services: Services
    he: Person
    lin: Person

    def run(self, use: Any, actor: Person, ask: Any, now: dt.datetime = NOW) -> Any:
        """Prepare with a reader and commit with the writer."""
        prepare, commit = use
        with self.store.read() as reader:
            plan = prepare(reader, self.services, actor, ask, now)
        with self.store.write() as writer:
            return commit(writer, self.services, plan, now)

    def publish(self, package: Package, **more: Any) -> publish.Receipt:
        """Publish a package."""
        ask = publish.Publish(1, package, party_id=self.he.party_id, **more)
        receipt: publish.Receipt = self.run((publish.prepare, publish.commit), self.he, ask)
        return publish.after(self.services, receipt)

    def rows(self, table: sa.Table) -> list[Any]:
        """Read a whole table."""
        with self.store.read() as reader:
            return list(reader.execute(sa.select(table)))


@pytest.fixture
def house(store: Store) -> House:
    with store.write() as writer:
        writer.execute(
            sa.insert(t.tenant).values(
                id=1, code="yz", name="云州市", zone="Asia/Shanghai", locale="zh-CN", created_at=NOW
            )
        )
        writer.execute(
            sa.insert(t.party),
            [
                {"tenant_id": 1, "id": own, "kind": "natural", "name": name, "created_at": NOW}
                for own, name in ((11, "何芳"), (12, "林雨"))
            ],
        )
        sealer = Sealer(bytes(32))
        sealer.ensure_key(writer, 1, 0, NOW)
    services = Services(AppCatalogue(), sealer, ZoneInfo("Asia/Shanghai"), Reference())
    return House(store, services, Person(1, 11), Person(1, 12))


@pytest.fixture
def elder() -> Package:
    return library.read("elder_allowance")


Edit = Callable[[Package, str, Callable[[Any], None]], Package]


@pytest.fixture
def edit() -> Edit:
    """Change a JSON part in place."""

    def change(package: Package, path: str, how: Callable[[Any], None]) -> Package:
        content = package.content(path)
        assert content is not None
        document, trouble = canonical.loads(content, path)
        assert trouble is None
        how(document)
        return package.with_part(path, canonical.dumps(document))

    return change


__all__ = ["NOW", "House", "Person", "Services"]
