"""The government's own shape: departments, regions, grids, posts, roles. All temporal."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from gcrm.store.columns import Document, Id, Names, metadata, own_id, tenant_id

department = Table(
    "department",
    metadata,
    tenant_id(),
    own_id(),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("names", Names),  # shown through gcrm.store.names, as a role's
    Column("parent_id", Id),
    Column("region_code", String(12)),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("successor_id", Id),
    Column("rev", Integer, nullable=False, server_default="1"),
    Index("uq_department_code", "tenant_id", "code", unique=True),
    Index("ix_department_parent", "tenant_id", "parent_id"),
)

region = Table(
    "region",
    metadata,
    tenant_id(),
    Column("code", String(12), primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent_code", String(12)),
    Column("level", Integer, nullable=False),  # 1 province 2 city 3 county 4 street 5 community
    Column("is_demo", Boolean, nullable=False, server_default="0"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("successor_code", String(12)),
    Column("rev", Integer, nullable=False, server_default="1"),
    Index("ix_region_parent", "tenant_id", "parent_code"),
)

grid = Table(
    "grid",
    metadata,
    tenant_id(),
    own_id(),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("region_code", String(12), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index("uq_grid_code", "tenant_id", "code", unique=True),
)

role = Table(
    "role",
    metadata,
    tenant_id(),
    Column("code", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("names", Names),
    Column("app_id", String(40)),  # the app that named it first; null: a role of the platform
    Column("excludes", String(200)),  # codes, comma separated: never one person's together
    Column("rev", Integer, nullable=False, server_default="1"),
)

role_right = Table(
    "role_right",
    metadata,
    tenant_id(),
    own_id(),
    Column("role_code", String(40), nullable=False),
    Column("resource", String(80), nullable=False),  # "case", "record:app.form", "admin.people" ...
    Column("action", String(24), nullable=False),
    Column("scope", Document, nullable=False),  # gcrm.access scope as JSON
    Column("app_id", String(40)),  # the app that gave it: reaches that app's rows only
    ForeignKeyConstraint(["tenant_id", "role_code"], ["role.tenant_id", "role.code"]),
    Index("ix_role_right_role", "tenant_id", "role_code"),
)

THREE = ("sys_admin", "sec_admin", "audit_admin")
"""三员: system, security and audit administrator, never one person (等保 8.1.5). Triggers of the
database refuse a post that would bring two of them, or two roles that exclude each other,
together on one day."""

post = Table(
    "post",
    metadata,
    tenant_id(),
    own_id(),
    Column("party_id", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("department_id", Id, nullable=False),
    Column("role_code", String(40), nullable=False),
    Column("region_code", String(12)),  # the region of duty; null: the department's
    Column("grid_id", Id),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    ForeignKeyConstraint(["tenant_id", "party_id"], ["party.tenant_id", "party.id"]),
    ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.id"]),
    ForeignKeyConstraint(["tenant_id", "department_id"], ["department.tenant_id", "department.id"]),
    ForeignKeyConstraint(["tenant_id", "role_code"], ["role.tenant_id", "role.code"]),
    Index("ix_post_account", "tenant_id", "account_id"),
    Index("ix_post_role", "tenant_id", "role_code"),
)
