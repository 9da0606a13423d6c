"""Lamps that turned are found by the lamp people were told of, not among all that run."""

from alembic import op

revision = "0014_lamps"
down_revision = "0013_found_by"
branch_labels = None
depends_on = None

COLUMNS = ("status", "lamp", "warn_at", "due_at", "tenant_id", "case_id")


def upgrade() -> None:
    op.drop_index("ix_clock_running", table_name="clock")
    op.create_index("ix_clock_lamp", "clock", list(COLUMNS))


def downgrade() -> None:
    op.drop_index("ix_clock_lamp", table_name="clock")
    op.create_index("ix_clock_running", "clock", ["status", "warn_at"])
