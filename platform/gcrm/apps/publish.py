"""Publish: a package becomes release n, which never changes again."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, func, select, update

from app_definitions import package
from app_definitions.package import Package
from app_definitions.problem import Problem, Problems, has_errors
from gcrm.apps import collisions, finding, publishing, shapes, tests
from gcrm.apps.catalogue import AppCatalogue
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.publishing import Release
from gcrm.apps.tests import TestResult
from gcrm.store import audit, records
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.names import ENGLISH, in_all_languages
from gcrm.store.records import Shape
from gcrm.store.service_search import Entry


class Services(Protocol):
    """What publishing needs of the platform's services."""

    @property
    def apps(self) -> AppCatalogue:
        """The compiled apps."""
        ...

    @property
    def sealer(self) -> Any:
        """The keeper of keys, for the audit chain."""
        ...

    @property
    def reference(self) -> Any:
        """What is kept of roles and parameters; it forgets."""
        ...

    @property
    def zone(self) -> dt.tzinfo:
        """The zone of the tenant's days."""
        ...


@dataclass(frozen=True, slots=True)
class Publish:
    """A package to publish. `draft_revision` is set where it comes from a draft."""

    tenant_id: int
    package: Package
    note: str = ""
    account_id: int | None = None
    party_id: int | None = None
    draft_revision: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do; without `app` there are problems to mend first.

    `number` is the release it becomes; `unchanged` says that the current one is the same.
    """

    ask: Publish
    app: CompiledApp | None
    package: Package
    problems: Problems
    results: tuple[TestResult, ...]
    shapes: tuple[Shape, ...]
    number: int
    current: int | None
    unchanged: bool
    before: CompiledApp | None
    day: dt.date
    found_by: Entry | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of it. `number` is None where nothing was published."""

    app_id: str | None
    number: int | None
    unchanged: bool
    problems: Problems
    results: tuple[TestResult, ...]
    tenant_id: int = 0


def prepare(
    reader: Connection, services: Services, actor: object, ask: Publish, now: dt.datetime
) -> Plan:
    """Compile, run the app's tests and look for what the store could not keep."""
    canonical, problems = canonical_package(ask.package)
    app, found = services.apps.compile(canonical, reader, ask.tenant_id)
    problems = (*problems, *(problem for problem in found if problem not in problems))
    results: tuple[TestResult, ...] = ()
    wanted: tuple[Shape, ...] = ()
    number, current, unchanged, before = 1, None, False, None
    if app is not None and not has_errors(problems):
        results = tests.run(app)
        problems = (*problems, *tests.problems(results))
        wanted = shapes.shapes_of(app)
        problems = (*problems, *collisions.find(reader, ask.tenant_id, app, wanted))
        number, current = _numbers(reader, ask.tenant_id, app.id)
        before = services.apps.current(reader, ask.tenant_id, app.id)
        unchanged = before is not None and before.digest == app.digest and _same(before, app)
    services.sealer.load(reader, ask.tenant_id, ())
    good = app is not None and not has_errors(problems)
    office = _office(reader, ask.tenant_id, app) if app is not None and good else ""
    return Plan(
        ask=ask,
        app=app if good else None,
        package=canonical,
        problems=problems,
        results=results,
        shapes=wanted,
        number=number,
        current=current,
        unchanged=unchanged,
        before=before,
        day=now.astimezone(services.zone).date(),
        found_by=finding.entry_of(app, office) if app is not None and good else None,
    )


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Receipt:
    """Write the release, its record tables and its entries in the registers.

    Raises StaleError where somebody else published this app in the meantime.
    """
    app, ask = plan.app, plan.ask
    if app is None or plan.found_by is None:
        return Receipt(None, None, False, plan.problems, plan.results)
    if plan.unchanged:
        _bring_names(writer, services, plan, app, now)
        return Receipt(app.id, plan.current, True, plan.problems, plan.results)
    if _numbers(writer, ask.tenant_id, app.id) != (plan.number, plan.current):
        raise StaleError(f'The app "{app.id}" was published by somebody else just now.')
    publishing.write_release(
        writer,
        Release(
            tenant_id=ask.tenant_id,
            number=plan.number,
            app=app,
            package=plan.package,
            note=ask.note,
            published_by=ask.party_id,
            at=now,
            day=plan.day,
            before=plan.before,
            found_by=plan.found_by,
        ),
    )
    records.create_or_widen(writer, ask.tenant_id, app.id, plan.number, plan.shapes)
    if ask.draft_revision is not None:
        _mark_draft(writer, plan, app.id)
    _audit(writer, services, plan, app, now)
    return Receipt(app.id, plan.number, False, plan.problems, plan.results, ask.tenant_id)


def after(services: Services, receipt: Receipt) -> Receipt:
    """Let this process read roles and parameters again at once; others do within a minute."""
    if receipt.number is not None and not receipt.unchanged:
        services.reference.forget(receipt.tenant_id)
    return receipt


def canonical_package(found: Package) -> tuple[Package, Problems]:
    """Bring every part to its canonical text, so that a release has one digest."""
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for part in found.parts:
        text, wrong = package.canonical_part(part.path, part.content)
        contents[part.path] = part.content if text is None else text
        problems += wrong
    read, more = package.read(contents)
    return read, (*more, *problems)


def _numbers(reader: Connection, tenant: int, app_id: str) -> tuple[int, int | None]:
    """Give the number of the next release and the current one."""
    last = reader.scalar(
        select(func.max(t.release.c.number)).where(
            t.release.c.tenant_id == tenant, t.release.c.app_id == app_id
        )
    )
    current = reader.scalar(
        select(t.app.c.current_release).where(t.app.c.tenant_id == tenant, t.app.c.id == app_id)
    )
    return (last or 0) + 1, current


def _same(before: CompiledApp, app: CompiledApp) -> bool:
    """Tell whether the members of a composite are pinned to the same releases."""
    return {k: m.number for k, m in before.members.items()} == {
        k: m.number for k, m in app.members.items()
    }


def _mark_draft(writer: Connection, plan: Plan, app_id: str) -> None:
    c = t.draft.c
    changed = writer.execute(
        update(t.draft)
        .where(
            c.tenant_id == plan.ask.tenant_id,
            c.app_id == app_id,
            c.revision == plan.ask.draft_revision,
        )
        .values(based_on=plan.number)
    )
    if changed.rowcount != 1:
        raise StaleError(f'The draft of "{app_id}" was changed while it was being published.')


def _bring_names(
    writer: Connection, services: Services, plan: Plan, app: CompiledApp, now: dt.datetime
) -> None:
    """Give roles the names in other languages that they lacked when the release was written."""
    ask = plan.ask
    entries = [
        audit.Entry(
            audit.TENANT_CHAIN, "role_changed", f"role:{code}", now,
            {"english": {"before": None, "after": names.get(ENGLISH)}},
            ask.party_id, ask.account_id, ask.request_id,
        )
        for code, names in publishing.name_roles(writer, ask.tenant_id, app)
    ]  # fmt: skip
    if entries:
        audit.record(writer, services.sealer.audit_key(ask.tenant_id), ask.tenant_id, entries)


def _audit(
    writer: Connection, services: Services, plan: Plan, app: CompiledApp, now: dt.datetime
) -> None:
    entry = audit.Entry(
        chain=f"app:{app.id}",
        action="app.publish",
        subject=f"{app.id}/{plan.number}",
        at=now,
        data={"digest": app.digest, "note": plan.ask.note},
        actor_id=plan.ask.party_id,
        account_id=plan.ask.account_id,
        request_id=plan.ask.request_id,
    )
    key = services.sealer.audit_key(plan.ask.tenant_id)
    audit.record(writer, key, plan.ask.tenant_id, [entry])


__all__ = ["Plan", "Publish", "Receipt", "after", "canonical_package", "commit", "prepare"]


def _office(reader: Connection, tenant: int, app: CompiledApp) -> str:
    """Name the office of an app's service item in all languages, "" where there is none."""
    c = t.department.c
    code = app.definition.service_item.department
    row = reader.execute(
        select(c.name, c.names).where(c.tenant_id == tenant, c.code == code)
    ).one_or_none()
    return in_all_languages(row.name, row.names) if row is not None else ""
