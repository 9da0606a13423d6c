"""`gcrm calendar import`: the State Council's notice of a year, and every provisional date anew."""

import argparse
import base64
from pathlib import Path

from sqlalchemy import select

from gcrm.access import Actor, Denied, actor_of_account
from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from gcrm.runtime import calendar_import
from gcrm.runtime.calendar_import import Import
from gcrm.runtime.refusals import Refused
from gcrm.store import tables


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "calendar", "Look after working calendars.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    bring = add(inner, "import", "Import a year's holidays and make-up days.", as_json=True)
    bring.add_argument(
        "file", type=Path, help="gcrm.calendar/1 as JSON, or CSV: day, working, name"
    )
    bring.add_argument("--source", default="", help="the notice it comes from")
    bring.add_argument("--as", dest="login", required=True, help="who imports: a login of staff")
    bring.set_defaults(run=_import)


def bring_in(house: House, arguments: Document) -> Document:
    """Import a file that came in base64, under the rights of the one who asks."""
    actor = _actor(house, str(arguments["login"]))
    content = base64.b64decode(arguments["content"])
    try:
        done = house.run(calendar_import.IMPORT, actor, Import(content, str(arguments["source"])))
    except Refused as refusal:
        said = refusal.render("en", house.services.zone)
        raise ValueError(f"{said.message} {said.fix}") from refusal
    except Denied as denied:
        raise ValueError(f"{arguments['login']} may not change settings.") from denied
    return {"years": list(done.years), "days": done.days, "recomputed": done.recomputed}


def _import(arguments: argparse.Namespace) -> int:
    try:
        content = arguments.file.read_bytes()
    except OSError as error:
        raise Stop(f"{arguments.file} cannot be read: {error.strerror}.") from error
    asked = {
        "content": base64.b64encode(content).decode("ascii"),
        "source": arguments.source,
        "login": arguments.login,
    }
    try:
        document = context.write("calendar.import", bring_in, asked)
    except ValueError as error:
        raise Stop(str(error), PROBLEMS) from error
    years = ", ".join(map(str, document["years"]))
    told = f"{document['days']} days of {years}; {document['recomputed']} dates computed anew."
    show(document, [told], as_json=arguments.json)
    return DONE


def _actor(house: House, login: str) -> Actor:
    account = tables.account.c
    with house.store.read() as reader:
        row = reader.execute(
            select(account.tenant_id, account.id).where(account.login == login.casefold())
        ).one_or_none()
        found = actor_of_account(reader, row.tenant_id, row.id, house.now()) if row else None
    if found is None:
        raise ValueError(f'There is no account "{login}" that may work.')
    return found
