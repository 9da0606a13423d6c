"""Texts of definitions in the language of the page, and the list of services they make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import g
from sqlalchemy import Connection, and_, select

from app_definitions.translation import texts
from gcrm.apps import CompiledApp
from gcrm.runtime.wording import item_name
from gcrm.store.tables import app as apps
from gcrm.store.tables import item_variant
from gcrm.web.language import locale
from gcrm.web.site import house

CHINESE = "zh-CN"
ICONS = {"elder_allowance": "elder"}


def words(app: CompiledApp) -> Callable[[str], str]:
    """Give the function that says a Chinese text of `app.json` in the page's language."""
    table = _table(app, locale())
    return lambda source: table.get(source, source)


@lru_cache(maxsize=256)
def _table(app: CompiledApp, language: str) -> Mapping[str, str]:
    translated = translations_of(app, language)
    return {
        source: translated[key]
        for key, source in texts(app.definition, "app.json")
        if translated.get(key)
    }


def translations_of(app: CompiledApp, language: str) -> Mapping[str, str]:
    """Give the texts of a language by key, whichever way its name is written."""
    names = (language, language.replace("-", "_"), language.partition("-")[0])
    found: Mapping[str, Any] = app.translations
    return next((found[name] for name in names if name in found), {})


def app_name(reader: Connection, row: Any) -> str:
    """Name an app (its row) in the page's language: as its release in force says it."""
    if locale() == CHINESE or row.current_release is None:
        return str(row.name)
    app = house().services.apps.load(reader, g.tenant.id, row.id, row.current_release)
    return item_name(app, locale())


def app_names(reader: Connection) -> dict[str, str]:
    """Name the apps by their ids, in the page's language."""
    rows = reader.execute(
        select(apps.c.id, apps.c.name, apps.c.current_release).where(
            apps.c.tenant_id == g.tenant.id
        )
    )
    return {row.id: app_name(reader, row) for row in rows}


@dataclass(frozen=True, slots=True)
class Service:
    """What one can apply for, as lists show it."""

    app_id: str
    variant: str
    name: str
    summary: str
    icon: str

    @property
    def link(self) -> str:
        """Give the address of its guide."""
        return f"/services/{self.app_id}/{self.variant}"


def services(reader: Connection, tenant_id: int) -> tuple[Service, ...]:
    """List all that is published and open."""
    statement = (
        select(apps.c.id, apps.c.current_release, item_variant.c.code)
        .join_from(
            apps,
            item_variant,
            and_(
                item_variant.c.tenant_id == apps.c.tenant_id,
                item_variant.c.app_id == apps.c.id,
            ),
        )
        .where(
            apps.c.tenant_id == tenant_id,
            apps.c.current_release.is_not(None),
            item_variant.c.open,
        )
        .order_by(apps.c.id, item_variant.c.id)
    )
    rows = reader.execute(statement).all()
    catalogue = house().services.apps
    offered = (
        (catalogue.load(reader, tenant_id, row.id, row.current_release), row.code) for row in rows
    )
    return _named(tuple(offered), locale())


@lru_cache(maxsize=64)
def _named(offered: tuple[tuple[CompiledApp, str], ...], _language: str) -> tuple[Service, ...]:
    """Name what is offered in the language of the page; releases never change."""
    return tuple(_service(app, code) for app, code in offered)


def _service(app: CompiledApp, code: str) -> Service:
    say, definition = words(app), app.definition
    variants = definition.item_variants
    variant = next(each for each in variants if each.id == code)
    name = definition.name if len(variants) == 1 else variant.name
    return Service(
        definition.id,
        code,
        say(name),
        say(definition.summary),
        ICONS.get(definition.id, definition.icon or "app"),
    )
