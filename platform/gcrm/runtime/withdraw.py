"""The applicant takes an application back: everything open is closed, the clocks stop."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gcrm.access import keys_of
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import closing
from gcrm.runtime.closing import Closing
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit
from gcrm.store.events import Event

OPEN = frozenset({"submitted", "correcting", "accepted", "in_review", "suspended", "publicity"})
"""States in which nothing has been decided: only then can an application be taken back."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an application back."""

    case_id: int
    request_id: str | None = None


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Withdraw, now: datetime
) -> Closing:
    """See that the case is the actor's and undecided."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    row = accessor.find("case", ask.case_id, "act")
    if row is None:
        raise Refused("not_found", status=404)
    if row["state"] == "withdrawn":
        raise Refused("withdrawn_already")
    if row["state"] not in OPEN:
        raise Refused("withdraw_late")
    represented = row["applicant_id"] if row["applicant_id"] != actor.party_id else None
    entry = audit.Entry(
        audit.case_chain(row["id"]),
        "case.withdraw",
        f"case:{row['id']}",
        now,
        {},
        actor.party_id,
        actor.account_id,
        ask.request_id,
    )
    event = Event("withdrawn", now, {}, actor.party_id, represented)
    return closing.prepare(reader, services, row, event, entry)


def commit(writer: Connection, services: Services, plan: Closing, now: datetime) -> int:
    """Write it; give the case. Raises StaleError where a clerk was faster."""
    return closing.write(writer, services, plan, now)


WITHDRAW = UseCase(prepare, commit)
