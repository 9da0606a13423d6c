"""Indexes for reading: lists, counts and boards over a hundred thousand cases."""

import sqlalchemy as sa
from alembic import op

revision = "0009_reading"
down_revision = "0008_publicity_key"
branch_labels = None
depends_on = None

LISTED = (
    "mode", "submitted_at", "id", "app_id", "state", "outcome", "accepted_at", "decided_at",
    "closed_at",
)  # fmt: skip
CLOCK = (
    "tenant_id", "case_id", "kind", "status", "due_at", "warn_at", "counts_from", "stopped_at",
    "id", "task_id",
)  # fmt: skip
KEYS = {"ix_case_department": ("department_id", "region_code")}
KEYS |= {"ix_case_region": ("region_code", "department_id")}


def upgrade() -> None:
    for name, (key, other) in KEYS.items():
        op.drop_index(name, table_name="case")
        op.create_index(name, "case", ["tenant_id", key, *LISTED, other])
    alone = sa.text("task_id IS NULL")
    op.create_index(
        "ix_clock_of_case", "clock", list(CLOCK), sqlite_where=alone, postgresql_where=alone
    )


def downgrade() -> None:
    op.drop_index("ix_clock_of_case", table_name="clock")
    for name, (key, _other) in KEYS.items():
        op.drop_index(name, table_name="case")
        op.create_index(name, "case", ["tenant_id", key, "state"])
