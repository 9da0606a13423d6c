"""Decisions: conditions, tables and graphs, in versions that hold between dates and in regions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app_definitions import decision as definitions
from app_definitions.problem import fill
from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.explain import Explainer, Leaf
from rule_engine.expression import Expression
from rule_engine.functions.registry import FeelFunction
from rule_engine.judgement import DecisionJudgement, Finding
from rule_engine.running import EvaluationContext, Exhausted, Note, Regions, Run, Scope
from rule_engine.show import for_people
from rule_engine.table import CompiledTable, TableResult, decide, decide_at_once
from rule_engine.values import Unknown
from rule_engine.verdict import Verdict, all_of, judgement_of


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition with its expressions."""

    definition: definitions.Condition
    that: Expression
    values: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class CompiledNode:
    """A step of a graph: an expression or a table."""

    id: str
    expression: Expression | None
    table: CompiledTable | None


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """One version of a decision."""

    definition: definitions.Version
    conditions: tuple[CompiledCondition, ...] = ()
    table: CompiledTable | None = None
    nodes: tuple[CompiledNode, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def holds(self, date: dt.date, region: str | None, regions: Regions | None) -> bool:
        """Tell whether the version holds on a day in a region."""
        until = self.definition.effective_to
        if date < self.definition.effective_from or (until is not None and date > until):
            return False
        return _lies_in(region, self.definition.region, regions)


@dataclass(frozen=True, slots=True)
class Decision:
    """A compiled decision."""

    id: str
    name: str
    kind: str
    part: str
    versions: tuple[CompiledVersion, ...]
    vocabulary: Vocabulary
    functions: Mapping[str, FeelFunction] = field(repr=False, compare=False)

    @property
    def inputs(self) -> frozenset[str]:
        """Name the inputs that some version uses."""
        return frozenset(entry.id for entry in self.vocabulary)

    def version_for(
        self, date: dt.date, region: str | None = None, regions: Regions | None = None
    ) -> CompiledVersion | None:
        """Choose the version that holds on a day: the most specific region, then the newest."""
        best: CompiledVersion | None = None
        for version in self.versions:
            if version.holds(date, region, regions) and _beats(version, best, regions):
                best = version
        return best

    def judge(
        self,
        inputs: Mapping[str, Any],
        context: EvaluationContext,
        *,
        date: dt.date | None = None,
        region: str | None = None,
        locale: str = "zh-CN",
        texts: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> DecisionJudgement:
        """Judge the inputs by the version of a day (the context's where none is given).

        `texts` are translations by key, `labels` those of inputs by id. Where labels are given
        they name what the reader can give; other inputs are facts that the platform looks up.
        """
        day = date or context.now.astimezone(context.zone).date()
        version = self.version_for(day, region, context.regions)
        if version is None:
            values = {"date": day.isoformat()}
            note = Note("error", "decision_no_version", tree.NO_SPAN, (), values)
            return DecisionJudgement(None, Verdict.ERROR, notes=(note,))
        run = Run(context, verdict=True)
        if version.conditions:
            steps = _worked_out(version, run, inputs)
            teller = _Teller(
                self, version, {**inputs, **steps}, context, locale, texts or {}, labels
            )
            findings = teller.findings(version.conditions)
            missing = {name for finding in findings for name in finding.missing}
            return DecisionJudgement(
                version.definition.id,
                all_of(finding.verdict for finding in findings),
                {name: None if type(v) is Unknown else v for name, v in steps.items()},
                findings=findings,
                missing=tuple(sorted(missing)),
                notes=tuple(note for note in run.notes if note.kind == "error"),
            )
        try:
            if version.table is not None:
                result = decide_at_once(version.table, run, inputs)
                names = version.table.output_ids
            else:
                result, names = _graph(version.nodes, run, dict(inputs))
        except Exhausted as bound:
            run.error(bound.code, tree.NO_SPAN)
            result, names = TableResult(None, code=bound.code), ()
        return _judged(version.definition.id, result, names, run)


def _judged(
    version_id: str, result: TableResult, names: tuple[str, ...], run: Run
) -> DecisionJudgement:
    notes = tuple(note for note in run.notes if note.kind == "error")
    if result.unknown is not None:
        missing = tuple(sorted(result.unknown.inputs))
        return DecisionJudgement(
            version_id, Verdict.MISSING, dict.fromkeys(names), result.rows, missing=missing
        )
    value = result.value
    if len(names) == 1:
        outputs: dict[str, Any] = {names[0]: value}
    elif isinstance(value, dict):
        outputs = value
    elif isinstance(value, list):
        outputs = {name: [item[name] for item in value] for name in names}
    else:
        outputs = dict.fromkeys(names)
    verdict = Verdict.PASS
    if value is None:
        verdict = Verdict.ERROR if notes else Verdict.FAIL
        known = result.code == "decision_no_row" and not notes
        if known:
            notes = (Note("error", "decision_no_row", tree.NO_SPAN),)
    elif value is False:
        verdict = Verdict.FAIL
    return DecisionJudgement(version_id, verdict, outputs, result.rows, notes=notes)


def _worked_out(version: CompiledVersion, run: Run, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the values of the steps before a list of conditions; unknown ones stay unknown."""
    values = dict(inputs)
    try:
        _graph(version.nodes, run, values)
    except Exhausted as bound:
        run.error(bound.code, tree.NO_SPAN)
    return {node.id: values.get(node.id) for node in version.nodes}


def _graph(
    nodes: tuple[CompiledNode, ...], run: Run, values: dict[str, Any]
) -> tuple[TableResult, tuple[str, ...]]:
    """Work out the nodes in order, put their values beside the inputs, give the last one's."""
    result = TableResult(None)
    names: tuple[str, ...] = ()
    for node in nodes:
        scope = Scope(values)
        if node.table is not None:
            result = decide(node.table, run, scope)
            names = node.table.output_ids
        elif node.expression is not None:
            value = node.expression.closure(run, scope)
            unknown = value if type(value) is Unknown else None
            result = TableResult(None if unknown else value, unknown=unknown)
            names = (node.id,)
        values[node.id] = result.unknown or result.value
    return result, names


def _lies_in(region: str | None, wanted: str | None, regions: Regions | None) -> bool:
    if not wanted or region == wanted:
        return True
    if region is None:
        return False
    return regions is not None and regions.is_within(region, wanted)


def _beats(version: CompiledVersion, best: CompiledVersion | None, regions: Regions | None) -> bool:
    if best is None:
        return True
    ours, theirs = version.definition.region, best.definition.region
    if ours != theirs:
        return _lies_in(ours, theirs, regions)
    return version.definition.effective_from > best.definition.effective_from


class _Teller:
    """Judges conditions and says how they came out, in one language."""

    def __init__(
        self,
        decision: Decision,
        version: CompiledVersion,
        inputs: Mapping[str, Any],
        context: EvaluationContext,
        locale: str,
        texts: Mapping[str, str],
        labels: Mapping[str, str] | None,
    ) -> None:
        self.inputs, self.context, self.locale, self.texts = inputs, context, locale, texts
        self.chinese = locale.lower().startswith("zh")
        self.prefix = f"{decision.part}#{version.definition.id}."
        known = version.vocabulary if version.nodes else decision.vocabulary
        self.steps = {node.id for node in version.nodes}
        names = {**(labels or {}), **self.step_labels(version)}
        asked = None if labels is None else {*labels, *self.steps}
        self.explainer = Explainer(
            known, decision.functions, inputs, context, locale, names, asked, self.steps
        )
        self.source = version.definition.source

    def step_labels(self, version: CompiledVersion) -> Mapping[str, str]:
        """Give the labels of the steps in the reader's language."""
        found = {}
        for node in version.definition.nodes:
            label = self.texts.get(f"{self.prefix}{node.id}.label") or node.label
            if label:
                found[node.id] = label
        return found

    def text(self, condition: definitions.Condition, prop: str) -> str:
        """Give a text of the condition in the reader's language."""
        key = f"{self.prefix}{condition.id}.{prop}"
        return self.texts.get(key) or str(getattr(condition, prop))

    def findings(self, conditions: Sequence[CompiledCondition]) -> tuple[Finding, ...]:
        """Judge conditions that must all hold; hints that cannot hold together say so."""
        found = [self.finding(condition) for condition in conditions]
        leaves = [leaf for finding in found for leaf in finding.leaves]
        held = () if self.steps else (condition.that.tree for condition in conditions)
        told = iter(self.explainer.told(leaves, held))
        return tuple(
            replace(finding, leaves=tuple(next(told) for _ in finding.leaves)) for finding in found
        )

    def finding(self, condition: CompiledCondition) -> Finding:
        """Judge one condition."""
        definition = condition.definition
        run = Run(self.context, verdict=True)
        value = condition.that.run(run, self.inputs)
        judgement = judgement_of(value, run.notes)
        name = self.text(definition, "name")
        source = self.text(definition, "source") or self.source
        verdict = judgement.verdict
        if verdict is Verdict.MISSING and not self.steps.isdisjoint(judgement.missing):
            verdict = Verdict.ERROR  # a step gave nothing although all that it asks was there
        if verdict is Verdict.PASS:
            return Finding(definition.id, name, verdict, source=source)
        leaves = self.grounded(self.explainer.leaves(condition.that.tree), judgement.missing)
        if verdict is Verdict.FAIL:
            values = {key: self.shown(expression) for key, expression in condition.values}
            message = fill(self.text(definition, "message"), values)
            fix = fill(self.text(definition, "fix"), values)
        elif verdict is Verdict.MISSING:
            message, fix = self.missing(name, judgement.missing)
        else:
            message, fix = self.error(name)
        return Finding(
            definition.id, name, verdict, message, fix, leaves, source, judgement.missing
        )

    def grounded(self, leaves: tuple[Leaf, ...], missing: tuple[str, ...]) -> tuple[Leaf, ...]:
        """Where a step could not be worked out, tell of the inputs that it lacks."""
        found: list[Leaf] = []
        for leaf in leaves:
            if leaf.status is not Verdict.MISSING or leaf.input_id not in self.steps:
                found.append(leaf)
                continue
            told = {other.input_id for other in found}
            found += [
                self.explainer.lacking(self.explainer.known[name], leaf.required)
                for name in missing
                if name in self.explainer.known and name not in told
            ]
        return tuple(found)

    def shown(self, expression: Expression) -> str:
        """Write the value of a placeholder for people."""
        result = expression.value(self.inputs, self.context)
        if result.value is None:
            return "…"  # in the middle of a sentence no words for nothing would fit
        if isinstance(expression.tree, tree.Name):
            entry = self.explainer.known.get(expression.tree.name)
            if entry is not None and (entry.options or entry.sealed):
                return self.explainer.shown(entry, result.value)
        return for_people(result.value, self.locale)

    def missing(self, name: str, inputs: tuple[str, ...]) -> tuple[str, str]:
        """Say what is missing, and who can give it."""
        known = self.explainer.known
        given = [i for i in inputs if i in known and self.explainer.can_give(i)]
        labels = [self.explainer.speaker.label(known[i]) for i in given or inputs if i in known]
        if self.chinese:
            listed = "、".join(f"“{label}”" for label in labels) or "资料"
            if inputs and not given:
                message = f"暂时没有查到{listed}，还不能判断“{name}”。"
                return message, "不用您补充。可以稍后再试，或者由工作人员核对。"
            return f"还不能判断“{name}”，缺少{listed}。", f"请补充{listed}。"
        listed = ", ".join(f'"{label}"' for label in labels) or "information"
        if inputs and not given:
            message = f'We could not look up {listed}, so "{name}" cannot be judged yet.'
            return message, "You need not give it. Try again later, or let our staff check it."
        return f'"{name}" cannot be judged yet: {listed} is missing.', f"Please give {listed}."

    def error(self, name: str) -> tuple[str, str]:
        """Say that a condition could not be worked out."""
        if self.chinese:
            return f"“{name}”这一条没能算出来。", "这不是您的问题，请联系工作人员。"
        return f'"{name}" could not be worked out.', "This is not your fault; please ask our staff."


__all__ = [
    "CompiledCondition",
    "CompiledNode",
    "CompiledVersion",
    "Decision",
    "DecisionJudgement",
    "Finding",
    "Leaf",
]
