"""Ratings of finished cases, and the one-time links that lead to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_ratings"
down_revision = "0003_parked"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("item_variant_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("grid_id", ID, nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("marks", DOCUMENT, nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("comment_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("supplement_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("supplemented_at", MOMENT, nullable=True),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("held", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_rating_tenant_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rating")),
    )
    op.create_index("uq_rating_case", "rating", ["tenant_id", "case_id"], unique=True)
    op.create_index("ix_rating_status", "rating", ["tenant_id", "status", "rated_at"])
    op.create_index("ix_rating_app", "rating", ["tenant_id", "app_id", "rated_at"])
    op.create_table(
        "rating_link",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_rating_link_tenant_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rating_link")),
    )
    op.create_index("uq_rating_link_token", "rating_link", ["tenant_id", "token_hash"], unique=True)
    op.create_index("ix_rating_link_case", "rating_link", ["tenant_id", "case_id"])


def downgrade() -> None:
    op.drop_table("rating_link")
    op.drop_table("rating")
