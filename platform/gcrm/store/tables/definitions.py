"""What was designed: apps, drafts, releases, service items."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

app = Table(
    "app",
    metadata,
    tenant_id(),
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("current_release", Integer),
    Column("created_at", Moment, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("based_on", Integer),  # release number
    Column("updated_by", Id),
    Column("updated_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "app_id"], ["app.tenant_id", "app.id"]),
)

draft_part = Table(
    "draft_part",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),  # of the draft, when this part last changed
    Column("updated_by", Id),
    Column("updated_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "app_id"], ["draft.tenant_id", "draft.app_id"]),
)

draft_change = Table(
    "draft_change",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("path", String(200), nullable=False),
    Column("patch", Document, nullable=False),  # RFC 6902, or {"replace": true}
    Column("changed_by", Id),
    Column("changed_at", Moment, nullable=False),
)

release = Table(
    "release",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),  # SHA-256 over the canonical package
    Column("compiler", String(20), nullable=False),
    Column("note", Text),
    Column("published_by", Id),
    Column("published_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "app_id"], ["app.tenant_id", "app.id"]),
)

release_part = Table(
    "release_part",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("path", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "app_id", "number"], ["release.tenant_id", "release.app_id", "release.number"]
    ),
)

composite_member = Table(
    "composite_member",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("member_id", String(40), primary_key=True),
    Column("member_app", String(40), nullable=False),
    Column("member_release", Integer, nullable=False),
    Column("item_variant", String(40), nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "app_id", "number"], ["release.tenant_id", "release.app_id", "release.number"]
    ),
)

service_item = Table(
    "service_item",
    metadata,
    tenant_id(),
    own_id(),
    Column("base_code", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("item_type", String(24), nullable=False),
    Column("audience", String(24), nullable=False),  # natural | organisation | both
    Column("department_id", Id),
    Column("spec", Document, nullable=False),  # the remaining elements of the 实施清单
    Column("department_name", Text),  # as the catalogue writes it; the office may have no row
    Column("group_name", Text),  # 主项
    Column("theme", String(40)),
    Column("initial", String(1)),  # of its name in pinyin
    Column("link", Text),  # the official page
    Column("source", String(80)),  # the list that brought it; null: an app did
    Column("valid_from", Date),
    Column("valid_to", Date),  # the first day on which it is not offered any more
    Index("uq_service_item_code", "tenant_id", "base_code", unique=True),
    Index("ix_service_item_initial", "tenant_id", "initial"),
)

service_index = Table(
    "service_index",
    metadata,
    tenant_id(),
    Column("item_id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # search terms, a blank between them
    Column("office", Text, nullable=False),
    Column("more", Text, nullable=False),
)

search_term = Table(
    "search_term",
    metadata,
    tenant_id(),
    Column("term", String(40), primary_key=True),
    Column("item_count", Integer, nullable=False),  # how many have it: the rarer, the more it tells
)

item_variant = Table(
    "item_variant",
    metadata,
    tenant_id(),
    own_id(),
    Column("service_item_id", Id, nullable=False),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("app_id", String(40)),
    Column("number_prefix", String(12), nullable=False),
    Column("statutory_value", Integer),
    Column("statutory_unit", String(4)),
    Column("promised_value", Integer),
    Column("promised_unit", String(4)),
    Column("assurance", Integer, nullable=False, server_default="1"),
    Column("open", Boolean, nullable=False, server_default="1"),
    ForeignKeyConstraint(
        ["tenant_id", "service_item_id"], ["service_item.tenant_id", "service_item.id"]
    ),
    Index("uq_item_variant_code", "tenant_id", "service_item_id", "code", unique=True),
    Index("ix_item_variant_app", "tenant_id", "app_id"),
)
