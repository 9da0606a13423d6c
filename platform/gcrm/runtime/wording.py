"""What an app calls its things, in the reader's language."""

from app_definitions import ids
from gcrm.apps import CompiledApp


def item_name(app: CompiledApp, locale: str) -> str:
    """Give the name under which people know the service."""
    return app.say(ids.path("app.json", [app.id], "name"), app.definition.name, locale)


def step_name(app: CompiledApp, process_id: str, step_id: str, locale: str) -> str:
    """Give a step's name; its id where the process does not have it."""
    process = app.processes.get(process_id)
    step = process.step(step_id) if process is not None else None
    if process is None or step is None:
        return step_id
    return app.say(ids.path(process.definition.part, [step.id], "name"), step.name, locale)


def verb_label(app: CompiledApp, process_id: str, step_id: str, verb_id: str, locale: str) -> str:
    """Give the words on a button."""
    process = app.processes.get(process_id)
    step = process.step(step_id) if process is not None else None
    verb = step.verb(verb_id) if step is not None else None
    if process is None or step is None or verb is None:
        return verb_id
    key = ids.path(process.definition.part, [step.id, verb.id], "label")
    return app.say(key, verb.label, locale)


def step_names(app: CompiledApp, locale: str) -> dict[str, str]:
    """Give the names of all steps of all processes by id."""
    return {
        step.id: step_name(app, process_id, step.id, locale)
        for process_id, process in app.processes.items()
        for step in process.steps
    }
