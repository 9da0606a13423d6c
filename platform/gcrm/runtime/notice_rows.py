"""One notice as a row: text and address sealed under its reader's key, a mask beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gcrm.runtime.services import Services
from gcrm.store.columns import new_id
from gcrm.store.masks import mask


def notice_row(
    services: Services,
    tenant: int,
    case_id: int | None,
    party_id: int,
    template: str,
    channel: str,
    text: str,
    to: str | None,
    outbox_id: int,
    now: datetime,
    *,
    subject: str = "",
    draft_id: int | None = None,
    rating_id: int | None = None,
    cases: Sequence[tuple[int, str]] = (),
) -> Mapping[str, Any]:
    """Make the row of one notice; text and address are sealed under the reader's key.

    `draft_id` is the reader's own draft that it speaks of; it is nobody else's business.
    `rating_id` is the rating to which it leads, `cases` are several cases by id and number.
    """
    notice_id = new_id()
    sent = channel == "in_app"
    said: dict[str, Any] = {"text": text, "to": to, "subject": subject}
    if draft_id is not None:
        said["draft"] = draft_id
    if rating_id is not None:
        said["rating"] = rating_id
    if cases:
        said["cases"] = [[case, number] for case, number in cases]
    content = json.dumps(said, ensure_ascii=False)
    kind = "mail" if channel == "mail" else "phone"
    return {
        "tenant_id": tenant,
        "id": notice_id,
        "case_id": case_id,
        "party_id": party_id,
        "template": template,
        "channel": channel,
        "to_mask": mask(kind, to) if to and not sent else "",
        "text_sealed": services.sealer.seal(
            tenant, party_id, text_place(notice_id), content.encode("utf-8")
        ),
        "status": "sent" if sent else "waiting",
        "attempt": 0,
        "outbox_id": outbox_id,
        "created_at": now,
        "sent_at": now if sent else None,
    }


def text_place(notice_id: int) -> str:
    """Name the place where a notice's text is sealed."""
    return f"notice.text_sealed.{notice_id}"


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says, and where it goes."""

    text: str
    to: str | None
    subject: str
    draft_id: int | None = None
    rating_id: int | None = None
    cases: tuple[tuple[int, str], ...] = ()


def open_text(services: Services, row: Any) -> Content:
    """Open a notice. The party's key must be in memory."""
    sealed = services.sealer.open(
        row["tenant_id"], row["party_id"], text_place(row["id"]), row["text_sealed"]
    )
    document = json.loads(sealed)
    to = document.get("to", document.get("phone"))  # older rows name the phone
    return Content(
        document["text"],
        to,
        document.get("subject", ""),
        document.get("draft"),
        document.get("rating"),
        tuple((case, number) for case, number in document.get("cases", ())),
    )
