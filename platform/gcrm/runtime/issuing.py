"""Issuing: what a decision brings. The paper is numbered, printed aside, and the case completed.

The outbox tells of decisions. An application that is not accepted (不予受理) is closed at once: it
stays so, only its letter comes. One job numbers the paper and lets the case go to `issuing`; the
next prints it outside of the writer and completes the case in the transaction that finishes
the job. A job that was killed comes again and prints the same bytes; one that fails for good is
an incident, and tried again by an administrator it goes on where it stood.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, select, update

from app_definitions import ids
from app_definitions.app import Issue
from form_engine import Filling
from gcrm.apps import CompiledApp, words
from gcrm.runtime import filling, paper_values
from gcrm.runtime.case_moves import CaseMove, record_forms, write_move
from gcrm.runtime.services import Services
from gcrm.store import audit, jobs, numbers
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import StaleError
from gcrm.store.events import CaseState, Event
from gcrm.store.jobs import Job, NewJob
from gcrm.store.outbox import Message

BEGIN, PRINT = "paper.begin", "paper.print"
NOT_ACCEPTED = "not_accepted"
DECIDED = frozenset({"approved", "refused", NOT_ACCEPTED})
CODE_LENGTH = 16  # 80 random bits


def commit_messages(writer: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Enqueue the first job for each case that was decided; one statement, none for none.

    In the transaction that marks the messages as applied: once for each.
    """
    for message in messages:
        if message.topic == "case" and DECIDED & set(message.payload.get("events", ())):
            job = NewJob(BEGIN, {"case": str(message.case_id)}, now)
            jobs.enqueue(writer, message.tenant_id, [job], now)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first job writes: the paper's row without its number, and the move."""

    services: Services
    move: CaseMove | None  # None: the case stays where it is
    issue: Issue | None
    row: Mapping[str, Any]
    year: int


def begin(reader: Connection, services: Services, job: Job, now: datetime) -> Begun | None:
    """See which paper the decision brings; None where the case has gone on already."""
    case = case_of(reader, job.tenant_id, int(job.payload["case"]))
    if case is None or case["state"] not in DECIDED:
        return None
    app = services.apps.load(reader, job.tenant_id, case["app_id"], case["release"])
    issue = filling.variant_of(app, case["variant"]).issue_on(case["state"])
    if case["state"] == NOT_ACCEPTED:
        return _letter_alone(reader, services, case, app, issue, now)
    if issue is None or case["mode"] != "real":
        event = Event("completed", now)
        return Begun(services, _move(reader, services, case, event, "completed"), None, {}, 0)
    row = _row(reader, services, case, app, issue, now)
    event = Event("issuing", now, {"certificate": str(row["id"]), "kind": issue.kind})
    move = _move(reader, services, case, event, "issuing")
    return Begun(services, move, issue, row, now.astimezone(services.zone).year)


def _letter_alone(
    reader: Connection,
    services: Services,
    case: RowMapping,
    app: CompiledApp,
    issue: Issue | None,
    now: datetime,
) -> Begun | None:
    """Make the letter of a case that is closed; None where it has one, or its app has none."""
    certificate = t.certificate.c
    known = reader.scalar(
        select(certificate.id).where(
            certificate.tenant_id == case["tenant_id"], certificate.case_id == case["id"]
        )
    )
    if issue is None or known is not None or case["mode"] != "real":
        return None
    row = _row(reader, services, case, app, issue, now)
    return Begun(services, None, issue, row, now.astimezone(services.zone).year)


def commit_begin(writer: Connection, job: Job, plan: Begun | None, now: datetime) -> None:
    """Write it; the number is drawn last. Raises StaleError where the case went on."""
    if plan is None:
        return
    if plan.move is not None:
        write_move(writer, plan.services, plan.move, now)
    if plan.issue is None:
        return
    tenant = plan.row["tenant_id"]
    jobs.enqueue(writer, tenant, [NewJob(PRINT, {"certificate": str(plan.row["id"])}, now)], now)
    number = numbers.draw(writer, tenant, plan.issue.number_prefix, plan.year)
    writer.execute(_INSERT, {**plan.row, "number": number})


_INSERT = insert(t.certificate)


def _row(
    reader: Connection,
    services: Services,
    case: RowMapping,
    app: CompiledApp,
    issue: Issue,
    now: datetime,
) -> dict[str, Any]:
    tenant, certificate_id, holder = case["tenant_id"], new_id(), case["applicant_id"]
    today = now.astimezone(services.zone).date()
    services.sealer.load(reader, tenant, (holder,))
    known = json.dumps({"name": paper_values.name_of(reader, tenant, holder)}, ensure_ascii=False)
    return {
        "tenant_id": tenant,
        "id": certificate_id,
        "case_id": case["id"],
        "issue_id": issue.id,
        "kind": issue.kind,
        "app_id": case["app_id"],
        "release": case["release"],
        "paper_id": issue.paper,
        "code": numbers.new_code(CODE_LENGTH),
        "holder_id": holder,
        "holder_sealed": services.sealer.seal(
            tenant, holder, holder_place(certificate_id), known.encode("utf-8")
        ),
        "issuer_id": case["department_id"],
        "issuer": issuer_of(reader, tenant, case["department_id"]),
        "issued_at": now,
        "valid_from": today,
        "valid_to": _until(reader, services, case, app, issue, today, now),
        "status": "issuing",
    }


def issuer_of(reader: Connection, tenant_id: int, department_id: int | None) -> str:
    """Name the office in whose name a paper is issued, with its place: 云州市民政局."""
    department, region = t.department.c, t.region.c
    row = reader.execute(
        select(department.name, region.name.label("place"))
        .outerjoin(
            t.region,
            and_(region.tenant_id == department.tenant_id, region.code == department.region_code),
        )
        .where(department.tenant_id == tenant_id, department.id == department_id)
    ).first()
    if row is None:
        name = reader.scalar(select(t.tenant.c.name).where(t.tenant.c.id == tenant_id))
        return name or ""
    place = row.place or ""
    return str(row.name) if row.name.startswith(place) else f"{place}{row.name}"


def _until(
    reader: Connection,
    services: Services,
    case: RowMapping,
    app: CompiledApp,
    issue: Issue,
    today: date,
    now: datetime,
) -> date | None:
    """Work out the last day, where the app says one."""
    expression = app.expressions.get(ids.path(words.APP, [issue.id], "valid_to"))
    if expression is None:
        return None
    known = paper_values.read_values(reader, services, case, now)
    inputs = {**known.inputs, "paper_date": today, "valid_from": today}
    value = expression.value(inputs, known.context.evaluation).value
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        raise ValueError(f'The last day of "{issue.id}" could not be worked out.')
    return value


@dataclass(frozen=True, slots=True)
class Printed:
    """What the second job writes: where the PDF lies, and the move that completes the case."""

    services: Services
    certificate_id: int
    values: Mapping[str, Any]
    move: CaseMove | None


def print_paper(reader: Connection, services: Services, job: Job, now: datetime) -> Printed | None:
    """Print the paper and keep it, sealed; None where that was done already."""
    row = certificate_of(reader, job.tenant_id, int(job.payload["certificate"]))
    if row is None or row["status"] != "issuing":
        return None
    case = case_of(reader, row["tenant_id"], row["case_id"])
    if case is None:
        return None
    pdf = draw(reader, services, row, case)
    blob = services.blobs.put(row["tenant_id"], row["holder_id"], pdf)
    move = None
    if case["state"] == "issuing":
        event = Event("completed", now, {"certificate": str(row["id"])})
        move = _move(reader, services, case, event, "completed")
    values = {"blob": blob, "digest": hashlib.sha256(pdf).hexdigest(), "size": len(pdf)}
    return Printed(services, row["id"], values, move)


def commit_print(writer: Connection, job: Job, plan: Printed | None, now: datetime) -> None:
    """Let the paper be valid, complete the case, and close what an administrator had to see."""
    if plan is None:
        return
    done = writer.execute(
        _VALID,
        {"of_tenant": job.tenant_id, "of_id": plan.certificate_id, **plan.values},
    )
    if done.rowcount != 1:
        raise StaleError(f"Certificate {plan.certificate_id} was issued already.")
    if plan.move is not None:
        write_move(writer, plan.services, plan.move, now)


_VALID = (
    update(t.certificate)
    .where(
        t.certificate.c.tenant_id == bindparam("of_tenant"),
        t.certificate.c.id == bindparam("of_id"),
        t.certificate.c.status == "issuing",
    )
    .values(status="valid")
)


def leave(writer: Connection, job: Job, now: datetime) -> None:
    """Leave everything as it is: the job's own incident says that it was given up."""


def draw(reader: Connection, services: Services, row: RowMapping, case: RowMapping) -> bytes:
    """Print the paper of a row: the same bytes whenever it is asked for."""
    known = paper_values.read_values(reader, services, case, row["issued_at"])
    paper = known.app.papers[row["paper_id"]]
    laid = paper.lay(filled(services, known, row))
    return services.printer.print(laid, row["issued_at"], author=row["issuer"])


def filled(
    services: Services, known: paper_values.CaseValues, row: RowMapping | Mapping[str, Any]
) -> Filling:
    """Add number, code, issuer and days to what is known of the case."""
    return known.filling(
        {
            "paper_number": row["number"],
            "paper_date": row["issued_at"].astimezone(services.zone).date(),
            "paper_issuer": row["issuer"],
            "paper_code": paper_values.spaced(row["code"]),
            "paper_link": f"{known.base}/verify/{row['code']}",
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
        }
    )


def holder_place(certificate_id: int) -> str:
    """Name the place where the holder's name is sealed."""
    return f"certificate.holder_sealed.{certificate_id}"


def certificate_of(reader: Connection, tenant_id: int, certificate_id: int) -> RowMapping | None:
    """Read a certificate for the platform's own work."""
    return (
        reader.execute(
            select(t.certificate).where(
                t.certificate.c.tenant_id == tenant_id, t.certificate.c.id == certificate_id
            )
        )
        .mappings()
        .first()
    )


def case_of(reader: Connection, tenant_id: int, case_id: int) -> RowMapping | None:
    """Read a case with the code of its item variant."""
    return (
        reader.execute(
            select(t.case, t.item_variant.c.code.label("variant"))
            .join(
                t.item_variant,
                and_(
                    t.item_variant.c.tenant_id == t.case.c.tenant_id,
                    t.item_variant.c.id == t.case.c.item_variant_id,
                ),
            )
            .where(t.case.c.tenant_id == tenant_id, t.case.c.id == case_id)
        )
        .mappings()
        .first()
    )


def _move(
    reader: Connection, services: Services, case: RowMapping, event: Event, action: str
) -> CaseMove:
    entry = audit.Entry(
        audit.case_chain(case["id"]), f"case.{action}", f"case:{case['id']}", event.at, event.data
    )
    forms = record_forms(reader, services, case, case["tenant_id"])
    return CaseMove(CaseState.of(case), (event,), entry, forms)


def title_of(app: CompiledApp, paper_id: str, locale: str) -> str:
    """Give the title of a paper in the reader's language."""
    paper = app.papers.get(paper_id)
    if paper is None:
        return paper_id
    key = ids.path(f"papers/{paper_id}.json", [paper_id], "title")
    return app.say(key, paper.definition.title, locale)
