"""The command `gcrm`: a thin face over use cases, checks and services."""

import argparse
import sys
from collections.abc import Sequence

from gcrm.cli import (
    apps,
    audit,
    backups,
    bench,
    calendars,
    catalogue,
    conformance,
    database,
    demo,
    doctor,
    keys,
    selfcheck,
    serve,
    setup,
)
from gcrm.cli.output import PROBLEMS, USAGE, Stop
from gcrm.store.errors import StoreAwayError, StoreBusyError

GROUPS = (
    serve,
    demo,
    setup,
    database,
    backups,
    keys,
    doctor,
    selfcheck,
    audit,
    apps,
    calendars,
    catalogue,
    conformance,
    bench,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Answers 0, 1 (problems found) or 2 (wrong use)."""
    parser = argparse.ArgumentParser(
        prog="gcrm", description="Run and look after a gcrm installation."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.register(commands)
    arguments = parser.parse_args(argv)
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
    return status


__all__ = ["main"]
