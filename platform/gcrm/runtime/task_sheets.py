"""A task laid open: the case behind it, and its step's own form as it was filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app_definitions.app import ItemVariant
from flow_engine import Process, Step
from form_engine.context import FillContext
from form_engine.errors import FieldError
from form_engine.form import Form
from form_engine.messages import locale_key
from gcrm.access.actors import Actor
from gcrm.apps import CompiledApp
from gcrm.runtime import answers, filling
from gcrm.runtime.filling import Paper
from gcrm.runtime.reference import Lists
from gcrm.runtime.services import Services
from gcrm.runtime.step_forms import step_form
from gcrm.runtime.task_rows import OpenTask
from rule_engine import EvaluationContext, Finding


@dataclass(slots=True)
class TaskSheet:
    """The case behind a task; its legal record is opened only when something asks for it."""

    services: Services
    actor: Actor
    task: OpenTask
    app: CompiledApp
    lists: Lists
    now: datetime
    locale: str
    _inputs: Mapping[str, Any] | None = None
    _evaluation: EvaluationContext | None = None

    @property
    def evaluation(self) -> EvaluationContext:
        """Give what expressions are evaluated in."""
        if self._evaluation is None:
            definition = self.app.definition
            self._evaluation = self.lists.evaluation(
                definition.parameters,
                definition.id,
                self.task.case["region_code"],
                self.now,
                self.services.zone,
            )
        return self._evaluation

    @property
    def variant(self) -> ItemVariant:
        """Give the item variant for which the case was submitted."""
        return filling.variant_of(self.app, self.task.variant)

    @property
    def process(self) -> Process:
        """Give the process that decides."""
        return self.app.processes[self.task.process_id]

    def findings(self) -> tuple[Finding, ...]:
        """Judge the application by the rules of its pre-check, in the language of the sheet."""
        decision = self.app.precheck_of(self.variant)
        if decision is None:
            return ()
        form = self.app.form_of(self.variant)
        judged = decision.judge(
            self.inputs(),
            self.evaluation,
            region=self.task.case["region_code"],
            locale=self.locale,
            texts=self.app.translations.get(locale_key(self.locale), {}),
            labels={field.id: field.label(self.locale) for field in form.fields},
        )
        return tuple(judged.findings)

    def inputs(self) -> Mapping[str, Any]:
        """Give what rules see of the application: answers, derived facts, facts."""
        if self._inputs is None:
            self._inputs = self._open()
        return self._inputs

    def application(self) -> tuple[Form, Mapping[str, Any], FillContext]:
        """Give the form of the application with its answers in clear, and their context."""
        task, sealer = self.task, self.services.sealer
        form = self.app.form_of(self.variant)
        party = task.case["applicant_id"]
        values = answers.open_snapshot(
            form, task.snapshot, sealer, task.tenant_id, party, task.submission_id
        )
        facts = answers.open_facts(task.snapshot, sealer, task.tenant_id, party, task.submission_id)
        paper = Paper(self.app, self.variant, form)
        context = filling.context_of(
            self.services, self.lists, paper, values, self.now, locale=self.locale, facts=facts
        )
        return form, values, context

    def _open(self) -> Mapping[str, Any]:
        form, values, context = self.application()
        return form.inputs(values, context)


@dataclass(frozen=True, slots=True)
class Filled:
    """The step's own form as it was filled in."""

    form: Form
    values: Mapping[str, Any]
    inputs: Mapping[str, Any]
    context: FillContext
    errors: tuple[FieldError, ...]


def fill(sheet: TaskSheet, step: Step, raw: Mapping[str, list[str]]) -> Filled | None:
    """Fill in the step's own form with what was posted; None for a step without one."""
    if step.form is None:
        return None
    form, context = step_form(
        sheet.services,
        sheet.lists,
        sheet.app,
        step,
        sheet.process,
        sheet.task.state,
        sheet.inputs(),
        sheet.task.case["region_code"],
        sheet.now,
        roles=[each.role for each in sheet.actor.posts],
        locale=sheet.locale,
    )
    bound = form.bind(raw, form.start({}, context).values, context)
    values = form.effective(bound.values, context)
    settled = form.settle(values, context)
    wrong = bound.errors or form.check(values, context, settled)
    return Filled(form, values, form.inputs(values, context, settled), context, wrong)
