"""How people are reached: their choice of channels, and each attempt to tell them something."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table

from gcrm.store.columns import Id, Moment, metadata, own_id, tenant_id

contact = Table(
    "contact",
    metadata,
    tenant_id(),
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("party_id", Id, nullable=False),  # under whose key the address is sealed
    Column("mail_sealed", LargeBinary),  # only an address that the person confirmed
    Column("mail_mask", String(64), nullable=False),
    Column("mail_since", Moment),
    Column("sms", Boolean, nullable=False),
    Column("mail", Boolean, nullable=False),
    Column("night", Boolean, nullable=False),  # also what is not urgent, also at night
    Column("changed_at", Moment, nullable=False),
    Index("ix_contact_party", "tenant_id", "party_id"),
)

mail_code = Table(
    "mail_code",
    metadata,
    tenant_id(),
    own_id(),
    Column("account_id", Id, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("mail_sealed", LargeBinary, nullable=False),  # the address that is to be confirmed
    Column("mail_mask", String(64), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("ix_mail_code_account", "tenant_id", "account_id", "created_at"),
)

delivery = Table(
    "delivery",
    metadata,
    tenant_id(),
    own_id(),
    Column("notice_id", Id, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("result", String(12), nullable=False),  # sent | failed | delivered | undelivered
    Column("code", String(60), nullable=False),  # the other system's own answer
    Column("receipt", String(120), nullable=False),  # its number for the message
    Index("ix_delivery_notice", "tenant_id", "notice_id", "at"),
    Index("uq_delivery_result", "tenant_id", "notice_id", "attempt", "result", unique=True),
)
