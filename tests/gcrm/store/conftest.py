"""A case with everything that foreign keys ask for."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from gcrm.store import events
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.engine import Store

NOW = dt.datetime(2026, 11, 24, 1, 49, 0, 123456, tzinfo=dt.UTC)


class City:
    """Makes cases in a store, one statement each, as the case core would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.party = new_id()
        with store.write() as writer:
            writer.execute(
                sa.insert(t.tenant).values(
                    id=1, code="yz", name="云州市", zone="Asia/Shanghai", locale="zh_CN",
                    created_at=NOW,
                )
            )  # fmt: skip
            writer.execute(
                sa.insert(t.party).values(
                    tenant_id=1, id=self.party, kind="natural", name="李秀英", created_at=NOW
                )
            )

    def open_case(self, *happened: events.Event, **columns: Any) -> events.CaseState:
        case_id = new_id()
        projection = events.project(happened)
        row = {
            "tenant_id": 1, "id": case_id, "number": None, "lookup_code": str(case_id),
            "app_id": "elder", "release": 1, "item_variant_id": 3, "root_id": case_id,
            "mode": "real", "title": "高龄津贴", "applicant_id": self.party, "rev": 1,
            **projection.columns(), **columns,
        }  # fmt: skip
        with self.store.write() as writer:
            writer.execute(sa.insert(t.case).values(**row))
            events.write(writer, 1, case_id, happened)
        return events.CaseState(1, case_id, 1, projection)

    def fixed(self, case: events.CaseState, **changes: Any) -> dict[str, Any]:
        return {
            "tenant_id": 1, "case_id": case.case_id, "submission_id": 77, "app_id": "elder",
            "release": 1, "item_variant_id": 3, "mode": "real", "applicant_id": self.party,
            "department_id": None, "region_code": None, "grid_id": None,
            "state": case.projection.state, "submitted_at": NOW, **changes,
        }  # fmt: skip


@pytest.fixture
def city(store: Store) -> City:
    return City(store)
