"""Administration: shared roles, three administrators kept apart, where values come from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ONE = {"nullable": False, "server_default": "1"}

COLUMNS = {
    "account": (
        lambda: sa.Column("must_change", sa.Boolean(), nullable=False, server_default="0"),
        lambda: sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        lambda: sa.Column("mail_mask", sa.String(64), nullable=True),
        lambda: sa.Column("rev", sa.Integer(), **ONE),
    ),
    "session": (lambda: sa.Column("confirmed_at", MOMENT, nullable=True),),
    "department": (lambda: sa.Column("rev", sa.Integer(), **ONE),),
    "region": (lambda: sa.Column("rev", sa.Integer(), **ONE),),
    "role": (lambda: sa.Column("rev", sa.Integer(), **ONE),),
    "role_right": (lambda: sa.Column("app_id", sa.String(40), nullable=True),),
    "parameter": (
        lambda: sa.Column("origin", sa.String(8), nullable=False, server_default="office"),
    ),
    "dictionary_entry": (
        lambda: sa.Column("origin", sa.String(8), nullable=False, server_default="release"),
    ),
    "incident": (lambda: sa.Column("note_sealed", sa.LargeBinary(), nullable=True),),
    "calendar_day": (lambda: sa.Column("source", sa.Text(), nullable=True),),
}

# A post may not stand beside another of the same person on one day where the roles exclude each
# other: the three administrators always, others as their roles say.
CLASH = """
    FROM post AS other
    JOIN role AS mine ON mine.tenant_id = NEW.tenant_id AND mine.code = NEW.role_code
    JOIN role AS theirs ON theirs.tenant_id = other.tenant_id AND theirs.code = other.role_code
    WHERE other.tenant_id = NEW.tenant_id
    AND (other.party_id = NEW.party_id OR other.account_id = NEW.account_id)
    AND other.id <> NEW.id AND other.role_code <> NEW.role_code
    AND other.valid_from <= COALESCE(NEW.valid_to, '9999-12-31')
    AND NEW.valid_from <= COALESCE(other.valid_to, '9999-12-31')
    AND NEW.valid_from <= COALESCE(NEW.valid_to, '9999-12-31')
    AND other.valid_from <= COALESCE(other.valid_to, '9999-12-31')
    AND (
        (NEW.role_code IN ('sys_admin', 'sec_admin', 'audit_admin')
         AND other.role_code IN ('sys_admin', 'sec_admin', 'audit_admin'))
        OR (',' || COALESCE(mine.excludes, '') || ',') LIKE ('%,' || other.role_code || ',%')
        OR (',' || COALESCE(theirs.excludes, '') || ',') LIKE ('%,' || NEW.role_code || ',%')
    )
"""
SENTENCE = "roles of one person exclude each other"


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column())
    op.create_table(
        "heartbeat",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("failing", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_heartbeat")),
    )
    op.create_index("ix_audit_actor", "audit", ["tenant_id", "actor_id", "id"])
    op.execute(
        "UPDATE role_right SET app_id = (SELECT role.app_id FROM role WHERE "
        "role.tenant_id = role_right.tenant_id AND role.code = role_right.role_code)"
    )
    op.execute(
        "UPDATE parameter SET origin = 'release' WHERE EXISTS (SELECT 1 FROM app WHERE "
        "app.tenant_id = parameter.tenant_id AND app.id = parameter.app_id)"
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (("new", "INSERT"), ("changed", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER post_excludes_{name} BEFORE {event} ON post "
                f"WHEN EXISTS (SELECT 1 {CLASH}) BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )
        return
    # The lock lets posts of one person be given one after the other: two transactions at once
    # would not see each other's.
    op.execute(
        "CREATE FUNCTION gcrm_post_excludes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_advisory_xact_lock(hashtext('post/' || NEW.tenant_id || '/' || NEW.party_id)); "
        f"IF EXISTS (SELECT 1 {CLASH}) THEN "
        f"RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER post_excludes BEFORE INSERT OR UPDATE ON post "
        "FOR EACH ROW EXECUTE FUNCTION gcrm_post_excludes()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER post_excludes_new")
        op.execute("DROP TRIGGER post_excludes_changed")
    else:
        op.execute("DROP TRIGGER post_excludes ON post")
        op.execute("DROP FUNCTION gcrm_post_excludes()")
    op.drop_index("ix_audit_actor", "audit")
    op.drop_table("heartbeat")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column().name)
