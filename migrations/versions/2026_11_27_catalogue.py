"""The service catalogue: items that a list brings, their validity, and the index to find them."""

import sqlalchemy as sa
from alembic import op

revision = "0006_catalogue"
down_revision = "0005_procedure"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED = (
    ("department_name", sa.Text()),
    ("group_name", sa.Text()),
    ("theme", sa.String(40)),
    ("initial", sa.String(1)),
    ("link", sa.Text()),
    ("source", sa.String(80)),
    ("valid_from", sa.Date()),
    ("valid_to", sa.Date()),
)


def upgrade() -> None:
    with op.batch_alter_table("service_item") as batch:
        # An implementation code of the national scheme has up to 55 characters.
        batch.alter_column(
            "base_code",
            existing_type=sa.String(40),
            type_=sa.String(80),
            existing_nullable=False,
        )
        for name, kind in ADDED:
            batch.add_column(sa.Column(name, kind, nullable=True))
    op.create_index("ix_service_item_initial", "service_item", ["tenant_id", "initial"])
    op.create_table(
        "service_index",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_service_index")),
    )
    op.create_table(
        "search_term",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term", sa.String(40), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "term", name=op.f("pk_search_term")),
    )
    # The full-text table is each database's own and stands in no metadata: it is made from
    # service_index and can be made anew at any time.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE service_fts USING "
            "fts5(tenant UNINDEXED, name, office, more, tokenize = 'unicode61 remove_diacritics 0')"
        )
    else:
        op.execute(
            "CREATE TABLE service_fts (tenant_id integer NOT NULL, item_id bigint NOT NULL, "
            "document tsvector NOT NULL, PRIMARY KEY (tenant_id, item_id))"
        )
        op.execute("CREATE INDEX ix_service_fts_document ON service_fts USING gin (document)")


def downgrade() -> None:
    op.execute("DROP TABLE service_fts")
    op.drop_table("search_term")
    op.drop_table("service_index")
    op.drop_index("ix_service_item_initial", table_name="service_item")
    with op.batch_alter_table("service_item") as batch:
        for name, _kind in reversed(ADDED):
            batch.drop_column(name)
        batch.alter_column(
            "base_code",
            existing_type=sa.String(80),
            type_=sa.String(40),
            existing_nullable=False,
        )
