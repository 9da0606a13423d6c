"""Which finished case somebody may rate: the one behind a link, or one of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, RowMapping, and_, select

from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.access.keys import keys_of
from gcrm.runtime import throttles
from gcrm.runtime.rating_links import hash_of
from gcrm.runtime.rating_words import RATABLE
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import tables as t

WRONG_LINKS = throttles.Rule(10, timedelta(minutes=15), timedelta(minutes=15))

Way = Literal["link", "page"]


@dataclass(frozen=True, slots=True)
class Where:
    """Which case is meant: by a link's token, or one of the actor's own; `address` is who asks."""

    tenant_id: int
    address: str
    token: str = ""
    case_id: int = 0
    locale: str = "zh-CN"

    @property
    def way(self) -> Way:
        """Say on which way somebody came."""
        return "link" if self.token else "page"


def is_ratable(state: str) -> bool:
    """Say whether something was decided that can be rated."""
    return state in RATABLE


def find_case(
    reader: Connection, services: Services, actor: Actor | None, where: Where, now: datetime
) -> RowMapping:
    """Find the case behind a link, or one of the actor's own. Raises Refused."""
    row = (
        _by_token(reader, services, where, now)
        if where.token
        else _by_actor(reader, actor, where.case_id)
    )
    if row is None:
        raise Refused("not_found", status=404)
    if not is_ratable(row["state"]):
        raise Refused("rating_not_yet")
    return row


def _by_actor(reader: Connection, actor: Actor | None, case_id: int) -> RowMapping | None:
    if actor is None or actor.kind != "citizen":
        return None
    return Accessor(reader, actor, keys_of(reader, actor)).find("case", case_id)


def _by_token(
    reader: Connection, services: Services, where: Where, now: datetime
) -> RowMapping | None:
    subject = _wrong_subject(services, where)
    known = throttles.read_throttles(reader, where.tenant_id, (subject,), now)[subject]
    until = known.locked(now)
    if until is not None:
        raise Refused("rating_link_often", {"until": until}, 429)
    link = t.rating_link.c
    same = and_(t.case.c.tenant_id == link.tenant_id, t.case.c.id == link.case_id)
    row = (
        reader.execute(
            select(t.case, link.expires_at)
            .join_from(t.rating_link, t.case, same)
            .where(
                link.tenant_id == where.tenant_id,
                link.token_hash == hash_of(where.token[:64]),
                t.case.c.mode == "real",
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise Refused("rating_link_unknown", status=404)
    if row["expires_at"] <= now:
        raise Refused("rating_link_over", {"at": row["expires_at"]}, 410)
    return row


def _wrong_subject(services: Services, where: Where) -> str:
    index = services.sealer.blind_index(where.tenant_id, "address", where.address)
    return f"rating-link:{index.hex()}"


def count_wrong(writer: Connection, services: Services, where: Where, now: datetime) -> None:
    """Count a link that leads nowhere: at 10 in 15 minutes from one address, guessing ends."""
    subject = _wrong_subject(services, where)
    throttles.failed(writer, where.tenant_id, subject, WRONG_LINKS, now)
