"""The server is killed under people who press "submit" until they get an answer.

On SQLite it is one process; on PostgreSQL the pages and the worker are killed in turn.
"""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from sqlalchemy import select

from gcrm import config
from gcrm.assembly import House, build
from gcrm.bench import crowd
from gcrm.bench.client import Browser, form_of
from gcrm.connectors import PopulationDouble, doubles, read_people
from gcrm.demo import load, read_city
from gcrm.store import events, selfcheck
from gcrm.store import tables as t
from tests.gcrm.kill.test_kill import wait_for_end

KILLS = 4 * int(os.environ.get("GCRM_DEPTH", "1"))
CLIENTS = 4
DRAFTS = 12  # of each client
ROOT = Path(__file__).resolve().parents[3]


class Installation:
    """What an installation consists of; see installation.py."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        embedded = environment["GCRM_DATABASE"].startswith("sqlite")
        pages = f"{'house' if embedded else 'pages'} {self.port} {CLIENTS * DRAFTS}"
        self._kinds = [pages] if embedded else [pages, "work"]
        self._parent = subprocess.Popen(  # noqa: S603
            [sys.executable, Path(__file__).with_name("installation.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._line() == "ready"
        self._living = [self._start(kind) for kind in self._kinds]

    def restart(self, number: int) -> None:
        """Kill one of the processes, and start it anew."""
        number %= len(self._living)
        self._kill(number)
        self._living[number] = self._start(self._kinds[number])

    def end(self) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        for number in range(len(self._living)):
            self._kill(number)
        self._parent.stdin.close()
        self._parent.wait(20)
        self._parent.stdout.close()

    def _start(self, kind: str) -> int:
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{kind}\n")
        self._parent.stdin.flush()
        process, _, said = self._line().partition(" ")
        assert said in ("ready", "gcrm works."), f"The process did not start; it said: {said!r}"
        return int(process)

    def _kill(self, number: int) -> None:
        os.kill(self._living[number], signal.SIGKILL)
        wait_for_end(self._living[number])

    def _line(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Iterator[tuple[House, dict[str, str], list[Any]]]:
    """The demo city with known elders and drafts that are ready to be submitted."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
        "GCRM_DATA": str(tmp_path / "data"),
        "GCRM_DATABASE": store_url,
        "GCRM_MODE": "demo",
    }
    elders = crowd.elders(CLIENTS * DRAFTS)
    ports = doubles()
    register = PopulationDouble((*read_people(), *elders))
    house = build(
        config.load(environment),
        connectors=type(ports)(ports.sms, register, ports.scanner, ports.mail),
    )
    load(house, read_city())
    crowd.settle(house, elders)
    ready = []
    for number in range(CLIENTS):
        actor, token = crowd.agent(house, f"代办{number}")
        mine = elders[number * DRAFTS : (number + 1) * DRAFTS]
        ready.append((token, [crowd.fill(house, actor, elder) for elder in mine]))
    yield house, environment, ready
    house.close()


def test_whoever_presses_until_answered_has_one_case(
    town: tuple[House, dict[str, str], list[Any]],
) -> None:
    house, environment, ready = town
    dice = random.Random(20261122)  # noqa: S311
    installation = Installation(environment)
    answers: dict[int, str] = {}
    threads = [
        threading.Thread(
            target=press, args=(installation.port, token, drafts, answers), daemon=True
        )
        for token, drafts in ready
    ]
    try:
        for thread in threads:
            thread.start()
        for kill in range(KILLS):
            time.sleep(dice.uniform(0.05, 0.4))  # the one test whose subject is real time
            installation.restart(kill)
        for thread in threads:
            thread.join(60)
    finally:
        installation.end()

    drafts = [draft for _, mine in ready for draft in mine]
    assert set(answers) == set(drafts)
    assert len(set(answers.values())) == len(drafts)
    with house.store.read() as reader:
        numbers = sorted(reader.execute(select(t.case.c.number)).scalars())
        assert numbers == [f"GLJT-{number[5:9]}-{i:06d}" for i, number in enumerate(numbers, 1)]
        assert len(numbers) == len(drafts)
        assert not reader.execute(select(t.form_draft)).all()
        assert not list(events.rebuild(reader))
        assert not selfcheck.check(reader)


def press(port: int, token: str, drafts: list[int], answers: dict[int, str]) -> None:
    """Submit one draft after the other; without an answer, send the same form again."""
    for draft in drafts:
        address = f"/apply/{draft}/submit"
        cookies, fields = check_page(port, token, draft, address)
        while draft not in answers:
            browser = Browser(port, token)
            browser._cookies.update(cookies)
            try:
                with contextlib.closing(browser._connection):
                    taken = browser.post(address, fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # the server is being started again
                continue
            assert taken.status == 302, taken
            answers[draft] = taken.location


def check_page(
    port: int, token: str, draft: int, address: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Open the page that shows all answers; give its cookies and the form's hidden fields."""
    while True:
        browser = Browser(port, token)
        try:
            with contextlib.closing(browser._connection):
                page = browser.page(f"/apply/{draft}/check")
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
            continue
        return dict(browser._cookies), form_of(page, address)
