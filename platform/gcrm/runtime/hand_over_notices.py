"""Who learns that a task was handed over (转办): the person whose task it is from now on."""

from collections.abc import Iterable, Mapping
from typing import Any

from gcrm.runtime import wording
from gcrm.runtime.notice_case import NoticeCase
from gcrm.runtime.notice_people import names_of, reached
from gcrm.runtime.notice_rows import notice_row
from gcrm.runtime.refusals import sentence
from gcrm.store.events import Event

EVENT = "task_transferred"
TEMPLATE = "handed_over"


def handed_over_rows(
    case: NoticeCase, told: Iterable[Event], outbox_id: int
) -> Iterable[Mapping[str, Any]]:
    """Make the message within the platform: which case, which step, from whom.

    The reason is read at the case: it may speak of the applicant.
    """
    for event in told:
        giver = names_of(case.reader, case.tenant, [event.actor_id] if event.actor_id else [])
        for person in reached(case.reader, case.services, case.tenant, [int(event.data["to"])]):
            steps = wording.step_names(case.app, person.locale)
            text = sentence(
                "hand_over_told",
                person.locale,
                number=case.row["number"] or "",
                item=wording.item_name(case.app, person.locale),
                step=steps.get(str(event.data["step"]), ""),
                giver=giver,
            )
            yield notice_row(
                case.services, case.tenant, case.row["id"], person.party_id, TEMPLATE, "in_app",
                text, None, outbox_id, case.now,
            )  # fmt: skip
