"""`gcrm doctor`: look at everything an installation stands on, and say what to mend."""

import argparse
import datetime as dt
import os
import platform
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from gcrm import config
from gcrm.assembly import House, utc_now
from gcrm.cli import context, production
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from gcrm.config import Settings
from gcrm.runtime import health, paper_fonts
from gcrm.runtime.refusals import Refused
from gcrm.store import database, lock
from gcrm.store import tables as t
from report_engine import fonts

Status = Literal["ok", "warn", "fail"]

SKEW = dt.timedelta(seconds=5)
LOSSES = {
    "sms": "citizens cannot log in by phone, and get no messages on it",
    "mail": "no mail is sent",
    "scanner": "uploaded files are taken without a look for viruses",
    "population": "names and ID numbers are not checked against the register",
}
RARE = "\U00020000"  # the first of the characters that only level 3 of GB 18030-2022 asks for
WELL = {
    "disk": "there is room",
    "database": "its tables fit this program",
    "outbox": "what happens is passed on without delay",
    "audit": "sealed up to now",
    "incidents": "none is open",
    "backup": "the last one is fresh",
}
PROXIES = (Path("/etc/nginx/conf.d"), Path("/etc/nginx/sites-enabled"))
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
NGINX_BODY = 1 << 20  # what it lets through where its file says nothing
RUNNING = ("worker", "folder")  # what only a running server can answer


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and in words."""

    name: str
    status: Status
    message: str


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands,
        "doctor",
        "Look at settings, keys, folders, fonts, clock, disk and database; say what to mend.",
        as_json=True,
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    findings = tuple(examine())
    document: dict[str, Any] = {
        "findings": [
            {"name": each.name, "status": each.status, "message": each.message} for each in findings
        ]
    }
    lines = [f"{each.status:<5}{each.name:<12}{each.message}" for each in findings]
    show(document, lines, as_json=arguments.json)
    return PROBLEMS if any(each.status == "fail" for each in findings) else DONE


def examine() -> Iterator[Finding]:
    """Look at one thing after the other; what hangs on something broken is left out."""
    python = platform.python_version()
    yield Finding("program", "ok", f"Python {python} on {platform.machine()}, {sys.prefix}")
    yield _fonts()
    try:
        settings = config.load()
    except config.SettingsError as error:
        for line in str(error).splitlines():
            yield Finding("settings", "fail", line)
        return
    yield Finding("settings", "ok", f"{settings.mode}, data in {settings.data}")
    yield _rare(settings)
    yield from _permissions(settings)
    yield from _ports(settings)
    yield _uploads(settings)
    yield _archives(settings)
    try:
        house = context.built(settings)
    except Stop as stop:
        yield Finding("database", "fail", str(stop))
        room = health.disk(settings)
        if room.code is not None:  # then that is why
            said = Refused(room.code, room.values).render("en", ZoneInfo("UTC"))
            yield Finding(room.name, room.status, f"{said.message} {said.fix}")
        return
    try:
        yield from _house(house)
    finally:
        house.close()


def _fonts() -> Finding:
    try:
        found = fonts.find()
    except fonts.MissingFontError as error:
        return Finding("fonts", "fail", str(error))
    if not found.static:
        words = f"{found.regular} draws pictures; papers need the static fonts of the bundle."
        return Finding("fonts", "warn", words)
    return Finding("fonts", "ok", f"static Noto Sans SC in {found.regular.parent}")


def _rare(settings: Settings) -> Finding:
    """Look for a font with the rare characters of names, without which papers are refused."""
    if paper_fonts.find(settings.data).missing([RARE]):
        words = (
            "A name with a rare character stops its paper: put a font that has such characters "
            f"(Hanazono, Debian: fonts-hanazono) into {settings.data / paper_fonts.OWN}."
        )
        return Finding("rare", "warn", words)
    return Finding("rare", "ok", "papers print rare characters of names")


def _permissions(settings: Settings) -> Iterator[Finding]:
    key = Path(config.setting("GCRM_MASTER_KEY_FILE") or settings.data / "master.key")
    for name, path in (("data", settings.data), ("key", key)):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError as error:
            if name == "data" or not config.setting("GCRM_MASTER_KEY"):
                yield Finding(name, "fail", f"{path}: {error.strerror}.")
            continue
        if mode & stat.S_IRWXO:
            words = f"{path} is open to everybody ({mode:o}); run `chmod o= {path}`."
            yield Finding(name, "warn", words)
        else:
            yield Finding(name, "ok", f"{path} ({mode:o})")
    if key.parent == settings.data:
        words = f"{key} lies beside the data it locks; keep it elsewhere (GCRM_MASTER_KEY_FILE)."
        yield Finding("key", "warn", words)


def _ports(settings: Settings) -> Iterator[Finding]:
    for port, chosen in settings.connectors.items():
        if chosen == "off":
            yield Finding(port, "warn", f"GCRM_{port.upper()} is off: {LOSSES[port]}.")
        else:
            yield Finding(port, "ok", chosen)


def _uploads(settings: Settings) -> Finding:
    """Compare what a page may send with what nginx on this machine lets through."""
    needed = settings.page_limit
    said = (
        f"a file may have {settings.upload_limit >> 20} MB (GCRM_UPLOAD_LIMIT; an app may ask for "
        f"less), a page {needed >> 20} MB"
    )
    for path in (path for folder in PROXIES for path in _listed(folder)):
        text = re.sub(r"#.*", "", _text(path))
        if not re.search(rf"proxy_pass\s+http://[^;]*:{settings.port}\b", text):
            continue
        sizes = re.findall(r"client_max_body_size\s+(\d+)([kmg]?)\s*;", text, re.IGNORECASE)
        allowed = [int(number) * UNITS[unit.lower()] for number, unit in sizes] or [NGINX_BODY]
        most = max(allowed)
        # The first is the server's own (0: no bound); later ones are of places within.
        if allowed[0] != 0 and most < needed:
            words = (
                f"{path} lets through {most >> 20} MB, {said}. Write client_max_body_size "
                f"{(needed >> 20) + 2}m there, or run install.sh again and copy its nginx.conf."
            )
            return Finding("uploads", "warn", words)
        return Finding("uploads", "ok", f"{said}; {path} lets it through")
    return Finding("uploads", "ok", f"{said}; a proxy in front must let it through")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # no nginx here, or not for us to read
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _archives(settings: Settings) -> Finding:
    """Look at the folder of the archives: may we write there, and is it another disk?"""
    folder = settings.backups
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        words = f"{there} (GCRM_BACKUPS) cannot be written by this account: no backup can be made."
        return Finding("archives", "fail", words)
    same = settings.data.exists() and there.stat().st_dev == settings.data.stat().st_dev
    if same and settings.mode == "production":
        words = (
            f"{folder} lies on the disk of the data, and is lost with it; name a folder on another "
            "disk in GCRM_BACKUPS, and copy its archives to another machine."
        )
        return Finding("archives", "warn", words)
    return Finding("archives", "ok", f"{folder}")


def _house(house: House) -> Iterator[Finding]:
    settings, now = house.settings, house.now()
    if settings.embedded and lock.is_held(settings.data):
        yield Finding("server", "ok", f"runs as process {lock.holder(settings.data)}")
    elif settings.embedded:
        yield Finding("server", "warn", "does not run; start it with gcrm serve.")
    yield Finding("database", "ok", f"{house.store.dialect}, tables of {database.newest()}")
    yield _clock(house, now)
    for check in health.examine(house.store, settings, None, now):
        if check.name in RUNNING:
            continue
        if check.code is None:
            yield Finding(check.name, "ok", WELL.get(check.name, ""))
            continue
        said = Refused(check.code, check.values).render("en", house.services.zone)
        yield Finding(check.name, check.status, f"{said.message} {said.fix}")
    found = production.demo_accounts(house)
    if found:
        status: Status = "fail" if settings.mode == "production" else "ok"
        yield Finding("accounts", status, f"{len(found)} demo accounts are open to everybody.")


def _clock(house: House, now: dt.datetime) -> Finding:
    """Compare our clock with the database server's, and with the newest row of the audit."""
    with house.store.read() as reader:
        newest = reader.scalar(select(func.max(t.audit.c.at)))
        if house.store.dialect == "postgresql":
            theirs = reader.execute(text("SELECT clock_timestamp()")).scalar_one()
            apart = abs(theirs - utc_now())
            if apart > SKEW:
                words = f"The database's clock is {apart.total_seconds():.0f} s apart from ours."
                return Finding("clock", "warn", f"{words} Let both follow one time server.")
    if newest is not None and newest > now + SKEW:
        ahead = (newest - now).total_seconds()
        words = f"The newest audit row is {ahead:.0f} s in the future: the clock was set back."
        return Finding("clock", "fail", f"{words} Set it right before people go on working.")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")
