"""Lists to choose from: departments, roles, regions, apps, with their names."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import g
from sqlalchemy import ColumnElement, Connection, or_, select

from gcrm.access import Accessor
from gcrm.runtime import wording
from gcrm.runtime.administration import offices
from gcrm.runtime.powers import administering
from gcrm.store import tables as t
from gcrm.store.names import name_column, name_in
from gcrm.web.definitions import app_name
from gcrm.web.language import locale
from gcrm.web.site import house

Choices = list[tuple[str, str]]
GAP = "\u3000"
"""One step to the right in a list that shows a tree."""


def departments(reader: Connection, own: Accessor, action: str = "read") -> Choices:
    """List the departments that somebody administers, each behind its parent."""
    d = t.department.c
    rows = reader.execute(
        select(d.id, _department(), d.parent_id, d.valid_to)
        .where(d.tenant_id == g.tenant.id, or_(d.valid_to.is_(None), d.valid_to >= g.today))
        .order_by(d.code)
    ).all()
    mine = offices(own, "admin.people", action) if own.has("admin.people", action) else None
    return [
        (str(row.id), f"{GAP * depth}{row.name}")
        for row, depth in tree(rows)
        if mine is None or row.id in mine
    ]


def _department() -> ColumnElement[str]:
    return name_column(t.department, locale()).label("name")


def said(row: Any) -> str:
    """Name a row of a department or role in the language of the page."""
    return name_in(locale(), row.name, row.names)


def every_department(reader: Connection) -> Choices:
    """List all departments of today, each behind its parent."""
    d = t.department.c
    rows = reader.execute(
        select(d.id, _department(), d.parent_id)
        .where(d.tenant_id == g.tenant.id, or_(d.valid_to.is_(None), d.valid_to >= g.today))
        .order_by(d.code)
    ).all()
    return [(str(row.id), f"{GAP * depth}{row.name}") for row, depth in tree(rows)]


def roles(reader: Connection) -> Choices:
    """List all roles by name."""
    r, name = t.role.c, name_column(t.role, locale()).label("name")
    rows = reader.execute(
        select(r.code, name).where(r.tenant_id == g.tenant.id).order_by(name, r.code)
    )
    return [(row.code, row.name) for row in rows]


def givable_roles(reader: Connection, own: Accessor) -> Choices:
    """List the roles that somebody may give: powers or offices, as their right says."""
    strong = administering(reader, g.tenant.id)
    powers = own.has("admin.rights", "write")
    plain = own.has("admin.people", "write")
    return [each for each in roles(reader) if (powers if each[0] in strong else plain)]


def names(reader: Connection) -> dict[str, str]:
    """Give the names of roles and departments by their codes and ids, as audits tell them."""
    found = dict(roles(reader))
    d = t.department.c
    for row in reader.execute(select(d.id, _department()).where(d.tenant_id == g.tenant.id)):
        found[str(row.id)] = row.name
    found.update(apps(reader))
    return {**_steps(reader), **found}


def _steps(reader: Connection) -> dict[str, str]:
    """Name steps by `<app>.<step>`, and by `<app>.<step>.<verb>` what is pressed there.

    Two apps may have steps of one id. Without its app a step has a name where all call it so.
    """
    a = t.app.c
    found: dict[str, str] = {}
    alike: dict[str, set[str]] = {}
    for row in reader.execute(
        select(a.id, a.current_release).where(
            a.tenant_id == g.tenant.id, a.current_release.is_not(None)
        )
    ):
        app = house().services.apps.load(reader, g.tenant.id, row.id, row.current_release)
        own = dict(wording.step_names(app, locale()))
        for process_id, process in app.processes.items():
            for step in process.steps:
                for verb in step.verbs:
                    said = wording.verb_label(app, process_id, step.id, verb.id, locale())
                    own[f"{step.id}.{verb.id}"] = said
        for key, said in own.items():
            found[f"{row.id}.{key}"] = said
            alike.setdefault(key, set()).add(said)
    return {**{key: next(iter(said)) for key, said in alike.items() if len(said) == 1}, **found}


def apps(reader: Connection) -> Choices:
    """List the apps by name, in the language of the page."""
    a = t.app.c
    rows = reader.execute(
        select(a.id, a.name, a.current_release).where(a.tenant_id == g.tenant.id).order_by(a.name)
    )
    return [(row.id, app_name(reader, row)) for row in rows]


def regions(reader: Connection) -> Choices:
    """List the regions that are valid today, each behind the one that holds it."""
    r = t.region.c
    rows = reader.execute(
        select(r.code, r.name, r.parent_code.label("parent_id"))
        .where(
            r.tenant_id == g.tenant.id,
            r.valid_from <= g.today,
            or_(r.valid_to.is_(None), r.valid_to >= g.today),
        )
        .order_by(r.code)
    ).all()
    return [(row.code, f"{GAP * depth}{row.name}") for row, depth in tree(rows, "code")]


def all_regions(reader: Connection) -> Choices:
    """Name every region, also those that are no longer valid."""
    r = t.region.c
    rows = reader.execute(select(r.code, r.name).where(r.tenant_id == g.tenant.id))
    return [(row.code, row.name) for row in rows]


def tree(rows: Sequence[Any], key: str = "id") -> Iterator[tuple[Any, int]]:
    """Give rows in the order of their tree, each with its depth; a lost parent makes a root."""
    known = {getattr(row, key) for row in rows}
    children: dict[Any, list[Any]] = {}
    for row in rows:
        above = row.parent_id if row.parent_id in known else None
        children.setdefault(None if above == getattr(row, key) else above, []).append(row)
    waiting = [(row, 0) for row in reversed(children.get(None, ()))]
    seen: set[Any] = set()
    while waiting:
        row, depth = waiting.pop()
        code = getattr(row, key)
        if code in seen:
            continue
        seen.add(code)
        yield row, depth
        waiting.extend((each, depth + 1) for each in reversed(children.get(code, ())))
