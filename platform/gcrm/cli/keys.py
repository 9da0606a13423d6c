"""`gcrm keys new|rotate`: another master key for an installation."""

import argparse
import base64
import os
import secrets
from pathlib import Path

from gcrm import config
from gcrm.assembly import utc_now
from gcrm.cli import context
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add
from gcrm.store import key_rotation
from gcrm.store.engine import Store
from gcrm.store.errors import SealingError
from gcrm.store.sealing import MasterKeyInMemory
from gcrm.store.worker_lock import is_held


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "keys", "Change the master key; the server must be stopped.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    new = add(inner, "new", "Write a fresh master key into a file that is not there yet.")
    new.add_argument("file", type=Path, help="where to; only this account may read it")
    new.set_defaults(run=_new)
    rotate = add(inner, "rotate", "Lock all keys with another master key; may be run again.")
    rotate.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new key")
    rotate.set_defaults(run=_rotate)


def _new(arguments: argparse.Namespace) -> int:
    try:
        descriptor = os.open(arguments.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Stop(f"{arguments.file} cannot be made: {error.strerror}.", PROBLEMS) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
    print(f"{arguments.file} holds a new master key. Copy it to a safe place elsewhere.")
    return DONE


def _rotate(arguments: argparse.Namespace) -> int:
    settings = context.settings()
    try:
        key = config.read_key(arguments.to)
    except config.SettingsError as error:
        raise Stop(str(error)) from error
    if key == settings.master_key:
        raise Stop(f"{arguments.to} holds the key that is in use; nothing is to be changed.")
    old = MasterKeyInMemory(settings.master_key, settings.cipher)
    new = MasterKeyInMemory(key, settings.cipher)
    with context.alone(settings):
        store = Store(settings.database, synchronous=settings.synchronous)
        try:
            with store.read() as reader:
                if store.file is None and (is_held(reader) or key_rotation.others(reader)):
                    words = "Others are at work in this database. Stop gcrm work and all gcrm serve"
                    raise Stop(f"{words} first, on every machine.", PROBLEMS)
            with store.write() as writer:
                count = key_rotation.rotate(writer, old, new, utc_now())
        except SealingError as error:
            words = "Neither the key in use nor the new one opens this database; nothing changed."
            raise Stop(words, PROBLEMS) from error
        finally:
            store.close()
    print(f"{count} keys are locked with the new master key ({key_rotation.fingerprint(key)}).")
    print(f"Now let GCRM_MASTER_KEY_FILE name it (or move {arguments.to} there), start the")
    print("server and make a backup. Archives from before need the old key: keep it as long.")
    return DONE
