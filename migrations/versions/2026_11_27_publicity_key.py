"""Publicity: the token of the process that waits for its end."""

import sqlalchemy as sa
from alembic import op

revision = "0008_publicity_key"
down_revision = "0007_certificates"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("publicity") as table:
        table.add_column(sa.Column("instance_id", ID, nullable=True))
        table.add_column(sa.Column("key", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("publicity") as table:
        table.drop_column("key")
        table.drop_column("instance_id")
