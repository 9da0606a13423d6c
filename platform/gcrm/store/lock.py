"""The lock on the data folder: only one process serves an embedded installation."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gcrm.store.errors import FolderHeldError

NAME = "gcrm.lock"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the data folder while the block runs; the system frees it however we end.

    Raises FolderHeldError, with the other's process number, when somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeldError(folder, holder(folder)) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def is_held(folder: Path) -> bool:
    """Say whether some process holds the folder now."""
    path = folder / NAME
    if not path.exists():
        return False
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def holder(folder: Path) -> int | None:
    """Tell the process that holds the folder, as far as it wrote its number down."""
    text = (folder / NAME).read_text(encoding="ascii").strip()
    return int(text) if text.isdigit() else None
