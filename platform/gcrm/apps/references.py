"""References between parts: everything that one definition names in another must be there."""

from collections.abc import Iterable, Iterator, Mapping

from app_definitions import ids, kinds, scopes
from app_definitions.app import PLACEHOLDERS, App, Notice, placeholders
from app_definitions.form import APPLY, Field, RightEntry
from app_definitions.form import Form as FormDefinition
from app_definitions.problem import Problem, error, warning
from flow_engine import Process, ProcessDefinition
from form_engine import Form
from gcrm.apps import words
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.notice_lengths import SMS_LENGTH, least_length
from gcrm.apps.parts import Parts
from rule_engine.rows_sql import RowField, compile_row_condition

APP = "app.json"
PERSON_FIELDS = (
    "name_field",
    "id_field",
    "phone_field",
    "relation_field",
    "staff_number_field",
)
FITTING: Mapping[str, tuple[str, ...]] = {
    "id_field": ("idcard", "uscc"),
    "phone_field": ("phone",),
    "field": ("idcard", "uscc"),
    "region_field": ("region", "address"),
}
"""Which types of fields can be what the app uses them for."""
MISSING = {
    "forms": "app_form_unknown",
    "processes": "app_process_unknown",
    "decisions": "app_decision_unknown",
}


def check(
    parts: Parts, forms: Mapping[str, Form], processes: Mapping[str, Process]
) -> Iterator[Problem]:
    """Check all references inside one package."""
    app = parts.app
    if app is None:
        return
    yield from _names(app, parts)
    yield from _variants(app, parts, forms)
    yield from _issues(app, parts)
    yield from _fields_of_app(app, parts)
    yield from _notices(app, parts, forms)
    yield from _scopes(app)
    for definition in parts.processes.values():
        yield from _process(definition, app, parts)
    for name, form in parts.forms.items():
        yield from _rights(f"forms/{name}.json", form, app, parts)
    sealed = {field for form in forms.values() for field in form.sealed}
    for name, process in processes.items():
        for field in sorted(process.inputs & sealed):
            yield error(f"processes/{name}.bpmn", "process_reads_sealed", field=field)
    yield from _tests(app, parts)
    yield from _unused(app, parts)


def check_members(parts: Parts, members: Mapping[str, CompiledApp]) -> Iterator[Problem]:
    """Check what a composite says of its members against their current releases."""
    app = parts.app
    for member in app.members if app else ():
        found = members.get(member.id)
        if found is None:
            yield error(_at(member.id, "app"), "member_unknown", app=member.app)
            continue
        variant = found.variant(member.item_variant)
        if found.is_composite:
            yield error(_at(member.id, "app"), "member_is_composite", app=member.app)
        if variant is None:
            yield error(
                _at(member.id, "item_variant"),
                "member_variant_unknown",
                app=member.app,
                variant=member.item_variant,
            )
            continue
        asked = {field.id for field in found.form_of(variant).fields}
        for entry in member.form_map:
            if entry.member_field not in asked:
                yield error(
                    _at(member.id, "form_map"),
                    "member_field_unknown",
                    app=member.app,
                    field=entry.member_field,
                )


def _at(own: str, prop: str) -> str:
    return ids.path(APP, [own], prop)


def _names(app: App, parts: Parts) -> Iterator[Problem]:
    """A name stands for one thing in expressions: a field, a fact, or what a decision gives."""
    fields = _first_fields(app, parts)
    for fact in app.facts:
        if fact.id in fields:
            yield error(_at(fact.id, "id"), "name_taken", name=fact.id)
    known = fields.keys() | {fact.id for fact in app.facts}
    for definition in parts.processes.values():
        for output in words.outputs(parts, definition):
            if output.id in known:
                yield error(definition.part, "name_taken", name=output.id)


def _issues(app: App, parts: Parts) -> Iterator[Problem]:
    """Every paper that a decision brings must be there, one for each decision."""
    for variant in app.item_variants:
        seen: set[str] = set()
        for issue in variant.issues:
            if not parts.has("papers", issue.paper):
                yield error(_at(issue.id, "paper"), "app_paper_unknown", name=issue.paper)
            if issue.on in seen:
                yield error(_at(issue.id, "on"), "issue_doubled", variant=variant.name)
            seen.add(issue.on)
            if issue.number_prefix in {each.number_prefix for each in app.item_variants}:
                yield error(
                    _at(issue.id, "number_prefix"),
                    "issue_prefix_of_cases",
                    prefix=issue.number_prefix,
                )
        steps = {step.id for each in parts.processes.values() for step in each.steps}
        for step in variant.revocation_four_eyes:
            if step not in steps:
                yield error(_at(variant.id, "revocation_four_eyes"), "step_unknown", step=step)


def _variants(app: App, parts: Parts, forms: Mapping[str, Form]) -> Iterator[Problem]:
    for variant in app.item_variants:
        for prop, folder, name in (
            ("form", "forms", variant.form),
            ("process", "processes", variant.process),
            ("precheck", "decisions", variant.precheck),
        ):
            if name is not None and not parts.has(folder, name):
                yield error(_at(variant.id, prop), MISSING[folder], name=name)
        decision = parts.decisions.get(variant.precheck or "")
        if decision is not None and decision.kind != "conditions":
            yield error(_at(variant.id, "precheck"), "precheck_is_no_list", name=decision.name)
        form = parts.forms.get(variant.form)
        known = {field.id for field in form.fields()} if form else set()
        compiled = forms.get(variant.form)
        for name in variant.subject if form else ():
            if name not in known:
                yield error(_at(variant.id, "subject"), "field_unknown", field=name)
            elif compiled is not None and name in compiled.sealed:
                yield error(_at(variant.id, "subject"), "subject_is_sealed", field=name)
        if any(
            other is not variant and other.number_prefix == variant.number_prefix
            for other in app.item_variants
        ):
            yield error(
                _at(variant.id, "number_prefix"),
                "prefix_taken",
                prefix=variant.number_prefix,
                app=app.id,
            )
        promised, legal = variant.promised, variant.statutory
        if promised.unit == legal.unit and promised.value > legal.value:
            yield warning(_at(variant.id, "promised"), "promise_longer_than_law")


def _first_fields(app: App, parts: Parts) -> dict[str, Field]:
    names = {variant.form for variant in app.item_variants}
    forms = [form for name, form in parts.forms.items() if name in names]
    return {field.id: field for form in forms for field in form.fields()}


def _fields_of_app(app: App, parts: Parts) -> Iterator[Problem]:
    known = _first_fields(app, parts)
    named = [(fact.id, "field", fact.field) for fact in app.facts]
    for person in app.participants:
        place = f"participants.{person.role}"
        named += [
            (app.id, f"{place}.{prop}", value)
            for prop in PERSON_FIELDS
            if (value := getattr(person, prop)) is not None
        ]
    if app.place is not None:
        named.append((app.id, "place.region_field", app.place.region_field))
    for member in app.members:
        named += [(member.id, "form_map", entry.field) for entry in member.form_map]
    for own, prop, name in named:
        field = known.get(name)
        types = FITTING.get(prop.rpartition(".")[2], ())
        if field is None:
            yield error(_at(own, prop), "field_unknown", field=name)
        elif types and field.type not in types:
            yield error(
                _at(own, prop), "field_type_unfit", field=field.label, types=", ".join(types)
            )


def _public(app: App, parts: Parts, forms: Mapping[str, Form]) -> Iterator[Problem]:
    """What everybody may read must be asked somewhere, and nothing sealed is shown as it is."""
    if app.publicity is None:
        return
    known = {field.id for form in parts.forms.values() for field in form.fields()}
    sealed = {name for form in forms.values() for name in form.sealed}
    for entry in app.publicity.fields:
        if entry.field not in known:
            yield error(_at(app.id, "publicity.fields"), "field_unknown", field=entry.field)
        elif entry.field in sealed and entry.show != "masked":
            yield error(_at(app.id, "publicity.fields"), "public_is_sealed", field=entry.field)


def _notices(app: App, parts: Parts, forms: Mapping[str, Form]) -> Iterator[Problem]:
    fields = _first_fields(app, parts)
    names = {variant.form for variant in app.item_variants}
    sealed = {field for name, form in forms.items() if name in names for field in form.sealed}
    for notice in app.notices:
        for prop, text in (("text", notice.text), ("short", notice.short)):
            try:
                used = set(placeholders(text))
            except ValueError:
                continue  # said by the reader
            for name in sorted(used - PLACEHOLDERS):
                if name not in fields:
                    yield error(_at(notice.id, prop), "placeholder_unknown", name=name)
                elif name in sealed:
                    yield error(_at(notice.id, prop), "placeholder_is_sealed", name=name)
        yield from _too_long(app, parts, notice)
        if not notice.to or not notice.channels:
            yield error(_at(notice.id, "to"), "notice_goes_nowhere")


def _scopes(app: App) -> Iterator[Problem]:
    """Look at the conditions in scopes: both databases must be able to ask them."""
    for role in app.roles:
        for right in role.rights:
            if any(scopes.faults(right.scope)):
                continue
            for written in scopes.conditions(right.scope):
                fields = tuple(
                    RowField(one["id"], one["type"], one.get("scale", 0), one.get("label", ""))
                    for one in written["fields"]
                )
                path = ids.path(APP, [role.id], "rights")
                yield from compile_row_condition(written["that"], fields, path)[1]


def _too_long(app: App, parts: Parts, notice: Notice) -> Iterator[Problem]:
    """Find texts that no text message can hold, in Chinese and in the app's translations."""
    if "sms" not in notice.channels:
        return
    prop = "short" if notice.short else "text"
    said = [("", notice.short or notice.text, app.name)]
    for locale, entry in parts.translations.items():
        known = entry.words()
        translated = known.get(_at(notice.id, prop))
        if translated:
            item = known.get(_at(app.id, "name"), app.name)
            said.append((locale, translated, item))
    for locale, text, item in said:
        try:
            length = least_length(text, app, item)
        except ValueError:
            continue  # said by the reader
        if length > SMS_LENGTH and not locale:
            yield error(_at(notice.id, prop), "notice_too_long", count=length, most=SMS_LENGTH)
        elif length > SMS_LENGTH:
            yield warning(
                _at(notice.id, prop), "notice_too_long_in", locale=locale, count=length,
                most=SMS_LENGTH,
            )  # fmt: skip


def _process(definition: ProcessDefinition, app: App, parts: Parts) -> Iterator[Problem]:
    def at(node: str, prop: str) -> str:
        return ids.path(definition.part, [node], prop)

    roles = {role.id for role in app.roles}
    steps = {step.id for step in definition.steps}
    for step in definition.steps:
        if step.form is not None and not parts.has("forms", step.form):
            yield error(at(step.id, "form"), MISSING["forms"], name=step.form)
        if not step.assignees:
            yield error(at(step.id, "assignee"), "step_without_assignee", step=step.name)
        for assignee in step.assignees:
            for role in (assignee.role, assignee.fallback):
                if role is not None and role not in roles:
                    yield error(at(step.id, "assignee"), "role_unknown", role=role)
            if assignee.place == "region" and app.place is None:
                yield error(at(step.id, "assignee"), "place_missing", step=step.name)
        if not step.verbs:
            yield error(at(step.id, "verb"), "step_without_verb", step=step.name)
        for other in step.four_eyes:
            if other not in steps or other == step.id:
                yield error(at(step.id, "four_eyes"), "step_unknown", step=other)
    parameters = {entry.id: entry for entry in app.parameters}
    for node in definition.nodes:
        if node.publicity is not None:
            wanted = parameters.get(node.publicity)
            if wanted is None or wanted.type != "number":
                yield error(at(node.id, "publicity"), "parameter_unknown", name=node.publicity)
            if app.publicity is None:
                yield error(at(node.id, "publicity"), "publicity_shows_nothing", name=node.name)
        if node.decision is not None and not parts.has("decisions", node.decision):
            yield error(at(node.id, "decision"), MISSING["decisions"], name=node.decision)
        if node.kind == "endEvent" and node.scope == definition.id and node.outcome is None:
            yield error(at(node.id, "outcome"), "end_without_outcome", name=node.name)


def _rights(part: str, form: FormDefinition, app: App, parts: Parts) -> Iterator[Problem]:
    steps = {"*", APPLY}
    steps.update(step.id for each in parts.processes.values() for step in each.steps)
    roles = {role.id for role in app.roles}
    things: list[tuple[str, Iterable[RightEntry]]] = []
    for section in form.sections:
        things.append((section.id, section.rights))
        things += [(field.id, field.rights) for field in section.fields]
    for own, rights in things:
        for entry in rights:
            if entry.step not in steps:
                yield error(ids.path(part, [own], "rights"), "step_unknown", step=entry.step)
            if entry.role is not None and entry.role not in roles:
                yield error(ids.path(part, [own], "rights"), "role_unknown", role=entry.role)


def _tests(app: App, parts: Parts) -> Iterator[Problem]:
    facts = {fact.id for fact in app.facts}
    for test in app.tests:
        variant = app.variant(test.variant)
        if variant is None:
            yield error(_at(test.id, "variant"), "variant_unknown", variant=test.variant)
            continue
        form = parts.forms.get(variant.form)
        fields = {field.id for field in form.fields()} if form else set()
        for given in test.given if form else ():
            if given.field not in fields:
                yield error(_at(test.id, "given"), "field_unknown", field=given.field)
        for fact in test.facts:
            if fact.fact not in facts:
                yield error(_at(test.id, "facts"), "fact_unknown", fact=fact.fact)
        definition = parts.processes.get(variant.process)
        steps = {step.id: step for step in definition.steps} if definition else {}
        for act in test.acts if definition else ():
            step = steps.get(act.step)
            if step is None:
                yield error(_at(test.id, "acts"), "step_unknown", step=act.step)
            elif step.verb(act.verb) is None:
                yield error(_at(test.id, "acts"), "verb_unknown", step=act.step, verb=act.verb)
        for output in test.expect.outputs:
            if not parts.has("decisions", output.decision):
                yield error(
                    _at(test.id, "expect.outputs"),
                    MISSING["decisions"],
                    name=output.decision,
                )


def _unused(app: App, parts: Parts) -> Iterator[Problem]:
    used = {APP}
    for variant in app.item_variants:
        used |= {f"forms/{variant.form}.json", f"processes/{variant.process}.bpmn"}
        used.add(f"decisions/{variant.precheck}.json")
        used |= {f"papers/{issue.paper}.json" for issue in variant.issues}
    for definition in parts.processes.values():
        used |= {f"forms/{step.form}.json" for step in definition.steps if step.form}
        used |= {f"decisions/{node.decision}.json" for node in definition.nodes if node.decision}
    for form in parts.forms.values():
        for field in form.fields():
            for each in (field, *field.columns):
                used.add(f"dictionaries/{each.settings.get('dictionary')}.json")
    for test in app.tests:
        used |= {f"decisions/{output.decision}.json" for output in test.expect.outputs}
    asked = {kind.folder for kind in kinds.KINDS} - {"", "boards", "i18n"} | {"processes"}
    for path in sorted(parts.paths - used):
        if path.rpartition("/")[0] in asked:
            yield warning(path, "part_unused")
