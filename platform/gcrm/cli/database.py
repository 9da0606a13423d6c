"""`gcrm database upgrade`: bring the tables to the form that this program needs."""

import argparse

from gcrm.cli import context
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add
from gcrm.store import database


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "database", "Look after the database; the server must be stopped.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    upgrade = add(
        inner, "upgrade", "Bring the tables to the newest form; make them where there are none."
    )
    upgrade.set_defaults(run=_upgrade)


def _upgrade(_arguments: argparse.Namespace) -> int:
    settings = context.settings()
    with context.alone(settings):
        try:
            database.upgrade(settings.database)
        except context.UNREACHED as error:
            raise Stop(context.away(settings, error), PROBLEMS) from error
    print(f"The tables have the form {database.newest()}.")
    return DONE
