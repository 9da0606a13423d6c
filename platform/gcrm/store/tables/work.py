"""What is still to be done: jobs, the outbox, notices, incidents."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

job = Table(
    "job",
    metadata,
    tenant_id(),
    own_id(),
    Column("kind", String(40), nullable=False),
    Column("payload", Document, nullable=False),  # ids only
    Column("status", String(12), nullable=False),  # waiting | running | done | failed
    Column("run_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("attempt", Integer, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index("ix_job_next", "status", "run_at"),
)

outbox = Table(
    "outbox",
    metadata,
    tenant_id(),
    own_id(),
    Column("topic", String(40), nullable=False),
    Column("case_id", Id),
    Column("payload", Document, nullable=False),  # ids and codes; no personal data in clear
    Column("created_at", Moment, nullable=False),
    Column("applied_at", Moment),
    Index("ix_outbox_waiting", "applied_at", "id"),
)

notice = Table(
    "notice",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id),
    Column("party_id", Id, nullable=False),
    Column("template", String(40), nullable=False),
    Column("channel", String(12), nullable=False),  # sms | in_app | mail
    Column("to_mask", String(64), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("status", String(12), nullable=False),  # waiting | sent | delivered | failed
    Column("attempt", Integer, nullable=False),
    Column("error", Text),
    Column("outbox_id", Id, nullable=False),  # with party and channel: applied once
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("read_at", Moment),
    Column("receipt", String(120)),  # the other system's number for the message
    Column("delivered_at", Moment),
    Index(
        "uq_notice_origin", "tenant_id", "outbox_id", "party_id", "channel", "template", unique=True
    ),
    Index("ix_notice_party", "tenant_id", "party_id", "created_at"),
    Index("ix_notice_case", "tenant_id", "case_id"),
    Index("ix_notice_receipt", "tenant_id", "receipt"),
    Index("ix_notice_log", "tenant_id", "channel", "status", "created_at"),
)

sms_message = Table(
    "sms_message",
    metadata,
    tenant_id(),
    own_id(),
    Column("phone_mask", String(20), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # number and text
    Column("kind", String(24), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Index("ix_sms_message_sent", "tenant_id", "sent_at"),
)

incident = Table(
    "incident",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id),
    Column("instance_id", Id),
    Column("job_id", Id),
    Column("code", String(40), nullable=False),
    Column("data", Document, nullable=False),
    Column("status", String(12), nullable=False),  # open | resolved
    Column("created_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_by", Id),
    Column("note_sealed", LargeBinary),  # why it was closed, under the tenant's key
    Index("ix_incident_open", "tenant_id", "status", "created_at"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    tenant_id(),
    Column("name", String(24), primary_key=True),  # worker
    Column("seen_at", Moment, nullable=False),
    Column("failing", String(80), nullable=False),  # duties that failed in its last round
)
