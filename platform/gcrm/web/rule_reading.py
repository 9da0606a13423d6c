"""A rule set as people read it: conditions as sentences, tables row by row, what tests cover."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app_definitions import decision as definitions
from app_definitions import ids
from app_definitions.vocabulary import Input, Option, Vocabulary
from gcrm.apps import CompiledApp
from gcrm.apps import tests as app_tests
from gcrm.apps.surroundings import evaluation
from gcrm.apps.tests import TestResult, feel_value
from gcrm.web.definitions import translations_of
from gcrm.web.language import gettext as _
from rule_engine import (
    CompiledVersion,
    Decision,
    EvaluationContext,
    compile_expression,
    compile_unary_tests,
    tree,
)
from rule_engine.coverage import rows_hit
from rule_engine.gap_words import Teller
from rule_engine.gaps import GapReport, find_gaps
from rule_engine.sentence import Speaker
from rule_engine.show import for_people

_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*\}")


YEAR = "year"
"""Marks a column that asks for a year, which is said without a comma."""


@dataclass(frozen=True, slots=True)
class ReadCondition:
    """One thing that must hold, and what one reads when it does not."""

    name: str
    sentence: str
    message: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of a table; `tests` is how many tests reach it."""

    number: int
    id: str
    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    source: str
    tests: int


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table with what is wrong with it."""

    policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[ReadRow, ...]
    covered: int
    findings: tuple[tuple[str, str], ...]
    left_off: str


@dataclass(frozen=True, slots=True)
class ReadStep:
    """A step that is worked out: a sentence or a table."""

    id: str
    label: str
    sentence: str
    table: ReadTable | None


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """A version of a decision, ready to show."""

    id: str
    effective_from: dt.date
    effective_to: dt.date | None
    region: str
    source: str
    conditions: tuple[ReadCondition, ...]
    steps: tuple[ReadStep, ...]


class Reader:
    """Reads the decisions of one app in one language."""

    def __init__(self, app: CompiledApp, decision: Decision, locale: str) -> None:
        """Know the app's texts in the language."""
        self.app, self.decision, self.locale = app, decision, locale
        self.bare = EvaluationContext(now=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        self.texts = {} if locale.startswith("zh") else translations_of(app, locale)

    def say(self, source: str, *inside: str, prop: str) -> str:
        """Give a text of the decision in the language."""
        return self.texts.get(ids.path(self.decision.part, inside, prop)) or source

    @property
    def name(self) -> str:
        """Name the decision."""
        return self.say(self.decision.name, self.decision.id, prop="name")

    def labels(self, version: definitions.Version | None = None) -> dict[str, str]:
        """Give the labels of all inputs, and of the steps of a version."""
        app = self.app
        found: dict[str, str] = {}
        for form in app.forms.values():
            found |= form.labels(self.locale)
        for fact in app.definition.facts:
            key = ids.path("app.json", [fact.id], "label")
            found[fact.id] = self.texts.get(key) or fact.label
            for option in fact.options:
                key = ids.path("app.json", [fact.id, option.code], "label")
                found[f"{fact.id}.{option.code}"] = self.texts.get(key) or option.label
        for parameter in app.definition.parameters:
            key = ids.path("app.json", [parameter.id], "name")
            found[f"parameters.{parameter.id}"] = self.texts.get(key) or parameter.name
        if version is not None:
            for node in version.nodes:
                inside = (version.id, node.id)
                found[node.id] = self.say(node.label, *inside, prop="label")
                for output in node.table.outputs if node.table else ():
                    label = self.say(output.label, *inside, output.id, prop="label")
                    found[f"{node.id}.{output.id}"] = label
        return found

    def read(self, version: CompiledVersion, context: EvaluationContext) -> ReadVersion:
        """Read a version; parameters are said by the values of the context."""
        definition = version.definition
        known = version.vocabulary if definition.nodes else self.decision.vocabulary
        speaker = Speaker(
            known,
            self.decision.functions,
            self.locale,
            context.parameters,
            self.labels(definition),
            context.regions,
        )
        hits = self._hits(version)
        steps = []
        if definition.table is not None:
            table = self._table(definition, "", definition.table, known, speaker, context, hits)
            steps.append(ReadStep("", self.name, "", table))
        for node, compiled in zip(definition.nodes, version.nodes, strict=True):
            label = self.say(node.label, definition.id, node.id, prop="label") or node.id
            said = compiled.expression and speaker.say(compiled.expression.tree)
            read = (
                self._table(definition, node.id, node.table, known, speaker, context, hits)
                if node.table is not None
                else None
            )
            steps.append(ReadStep(node.id, label, said or "", read))
        return ReadVersion(
            definition.id,
            definition.effective_from,
            definition.effective_to,
            definition.region or "",
            self.say(definition.source, definition.id, prop="source"),
            tuple(
                ReadCondition(
                    self.say(one.definition.name, definition.id, one.definition.id, prop="name"),
                    speaker.say(one.that.tree),
                    _open(self._say_of(definition, one.definition, "message")),
                    _open(self._say_of(definition, one.definition, "fix")),
                    self._say_of(definition, one.definition, "source"),
                )
                for one in version.conditions
            ),
            tuple(steps),
        )

    def _say_of(
        self, version: definitions.Version, condition: definitions.Condition, prop: str
    ) -> str:
        return self.say(getattr(condition, prop), version.id, condition.id, prop=prop)

    def _table(
        self,
        version: definitions.Version,
        step: str,
        table: definitions.Table,
        known: Vocabulary,
        speaker: Speaker,
        context: EvaluationContext,
        hits: Mapping[tuple[str, str], int],
    ) -> ReadTable:
        inside = [version.id, step] if step else [version.id]
        inputs = [self.say(c.label, *inside, c.id, prop="label") or c.id for c in table.inputs]
        outputs = [self.say(c.label, *inside, c.id, prop="label") or c.id for c in table.outputs]
        subjects = [
            self._subject(column, label, known)
            for column, label in zip(table.inputs, inputs, strict=True)
        ]
        rows = tuple(
            ReadRow(
                number,
                row.id,
                tuple(
                    self._cell(text, subject, known, speaker)
                    for text, subject in zip(row.inputs, subjects, strict=True)
                ),
                tuple(
                    self._output(text, column, inside, known, speaker)
                    for text, column in zip(row.outputs, table.outputs, strict=True)
                ),
                row.source,
                hits.get((step, row.id), 0),
            )
            for number, row in enumerate(table.rows, 1)
        )
        report = gaps_of(self.app, self.decision.id, version.id, step, context.now.date())
        names = {
            **self.labels(version),
            **{column.id: label for column, label in zip(table.inputs, inputs, strict=True)},
        }
        teller = Teller(report, tuple(row.id for row in table.rows), self.locale, names)
        return ReadTable(
            _policies().get(table.hit_policy, table.hit_policy),
            tuple(inputs),
            tuple(outputs),
            rows,
            sum(row.tests > 0 for row in rows),
            tuple((finding.kind, teller.say(finding)) for finding in report.findings),
            teller.left_off(),
        )

    def _subject(self, column: definitions.TableInput, label: str, known: Vocabulary) -> Input:
        expression, _problems = compile_expression(column.expression, known)
        entry = known.get(column.expression.strip())
        kind = entry.type if entry else str(expression.type) if expression else "any"
        path = expression.tree if expression else None
        labels = self.labels()
        return Input(
            YEAR if isinstance(path, tree.Path) and path.member == "year" else "?",
            label,
            kind,
            unit=entry.unit if entry else None,
            options=tuple(
                Option(option.code, labels.get(f"{entry.id}.{option.code}") or option.label)
                for option in (entry.options if entry else ())
                if entry
            ),
        )

    def _cell(self, text: str, subject: Input, known: Vocabulary, speaker: Speaker) -> str:
        """Say a cell without the name of its column."""
        compiled, _problems = compile_unary_tests(text, known, subject=subject)
        if compiled is None or text.strip() in ("", "-"):
            return _("不限")
        speaker.inputs["?"], speaker.subject = subject, subject.label
        said = speaker.say(compiled.tree)
        del speaker.inputs["?"]
        speaker.subject = None
        if subject.id == YEAR:
            said = re.sub(r"(?<=\d),(?=\d{3})", "", said)
        short = said.removeprefix(subject.label).strip()
        if subject.type == "boolean":
            short = short.removeprefix("is " if self.locale == "en" else "是") or short
        return short or said

    def _output(
        self,
        text: str,
        column: definitions.TableOutput,
        inside: list[str],
        known: Vocabulary,
        speaker: Speaker,
    ) -> str:
        compiled, _problems = compile_expression(text.strip() or "null", known)
        if compiled is None:
            return text
        for option in column.options:
            if text.strip() == f'"{option.code}"':
                return self.say(option.label, *inside, column.id, option.code, prop="label")
        if not compiled.inputs and not list(_names(compiled.tree)):
            value = compiled.value({}, self.bare).value
            if value is not None and not isinstance(value, str):
                return for_people(value, self.locale)
        return speaker.say(compiled.tree)

    def _hits(self, version: CompiledVersion) -> dict[tuple[str, str], int]:
        """Count for each row the tests of the decision that reach it."""
        found: dict[tuple[str, str], int] = {}
        kinds = {entry.id: entry.type for entry in self.decision.vocabulary}
        for test in self.app.decision_tests.get(self.decision.id, ()):
            context = evaluation(self.app.definition.parameters, test.as_of, test.region)
            day = test.as_of.astimezone(context.zone).date()
            held = self.decision.version_for(day, test.region, context.regions)
            if held is not version:
                continue
            inputs = {
                given.input: feel_value(given.value, kinds.get(given.input, "any"))
                for given in test.given
            }
            for step, rows in rows_hit(version, inputs, context).items():
                for row in rows:
                    found[step, row] = found.get((step, row), 0) + 1
        return found


def _names(node: tree.Node) -> Iterator[str]:
    """Name what an expression asks of the day or of parameters."""
    for part in tree.walk(node):
        if isinstance(part, tree.Name) and part.name in ("parameters", "today", "now"):
            yield part.name


def _open(message: str) -> str:
    """Leave a gap where a value will stand."""
    return _PLACEHOLDER.sub("…", message)


def _policies() -> Mapping[str, str]:
    return {
        "UNIQUE": _("只许一行符合"),
        "FIRST": _("从上往下，取第一行符合的"),
        "ANY": _("几行符合时，结果要一样"),
        "PRIORITY": _("几行符合时，取优先的结果"),
        "COLLECT": _("把符合的行合在一起"),
        "RULE ORDER": _("符合的行都给出，按行的顺序"),
        "OUTPUT ORDER": _("符合的行都给出，按结果的顺序"),
    }


@lru_cache(maxsize=256)
def gaps_of(
    app: CompiledApp, decision_id: str, version_id: str, step: str, day: dt.date
) -> GapReport:
    """Analyse a table once a day: parameters are those of the day."""
    decision = app.decisions[decision_id]
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    context = evaluation(app.definition.parameters, moment, None)
    version = next(each for each in decision.versions if each.definition.id == version_id)
    definition = version.definition
    tables: dict[str, definitions.Table | None] = {"": definition.table}
    tables.update({node.id: node.table for node in definition.nodes})
    table = tables[step]
    if table is None:  # asked for by those who saw it
        raise LookupError(step)
    known = version.vocabulary if definition.nodes else decision.vocabulary
    return find_gaps(table, known, context, functions=decision.functions)


@lru_cache(maxsize=64)
def tests_of(app: CompiledApp) -> tuple[TestResult, ...]:
    """Run the app's tests once for each release."""
    return app_tests.run(app)


def results(app: CompiledApp, decision: Decision) -> tuple[TestResult, ...]:
    """Give the results of a decision's own tests."""
    return tuple(one for one in tests_of(app) if one.path.startswith(f"{decision.part}#"))


def warnings_of(app: CompiledApp, decision: Decision, day: dt.date) -> int:
    """Count the gaps, overlaps and hidden rows of all tables of a decision."""
    count = 0
    for version in decision.versions:
        definition = version.definition
        steps = [("", definition.table), *((node.id, node.table) for node in definition.nodes)]
        for step, table in steps:
            if table is not None:
                report = gaps_of(app, decision.id, definition.id, step, day)
                count += len(report.findings) + report.left_off
    return count


def given_of(app: CompiledApp, decision: Decision, test_id: str) -> Mapping[str, Any]:
    """Give the inputs of a test of the decision as JSON; nothing where there is no such test."""
    for test in app.decision_tests.get(decision.id, ()):
        if test.id == test_id:
            return {given.input: given.value for given in test.given}
    return {}
