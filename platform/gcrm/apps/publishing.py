"""Rows of a release: the release with its parts, and what the platform reads from it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from app_definitions import ids
from app_definitions.app import App
from app_definitions.dictionary import Dictionary
from app_definitions.package import Package
from gcrm.apps import compiler, words
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.themes import themes
from gcrm.store import service_search
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.search_words import first_letter
from gcrm.store.service_search import Entry

ALWAYS = dt.date(1900, 1, 1)
"""From when an entry of a dictionary is valid that names no day."""

RELEASE = "release"
"""Where a row of a register comes from; what an administrator set says `office`."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release to be written."""

    tenant_id: int
    number: int
    app: CompiledApp
    package: Package
    note: str
    published_by: int | None
    at: dt.datetime
    day: dt.date
    before: CompiledApp | None
    found_by: Entry


def write_release(writer: Connection, release: Release) -> None:
    """Write the release, make it the current one and bring the registers up to it."""
    app = release.app.definition
    key = {"tenant_id": release.tenant_id, "app_id": app.id, "number": release.number}
    if release.number == 1:
        _write_app(writer, release)
    writer.execute(
        insert(t.release),
        {
            **key,
            "digest": release.app.digest,
            "compiler": compiler.VERSION,
            "note": release.note,
            "published_by": release.published_by,
            "published_at": release.at,
        },
    )
    writer.execute(
        insert(t.release_part),
        [{**key, "path": part.path, "content": part.content} for part in release.package.parts],
    )
    members = [
        {
            **key,
            "member_id": member.id,
            "member_app": member.app,
            "member_release": release.app.members[member.id].number,
            "item_variant": member.item_variant,
        }
        for member in app.members
    ]
    if members:
        writer.execute(insert(t.composite_member), members)
    writer.execute(
        update(t.app)
        .where(t.app.c.tenant_id == release.tenant_id, t.app.c.id == app.id)
        .values(name=app.name, current_release=release.number)
    )
    _write_item(writer, release)
    _write_roles(writer, release)
    for dictionary in release.app.dictionaries.values():
        _write_dictionary(writer, release, dictionary)
    _write_parameters(writer, release)


def _write_app(writer: Connection, release: Release) -> None:
    app = release.app.definition
    place = (t.app.c.tenant_id == release.tenant_id, t.app.c.id == app.id)
    if writer.scalar(select(t.app.c.id).where(*place)) is None:
        writer.execute(
            insert(t.app),
            {
                "tenant_id": release.tenant_id,
                "id": app.id,
                "name": app.name,
                "created_at": release.at,
            },
        )


def _write_item(writer: Connection, release: Release) -> None:
    """Bring the service item and its variants up to the release; a variant left out is closed."""
    app, tenant = release.app.definition, release.tenant_id
    entry, item = app.service_item, t.service_item.c
    office = writer.execute(
        select(t.department.c.id, t.department.c.name).where(
            t.department.c.tenant_id == tenant, t.department.c.code == entry.department
        )
    ).one_or_none()
    values: dict[str, Any] = {
        "name": entry.name,
        "item_type": entry.item_type,
        "audience": entry.audience,
        "department_id": office.id if office else None,
        "department_name": office.name if office else None,
        "initial": first_letter(entry.name),
        "theme": themes().of(entry.name, office.name if office else "").id,
        "valid_to": None,
        "spec": {
            "department": entry.department,
            "basis": [{"id": line.id, "text": line.text} for line in entry.basis],
        },
    }
    item_id = writer.scalar(
        select(item.id).where(item.tenant_id == tenant, item.base_code == entry.base_code)
    )
    if item_id is None:
        item_id = new_id()
        key = {"tenant_id": tenant, "id": item_id, "base_code": entry.base_code}
        writer.execute(insert(t.service_item), {**key, **values, "valid_from": release.day})
    else:
        writer.execute(
            update(t.service_item)
            .where(item.tenant_id == tenant, item.id == item_id)
            .values(**values)
        )
    _write_variants(writer, release, item_id)
    found_by = replace(release.found_by, item_id=item_id)
    service_search.write(writer, service_search.change(writer, tenant, [found_by]))


def _write_variants(writer: Connection, release: Release, item_id: int) -> None:
    app, tenant, c = release.app.definition, release.tenant_id, t.item_variant.c
    known = {
        row.code: row.id
        for row in writer.execute(
            select(c.code, c.id).where(c.tenant_id == tenant, c.service_item_id == item_id)
        )
    }
    for variant in app.item_variants:
        values = {
            "name": variant.name,
            "app_id": app.id,
            "number_prefix": variant.number_prefix,
            "statutory_value": variant.statutory.value,
            "statutory_unit": variant.statutory.unit,
            "promised_value": variant.promised.value,
            "promised_unit": variant.promised.unit,
            "assurance": variant.assurance,
            "open": True,
        }
        if variant.id in known:
            writer.execute(
                update(t.item_variant)
                .where(c.tenant_id == tenant, c.id == known[variant.id])
                .values(**values)
            )
        else:
            key = {"tenant_id": tenant, "id": new_id(), "service_item_id": item_id}
            writer.execute(insert(t.item_variant), {**key, "code": variant.id, **values})
    writer.execute(
        update(t.item_variant)
        .where(
            c.tenant_id == tenant,
            c.app_id == app.id,
            or_(
                c.service_item_id != item_id,
                c.code.not_in([variant.id for variant in app.item_variants]),
            ),
        )
        .values(open=False)
    )


def _write_roles(writer: Connection, release: Release) -> None:
    """Add the roles of the app, each with this app's rights.

    Offices share their roles: where the platform or another app named a role first, its name
    stays, and this app's rights on its own rows come beside those of the others. A name in
    another language that is missing there comes with an app that calls the role the same.
    """
    app, tenant, c = release.app.definition, release.tenant_id, t.role.c
    earlier = release.before.definition.roles if release.before else ()
    before = {role.id: role.rights for role in earlier}
    codes = {role.id for role in app.roles}
    known = {
        row.code: row
        for row in writer.execute(
            select(c.code, c.app_id, c.excludes).where(
                c.tenant_id == tenant, c.code.in_(sorted(codes))
            )
        )
    }
    for role in app.roles:
        names = _names_of(release.app, role.id)
        values: dict[str, Any] = {
            "name": role.name, "names": names, "excludes": ",".join(role.excludes)
        }  # fmt: skip
        if role.id not in known:
            key = {"tenant_id": tenant, "code": role.id, "app_id": app.id}
            writer.execute(insert(t.role), {**key, **values})
        else:
            if known[role.id].app_id != app.id:
                others = [each for each in (known[role.id].excludes or "").split(",") if each]
                both = dict.fromkeys([*others, *role.excludes])
                values = {"excludes": ",".join(both)}
            writer.execute(
                update(t.role).where(c.tenant_id == tenant, c.code == role.id).values(**values)
            )
        if role.rights != before.get(role.id, ()):
            _write_rights(writer, tenant, app.id, role.id, role.rights)
    name_roles(writer, tenant, release.app)
    for gone in before.keys() - codes:
        _write_rights(writer, tenant, app.id, gone, ())


def name_roles(
    writer: Connection, tenant: int, app: CompiledApp
) -> Sequence[tuple[str, dict[str, str]]]:
    """Write the names in other languages that roles lack; give the roles that got some.

    A role gets those of an app that calls it the same, whoever named it first.
    """
    c = t.role.c
    wanted = {role.id: (role.name, _names_of(app, role.id)) for role in app.definition.roles}
    rows = writer.execute(
        select(c.code, c.name, c.names).where(c.tenant_id == tenant, c.code.in_(sorted(wanted)))
    ).all()
    found = []
    for row in rows:
        name, names = wanted[row.code]
        full = {**(names or {}), **(row.names or {})}
        if row.name == name and full != (row.names or {}):
            writer.execute(
                update(t.role).where(c.tenant_id == tenant, c.code == row.code).values(names=full)
            )
            found.append((row.code, full))
    return found


def _names_of(app: CompiledApp, role_id: str) -> dict[str, str] | None:
    """Give the names of a role in the languages into which the app is translated."""
    key = ids.path(words.APP, [role_id], "name")
    found = {locale: texts.get(key, "") for locale, texts in app.translations.items()}
    return {
        locale: text for locale, text in found.items() if text and not locale.startswith("zh")
    } or None


def _write_rights(
    writer: Connection, tenant: int, app_id: str, code: str, rights: Sequence[Any]
) -> None:
    """Give a role the rights of the release; those of other apps are left alone."""
    c = t.role_right.c
    writer.execute(
        delete(t.role_right).where(c.tenant_id == tenant, c.role_code == code, c.app_id == app_id)
    )
    rows = [
        {
            "tenant_id": tenant,
            "id": new_id(),
            "role_code": code,
            "resource": right.resource,
            "action": right.action,
            "scope": dict(right.scope),
            "app_id": app_id,
        }
        for right in rights
    ]
    if rows:
        writer.execute(insert(t.role_right), rows)


def _write_dictionary(writer: Connection, release: Release, dictionary: Dictionary) -> None:
    """Bring a dictionary up to the release; an entry left out ends today and is never deleted.

    What an administrator added or ended stays as it is.
    """
    tenant = release.tenant_id
    code = f"{release.app.id}.{dictionary.id}"
    c, e = t.dictionary.c, t.dictionary_entry.c
    values = {"name": dictionary.name, "source": dictionary.source or None}
    place = (c.tenant_id == tenant, c.code == code)
    if writer.scalar(select(c.code).where(*place)) is None:
        writer.execute(insert(t.dictionary), {"tenant_id": tenant, "code": code, **values})
    else:
        writer.execute(update(t.dictionary).where(*place).values(**values))
    known = {
        (row.code, row.valid_from): row
        for row in writer.execute(
            select(e.code, e.valid_from, e.valid_to, e.origin).where(
                e.tenant_id == tenant, e.dictionary == code
            )
        )
    }
    wanted: dict[tuple[str, dt.date], dict[str, Any]] = {}
    for position, entry in enumerate(dictionary.entries):
        wanted[entry.code, entry.valid_from or ALWAYS] = {
            "label": entry.label,
            "parent_code": entry.parent,
            "valid_to": entry.valid_to,
            "successor_code": entry.successor,
            "position": position,
        }
    new = []
    for (entry_code, begins), row in wanted.items():
        if (entry_code, begins) in known:
            if known[entry_code, begins].origin != RELEASE:
                continue
            writer.execute(
                update(t.dictionary_entry)
                .where(
                    e.tenant_id == tenant,
                    e.dictionary == code,
                    e.code == entry_code,
                    e.valid_from == begins,
                )
                .values(**row)
            )
        else:
            key = {"tenant_id": tenant, "dictionary": code, "code": entry_code}
            new.append({**key, "valid_from": begins, **row})
    if new:
        writer.execute(insert(t.dictionary_entry), new)
    for (entry_code, begins), stored in known.items():
        if (entry_code, begins) in wanted or stored.origin != RELEASE:
            continue
        if stored.valid_to is None:
            writer.execute(
                update(t.dictionary_entry)
                .where(
                    e.tenant_id == tenant,
                    e.dictionary == code,
                    e.code == entry_code,
                    e.valid_from == begins,
                )
                .values(valid_to=release.day)
            )


def _write_parameters(writer: Connection, release: Release) -> None:
    """Show the app's parameters in the register; what an administrator set stays beside them.

    Values that the release before brought make room. Cases go by the values in their own
    release, and by what administrators set (`runtime.reference`).
    """
    tenant, c = release.tenant_id, t.parameter.c
    app_id = release.app.id
    old = _parameter_rows(release.before.definition) if release.before else []
    new = _parameter_rows(release.app.definition)
    gone = [row for row in old if row not in new]
    shipped = (c.tenant_id == tenant, c.app_id == app_id, c.origin == RELEASE)
    if gone:
        same = [and_(*(c[name].is_not_distinct_from(row[name]) for name in row)) for row in gone]
        writer.execute(delete(t.parameter).where(*shipped, or_(*same)))
    known = {
        (row.code, row.region_code, row.effective_from)
        for row in writer.execute(select(c.code, c.region_code, c.effective_from).where(*shipped))
    }
    added = [
        {"tenant_id": tenant, "id": new_id(), "app_id": app_id, "origin": RELEASE, **row}
        for row in new
        if (row["code"], row["region_code"], row["effective_from"]) not in known
    ]
    if added:
        writer.execute(insert(t.parameter), added)


def _parameter_rows(app: App) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "code": parameter.id,
            "name": parameter.name,
            "value": entry.value,
            "type": parameter.type,
            "unit": parameter.unit or None,
            "region_code": entry.region,
            "effective_from": entry.effective_from,
            "effective_to": entry.effective_to,
            "source": entry.source,
        }
        for parameter in app.parameters
        for entry in parameter.values
    ]
