"""The store on both databases: one PostgreSQL a run, templates made once, a copy a test.

Templates are a migrated database and one with the demo city. Everything lies in memory where
the machine has room there, so that no test waits for a disk.

GCRM_DEPTH=20 makes random tests twenty times as long and truly random; without it they are
the same in every run, so that a red run is red again. GCRM_QUICK=1 (`make check`) leaves out
what needs a server of its own or a whole suite, and makes random tests short.
"""

import datetime as dt
import gc
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from gcrm.store import database
from gcrm.store.engine import Store, url_of
from tests import order, postgres, run_folder

DIALECTS = ("sqlite", "postgresql")
DEPTH = int(os.environ.get("GCRM_DEPTH", "1"))

LONG = ("postgresql", "test_conformance.py", "test_large_table")
EXAMPLES = 25 if os.environ.get("GCRM_QUICK") else 100 * DEPTH

settings.register_profile(
    "gcrm", deadline=None, max_examples=EXAMPLES, derandomize=DEPTH == 1, database=None
)
settings.load_profile("gcrm")


CITY_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""The master key under which the demo city of tests is sealed."""

LOADED = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


@pytest.hookimpl(tryfirst=True)  # before tmp_path chooses its folder
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for left in run_folder.left_over():
            _put_away(left)
        folder = run_folder.make()
        if config.option.basetemp is None:
            config.option.basetemp = str(folder / "tmp")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and run_folder.RUN in os.environ:
        folder = Path(os.environ.pop(run_folder.RUN))
        postgres.end(folder)
        _put_away(folder)


def _put_away(folder: Path) -> None:
    postgres.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Thousands of tests stay until the end: spare the collector from looking at each again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> order.Handing:
    return order.Handing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    order.sort(items)
    if os.environ.get("GCRM_QUICK"):
        left = [item for item in items if any(word in item.nodeid for word in LONG)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not any(word in item.nodeid for word in LONG)]


@pytest.fixture(scope="session")
def new_url() -> Callable[[str], str]:
    """Make an empty, migrated database and give its address: new_url("sqlite")."""

    def make(dialect: str) -> str:
        name = f"new_{secrets.token_hex(6)}"
        if dialect == "sqlite":
            path = run_folder.here() / name / "gcrm.db"
            path.parent.mkdir()
            shutil.copyfile(_sqlite_template(), path)
            return f"sqlite:///{path}"
        return postgres.new(name)

    return make


@pytest.fixture(scope="session")
def once() -> Callable[[str, Callable[[Path], None]], Path]:
    """Fill a folder once a run, whichever worker asks first: once("city", fill)."""

    def get(name: str, fill: Callable[[Path], None]) -> Path:
        run = run_folder.here()
        with run_folder.alone(run / f"{name}.lock"):
            if not (run / name).exists():
                aside = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=run))
                fill(aside)
                aside.rename(run / name)
        return run / name

    return get


@pytest.fixture(scope="session")
def city_url(new_url: Callable[[str], str]) -> Callable[[str], str]:
    """Give the address of the demo city, which nobody may change; one a run and database."""

    def give(dialect: str) -> str:
        run = run_folder.here()
        note = run / f"city-{dialect}.json"
        with run_folder.alone(run / f"city-{dialect}.lock"):
            if not note.exists():
                url = new_url(dialect)
                _load_city(url, run / f"city-{dialect}")
                note.write_text(json.dumps({"url": url}))
            return str(json.loads(note.read_text())["url"])

    return give


def _load_city(url: str, folder: Path) -> None:
    """Load the demo city, its passwords hashed in no time."""
    from gcrm import assembly, config, demo  # the engines' tests start without it
    from gcrm.runtime.passwords import Passwords

    settings = config.load(
        {
            "GCRM_DATA": str(folder),
            "GCRM_DATABASE": url,
            "GCRM_MASTER_KEY": CITY_KEY,
            "GCRM_SYNCHRONOUS": "NORMAL",
        }
    )
    built = assembly.build(settings, clock=lambda: LOADED)
    services = replace(built.services, passwords=Passwords(memory=64, rounds=1))
    assert demo.load(replace(built, services=services), demo.read_city())
    built.close()


@pytest.fixture(scope="session")
def ready_city(city_url: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the demo city on SQLite; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(url_of(city_url("sqlite")).database or "", folder / "gcrm.db")
    key = folder / "master.key"
    key.touch(0o600)
    key.write_text(f"{CITY_KEY}\n")
    return folder


@pytest.fixture
def new_city(city_url: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Copy the demo city for this test alone: new_city("postgresql") gives its address."""
    made: list[str] = []

    def copy(dialect: str) -> str:
        source = url_of(city_url(dialect))
        name = f"city_{secrets.token_hex(4)}"
        if dialect == "sqlite":
            path = tmp_path / f"{name}.db"
            shutil.copyfile(source.database or "", path)
            return f"sqlite:///{path}"
        made.append(postgres.copy(str(source.database), name))
        return made[-1]

    yield copy
    for url in made:
        postgres.drop(url)


@pytest.fixture(params=DIALECTS)
def store_url(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> str:
    """The address of an empty database of this test alone."""
    return new_url(request.param)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store of this test alone, on SQLite and on PostgreSQL."""
    store = Store(store_url, synchronous="NORMAL", readers=8, writers=8)
    try:
        yield store
    finally:
        store.close()
        if store.file is None:
            postgres.drop(store_url)
        else:
            shutil.rmtree(store.file.parent)


def _sqlite_template() -> Path:
    folder = run_folder.here()
    path = folder / "template.db"
    with run_folder.alone(folder / "template.lock"):
        if not path.exists():
            database.upgrade(f"sqlite:///{folder / 'unfinished.db'}")
            (folder / "unfinished.db").rename(path)
    return path
