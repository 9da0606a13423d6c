"""Rows of drafts: what was filled in so far, sealed for the person who fills."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from gcrm.access.actors import Actor
from gcrm.runtime.answers import canonical
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.store.sealing import TENANT, Sealer


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft holds: answers as JSON, what was typed where it was wrong, section marks.

    `typed` is by section, then by posted name; `saved` tells with which revision a
    section was saved last; `sources` say where a value came from that was not typed;
    `files` remember media type and size of the files that the answers name.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    saved: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def seal(self, sealer: Sealer, tenant_id: int, party_id: int, draft_id: int) -> bytes:
        """Give what the row keeps."""
        document = {
            "values": self.values,
            "typed": self.typed,
            "saved": self.saved,
            "sources": self.sources,
            "files": self.files,
        }
        return sealer.seal(tenant_id, party_id, _place(draft_id), canonical(document))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands, with what publishing and the catalogue say today."""

    tenant_id: int
    id: int
    account_id: int
    party_id: int
    app_id: str
    release: int
    current_release: int | None
    item_variant_id: int
    variant: str
    item_name: str
    number_prefix: str
    assurance: int
    department_id: int | None
    form_id: str
    position: str
    key: str
    rev: int
    created_at: datetime
    updated_at: datetime
    content: Content


def read_draft(reader: Connection, sealer: Sealer, actor: Actor, draft_id: int) -> Draft:
    """Read one of the actor's own drafts with its keys: one statement.

    Raises Refused for one that is not there or somebody else's: both look the same.
    """
    draft = find_draft(reader, sealer, actor, draft_id)
    if draft is None:
        raise Refused("draft_gone", status=404)
    return draft


def find_draft(reader: Connection, sealer: Sealer, actor: Actor, draft_id: int) -> Draft | None:
    """Read one of the actor's own drafts, None where there is none."""
    rows = reader.execute(
        _DRAFT, {"tenant": actor.tenant_id, "draft": draft_id, "account": actor.account_id}
    ).all()
    if not rows:
        return None
    for row in rows:
        if row.key_party is not None:
            sealer.admit(actor.tenant_id, row.key_party, row.version, row.wrapped)
    return _draft(rows[0], sealer)


_DRAFT = (
    select(
        t.form_draft,
        t.app.c.current_release,
        t.item_variant.c.code.label("variant"),
        t.item_variant.c.number_prefix,
        t.item_variant.c.assurance,
        t.service_item.c.name.label("item_name"),
        t.service_item.c.department_id,
        t.sealing_key.c.party_id.label("key_party"),
        t.sealing_key.c.version,
        t.sealing_key.c.wrapped,
    )
    .select_from(t.form_draft)
    .join(
        t.app,
        and_(t.app.c.tenant_id == t.form_draft.c.tenant_id, t.app.c.id == t.form_draft.c.app_id),
    )
    .join(
        t.item_variant,
        and_(
            t.item_variant.c.tenant_id == t.form_draft.c.tenant_id,
            t.item_variant.c.id == t.form_draft.c.item_variant_id,
        ),
    )
    .join(
        t.service_item,
        and_(
            t.service_item.c.tenant_id == t.item_variant.c.tenant_id,
            t.service_item.c.id == t.item_variant.c.service_item_id,
        ),
    )
    .outerjoin(
        t.sealing_key,
        and_(
            t.sealing_key.c.tenant_id == t.form_draft.c.tenant_id,
            or_(
                t.sealing_key.c.party_id == t.form_draft.c.party_id,
                t.sealing_key.c.party_id == TENANT,
            ),
        ),
    )
    .where(
        t.form_draft.c.tenant_id == bindparam("tenant"),
        t.form_draft.c.id == bindparam("draft"),
        t.form_draft.c.account_id == bindparam("account"),
    )
    .order_by(t.sealing_key.c.party_id, t.sealing_key.c.version)
)


def _draft(row: Any, sealer: Sealer) -> Draft:
    opened = json.loads(sealer.open(row.tenant_id, row.party_id, _place(row.id), row.sealed))
    return Draft(
        tenant_id=row.tenant_id,
        id=row.id,
        account_id=row.account_id,
        party_id=row.party_id,
        app_id=row.app_id,
        release=row.release,
        current_release=row.current_release,
        item_variant_id=row.item_variant_id,
        variant=row.variant,
        item_name=row.item_name,
        number_prefix=row.number_prefix,
        assurance=row.assurance,
        department_id=row.department_id,
        form_id=row.form_id,
        position=row.position,
        key=row.key,
        rev=row.rev,
        created_at=row.created_at,
        updated_at=row.updated_at,
        content=Content(
            values=opened["values"],
            typed=opened["typed"],
            saved=opened["saved"],
            sources=opened["sources"],
            files={name: (kind, size) for name, (kind, size) in opened["files"].items()},
        ),
    )


def _place(draft_id: int) -> str:
    return f"form_draft.sealed.{draft_id}"
