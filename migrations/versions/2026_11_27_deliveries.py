"""Every attempt to tell somebody something, and how people want to be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0011_deliveries"
down_revision = "0010_second_factor"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False)


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, ID, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.add_column("notice", sa.Column("receipt", sa.String(length=120), nullable=True))
    op.add_column("notice", sa.Column("delivered_at", MOMENT, nullable=True))
    op.create_index("ix_notice_receipt", "notice", ["tenant_id", "receipt"])
    op.create_index("ix_notice_log", "notice", ["tenant_id", "channel", "status", "created_at"])
    op.create_table(
        "contact",
        _tenant(),
        _id("account_id"),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("mail_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mail_mask", sa.String(length=64), nullable=False),
        sa.Column("mail_since", MOMENT, nullable=True),
        sa.Column("sms", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("night", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_party", "contact", ["tenant_id", "party_id"])
    op.create_table(
        "mail_code",
        _tenant(),
        _id(),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("mail_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mail_mask", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_code")),
    )
    op.create_index("ix_mail_code_account", "mail_code", ["tenant_id", "account_id", "created_at"])
    op.create_table(
        "delivery",
        _tenant(),
        _id(),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("receipt", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_notice", "delivery", ["tenant_id", "notice_id", "at"])
    op.create_index(
        "uq_delivery_result",
        "delivery",
        ["tenant_id", "notice_id", "attempt", "result"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("mail_code")
    op.drop_table("contact")
    op.drop_index("ix_notice_log", "notice")
    op.drop_index("ix_notice_receipt", "notice")
    op.drop_column("notice", "delivered_at")
    op.drop_column("notice", "receipt")
