"""The pages bench: reading pages at many cases, beside a bare Flask view in the same run.

Each page is read by one client over a kept connection (median), then by eight at once for
requests a second; statements are counted by the store itself. What is measured is told with
how many cases there were.
"""

import os
import platform
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from gcrm import config
from gcrm.assembly import House, build
from gcrm.bench import server, web
from gcrm.bench.client import Browser
from gcrm.demo import load, many_cases, read_city
from gcrm.demo.loading import TENANT_ID
from gcrm.runtime import sessions
from gcrm.store import database
from gcrm.store import tables as t

CASES = 100_000
WARM, ALONE, CLIENTS, EACH = 3, 40, 8, 25
CLERK, HEAD = "hefang", "juzhang"
CASE = re.compile(r"/staff/cases/(\d+)")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the bench: its name, its address and who reads it."""

    name: str
    path: str
    token: str


@dataclass(frozen=True, slots=True)
class Read:
    """What one page took: median milliseconds alone, pages a second together, statements."""

    p50: float
    a_second: float
    statements: int
    size: int


def measure() -> dict[str, Any]:
    """Run the bench; GCRM_BENCH_DATA names a folder whose city is kept between runs."""
    kept = os.environ.get("GCRM_BENCH_DATA", "")
    with tempfile.TemporaryDirectory(prefix="gcrm-bench-") as fresh:
        env = {**os.environ, "GCRM_DATA": kept or fresh, "GCRM_MODE": "demo"}
        cases, tokens = _prepare(env)
        bare_env = {**env, "GCRM_DATABASE": server.make_bare(Path(fresh) / "bare.db")}
        with web.serving("house", env) as port, web.serving("bare", bare_env) as bare_port:
            bare = _read(bare_port, Page("bare", "/", ""))
            found = {page.name: _read(port, page) for page in _pages(port, tokens)}
    return _report(cases, bare, found)


def _prepare(env: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Make the city with its cases where the folder has none; open sessions."""
    settings = config.load(dict(env))
    database.upgrade(settings.database)
    house = build(settings)
    load(house, read_city())
    with house.store.read() as reader:
        known = reader.scalar(select(func.count()).select_from(t.case)) or 0
    wanted = int(os.environ.get("GCRM_BENCH_CASES", CASES))
    if known < wanted:
        many_cases.make(house, TENANT_ID, wanted - known)
    tokens = {name: _session(house, t.account.c.login == name) for name in (CLERK, HEAD)}
    tokens["citizen"] = _session(house, t.account.c.kind == "citizen")
    house.close()
    return max(known, wanted), tokens


def _session(house: House, who: Any) -> str:
    with house.store.read() as reader:
        account = reader.execute(select(t.account.c.id).where(who).limit(1)).scalar_one()
    opened = sessions.open_session(TENANT_ID, account, "127.0.0.1", "bench", house.now())
    with house.store.write() as writer:
        sessions.insert_session(writer, opened)
    return opened.token


def _pages(port: int, tokens: Mapping[str, str]) -> tuple[Page, ...]:
    clerk, head, citizen = tokens[CLERK], tokens[HEAD], tokens["citizen"]
    own = CASE.search(Browser(port, clerk).page("/staff/cases?state=open"))
    case = f"/staff/cases/{own[1]}" if own else "/staff/cases"
    return (
        Page("portal", "/", ""),
        Page("services_search", "/services?q=%E9%AB%98%E9%BE%84%E6%B4%A5%E8%B4%B4", ""),
        Page("my_cases", "/me", citizen),
        Page("inbox", "/staff", clerk),
        Page("case_list", "/staff/cases", head),
        Page("case_view", case, clerk),
        Page("board", "/staff/boards/elder_allowance/overview", head),
    )


def _read(port: int, page: Page) -> Read:
    browser = Browser(port, page.token)
    for _ in range(WARM):
        browser.get(page.path)
    alone = [browser.get(page.path) for _ in range(ALONE)]
    browsers = [Browser(port, page.token) for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=lambda own=each: [own.get(page.path) for _ in range(EACH)])
        for each in browsers
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    return Read(
        statistics.median(each.wall for each in alone) * 1e3,
        CLIENTS * EACH / spent,
        max(each.statements for each in alone),
        len(browser.page(page.path).encode("utf-8")),
    )


def _report(cases: int, bare: Read, found: Mapping[str, Read]) -> dict[str, Any]:
    figures: dict[str, Any] = {"cases": cases}
    ratios: dict[str, float] = {}
    for name, each in {"bare": bare, **found}.items():
        figures |= {
            f"{name}_p50_ms": round(each.p50, 2),
            f"{name}_a_second": round(each.a_second, 1),
            f"{name}_statements": each.statements,
            f"{name}_bytes": each.size,
        }
        ratios[f"{name}_p50_to_bare"] = round(each.p50 / bare.p50, 2)
    names: Sequence[str] = ("Flask", "SQLAlchemy", "waitress")
    versions = {"python": platform.python_version(), **{name: version(name) for name in names}}
    return {"name": "pages", "ratios": ratios, "figures": figures, "versions": versions}
