"""`gcrm demo`: make the database, load the demo city once, tell with what to log in."""

import argparse
import unicodedata

from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, Commands, Stop, add
from gcrm.config import Settings
from gcrm.demo import PASSWORD, bad_ratings, load, many_cases, read_city
from gcrm.demo.loading import TENANT_ID
from gcrm.store import database, lock


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands, "demo", "Load the demo city into an empty installation; print demo accounts."
    )
    parser.add_argument(
        "--cases",
        type=int,
        default=0,
        metavar="N",
        help="then add N made-up cases of the elder allowance, the same ones each time",
    )
    parser.add_argument(
        "--empty", action="store_true", help="load the city without the cases of its last weeks"
    )
    parser.set_defaults(run=_run)


def load_city(house: House, arguments: Document) -> Document:
    """Load the city where there is none yet, with some weeks of cases unless it is to be empty."""
    loaded = load(house, read_city())
    if loaded and not arguments.get("empty"):
        many_cases.make(house, TENANT_ID, many_cases.RECENT, days=many_cases.RECENT_DAYS)
        bad_ratings.make(house, TENANT_ID)
    return {"loaded": loaded}


def add_cases(house: House, arguments: Document) -> Document:
    """Add made-up cases to the city."""
    made = many_cases.make(house, TENANT_ID, int(arguments["count"]))
    return {"cases": made.cases, "open": made.open}


def prepare(settings: Settings, *, empty: bool = False, cases: int = 0) -> None:
    """Bring the tables up to date, load the city where there is none, print the accounts."""
    if settings.mode != "demo":
        raise Stop("This installation is in production; it gets no demo city.")
    if not (settings.embedded and lock.is_held(settings.data)):
        database.upgrade(settings.database)
    context.write("demo.load", load_city, {"empty": empty})
    if cases > 0:
        made = context.write("demo.cases", add_cases, {"count": cases})
        print(f"{made['cases']} made-up cases added, {made['open']} of them open.")
    print("Demo accounts (示范账号):")
    for account in read_city().accounts():
        how = (
            "code by SMS double (验证码见“短信”页)"
            if account.kind == "市民"
            else f"password (密码) {PASSWORD}"
        )
        who = f"{account.name} {account.office}".strip()
        kind = f"{account.kind} {account.kind_en}"
        print(f"  {_padded(kind, 36)}{_padded(who, 26)}{account.login:<13} {how}")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.cases < 0:
        raise Stop("--cases needs 0 or more.")
    prepare(context.settings(), empty=arguments.empty, cases=arguments.cases)
    return DONE


def _padded(text: str, width: int) -> str:
    """Fill up to a width on the screen, where a Chinese character takes two places."""
    taken = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(1, width - taken)
