"""Forms posted after the session had ended: kept for whoever logs in again."""

import sqlalchemy as sa
from alembic import op

from gcrm.store.columns import Id

revision = "0003_parked"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_form",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", Id, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name="fk_parked_form_tenant_id_account_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name="pk_parked_form"),
    )
    op.create_index("ix_parked_form_age", "parked_form", ["parked_at"])


def downgrade() -> None:
    op.drop_table("parked_form")
