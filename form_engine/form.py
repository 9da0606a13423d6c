"""A compiled form: bind what was posted, compute, check, show."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from app_definitions import form as definitions
from app_definitions.form import Right
from app_definitions.vocabulary import Vocabulary
from form_engine import answers, checking, errors, options, rendering, rights, settling
from form_engine.bound import Bound, joined, one_more, split
from form_engine.cleaning import printable
from form_engine.context import FillContext
from form_engine.errors import FieldError
from form_engine.field import Cleaned, Field, Translations, translated
from form_engine.messages import Message, locale_key
from form_engine.records import RecordColumn, record_values
from form_engine.section import Section
from form_engine.settling import Settled

KEPT = 200
"""Rights of so many steps and sets of roles are kept with a form."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Form:
    """A form ready to be filled in: values go in, values come out.

    It keeps nothing of anybody; what follows from the definition alone is worked out once.
    """

    definition: definitions.Form
    part: str
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]
    order: tuple[Field, ...]
    vocabulary: Vocabulary
    sealed: frozenset[str]
    record_columns: tuple[RecordColumn, ...]
    translations: Translations = field(default_factory=dict)
    roles: frozenset[str] = field(init=False)
    """The roles that its rights name; others make no difference."""
    needs: frozenset[str] = field(init=False)
    """The answers and facts for which its conditions and formulas ask."""
    _rights: dict[tuple[str, frozenset[str]], Mapping[str, Right]] = field(
        init=False, default_factory=dict
    )
    _labels: dict[str, Mapping[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """See which roles matter."""
        named = (
            entry.role
            for section in self.sections
            for entries in (
                section.definition.rights,
                *(f.definition.rights for f in section.fields),
            )
            for entry in entries
        )
        object.__setattr__(self, "roles", frozenset(role for role in named if role is not None))
        needs = (settling.dependencies(f, s) for s in self.sections for f in s.fields)
        object.__setattr__(self, "needs", frozenset().union(*needs))

    def __repr__(self) -> str:
        """Name the form."""
        return f"<Form {self.part}>"

    @property
    def id(self) -> str:
        """Give the form's id."""
        return self.definition.id

    def title(self, locale: str) -> str:
        """Give the form's name."""
        key = f"{self.part}#{self.id}.title"
        return translated(self.translations, key, self.definition.title, locale)

    def labels(self, locale: str) -> Mapping[str, str]:
        """Give the labels of fields by id, those of their options under `field.code`."""
        language = locale_key(locale)
        if language not in self._labels:
            self._labels[language] = MappingProxyType(self._all_labels(language))
        return self._labels[language]

    def _all_labels(self, locale: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.fields:
            found[one.id] = one.label(locale)
            if one.dictionary is not None or one.settings.get("options"):
                said = options.labels_in(one, locale)
                found |= {f"{one.id}.{code}": label for code, label in said.items()}
        return found

    def field(self, field_id: str) -> Field | None:
        """Find a field by its id."""
        return next((found for found in self.fields if found.id == field_id), None)

    def section(self, section_id: str) -> Section:
        """Find a section by its id; raises KeyError where there is none."""
        for found in self.sections:
            if found.id == section_id:
                return found
        raise KeyError(f'The form "{self.id}" has no section "{section_id}".')

    def rights_for(self, step_id: str, roles: Iterable[str] = ()) -> Mapping[str, Right]:
        """Tell what somebody with these roles may do with each field at a step."""
        held = self.roles.intersection(roles)
        known = self._rights.get((step_id, held))
        if known is not None:
            return known
        found = MappingProxyType(
            {
                found.id: rights.right_of(
                    found.definition, section.definition, step_id, held, found.type.answers
                )
                for section in self.sections
                for found in section.fields
            }
        )
        if len(self._rights) >= KEPT:  # steps and roles are few; whoever asks for more waits
            self._rights.clear()
        self._rights[step_id, held] = found
        return found

    def rights_to_correct(self, asked: Collection[str]) -> dict[str, Right]:
        """Tell what the applicant may do with each field when these are to be corrected.

        Questions that hang on them come with them.
        """
        open_ = frozenset(asked).union(*(self.hanging_on(name) for name in asked))
        return {
            found.id: rights.to_correct(
                found.definition,
                section.definition,
                found.type.answers,
                asked=found.id in open_,
            )
            for section in self.sections
            for found in section.fields
        }

    def hanging_on(self, field_id: str) -> frozenset[str]:
        """List the questions that are asked, or must be answered, only with some answers to one."""
        reached = {field_id}
        while True:
            more = {
                found.id
                for section in self.sections
                for found in section.fields
                if any(
                    one is not None and one.inputs & reached
                    for one in (
                        section.visible_when,
                        found.visible_when,
                        found.required_when,
                        found.value,
                    )
                )
            } - reached
            if not more:
                break
            reached |= more
        asked = {found.id for found in self.fields if found.type.answers}
        return frozenset(reached & asked) - {field_id}

    # Values

    def to_json(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Give answers as JSON, in the order of the form; passwords and notes are left out."""
        return {
            found.id: found.to_json(values[found.id])
            for found in self.fields
            if found.type.stored and values.get(found.id) is not None
        }

    def from_json(self, document: Mapping[str, Any]) -> dict[str, object]:
        """Read answers back; what the form does not ask is left out."""
        read = {
            found.id: found.from_json(document[found.id])
            for found in self.fields
            if found.type.stored and found.id in document
        }
        return {name: value for name, value in read.items() if value is not None}

    def settle(self, values: Mapping[str, object], context: FillContext) -> Settled:
        """Tell which fields are shown with these answers, and what the formulas give.

        What asks for the answers afterwards (`check`, `inputs`, `broken`) takes it, so that
        one look at a form settles it once.
        """
        return settling.settle(self.sections, self.order, values, context)

    def knowing(
        self, settled: Settled, values: Mapping[str, object], context: FillContext
    ) -> Settled:
        """Give what was settled without facts with those of the context.

        Facts for which no condition and no formula asks are only seen by rules.
        """
        if not self.needs.isdisjoint(context.facts):
            return self.settle(values, context)
        own = {found.id for found in self.fields}
        facts = {name: fact for name, fact in context.facts.items() if name not in own}
        return replace(settled, inputs={**facts, **settled.inputs})

    def effective(self, values: Mapping[str, object], context: FillContext) -> dict[str, object]:
        """Give the answers that count: of shown fields only, formulas computed.

        A submission keeps these; a draft keeps `Bound.values`.
        """
        return self.counted(self.settle(values, context))

    def counted(self, settled: Settled) -> dict[str, object]:
        """Give the same from what was settled: a caller that has it settles nothing again."""
        return {
            found.id: settled.values[found.id]
            for found in self.fields
            if found.id in settled.values and found.type.stored
        }

    def inputs(
        self, values: Mapping[str, object], context: FillContext, settled: Settled | None = None
    ) -> dict[str, object]:
        """Give what rules see: the answers that count, derived facts and the context's facts."""
        settled = settled or self.settle(values, context)
        derived = {
            name: expression.value(settled.inputs, context.evaluation).value
            for found in self.fields
            if found.id in settled.values
            for name, expression in found.derived
        }
        known = {name: value for name, value in derived.items() if value is not None}
        return {**settled.inputs, **known}

    def record_values(self, values: Mapping[str, object], context: FillContext) -> dict[str, Any]:
        """Give what the record table keeps, by column id; rows of sub-tables as lists."""
        return self.recorded(self.inputs(values, context))

    def recorded(self, inputs: Mapping[str, object]) -> dict[str, Any]:
        """Give the same from what `inputs` gave: a caller that has it settles nothing again."""
        return record_values(self.record_columns, self.fields, inputs)

    def start(self, values: Mapping[str, object], context: FillContext) -> Bound:
        """Open a form: put in the defaults of fields without an answer, and compute."""
        known = {name: value for name, value in values.items() if value is not None}
        for found in self.order:
            may = rights.may_write(context.rights, found.id)
            if found.default is None or not may or known.get(found.id) is not None:
                continue
            inputs = self.settle(known, context).inputs
            value = found.default.value(inputs, context.evaluation).value
            one = checking.revised(found, value, context)
            if one.value is not None and not one.errors:
                known[found.id] = one.value
        return Bound(self._computed(known, context))

    def _computed(
        self, values: Mapping[str, object], context: FillContext, settled: Settled | None = None
    ) -> dict[str, object]:
        state = settled or self.settle(values, context)
        formulas = {found.id for found in self.fields if found.value is not None}
        known = {name: value for name, value in values.items() if name not in formulas}
        for found in self.fields:
            if found.value is not None and found.id in state.values:
                known[found.id] = state.values[found.id]
        return known

    # Binding and checking

    def bind(
        self,
        raw: Mapping[str, list[str]],
        values: Mapping[str, object],
        context: FillContext,
        section_id: str | None = None,
    ) -> Bound:
        """Take what was posted for one section, or for all.

        Only fields that this person may write change; a field of which nothing was posted
        keeps its answer. What is wrong gives an error, an empty answer and the typed text.
        """
        asked = self.section(section_id).fields if section_id else self.fields
        posted = split(raw)
        known = {name: value for name, value in values.items() if value is not None}
        typed: dict[str, list[str]] = {}
        cleaned: dict[str, Cleaned] = {}
        again = False
        for found in asked:
            parts = posted.get(found.id)
            if parts is None or not rights.may_write(context.rights, found.id):
                continue
            again |= any(part == "more" or part.endswith("-more") for part in parts)
            parts = one_more(parts)
            taken = found.type.posted(parts, values.get(found.id), found, context)
            cleaned[found.id] = one = checking.cleaned(found, taken, context)
            known.pop(found.id, None)
            if one.value is not None:
                known[found.id] = one.value
            if found.type.stored:
                kept = {part: [printable(text) for text in texts] for part, texts in parts.items()}
                typed |= joined(found.id, kept)
        known = self._signed(known, cleaned, context)
        settled = self.settle(known, context)
        wrong: list[FieldError] = []
        doubtful: list[FieldError] = []
        for found in asked:
            if found.id in settled.shown and rights.may_write(context.rights, found.id):
                one = cleaned.get(found.id) or checking.revised(found, known.get(found.id), context)
                wrong += checking.faults(found, one, settled, context)
                doubtful += [errors.error(found, said, context.locale) for said in one.warnings]
        return Bound(
            self._computed(known, context, settled),
            typed,
            () if again else tuple(wrong),
            tuple(doubtful),
            again,
        )

    def check(
        self, values: Mapping[str, object], context: FillContext, settled: Settled | None = None
    ) -> tuple[FieldError, ...]:
        """Look at the whole form: all that is wrong with what this person may write."""
        settled = settled or self.settle(values, context)
        wrong: list[FieldError] = []
        for found in self.fields:
            if found.id not in settled.shown or not rights.may_write(context.rights, found.id):
                continue
            one = checking.revised(found, values.get(found.id), context)
            wrong += checking.faults(found, one, settled, context)
            wrong += self._unsigned(found, values, one, settled, context)
        return tuple(wrong)

    def broken(self, settled: Settled, context: FillContext) -> tuple[str, ...]:
        """Name the conditions, formulas and checks that give nothing because of an error."""
        return checking.broken(self.fields, settled, context)

    # Signatures

    def digest(self, values: Mapping[str, object]) -> str:
        """Give the digest of what somebody signs: all answers but signatures and formulas."""
        signed = {
            found.id: found.to_json(values[found.id])
            for found in self.fields
            if found.type.stored
            and found.type.answers
            and found.type.id != "signature"
            and values.get(found.id) is not None
        }
        content = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def _signed(
        self, known: dict[str, object], cleaned: Mapping[str, Cleaned], context: FillContext
    ) -> dict[str, object]:
        for name in cleaned:
            value = known.get(name)
            if isinstance(value, dict) and value.get("digest") == "":
                counted = self.effective(known, context)
                known[name] = {**value, "digest": self.digest(counted)}
        return known

    def _unsigned(
        self,
        found: Field,
        values: Mapping[str, object],
        one: Cleaned,
        settled: Settled,
        context: FillContext,
    ) -> list[FieldError]:
        value = values.get(found.id)
        if not found.settings.get("again_after_change") or not isinstance(value, dict):
            return []
        if one.errors or value.get("digest") == self.digest(self.counted(settled)):
            return []
        return [errors.error(found, Message("signature_changed"), context.locale)]

    # Showing

    def visible_sections(
        self, values: Mapping[str, object], context: FillContext
    ) -> tuple[Section, ...]:
        """List the pages that these answers call for and this person may see."""
        settled = self.settle(values, context)
        return tuple(
            section
            for section in self.sections
            if any(
                found.id in settled.shown and context.right(found.id) != "hidden"
                for found in section.fields
            )
        )

    def render_section(self, section_id: str, bound: Bound, context: FillContext) -> Markup:
        """Draw the fields of a section, without form element and buttons."""
        settled = self.settle(bound.values, context)
        return rendering.section(self.section(section_id), self.order, bound, settled, context)

    def answers(
        self, values: Mapping[str, object], context: FillContext
    ) -> tuple[answers.AnswerSection, ...]:
        """Give the answers as people read them, by section, as far as this person may see them."""
        settled = self.settle(values, context)
        return answers.sections(self.sections, settled, context)
