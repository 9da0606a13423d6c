"""The impact list: for whom a decision comes out otherwise under another release or version.

Pure: two sides and a stream of samples go in, changes come out. Each side works out the inputs
of a sample with its own form, both judge as of the same moment, so that two versions of a law
can be held against each other on any day.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app_definitions import decision as definitions
from app_definitions import ids
from form_engine import Form
from form_engine.context import Attachment, FillContext
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.surroundings import CodeRegions, evaluation
from gcrm.apps.tests import feel_value, plain
from rule_engine import (
    CompiledVersion,
    Decision,
    DecisionJudgement,
    EvaluationContext,
    Finding,
    Verdict,
)

Fill = Callable[[CompiledApp, Form, Mapping[str, Any], Mapping[str, Any], dt.datetime], FillContext]
"""Makes what a form is filled in with: app, form, values, facts, moment."""


@dataclass(frozen=True, slots=True)
class Side:
    """A decision of a release; without a version the one that holds on the day judges."""

    app: CompiledApp
    decision_id: str
    version_id: str | None = None

    @property
    def decision(self) -> Decision:
        """Give the decision, with the one version open at both ends where one is named."""
        found = self.app.decisions[self.decision_id]
        return found if self.version_id is None else held(found, self.version_id)


@dataclass(frozen=True, slots=True)
class Sample:
    """An application: answers by field as JSON, and facts; without a form they are inputs."""

    id: str
    name: str
    given: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    variant: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """How a side judges a sample: the verdict, the outcome (its outputs), and why."""

    version_id: str | None
    verdict: Verdict
    outcome: Mapping[str, Any]
    said: str
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A sample that comes out otherwise."""

    sample: Sample
    old: Judged
    new: Judged


def changes(
    old: Side,
    new: Side,
    samples: Iterable[Sample],
    as_of: dt.datetime,
    *,
    locale: str = "zh-CN",
    fill: Fill | None = None,
) -> Iterator[Change]:
    """Give the samples whose outcome or verdict changes, in the order in which they come."""
    before, after = _Judge(old, as_of, locale, fill), _Judge(new, as_of, locale, fill)
    names = before.outcomes | after.outcomes if before.outcomes and after.outcomes else set()
    for sample in samples:
        first, second = before.judged(sample), after.judged(sample)
        same = all(first.outcome.get(name) == second.outcome.get(name) for name in names)
        if first.verdict is not second.verdict or not same:
            yield Change(sample, first, second)


def samples_of_tests(app: CompiledApp, decision_id: str) -> tuple[Sample, ...]:
    """Give the examples that the app carries: its own tests, then those of the decision."""
    found = [
        Sample(
            test.id,
            test.name,
            {given.field: given.value for given in test.given},
            {fact.fact: feel_value(fact.value, _type(app, fact.fact)) for fact in test.facts},
            test.variant,
        )
        for test in app.definition.tests
    ]
    kinds = {entry.id: entry.type for entry in app.decisions[decision_id].vocabulary}
    found += [
        Sample(
            test.id,
            test.name,
            {one.input: feel_value(one.value, kinds.get(one.input, "any")) for one in test.given},
            region=test.region,
        )
        for test in app.decision_tests.get(decision_id, ())
    ]
    return tuple(found)


def held(decision: Decision, version_id: str) -> Decision:
    """Give the decision with one version that holds on all days and everywhere.

    Raises LookupError where it has no such version.
    """
    for version in decision.versions:
        if version.definition.id == version_id:
            always = replace(
                version.definition, effective_from=dt.date.min, effective_to=None, region=None
            )
            return replace(decision, versions=(replace(version, definition=always),))
    raise LookupError(f'The decision "{decision.id}" has no version "{version_id}".')


def fill_as_tests(
    app: CompiledApp,
    form: Form,
    values: Mapping[str, Any],
    facts: Mapping[str, Any],
    as_of: dt.datetime,
) -> FillContext:
    """Make the surroundings that an app's tests take for granted."""
    return FillContext(
        evaluation=evaluation(app.definition.parameters, as_of, place(app, values)),
        rights=form.rights_for("apply", ()),
        dictionaries=app.dictionaries,
        regions=CodeRegions(),
        facts=facts,
        attachments=lambda own: Attachment(own, "example.jpg", "image/jpeg", 1000),
    )


def place(app: CompiledApp, values: Mapping[str, Any]) -> str | None:
    """Give the region of the answers that decides about parameters and versions."""
    value = values.get(app.definition.place.region_field) if app.definition.place else None
    found = value.get("region") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) and found else None


def outcome_names(version: CompiledVersion) -> tuple[str, ...]:
    """Name the outputs that are the outcome of a version: of its table, or of its last step."""
    definition = version.definition
    if definition.table is not None:
        return tuple(output.id for output in definition.table.outputs)
    if not definition.nodes:
        return ()
    last = definition.nodes[-1]
    if definition.conditions or last.table is None:
        return (last.id,)
    return tuple(output.id for output in last.table.outputs)


def say_outcome(decision: Decision, judgement: DecisionJudgement, texts: Mapping[str, str]) -> str:
    """Say the outcome of a judgement, codes by their labels."""
    version = next(
        (one for one in decision.versions if one.definition.id == judgement.version_id), None
    )
    if version is None:
        return ""
    pieces = []
    for name in outcome_names(version):
        value = judgement.outputs.get(name)
        label = _labels(decision.part, version.definition, name, texts).get(str(value))
        pieces.append(label or ("" if value is None else str(plain(value))))
    return " · ".join(piece for piece in pieces if piece)


def _labels(
    part: str, version: definitions.Version, name: str, texts: Mapping[str, str]
) -> Mapping[str, str]:
    """Give the labels of an output's options by code."""
    steps: list[tuple[list[str], definitions.Table | None]] = [([version.id], version.table)]
    steps += [([version.id, node.id], node.table) for node in version.nodes[-1:]]
    found: dict[str, str] = {}
    for inside, table in steps:
        for output in table.outputs if table else ():
            if output.id == name:
                for option in output.options:
                    key = ids.path(part, [*inside, output.id, option.code], "label")
                    found[option.code] = texts.get(key) or option.label
    return found


class _Judge:
    """One side, ready to judge sample after sample."""

    def __init__(self, side: Side, as_of: dt.datetime, locale: str, fill: Fill | None) -> None:
        self.app, self.decision = side.app, side.decision
        self.as_of, self.locale, self.fill = as_of, locale, fill or fill_as_tests
        self.texts: Mapping[str, str] = (
            {} if locale.lower().startswith("zh") else side.app.translations.get(locale[:2], {})
        )
        self.outcomes = {
            name for version in self.decision.versions for name in outcome_names(version)
        }

    def judged(self, sample: Sample) -> Judged:
        """Judge one sample."""
        inputs, context, region, labels = self._facing(sample)
        found = self.decision.judge(
            inputs,
            context,
            region=region,
            locale=self.locale,
            texts=self.texts,
            labels=labels,
        )
        return Judged(
            found.version_id,
            found.verdict,
            {name: plain(found.outputs.get(name)) for name in sorted(self.outcomes)},
            say_outcome(self.decision, found, self.texts),
            self._reasons(found),
            found.findings,
        )

    def _facing(
        self, sample: Sample
    ) -> tuple[Mapping[str, Any], EvaluationContext, str | None, Mapping[str, str]]:
        form = self._form(sample)
        if form is None:
            context = evaluation(self.app.definition.parameters, self.as_of, sample.region)
            return {**sample.given, **sample.facts}, context, sample.region, {}
        values = form.from_json(dict(sample.given))
        filling = self.fill(self.app, form, values, sample.facts, self.as_of)
        inputs = {**form.inputs(values, filling), **sample.facts}
        labels = form.labels(self.locale)
        return inputs, filling.evaluation, place(self.app, values), labels

    def _form(self, sample: Sample) -> Form | None:
        if sample.variant is None:
            return None
        variant = self.app.variant(sample.variant) or self.app.definition.item_variants[0]
        return self.app.form_of(variant)

    def _reasons(self, found: DecisionJudgement) -> tuple[str, ...]:
        said = [finding.message for finding in found.findings if finding.message]
        if said or found.verdict is Verdict.PASS:
            return tuple(said)
        missing = [self._label(name) for name in found.missing]
        return tuple(missing)

    def _label(self, name: str) -> str:
        entry = self.decision.vocabulary.get(name)
        return entry.label if entry is not None else name


def _type(app: CompiledApp, name: str) -> str:
    entry = app.vocabulary.get(name)
    return entry.type if entry else "any"
