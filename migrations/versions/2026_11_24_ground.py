"""The ground: all tables of the house."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "app",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("current_release", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_app")),
    )
    op.create_table(
        "attachment",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("draft_id", ID, nullable=True),
        sa.Column("field_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("uploaded_by", ID, nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_case", "attachment", ["tenant_id", "case_id"], unique=False)
    op.create_index("ix_attachment_draft", "attachment", ["tenant_id", "draft_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit")),
    )
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["tenant_id", "id"],
        unique=False,
        sqlite_where=sa.text("sealed_by IS NULL"),
        postgresql_where=sa.text("sealed_by IS NULL"),
    )
    op.create_index("uq_audit_chain", "audit", ["tenant_id", "chain", "seq"], unique=True)
    op.create_table(
        "audit_seal",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("entries", DOCUMENT, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "calendar",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "code", name=op.f("pk_calendar")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "calendar", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "calendar", "year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "case",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("lookup_code", sa.String(length=24), nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("item_variant_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("root_id", ID, nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("applicant_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("grid_id", ID, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step_id", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case")),
    )
    op.create_index(
        "ix_case_applicant", "case", ["tenant_id", "applicant_id", "submitted_at"], unique=False
    )
    op.create_index(
        "ix_case_department", "case", ["tenant_id", "department_id", "state"], unique=False
    )
    op.create_index("ix_case_region", "case", ["tenant_id", "region_code", "state"], unique=False)
    op.create_index("ix_case_root", "case", ["tenant_id", "root_id"], unique=False)
    op.create_index("uq_case_lookup", "case", ["tenant_id", "lookup_code"], unique=True)
    op.create_index("uq_case_number", "case", ["tenant_id", "number"], unique=True)
    op.create_table(
        "case_number",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "prefix", "year", name=op.f("pk_case_number")),
    )
    op.create_table(
        "clock_suspension",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("clock_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT, nullable=True),
        sa.Column("expected_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clock_suspension")),
    )
    op.create_index(
        "ix_clock_suspension_clock", "clock_suspension", ["tenant_id", "clock_id"], unique=False
    )
    op.create_table(
        "department",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_department")),
    )
    op.create_index("ix_department_parent", "department", ["tenant_id", "parent_id"], unique=False)
    op.create_index("uq_department_code", "department", ["tenant_id", "code"], unique=True)
    op.create_table(
        "dictionary",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "code", name=op.f("pk_dictionary")),
    )
    op.create_table(
        "draft_change",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("patch", DOCUMENT, nullable=False),
        sa.Column("changed_by", ID, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "app_id", "revision", name=op.f("pk_draft_change")),
    )
    op.create_table(
        "form_draft",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("item_variant_id", ID, nullable=False),
        sa.Column("form_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_draft")),
    )
    op.create_index(
        "ix_form_draft_account", "form_draft", ["tenant_id", "account_id", "app_id"], unique=False
    )
    op.create_table(
        "grid",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grid")),
    )
    op.create_index("uq_grid_code", "grid", ["tenant_id", "code"], unique=True)
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "account_id", "form", "key", name=op.f("pk_idempotency")
        ),
    )
    op.create_index("ix_idempotency_created", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("instance_id", ID, nullable=True),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolved_by", ID, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_incident")),
    )
    op.create_index(
        "ix_incident_open", "incident", ["tenant_id", "status", "created_at"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_next", "job", ["status", "run_at"], unique=False)
    op.create_table(
        "login_throttle",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_from", MOMENT, nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "subject", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "notice",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("to_mask", sa.String(length=64), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("outbox_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_case", "notice", ["tenant_id", "case_id"], unique=False)
    op.create_index(
        "ix_notice_party", "notice", ["tenant_id", "party_id", "created_at"], unique=False
    )
    op.create_index(
        "uq_notice_origin",
        "notice",
        ["tenant_id", "outbox_id", "party_id", "channel", "template"],
        unique=True,
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["applied_at", "id"], unique=False)
    op.create_table(
        "parameter",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_parameter")),
    )
    op.create_index("ix_parameter_code", "parameter", ["tenant_id", "app_id", "code"], unique=False)
    op.create_table(
        "party",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party")),
    )
    op.create_table(
        "party_merge",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kept_id", ID, nullable=False),
        sa.Column("merged_id", ID, nullable=False),
        sa.Column("merged_by", ID, nullable=False),
        sa.Column("merged_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party_merge")),
    )
    op.create_table(
        "password_history",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_password_history")),
    )
    op.create_index(
        "ix_password_history_account", "password_history", ["tenant_id", "account_id"], unique=False
    )
    op.create_table(
        "phone_code",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("phone_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_phone_code")),
    )
    op.create_index(
        "ix_phone_code_phone",
        "phone_code",
        ["tenant_id", "phone_index", "created_at"],
        unique=False,
    )
    op.create_table(
        "record_column",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("form_id", sa.String(length=40), nullable=False),
        sa.Column("subtable_id", sa.String(length=40), nullable=False),
        sa.Column("field_id", sa.String(length=80), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scale", sa.Integer(), server_default="0", nullable=False),
        sa.Column("since_release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "app_id",
            "form_id",
            "subtable_id",
            "field_id",
            name=op.f("pk_record_column"),
        ),
    )
    op.create_table(
        "record_table",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("form_id", sa.String(length=40), nullable=False),
        sa.Column("subtable_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("structure", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "app_id", "form_id", "subtable_id", "part", name=op.f("pk_record_table")
        ),
        sa.UniqueConstraint("name", name=op.f("uq_record_table_name")),
    )
    op.create_table(
        "region",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.String(length=12), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "code", name=op.f("pk_region")),
    )
    op.create_index("ix_region_parent", "region", ["tenant_id", "parent_code"], unique=False)
    op.create_table(
        "role",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=True),
        sa.Column("excludes", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "code", name=op.f("pk_role")),
    )
    op.create_table(
        "sealing_key",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_id", ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", "version", name=op.f("pk_sealing_key")),
    )
    op.create_table(
        "service_item",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("base_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item_type", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("spec", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_service_item")),
    )
    op.create_index("uq_service_item_code", "service_item", ["tenant_id", "base_code"], unique=True)
    op.create_table(
        "sms_message",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("phone_mask", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sms_message")),
    )
    op.create_index("ix_sms_message_sent", "sms_message", ["tenant_id", "sent_at"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("code", name=op.f("uq_tenant_code")),
        sa.UniqueConstraint("host", name=op.f("uq_tenant_host")),
    )
    op.create_table(
        "timer",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=True),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_case", "timer", ["tenant_id", "case_id"], unique=False)
    op.create_index("ix_timer_due", "timer", ["status", "due_at"], unique=False)
    op.create_table(
        "vote",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("step_id", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("vote", sa.String(length=24), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_vote")),
    )
    op.create_index(
        "ix_vote_step", "vote", ["tenant_id", "case_id", "step_id", "round"], unique=False
    )
    op.create_index("uq_vote", "vote", ["tenant_id", "task_id", "party_id"], unique=True)
    op.create_table(
        "account",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_mask", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("disabled", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("assurance", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_account_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account")),
    )
    op.create_index("uq_account_login", "account", ["tenant_id", "login"], unique=True)
    op.create_index("uq_account_phone", "account", ["tenant_id", "phone_index"], unique=True)
    op.create_table(
        "case_outcome",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_case_outcome_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_outcome")),
    )
    op.create_index("ix_case_outcome_case", "case_outcome", ["tenant_id", "case_id"], unique=False)
    op.create_table(
        "case_participant",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", ID, autoincrement=False, nullable=False),
        sa.Column("party_id", ID, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_case_participant_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_case_participant_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "case_id", "party_id", "role", name=op.f("pk_case_participant")
        ),
    )
    op.create_index(
        "ix_case_participant_party", "case_participant", ["tenant_id", "party_id"], unique=False
    )
    op.create_table(
        "clock",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=4), nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("counts_from", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("warn_at", MOMENT, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("lamp", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_clock_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_case", "clock", ["tenant_id", "case_id"], unique=False)
    op.create_index("ix_clock_running", "clock", ["status", "warn_at"], unique=False)
    op.create_table(
        "dictionary_entry",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dictionary", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.String(length=40), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "dictionary"],
            ["dictionary.tenant_id", "dictionary.code"],
            name=op.f("fk_dictionary_entry_tenant_id_dictionary"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "dictionary", "code", "valid_from", name=op.f("pk_dictionary_entry")
        ),
    )
    op.create_table(
        "draft",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("updated_by", ID, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["app.tenant_id", "app.id"],
            name=op.f("fk_draft_tenant_id_app_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "app_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", ID, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("on_behalf_of", ID, nullable=True),
        sa.Column("task_id", ID, nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_event_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "case_id", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "identifier",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mask", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("assurance", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_identifier_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_identifier")),
    )
    op.create_index("ix_identifier_party", "identifier", ["tenant_id", "party_id"], unique=False)
    op.create_index(
        "uq_identifier_value", "identifier", ["tenant_id", "kind", "blind_index"], unique=True
    )
    op.create_table(
        "instance",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_instance_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_instance")),
    )
    op.create_index("ix_instance_case", "instance", ["tenant_id", "case_id"], unique=False)
    op.create_table(
        "item_variant",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("service_item_id", ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=True),
        sa.Column("number_prefix", sa.String(length=12), nullable=False),
        sa.Column("statutory_value", sa.Integer(), nullable=True),
        sa.Column("statutory_unit", sa.String(length=4), nullable=True),
        sa.Column("promised_value", sa.Integer(), nullable=True),
        sa.Column("promised_unit", sa.String(length=4), nullable=True),
        sa.Column("assurance", sa.Integer(), server_default="1", nullable=False),
        sa.Column("open", sa.Boolean(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "service_item_id"],
            ["service_item.tenant_id", "service_item.id"],
            name=op.f("fk_item_variant_tenant_id_service_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_item_variant")),
    )
    op.create_index("ix_item_variant_app", "item_variant", ["tenant_id", "app_id"], unique=False)
    op.create_index(
        "uq_item_variant_code",
        "item_variant",
        ["tenant_id", "service_item_id", "code"],
        unique=True,
    )
    op.create_table(
        "opinion",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("step_id", sa.String(length=40), nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("verb", sa.String(length=24), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_opinion_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_opinion")),
    )
    op.create_index("ix_opinion_case", "opinion", ["tenant_id", "case_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("compiler", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("published_by", ID, nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["app.tenant_id", "app.id"],
            name=op.f("fk_release_tenant_id_app_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "app_id", "number", name=op.f("pk_release")),
    )
    op.create_table(
        "representation",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("principal_id", ID, nullable=False),
        sa.Column("representative_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("staff_number", sa.String(length=40), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "principal_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_representation_tenant_id_principal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "representative_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_representation_tenant_id_representative_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_representation")),
    )
    op.create_index(
        "ix_representation_representative",
        "representation",
        ["tenant_id", "representative_id"],
        unique=False,
    )
    op.create_table(
        "role_right",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("role_code", sa.String(length=40), nullable=False),
        sa.Column("resource", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("scope", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_code"],
            ["role.tenant_id", "role.code"],
            name=op.f("fk_role_right_tenant_id_role_code"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role_right")),
    )
    op.create_index("ix_role_right_role", "role_right", ["tenant_id", "role_code"], unique=False)
    op.create_table(
        "submission",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("step_id", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("on_behalf_of", ID, nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_submission_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_case", "submission", ["tenant_id", "case_id"], unique=False)
    op.create_table(
        "composite_member",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("member_app", sa.String(length=40), nullable=False),
        sa.Column("member_release", sa.Integer(), nullable=False),
        sa.Column("item_variant", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id", "number"],
            ["release.tenant_id", "release.app_id", "release.number"],
            name=op.f("fk_composite_member_tenant_id_app_id_number"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "app_id", "number", "member_id", name=op.f("pk_composite_member")
        ),
    )
    op.create_table(
        "draft_part",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_by", ID, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["draft.tenant_id", "draft.app_id"],
            name=op.f("fk_draft_part_tenant_id_app_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "app_id", "path", name=op.f("pk_draft_part")),
    )
    op.create_table(
        "post",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.Column("role_code", sa.String(length=40), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("grid_id", ID, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_post_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["department.tenant_id", "department.id"],
            name=op.f("fk_post_tenant_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_post_tenant_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_code"],
            ["role.tenant_id", "role.code"],
            name=op.f("fk_post_tenant_id_role_code"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_post")),
    )
    op.create_index("ix_post_account", "post", ["tenant_id", "account_id"], unique=False)
    op.create_index("ix_post_role", "post", ["tenant_id", "role_code"], unique=False)
    op.create_table(
        "release_part",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id", "number"],
            ["release.tenant_id", "release.app_id", "release.number"],
            name=op.f("fk_release_part_tenant_id_app_id_number"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "app_id", "number", "path", name=op.f("pk_release_part")
        ),
    )
    op.create_table(
        "session",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_session_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_account", "session", ["tenant_id", "account_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("step_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("role_code", sa.String(length=40), nullable=True),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("grid_id", ID, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by", ID, nullable=True),
        sa.Column("verb", sa.String(length=24), nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_task_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_task_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_assignee", "task", ["tenant_id", "assignee_id", "status"], unique=False
    )
    op.create_index("ix_task_case", "task", ["tenant_id", "case_id"], unique=False)
    op.create_index(
        "ix_task_inbox", "task", ["tenant_id", "status", "role_code", "due_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_task_inbox", table_name="task")
    op.drop_index("ix_task_case", table_name="task")
    op.drop_index("ix_task_assignee", table_name="task")
    op.drop_table("task")
    op.drop_index("ix_session_account", table_name="session")
    op.drop_table("session")
    op.drop_table("release_part")
    op.drop_index("ix_post_role", table_name="post")
    op.drop_index("ix_post_account", table_name="post")
    op.drop_table("post")
    op.drop_table("draft_part")
    op.drop_table("composite_member")
    op.drop_index("ix_submission_case", table_name="submission")
    op.drop_table("submission")
    op.drop_index("ix_role_right_role", table_name="role_right")
    op.drop_table("role_right")
    op.drop_index("ix_representation_representative", table_name="representation")
    op.drop_table("representation")
    op.drop_table("release")
    op.drop_index("ix_opinion_case", table_name="opinion")
    op.drop_table("opinion")
    op.drop_index("uq_item_variant_code", table_name="item_variant")
    op.drop_index("ix_item_variant_app", table_name="item_variant")
    op.drop_table("item_variant")
    op.drop_index("ix_instance_case", table_name="instance")
    op.drop_table("instance")
    op.drop_index("uq_identifier_value", table_name="identifier")
    op.drop_index("ix_identifier_party", table_name="identifier")
    op.drop_table("identifier")
    op.drop_table("event")
    op.drop_table("draft")
    op.drop_table("dictionary_entry")
    op.drop_index("ix_clock_running", table_name="clock")
    op.drop_index("ix_clock_case", table_name="clock")
    op.drop_table("clock")
    op.drop_index("ix_case_participant_party", table_name="case_participant")
    op.drop_table("case_participant")
    op.drop_index("ix_case_outcome_case", table_name="case_outcome")
    op.drop_table("case_outcome")
    op.drop_index("uq_account_phone", table_name="account")
    op.drop_index("uq_account_login", table_name="account")
    op.drop_table("account")
    op.drop_index("uq_vote", table_name="vote")
    op.drop_index("ix_vote_step", table_name="vote")
    op.drop_table("vote")
    op.drop_index("ix_timer_due", table_name="timer")
    op.drop_index("ix_timer_case", table_name="timer")
    op.drop_table("timer")
    op.drop_table("tenant")
    op.drop_index("ix_sms_message_sent", table_name="sms_message")
    op.drop_table("sms_message")
    op.drop_index("uq_service_item_code", table_name="service_item")
    op.drop_table("service_item")
    op.drop_table("sealing_key")
    op.drop_table("role")
    op.drop_index("ix_region_parent", table_name="region")
    op.drop_table("region")
    op.drop_table("record_table")
    op.drop_table("record_column")
    op.drop_index("ix_phone_code_phone", table_name="phone_code")
    op.drop_table("phone_code")
    op.drop_index("ix_password_history_account", table_name="password_history")
    op.drop_table("password_history")
    op.drop_table("party_merge")
    op.drop_table("party")
    op.drop_index("ix_parameter_code", table_name="parameter")
    op.drop_table("parameter")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("uq_notice_origin", table_name="notice")
    op.drop_index("ix_notice_party", table_name="notice")
    op.drop_index("ix_notice_case", table_name="notice")
    op.drop_table("notice")
    op.drop_table("login_throttle")
    op.drop_index("ix_job_next", table_name="job")
    op.drop_table("job")
    op.drop_index("ix_incident_open", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_idempotency_created", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index("uq_grid_code", table_name="grid")
    op.drop_table("grid")
    op.drop_index("ix_form_draft_account", table_name="form_draft")
    op.drop_table("form_draft")
    op.drop_table("draft_change")
    op.drop_table("dictionary")
    op.drop_index("uq_department_code", table_name="department")
    op.drop_index("ix_department_parent", table_name="department")
    op.drop_table("department")
    op.drop_index("ix_clock_suspension_clock", table_name="clock_suspension")
    op.drop_table("clock_suspension")
    op.drop_table("case_number")
    op.drop_index("uq_case_number", table_name="case")
    op.drop_index("uq_case_lookup", table_name="case")
    op.drop_index("ix_case_root", table_name="case")
    op.drop_index("ix_case_region", table_name="case")
    op.drop_index("ix_case_department", table_name="case")
    op.drop_index("ix_case_applicant", table_name="case")
    op.drop_table("case")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("calendar")
    op.drop_table("audit_seal")
    op.drop_index("uq_audit_chain", table_name="audit")
    op.drop_index(
        "ix_audit_unsealed",
        table_name="audit",
        sqlite_where=sa.text("sealed_by IS NULL"),
        postgresql_where=sa.text("sealed_by IS NULL"),
    )
    op.drop_table("audit")
    op.drop_index("ix_attachment_draft", table_name="attachment")
    op.drop_index("ix_attachment_case", table_name="attachment")
    op.drop_table("attachment")
    op.drop_table("app")
