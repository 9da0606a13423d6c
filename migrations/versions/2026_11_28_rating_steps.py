"""Bad ratings are put right: who does it, by when, and each step with its words."""

import sqlalchemy as sa
from alembic import op

revision = "0015_rating_steps"
down_revision = "0014_lamps"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("rating", sa.Column("handler_id", ID, nullable=True))
    op.add_column("rating", sa.Column("rectify_due_at", MOMENT, nullable=True))
    op.create_table(
        "rating_step",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("rating_id", ID, nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rating_id"],
            ["rating.tenant_id", "rating.id"],
            name=op.f("fk_rating_step_tenant_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rating_step")),
    )
    op.create_index("ix_rating_step", "rating_step", ["tenant_id", "rating_id"])


def downgrade() -> None:
    op.drop_table("rating_step")
    op.drop_column("rating", "rectify_due_at")
    op.drop_column("rating", "handler_id")
