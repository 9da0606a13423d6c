"""PostgreSQL's own programs for dumping and loading a database."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine.url import URL

from gcrm.store.errors import BackupError


def dump(address: URL, target: Path) -> None:
    """Write a dump of the database in one snapshot (pg_dump's custom format)."""
    _run("pg_dump", address, "--format=custom", "--no-owner", f"--file={target}")


def load(address: URL, source: Path) -> None:
    """Load a dump into an empty database, in one transaction."""
    _run(
        "pg_restore", address, "--no-owner", "--single-transaction", "--exit-on-error", str(source)
    )


def _run(program: str, address: URL, *arguments: str) -> None:
    path = _find(program)
    # The password goes through the environment: arguments can be read by everybody.
    environment = {**os.environ, "PGPASSWORD": address.password or ""}
    place = [
        f"--{option}={value}"
        for option, value in (
            ("host", address.host),
            ("port", address.port),
            ("username", address.username),
            ("dbname", address.database),
        )
        if value
    ]
    done = subprocess.run(  # noqa: S603
        [path, *place, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{program} failed: {done.stderr.strip()[:500]}")


def _find(program: str) -> Path:
    found = shutil.which(program)
    if found:
        return Path(found)
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / program).exists():
            return folder / program
    raise BackupError(f"{program} is missing; install the client programs of PostgreSQL.")
