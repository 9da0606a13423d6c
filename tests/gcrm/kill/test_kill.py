"""Killing any process at any moment loses no acknowledged submission and leaves no half step."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gcrm import config
from gcrm.access.actors import actor_of_account
from gcrm.assembly import build
from gcrm.runtime import jobs, submit
from gcrm.store import audit_seals, events, selfcheck
from gcrm.store import tables as t

KILLS = 20 * int(os.environ.get("GCRM_DEPTH", "1"))
HERE = Path(__file__).resolve()
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Nursery:
    """Forks servers and workers that are killed; see people_at_work.py."""

    def __init__(self, url: str, folder: Path) -> None:
        root = HERE.parents[3]
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, HERE.with_name("people_at_work.py"), url, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{root / 'platform'}{os.pathsep}{root}"},
        )
        said = self._line()
        if said != "ready":
            self.process.kill()
            self.process.communicate(timeout=20)
            pytest.fail(f"The program to be killed did not start; it said: {said!r}", pytrace=False)

    def fork(self, kind: str) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{kind}\n")
        self.process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


TASKS = {"approved": (0,), "publicity": (0,)}


@pytest.fixture
def nursery(store_url: str, tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(store_url, tmp_path)
    yield made
    made.close()


def test_twenty_kills_lose_nothing_and_leave_nothing_half(
    nursery: Nursery, store_url: str, tmp_path: Path
) -> None:
    dice = random.Random(20261122)  # noqa: S311
    sqlite = store_url.startswith("sqlite")
    kinds = ["both"] if sqlite else ["server", "worker", "server"]
    living = [(kind, nursery.fork(kind)) for kind in kinds]
    notebook = tmp_path / "acknowledged"
    for _ in range(KILLS):
        if dice.random() < 0.75:  # the others are killed while they still come up
            wait_for_one_more(notebook)
        time.sleep(dice.uniform(0, 0.3))  # the one test whose subject is real time
        kind, victim = living.pop(dice.randrange(len(living)))
        os.kill(victim, signal.SIGKILL)
        wait_for_end(victim)
        living.append((kind, nursery.fork(kind)))
    wait_for_one_more(notebook)
    for _, process in living:
        os.kill(process, signal.SIGKILL)
        wait_for_end(process)

    notes = [line.split() for line in notebook.read_text().splitlines()]
    acknowledged = {note[1]: note for note in notes if note[0] == "ack"}
    assert len(acknowledged) >= KILLS / 2, "too little happened to prove anything"
    inspect(store_url, tmp_path, notes, acknowledged)
    assert selfchecked(store_url, tmp_path) == {"findings": [], "rewritten": 0}


def selfchecked(url: str, folder: Path) -> Any:
    """Ask the command that an administrator would ask."""
    root = HERE.parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "gcrm", "selfcheck", "--rebuild", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": f"{root / 'platform'}{os.pathsep}{root}",
            "GCRM_DATA": str(folder),
            "GCRM_DATABASE": url,
            "GCRM_MASTER_KEY": KEY,
        },
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def inspect(
    url: str, folder: Path, notes: list[list[str]], acknowledged: dict[str, list[str]]
) -> None:
    settings = config.load({"GCRM_DATA": str(folder), "GCRM_DATABASE": url, "GCRM_MASTER_KEY": KEY})
    house = build(settings)
    try:
        with house.store.read() as reader:
            cases = {row.id: row for row in reader.execute(select(t.case))}
            answers = dict(
                reader.execute(select(t.idempotency.c.key, t.idempotency.c.answer)).all()
            )
            assert len(answers) == len(cases)
            for key, note in acknowledged.items():
                assert answers[key] == f"/cases/{note[2]}"
                assert cases[int(note[2])].number == note[3]
            numbers = sorted(case.number for case in cases.values())
            assert [int(n.rsplit("-", 1)[1]) for n in numbers] == list(range(1, len(cases) + 1))
            assert not list(events.rebuild(reader))
            assert not selfcheck.check(reader)
            open_tasks = Counter(
                reader.execute(select(t.task.c.case_id).where(t.task.c.status == "open")).scalars()
            )
            for case in cases.values():
                assert open_tasks[case.id] in TASKS.get(case.state, (1, 2))  # two sign
            done = {int(note[1]) for note in notes if note[0] == "done"}
            status = dict(reader.execute(select(t.task.c.id, t.task.c.status)).all())
            assert {status[task] for task in done} <= {"done"}
            twice = reader.execute(
                select(t.opinion.c.task_id).group_by(t.opinion.c.task_id).having(func.count() > 1)
            ).all()
            assert not twice
        replays(house, notes, acknowledged)
        settle(house)
    finally:
        house.close()


def replays(house: Any, notes: list[list[str]], acknowledged: dict[str, list[str]]) -> None:
    """Whoever got no answer may send again: there is one case, old or new."""
    with house.store.read() as reader:
        kept = set(reader.execute(select(t.idempotency.c.key)).scalars())
        before = reader.scalar(select(func.count()).select_from(t.case))
        account = reader.execute(select(t.idempotency.c.account_id)).scalars().first()
        actor = actor_of_account(reader, 1, account, house.now())
    for _, draft, key, rev in (note for note in notes if note[0] == "try"):
        if key in kept:
            again = house.run(submit.SUBMIT, actor, submit.Submit(int(draft), key, int(rev)))
            assert again.case_id is not None
            assert key not in acknowledged or str(again.case_id) == acknowledged[key][2]
    with house.store.read() as reader:
        assert reader.scalar(select(func.count()).select_from(t.case)) == before


def settle(house: Any) -> None:
    """A worker that comes later finishes what the killed ones began; everything is told once."""
    with house.store.write() as writer:
        writer.execute(t.job.update().where(t.job.c.status == "running").values(lease_until=None))
        writer.execute(t.job.update().where(t.job.c.status == "running").values(status="waiting"))
    worker = jobs.Worker(house)
    for _ in range(400):
        if not worker.turn():
            break
    assert not worker.failures
    with house.store.read() as reader:
        assert not reader.execute(select(t.outbox).where(t.outbox.c.applied_at.is_(None))).all()
        origin = (
            t.notice.c.outbox_id,
            t.notice.c.party_id,
            t.notice.c.channel,
            t.notice.c.template,
        )
        doubled = reader.execute(select(*origin).group_by(*origin).having(func.count() > 1)).all()
        assert not doubled
        key = house.services.sealer.audit_key(1)
        verified = audit_seals.verify(reader, key, 1)
        assert (verified.findings, verified.unsealed) == ((), ())


def wait_for_one_more(notebook: Path) -> None:
    """Wait until another submission has been acknowledged: there is load, however slow."""

    def count() -> int:
        return notebook.read_text().count("\nack ") if notebook.exists() else 0

    before = count()
    for _ in range(6_000):
        if count() > before:
            return
        time.sleep(0.01)
    raise AssertionError("Nothing is acknowledged any more.")


def wait_for_end(process: int) -> None:
    for _ in range(500):
        if not Path(f"/proc/{process}/fd").exists() or zombie(process):
            return
        time.sleep(0.01)
    raise AssertionError("A killed process still runs.")


def zombie(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
