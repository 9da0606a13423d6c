"""`gcrm password`: a new first password for staff, where nobody is left who could give one."""

import argparse

from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, language
from gcrm.demo.founding import new_password
from gcrm.runtime.recovery import RECOVER, Recover
from gcrm.runtime.refusals import Refused


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands,
        "password",
        "Give a staff account a new first password, where no administrator is left to do so.",
    )
    parser.add_argument("login", help="the account's login, such as secadmin")
    parser.add_argument("--tenant", default=None, help="the tenant's code, where there are several")
    parser.set_defaults(run=_run)


def recover(house: House, arguments: Document) -> Document:
    """Give the account a fresh password that must be changed; the audit tells it."""
    tenant = context.tenant(house, arguments["tenant"])
    password = new_password()
    try:
        house.run(RECOVER, None, Recover(tenant, str(arguments["login"]), password))
    except Refused as refusal:
        said = refusal.render(str(arguments["language"]), house.services.zone)
        raise ValueError(f"{said.message} {said.fix}") from refusal
    return {"password": password}


def _run(arguments: argparse.Namespace) -> int:
    asked = {"login": arguments.login, "tenant": arguments.tenant, "language": language()}
    try:
        answer = context.write("password", recover, asked)
    except ValueError as error:
        raise Stop(str(error), PROBLEMS) from error
    print(f"{arguments.login}   {answer['password']}")
    print("It is shown once, and must be changed at the next login. Sessions and second factor")
    print("of the account are gone; the audit tells that this command was used.")
    return DONE
