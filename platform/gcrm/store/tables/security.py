"""What keeps the rest honest: keys, audit chains, seals."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, text

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

sealing_key = Table(
    "sealing_key",
    metadata,
    tenant_id(),
    Column("party_id", Id, primary_key=True, autoincrement=False),  # 0: the tenant's own key
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary),  # null once destroyed
    Column("created_at", Moment, nullable=False),
    Column("destroyed_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    tenant_id(),
    own_id(),
    Column("chain", String(32), nullable=False),  # "case:…", "party:…", "tenant"
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Id),  # party; null: the system
    Column("account_id", Id),
    Column("action", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("data", Document, nullable=False),  # ids, codes, masks
    Column("request_id", String(40)),
    Column("hash", LargeBinary(32), nullable=False),  # HMAC over the row and the previous hash
    Column("sealed_by", Integer),  # audit_seal.seq; outside the hash, set once by the sealer
    Index("ix_audit_actor", "tenant_id", "actor_id", "id"),
    Index("uq_audit_chain", "tenant_id", "chain", "seq", unique=True),
    Index(
        "ix_audit_unsealed",
        "tenant_id",
        "id",
        sqlite_where=text("sealed_by IS NULL"),
        postgresql_where=text("sealed_by IS NULL"),
    ),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    tenant_id(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("entries", Document, nullable=False),  # [[audit id, hash hex], …] in order of id
    Column("hash", LargeBinary(32), nullable=False),
)
