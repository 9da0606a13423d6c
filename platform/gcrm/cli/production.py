"""What only the database can tell about an installation that is to be in production."""

from sqlalchemy import select

from gcrm.assembly import House
from gcrm.cli.output import PROBLEMS, Stop
from gcrm.demo import PASSWORD, read_city
from gcrm.store import tables as t


def demo_accounts(house: House) -> tuple[str, ...]:
    """List accounts of the demo city that can still log in with the password everybody knows."""
    names = {str(row["login"]).casefold() for row in read_city().rows("staff")}
    account = t.account.c
    with house.store.read() as reader:
        rows = reader.execute(
            select(account.login, account.password_hash).where(
                account.kind == "staff",
                account.login.in_(sorted(names)),
                account.disabled.is_(False),
                account.password_hash.is_not(None),
            )
        ).all()
    verify = house.services.passwords.verify
    return tuple(sorted(row.login for row in rows if verify(row.password_hash, PASSWORD)))


def refuse_demo(house: House) -> None:
    """End the command where a production installation has open demo accounts."""
    if house.settings.mode != "production":
        return
    found = demo_accounts(house)
    if found:
        raise Stop(
            f"The demo accounts {', '.join(found)} still have the password that is printed for "
            "everybody. Give them passwords of their own or disable them, better begin with an "
            "empty database.",
            PROBLEMS,
        )
