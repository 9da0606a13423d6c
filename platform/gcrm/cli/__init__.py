"""The command `gcrm`: a thin face over use cases, checks and services."""

import argparse
import errno
import os
import pwd
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

from gcrm.cli.output import DONE, PROBLEMS, USAGE, Parser, Stop
from gcrm.store.errors import StoreAwayError, StoreBusyError

PLACES = {
    "serve": "serve",
    "work": "serve",
    "demo": "demo",
    "setup": "setup",
    "password": "passwords",
    "database": "database",
    "backup": "backups",
    "verify": "backups",
    "restore": "backups",
    "keys": "keys",
    "doctor": "doctor",
    "selfcheck": "selfcheck",
    "audit": "audit",
    "app": "apps",
    "calendar": "calendars",
    "catalogue": "catalogue",
    "conformance": "conformance",
    "bench": "bench",
}
"""The module of each command. Only the one that is asked for is imported: a second or two."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Answers 0, 1 (problems found) or 2 (wrong use)."""
    words = sys.argv[1:] if argv is None else argv
    arguments = parser(words[0] if words else None).parse_args(words)
    try:
        status: int = arguments.run(arguments)
    except Stop as stop:
        print(f"gcrm: {stop}", file=sys.stderr)
        return stop.status
    except (StoreAwayError, StoreBusyError) as error:  # it went while the command was at work
        print(f"gcrm: {error}", file=sys.stderr)
        return PROBLEMS
    except KeyboardInterrupt:
        return USAGE
    except BrokenPipeError:  # who reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:  # a file or folder that this account may not use, a full disk
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print("gcrm: The disk is full; nothing was changed. Free space first.", file=sys.stderr)
            return PROBLEMS
        if error.filename is None:
            raise
        print(f"gcrm: {_file_trouble(error)}", file=sys.stderr)
        return PROBLEMS
    return status


def _file_trouble(error: OSError) -> str:
    said = f"{error.filename} cannot be used: {error.strerror}."
    if isinstance(error, PermissionError):
        user = pwd.getpwuid(os.geteuid()).pw_name
        said += f" This command runs as the account {user}; put the file where it may read it."
    return said


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of one command, or of all where there is no such command."""
    made = Parser(prog="gcrm", description="Run and look after a gcrm installation.")
    made.add_argument("--version", action="version", version=f"gcrm {version('gcrm')}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in _modules(command):
        module.register(commands)
    return made


def _modules(command: str | None) -> Iterator[Any]:
    asked = [PLACES[command]] if command in PLACES else PLACES.values()
    for name in dict.fromkeys(asked):
        yield import_module(f"{__name__}.{name}")


__all__ = ["main"]
