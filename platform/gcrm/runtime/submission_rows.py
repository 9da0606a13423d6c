"""All rows of a submission, made before the writer is taken."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from form_engine.context import FillContext
from gcrm.access.actors import Actor
from gcrm.runtime import answers, assignment, facts, participants, parties
from gcrm.runtime.case_clocks import accepted_clocks
from gcrm.runtime.filling import Paper
from gcrm.runtime.movement import Scene, read_advance
from gcrm.runtime.parties import Parties
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.record_values import record_values
from gcrm.runtime.routing import decider, routing_variables, signing
from gcrm.runtime.services import Services
from gcrm.runtime.sheets import Known, Sheet
from gcrm.runtime.submission import Guard, Submission
from gcrm.runtime.submit_ask import Submit
from gcrm.store import audit, numbers
from gcrm.store.columns import new_id
from gcrm.store.events import Event, project

APPLY = "apply"


def make_submission(
    reader: Connection,
    services: Services,
    actor: Actor,
    ask: Submit,
    sheet: Sheet,
    standing_: Known,
    checked: Precheck,
    known: Mapping[str, Any],
    now: datetime,
) -> Submission:
    """Settle the people, start the process, seal the record: everything but the writing."""
    draft, app = sheet.draft, sheet.paper.app
    case_id, submission_id, instance_id = new_id(), new_id(), new_id()
    settled = parties.settle(
        reader,
        services,
        actor,
        app.definition.id,
        sheet.named,
        standing_.indexes,
        standing_.standing,
        now,
    )
    accepted = sheet.paper.variant.acceptance == "system" and checked.passed
    process = app.process_of(sheet.paper.variant)
    scene = Scene(
        tenant_id=actor.tenant_id,
        case_id=case_id,
        instance_id=instance_id,
        process=process,
        calendar=sheet.lists.calendar,
        candidates=sheet.lists.holders(assignment.roles_of(process)),
        regions=sheet.lists.places.chain(sheet.place),
        owner_id=draft.department_id,
        accepted_at=now if accepted else None,
        submitted_at=now,
        now=now,
    )
    inputs = sheet.inputs
    advance = scene.process.start(
        {
            **routing_variables(scene.process, sheet.paper.form, inputs, checked),
            **signing(scene.process),
        },
        now,
        decider(app, inputs, sheet.evaluation),
        context=sheet.evaluation,
    )
    movement = read_advance(advance, scene)
    represented = settled.applicant_id if settled.applicant_id != actor.party_id else None
    log = (
        Event(
            "submitted",
            now,
            {
                "submission": submission_id,
                "precheck": checked.verdict.name.lower(),
                "version": checked.version,
            },
            actor.party_id,
            represented,
        ),
        *((Event("accepted", now),) if accepted else ()),
        *movement.events,
    )
    snapshot = answers.snapshot(
        sheet.paper.form,
        app.number,
        sheet.values,
        services.sealer,
        actor.tenant_id,
        settled.applicant_id,
        submission_id,
        known,
    )
    case = _case_row(actor, ask, sheet, settled, log, case_id, now)
    return Submission(
        tenant_id=actor.tenant_id,
        case_id=case_id,
        guard=_guard(actor, ask, sheet, settled, standing_, case_id),
        parties=settled,
        case=case,
        submission={
            "tenant_id": actor.tenant_id,
            "id": submission_id,
            "case_id": case_id,
            "step_id": APPLY,
            "round": 1,
            "app_id": draft.app_id,
            "release": app.number,
            "form_id": sheet.paper.form.id,
            "account_id": actor.account_id,
            "party_id": actor.party_id,
            "on_behalf_of": represented,
            "snapshot": snapshot,
            "digest": answers.digest(snapshot.encode("utf-8")),
            "submitted_at": now,
        },
        instance={
            "tenant_id": actor.tenant_id,
            "id": instance_id,
            "case_id": case_id,
            "app_id": draft.app_id,
            "release": app.number,
            "process_id": sheet.paper.variant.process,
            "state": movement.state,
            "status": movement.status,
            "rev": 1,
            "started_at": now,
            "ended_at": now if movement.status == "ended" else None,
        },
        events=log,
        movement=movement,
        clocks=accepted_clocks(
            actor.tenant_id, case_id, sheet.paper.variant, sheet.lists.calendar, now
        )
        if accepted
        else (),
        record=_record(reader, services, actor, sheet, case, submission_id),
        attachments=files_in(sheet.paper, sheet.values),
        entry=audit.Entry(
            audit.case_chain(case_id),
            "case.submit",
            f"case:{case_id}",
            now,
            {"submission": str(submission_id), "release": app.number, "insist": ask.insist},
            actor.party_id,
            actor.account_id,
            ask.request_id,
        ),
        number_prefix=draft.number_prefix,
        year=now.astimezone(services.zone).year,
        mode=ask.mode,
        lookup_code=case["lookup_code"],
    )


def _case_row(
    actor: Actor,
    ask: Submit,
    sheet: Sheet,
    settled: Parties,
    log: tuple[Event, ...],
    case_id: int,
    now: datetime,
) -> dict[str, Any]:
    draft = sheet.draft
    return {
        "tenant_id": actor.tenant_id,
        "id": case_id,
        "lookup_code": numbers.new_lookup_code(),
        "app_id": draft.app_id,
        "release": sheet.paper.app.number,
        "item_variant_id": draft.item_variant_id,
        "root_id": case_id,
        "mode": ask.mode,
        "title": title_of(sheet.paper, sheet.values, sheet.context),
        "applicant_id": settled.applicant_id,
        "department_id": draft.department_id,
        "region_code": sheet.place,
        "rev": 1,
        **project(log).columns(),
    }


def _guard(
    actor: Actor,
    ask: Submit,
    sheet: Sheet,
    settled: Parties,
    standing_: Known,
    case_id: int,
) -> Guard:
    draft, definition = sheet.draft, sheet.paper.app.definition
    role = participants.open_role(definition)
    people = tuple(sorted(party for each, party in settled.members if each == role))
    watched = any(fact.source == facts.OPEN_FOR for fact in definition.facts)
    mark = ",".join(sorted(index.hex() for index in standing_.indexes.values()))
    lock = hashlib.sha256(f"{actor.tenant_id}/{draft.app_id}/{mark}".encode()).digest()
    return Guard(
        account_id=actor.account_id,
        form_key=sheet.paper.form_key,
        key=draft.key,
        digest=ask.digest(),
        answer=f"/cases/{case_id}",
        draft_id=draft.id,
        draft_rev=draft.rev,
        app_id=draft.app_id,
        release=sheet.paper.app.number,
        alone=(role, people) if watched and not ask.insist and ask.mode == "real" else None,
        lock=int.from_bytes(lock[:8], "big", signed=True),
    )


def _record(
    reader: Connection,
    services: Services,
    actor: Actor,
    sheet: Sheet,
    case: Mapping[str, Any],
    submission_id: int,
) -> Any:
    app, form = sheet.paper.app, sheet.paper.form
    tables = services.reference.records(
        reader, actor.tenant_id, app.definition.id, app.number
    ).forms.get(form.id)
    if tables is None:
        return None
    values, rows = record_values(services, actor.tenant_id, form, sheet.inputs)
    return tables, record_fixed(case, submission_id), values, rows


def record_fixed(case: Mapping[str, Any], submission_id: int) -> dict[str, Any]:
    """Give the columns that every record row has, from the case's row."""
    return {
        "tenant_id": case["tenant_id"],
        "case_id": case["id"],
        "submission_id": submission_id,
        "app_id": case["app_id"],
        "release": case["release"],
        "item_variant_id": case["item_variant_id"],
        "mode": case["mode"],
        "applicant_id": case["applicant_id"],
        "department_id": case["department_id"],
        "region_code": case["region_code"],
        "grid_id": case.get("grid_id"),
        "state": case["state"],
        "submitted_at": case["submitted_at"],
    }


def files_in(paper: Paper, values: Mapping[str, Any]) -> tuple[int, ...]:
    """List the files that the answers name."""
    found = [
        int(name)
        for field in paper.form.fields
        for name in field.type.attachments(values.get(field.id))
        if name.isdecimal()
    ]
    return tuple(dict.fromkeys(found))


def title_of(paper: Paper, values: Mapping[str, Any], context: FillContext) -> str:
    """Say in a list what the case is about; of sealed answers only the mask.

    In Chinese whatever language the applicant reads: offices work with these lists.
    """
    parts, context = [], replace(context, locale="zh-CN")
    for field_id in paper.variant.subject:
        field = next((each for each in paper.form.fields if each.id == field_id), None)
        value = values.get(field_id)
        if field is None or field.type.is_empty(value):
            continue
        shown = field.type.mask(value) if field.sealed else field.type.brief(value, field, context)
        parts.append(shown)
    return " ".join(parts)[:200] or paper.app.definition.name
