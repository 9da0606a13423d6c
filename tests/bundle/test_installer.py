"""The installer's own steps: what it makes, what it takes back, what it says. Its program is a
stand-in of some lines; test_bundle.py and tools/try_systemd.sh install the real one."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gcrm.config import FILES_AT_ONCE, FORM_MEMORY

ROOT = Path(__file__).parents[2]
STAND_IN = """#!/bin/sh
# A Python that makes environments of itself, and whose gcrm does nothing or fails as asked.
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") ;;
  "-m gcrm")
    shift 2
    echo "$*" >>"$TOLD"
    case "$*" in
      "database upgrade") mkdir -p "$(sed -n 's/^GCRM_DATA=//p' "$GCRM_SETTINGS")/blobs" ;;
    esac
    case "$*" in $FAILS) echo "gcrm: it is broken." >&2; exit 1 ;; esac ;;
  "-c import base64"*) echo "secret-$$" ;;
  *) ;;  # what the installer asks of a Python: it has it all
esac
"""
PRODUCTION = ("--name", "云州市", "--url", "https://zw.example.gov.cn")
Install = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


@pytest.fixture
def install(tmp_path: Path, place: Path, told: Path) -> Install:
    """Run the installer of a bundle without wheels; `fails` is the command that fails."""
    bundle = tmp_path / "bundle"
    shutil.copytree(ROOT / "deploy", bundle)
    (bundle / "wheelhouse").mkdir()
    for name in ("requirements.txt", "operations.md", "operations.zh-CN.md", "sbom.cdx.json"):
        (bundle / name).write_text("")
    (bundle / "LICENSE").write_text("")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    words = {"version": "1.0", "commit": "0" * 40, "python": python, "glibc": "2.17"}
    words["machine"] = platform.machine()
    (bundle / "VERSION").write_text("".join(f"{k}={v}\n" for k, v in words.items()))
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in bundle.iterdir()
        if path.is_file()
    ]
    (bundle / "SHA256SUMS").write_text("".join(sums))
    stand_in = tmp_path / "bin" / f"python{python}"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    account = subprocess.check_output(["/usr/bin/id", "-un"], text=True).strip()
    folders = [f"--{n}={place / n}".split("=") for n in ("config", "data")]

    def run(
        *options: str, fails: str = "-", folders: list[list[str]] = folders
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            ["bash", bundle / "install.sh", "--prefix", place / "prefix", "--no-service",  # noqa: S607
             *[part for folder in folders for part in folder],
             *(["--account", account] if folders else []), *options],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{stand_in.parent}:{os.environ['PATH']}",
                 "TOLD": str(told), "FAILS": fails},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("options", "fails", "words"),
    [
        (PRODUCTION, "database upgrade", "The tables could not be made."),
        (PRODUCTION, "setup*", "The government could not be made."),
        (("--demo",), "demo", "The demo city could not be loaded."),
    ],
)
def test_a_first_installation_that_fails_leaves_nothing_and_the_next_one_works(
    install: Install, place: Path, options: tuple[str, ...], fails: str, words: str
) -> None:
    failed = install(*options, fails=fails)
    left = [path.name for path in place.rglob("*")]
    again = install(*options)

    assert failed.returncode == 1
    assert words in failed.stderr
    assert "Nothing stays installed" in failed.stdout
    assert "old program" not in failed.stdout + failed.stderr
    assert left == []
    assert again.returncode == 0, again.stderr
    assert (place / "prefix" / "current").exists()
    assert (place / "config" / "gcrm.env").exists()


def test_what_was_there_before_a_first_installation_stays(install: Install, place: Path) -> None:
    (place / "data" / "kept").mkdir(parents=True)
    (place / "config").mkdir()
    (place / "config" / "master.key").write_text("mine")

    failed = install(*PRODUCTION, fails="database upgrade")

    assert failed.returncode == 1
    assert (place / "data" / "kept").exists()
    assert [path.name for path in (place / "config").iterdir()] == ["master.key"]


def test_tables_made_elsewhere_keep_the_key_that_locks_them(install: Install, place: Path) -> None:
    database = ("--database", "postgresql://gcrm:geheim@db.example/gcrm")

    failed = install(*PRODUCTION, *database, fails="setup*")
    key = (place / "config" / "master.key").read_text()
    again = install(*PRODUCTION)

    assert failed.returncode == 1
    assert "the next run goes on with that key" in failed.stdout
    assert again.returncode == 0
    assert (place / "config" / "master.key").read_text() == key


@pytest.mark.parametrize("fails", ["backup*", "database upgrade"])
def test_an_upgrade_that_fails_leaves_the_old_program(
    install: Install, place: Path, fails: str
) -> None:
    install(*PRODUCTION)
    current = (place / "prefix" / "current").resolve()
    settings = (place / "config" / "gcrm.env").read_text()

    failed = install(fails=fails)

    assert failed.returncode == 1
    assert "The old program is still in place, and its data as they were." in failed.stdout
    assert (place / "prefix" / "current").resolve() == current
    assert [path.name for path in (place / "prefix" / "releases").iterdir()] == [current.name]
    assert (place / "config" / "gcrm.env").read_text() == settings


def test_an_upgrade_knows_its_folders_and_its_port(install: Install, place: Path) -> None:
    install(*PRODUCTION, "--port", "8123")

    done = install(folders=[])

    share = place / "prefix" / "share"
    assert done.returncode == 0, done.stderr
    assert "proxy_pass http://127.0.0.1:8123;" in (share / "nginx.conf").read_text()
    assert f"ReadWritePaths={place / 'data'}" in (share / "gcrm.service").read_text()
    assert f"{place / 'config'}/gcrm.env" in (share / "gcrm-backup.service").read_text()


def test_the_proxy_lets_through_what_the_program_takes(install: Install, place: Path) -> None:
    megabytes = 25
    install(*PRODUCTION)
    with (place / "config" / "gcrm.env").open("a") as settings:
        settings.write(f"GCRM_UPLOAD_LIMIT={megabytes << 20}\n")

    install()

    share = place / "prefix" / "share"
    conf = (share / "nginx.conf").read_text()
    found = re.search(r"client_max_body_size (\d+)m;", conf)
    page = (share / "page-413.html").read_text()
    assert found
    assert int(found[1]) << 20 > (megabytes << 20) * FILES_AT_ONCE + FORM_MEMORY
    assert f"不要超过{megabytes}MB" in page
    assert f"不要超过{megabytes * FILES_AT_ONCE}MB" in page
    assert "server_name zw.example.gov.cn;" in conf
    for name in ("nginx.conf", "page-413.html", "page-50x.html"):
        text = (share / name).read_text()
        assert not re.findall(r"@[A-Z]+@", text)
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


def test_a_restore_wants_the_key_and_brings_tables_and_government_along(
    install: Install, place: Path, told: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "gcrm-20260101-023000.tar"
    archive.write_bytes(b"")
    options = ("--restore", str(archive), "--url", "https://zw.example.gov.cn")

    without = install(*options)
    (place / "config").mkdir(parents=True)
    (place / "config" / "master.key").write_text("kept elsewhere")
    done = install(*options)

    assert without.returncode == 1
    assert "Put the master key of that archive at" in without.stderr
    assert done.returncode == 0, done.stderr
    assert told.read_text().splitlines() == [f"restore {archive}", "selfcheck", "audit verify"]
    assert (place / "config" / "master.key").read_text() == "kept elsewhere"


def test_a_restore_is_refused_where_something_is_installed(
    install: Install, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "archive.tar").write_bytes(b"")
    install(*PRODUCTION)

    refused = install("--restore", str(tmp_path / "archive.tar"))

    assert refused.returncode == 1
    assert "has an installation" in refused.stderr


def test_data_of_an_installation_that_was_removed_are_backed_up_and_taken_over(
    install: Install, place: Path, told: Path
) -> None:
    install(*PRODUCTION)
    (place / "data" / "gcrm.db").write_bytes(b"")
    shutil.rmtree(place / "prefix")
    told.unlink()

    done = install()

    assert done.returncode == 0, done.stderr
    assert told.read_text().splitlines() == ["backup --keep 14", "database upgrade"]
