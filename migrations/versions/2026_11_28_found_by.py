"""Timers are found by their process, accounts by their person."""

from alembic import op

revision = "0013_found_by"
down_revision = "0012_handling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_timer_instance", "timer", ["tenant_id", "instance_id"])
    op.create_index("ix_account_party", "account", ["tenant_id", "party_id"])


def downgrade() -> None:
    op.drop_index("ix_account_party", table_name="account")
    op.drop_index("ix_timer_instance", table_name="timer")
