"""What a clerk can put on the list of a correction: fields they see, what rules found, the days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from form_engine.form import Form
from gcrm.access.accessor import Accessor
from gcrm.runtime import correction_phrases, corrections, filling, precheck
from gcrm.runtime.case_papers import open_paper
from gcrm.runtime.correction_ask import due_of, term_of
from gcrm.runtime.correction_phrases import Phrase
from gcrm.runtime.corrections import Correction
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.task_rows import task_at_hand
from gcrm.store.events import RESTING_STATES
from rule_engine import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that may be put on the list; `what` and `fix` are what the rules found of it."""

    field: str
    label: str
    shown: str
    phrases: tuple[Phrase, ...]
    what: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the page of a list needs."""

    case_id: int
    title: str
    sections: tuple[tuple[str, tuple[Choice, ...]], ...]
    free_phrases: tuple[Phrase, ...]
    due: date
    last: date
    days: int
    source: str
    before: tuple[Correction, ...]


def read_choices(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    task_id: int,
    now: datetime,
    *,
    locale: str,
) -> Choices:
    """Read them for a task on which the actor may act. Raises Refused for any other."""
    task = task_at_hand(accessor, services, task_id)
    if task.case["state"] in RESTING_STATES:
        raise Refused(f"case_{task.case['state']}")
    app = services.apps.load(reader, task.tenant_id, task.case["app_id"], task.case["release"])
    step = app.processes[task.process_id].step(task.step_id)
    if step is None or all(verb.kind != "correct" for verb in step.verbs):
        raise Refused("verb_unknown", status=404)
    roles = tuple(sorted(accessor.keys.roles))
    paper = open_paper(
        reader, services, task.case, now, locale=locale, step=task.step_id, roles=roles
    )
    if paper is None:
        raise Refused("not_found", status=404)
    form = app.form_of(filling.variant_of(app, task.variant))
    may = set(corrections.correctable(app, form))
    judged = precheck.judge(paper.paper, form.inputs(paper.values, paper.context), paper.context)
    found = _found(form, judged.obstacles)
    sections = []
    for section in paper.answers():
        choices = tuple(
            Choice(
                answer.field_id,
                answer.label,
                answer.text,
                correction_phrases.offered(answer.type_id),
                *_said(found.get(answer.field_id)),
            )
            for answer in section.answers
            if answer.field_id in may
        )
        if choices:
            sections.append((section.title, choices))
    lists = services.reference.at(reader, task.tenant_id, now)
    today = now.astimezone(services.zone).date()
    term = term_of(app, lists, task.case["region_code"], today, locale)
    return Choices(
        task.case_id,
        task.case["title"],
        tuple(sections),
        correction_phrases.offered(None),
        due_of(term.days, now, lists.calendar).astimezone(services.zone).date(),
        due_of(term.most, now, lists.calendar).astimezone(services.zone).date(),
        term.days,
        term.source,
        corrections.of_case(reader, services.sealer, task.case),
    )


def _said(finding: Finding | None) -> tuple[str, str]:
    return (finding.message, finding.fix) if finding is not None else ("", "")


def _found(form: Form, findings: tuple[Finding, ...]) -> Mapping[str, Finding]:
    """Tell which field each finding is about: one that it names, or from which that is derived."""
    origins: dict[str, str] = {}
    for field in form.fields:
        for name, _ in field.derived:
            origins[name] = field.id
        if field.value is not None and field.value.inputs:
            origins[field.id] = min(field.value.inputs)
    about: dict[str, Finding] = {}
    for finding in findings:
        if finding.verdict is Verdict.PASS:
            continue
        names = {leaf.input_id for leaf in finding.leaves} | set(finding.missing)
        for name in names:
            while name in origins and origins[name] != name:
                name = origins[name]
            about.setdefault(name, finding)
    return about
