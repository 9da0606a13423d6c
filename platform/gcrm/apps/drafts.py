"""Drafts: made from a release or a package, changed part by part, checked at each change.

Whoever changes a part says on which revision of the draft that change stands. A part that
somebody else changed since answers with a conflict, who and when; other parts do not matter.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, delete, insert, select, update

from app_definitions import canonical, package
from app_definitions.package import APP, MAX_PART, Package
from app_definitions.problem import Problems, error
from flow_engine import read_process
from gcrm.apps import patches
from gcrm.apps.catalogue import AppCatalogue, read_release
from gcrm.apps.draft_rows import PartContent, read_draft, read_package, read_part
from gcrm.store import tables as t
from gcrm.store.errors import StaleError


class Services(Protocol):
    """What drafts need of the platform's services."""

    @property
    def apps(self) -> AppCatalogue:
        """The compiled apps."""
        ...


class Person(Protocol):
    """Who works on the draft."""

    @property
    def tenant_id(self) -> int:
        """The tenant."""
        ...

    @property
    def party_id(self) -> int:
        """The person."""
        ...


@dataclass(frozen=True, slots=True)
class Create:
    """Start a draft: from a package, or from the release in force where there is none given."""

    app_id: str
    package: Package | None = None


@dataclass(frozen=True, slots=True)
class ChangePart:
    """Change one part that was read at `revision`: exactly one of the three is given."""

    app_id: str
    path: str
    revision: int
    patch: Sequence[Mapping[str, Any]] | None = None
    content: bytes | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed this since; `content` is how it is now (None: it is gone)."""

    path: str
    revision: int
    changed_by: int | None
    changed_by_name: str | None
    changed_at: dt.datetime
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would write; nothing where it is refused or in conflict."""

    app_id: str
    tenant_id: int
    party_id: int
    seen: int | None
    writes: Mapping[str, bytes | None]
    patch: Any
    problems: Problems
    name: str = ""
    based_on: int | None = None
    conflict: Conflict | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The draft after the change, and everything that is wrong with the app now.

    `saved` is False where the change was refused (`problems` say why) or in conflict.
    """

    app_id: str
    saved: bool
    revision: int | None
    problems: Problems
    content: bytes | None = None
    conflict: Conflict | None = None


def prepare_create(
    reader: Connection, services: Services, actor: Person, ask: Create, now: dt.datetime
) -> Plan:
    """Choose where the draft starts; an app that has a draft already is a conflict."""
    tenant = actor.tenant_id
    existing = read_draft(reader, tenant, ask.app_id)
    if existing is not None:
        conflict = Conflict(
            "",
            existing.revision,
            existing.changed_by,
            existing.changed_by_name,
            existing.changed_at,
            None,
        )
        return _refusal(actor, ask.app_id, (), conflict)
    source, based_on = ask.package, None
    if source is None:
        based_on = reader.scalar(
            select(t.app.c.current_release).where(
                t.app.c.tenant_id == tenant, t.app.c.id == ask.app_id
            )
        )
        if based_on is not None:
            source = read_release(reader, tenant, ask.app_id, based_on)
    if source is None:
        return _refusal(actor, ask.app_id, (error(APP, "app_part_missing"),))
    app, problems = _read_app(source)
    if app is None or app.id != ask.app_id:
        found = "-" if app is None else app.id
        problems = (*problems, error(APP, "app_of_other_id", found=found, expected=ask.app_id))
        return _refusal(actor, ask.app_id, problems)
    _, problems = services.apps.compile(source, reader, tenant)
    return Plan(
        app_id=ask.app_id,
        tenant_id=tenant,
        party_id=actor.party_id,
        seen=None,
        writes={part.path: _tidy(part.path, part.content) for part in source.parts},
        patch={"create": True},
        problems=problems,
        name=app.name,
        based_on=based_on,
    )


def prepare_change(
    reader: Connection, services: Services, actor: Person, ask: ChangePart, now: dt.datetime
) -> Plan:
    """Apply the change in memory and compile the whole app as it would be."""
    found = read_package(reader, actor.tenant_id, ask.app_id)
    if found is None:
        return _refusal(actor, ask.app_id, (error(ask.path, "draft_missing", app=ask.app_id),))
    whole, revision = found
    part = read_part(reader, actor.tenant_id, ask.app_id, ask.path)
    conflict = _conflict(ask, part)
    if conflict is not None:
        return _refusal(actor, ask.app_id, (), conflict)
    content, problems = _changed(ask, part)
    if problems:
        return _refusal(actor, ask.app_id, problems)
    after = whole.with_part(ask.path, content)
    _, problems = services.apps.compile(after, reader, actor.tenant_id)
    app, _ = _read_app(after)
    patch: Any = ask.patch
    if patch is None:
        patch = {"remove": True} if ask.remove else {"replace": True}
    return Plan(
        app_id=ask.app_id,
        tenant_id=actor.tenant_id,
        party_id=actor.party_id,
        seen=revision,
        writes={ask.path: content},
        patch=patch,
        problems=problems,
        name="" if app is None else app.name,
    )


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Receipt:
    """Write the draft. Raises StaleError where it was changed since it was read."""
    if plan.refused:
        return Receipt(plan.app_id, False, None, plan.problems, conflict=plan.conflict)
    revision = 1 if plan.seen is None else plan.seen + 1
    if plan.seen is None:
        _insert_draft(writer, plan, now)
    else:
        _advance(writer, plan, revision, now)
    for path, content in plan.writes.items():
        _write_part(writer, plan, path, content, revision, now)
    key = {"tenant_id": plan.tenant_id, "app_id": plan.app_id, "revision": revision}
    writer.execute(
        insert(t.draft_change),
        {
            **key,
            "path": next(iter(plan.writes)) if len(plan.writes) == 1 else "",
            "patch": plan.patch,
            "changed_by": plan.party_id,
            "changed_at": now,
        },
    )
    content = next(iter(plan.writes.values())) if len(plan.writes) == 1 else None
    return Receipt(plan.app_id, True, revision, plan.problems, content)


def _refusal(
    actor: Person, app_id: str, problems: Problems, conflict: Conflict | None = None
) -> Plan:
    return Plan(
        app_id=app_id,
        tenant_id=actor.tenant_id,
        party_id=actor.party_id,
        seen=None,
        writes={},
        patch=None,
        problems=problems,
        conflict=conflict,
        refused=True,
    )


def _read_app(found: Package) -> tuple[Any, Problems]:
    content = found.content(APP)
    return (None, ()) if content is None else package.read_part(APP, content)


def document_of(content: bytes) -> dict[str, Any]:
    """Read a part as JSON; one that is none is empty."""
    document, trouble = canonical.loads(content, APP)
    return document if trouble is None and isinstance(document, dict) else {}


def _tidy(path: str, content: bytes) -> bytes:
    """Give a part's canonical text; an unfinished part stays readable JSON."""
    text, _ = package.canonical_part(path, content)
    return content if text is None else text


def _conflict(ask: ChangePart, part: PartContent | None) -> Conflict | None:
    if part is None or part.state.revision <= ask.revision:
        return None
    state = part.state
    return Conflict(
        ask.path,
        state.revision,
        state.changed_by,
        state.changed_by_name,
        state.changed_at,
        part.content,
    )


def _changed(ask: ChangePart, part: PartContent | None) -> tuple[bytes | None, Problems]:
    """Give the part's new text (None: removed), or why the change is refused."""
    path = ask.path
    if not package.is_part_path(path):
        return None, (error(path, "part_of_no_kind"),)
    if ask.remove:
        refused = path == APP or part is None
        return None, (error(path, "part_cannot_go"),) if refused else ()
    content = ask.content
    if ask.patch is not None:
        if part is None or path.endswith(".bpmn"):
            return None, (error(path, "patch_without_part"),)
        document, _ = canonical.loads(part.content, path)
        try:
            _, refused_patch = canonical.loads(canonical.dumps(ask.patch), path)
            if refused_patch is not None:
                return None, (refused_patch,)
            content = canonical.dumps(patches.apply(document, ask.patch))
        except (ValueError, RecursionError) as trouble:
            return None, (error(path, "patch_does_not_fit", reason=str(trouble)[:200]),)
    if content is None:
        return None, (error(path, "patch_without_part"),)
    if len(content) > MAX_PART:
        return None, (error(path, "part_too_large", limit=MAX_PART // 1024 // 1024),)
    return _readable(path, content)


def _readable(path: str, content: bytes) -> tuple[bytes | None, Problems]:
    """Refuse what could not be opened again; what is only unfinished may be kept."""
    if path.endswith(".bpmn"):
        definition, problems = read_process(content, path)
        return (content, ()) if definition is not None else (None, problems)
    document, trouble = canonical.loads(content, path)
    if trouble is not None:
        return None, (trouble,)
    if not isinstance(document, dict):
        return None, (error(path, "not_an_object"),)
    return _tidy(path, canonical.dumps(document)), ()


def _insert_draft(writer: Connection, plan: Plan, now: dt.datetime) -> None:
    place = (t.app.c.tenant_id == plan.tenant_id, t.app.c.id == plan.app_id)
    if writer.scalar(select(t.app.c.id).where(*place)) is None:
        key = {"tenant_id": plan.tenant_id, "id": plan.app_id}
        writer.execute(insert(t.app), {**key, "name": plan.name, "created_at": now})
    writer.execute(
        insert(t.draft),
        {
            "tenant_id": plan.tenant_id,
            "app_id": plan.app_id,
            "revision": 1,
            "based_on": plan.based_on,
            "updated_by": plan.party_id,
            "updated_at": now,
        },
    )


def _advance(writer: Connection, plan: Plan, revision: int, now: dt.datetime) -> None:
    c = t.draft.c
    done = writer.execute(
        update(t.draft)
        .where(c.tenant_id == plan.tenant_id, c.app_id == plan.app_id, c.revision == plan.seen)
        .values(revision=revision, updated_by=plan.party_id, updated_at=now)
    )
    if done.rowcount != 1:
        raise StaleError(f'The draft of "{plan.app_id}" was changed just now.')
    if plan.name:
        writer.execute(
            update(t.app)
            .where(
                t.app.c.tenant_id == plan.tenant_id,
                t.app.c.id == plan.app_id,
                t.app.c.current_release.is_(None),
            )
            .values(name=plan.name)
        )


def _write_part(
    writer: Connection,
    plan: Plan,
    path: str,
    content: bytes | None,
    revision: int,
    now: dt.datetime,
) -> None:
    c = t.draft_part.c
    place = (c.tenant_id == plan.tenant_id, c.app_id == plan.app_id, c.path == path)
    if content is None:
        writer.execute(delete(t.draft_part).where(*place))
        return
    values = {
        "content": content,
        "revision": revision,
        "updated_by": plan.party_id,
        "updated_at": now,
    }
    changed = 0
    if plan.seen is not None:
        changed = writer.execute(update(t.draft_part).where(*place).values(**values)).rowcount
    if not changed:
        key = {"tenant_id": plan.tenant_id, "app_id": plan.app_id, "path": path}
        writer.execute(insert(t.draft_part), {**key, **values})
