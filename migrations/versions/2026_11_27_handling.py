"""How long each case took stands in the case, and indexes hold all that boards ask."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from gcrm.runtime.calendars import read_calendar
from gcrm.runtime.handling import settle_all

revision = "0012_handling"
down_revision = "0011_deliveries"
branch_labels = None
depends_on = None

LISTED = (
    "mode", "submitted_at", "id", "app_id", "state", "outcome", "accepted_at", "decided_at",
    "closed_at",
)  # fmt: skip
COUNTED = ("handled_days", "on_time")
KEYS = {"ix_case_department": ("department_id", "region_code")}
KEYS |= {"ix_case_region": ("region_code", "department_id")}


def upgrade() -> None:
    for name in KEYS:
        op.drop_index(name, table_name="case")
    op.add_column("case", sa.Column("handled_days", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("on_time", sa.Boolean(), nullable=True))
    # The same counting as every day after this one: it names its columns, all of them older.
    bind, now = op.get_bind(), dt.datetime.now(dt.UTC)
    for tenant in bind.execute(sa.text("SELECT id FROM tenant")).scalars().all():
        settle_all(bind, tenant, read_calendar(bind, tenant), now)
    for name, (key, other) in KEYS.items():
        op.create_index(name, "case", ["tenant_id", key, *LISTED, other, *COUNTED])
    op.create_index(
        "ix_rating_of_case", "rating", ["tenant_id", "case_id", "counted", "score", "rated_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_rating_of_case", table_name="rating")
    for name, (key, other) in KEYS.items():
        op.drop_index(name, table_name="case")
        op.create_index(name, "case", ["tenant_id", key, *LISTED, other])
    op.drop_column("case", "on_time")
    op.drop_column("case", "handled_days")
