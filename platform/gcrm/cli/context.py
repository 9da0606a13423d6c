"""What commands share: the settings, a house to read in, and the one way to write."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from gcrm import config
from gcrm.assembly import House, TablesError, build
from gcrm.cli import control
from gcrm.cli.control import Command, Document
from gcrm.cli.output import PROBLEMS, Stop
from gcrm.config import Settings
from gcrm.connectors import ConnectorError
from gcrm.store import lock, tables
from gcrm.store.engine import url_of
from gcrm.store.errors import FolderHeldError, SealingError, StoreAwayError

UNREACHED = (OperationalError, StoreAwayError, sqlite3.Error)
"""What a database that cannot be opened is told with."""


def settings() -> Settings:
    """Read the settings; a wrong one ends the command with its sentence."""
    try:
        return config.load()
    except config.SettingsError as error:
        raise Stop(str(error)) from error


@contextmanager
def house(loaded: Settings | None = None) -> Iterator[House]:
    """Build a house for one command; nothing is started in it."""
    house = built(loaded or settings())
    try:
        yield house
    finally:
        house.close()


def built(loaded: Settings) -> House:
    """Build a house; what keeps it from standing ends the command with a sentence."""
    try:
        return build(loaded)
    except (TablesError, SealingError) as error:
        raise Stop(str(error), PROBLEMS) from error
    except ConnectorError as error:
        raise Stop(f"GCRM_{error.connector.upper()} cannot be used: {error}") from error
    except UNREACHED as error:
        raise Stop(away(loaded, error), PROBLEMS) from error


def away(loaded: Settings, error: Exception) -> str:
    """Say of a database that could not be opened which it is, why, and what to look at."""
    place = url_of(loaded.database).render_as_string(hide_password=True)
    told = error.__cause__ or error
    cause = str(getattr(told, "orig", told)).strip().partition("\n")[0]
    return (
        f"The database {place} cannot be opened ({cause}). Check that it runs, that its "
        "address in GCRM_DATABASE is right, and that this account may read and write it."
    )


@contextmanager
def alone(loaded: Settings) -> Iterator[None]:
    """Hold an embedded installation's data folder; PostgreSQL needs no lock."""
    if not loaded.embedded:
        yield
        return
    try:
        with lock.hold(loaded.data):
            yield
    except FolderHeldError as error:
        raise Stop(str(error), PROBLEMS) from error
    except PermissionError as error:
        if error.filename != str(loaded.data / lock.NAME):
            raise
        raise Stop(
            f"The data folder {loaded.data} cannot be written. Give this account the right to "
            "it, or choose another folder with GCRM_DATA.",
            PROBLEMS,
        ) from error


def tenant(house: House, code: str | None) -> int:
    """Find the tenant of a code, or the only one. Raises ValueError with a sentence."""
    query = select(tables.tenant.c.id)
    if code is not None:
        query = query.where(tables.tenant.c.code == code)
    with house.store.read() as reader:
        found = reader.execute(query).scalars().all()
    if len(found) != 1:
        raise ValueError(
            "Name the tenant with --tenant." if code is None else f"There is no tenant {code}."
        )
    return int(found[0])


def write(name: str, command: Command, arguments: Document) -> Document:
    """Run a writing command: in the running server if there is one, else here under the lock."""
    loaded = settings()
    answered = control.ask(loaded.data, name, arguments) if loaded.embedded else None
    if answered is None:
        with alone(loaded), house(loaded) as here:
            return command(here, arguments)
    if "failed" in answered:
        raise Stop(str(answered["failed"]), PROBLEMS)
    answer: Document = answered["answer"]
    return answer
