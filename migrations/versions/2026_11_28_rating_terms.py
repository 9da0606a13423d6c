"""Terms of bad ratings: from when they count, whether one was made longer, and who contests one."""

import sqlalchemy as sa
from alembic import op

revision = "0017_rating_terms"
down_revision = "0016_names"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
COLUMNS = (
    ("due_from", MOMENT),
    ("rectify_from", MOMENT),
    ("extend_state", sa.String(length=8)),
    ("extend_days", sa.Integer()),
    ("extend_by", ID),
    ("contest_state", sa.String(length=8)),
    ("contest_ground", sa.String(length=12)),
    ("contest_by", ID),
    ("contest_file", ID),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("rating", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE rating SET due_from = rated_at WHERE due_at IS NOT NULL")
    op.execute(
        "UPDATE rating SET rectify_from = (SELECT max(rating_step.at) FROM rating_step"
        " WHERE rating_step.tenant_id = rating.tenant_id AND rating_step.rating_id = rating.id"
        " AND rating_step.step = 'taken') WHERE rectify_due_at IS NOT NULL"
    )


def downgrade() -> None:
    for name, _kind in reversed(COLUMNS):
        op.drop_column("rating", name)
