"""The store on both databases: one PostgreSQL a run, templates made once, a copy a test.

Templates are a migrated database and one with the demo city. Everything lies in memory where
the machine has room there, so that no test waits for a disk.

GCRM_DEPTH=20 makes random tests twenty times as long and truly random; without it they are
the same in every run, so that a red run is red again. GCRM_QUICK=1 (`make check`) leaves out
what needs a server of its own or a whole suite, and makes random tests short.
"""

import datetime as dt
import fcntl
import gc
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

from gcrm.store import database
from gcrm.store.engine import Store, url_of
from tests import order

RUN = "GCRM_TEST_RUN"  # the folder of this run, shared by all xdist workers
DIALECTS = ("sqlite", "postgresql")
DEPTH = int(os.environ.get("GCRM_DEPTH", "1"))

LONG = ("postgresql", "test_conformance.py", "test_large_table")
EXAMPLES = 25 if os.environ.get("GCRM_QUICK") else 100 * DEPTH

settings.register_profile(
    "gcrm", deadline=None, max_examples=EXAMPLES, derandomize=DEPTH == 1, database=None
)
settings.load_profile("gcrm")


MEMORY = Path("/dev/shm")  # noqa: S108  a folder of this run's own is made in it
FOLDER = "gcrm-tests-"
ROOM = 4 * 2**30
CITY_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""The master key under which the demo city of tests is sealed."""

LOADED = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


@pytest.hookimpl(tryfirst=True)  # before tmp_path chooses its folder
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for left in _left_over():
            _put_away(left)
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=_roomy()))
        folder.chmod(0o755)  # PostgreSQL runs as somebody else than root
        os.environ[RUN] = str(folder)
        if config.option.basetemp is None:
            config.option.basetemp = str(folder / "tmp")


def _roomy() -> Path | None:
    """Give a folder in memory, None (the usual one) where there is none or little room."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN in os.environ:
        folder = Path(os.environ.pop(RUN))
        note = folder / "postgres.json"
        if note.exists() and not (folder / "postgres").exists():  # a server that stays
            _clean(str(json.loads(note.read_text())["url"]), _prefix(folder))
        _put_away(folder)


def _left_over() -> Iterator[Path]:
    """Give the folders of runs that were killed: their names tell the process."""
    for place in {MEMORY, Path(tempfile.gettempdir())}:
        for folder in place.glob(f"{FOLDER}*-*"):
            process = folder.name.removeprefix(FOLDER).partition("-")[0]
            if process.isdigit() and not _lives(int(process)):
                yield folder


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _put_away(folder: Path) -> None:
    """Stop the server that works in the folder, and remove it."""
    data = folder / "postgres" / "data"
    with suppress(OSError, ValueError, IndexError):
        process = int((data / "postmaster.pid").read_text().splitlines()[0])
        where = Path(f"/proc/{process}/cwd")  # another process may have its number by now
        if not where.exists() or where.resolve() == data.resolve():
            _stop(process)
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
            path = Path(os.environ[RUN]) / name / "gcrm.db"
            path.parent.mkdir()
            shutil.copyfile(_sqlite_template(), path)
            return f"sqlite:///{path}"
        return _copy_of_template(_postgres(), name)

    return make


@pytest.fixture(scope="session")
def once() -> Callable[[str, Callable[[Path], None]], Path]:
    """Fill a folder once a run, whichever worker asks first: once("city", fill)."""

    def get(name: str, fill: Callable[[Path], None]) -> Path:
        run = Path(os.environ[RUN])
        with _alone(run / f"{name}.lock"):
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
        run = Path(os.environ[RUN])
        note = run / f"city-{dialect}.json"
        with _alone(run / f"city-{dialect}.lock"):
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
        server = _postgres()
        made.append(_copy(server, str(source.database), f"{_prefix(Path(os.environ[RUN]))}_{name}"))
        return made[-1]

    yield copy
    for url in made:
        _drop(url)


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
            _drop(store_url)
        else:
            shutil.rmtree(store.file.parent)


def _sqlite_template() -> Path:
    folder = Path(os.environ[RUN])
    path = folder / "template.db"
    with _alone(folder / "template.lock"):
        if not path.exists():
            database.upgrade(f"sqlite:///{folder / 'unfinished.db'}")
            (folder / "unfinished.db").rename(path)
    return path


def _postgres() -> str:
    """Give the address of a server that holds the migrated template.

    GCRM_TEST_POSTGRES first, else a server of our own on a free port. A machine
    without PostgreSQL fails, unless ALLOW_SKIP=1.
    """
    folder = Path(os.environ[RUN])
    note = folder / "postgres.json"
    with _alone(folder / "postgres.lock"):
        if note.exists():
            return str(json.loads(note.read_text())["url"])
        url = os.environ.get("GCRM_TEST_POSTGRES") or _start(folder / "postgres")
        template = f"{_prefix(folder)}_template"
        with _administration(url) as cursor:
            cursor.execute(f"CREATE DATABASE {template}")
        database.upgrade(_within(url, template))
        note.write_text(json.dumps({"url": url}))
        return url


def _start(folder: Path) -> str:
    binaries = _binaries()
    if binaries is None:
        sentence = "PostgreSQL is missing: apt-get install postgresql, or set GCRM_TEST_POSTGRES."
        if os.environ.get("ALLOW_SKIP") == "1":
            pytest.skip(sentence)
        pytest.fail(sentence, pytrace=False)
    folder.mkdir()
    who = _somebody()
    if who:
        shutil.chown(folder, who["user"], who["group"])
    data = folder / "data"
    subprocess.run(  # noqa: S603
        [binaries / "initdb", "-D", data, "-U", "gcrm", "-A", "trust", "-E", "UTF8", "--locale=C",
         "--no-sync", "--no-instructions"],
        check=True, capture_output=True, cwd=folder, **who,
    )  # fmt: skip
    port = _free_port()
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder,
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
        "max_connections": 200, "shared_buffers": "64MB", "autovacuum": "off",
        "max_locks_per_transaction": 256,
        "dynamic_shared_memory_type": "mmap",  # in its own folder, which is put away
    }  # fmt: skip
    options = [f"--{name}={value}" for name, value in settings.items()]
    with (folder / "log").open("wb") as log:
        subprocess.Popen(  # noqa: S603
            [binaries / "postgres", "-D", data, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            **who,
        ).returncode = 0  # fmt: skip  stopped by its id at the end of the run
    url = f"postgresql://gcrm@127.0.0.1:{port}/postgres"
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return url
    raise RuntimeError((folder / "log").read_text())


def _binaries() -> Path | None:
    candidates = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("postgres")
    if found:
        candidates.append(Path(found).resolve().parent)
    return next((c for c in candidates if (c / "initdb").exists()), None)


def _somebody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: name another user of this machine."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _prefix(folder: Path) -> str:
    """Name the databases of this run, which may share its server with other runs."""
    return "gcrm_" + folder.name.rpartition("-")[2].lower()


def _copy_of_template(url: str, name: str) -> str:
    prefix = _prefix(Path(os.environ[RUN]))
    return _copy(url, f"{prefix}_template", f"{prefix}_{name}")


def _copy(url: str, template: str, name: str) -> str:
    with _administration(url) as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return _within(url, name)


def _clean(url: str, prefix: str) -> None:
    with _administration(url) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _drop(url: str) -> None:
    address = url_of(url)
    with _administration(_within(url, "postgres")) as cursor:
        cursor.execute(f"DROP DATABASE {address.database} WITH (FORCE)")


@contextmanager
def _administration(url: str) -> Iterator[psycopg.Cursor[Any]]:
    connection = psycopg.connect(url, autocommit=True)
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _within(url: str, name: str) -> str:
    address = url_of(url).set(database=name, drivername="postgresql")
    return address.render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGINT)  # fast shutdown
    for _ in range(200):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGQUIT)
