"""Collisions: what the store holds already that a release would run into."""

from sqlalchemy import Connection, select

from app_definitions import ids, package
from app_definitions.app import App
from app_definitions.problem import Problems, error, warning
from gcrm.apps.compiled import CompiledApp
from gcrm.store import records
from gcrm.store import tables as t
from gcrm.store.records import Shape


def find(reader: Connection, tenant: int, app: CompiledApp, wanted: tuple[Shape, ...]) -> Problems:
    """Look at record tables, roles and the catalogue of services."""
    return (
        *_records(reader, tenant, app.id, wanted),
        *_roles(reader, tenant, app.definition),
        *_items(reader, tenant, app.definition),
    )


def _records(reader: Connection, tenant: int, app_id: str, wanted: tuple[Shape, ...]) -> Problems:
    found = [
        error(
            ids.path(f"forms/{conflict.form_id}.json", [conflict.field_id], "type"),
            "record_kind_changed",
            field=conflict.field_id,
            kept=conflict.kept,
            wanted=conflict.wanted,
        )
        for conflict in records.conflicts(reader, tenant, app_id, wanted)
    ]
    found += [
        error(
            f"forms/{shape.form_id}.json",
            "record_too_wide",
            form=shape.form_id,
            limit=records.FORM_LIMIT,
        )
        for shape in wanted
        if len(shape.fields) > records.FORM_LIMIT
    ]
    return tuple(found)


def _roles(reader: Connection, tenant: int, app: App) -> Problems:
    """Find roles that administer the platform, and roles that others call by another name.

    Offices share their roles: several apps may name one, and each gives it rights on its own
    rows. But whoever designs apps must not give rights to those who administer the platform.
    """
    c, r = t.role.c, t.role_right.c
    codes = [role.id for role in app.roles]
    known = {
        row.code: row
        for row in reader.execute(
            select(c.code, c.name, c.app_id).where(c.tenant_id == tenant, c.code.in_(codes))
        )
    }
    administer = set(
        reader.execute(
            select(r.role_code).where(
                r.tenant_id == tenant,
                r.role_code.in_(codes),
                r.app_id.is_(None),
                r.resource.startswith("admin."),
            )
        ).scalars()
    )
    found = []
    for role in app.roles:
        place = ids.path(package.APP, [role.id], "id")
        if role.rights and (role.id in t.THREE or role.id in administer):
            found.append(error(place, "role_of_platform", role=role.name))
        elif role.id in known and known[role.id].app_id != app.id:
            kept = known[role.id].name
            if kept != role.name:
                found.append(warning(place, "role_of_other_app", role=role.name, kept=kept))
    return tuple(found)


def _items(reader: Connection, tenant: int, app: App) -> Problems:
    """Find item variants of another app, and prefixes that would leave gaps in its numbers."""
    v, item = t.item_variant.c, t.service_item.c
    others = reader.execute(
        select(v.code, v.app_id, v.number_prefix, item.base_code)
        .select_from(
            t.item_variant.join(
                t.service_item, (item.tenant_id == v.tenant_id) & (item.id == v.service_item_id)
            )
        )
        .where(v.tenant_id == tenant, v.app_id != app.id)
    ).all()
    found = []
    for variant in app.item_variants:
        for other in others:
            if (other.base_code, other.code) == (app.service_item.base_code, variant.id):
                place = ids.path(package.APP, [variant.id], "id")
                found.append(
                    error(place, "variant_of_other_app", variant=variant.name, app=other.app_id)
                )
            if other.number_prefix == variant.number_prefix:
                place = ids.path(package.APP, [variant.id], "number_prefix")
                found.append(
                    error(place, "prefix_taken", prefix=variant.number_prefix, app=other.app_id)
                )
    return tuple(found)
