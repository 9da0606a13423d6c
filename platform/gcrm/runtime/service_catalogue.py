"""The public catalogue of services: lists by office, audience, theme and letter, and the search."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.runtime import service_ranking
from gcrm.runtime.services import Services
from gcrm.store import service_search
from gcrm.store import tables as t
from gcrm.store.search_words import first_letter
from gcrm.store.service_search import Entry

PAGE = 20
RECENT = 4
CANDIDATES = 200
LONGEST_QUESTION = 60
STATEMENTS = 64  # of a tenant and a day: making one costs more than asking it
AUDIENCES = ("natural", "organisation")

item = t.service_item.c


@dataclass(frozen=True, slots=True)
class Ask:
    """What a page of the catalogue shows; "" stands for any, pages count from 0."""

    query: str = ""
    department: str = ""
    audience: str = ""
    theme: str = ""
    letter: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One service. `app_id` names the published app by which one can apply here."""

    id: int
    name: str
    department: str
    group: str
    item_type: str
    audience: str
    theme: str
    link: str
    app_id: str | None
    ended_on: dt.date | None
    text: str
    guessed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter, and how many services it would leave."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of services, how many there are in all, and what each filter would leave."""

    items: tuple[Item, ...]
    total: int
    page: int
    pages: int
    departments: tuple[Choice, ...] = ()
    audiences: tuple[Choice, ...] = ()
    themes: tuple[Choice, ...] = ()
    letters: tuple[Choice, ...] = ()


def find(
    reader: Connection, services: Services, tenant_id: int, ask: Ask, now: dt.datetime
) -> Found:
    """Find a page of services: the best answers first, or all of them by letter."""
    today = now.astimezone(services.zone).date()
    if ask.query.strip():
        ranked = search(reader, services, tenant_id, ask.query, now)
        rest = [each for each in ranked if _fits(each, ask)]
        facets = Counter(_facet(each) for each in ranked)
        return _page(rest, facets, ask)
    facets = _facets(reader, tenant_id, today)
    total = sum(count for key, count in facets.items() if _fits_facet(key, ask))
    pages = max(1, -(-total // PAGE))
    page = min(ask.page, pages - 1)
    statement = (
        _listed(tenant_id, today)
        .where(*_filters(ask))
        .order_by(_app().is_(None), item.initial, item.name, item.id)
        .limit(PAGE)
        .offset(page * PAGE)
    )
    items = tuple(_item(row) for row in reader.execute(statement).mappings())
    return _with_choices(Found(items, total, page, pages), facets, ask)


def search(
    reader: Connection, services: Services, tenant_id: int, query: str, now: dt.datetime
) -> tuple[Item, ...]:
    """Give the services that answer a question, the best first; three statements at the most."""
    today = now.astimezone(services.zone).date()
    words = services.reference.words(reader, tenant_id, now, today)
    question = service_ranking.understand(query[:LONGEST_QUESTION], words)
    frequencies, total = service_search.frequencies(reader, tenant_id, question.terms)
    asked = service_ranking.worth_asking(question, frequencies, total)
    found = service_search.candidates(reader, tenant_id, asked, question.prefixes, CANDIDATES)
    if found is None:
        return ()
    index = t.service_index.c
    statement = (
        _listed(tenant_id, today)
        .add_columns(
            index.name.label("name_terms"),
            index.office.label("office_terms"),
            index.more.label("more_terms"),
        )
        .join(found, found.c.item_id == item.id)
        .join(t.service_index, sa.and_(index.tenant_id == item.tenant_id, index.item_id == item.id))
    )
    marks = service_ranking.Marks(question, service_ranking.Scales(frequencies, total))
    scored = []
    for row in reader.execute(statement):
        entry = Entry.of(row.id, row.name_terms, row.office_terms, row.more_terms)
        scored.append((marks.score(entry, row.name, row.app_id is not None), row))
    if not scored:
        return ()
    scored.sort(key=lambda each: (-each[0], len(each[1].name), each[1].name, each[1].id))
    least = scored[0][0] * service_ranking.WORTH_SHOWING
    return tuple(_item(row._mapping) for points, row in scored if points > 0 and points >= least)


def read_item(
    reader: Connection, services: Services, tenant_id: int, item_id: int, now: dt.datetime
) -> Item | None:
    """Read one service, one that has ended too."""
    row = reader.execute(_all(tenant_id).where(item.id == item_id)).mappings().one_or_none()
    if row is None:
        return None
    today = now.astimezone(services.zone).date()
    found = _item(row)
    over = found.ended_on is not None and found.ended_on <= today
    return found if over else replace(found, ended_on=None)


@dataclass(frozen=True, slots=True, eq=False)
class Shelves:
    """What a start page shows of the catalogue; the same object as long as it is not read anew."""

    themes: tuple[Choice, ...]
    total: int
    recent: tuple[Item, ...]  # those that came last, where some came after the others
    offices: "OfficeNames"


def shelves(reader: Connection, services: Services, tenant_id: int, now: dt.datetime) -> Shelves:
    """Count the services by theme and list the newest; three statements a minute."""

    def read() -> Shelves:
        today = now.astimezone(services.zone).date()
        facets = _facets(reader, tenant_id, today)
        themes: Counter[str] = Counter()
        for (_department, _audience, theme, _letter), count in facets.items():
            themes[theme] += count
        latest = reader.execute(_recent(tenant_id, today, RECENT)).mappings()
        offices = office_names(reader, services, tenant_id, now)
        return Shelves(_choices(themes), sum(facets.values()), tuple(map(_item, latest)), offices)

    return services.reference.kept("shelves", tenant_id, now, read)


OfficeNames = Mapping[str, Mapping[str, str]]
"""Names of offices in other languages, by the Chinese one."""


def office_names(
    reader: Connection, services: Services, tenant_id: int, now: dt.datetime
) -> OfficeNames:
    """Read the names by the Chinese ones, as lists of services write these; once a minute.

    Such a list may name an office that has no row: it stays as it is written.
    """

    def read() -> OfficeNames:
        d = t.department.c
        rows = reader.execute(
            sa.select(d.name, d.names)
            .where(d.tenant_id == tenant_id, d.names.is_not(None))
            .order_by(d.valid_to.nulls_first(), d.id.desc())
        ).all()
        return {row.name: row.names for row in reversed(rows)}  # of several, the office of today

    return services.reference.kept("office_names", tenant_id, now, read)


@lru_cache(maxsize=STATEMENTS)
def _recent(tenant_id: int, today: dt.date, limit: int) -> sa.Select[Any]:
    first = (
        sa.select(sa.func.min(t.service_item.c.valid_from))
        .where(t.service_item.c.tenant_id == tenant_id)
        .scalar_subquery()
    )
    return (
        _listed(tenant_id, today)
        .where(item.valid_from > first)
        .order_by(item.valid_from.desc(), item.id.desc())
        .limit(limit)
    )


Facet = tuple[str, str, str, str]  # department, audience, theme, letter


def _app() -> sa.ScalarSelect[Any]:
    """The published app by which one can apply for an item, if there is one."""
    variant = t.item_variant.c
    return (
        sa.select(sa.func.min(variant.app_id))
        .select_from(
            t.item_variant.join(
                t.app,
                sa.and_(t.app.c.tenant_id == variant.tenant_id, t.app.c.id == variant.app_id),
            )
        )
        .where(
            variant.tenant_id == item.tenant_id,
            variant.service_item_id == item.id,
            variant.open,
            t.app.c.current_release.is_not(None),
        )
        .correlate(t.service_item)
        .scalar_subquery()
    )


def _all(tenant_id: int) -> sa.Select[Any]:
    office = sa.func.coalesce(item.department_name, t.department.c.name, "").label("office_name")
    return (
        sa.select(t.service_item, office, _app().label("app_id"))
        .outerjoin_from(
            t.service_item,
            t.department,
            sa.and_(
                t.department.c.tenant_id == item.tenant_id,
                t.department.c.id == item.department_id,
            ),
        )
        .where(item.tenant_id == tenant_id)
    )


@lru_cache(maxsize=STATEMENTS)
def _listed(tenant_id: int, today: dt.date) -> sa.Select[Any]:
    """Select what is offered: of a list that is in force, or by an app that is open."""
    return _all(tenant_id).where(
        sa.or_(item.valid_to.is_(None), item.valid_to > today),
        sa.or_(item.source.is_not(None), _app().is_not(None)),
    )


def _facets(reader: Connection, tenant_id: int, today: dt.date) -> Counter[Facet]:
    rows = reader.execute(_counting(tenant_id, today)).all()
    found: Counter[Facet] = Counter()
    for office, audience, theme, letter, count in rows:
        found[office or "", audience, theme or "other", letter or "#"] += count
    return found


@lru_cache(maxsize=STATEMENTS)
def _counting(tenant_id: int, today: dt.date) -> sa.Select[Any]:
    c = _listed(tenant_id, today).subquery().c
    keys = (c.office_name, c.audience, c.theme, c.initial)
    return sa.select(*keys, sa.func.count()).group_by(*keys)


def _filters(ask: Ask) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if ask.department:
        found.append(
            sa.func.coalesce(item.department_name, t.department.c.name, "") == ask.department
        )
    if ask.audience:
        found.append(item.audience.in_((ask.audience, "both")))
    if ask.theme:
        found.append(sa.func.coalesce(item.theme, "other") == ask.theme)
    if ask.letter:
        found.append(sa.func.coalesce(item.initial, "#") == ask.letter)
    return found


def _facet(each: Item) -> Facet:
    return each.department, each.audience, each.theme, first_letter(each.name)


def _fits(each: Item, ask: Ask) -> bool:
    return _fits_facet(_facet(each), ask)


def _fits_facet(key: Facet, ask: Ask, but: str = "") -> bool:
    department, audience, theme, letter = key
    return (
        (but == "department" or ask.department in ("", department))
        and (but == "audience" or not ask.audience or audience in (ask.audience, "both"))
        and (but == "theme" or ask.theme in ("", theme))
        and (but == "letter" or ask.letter in ("", letter))
    )


def _page(rest: Sequence[Item], facets: Counter[Facet], ask: Ask) -> Found:
    pages = max(1, -(-len(rest) // PAGE))
    page = min(ask.page, pages - 1)
    shown = tuple(rest[page * PAGE : (page + 1) * PAGE])
    return _with_choices(Found(shown, len(rest), page, pages), facets, ask)


def _with_choices(found: Found, facets: Mapping[Facet, int], ask: Ask) -> Found:
    sums: dict[str, Counter[str]] = {
        name: Counter() for name in ("department", "audience", "theme", "letter")
    }
    for key, count in facets.items():
        department, audience, theme, letter = key
        if _fits_facet(key, ask, "department"):
            sums["department"][department] += count
        if _fits_facet(key, ask, "theme"):
            sums["theme"][theme] += count
        if _fits_facet(key, ask, "letter"):
            sums["letter"][letter] += count
        if _fits_facet(key, ask, "audience"):
            for each in AUDIENCES if audience == "both" else (audience,):
                sums["audience"][each] += count
    return replace(
        found,
        departments=_choices(sums["department"]),
        audiences=_choices(sums["audience"]),
        themes=_choices(sums["theme"]),
        letters=_choices(sums["letter"]),
    )


def _choices(counted: Counter[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, count) for value, count in sorted(counted.items()) if value)


def _item(row: Mapping[Any, Any]) -> Item:
    spec = row["spec"] or {}
    return Item(
        row["id"], row["name"], row["office_name"] or "", row["group_name"] or "",
        row["item_type"], row["audience"], row["theme"] or "other", row["link"] or "",
        row["app_id"], row["valid_to"], str(spec.get("text") or ""),
        tuple(spec.get("guessed") or ()),
    )  # fmt: skip
