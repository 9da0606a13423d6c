"""The folder of a run of the tests: all its workers share it, and nothing of it stays."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN = "GCRM_TEST_RUN"  # names the folder for all xdist workers
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of this run's own is made in it
FOLDER = "gcrm-tests-"
ROOM = 4 * 2**30


def make() -> Path:
    """Make the folder of this run, in memory where there is room."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=_roomy()))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else than root
    os.environ[RUN] = str(folder)
    return folder


def here() -> Path:
    """Give the folder of this run."""
    return Path(os.environ[RUN])


def _roomy() -> Path | None:
    """Give a folder in memory, None (the usual one) where there is none or little room."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None


def left_over() -> Iterator[Path]:
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


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one worker after the other do what the block does."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
