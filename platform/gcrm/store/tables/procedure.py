"""What a case goes through beside its steps: corrections, publicity, objections."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

correction = Table(
    "correction",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("task_id", Id, nullable=False),
    Column("step_id", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # open | answered | expired | cancelled
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("list_sealed", LargeBinary, nullable=False),  # what to mend, and why once more
    Column("key", String(32), nullable=False),  # the idempotency key of its answer
    Column("draft_sealed", LargeBinary),  # what the applicant has filled in so far
    Column("draft_rev", Integer, nullable=False),
    Column("answered_at", Moment),
    Column("answered_by", Id),
    Column("answer_sealed", LargeBinary),  # what they said beside the corrected answers
    Column("submission_id", Id),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_correction_case", "tenant_id", "case_id"),
)

publicity = Table(
    "publicity",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("app_id", String(40), nullable=False),
    Column("mode", String(8), nullable=False),  # real | trial
    Column("instance_id", Id),
    Column("key", String(80)),  # of the process's token that waits for its end
    Column("round", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # open | over | objected | cancelled
    Column("shown", Document, nullable=False),  # exactly what the app declares public, masked
    Column("region_code", String(12)),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_publicity_open", "tenant_id", "status", "ends_at"),
    Index("ix_publicity_case", "tenant_id", "case_id"),
)

objection = Table(
    "objection",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("publicity_id", Id, nullable=False),
    Column("channel", String(12), nullable=False),  # online | window
    Column("entered_by", Id, nullable=False),  # party: the objector, or the clerk at the window
    Column("text_sealed", LargeBinary, nullable=False),  # who says so, how to reach them, what
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_objection_case", "tenant_id", "case_id"),
)
