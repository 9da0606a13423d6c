"""Anchors on a file outside of the database: one line of JSON for each seal."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from gcrm.store.audit_seals import Anchor
from gcrm.store.errors import StoreError


def append(path: Path, anchors: Iterable[Anchor]) -> None:
    """Write anchors behind those of before, through to the disk.

    The file belongs on another machine: a mounted folder, or one that is collected.
    """
    lines = [json.dumps(anchor.to_json(), separators=(",", ":")) + "\n" for anchor in anchors]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> tuple[Anchor, ...]:
    """Read the anchors of a file.

    A last line that was cut off by a crash is left out; any other line that is no anchor
    raises StoreError.
    """
    lines = path.read_text(encoding="ascii").split("\n")
    anchors = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            anchors.append(Anchor.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            if number == len(lines):
                break
            raise StoreError(f"Line {number} of {path} is no anchor.") from None
    return tuple(anchors)
