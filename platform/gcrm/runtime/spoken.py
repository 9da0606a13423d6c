"""The language in which somebody wants to be told things: the one they chose for the pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, update

from gcrm.access.actors import Actor
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t


@dataclass(frozen=True, slots=True)
class Speak:
    """Write to this account in this language from now on."""

    tenant_id: int
    account_id: int
    locale: str


def prepare(
    reader: Connection, services: Services, actor: Actor | None, ask: Speak, now: datetime
) -> Speak:
    """Take it as it is: the page offers only languages that there are."""
    return ask


def commit(writer: Connection, services: Services, plan: Speak, now: datetime) -> None:
    """Keep it with the account; one statement."""
    account = t.account.c
    writer.execute(
        update(t.account)
        .where(
            account.tenant_id == plan.tenant_id,
            account.id == plan.account_id,
            or_(account.locale.is_(None), account.locale != plan.locale),
        )
        .values(locale=plan.locale)
    )


SPEAK = UseCase(prepare, commit)
