"""What runs: instances, tasks, votes, timers, clocks and calendars."""

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
    text,
)

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

instance = Table(
    "instance",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("app_id", String(40), nullable=False),
    Column("release", Integer, nullable=False),
    Column("process_id", String(40), nullable=False),
    Column("state", LargeBinary, nullable=False),  # the flow engine's own bytes; no business data
    Column("status", String(12), nullable=False),  # running | ended | incident
    Column("rev", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_instance_case", "tenant_id", "case_id"),
)

task = Table(
    "task",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("instance_id", Id, nullable=False),
    Column("key", String(64), nullable=False),  # the engine's name for it
    Column("step_id", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("role_code", String(40)),
    Column("department_id", Id),
    Column("region_code", String(12)),
    Column("grid_id", Id),
    Column("assignee_id", Id),  # party who claimed it or to whom it was given
    Column("owner_id", Id),  # who answers for it while it is delegated
    Column("status", String(12), nullable=False),  # open | done | cancelled
    Column("opened_at", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("done_at", Moment),
    Column("done_by", Id),
    Column("verb", String(24)),
    Column("due_at", Moment),
    Column("rev", Integer, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
    Index("ix_task_case", "tenant_id", "case_id"),
    Index("ix_task_inbox", "tenant_id", "status", "role_code", "due_at"),
    Index("ix_task_assignee", "tenant_id", "assignee_id", "status"),
)

vote = Table(
    "vote",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("step_id", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("task_id", Id, nullable=False),
    Column("party_id", Id, nullable=False),
    Column("vote", String(24), nullable=False),
    Column("at", Moment, nullable=False),
    Index("uq_vote", "tenant_id", "task_id", "party_id", unique=True),
    Index("ix_vote_step", "tenant_id", "case_id", "step_id", "round"),
)

timer = Table(
    "timer",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("instance_id", Id),
    Column("key", String(80), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("status", String(12), nullable=False),  # waiting | fired | cancelled
    Index("ix_timer_due", "status", "due_at"),
    Index("ix_timer_case", "tenant_id", "case_id"),
    Index("ix_timer_instance", "tenant_id", "instance_id"),
)

clock = Table(
    "clock",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("task_id", Id),
    Column("kind", String(12), nullable=False),  # statutory | promised | step
    Column("value", Integer, nullable=False),
    Column("unit", String(4), nullable=False),  # wd | wh | nd | h | min
    Column("calendar", String(40), nullable=False),
    Column("counts_from", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("warn_at", Moment, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("status", String(12), nullable=False),  # running | suspended | stopped
    Column("stopped_at", Moment),
    Column("lamp", String(8), nullable=False),  # what was last told: green | yellow | red
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("ix_clock_case", "tenant_id", "case_id"),
    # what was promised and what the law says of each case, for boards
    Index(
        "ix_clock_of_case",
        "tenant_id",
        "case_id",
        "kind",
        "status",
        "due_at",
        "warn_at",
        "counts_from",
        "stopped_at",
        "id",
        "task_id",  # always null here; without it SQLite would look at the row
        sqlite_where=text("task_id IS NULL"),
        postgresql_where=text("task_id IS NULL"),
    ),
    # whose lamp turns next; asked some times a second
    Index("ix_clock_lamp", "status", "lamp", "warn_at", "due_at", "tenant_id", "case_id"),
)

clock_suspension = Table(
    "clock_suspension",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    Column("clock_id", Id, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),
    Column("expected_days", Integer),
    Index("ix_clock_suspension_clock", "tenant_id", "clock_id"),
)

calendar = Table(
    "calendar",
    metadata,
    tenant_id(),
    Column("code", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hours", Document, nullable=False),  # [["09:00", "12:00"], ["13:30", "17:30"]]
)

calendar_year = Table(
    "calendar_year",
    metadata,
    tenant_id(),
    Column("calendar", String(40), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    tenant_id(),
    Column("calendar", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text),  # of a day changed by hand; null: the year's notice
)
