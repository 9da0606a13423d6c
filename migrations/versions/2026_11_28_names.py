"""Departments and roles have names in other languages; the Chinese one stays their legal one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_names"
down_revision = "0015_rating_steps"
branch_labels = None
depends_on = None

NAMES = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("department", sa.Column("names", NAMES, nullable=True))
    op.add_column("role", sa.Column("names", NAMES, nullable=True))


def downgrade() -> None:
    op.drop_column("role", "names")
    op.drop_column("department", "names")
