"""What people say of the service they got (好差评): one rating a case, links to it, its steps."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from gcrm.store.columns import Document, Id, Moment, metadata, own_id, tenant_id

rating = Table(
    "rating",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),
    # the case's own on the day of the rating: what charts group by
    Column("app_id", String(40), nullable=False),
    Column("item_variant_id", Id, nullable=False),
    Column("department_id", Id),
    Column("region_code", String(12)),
    Column("grid_id", Id),
    Column("score", Integer, nullable=False),  # 5 best … 1 worst; up to 2 is a bad rating
    Column("tags", Document, nullable=False),  # codes, in the order of the form
    Column("marks", Document, nullable=False),  # indicator -> 1 to 5
    Column("named", Boolean, nullable=False),  # wants to be called back; else anonymous
    Column("is_public", Boolean, nullable=False),  # may be published once somebody has read it
    Column("way", String(8), nullable=False),  # link | page
    Column("comment_sealed", LargeBinary),  # under the key of the case's applicant
    Column("supplement_sealed", LargeBinary),
    Column("supplemented_at", Moment),
    Column("rated_at", Moment, nullable=False),
    Column("counted", Boolean, nullable=False),  # off: too many at once, or found mistaken
    Column("held", String(16), nullable=False),  # "" | many: waits for a person before it counts
    # filed | open | rectifying | calling | answering | answered
    Column("status", String(12), nullable=False),
    Column("due_from", Moment),  # when it came in, or came in again
    Column("due_at", Moment),  # by when somebody gets in touch; bad ratings
    Column("handler_id", Id),  # the party who found it true and puts it right (整改)
    Column("rectify_from", Moment),
    Column("rectify_due_at", Moment),  # by when it is put right, called back and answered
    Column("extend_state", String(8)),  # waiting | granted | refused: more time, asked once (延期)
    Column("extend_days", Integer),  # working days more
    Column("extend_by", Id),  # who asked
    Column("contest_state", String(8)),  # waiting | upheld | denied: the office contests it (申诉)
    Column("contest_ground", String(12)),  # mistaken | malicious
    Column("contest_by", Id),
    Column("contest_file", Id),  # the attachment that shows it, under the applicant's key
    Column("verdict", String(12)),  # valid | mistaken | malicious
    Column("answer_sealed", LargeBinary),
    Column("answered_by", Id),
    Column("answered_at", Moment),
    Column("rev", Integer, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("uq_rating_case", "tenant_id", "case_id", unique=True),
    # all that boards ask of a rating
    Index("ix_rating_of_case", "tenant_id", "case_id", "counted", "score", "rated_at"),
    Index("ix_rating_status", "tenant_id", "status", "rated_at"),
    Index("ix_rating_app", "tenant_id", "app_id", "rated_at"),
)

rating_step = Table(
    "rating_step",
    metadata,
    tenant_id(),
    own_id(),  # ids rise: they are the order of the steps
    Column("rating_id", Id, nullable=False),
    # taken | rectified | satisfied | unsatisfied | unreached | answered
    # extend_asked | extend_granted | extend_refused | contested | contest_upheld | contest_denied
    Column("step", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_id", Id, nullable=False),  # the party at the office
    Column("note_sealed", LargeBinary),  # under the key of the case's applicant
    ForeignKeyConstraint(["tenant_id", "rating_id"], ["rating.tenant_id", "rating.id"]),
    Index("ix_rating_step", "tenant_id", "rating_id"),
)

rating_link = Table(
    "rating_link",
    metadata,
    tenant_id(),
    own_id(),
    Column("case_id", Id, nullable=False),  # nobody's name: who rates stays unknown
    Column("token_hash", LargeBinary(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant_id", "case_id"], ["case.tenant_id", "case.id"]),
    Index("uq_rating_link_token", "tenant_id", "token_hash", unique=True),
    Index("ix_rating_link_case", "tenant_id", "case_id"),
)
