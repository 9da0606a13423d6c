"""A second factor for staff."""

import sqlalchemy as sa
from alembic import op

revision = "0010_second_factor"
down_revision = "0009_reading"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_second_factor_tenant_id_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_second_factor")),
    )


def downgrade() -> None:
    op.drop_table("second_factor")
