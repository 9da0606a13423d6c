"""A tenant with its keys, on both databases, into which catalogues are imported."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from gcrm.runtime import catalogue_import
from gcrm.runtime.catalogue_import import Import
from gcrm.runtime.reference import Reference
from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.sealing import TENANT, Sealer

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "service_catalogue_guangan.js"


class Town:
    """A tenant of its own on a store, and the clock of the test."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.services: Any = SimpleNamespace(
            sealer=Sealer(b"k" * 32, "aes-gcm"),
            reference=Reference(),
            zone=ZoneInfo("Asia/Shanghai"),
        )
        with store.write() as writer:
            writer.execute(
                sa.insert(t.tenant).values(
                    id=1,
                    code="x",
                    name="某市",
                    zone="Asia/Shanghai",
                    locale="zh-CN",
                    created_at=NOW,
                )
            )
            self.services.sealer.ensure_key(writer, 1, TENANT, NOW)

    def bring(self, content: bytes | str, **more: Any) -> catalogue_import.Receipt:
        """Import a file as the platform itself."""
        raw = content.encode("utf-8") if isinstance(content, str) else content
        ask = Import(1, raw, "list.js", **more)
        with self.store.read() as reader:
            plan = catalogue_import.prepare(reader, self.services, None, ask, self.now)
        with self.store.write() as writer:
            receipt = catalogue_import.commit(writer, self.services, plan, self.now)
        catalogue_import.after(self.services, receipt)
        return receipt

    def read(self, ask: Callable[..., Any], *given: Any) -> Any:
        """Ask the catalogue: read(service_catalogue.search, "结婚")."""
        with self.store.read() as reader:
            return ask(reader, self.services, 1, *given, self.now)

    def rows(self, table: sa.Table) -> list[Any]:
        """Read a whole table."""
        with self.store.read() as reader:
            return list(reader.execute(sa.select(table)))


@pytest.fixture
def town(store: Store) -> Town:
    """A town of this test alone, on SQLite and on PostgreSQL."""
    return Town(store)


@pytest.fixture(scope="module")
def sqlite_town(new_url: Callable[[str], str]) -> Iterator[Town]:
    """A town on SQLite, shared by tests that write nothing."""
    store = Store(new_url("sqlite"), synchronous="NORMAL")
    yield Town(store)
    store.close()


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def wedding_town(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> Iterator[Town]:
    """A town with one service, asked by all tests of a module."""
    store = Store(new_url(request.param), synchronous="NORMAL")
    town = Town(store)
    item = {"name": "结婚登记", "department": "民政局"}
    town.bring(json.dumps({"format": "gcrm.catalogue/1", "items": [item]}))
    yield town
    store.close()


@pytest.fixture(scope="session")
def real_list() -> bytes:
    """The list of a real district: 34 departments, 1,135 items; it is no part of the project."""
    if not REAL.exists():
        pytest.skip("The public list of services is not beside this checkout.")
    return REAL.read_bytes()


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def district(
    request: pytest.FixtureRequest, new_url: Callable[[str], str], real_list: bytes
) -> Iterator[Town]:
    """A town with the real list, read by all tests of a module."""
    store = Store(new_url(request.param), synchronous="NORMAL")
    town = Town(store)
    town.bring(real_list)
    yield town
    store.close()
