"""Made-up cases that are written together, and the people they are about."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert

from form_engine.fields.idcard import check_digit
from gcrm.demo.town import Town
from gcrm.runtime import handling
from gcrm.store import numbers, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask
from gcrm.store.sealing import KeyRow

HELPERS = 40  # agents for a lot

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余"
GIVEN = "秀英桂兰玉珍淑华凤德福国强建明志文永贵春梅金宝长林素芳月美云生海清荣礼仁义和平安"

Rows = dict[Table, list[dict[str, Any]]]

_ORDER: Sequence[Table] = (
    t.party, t.identifier, t.account, t.case, t.case_participant, t.submission, t.instance,
    t.task, t.clock, t.clock_suspension, t.publicity, t.event, t.case_outcome, t.rating,
)  # fmt: skip


class Lot:
    """Some cases made together and written in one transaction."""

    def __init__(self, town: Town, pick: random.Random) -> None:
        """Begin a lot with nothing in it."""
        self.town = town
        self.pick = pick
        self.rows: Rows = defaultdict(list)
        self.keys: list[KeyRow] = []
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.helpers: list[tuple[int, int]] = []
        self.open = 0

    def add_helpers(self) -> None:
        """Make children and neighbours who apply for the old people of this lot."""
        for _ in range(HELPERS):
            party = self._party(self._name(), None)
            account = new_id()
            self._put(
                t.account,
                id=account, party_id=party, kind="citizen", assurance=2, login=None,
                created_at=self.town.now,
            )  # fmt: skip
            self.helpers.append((party, account))

    def write(self) -> None:
        """Write all rows; one transaction."""
        town = self.town
        with town.house.store.write() as writer:
            town.house.services.sealer.store_keys(writer, self.keys, town.now)
            for table in _ORDER:
                if self.rows[table]:
                    writer.execute(insert(table), self.rows[table])
            over = [row["id"] for row in self.rows[t.case] if row["closed_at"] or row["decided_at"]]
            handling.settle(writer, town.tenant, town.lists.calendar, town.now, over)
            for form_id, rows in self.records.items():
                records.insert_records(writer, town.records.forms[form_id], rows)
            for year, last in town.numbers.items():
                values = {"prefix": town.variant.number_prefix, "year": year, "last": last}
                writer.execute(
                    numbers.upsert(writer, t.case_number)
                    .values(tenant_id=town.tenant, **values)
                    .on_conflict_do_update(
                        index_elements=["tenant_id", "prefix", "year"], set_={"last": last}
                    )
                )

    def person(self, age: int, day: dt.date) -> tuple[int, str, str, dt.date]:
        """Make an old person: party, name, number, birthday."""
        born = day.replace(year=day.year - age, day=min(day.day, 28)) - dt.timedelta(
            days=self.pick.randrange(1, 364)
        )
        self.town.people += 1
        area, serial = 990800 + self.town.people // 1000, self.town.people % 1000
        front = f"{area}{born:%Y%m%d}{serial:03d}"
        number = front + check_digit(front + "0")
        name = self._name()
        return self._party(name, number), name, number, born

    def _name(self) -> str:
        return self.pick.choice(SURNAMES) + "".join(
            self.pick.choice(GIVEN) for _ in range(self.pick.choice((1, 2, 2)))
        )

    def _party(self, name: str, number: str | None) -> int:
        town, key = self.town, new_id()
        sealer = town.house.services.sealer
        self.keys.append(sealer.new_key(town.tenant, key))
        self._put(t.party, id=key, kind="natural", name=name, created_at=town.now)
        if number is not None:
            row = new_id()
            place = f"identifier.sealed.{row}"
            self._put(
                t.identifier,
                id=row, party_id=key, kind="resident_id",
                blind_index=sealer.blind_index(town.tenant, "resident_id", number),
                sealed=sealer.seal(town.tenant, key, place, number.encode()),
                mask=mask("resident_id", number), source="demo", assurance=2,
                created_at=town.now,
            )  # fmt: skip
        return key

    def _put(self, table: Table, **row: Any) -> None:
        self.rows[table].append({"tenant_id": self.town.tenant, **row})

    def put(self, table: Table, row: dict[str, Any]) -> None:
        """Keep a row that is complete."""
        self.rows[table].append(row)
