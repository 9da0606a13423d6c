"""The legal records of a case, opened for one reader: answers as far as they may see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, select

from form_engine.answers import AnswerSection
from form_engine.context import Attachment, FillContext
from form_engine.form import Form
from gcrm.runtime import answers, filling
from gcrm.runtime.attachments import name_place
from gcrm.runtime.filling import Paper
from gcrm.runtime.services import Services
from gcrm.store import tables as t

APPLY = "apply"
LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OpenPaper:
    """A submission with its answers in clear, in memory only."""

    submission_id: int
    step_id: str
    submitted_at: datetime
    paper: Paper
    values: Mapping[str, Any]
    facts: Mapping[str, Any]
    context: FillContext

    def answers(self) -> tuple[AnswerSection, ...]:
        """Give what the reader may see, never with a link to change it."""
        return self.paper.form.answers(self.values, self.context)


def open_paper(
    reader: Connection,
    services: Services,
    case: RowMapping | Mapping[str, Any],
    now: datetime,
    *,
    locale: str,
    step: str,
    roles: Iterable[str] = (),
    form_step: str = APPLY,
    before: int | None = None,
) -> OpenPaper | None:
    """Open the newest submission made at `form_step`, with the rights of `step` and the roles.

    Rules and clocks of its own day count: what was computed then is computed the same now.
    With `before`, the one that came before that submission.
    """
    tenant = case["tenant_id"]
    row = (
        reader.execute(
            _NEWEST,
            {
                "tenant": tenant,
                "case": case["id"],
                "step": form_step,
                "variant": case["item_variant_id"],
                "before": LAST if before is None else before,
            },
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    services.sealer.load(reader, tenant, (case["applicant_id"],))
    app = services.apps.load(reader, tenant, row["app_id"], row["release"])
    form: Form = app.forms[row["form_id"]]
    variant = filling.variant_of(app, row["variant"])
    paper = Paper(app, variant, form)
    place = (services.sealer, tenant, case["applicant_id"], row["id"])
    values = answers.open_snapshot(form, row["snapshot"], *place)
    facts = answers.open_facts(row["snapshot"], *place)
    context = filling.context_of(
        services,
        services.reference.at(reader, tenant, now),
        paper,
        values,
        row["submitted_at"],
        locale=locale,
        step=step,
        roles=roles,
        facts=facts,
        attachments=files_of_case(reader, services, tenant, case["id"]).get,
    )
    shown = {name: _only_read(right) for name, right in context.rights.items()}
    return OpenPaper(
        row["id"],
        row["step_id"],
        row["submitted_at"],
        paper,
        values,
        facts,
        replace(context, rights=shown),
    )


_NEWEST = (
    select(t.submission, t.item_variant.c.code.label("variant"))
    .join(
        t.item_variant,
        and_(
            t.item_variant.c.tenant_id == t.submission.c.tenant_id,
            t.item_variant.c.id == bindparam("variant"),
        ),
    )
    .where(
        t.submission.c.tenant_id == bindparam("tenant"),
        t.submission.c.case_id == bindparam("case"),
        t.submission.c.step_id == bindparam("step"),
        t.submission.c.id < bindparam("before"),
    )
    .order_by(t.submission.c.id.desc())
    .limit(1)
)
_FILES = select(t.attachment).where(
    t.attachment.c.tenant_id == bindparam("tenant"), t.attachment.c.case_id == bindparam("case")
)


def _only_read(right: Any) -> Any:
    return "read" if right in ("write", "required") else right


def files_of_case(
    reader: Connection, services: Services, tenant_id: int, case_id: int
) -> dict[str, Attachment]:
    """List the files of a case by id, their names opened: one statement, keys aside."""
    rows = reader.execute(_FILES, {"tenant": tenant_id, "case": case_id}).all()
    services.sealer.load(reader, tenant_id, {row.party_id for row in rows})
    return {
        str(row.id): Attachment(
            id=str(row.id),
            name=services.sealer.open(
                tenant_id, row.party_id, name_place(row.id), row.name_sealed
            ).decode("utf-8"),
            media_type=row.media_type,
            size=row.size,
            url=f"/files/{row.id}",
            state=row.state,
            fixed=True,
        )
        for row in rows
    }
