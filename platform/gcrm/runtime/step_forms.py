"""The form of a step: what a clerk fills in, seeing what the case and its decisions say."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flow_engine import Process, Step
from form_engine.context import FillContext
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.runtime import filling
from gcrm.runtime.filling import Paper
from gcrm.runtime.reference import Lists
from gcrm.runtime.routing import variables_of
from gcrm.runtime.services import Services


def step_form(
    services: Services,
    lists: Lists,
    app: CompiledApp,
    step: Step,
    process: Process,
    state: bytes,
    inputs: Mapping[str, Any],
    region: str | None,
    now: datetime,
    *,
    roles: Iterable[str],
    locale: str,
) -> tuple[Form, FillContext]:
    """Give the step's form and its context.

    Facts are the case's own answers and facts, and what decisions left in the process.
    """
    form = app.forms[step.form or ""]
    definition = app.definition
    context = filling.context_of(
        services,
        lists,
        Paper(app, definition.item_variants[0], form),
        {},
        now,
        locale=locale,
        step=step.id,
        roles=roles,
        facts={**variables_of(process, state), **inputs},
    )
    evaluation = lists.evaluation(definition.parameters, definition.id, region, now, services.zone)
    return form, replace(context, evaluation=evaluation)
