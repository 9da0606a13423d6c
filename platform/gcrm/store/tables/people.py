"""Who there is: tenants, accounts, parties, identifiers, representations, sessions."""

from sqlalchemy import (
    Boolean,
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

tenant = Table(
    "tenant",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("host", String(255), unique=True),  # null: answers every host name
    Column("zone", String(64), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("created_at", Moment, nullable=False),
)

party = Table(
    "party",
    metadata,
    tenant_id(),
    own_id(),
    Column("kind", String(16), nullable=False),  # natural | organisation | unidentified
    Column("name", Text, nullable=False),
    Column("merged_into", Id),
    Column("erased_at", Moment),
    Column("created_at", Moment, nullable=False),
)

account = Table(
    "account",
    metadata,
    tenant_id(),
    own_id(),
    Column("party_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),  # citizen | staff | service
    Column("login", String(120)),  # casefolded; staff
    Column("phone_index", LargeBinary(32)),  # blind index; citizens
    Column("phone_sealed", LargeBinary),
    Column("phone_mask", String(20)),
    Column("password_hash", Text),
    Column("password_changed_at", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Moment),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column(
        "assurance", Integer, nullable=False, server_default="0"
    ),  # 1 phone, 2 real name, 3 face or card
    Column("locale", String(10)),
    Column("created_at", Moment, nullable=False),
    # staff: the first password was somebody else's choice; how the office reaches them
    Column("must_change", Boolean, nullable=False, server_default="0"),
    Column("contact_sealed", LargeBinary),  # {"phone", "mail"} under the party's key
    Column("mail_mask", String(64)),
    Column("rev", Integer, nullable=False, server_default="1"),
    ForeignKeyConstraint(["tenant_id", "party_id"], ["party.tenant_id", "party.id"]),
    Index("uq_account_login", "tenant_id", "login", unique=True),
    Index("uq_account_phone", "tenant_id", "phone_index", unique=True),
    Index("ix_account_party", "tenant_id", "party_id"),
)

password_history = Table(
    "password_history",
    metadata,
    tenant_id(),
    own_id(),
    Column("account_id", Id, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_password_history_account", "tenant_id", "account_id"),
)

identifier = Table(
    "identifier",
    metadata,
    tenant_id(),
    own_id(),
    Column("party_id", Id, nullable=False),
    Column("kind", String(24), nullable=False),  # resident_id | uscc | phone | passport ...
    Column("blind_index", LargeBinary(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("mask", String(64), nullable=False),
    Column("source", String(40), nullable=False),
    Column("assurance", Integer, nullable=False),
    Column("evidence", Text),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "party_id"], ["party.tenant_id", "party.id"]),
    Index("uq_identifier_value", "tenant_id", "kind", "blind_index", unique=True),
    Index("ix_identifier_party", "tenant_id", "party_id"),
)

representation = Table(
    "representation",
    metadata,
    tenant_id(),
    own_id(),
    Column("principal_id", Id, nullable=False),
    Column("representative_id", Id, nullable=False),
    Column(
        "kind", String(24), nullable=False
    ),  # parent | agent | legal_representative | handler | helper
    Column("scope", String(60), nullable=False),  # "*" or an app id
    Column("staff_number", String(40)),
    Column("proof", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "principal_id"], ["party.tenant_id", "party.id"]),
    ForeignKeyConstraint(["tenant_id", "representative_id"], ["party.tenant_id", "party.id"]),
    Index("ix_representation_representative", "tenant_id", "representative_id"),
)

party_merge = Table(
    "party_merge",
    metadata,
    tenant_id(),
    own_id(),
    Column("kept_id", Id, nullable=False),
    Column("merged_id", Id, nullable=False),
    Column("merged_by", Id, nullable=False),
    Column("merged_at", Moment, nullable=False),
    Column("undone_at", Moment),
)

session = Table(
    "session",
    metadata,
    tenant_id(),
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("address", String(45), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("confirmed_at", Moment),  # when the password was last given again
    ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.id"]),
    Index("ix_session_account", "tenant_id", "account_id"),
)

parked_form = Table(
    "parked_form",
    metadata,
    tenant_id(),
    Column("account_id", Id, primary_key=True, autoincrement=False),  # one for each account
    Column("sealed", LargeBinary, nullable=False),  # where it was posted to, and what
    Column("parked_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.id"]),
    Index("ix_parked_form_age", "parked_at"),
)

login_throttle = Table(
    "login_throttle",
    metadata,
    tenant_id(),
    Column("subject", String(120), primary_key=True),  # "address:…" or "phone:…" (hashed)
    Column("failures", Integer, nullable=False),
    Column("window_from", Moment, nullable=False),
    Column("locked_until", Moment),
)

phone_code = Table(
    "phone_code",
    metadata,
    tenant_id(),
    own_id(),
    Column("phone_index", LargeBinary(32), nullable=False),
    Column("purpose", String(24), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("ix_phone_code_phone", "tenant_id", "phone_index", "created_at"),
)

second_factor = Table(
    "second_factor",
    metadata,
    tenant_id(),
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("last_step", Id, nullable=False),  # of the last code taken: each is good once
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),  # null: not in use yet
    ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.id"]),
)
