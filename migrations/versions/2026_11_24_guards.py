"""Append-only tables: the database itself refuses to change what was recorded."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What may never change, per table; only `audit.sealed_by` is set later, once.
AUDIT = ("tenant_id", "id", "chain", "seq", "at", "actor_id", "account_id", "action", "subject")
FROZEN = {
    "audit": (*AUDIT, "data", "request_id", "hash"),
    "audit_seal": ("tenant_id", "seq", "at", "rows", "entries", "hash"),
    "submission": ("tenant_id", "id", "case_id", "snapshot", "digest", "submitted_at", "party_id"),
}
KEPT = ("audit", "audit_seal")  # never deleted either


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FROZEN:
        names = [f"{table}_frozen", *([f"{table}_kept"] if table in KEPT else [])]
        for name in names:
            op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION gcrm_refuse()")


def _sqlite() -> None:
    for table, columns in FROZEN.items():
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        if table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION gcrm_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, columns in FROZEN.items():
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION gcrm_refuse()"
        )
        if table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION gcrm_refuse()"
            )
