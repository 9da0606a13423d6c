"""`gcrm setup`: make an empty government with three administrators, for production."""

import argparse
from typing import Any
from zoneinfo import ZoneInfo

from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add
from gcrm.demo import read_city
from gcrm.demo.founding import found
from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands,
        "setup",
        "Make the government of an empty database: one office, roles, three administrators.",
    )
    parser.add_argument("--name", required=True, help="the government's name, such as 云州市")
    parser.add_argument("--english-name", default="", help="its name on English pages")
    parser.add_argument("--code", default="main", help="its short name in addresses and files")
    parser.set_defaults(run=_run)


def make(house: House, arguments: Document) -> Document:
    """Make the government; answers nobody where there is one already."""
    founders = found(
        house,
        read_city(),
        str(arguments["name"]),
        str(arguments["code"]),
        str(arguments["english"]),
    )
    listed: list[dict[str, Any]] = [
        {"login": each.login, "name": each.name, "password": each.password}
        for each in founders or ()
    ]
    return {"founders": listed}


def _run(arguments: argparse.Namespace) -> int:
    name = arguments.name.strip()
    if not name or len(name) > 60:
        raise Stop("--name needs 1 to 60 characters.")
    try:
        english = read_english(arguments.english_name)
    except Refused as refused:
        said = refused.render("en", ZoneInfo("UTC"))
        raise Stop(f"--english-name: {said.message} {said.fix}") from refused
    answer = context.write(
        "setup", make, {"name": name, "english": english, "code": arguments.code}
    )
    if not answer["founders"]:
        raise Stop("This database has a government already; nothing was changed.", PROBLEMS)
    print(f"{name} is set up. These passwords are shown once; hand them to three different people,")
    print("who log in at /staff/login and choose their own:")
    for each in answer["founders"]:
        print(f"  {each['login']:<10} {each['password']}   {each['name']}")
    return DONE
