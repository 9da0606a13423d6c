"""Who learns of a bad rating (N12): whoever may answer it and did not work on the case."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from gcrm.access.accessor import Accessor
from gcrm.access.actors import actor_of_account
from gcrm.access.keys import keys_of
from gcrm.runtime import house_parameters
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.rating_steps import ANSWER_RIGHT, worked_on
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.outbox import Message

TOPIC = "rating"
TEMPLATE = "n12"


def rating_rows(
    reader: Connection, services: Services, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    """Make a message for each person who may look after a rating. An anonymous one names no
    case: its number would lead to the person."""
    rating_id = int(message.payload["rating"])
    row = (
        reader.execute(_RATING, {"tenant": message.tenant_id, "rating": rating_id})
        .mappings()
        .first()
    )
    if row is None or row["status"] != "open":
        return
    tenant = row["tenant_id"]
    lists = services.reference.at(reader, tenant, now)
    day = now.astimezone(services.zone).date()
    days = house_parameters.whole(lists, "rating_contact_days", day, row["region_code"])
    for party_id, locale in _answering(reader, tenant, row["id"], row["case_id"], now):
        services.sealer.load(reader, tenant, (party_id,))
        if not services.sealer.has(tenant, party_id):
            continue
        number = row["number"] if row["named"] else None
        text = sentence(
            "rating_told" if number else "rating_told_anonymous",
            locale,
            number=number or "",
            level=sentence(f"rating_level_{row['score']}", locale),
            time=sentence("one_day" if days == 1 else "some_days", locale, days=days),
        )
        yield notice_row(
            services, tenant, None, party_id, TEMPLATE, "in_app", text, None, message.id, now
        )


def _answering(
    reader: Connection, tenant: int, rating_id: int, case_id: int, now: datetime
) -> Iterable[tuple[int, str]]:
    """List those who may answer this rating, each once: party and language."""
    busy = worked_on(reader, tenant, case_id)
    right, post = t.role_right.c, t.post.c
    same_role = and_(right.tenant_id == post.tenant_id, right.role_code == post.role_code)
    accounts = reader.execute(
        select(post.account_id, post.party_id)
        .join_from(t.post, t.role_right, same_role)
        .where(
            post.tenant_id == tenant,
            post.account_id.is_not(None),
            post.valid_from <= now.date(),
            or_(post.valid_to.is_(None), post.valid_to >= now.date()),
            right.resource == "rating",
            right.action == ANSWER_RIGHT,
        )
        .distinct()
        .order_by(post.party_id)
    ).all()
    told: set[int] = set()
    for row in accounts:
        if row.party_id in busy or row.party_id in told:
            continue
        actor = actor_of_account(reader, tenant, row.account_id, now)
        if actor is None:
            continue
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        if accessor.find("rating", rating_id, ANSWER_RIGHT) is not None:
            told.add(row.party_id)
            yield row.party_id, actor.locale


_RATING = (
    select(t.rating, t.case.c.number)
    .join_from(
        t.rating,
        t.case,
        and_(t.case.c.tenant_id == t.rating.c.tenant_id, t.case.c.id == t.rating.c.case_id),
    )
    .where(t.rating.c.tenant_id == bindparam("tenant"), t.rating.c.id == bindparam("rating"))
)
