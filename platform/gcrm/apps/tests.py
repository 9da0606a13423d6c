"""The app's own tests: its rules, forms and flow run on examples, without a store."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from app_definitions import ids
from app_definitions.app import Act, AppTest
from app_definitions.decision import DecisionTest
from app_definitions.form import APPLY
from app_definitions.problem import Problems, error
from flow_engine import Advance, FlowError, Process, Step, Verb
from form_engine import Form
from form_engine.context import Attachment, FillContext
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.surroundings import CodeRegions, evaluation
from rule_engine import DecisionJudgement, Verdict

APP = "app.json"
KEPT = 16  # apps whose results are kept


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test came out."""

    __test__ = False

    path: str
    name: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything came out as expected."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """Give the result as JSON."""
        return {
            "path": self.path,
            "name": self.name,
            "passed": self.passed,
            "differences": [
                {"what": d.what, "expected": d.expected, "got": d.got} for d in self.differences
            ],
        }


@lru_cache(maxsize=KEPT)
def run(app: CompiledApp) -> tuple[TestResult, ...]:
    """Run the tests of the app, then those of each decision.

    An app never changes, so its results are kept: who publishes has looked at them before.
    """
    results = [
        TestResult(ids.path(APP, [test.id]), test.name, tuple(_AppRun(app, test).differences()))
        for test in app.definition.tests
    ]
    for decision in app.decisions.values():
        results += [
            TestResult(
                ids.path(decision.part, [test.id]),
                test.name,
                tuple(_decided(app, decision.id, test)),
            )
            for test in app.decision_tests.get(decision.id, ())
        ]
    return tuple(results)


def problems(results: tuple[TestResult, ...]) -> Problems:
    """Give a problem for each difference."""
    return tuple(
        error(
            result.path,
            "test_failed",
            name=result.name,
            what=one.what,
            expected=one.expected,
            got=one.got,
        )
        for result in results
        for one in result.differences
    )


def _decided(app: CompiledApp, decision_id: str, test: DecisionTest) -> Iterator[Difference]:
    """Judge the inputs of a decision's test."""
    decision = app.decisions[decision_id]
    kinds = {entry.id: entry.type for entry in decision.vocabulary}
    inputs = {
        given.input: feel_value(given.value, kinds.get(given.input, "any")) for given in test.given
    }
    context = evaluation(app.definition.parameters, test.as_of, test.region)
    judgement = decision.judge(inputs, context, region=test.region)
    expect = test.expect
    if expect.verdict:
        yield from _compared("verdict", expect.verdict, judgement.verdict.value)
    if expect.failed:
        failed = [f.condition_id for f in judgement.findings if f.verdict is Verdict.FAIL]
        yield from _compared("failed", list(expect.failed), failed)
    if expect.rows:
        yield from _compared("rows", list(expect.rows), list(judgement.rows))
    for output in expect.outputs:
        got = plain(judgement.outputs.get(output.output))
        yield from _compared(output.output, output.value, got)


def feel_value(value: Any, kind: str) -> Any:
    """Turn a test's JSON value into a FEEL value of a type."""
    if isinstance(value, str):
        try:
            if kind == "number":
                return Decimal(value)
            if kind == "date":
                return dt.date.fromisoformat(value)
            if kind == "date and time":
                return dt.datetime.fromisoformat(value)
        except (ValueError, InvalidOperation):
            return None
    if isinstance(value, list) and kind == "list<number>":
        return [feel_value(item, "number") for item in value]
    return value


def plain(value: Any) -> Any:
    """Turn a FEEL value into JSON, numbers as decimal text without needless zeros."""
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _compared(what: str, expected: Any, got: Any) -> Iterator[Difference]:
    if expected != got:
        yield Difference(what, _said(expected), _said(got))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return " → ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


class _AppRun:
    """One test of the app: an application at a moment, and what people then do."""

    def __init__(self, app: CompiledApp, test: AppTest) -> None:
        self.app = app
        self.test = test
        variant = app.variant(test.variant)
        if variant is None:  # a reference that the compiler refuses
            raise LookupError(test.variant)
        self.variant = variant
        self.form = app.form_of(variant)
        document = {given.field: given.value for given in test.given}
        self.given = self.form.from_json(document)
        self.region = self._region()
        self.context = evaluation(app.definition.parameters, test.as_of, self.region)
        self.facts = {
            fact.fact: feel_value(fact.value, self._type(fact.fact)) for fact in test.facts
        }
        self.filling = self._filling(self.form, APPLY, (), self.facts)
        self.inputs = {**self.form.inputs(self.given, self.filling), **self.facts}
        self.votes: dict[str, list[str]] = {}

    def differences(self) -> Iterator[Difference]:
        """Run the test and list what came out otherwise."""
        expect = self.test.expect
        for wrong in self.form.check(self.given, self.filling):
            yield Difference(wrong.field_id, "", wrong.message)
        if expect.precheck:
            yield from self._prechecked(expect.precheck)
        for output in expect.outputs:
            got = plain(self._judge(output.decision).outputs.get(output.output))
            yield from _compared(output.output, output.value, got)
        if expect.path or expect.state or self.test.acts:
            yield from self._run()

    def _prechecked(self, wanted: str) -> Iterator[Difference]:
        decision = self.app.precheck_of(self.variant)
        judgement = self._judge(decision.id) if decision else None
        yield from _compared("precheck", wanted, self._verdict())
        said = [finding.message for finding in judgement.findings] if judgement else []
        for message in self.test.expect.messages:
            if not any(message in sentence for sentence in said):
                yield Difference("message", message, " ".join(filter(None, said)) or "-")

    def _verdict(self) -> str:
        decision = self.app.precheck_of(self.variant)
        return str(self._judge(decision.id).verdict.value) if decision else Verdict.PASS.value

    def _judge(self, decision_id: str) -> DecisionJudgement:
        return self.app.decisions[decision_id].judge(self.inputs, self.context, region=self.region)

    def _run(self) -> Iterator[Difference]:
        process = self.app.process_of(self.variant)
        path: list[str] = []
        open_tasks: dict[str, str] = {}
        advance: Advance | None = None
        try:
            advance = process.start(
                self._routing(process), self.test.as_of, self._decide, context=self.context
            )
            self._follow(advance, open_tasks, path)
            for act in self.test.acts:
                key = next((key for key, step in open_tasks.items() if step == act.step), None)
                if key is None:
                    yield Difference("step", act.step, _said(list(open_tasks.values())))
                    return
                yield from self._filled(process, act)
                step = process.step(act.step)
                verb = step.verb(act.verb) if step is not None else None
                if verb is not None and verb.kind == "correct":
                    continue  # the applicant mends it; the same step goes on
                advance = process.complete(
                    advance.state,
                    key,
                    act.verb,
                    self._voted(step, verb),
                    self.test.as_of,
                    self._decide,
                    context=self.context,
                )
                self._follow(advance, open_tasks, path)
        except FlowError as trouble:
            yield Difference("process", "", str(trouble))
            return
        if advance.incident is not None:
            yield Difference("incident", "-", advance.incident.detail)
        if self.test.expect.path:
            yield from _compared("path", list(self.test.expect.path), path)
        if self.test.expect.state:
            state = advance.outcome or self._public(process, advance)
            state = state or self._state(process, open_tasks)
            yield from _compared("state", self.test.expect.state, state)

    def _voted(self, step: Step | None, verb: Verb | None) -> dict[str, object]:
        """Count the votes as the platform does: those given since the step was last opened."""
        if step is None or verb is None or step.signers is None:
            return {}
        given = self.votes.setdefault(step.id, [])
        given.append(verb.kind)
        return {
            f"votes_for_{step.id}": given.count("advance"),
            f"votes_against_{step.id}": given.count("refuse"),
        }

    def _follow(self, advance: Advance, open_tasks: dict[str, str], path: list[str]) -> None:
        for key in advance.closed:
            open_tasks.pop(key, None)
        for name in dict.fromkeys(opened.step_id for opened in advance.opened):
            self.votes.pop(name, None)  # signed anew; several who sign are one step of the path
            path.append(name)
        open_tasks |= {opened.key: opened.step_id for opened in advance.opened}

    def _filled(self, process: Process, act: Act) -> Iterator[Difference]:
        """Check what is filled in at a step, with the rights of those who work there."""
        step = process.step(act.step)
        if step is None or step.form is None:
            return
        form = self.app.forms[step.form]
        values = form.from_json({given.field: given.value for given in act.values})
        filling = self._filling(form, act.step, step.roles, self.inputs)
        for wrong in form.check(values, filling):
            yield Difference(f"{act.step}.{wrong.field_id}", "", wrong.message)
        self.inputs |= form.inputs(values, filling)

    def _public(self, process: Process, advance: Advance) -> str | None:
        """Tell that the process waits while its result is public."""
        nodes = [process.definition.node(timer.element_id or "") for timer in advance.timers]
        return "publicity" if any(node and node.publicity for node in nodes) else None

    def _state(self, process: Process, open_tasks: Mapping[str, str]) -> str:
        steps = [process.step(step) for step in open_tasks.values()]
        marked = next((step.state for step in steps if step and step.state), None)
        return marked or ("accepted" if self.variant.acceptance == "system" else "submitted")

    def _routing(self, process: Process) -> dict[str, object]:
        """Give the process what its conditions name, and nothing else."""
        wanted = process.inputs
        told = {name: plain(value) for name, value in self.inputs.items() if name in wanted}
        signers = {
            step.signers: list(step.roles) for step in process.steps if step.signers is not None
        }
        return {**told, **signers, "precheck": self._verdict()}

    def _decide(self, decision_id: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        outputs = self._judge(decision_id).outputs
        self.inputs |= outputs
        return {name: plain(value) for name, value in outputs.items()}

    def _filling(
        self, form: Form, step: str, roles: tuple[str, ...], facts: Mapping[str, object]
    ) -> FillContext:
        return FillContext(
            evaluation=self.context,
            rights=form.rights_for(step, roles),
            dictionaries=self.app.dictionaries,
            regions=CodeRegions(),
            facts=facts,
            attachments=lambda own: Attachment(own, "example.jpg", "image/jpeg", 1000),
        )

    def _type(self, name: str) -> str:
        entry = self.app.vocabulary.get(name)
        return entry.type if entry else "any"

    def _region(self) -> str | None:
        place = self.app.definition.place
        value = self.given.get(place.region_field) if place else None
        found = value.get("region") if isinstance(value, Mapping) else value
        return found if isinstance(found, str) else None
