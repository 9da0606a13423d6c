"""Law and lists as data: parameters and dictionaries, each with validity and source."""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, Integer, String, Table, Text

from gcrm.store.columns import metadata, own_id, tenant_id

parameter = Table(
    "parameter",
    metadata,
    tenant_id(),
    own_id(),
    Column("app_id", String(40), nullable=False),  # "" for all apps
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # decimal notation, ISO date or text
    Column("type", String(16), nullable=False),
    Column("unit", String(16)),
    Column("region_code", String(12)),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("source", Text, nullable=False),
    Column("origin", String(8), nullable=False, server_default="office"),  # release | office
    Index("ix_parameter_code", "tenant_id", "app_id", "code"),
)

dictionary = Table(
    "dictionary",
    metadata,
    tenant_id(),
    Column("code", String(80), primary_key=True),  # "app.dictionary" or a platform list
    Column("name", Text, nullable=False),
    Column("source", Text),
)

dictionary_entry = Table(
    "dictionary_entry",
    metadata,
    tenant_id(),
    Column("dictionary", String(80), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("label", Text, nullable=False),
    Column("parent_code", String(40)),
    Column("valid_to", Date),
    Column("successor_code", String(40)),
    Column("position", Integer, nullable=False),
    Column("origin", String(8), nullable=False, server_default="release"),  # release | office
    ForeignKeyConstraint(["tenant_id", "dictionary"], ["dictionary.tenant_id", "dictionary.code"]),
)
