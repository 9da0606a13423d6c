"""`gcrm backup|verify|restore`: archives of the database and the attachments."""

import argparse
import time
from pathlib import Path
from typing import Any

from gcrm.assembly import utc_now
from gcrm.cli import context
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from gcrm.config import Settings
from gcrm.runtime import figures
from gcrm.store import backups
from gcrm.store.backups import Manifest
from gcrm.store.errors import BackupError

PATTERN = "gcrm-*.tar"


def register(commands: Commands) -> None:
    """Add the commands."""
    backup = add(
        commands,
        "backup",
        "Write an archive; the server may go on writing meanwhile.",
        as_json=True,
    )
    backup.add_argument(
        "archive", type=Path, nargs="?", help="where to (a dated file in GCRM_BACKUPS)"
    )
    backup.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help="read the new archive again, then delete all but the newest N of its folder",
    )
    backup.set_defaults(run=_backup)
    verify = add(
        commands, "verify", "Read a whole archive and compare it with its manifest.", as_json=True
    )
    verify.add_argument("archive", type=Path, help="a file that gcrm backup wrote")
    verify.set_defaults(run=_verify)
    restore = add(
        commands,
        "restore",
        "Put an archive into an empty place; the server is stopped.",
        as_json=True,
    )
    restore.add_argument("archive", type=Path, help="a file that gcrm backup wrote")
    restore.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    settings = context.settings()
    if arguments.keep is not None and arguments.keep < 1:
        raise Stop("--keep needs at least 1.")
    now = utc_now()
    archive = arguments.archive or settings.backups / f"gcrm-{now:%Y%m%d-%H%M%S}.tar"
    began = time.monotonic()
    try:
        manifest = backups.backup(
            settings.database, settings.data / "blobs", archive, settings.master_key, now
        )
        seconds = round(time.monotonic() - began, 2)
        old = _rotate(settings, archive, arguments.keep) if arguments.keep else ()
        figures.keep_backup(settings, archive, now)
    except BackupError as error:
        raise Stop(str(error), PROBLEMS) from error
    except OSError as error:
        raise Stop(f"{archive} cannot be written: {error.strerror}.", PROBLEMS) from error
    document = {
        "archive": str(archive),
        "files": len(manifest.files),
        "bytes": archive.stat().st_size,
        "seconds": seconds,
        "deleted": [str(path) for path in old],
    }
    lines = [f"{archive}: {_said(manifest)}. Keep the master key elsewhere."]
    lines += [f"{path} was deleted." for path in old]
    show(document, lines, as_json=arguments.json)
    return DONE


def _rotate(settings: Settings, archive: Path, keep: int) -> tuple[Path, ...]:
    """Delete older archives once the new one was read again whole."""
    backups.verify(archive, settings.master_key)
    dated = sorted(archive.parent.glob(PATTERN), key=lambda path: path.name, reverse=True)
    old = tuple(path for path in dated[keep:] if path != archive)
    for path in old:
        path.unlink()
    return old


def _verify(arguments: argparse.Namespace) -> int:
    try:
        manifest = backups.verify(arguments.archive, context.settings().master_key)
    except BackupError as error:
        raise Stop(str(error), PROBLEMS) from error
    lines = [f"{arguments.archive} is whole: {_said(manifest)}."]
    show(_document(arguments.archive, manifest), lines, as_json=arguments.json)
    return DONE


def _restore(arguments: argparse.Namespace) -> int:
    settings = context.settings()
    with context.alone(settings):
        try:
            manifest = backups.restore(
                arguments.archive, settings.database, settings.data / "blobs", settings.master_key
            )
        except BackupError as error:
            raise Stop(str(error), PROBLEMS) from error
    lines = [f"Restored {_said(manifest)}."]
    show(_document(arguments.archive, manifest), lines, as_json=arguments.json)
    return DONE


def _document(archive: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "archive": str(archive),
        "files": len(manifest.files),
        "bytes": sum(length for length, _ in manifest.files.values()),
        "created_at": manifest.created_at.isoformat(),
        "tables": manifest.revision,
    }


def _said(manifest: Manifest) -> str:
    size = sum(length for length, _ in manifest.files.values())
    made = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    return f"{len(manifest.files)} files, {size / 1e6:.1f} MB, of {made}"
