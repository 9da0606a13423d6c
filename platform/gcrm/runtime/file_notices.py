"""Who learns that a file turned out to be infected: the person whose file it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, null, select

from gcrm.runtime.attachments import name_place
from gcrm.runtime.notice_people import reached
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.runtime.wording import item_name
from gcrm.store import tables as t
from gcrm.store.outbox import Message

TOPIC = "file"
TEMPLATE = "file_infected"


def file_rows(
    reader: Connection, services: Services, message: Message, now: datetime
) -> Iterable[Mapping[str, Any]]:
    """Make the message within the platform: which file, of which application, what to do.

    A message about a correction leads to its case, one about a draft to that draft.
    """
    asked = {"tenant": message.tenant_id, "file": message.payload["attachment"]}
    row = reader.execute(_FILE, asked).first()
    if row is None or row.state != "infected":
        return
    place = _place(reader, row)
    if place is None:
        return
    app = services.apps.load(reader, row.tenant_id, place.app_id, place.release)
    for person in reached(reader, services, row.tenant_id, (row.party_id,)):
        name = services.sealer.open(
            row.tenant_id, row.party_id, name_place(row.id), row.name_sealed
        ).decode("utf-8")
        code = "file_told_correction" if place.case_id else "file_told"
        item = item_name(app, person.locale)
        text = sentence(code, person.locale, name=name, item=item)
        yield notice_row(
            services, row.tenant_id, place.case_id, person.party_id, TEMPLATE, "in_app", text,
            None, message.id, now, draft_id=None if place.case_id else row.draft_id,
        )  # fmt: skip


def _place(reader: Connection, row: Any) -> Any:
    """Find for what the file was meant: a draft, or the correction of a case."""
    owner = {"tenant": row.tenant_id, "owner": row.draft_id}
    return reader.execute(_DRAFT, owner).first() or reader.execute(_CORRECTION, owner).first()


_FILE = select(t.attachment).where(
    t.attachment.c.tenant_id == bindparam("tenant"), t.attachment.c.id == bindparam("file")
)
_DRAFT = select(t.form_draft.c.app_id, t.form_draft.c.release, null().label("case_id")).where(
    t.form_draft.c.tenant_id == bindparam("tenant"), t.form_draft.c.id == bindparam("owner")
)
_CORRECTION = (
    select(t.case.c.app_id, t.case.c.release, t.case.c.id.label("case_id"))
    .join_from(
        t.correction,
        t.case,
        and_(t.case.c.tenant_id == t.correction.c.tenant_id, t.case.c.id == t.correction.c.case_id),
    )
    .where(t.correction.c.tenant_id == bindparam("tenant"), t.correction.c.id == bindparam("owner"))
)
