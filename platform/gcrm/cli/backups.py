"""`gcrm backup|verify|restore`: archives of the database and the attachments."""

import argparse
from pathlib import Path

from gcrm.assembly import utc_now
from gcrm.cli import context
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add
from gcrm.store import backups
from gcrm.store.backups import Manifest
from gcrm.store.errors import BackupError


def register(commands: Commands) -> None:
    """Add the commands."""
    backup = add(commands, "backup", "Write an archive; the server may go on writing meanwhile.")
    backup.add_argument("archive", type=Path)
    backup.set_defaults(run=_backup)
    verify = add(commands, "verify", "Read a whole archive and compare it with its manifest.")
    verify.add_argument("archive", type=Path)
    verify.set_defaults(run=_verify)
    restore = add(commands, "restore", "Put an archive into an empty place; the server is stopped.")
    restore.add_argument("archive", type=Path)
    restore.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    settings = context.settings()
    blobs = settings.data / "blobs"
    try:
        manifest = backups.backup(
            settings.database, blobs, arguments.archive, settings.master_key, utc_now()
        )
    except BackupError as error:
        raise Stop(str(error), PROBLEMS) from error
    print(f"{arguments.archive}: {_said(manifest)}. Keep the master key elsewhere.")
    return DONE


def _verify(arguments: argparse.Namespace) -> int:
    try:
        manifest = backups.verify(arguments.archive, context.settings().master_key)
    except BackupError as error:
        raise Stop(str(error), PROBLEMS) from error
    print(f"{arguments.archive} is whole: {_said(manifest)}.")
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
    print(f"Restored {_said(manifest)}.")
    return DONE


def _said(manifest: Manifest) -> str:
    size = sum(length for length, _ in manifest.files.values())
    made = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    return f"{len(manifest.files)} files, {size / 1e6:.1f} MB, of {made}"
