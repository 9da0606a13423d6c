"""Words of an app: the vocabulary of its expressions, and its texts in other languages."""

from collections.abc import Iterable, Iterator, Mapping

from app_definitions import ids, translation
from app_definitions.app import PLACEHOLDERS, App
from app_definitions.problem import Problem, warning
from app_definitions.vocabulary import Input, Option, Vocabulary
from flow_engine import ProcessDefinition
from gcrm.apps.parts import Parts

APP = "app.json"
LOCALES = ("en",)
"""Languages that every app is asked for beside Chinese."""


def platform_inputs(app: App) -> tuple[Input, ...]:
    """Give what expressions may name beside the fields: facts and parameters."""
    facts = tuple(
        Input(
            fact.id,
            fact.label,
            fact.type,
            options=tuple(Option(option.code, option.label) for option in fact.options),
        )
        for fact in app.facts
    )
    return facts + tuple(
        Input(f"parameters.{entry.id}", entry.name, entry.type, unit=entry.unit or None)
        for entry in app.parameters
    )


PAPER = (
    Input("paper_number", "文书编号", "string"),
    Input("paper_date", "出具日期", "date"),
    Input("paper_issuer", "出具单位", "string"),
    Input("paper_code", "核验码", "string"),
    Input("paper_link", "核验网址", "string"),
    Input("valid_from", "有效期从", "date"),
    Input("valid_to", "有效期到", "date"),
    Input("case_number", "办件编号", "string"),
    Input("case_item", "事项名称", "string"),
    Input("applicant_name", "申请人姓名", "string"),
    Input("submitted_on", "提交日期", "date"),
    Input("accepted_on", "受理日期", "date"),
    Input("decided_on", "决定日期", "date"),
    Input("due_on", "承诺办结日期", "date"),
    Input("outcome_reason", "不予的原因", "string", sealed=True),
    Input("outcome_rule", "不予的依据", "string"),
    Input("outcome_change", "怎样就可以办了", "string", sealed=True),
    Input("outcome_elsewhere", "还可以找谁", "string", sealed=True),
    Input("appeal_days", "多少日内可以申请复议", "number"),
    Input("appeal_months", "多少个月内可以起诉", "number"),
)
"""What papers may name beside the answers: the paper itself, its case and the decision."""


def outputs(parts: Parts, definition: ProcessDefinition | None) -> tuple[Input, ...]:
    """Give what the decisions that a process asks leave behind for its steps and conditions."""
    asked = {node.decision for node in definition.nodes} if definition else set()
    found: dict[str, Input] = {}
    for name in sorted(entry for entry in asked if entry is not None):
        decision = parts.decisions.get(name)
        for version in decision.versions if decision else ():
            for column in version.table.outputs if version.table else ():
                found[column.id] = Input(column.id, column.label, column.type)
            for node in version.nodes:
                found[node.id] = Input(node.id, node.label, node.type or "any")
    return tuple(found.values())


def routing(vocabulary: Vocabulary) -> tuple[Input, ...]:
    """Give what the platform itself tells a process: how the pre-check came out."""
    known = Input("precheck", "precheck", "string", options=tuple(
        Option(verdict, verdict) for verdict in ("pass", "fail", "missing")
    ))  # fmt: skip
    return () if known.id in vocabulary else (known,)


def source_texts(parts: Parts) -> dict[str, str]:
    """Give every text of the app that people read, in Chinese, by its key."""
    found: dict[str, str] = {}
    if parts.app is not None:
        found.update(translation.texts(parts.app, APP))
    for folder, models in (
        ("forms", parts.forms),
        ("decisions", parts.decisions),
        ("boards", parts.boards),
        ("papers", parts.papers),
        ("dictionaries", parts.dictionaries),
    ):
        for name, model in models.items():
            found.update(translation.texts(model, f"{folder}/{name}.json"))
    for definition in parts.processes.values():
        found.update(_process_texts(definition))
    return found


def _process_texts(definition: ProcessDefinition) -> Iterator[tuple[str, str]]:
    for step in definition.steps:
        yield ids.path(definition.part, [step.id], "name"), step.name
        for verb in step.verbs:
            yield ids.path(definition.part, [step.id, verb.id], "label"), verb.label


def translations(parts: Parts) -> dict[str, dict[str, str]]:
    """Give the texts of each language; entries of dictionaries stand under their fields too."""
    return {
        locale: {**entry.words(), **dict(_options(parts, entry.words()))}
        for locale, entry in parts.translations.items()
    }


def _options(parts: Parts, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, form in parts.forms.items():
        fields = [*form.fields(), *(column for each in form.fields() for column in each.columns)]
        for field in fields:
            dictionary = parts.dictionaries.get(str(field.settings.get("dictionary", "")))
            for entry in dictionary.entries if dictionary else ():
                place = f"dictionaries/{dictionary.id}.json" if dictionary else ""
                said = words.get(ids.path(place, [entry.code], "label"))
                if said:
                    yield ids.path(f"forms/{name}.json", [field.id, "options"], entry.code), said


def check_translations(parts: Parts) -> Iterator[Problem]:
    """List texts that a language lacks, and texts that nothing shows any more."""
    sources = source_texts(parts)
    for locale in LOCALES:
        if not parts.has("i18n", locale):
            yield warning(
                f"i18n/{locale}.json", "translation_language_missing", locale=locale,
                count=len(sources),
            )  # fmt: skip
    for locale, entry in parts.translations.items():
        part = f"i18n/{locale}.json"
        known = entry.words()
        yield from _listed(part, "translation_missing", [k for k in sources if not known.get(k)])
        yield from _listed(part, "translation_unused", [k for k in known if k not in sources])
        for key in sources.keys() & known.keys():
            asked, named = _braces(sources[key]), _braces(known[key])
            if key.endswith(".short"):  # a text message has its own choice of what it can hold
                asked, named = asked | PLACEHOLDERS, named | asked | PLACEHOLDERS
            if asked != named:
                yield warning(part, "translation_of_other_values", key=key)


def _listed(part: str, code: str, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        yield warning(part, code, key=key)


def _braces(text: str) -> frozenset[str]:
    pieces = text.split("{")[1:]
    return frozenset(piece.partition("}")[0] for piece in pieces if "}" in piece)
