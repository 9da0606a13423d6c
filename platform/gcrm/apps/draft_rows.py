"""Drafts as they are kept: which apps have one, their parts, who changed what and when."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from app_definitions.package import Package, Part
from gcrm.store import tables as t


@dataclass(frozen=True, slots=True)
class PartState:
    """A part of a draft: at which revision of the draft it last changed, by whom and when."""

    path: str
    revision: int
    size: int
    changed_by: int | None
    changed_by_name: str | None
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with the state of each part; `based_on` is a release, or None for a new app."""

    app_id: str
    name: str
    revision: int
    based_on: int | None
    current_release: int | None
    changed_by: int | None
    changed_by_name: str | None
    changed_at: dt.datetime
    parts: tuple[PartState, ...]


@dataclass(frozen=True, slots=True)
class PartContent:
    """The text of a part."""

    state: PartState
    content: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a draft: an RFC 6902 patch, or `{"replace": true}`, `{"remove": true}`."""

    revision: int
    path: str
    patch: Any
    changed_by: int | None
    changed_by_name: str | None
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class AppEntry:
    """An app as a list shows it."""

    app_id: str
    name: str
    current_release: int | None
    published_at: dt.datetime | None
    draft_revision: int | None
    draft_based_on: int | None
    draft_changed_at: dt.datetime | None

    @property
    def id(self) -> str:
        """Give the id, as a row of the app has it."""
        return self.app_id


def list_apps(reader: Connection, tenant_id: int) -> tuple[AppEntry, ...]:
    """List all apps of a tenant, published or not."""
    a, d, r = t.app.c, t.draft.c, t.release.c
    rows = reader.execute(
        select(
            a.id, a.name, a.current_release, r.published_at, d.revision, d.based_on, d.updated_at
        )
        .select_from(
            t.app.outerjoin(t.draft, and_(d.tenant_id == a.tenant_id, d.app_id == a.id)).outerjoin(
                t.release,
                and_(r.tenant_id == a.tenant_id, r.app_id == a.id, r.number == a.current_release),
            )
        )
        .where(a.tenant_id == tenant_id)
        .order_by(a.id)
    )
    return tuple(AppEntry(*row) for row in rows)


def read_draft(reader: Connection, tenant_id: int, app_id: str) -> Draft | None:
    """Read a draft, without the texts of its parts."""
    a, d = t.app.c, t.draft.c
    row = reader.execute(
        select(d.revision, d.based_on, d.updated_by, d.updated_at, a.name, a.current_release,
               t.party.c.name.label("by"))
        .select_from(
            t.draft.join(t.app, and_(a.tenant_id == d.tenant_id, a.id == d.app_id)).outerjoin(
                t.party, and_(t.party.c.tenant_id == d.tenant_id, t.party.c.id == d.updated_by)
            )
        )
        .where(d.tenant_id == tenant_id, d.app_id == app_id)
    ).first()  # fmt: skip
    if row is None:
        return None
    return Draft(
        app_id=app_id,
        name=row.name,
        revision=row.revision,
        based_on=row.based_on,
        current_release=row.current_release,
        changed_by=row.updated_by,
        changed_by_name=row.by,
        changed_at=row.updated_at,
        parts=tuple(_states(reader, tenant_id, app_id).values()),
    )


def read_part(reader: Connection, tenant_id: int, app_id: str, path: str) -> PartContent | None:
    """Read one part with its text."""
    state = _states(reader, tenant_id, app_id, path).get(path)
    c = t.draft_part.c
    content = reader.scalar(
        select(c.content).where(c.tenant_id == tenant_id, c.app_id == app_id, c.path == path)
    )
    return None if state is None or content is None else PartContent(state, bytes(content))


def read_package(reader: Connection, tenant_id: int, app_id: str) -> tuple[Package, int] | None:
    """Read all parts of a draft and its revision, as they are published or exported."""
    revision = reader.scalar(
        select(t.draft.c.revision).where(
            t.draft.c.tenant_id == tenant_id, t.draft.c.app_id == app_id
        )
    )
    if revision is None:
        return None
    c = t.draft_part.c
    rows = reader.execute(
        select(c.path, c.content).where(c.tenant_id == tenant_id, c.app_id == app_id)
    )
    parts = sorted((Part(row.path, bytes(row.content)) for row in rows), key=lambda part: part.path)
    return Package(tuple(parts)), revision


def list_changes(
    reader: Connection, tenant_id: int, app_id: str, since: int = 0, most: int = 200
) -> tuple[Change, ...]:
    """List the changes after a revision, the newest first."""
    c = t.draft_change.c
    rows = reader.execute(
        select(c.revision, c.path, c.patch, c.changed_by, t.party.c.name, c.changed_at)
        .select_from(
            t.draft_change.outerjoin(
                t.party, and_(t.party.c.tenant_id == c.tenant_id, t.party.c.id == c.changed_by)
            )
        )
        .where(c.tenant_id == tenant_id, c.app_id == app_id, c.revision > since)
        .order_by(c.revision.desc())
        .limit(most)
    )
    return tuple(Change(*row) for row in rows)


def _states(
    reader: Connection, tenant_id: int, app_id: str, path: str | None = None
) -> Mapping[str, PartState]:
    c = t.draft_part.c
    statement = (
        select(
            c.path,
            c.revision,
            func.length(c.content),
            c.updated_by,
            t.party.c.name,
            c.updated_at,
        )
        .select_from(
            t.draft_part.outerjoin(
                t.party, and_(t.party.c.tenant_id == c.tenant_id, t.party.c.id == c.updated_by)
            )
        )
        .where(c.tenant_id == tenant_id, c.app_id == app_id)
        .order_by(c.path)
    )
    if path is not None:
        statement = statement.where(c.path == path)
    return {row[0]: PartState(*row) for row in reader.execute(statement)}
