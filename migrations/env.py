"""Run migrations: on a connection given by `gcrm database upgrade`, or on GCRM_DATABASE."""

from typing import Any

from alembic import context
from sqlalchemy import JSON, BigInteger, create_engine

from gcrm import config as settings
from gcrm.store import tables
from gcrm.store.columns import Moment, metadata
from gcrm.store.engine import url_of

assert tables.__all__  # noqa: S101  importing the tables fills the metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    # Record tables of forms are made at publish and kept in a catalogue of their own; the
    # full-text table is made by a migration in the words of each database.
    return not (kind == "table" and name is not None and name.startswith(("r_", "service_fts")))


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    # A migration must not change when the code does: plain types only.
    if kind == "type" and isinstance(item, Moment):
        return "MOMENT"
    if kind == "type" and isinstance(item, BigInteger):
        return "ID"
    if kind == "type" and isinstance(item, JSON):
        return "DOCUMENT"
    return False


def run(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=include_name,
        render_item=render_item,
        render_as_batch=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    context.configure(
        url=url_of(settings.load().database), target_metadata=metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
elif (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    engine = create_engine(url_of(settings.load().database))
    with engine.begin() as connection:
        run(connection)
    engine.dispose()
