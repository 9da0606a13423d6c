"""PostgreSQL for the tests: a server a run, and databases copied from its template."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gcrm.store import database
from gcrm.store.engine import url_of
from tests import run_folder


def new(name: str) -> str:
    """Make a migrated database of this name, and give its address."""
    return copy(f"{_prefix(run_folder.here())}_template", name)


def copy(template: str, name: str) -> str:
    """Copy a database of this run under a new name, and give its address."""
    url = _server()
    made = f"{_prefix(run_folder.here())}_{name}"
    with _administration(url) as cursor:
        cursor.execute(f"CREATE DATABASE {made} TEMPLATE {template} STRATEGY file_copy")
    return _within(url, made)


def drop(url: str) -> None:
    """Remove a database, whoever is in it."""
    address = url_of(url)
    with _administration(_within(url, "postgres")) as cursor:
        cursor.execute(f"DROP DATABASE {address.database} WITH (FORCE)")


def end(folder: Path) -> None:
    """Remove the databases of a run from a server that goes on without it."""
    note = folder / "postgres.json"
    if note.exists() and not (folder / "postgres").exists():
        url = str(json.loads(note.read_text())["url"])
        with _administration(url) as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_prefix(folder)]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def stop(folder: Path) -> None:
    """Stop the server that works in the folder of a run, where there is one."""
    data = folder / "postgres" / "data"
    with suppress(OSError, ValueError, IndexError):
        process = int((data / "postmaster.pid").read_text().splitlines()[0])
        where = Path(f"/proc/{process}/cwd")  # another process may have its number by now
        if not where.exists() or where.resolve() == data.resolve():
            _stop(process)


def _server() -> str:
    """Give the address of a server that holds the migrated template.

    GCRM_TEST_POSTGRES first, else a server of our own on a free port. A machine
    without PostgreSQL fails, unless ALLOW_SKIP=1.
    """
    folder = run_folder.here()
    note = folder / "postgres.json"
    with run_folder.alone(folder / "postgres.lock"):
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


@contextmanager
def _administration(url: str) -> Iterator[psycopg.Cursor[Any]]:
    connection = psycopg.connect(url, autocommit=True)
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


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
