"""The pages bench: reading pages at many cases, beside a bare Flask view in the same run.

Told are statements (counted by the store itself), time of one client and of eight at once,
requests a second, what a first visit loads, and how long the search takes, the first question
after a start included. Against which targets, the ratios say: 1 is just kept.

On SQLite one process serves, its worker beside; on PostgreSQL (GCRM_DATABASE) as many as
there are processors, without one, and the eight clients are spread over them. The clients are
threads of this process, which against a bare view reach some ten times what is asked for.
"""

import os
import platform
import re
import sqlite3
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from gcrm import config
from gcrm.assembly import House, build
from gcrm.bench import server, visits, web
from gcrm.bench.client import Browser
from gcrm.bench.visits import Page, Read
from gcrm.demo import load, many_cases, read_city
from gcrm.demo.loading import TENANT_ID
from gcrm.runtime import sessions
from gcrm.runtime.everyday_words import EVERYDAY
from gcrm.store import database
from gcrm.store import tables as t

CASES = 100_000
QUESTIONS = 60
CLERK, HEAD = "hefang", "juzhang"
CASE = re.compile(r"/staff/cases/(\d+)")

STATEMENTS, P50, A_SECOND = 12, 40.0, 150.0  # of a portal page and an inbox page
BOARD, SEARCH, VISIT = 300.0, 50.0, 50 * 1024


def measure() -> dict[str, Any]:
    """Run the bench; GCRM_BENCH_DATA names a folder whose city is kept between runs."""
    kept = os.environ.get("GCRM_BENCH_DATA", "")
    with tempfile.TemporaryDirectory(prefix="gcrm-bench-") as fresh:
        env = {**os.environ, "GCRM_DATA": kept or fresh, "GCRM_MODE": "demo"}
        cases, tokens, questions = _prepare(env)
        bare_env = {**env, "GCRM_DATABASE": server.make_bare(Path(fresh) / "bare.db")}
        with ExitStack() as stack:
            ports = [stack.enter_context(web.serving(kind, env)) for kind in _kinds(env)]
            asked = visits.ask(ports[0], questions)
            visit = visits.first_visit(ports[0], "/")
            bare_port = stack.enter_context(web.serving("bare", bare_env))
            bare = visits.read([bare_port], Page("bare", "/"))
            found = {page.name: visits.read(ports, page) for page in _pages(ports[0], tokens)}
    return _report(cases, len(ports), bare, found, asked, visit)


def _kinds(env: Mapping[str, str]) -> list[str]:
    """Name the servers: one with its worker, or on PostgreSQL as many as there are processors."""
    if config.load(dict(env)).embedded:
        return ["house"]
    return ["pages"] * (os.cpu_count() or 1)


def made(house: House) -> int:
    """Make the city with its cases where there are none; give how many there are."""
    load(house, read_city())
    with house.store.read() as reader:
        known = reader.scalar(select(func.count()).select_from(t.case)) or 0
    wanted = int(os.environ.get("GCRM_BENCH_CASES", CASES))
    if known < wanted:
        many_cases.make(house, TENANT_ID, wanted - known)
    return max(known, wanted)


def _prepare(env: Mapping[str, str]) -> tuple[int, dict[str, str], list[str]]:
    settings = config.load(dict(env))
    database.upgrade(settings.database)
    house = build(settings)
    cases = made(house)
    tokens = {name: _session(house, t.account.c.login == name) for name in (CLERK, HEAD)}
    with house.store.read() as reader:
        questions = _questions(reader)
        citizen = _citizen(reader)
    tokens["citizen"] = _session(house, t.account.c.id == citizen)
    house.close()
    return cases, tokens, questions


def _questions(reader: Connection) -> list[str]:
    """Choose everyday words, spread over the list; they are asked as people would."""
    entry = t.dictionary_entry.c
    words = reader.scalars(
        select(entry.code)
        .where(entry.tenant_id == TENANT_ID, entry.dictionary == EVERYDAY)
        .order_by(entry.code)
    ).all()
    return [f"{word}怎么办" for word in words[:: max(1, len(words) // QUESTIONS)]]


def _citizen(reader: Connection) -> int:
    """Find the citizen with the most cases."""
    account, taking = t.account.c, t.case_participant.c
    found: int = reader.execute(
        select(account.id)
        .join_from(t.account, t.case_participant, taking.party_id == account.party_id)
        .where(account.kind == "citizen")
        .group_by(account.id)
        .order_by(func.count().desc(), account.id)
        .limit(1)
    ).scalar_one()
    return found


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
        Page("portal", "/"),
        Page("services_search", "/services?q=%E9%AB%98%E9%BE%84%E6%B4%A5%E8%B4%B4"),
        Page("my_cases", "/me", citizen),
        Page("inbox", "/staff", clerk),
        Page("case_list", "/staff/cases", head),
        Page("case_view", case, clerk),
        Page("board", "/staff/boards/elder_allowance/overview", head),
    )


def _report(
    cases: int,
    processes: int,
    bare: Read,
    found: Mapping[str, Read],
    asked: Sequence[float],
    visit: int,
) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "cases": cases,
        "processors": os.cpu_count(),
        "processes": processes,
    }
    for name, each in {"bare": bare, **found}.items():
        figures |= {
            f"{name}_statements": each.statements,
            f"{name}_first_ms": round(each.first, 2),
            f"{name}_p50_ms": round(each.p50, 2),
            f"{name}_p95_ms": round(each.p95, 2),
            f"{name}_cpu_ms": round(each.cpu, 2),
            f"{name}_8_clients_a_second": round(each.a_second, 1),
            f"{name}_8_clients_p95_ms": round(each.together_p95, 2),
            f"{name}_bytes": each.size,
        }
    figures |= {
        "search_questions": len(asked),
        "search_first_ms": round(asked[0], 2),
        "search_p50_ms": round(statistics.median(asked), 2),
        "search_max_ms": round(max(asked), 2),
        "first_visit_bytes_gz": visit,
    }
    ratios: dict[str, float] = {}
    for name in ("portal", "inbox"):
        each = found[name]
        ratios |= {
            f"{name}_statements_of_allowed": round(each.statements / STATEMENTS, 2),
            f"{name}_p50_of_allowed": round(each.p50 / P50, 2),
            f"{name}_a_second_to_wanted": round(each.a_second / A_SECOND, 2),
        }
    ratios |= {
        "board_p50_of_allowed": round(found["board"].p50 / BOARD, 2),
        "search_max_of_allowed": round(max(asked) / SEARCH, 2),
        "first_visit_of_allowed": round(visit / VISIT, 2),
    }
    ratios |= {f"{name}_p50_to_bare": round(each.p50 / bare.p50, 2) for name, each in found.items()}
    names: Sequence[str] = ("Flask", "SQLAlchemy", "waitress", "rjieba")
    versions = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in names},
    }
    return {"name": "pages", "ratios": ratios, "figures": figures, "versions": versions}
