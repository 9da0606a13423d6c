"""The web bench: a submit of app E and a completed task against a bare insert over HTTP.

All three run in one run, over kept connections, under the same server with the same
threads and synchronous=FULL; the time of an fsync on this disk stands beside them.

The two that are compared take turns, lap after lap: a machine that is shared computes now
faster, now slower, and what ran a minute apart would be compared with another machine.
"""

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from socket import socket
from typing import Any

from sqlalchemy import select

from gcrm import config
from gcrm.assembly import House, build
from gcrm.bench import crowd, server
from gcrm.bench.client import Browser, Taken, form_of
from gcrm.connectors import PopulationDouble, doubles, read_people
from gcrm.demo import load, read_city
from gcrm.runtime import sessions
from gcrm.store import database
from gcrm.store import tables as t

WARM, LAPS, ALONE, CLIENTS, EACH = 10, 5, 15, 8, 4
PEOPLE = WARM + LAPS * (ALONE + CLIENTS * EACH)
CLERK = "hefang"
VISIT = {"visit_way": "home", "visit_date": "2026-11-23", "opinion": "情况属实。"}
CASE = re.compile(r'href="/staff/cases/(\d+)"')

Fire = Callable[[], Taken]
Shot = Callable[[Browser], Fire]
"""Opens the page that holds the form, outside of what is timed; what it gives posts it."""


def measure() -> dict[str, Any]:
    """Run the bench; gives name, ratios, figures (milliseconds) and versions."""
    with tempfile.TemporaryDirectory(prefix="gcrm-bench-") as name:
        folder = Path(name)
        env = {**os.environ, "GCRM_DATA": name, "GCRM_MODE": "demo", "GCRM_SYNCHRONOUS": "FULL"}
        env.pop("GCRM_DATABASE", None)
        bare_env = {**env, "GCRM_DATABASE": server.make_bare(folder / "bare.db")}
        ready, clerk = _prepare(env)
        with serving("house", env) as port, serving("bare", bare_env) as bare_port:
            fsync = _fsync(folder)
            bare = Side(bare_port, [(_bare, "")] * PEOPLE)
            submits = Side(port, [(_submit(each.draft_id), each.token) for each in ready])
            submitted = _laps(bare, submits)
            completed = _laps(bare, Side(port, [(act, clerk) for act in _acts(port, clerk)]))
    return _report(fsync, {"submit": submitted, "complete": completed})


@dataclass(frozen=True, slots=True)
class Side:
    """One server, and what is fired at it: each shot with the session it needs."""

    port: int
    pairs: Sequence[tuple[Shot, str]]


@dataclass(slots=True)
class Rounds:
    """What one kind of request took: alone on one connection, and by eight clients."""

    alone: list[Taken] = field(default_factory=list)
    together: list[Taken] = field(default_factory=list)

    def p50(self) -> float:
        """Give the median of one client, in milliseconds."""
        return statistics.median(each.wall for each in self.alone) * 1e3

    def p95(self) -> float:
        """Give the 95th percentile of eight clients, in milliseconds."""
        walls = sorted(each.wall for each in self.together)
        return walls[int(len(walls) * 0.95)] * 1e3

    def cpu(self) -> float:
        """Give the median processor time of one request, in milliseconds."""
        return statistics.median(each.cpu for each in self.alone) * 1e3

    def statements(self) -> int:
        """Give the most statements that one request needed."""
        return max(each.statements for each in self.alone)


def _prepare(env: dict[str, str]) -> tuple[list[crowd.Ready], str]:
    """Make the installation: the city, the elders as known parties, drafts, sessions."""
    settings = config.load(env)
    database.upgrade(settings.database)
    people = crowd.elders(PEOPLE)
    ports = doubles()
    register = PopulationDouble((*read_people(), *people))
    house = build(settings, connectors=type(ports)(ports.sms, register, ports.scanner, ports.mail))
    load(house, read_city())
    crowd.settle(house, people)
    ready: list[crowd.Ready] = []
    for begin in range(0, PEOPLE, EACH):
        actor, token = crowd.agent(house, f"测试代办{begin}")
        ready += [
            crowd.Ready(crowd.fill(house, actor, person), token)
            for person in people[begin : begin + EACH]
        ]
    clerk = _clerk(house)
    house.close()
    return ready, clerk


def _clerk(house: House) -> str:
    with house.store.read() as reader:
        account = reader.execute(
            select(t.account.c.id).where(t.account.c.login == CLERK)
        ).scalar_one()
    opened = sessions.open_session(crowd.TENANT, account, "127.0.0.1", "bench", house.now())
    with house.store.write() as writer:
        sessions.insert_session(writer, opened)
    return opened.token


@contextmanager
def serving(kind: str, env: dict[str, str]) -> Iterator[int]:
    """Run a server of the bench in a process of its own; give its port."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gcrm.bench.server", kind, str(port), str(PEOPLE)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  our own module
            command, env=env, stdout=subprocess.PIPE, stderr=said, text=True
        )
        try:
            if process.stdout is None or process.stdout.readline().strip() != "ready":
                said.seek(0)
                told = said.read()[-2000:].decode("utf-8", "replace")
                raise RuntimeError(f"The {kind} server did not start:\n{told}")
            yield port
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _laps(bare: Side, ours: Side) -> tuple[Rounds, Rounds]:
    """Warm up, then in each lap one client alone and eight at once, on either side in turn."""
    sides = [(each, Rounds(), iter(each.pairs)) for each in (bare, ours)]
    for side, _, pairs in sides:
        _series(side.port, list(islice(pairs, WARM)))
    for _ in range(LAPS):
        for side, rounds, pairs in sides:
            rounds.alone += _series(side.port, list(islice(pairs, ALONE)))
        for side, rounds, pairs in sides:
            rounds.together += _together(side.port, list(islice(pairs, CLIENTS * EACH)))
    return sides[0][1], sides[1][1]


def _together(port: int, pairs: Sequence[tuple[Shot, str]]) -> list[Taken]:
    taken: list[Taken] = []
    lots = [_loaded(port, pairs[index::CLIENTS]) for index in range(CLIENTS)]
    threads = [
        threading.Thread(target=lambda lot=lot: taken.extend(fire() for fire in lot))
        for lot in lots
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) != len(pairs):
        raise RuntimeError("A client of the bench failed.")
    return taken


def _series(port: int, pairs: Sequence[tuple[Shot, str]]) -> list[Taken]:
    browsers: dict[str, Browser] = {}
    return [shot(browsers.setdefault(token, Browser(port, token)))() for shot, token in pairs]


def _loaded(port: int, pairs: Sequence[tuple[Shot, str]]) -> list[Fire]:
    """Open all pages first: what eight clients then do at once is posting alone."""
    browsers: dict[str, Browser] = {}
    return [shot(browsers.setdefault(token, Browser(port, token))) for shot, token in pairs]


def _bare(browser: Browser) -> Fire:
    return partial(browser.post, "/", {})


def _submit(draft_id: int) -> Shot:
    def shot(browser: Browser) -> Fire:
        address = f"/apply/{draft_id}/submit"
        fields = form_of(browser.page(f"/apply/{draft_id}/check"), address)
        return partial(_posted, browser, address, fields)

    return shot


def _posted(browser: Browser, address: str, fields: dict[str, str]) -> Taken:
    taken = browser.post(address, fields)
    if taken.status != 302:
        raise RuntimeError(f"{address} answered {taken.status}.")
    return taken


def _acts(port: int, clerk: str) -> list[Shot]:
    """Give one completion for each case that waits for the clerk."""
    cases: list[str] = []
    browser, number = Browser(port, clerk), 1
    while len(cases) < PEOPLE:
        found = CASE.findall(browser.page(f"/staff?page={number}"))
        cases += [case for case in dict.fromkeys(found) if case not in cases]
        number += 1
        if not found:
            raise RuntimeError(f"The inbox lists {len(cases)} of {PEOPLE} cases.")
    return [_act(case) for case in cases]


def _act(case: str) -> Shot:
    def shot(browser: Browser) -> Fire:
        address = f"/staff/cases/{case}/act"
        fields = form_of(browser.page(f"/staff/cases/{case}"), address)
        return partial(_posted, browser, address, {**fields, **VISIT, "verb": "pass"})

    return shot


def _fsync(folder: Path) -> float:
    """Give the median time of one small append with fsync on this disk, in milliseconds."""
    walls = []
    with (folder / "fsync").open("ab") as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            walls.append(time.perf_counter() - began)
    return statistics.median(walls) * 1e3


def _report(fsync: float, kinds: dict[str, tuple[Rounds, Rounds]]) -> dict[str, Any]:
    """Tell each kind beside the bare view that ran in the same laps."""
    figures: dict[str, Any] = {"fsync_ms": round(fsync, 3)}
    ratios: dict[str, float] = {}
    for name, (bare, ours) in kinds.items():
        for whose, rounds in ((f"{name}_bare", bare), (name, ours)):
            figures |= {
                f"{whose}_p50_ms": round(rounds.p50(), 2),
                f"{whose}_8_clients_p95_ms": round(rounds.p95(), 2),
                f"{whose}_cpu_ms": round(rounds.cpu(), 2),
                f"{whose}_statements": rounds.statements(),
            }
            ratios[f"{whose}_8_clients_p95_to_p50_of_one"] = round(rounds.p95() / rounds.p50(), 2)
        ratios[f"{name}_p50_to_bare"] = round(ours.p50() / bare.p50(), 2)
        ratios[f"{name}_cpu_to_bare"] = round(ours.cpu() / bare.cpu(), 2)
    versions = {
        "python": platform.python_version(),
        **{name: version(name) for name in ("Flask", "SQLAlchemy", "waitress", "SpiffWorkflow")},
    }
    return {"name": "web", "ratios": ratios, "figures": figures, "versions": versions}
