"""Compiling a form definition: types, settings and expressions looked at, all problems at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jsonschema

from app_definitions import form as definitions
from app_definitions import ids
from app_definitions.dictionary import Dictionary
from app_definitions.problem import Problem, Problems, error, has_errors, warning
from app_definitions.translation import Translation
from app_definitions.vocabulary import Input, Option, Vocabulary
from form_engine import settings, settling
from form_engine.field import Check, Field, FieldType, Translations
from form_engine.form import Form
from form_engine.live import trees_of
from form_engine.messages import locale_key
from form_engine.records import columns_of
from form_engine.registry import FieldTypes
from form_engine.section import Section
from rule_engine import Expression, compile_expression

RESERVED = frozenset({"csrf_token", "rev", "go", "key", "save"})
"""Names that the pages around a form post themselves."""

COLUMN_TYPES = frozenset(
    {
        "text", "textarea", "number", "money", "date", "datetime", "select", "radio",
        "multiselect", "switch", "checkbox", "region", "address", "idcard", "uscc", "phone",
        "bankcard", "email",
    }
)  # fmt: skip
"""Types that may stand in a row of a sub-table."""

MOST_SECTIONS, MOST_FIELDS = 60, 500


def compile_form(
    definition: definitions.Form,
    field_types: FieldTypes,
    *,
    dictionaries: Mapping[str, Dictionary] | Iterable[Dictionary] = (),
    vocabulary_extra: Vocabulary | Iterable[Input] = (),
    translations: Mapping[str, Mapping[str, str]] | Iterable[Translation] = (),
    part: str = "",
) -> tuple[Form | None, Problems]:
    """Compile a form. There is no form where a problem must be mended first.

    `vocabulary_extra` are the facts and parameters that its expressions may name besides its
    own fields; `part` is the path of its file.
    """
    compiler = _Compiler(
        definition,
        field_types,
        _by_id(dictionaries),
        tuple(vocabulary_extra),
        _by_locale(translations),
        part or f"forms/{definition.id}.json",
    )
    return compiler.form()


class _Compiler:
    """One compilation; it collects problems on its way."""

    def __init__(
        self,
        definition: definitions.Form,
        field_types: FieldTypes,
        dictionaries: Mapping[str, Dictionary],
        extra: tuple[Input, ...],
        translations: Translations,
        part: str,
    ) -> None:
        self.definition = definition
        self.field_types = field_types
        self.dictionaries = dictionaries
        self.extra = extra
        self.translations = translations
        self.part = part
        self.problems: list[Problem] = []
        self.vocabulary = Vocabulary()

    def form(self) -> tuple[Form | None, Problems]:
        self._check_ids()
        plain = {
            section.id: tuple(
                found
                for one in section.fields
                if (found := self._plain(one, section.id)) is not None
            )
            for section in self.definition.sections
        }
        own = tuple(
            _input(field)
            for fields in plain.values()
            for field in fields
            if field.type.answers or field.value is not None or field.type.stored
        )
        self.vocabulary = Vocabulary(self.extra).extended(own)
        sections = tuple(
            self._section(section, plain[section.id]) for section in self.definition.sections
        )
        fields = tuple(field for section in sections for field in section.fields)
        order, circle = settling.ordered(sections)
        if circle:
            path = ids.path(self.part, [circle[0]])
            self._problem(path, "form_circle", fields=" → ".join((*circle, circle[0])))
        self._warn_of_revealing(fields)
        if has_errors(self.problems):
            return None, tuple(self.problems)
        made = Form(
            definition=self.definition,
            part=self.part,
            sections=sections,
            fields=fields,
            order=order,
            vocabulary=Vocabulary((*own, *self._derived_inputs(fields))),
            sealed=frozenset(field.id for field in fields if _is_sealed(field)),
            record_columns=columns_of(fields),
            translations=self.translations,
        )
        return made, tuple(self.problems)

    def _problem(self, path: str, code: str, /, **values: str | int) -> None:
        self.problems.append(error(path, code, **values))

    def _check_ids(self) -> None:
        if not self.definition.sections:
            self._problem(self.part, "form_empty")
        fields = list(self.definition.fields())
        if len(self.definition.sections) > MOST_SECTIONS or len(fields) > MOST_FIELDS:
            self._problem(self.part, "form_too_large", sections=MOST_SECTIONS, fields=MOST_FIELDS)
        seen: set[str] = set()
        for found in _listed_ids(self.definition):
            if found in seen:
                self._problem(ids.path(self.part, [found], "id"), "form_id_doubled", id=found)
            seen.add(found)
        for field in fields:
            if field.id in RESERVED:
                self._problem(
                    ids.path(self.part, [field.id], "id"), "form_id_reserved", id=field.id
                )

    # Fields without their expressions

    def _plain(
        self, definition: definitions.Field, section_id: str, inside: bool = False
    ) -> Field | None:
        path = ids.path(self.part, [definition.id])
        kind = self.field_types.get(definition.type)
        if kind is None:
            known = ", ".join(self.field_types.names())
            self._problem(f"{path}.type", "form_type_unknown", type=definition.type, known=known)
            return None
        if not definition.label and kind.answers:
            self._problem(f"{path}.label", "form_label_missing", id=definition.id)
        if inside and kind.id not in COLUMN_TYPES:
            self._problem(f"{path}.type", "form_column_type", type=kind.id)
            return None
        if not self._check_settings(definition, kind, path):
            return None
        found = Field(
            definition=definition,
            type=kind,
            section_id=section_id,
            key=path,
            settings=settings.with_defaults(kind.settings_schema, dict(definition.settings)),
            sealed=_chosen(definition.sealed, kind.sealed_by_default),
            recorded=_chosen(definition.record, kind.recorded_by_default),
            texts=self.field_types.texts,
            translations=self.translations,
            dictionary=self._dictionary(definition, path),
        )
        return replace(found, columns=self._columns(found, path))

    def _check_settings(self, definition: definitions.Field, kind: FieldType, path: str) -> bool:
        wrong = [
            _setting_problem(trouble, path, kind)
            for trouble in _validator(kind).iter_errors(dict(definition.settings))
        ]
        self.problems += wrong
        if wrong:
            return False
        for prop, said in kind.find_faults(definition):
            self._problem(f"{path}.{prop}", f"form_{said.code}", **said.values)
        return True

    def _dictionary(self, definition: definitions.Field, path: str) -> Dictionary | None:
        name = definition.settings.get("dictionary")
        if not name:
            return None
        found = self.dictionaries.get(name)
        if found is None:
            self._problem(f"{path}.settings.dictionary", "form_dictionary_unknown", id=name)
        return found

    def _columns(self, found: Field, path: str) -> tuple[Field, ...]:
        columns = found.definition.columns
        if columns and not found.type.takes_columns:
            self._problem(f"{path}.columns", "form_columns_refused", type=found.type.id)
            return ()
        for column in columns:
            self._refuse_expressions(column)
        built = (self._plain(column, found.section_id, inside=True) for column in columns)
        return tuple(column for column in built if column is not None)

    def _refuse_expressions(self, column: definitions.Field) -> None:
        for name in ("required_when", "visible_when", "value", "default", "checks"):
            if getattr(column, name):
                path = ids.path(self.part, [column.id], name)
                self._problem(path, "form_column_expression", id=column.id)

    # Expressions

    def _section(self, definition: definitions.Section, plain: tuple[Field, ...]) -> Section:
        return Section(
            definition=definition,
            key=ids.path(self.part, [definition.id]),
            fields=tuple(self._complete(field) for field in plain),
            visible_when=self._condition(definition.visible_when, definition.id, "visible_when"),
            translations=self.translations,
        )

    def _complete(self, field: Field) -> Field:
        definition = field.definition
        if field.type.id == "computed" and not definition.value:
            self._problem(f"{field.key}.value", "form_value_missing", id=field.id)
        if field.type.id != "computed" and definition.value:
            self._problem(f"{field.key}.value", "form_value_refused", type=field.type.id)
        checks = (
            (check.id, self._condition(check.that, check.id, "that")) for check in definition.checks
        )
        derived = (
            (one.id, self._expression(one.value, one.id, "value")) for one in definition.derived
        )
        complete = replace(
            field,
            visible_when=self._condition(definition.visible_when, field.id, "visible_when"),
            required_when=self._condition(definition.required_when, field.id, "required_when"),
            value=self._expression(definition.value, field.id, "value"),
            default=self._default(field),
            checks=tuple(Check(name, that) for name, that in checks if that is not None),
            derived=tuple((name, value) for name, value in derived if value is not None),
        )
        return replace(complete, trees=trees_of(complete))

    def _expression(self, text: str, owner: str, prop: str) -> Expression | None:
        if not text:
            return None
        path = ids.path(self.part, [owner], prop)
        expression, problems = compile_expression(text, self.vocabulary, path=path)
        self.problems += problems
        return expression

    def _condition(self, text: str, owner: str, prop: str) -> Expression | None:
        expression = self._expression(text, owner, prop)
        if expression is not None and expression.type.name not in ("boolean", "any"):
            path = ids.path(self.part, [owner], prop)
            self._problem(path, "form_condition_type", type=str(expression.type.name))
        return expression

    def _default(self, field: Field) -> Expression | None:
        expression = self._expression(field.definition.default, field.id, "default")
        if expression is not None:
            given, wanted = str(expression.type.name), field.type.feel_type(field.settings)
            if given not in ("any", "null") and given != wanted.partition("<")[0]:
                path = ids.path(self.part, [field.id], "default")
                self._problem(path, "form_default_type", given=given, wanted=wanted)
        return expression

    def _warn_of_revealing(self, fields: Iterable[Field]) -> None:
        """Advise where a formula writes a sealed answer into a text that is not sealed."""
        for field in fields:
            if field.value is None or field.sealed or field.value.type.name != "string":
                continue
            named = (self.vocabulary.get(name) for name in sorted(field.value.inputs))
            sealed = [found.label for found in named if found is not None and found.sealed]
            if sealed:
                path = f"{field.key}.value"
                said = warning(path, "form_value_reveals", id=field.id, fields=", ".join(sealed))
                self.problems.append(said)

    def _derived_inputs(self, fields: Iterable[Field]) -> list[Input]:
        return [
            Input(name, name, str(expression.type.name), column=name)
            for field in fields
            for name, expression in field.derived
        ]


def _listed_ids(form: definitions.Form) -> Iterable[str]:
    for section in form.sections:
        yield section.id
        for field in section.fields:
            yield from _field_ids(field)


def _field_ids(field: definitions.Field) -> Iterable[str]:
    yield field.id
    yield from (check.id for check in field.checks)
    yield from (one.id for one in field.derived)
    for column in field.columns:
        yield from _field_ids(column)


def _chosen(written: bool | None, by_default: bool) -> bool:
    return by_default if written is None else written


def _is_sealed(field: Field) -> bool:
    return field.sealed or any(column.sealed for column in field.columns)


@lru_cache(maxsize=128)
def _validator(kind: FieldType) -> Any:
    return jsonschema.Draft202012Validator(kind.settings_schema)


def _setting_problem(trouble: Any, path: str, kind: FieldType) -> Problem:
    place = ".".join(str(step) for step in trouble.absolute_path)
    if trouble.validator == "additionalProperties" and not place:
        unknown = sorted(set(trouble.instance) - set(kind.settings_schema["properties"]))
        known = ", ".join(sorted(kind.settings_schema["properties"])) or "-"
        return error(
            f"{path}.settings.{unknown[0]}",
            "form_setting_unknown",
            setting=unknown[0],
            type=kind.id,
            known=known,
        )
    shown = str(trouble.instance)[:80]
    return error(
        f"{path}.settings.{place}" if place else f"{path}.settings",
        "form_setting_wrong",
        setting=place or "settings",
        value=shown,
        rule=f"{trouble.validator}: {str(trouble.validator_value)[:80]}",
    )


def _input(field: Field) -> Input:
    shape = field.type.record(field) if field.recorded else None
    plain = shape is not None and shape.kind != "index"
    return Input(
        id=field.id,
        label=field.definition.label or field.id,
        type=field.type.feel_type(field.settings),
        scale=shape.scale if shape else None,
        unit=str(field.settings.get("unit", "")) or None,
        options=_options(field),
        required=field.definition.required,
        sealed=_is_sealed(field),
        column=field.id if plain and field.type.id != "address" else None,
    )


def _options(field: Field) -> tuple[Option, ...]:
    if field.dictionary is not None:
        return tuple(Option(entry.code, entry.label) for entry in field.dictionary.entries)
    listed = field.settings.get("options") or []
    return tuple(Option(str(option["id"]), str(option["label"])) for option in listed)


def _by_id(
    dictionaries: Mapping[str, Dictionary] | Iterable[Dictionary],
) -> Mapping[str, Dictionary]:
    if isinstance(dictionaries, Mapping):
        return dictionaries
    return {dictionary.id: dictionary for dictionary in dictionaries}


def _by_locale(
    translations: Mapping[str, Mapping[str, str]] | Iterable[Translation],
) -> Translations:
    if isinstance(translations, Mapping):
        return {locale_key(locale): words for locale, words in translations.items()}
    return {locale_key(one.locale): one.words() for one in translations}
