"""What happened: cases, submissions, the one event log, records, attachments."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

_LISTED = (
    "mode", "submitted_at", "id", "app_id", "state", "outcome", "accepted_at", "decided_at",
    "closed_at",
)  # fmt: skip
_COUNTED = ("handled_days", "on_time")

case = Table(
    "case",
    metadata,
    tenant_id(),
    own_id(),
    Column("number", String(40)),  # gapless per year and item; trials have none
    Column("lookup_code", String(24), nullable=False),  # unguessable
    Column("app_id", String(40), nullable=False),
    Column("release", Integer, nullable=False),
    Column("item_variant_id", Id, nullable=False),
    Column("parent_id", Id),
    Column("root_id", Id, nullable=False),
    Column("mode", String(8), nullable=False),  # real | trial
    Column("title", Text, nullable=False),
    Column("applicant_id", Id, nullable=False),
    Column("department_id", Id),  # owner office
    Column("region_code", String(12)),
    Column("grid_id", Id),
    # projections of the event log, rebuilt by selfcheck
    Column("state", String(16), nullable=False),  # the fifteen of apps.md 0.4
    Column("step_id", String(40)),
    Column("outcome", String(24)),
    Column("submitted_at", Moment),
    Column("accepted_at", Moment),
    Column("decided_at", Moment),
    Column("closed_at", Moment),
    Column("events", Integer, nullable=False),  # how many there are
    # told by the clock of what was promised once it stopped, rebuilt by selfcheck
    Column("handled_days", Integer),  # working days, without those on which it stood still
    Column("on_time", Boolean),
    Column("rev", Integer, nullable=False),
    Index("uq_case_number", "tenant_id", "number", unique=True),
    Index("uq_case_lookup", "tenant_id", "lookup_code", unique=True),
    Index("ix_case_applicant", "tenant_id", "applicant_id", "submitted_at"),
    # The two below hold all that lists, counts and boards ask of a case, so that a
    # hundred thousand rows are judged without touching one.
    Index("ix_case_department", "tenant_id", "department_id", *_LISTED, "region_code", *_COUNTED),
    Index("ix_case_region", "tenant_id", "region_code", *_LISTED, "department_id", *_COUNTED),
    Index("ix_case_root", "tenant_id", "root_id"),
)

case_number = Table(
    "case_number",
    metadata,
    tenant_id(),
    Column("prefix", String(12), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

case_outcome = Table(
    "case_outcome",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("data", Document, nullable=False),
    Column("decided_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_case_outcome_case", "tenant_id", "case_id"),
)

case_participant = Table(
    "case_participant",
    metadata,
    tenant_id(),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("party_id", Id, primary_key=True, autoincrement=False),
    Column(
        "role", String(16), primary_key=True
    ),  # applicant | beneficiary | co_applicant | agent | helper | payee
    Column("confirmed_at", Moment),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    ForeignKeyConstraint(["tenant_id", "party_id"], ["party.tenant_id", "party.id"]),
    Index("ix_case_participant_party", "tenant_id", "party_id"),
)

submission = Table(
    "submission",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("step_id", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("app_id", String(40), nullable=False),
    Column("release", Integer, nullable=False),
    Column("form_id", String(40), nullable=False),
    Column("account_id", Id, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("on_behalf_of", Id),
    Column(
        "snapshot", Text, nullable=False
    ),  # canonical JSON, sensitive values sealed; never changed
    Column("digest", String(64), nullable=False),
    Column("submitted_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_submission_case", "tenant_id", "case_id"),
)

event = Table(
    "event",
    metadata,
    tenant_id(),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Id),  # party; null: the system
    Column("on_behalf_of", Id),
    Column("task_id", Id),
    Column("data", Document, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
)

opinion = Table(
    "opinion",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("task_id", Id, nullable=False),
    Column("step_id", String(40), nullable=False),
    Column("party_id", Id, nullable=False),
    Column("verb", String(24), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_opinion_case", "tenant_id", "case_id"),
)

form_draft = Table(
    "form_draft",
    metadata,
    tenant_id(),
    own_id(),
    Column("account_id", Id, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("app_id", String(40), nullable=False),
    Column("release", Integer, nullable=False),
    Column("item_variant_id", Id, nullable=False),
    Column("form_id", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # JSON of values and of what was typed
    Column("position", String(40), nullable=False),  # section
    Column("key", String(32), nullable=False),  # the idempotency key of its submission
    Column("rev", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_form_draft_account", "tenant_id", "account_id", "app_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    tenant_id(),
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("form", String(80), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", Text, nullable=False),  # address of the answer page
    Column("created_at", Moment, nullable=False),
    Index("ix_idempotency_created", "created_at"),
)

attachment = Table(
    "attachment",
    metadata,
    tenant_id(),
    own_id(),
    Column("party_id", Id, nullable=False),  # whose key seals it
    Column("case_id", Id),
    Column("draft_id", Id),
    Column("field_id", String(40), nullable=False),
    Column("digest", String(64), nullable=False),  # keyed digest of the content
    Column("name_sealed", LargeBinary, nullable=False),
    Column("media_type", String(80), nullable=False),  # sniffed, never as sent
    Column("size", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # waiting | clean | infected
    Column("uploaded_by", Id, nullable=False),
    Column("uploaded_at", Moment, nullable=False),
    Index("ix_attachment_case", "tenant_id", "case_id"),
    Index("ix_attachment_draft", "tenant_id", "draft_id"),
)

record_table = Table(
    "record_table",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("form_id", String(40), primary_key=True),
    Column("subtable_id", String(40), primary_key=True),  # "" for the form itself
    Column(
        "part", Integer, primary_key=True, autoincrement=False
    ),  # past 200 columns a second table
    Column("name", String(40), nullable=False, unique=True),  # r_…
    Column("structure", Integer, nullable=False),  # version of the fixed columns
)

record_column = Table(
    "record_column",
    metadata,
    tenant_id(),
    Column("app_id", String(40), primary_key=True),
    Column("form_id", String(40), primary_key=True),
    Column("subtable_id", String(40), primary_key=True),
    Column("field_id", String(80), primary_key=True),
    Column("part", Integer, nullable=False),
    Column("name", String(40), nullable=False),  # c_…
    Column(
        "kind", String(16), nullable=False
    ),  # text | whole | decimal | date | moment | boolean | list | index
    Column("scale", Integer, nullable=False, server_default="0"),
    Column("since_release", Integer, nullable=False),
)
