"""Who learns of a bad rating (N12), of what is added, asked and decided; never who was rated."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from gcrm.access.accessor import Accessor
from gcrm.access.actors import actor_of_account
from gcrm.access.keys import keys_of
from gcrm.runtime import house_parameters
from gcrm.runtime.notice_people import reached
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.rating_steps import (
    ANSWER_RIGHT,
    EXTEND_RIGHT,
    JUDGE_RIGHT,
    worked_on,
)
from gcrm.runtime.rating_words import CALLS
from gcrm.runtime.ratings import open_words
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.runtime.wording import item_name
from gcrm.store import tables as t
from gcrm.store.outbox import Message

TOPIC = "rating"
TEMPLATE = "n12"
PROGRESS = "rating_progress"
ASKED = {"extend_asked": EXTEND_RIGHT, "contested": JUDGE_RIGHT}
"""Requests, and the right to decide them."""


def rating_rows(
    reader: Connection, services: Services, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    """Make a message for each person whom a rating's news concerns. An anonymous one names no
    case: its number would lead to the person."""
    rating_id = int(message.payload["rating"])
    row = (
        reader.execute(_RATING, {"tenant": message.tenant_id, "rating": rating_id})
        .mappings()
        .first()
    )
    on = str(message.payload.get("on", ""))
    if row is None or (not on and row["status"] != "open"):
        return
    tenant = row["tenant_id"]
    for party_id, locale in _told(reader, row, on, now):
        services.sealer.load(reader, tenant, (party_id,))
        if not services.sealer.has(tenant, party_id):
            continue
        number = row["number"] if row["named"] else None
        kind = "" if number else "_anonymous"
        values = {"number": number or "", "level": sentence(f"rating_level_{row['score']}", locale)}
        if on:
            text = sentence(f"rating_{on}_told{kind}", locale, **values)
        else:
            time = _time(reader, services, row, locale, now)
            text = sentence(f"rating_told{kind}", locale, time=time, **values)
        yield notice_row(
            services, tenant, None, party_id, PROGRESS if on else TEMPLATE, "in_app", text, None,
            message.id, now, rating_id=rating_id,
        )  # fmt: skip

    if on == "contest_upheld" and row["named"]:
        yield from _rater_rows(reader, services, row, message, now)


def _rater_rows(
    reader: Connection, services: Services, row: Any, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    """Tell the applicant why a rating does not count; whoever stays anonymous reads it there.

    A message to somebody anonymous would be a record of who rated.
    """
    tenant, applicant = row["tenant_id"], row["applicant_id"]
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    for person in reached(reader, services, tenant, [applicant]):
        text = sentence(
            "rating_upheld_rater",
            person.locale,
            item=item_name(app, person.locale),
            reason=open_words(services, row, applicant, "answer"),
        )
        yield notice_row(
            services, tenant, row["case_id"], applicant, PROGRESS, "in_app", text, None,
            message.id, now,
        )  # fmt: skip


def _time(reader: Connection, services: Services, row: Any, locale: str, now: datetime) -> str:
    lists = services.reference.at(reader, row["tenant_id"], now)
    day = now.astimezone(services.zone).date()
    days = house_parameters.whole(lists, "rating_contact_days", day, row["region_code"])
    return sentence("one_day" if days == 1 else "some_days", locale, days=days)


def _told(reader: Connection, row: Any, on: str, now: datetime) -> Iterable[tuple[int, str]]:
    """List whom it concerns, each once: party and language."""
    tenant, rating_id, case_id = row["tenant_id"], row["id"], row["case_id"]
    if on in ASKED:
        asked_by = row["extend_by"] if on == "extend_asked" else row["contest_by"]
        found = _able(reader, tenant, rating_id, case_id, ASKED[on], now)
        return [each for each in found if each[0] != asked_by]
    able = list(_able(reader, tenant, rating_id, case_id, ANSWER_RIGHT, now))
    if not on:
        return able
    if on == "added":
        wanted = {row["handler_id"], *_at_work(reader, tenant, rating_id)}
    elif on.startswith("extend"):
        wanted = {row["extend_by"]}
    else:
        wanted = {row["contest_by"], row["handler_id"]}
    found = [each for each in able if each[0] in wanted]
    return able if on == "added" and not found else found  # whoever was at work may have left


def _at_work(reader: Connection, tenant: int, rating_id: int) -> Iterable[int]:
    """Give who put it right and who called, since it was last found true."""
    step = t.rating_step.c
    rows = reader.execute(
        select(step.step, step.by_id)
        .where(step.tenant_id == tenant, step.rating_id == rating_id)
        .order_by(step.id)
    ).all()
    begun = max((at for at, row in enumerate(rows) if row.step == "taken"), default=0)
    return {row.by_id for row in rows[begun:] if row.step in ("taken", "rectified", *CALLS)}


def _able(
    reader: Connection, tenant: int, rating_id: int, case_id: int, action: str, now: datetime
) -> Iterable[tuple[int, str]]:
    """List those who may do this about a rating and did not work on its case, each once."""
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
            right.action == action,
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
        if accessor.find("rating", rating_id, action) is not None:
            told.add(row.party_id)
            yield row.party_id, actor.locale


_RATING = (
    select(t.rating, t.case.c.number, t.case.c.applicant_id, t.case.c.release)
    .join_from(
        t.rating,
        t.case,
        and_(t.case.c.tenant_id == t.rating.c.tenant_id, t.case.c.id == t.rating.c.case_id),
    )
    .where(t.rating.c.tenant_id == bindparam("tenant"), t.rating.c.id == bindparam("rating"))
)
