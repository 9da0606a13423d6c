"""A house with the demo city on both databases, and a citizen's way through app E."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gcrm import config
from gcrm.access import Actor, keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import actor_of_account
from gcrm.apps import AppCatalogue
from gcrm.assembly import House, build
from gcrm.connectors import Person, doubles
from gcrm.runtime import act, attachments, drafts, submit
from gcrm.runtime.grounds import Grounds
from gcrm.runtime.jobs import Worker
from gcrm.store import tables as t

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TENANT = 1
GROUNDS = Grounds("condition:region", "户籍迁入本市以后可以再申请", "请向户籍所在地的民政部门申请")
"""What a refusal needs beside its reason."""


def settings_for(url: str, folder: Path) -> config.Settings:
    return config.load(
        {
            "GCRM_DATA": str(folder),
            "GCRM_DATABASE": url,
            "GCRM_MASTER_KEY": KEY,
            "GCRM_SYNCHRONOUS": "NORMAL",
        }
    )


class Clock:
    """The clock of a test: it goes on when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@pytest.fixture(params=("sqlite", "postgresql"))
def database(request: pytest.FixtureRequest, new_city: Callable[[str], str]) -> str:
    """A copy of the loaded city of this test alone."""
    return new_city(request.param)


CATALOGUE = AppCatalogue()
"""Shared: releases never change, and every town has the same."""


def open_house(url: str, folder: Path, ports: Any, clock: Clock) -> House:
    house = build(settings_for(url, folder), connectors=ports, clock=clock)
    return replace(house, services=replace(house.services, apps=CATALOGUE))


@dataclass
class Town:
    """The house, its clock and its people, with shortcuts through the use cases."""

    house: House
    clock: Clock
    connectors: Any
    folder: Path
    elders: int = 0
    grounds: Grounds = GROUNDS
    made: list[str] = field(default_factory=list)

    def run(self, use_case: Any, actor: Any, ask: Any) -> Any:
        return self.house.run(use_case, actor, ask)

    def rows(self, statement: Any) -> Any:
        with self.house.store.read() as reader:
            return reader.execute(statement).mappings().all()

    def one(self, statement: Any) -> Any:
        with self.house.store.read() as reader:
            return reader.execute(statement).scalar_one()

    def staff(self, login: str) -> Actor:
        return self._actor(t.account.c.login == login)

    def citizen(self, name: str) -> Actor:
        return self._actor(
            t.account.c.kind == "citizen",
            t.account.c.party_id.in_(select(t.party.c.id).where(t.party.c.name == name)),
        )

    def _actor(self, *conditions: Any) -> Actor:
        with self.house.store.read() as reader:
            account = reader.execute(select(t.account.c.id).where(*conditions)).scalars().first()
            assert account is not None
            actor = actor_of_account(reader, TENANT, account, self.clock())
        assert actor is not None
        return actor

    @property
    def chen(self) -> Actor:
        return self.citizen("陈静")

    def new_elder(self, born: int = 1940) -> tuple[str, str]:
        """Let one more old person live in the city: name and ID number."""
        self.elders += 1
        day = dt.date(born, 1, 1) + dt.timedelta(days=self.elders)
        body = f"990102{day:%Y%m%d}{self.elders % 500 * 2:03d}"
        digit = "10X98765432"[sum(int(a) * b for a, b in zip(body, WEIGHTS, strict=True)) % 11]
        name = f"测试老人{self.elders}"
        self.connectors.population.add(
            Person(body + digit, name, "female", day, True, "990102001001")
        )
        return name, body + digit

    def picture(self, draft_id: int, actor: Actor, name: str = "签名.png") -> Any:
        content = io.BytesIO()
        Image.new("RGB", (8, 8), (self.elders % 250, 9, 9)).save(content, "PNG")
        content.seek(0)
        ask = attachments.Upload(draft_id, "sign", name, content)
        return self.run(attachments.UPLOAD, actor, ask)

    def answers(self, elder: tuple[str, str], **other: str) -> dict[str, str]:
        return {
            "agent_flag": "true",
            "relation": "child",
            "elder_name": elder[0],
            "elder_id": elder[1],
            "elder_phone": "19900000001",
            "hukou_region": "990102001001",
            "live_addr-region": "990102001001",
            "live_addr-detail": "1 号楼 101",
            "bank": "6222020000000000000",
            "other_sub": "none",
            **other,
        }

    def fill(self, actor: Actor, elder: tuple[str, str] | None = None, **other: str) -> Any:
        """Start a draft and fill in all its pages; give the ask that submits it."""
        elder = elder or self.new_elder()
        started = self.run(drafts.START, actor, drafts.Start("elder_allowance", "new"))
        answers = self.answers(elder, **other)
        if "sign" not in answers:
            answers["sign"] = answers["sign-photo"] = self.picture(started.draft_id, actor).id
        rev = 1
        for section, names in self.pages(actor, started.draft_id).items():
            raw = {k: [v] for k, v in answers.items() if k.partition("-")[0] in names}
            ask = drafts.Save(started.draft_id, section, raw, rev)
            rev = self.run(drafts.SAVE, actor, ask).rev
        return submit.Submit(started.draft_id, started.key, rev)

    def pages(self, actor: Actor, draft_id: int) -> dict[str, set[str]]:
        with self.house.store.read() as reader:
            page = drafts.open_page(
                reader, self.house.services, actor, draft_id, self.clock(), locale="zh-CN"
            )
        return {s.id: {f.id for f in s.fields} for s in page.paper.form.sections}

    def submitted(self, actor: Actor | None = None, **other: Any) -> Any:
        actor = actor or self.chen
        done = self.run(submit.SUBMIT, actor, self.fill(actor, **other))
        assert done.case_id is not None, done
        return done

    def task(self, case_id: int, role: str | None = None) -> int:
        """Give the open task of a case, or that of a role where several sign."""
        wanted = select(t.task.c.id).where(t.task.c.case_id == case_id, t.task.c.status == "open")
        found: int = self.one(wanted if role is None else wanted.where(t.task.c.role_code == role))
        return found

    def visit(self) -> dict[str, list[str]]:
        return {"visit_way": ["home"], "visit_date": ["2026-11-24"]}

    def decide(self, case_id: int, last: str = "pass", opinion: str = "同意") -> Any:
        """Let community, street and both of the bureau decide one after the other."""
        for login, raw in (("hefang", self.visit()), ("linyu", {})):
            ask = act.Act(self.task(case_id), "pass", "材料齐全，情况属实", raw)
            self.run(act.ACT, self.staff(login), ask)
        first = act.Act(self.task(case_id, "mz_a"), last, opinion, grounds=GROUNDS)
        done = self.run(act.ACT, self.staff("machao"), first)
        if done.ended:
            return done
        second = act.Act(self.task(case_id, "mz_b"), last, opinion, grounds=GROUNDS)
        done = self.run(act.ACT, self.staff("zhaolei"), second)
        return self.published(case_id, done) if done.state == "publicity" else done

    def published(self, case_id: int, done: Any) -> Any:
        """Wait until the result has been public long enough and nobody objected."""
        ends = select(t.publicity.c.ends_at).where(
            t.publicity.c.case_id == case_id, t.publicity.c.status == "open"
        )
        self.clock.now = self.one(ends) + dt.timedelta(minutes=1)
        Worker(self.house).fire()
        state = self.one(select(t.case.c.state).where(t.case.c.id == case_id))
        return replace(done, state=state, ended=True)

    def accessor(self, reader: Any, actor: Actor) -> Accessor:
        return Accessor(reader, actor, keys_of(reader, actor))

    def count(self, table: Any) -> int:
        return len(self.rows(select(table)))


@pytest.fixture
def town(database: str, tmp_path: Path) -> Iterator[Town]:
    clock, ports = Clock(), doubles()
    house = open_house(database, tmp_path / "data", ports, clock)
    yield Town(house, clock, ports, tmp_path / "data")
    house.close()


@pytest.fixture
def sqlite_town(new_city: Callable[[str], str], tmp_path: Path) -> Iterator[Town]:
    """A town on SQLite only, for what has nothing to do with the database."""
    clock, ports = Clock(), doubles()
    house = open_house(new_city("sqlite"), tmp_path / "data", ports, clock)
    yield Town(house, clock, ports, tmp_path / "data")
    house.close()
