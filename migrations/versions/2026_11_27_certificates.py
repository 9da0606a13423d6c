"""Certificates and letters that decisions bring, and their verifications."""

import sqlalchemy as sa
from alembic import op

revision = "0007_certificates"
down_revision = "0006_catalogue"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("issue_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("holder_id", ID, nullable=False),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("issuer_id", ID, nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", ID, nullable=True),
        sa.Column("revocation_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_certificate_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "holder_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_certificate_tenant_id_holder_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_certificate")),
    )
    for name, columns in (
        ("uq_certificate_number", ["tenant_id", "number"]),
        ("uq_certificate_code", ["tenant_id", "code"]),
        ("uq_certificate_issue", ["tenant_id", "case_id", "issue_id"]),
    ):
        op.create_index(name, "certificate", columns, unique=True)
    op.create_table(
        "certificate_check",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("certificate_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "certificate_id"],
            ["certificate.tenant_id", "certificate.id"],
            name=op.f("fk_certificate_check_tenant_id_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_certificate_check")),
    )
    op.create_index(
        "ix_certificate_check_certificate",
        "certificate_check",
        ["tenant_id", "certificate_id", "at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("certificate_check")
    op.drop_table("certificate")
