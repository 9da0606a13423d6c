"""A small government on an empty store: departments, regions, people, cases, tasks."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from gcrm.access import Actor, Post, Scope
from gcrm.store import tables
from gcrm.store.columns import new_id
from gcrm.store.engine import Store

NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
FIRST = dt.date(2020, 1, 1)


@dataclass
class Town:
    """Writes rows with what a test does not care about filled in."""

    writer: Connection
    tenant: int = 1
    variant: int = field(default_factory=new_id)
    numbers: int = 0

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        row = {"tenant_id": self.tenant, **values}
        self.writer.execute(insert(getattr(tables, table)).values(row))
        return row

    def party(self, name: str = "某人") -> int:
        party = new_id()
        self.add("party", id=party, kind="natural", name=name, created_at=NOW)
        return party

    def account(self, party: int, kind: str = "citizen", **values: Any) -> int:
        account = new_id()
        self.add(
            "account", id=account, party_id=party, kind=kind, assurance=1, created_at=NOW, **values
        )
        return account

    def department(self, code: str, parent: int | None = None, **values: Any) -> int:
        department = new_id()
        self.add(
            "department",
            id=department,
            code=code,
            name=code,
            parent_id=parent,
            valid_from=FIRST,
            **values,
        )
        return department

    def region(self, code: str, parent: str | None = None, **values: Any) -> str:
        self.add(
            "region", code=code, name=code, parent_code=parent, level=1, valid_from=FIRST, **values
        )
        return code

    def role(self, code: str, app_id: str | None = None) -> str:
        self.add("role", code=code, name=code, app_id=app_id)
        return code

    def right(self, role: str, resource: str, action: str, scope: Scope) -> None:
        self.add(
            "role_right",
            id=new_id(),
            role_code=role,
            resource=resource,
            action=action,
            scope=scope.to_json(),
        )

    def post(self, party: int, account: int, department: int, role: str, **values: Any) -> None:
        self.add(
            "post",
            id=new_id(),
            party_id=party,
            account_id=account,
            department_id=department,
            role_code=role,
            valid_from=FIRST,
            **values,
        )

    def case(self, applicant: int, **values: Any) -> int:
        case = new_id()
        self.numbers += 1
        row = {
            "id": case,
            "lookup_code": f"code{self.numbers:08}",
            "app_id": "elder_allowance",
            "release": 1,
            "item_variant_id": self.variant,
            "root_id": case,
            "mode": "real",
            "title": f"办件 {self.numbers}",
            "applicant_id": applicant,
            "state": "in_review",
            "events": 0,
            "rev": 1,
            "number": f"GLJT{self.numbers:06}",
            **values,
        }
        self.add("case", **row)
        return case

    def task(self, case: int, **values: Any) -> int:
        instance, task = new_id(), new_id()
        self.add(
            "instance",
            id=instance,
            case_id=case,
            app_id="elder_allowance",
            release=1,
            process_id="main",
            state=b"",
            status="running",
            rev=1,
            started_at=NOW,
        )
        row = {
            "id": task,
            "case_id": case,
            "instance_id": instance,
            "key": "k",
            "step_id": "street",
            "name": "街道初审",
            "round": 1,
            "status": "open",
            "opened_at": NOW,
            "rev": 1,
            **values,
        }
        self.add("task", **row)
        return task

    def citizen(self, party: int) -> Actor:
        return Actor(self.tenant, 1, party, "citizen", 1, "zh-CN", (), "某人", None, NOW.date())

    def staff(self, *posts: Post, party: int | None = None) -> Actor:
        who = party or self.party()
        return Actor(self.tenant, 1, who, "staff", 1, "zh-CN", posts, "某人", None, NOW.date())


Towns = Callable[[], AbstractContextManager[Town]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_store(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> Iterator[Store]:
    """One store for a module; every town in it is a tenant of its own."""
    store = Store(new_url(request.param), synchronous="NORMAL")
    yield store
    store.close()


@pytest.fixture(scope="module")
def town(shared_store: Store) -> Towns:
    """Open a transaction in which a new town is built; it is committed at the end."""
    tenants = count(1)

    @contextmanager
    def build() -> Iterator[Town]:
        with shared_store.write() as writer:
            tenant = next(tenants)
            writer.execute(
                insert(tables.tenant).values(
                    id=tenant,
                    code=f"t{tenant}",
                    name="云州市",
                    zone="Asia/Shanghai",
                    locale="zh-CN",
                    created_at=NOW,
                )
            )
            yield Town(writer, tenant)

    return build
