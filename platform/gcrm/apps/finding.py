"""By what a published service is found: the texts of its app, in every language it speaks."""

from collections.abc import Iterator

from gcrm.apps.compiled import CompiledApp
from gcrm.store import service_search
from gcrm.store.service_search import Entry


def entry_of(app: CompiledApp, office: str) -> Entry:
    """Cut the texts of an app into search terms; the entry has no item yet (0)."""
    definition = app.definition
    return service_search.entry(
        0,
        f"{definition.service_item.name} {definition.name}",
        office,
        " ".join(_more(app)),
    )


def _more(app: CompiledApp) -> Iterator[str]:
    definition = app.definition
    yield definition.summary
    for variant in definition.item_variants:
        yield variant.name
    if definition.guide:
        yield definition.guide.who
    keys = {
        f"app.json#{definition.id}.name",
        f"app.json#{definition.id}.summary",
        f"app.json#{definition.id}.guide.who",
        f"app.json#{definition.id}.service_item.name",
        *(f"app.json#{variant.id}.name" for variant in definition.item_variants),
    }
    for translated in app.translations.values():
        yield from (text for key, text in translated.items() if key in keys)
