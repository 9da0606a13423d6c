"""Papers that decisions brought: certificates and letters, and how often they were verified."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gcrm.store.columns import Id, Moment, metadata, own_id, tenant_id

certificate = Table(
    "certificate",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("issue_id", String(40), nullable=False),  # of the item variant in app.json
    Column("kind", String(12), nullable=False),  # certificate | letter
    Column("app_id", String(40), nullable=False),
    Column("release", Integer, nullable=False),
    Column("paper_id", String(40), nullable=False),
    Column("number", String(40), nullable=False),  # gapless per year and prefix
    Column("code", String(24), nullable=False),  # for verifying; unguessable
    Column("holder_id", Id, nullable=False),
    Column("holder_sealed", LargeBinary, nullable=False),
    Column("issuer_id", Id),  # department
    Column("issuer", Text, nullable=False),  # its name on the day of issue
    Column("issued_at", Moment, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # null: without end
    Column("status", String(12), nullable=False),  # issuing | valid | revoked
    Column("blob", String(64)),  # address of the sealed PDF
    Column("digest", String(64)),  # SHA-256 of the PDF, to compare copies with
    Column("size", Integer),
    Column("revoked_at", Moment),
    Column("revoked_by", Id),
    Column("revocation_sealed", LargeBinary),  # reason and rule
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    ForeignKeyConstraint(["tenant_id", "holder_id"], ["party.tenant_id", "party.id"]),
    Index("uq_certificate_number", "tenant_id", "number", unique=True),
    Index("uq_certificate_code", "tenant_id", "code", unique=True),
    Index("uq_certificate_issue", "tenant_id", "case_id", "issue_id", unique=True),
)

certificate_check = Table(
    "certificate_check",
    metadata,
    tenant_id(),
    own_id(),
    Column("certificate_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("way", String(8), nullable=False),  # code | link | file; nobody is written down
    Column("result", String(12), nullable=False),  # valid | expired | revoked | issuing | other
    ForeignKeyConstraint(
        ["tenant_id", "certificate_id"], ["certificate.tenant_id", "certificate.id"]
    ),
    Index("ix_certificate_check_certificate", "tenant_id", "certificate_id", "at"),
)
