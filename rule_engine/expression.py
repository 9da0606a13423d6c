"""Expressions: FEEL text compiled against a vocabulary, ready to give values and verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app_definitions.problem import Problem, Problems
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import tree
from rule_engine.calls import Closure
from rule_engine.check import Checker, type_of
from rule_engine.cursor import Fault
from rule_engine.evaluate import Compiler
from rule_engine.explain import Explainer, Leaf
from rule_engine.fast_expression import FastPath
from rule_engine.fast_running import SLOW
from rule_engine.feel_types import ANY, Type
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.names import Names
from rule_engine.parser import parse_expression, parse_unary_tests
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.running import EvaluationContext, Exhausted, Result, Run, Scope
from rule_engine.sentence import Speaker
from rule_engine.values import WideDate, WideMoment
from rule_engine.verdict import Judgement, Verdict, judgement_of

Profile = Literal["gcrm", "dmn"]

_TRUE, _FALSE = Result(True), Result(False)
_PASS, _FAIL = Judgement(Verdict.PASS), Judgement(Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; equal texts over equal names give equal trees."""

    text: str
    tree: tree.Node
    type: Type
    inputs: frozenset[str]
    vocabulary: Vocabulary
    functions: Mapping[str, FeelFunction] = field(repr=False, compare=False)
    closure: Closure = field(repr=False, compare=False)
    fast: FastPath = field(repr=False, compare=False)

    def value(
        self, inputs: Mapping[str, Any], context: EvaluationContext, *, subject: Any = None
    ) -> Result:
        """Give FEEL's value with notes; `subject` is what `?` stands for in a cell's tests."""
        if subject is None:
            value = self.fast.value(inputs, context)
            if value is True:
                return _TRUE
            if value is False:
                return _FALSE
            if value is not SLOW and value is not None:
                return Result(value)
        run = Run(context)
        value = self.run(run, inputs, subject)
        kept = [note for note in run.notes if note.kind == "error" or value is None]
        return Result(value, tuple(kept))

    def is_true(self, inputs: Mapping[str, Any], context: EvaluationContext) -> bool:
        """Tell whether the value is true, as visibility, gateways and scopes ask."""
        value = self.fast.value(inputs, context)
        if value is SLOW:
            value = self.run(Run(context), inputs)
        return value is True

    def verdict(self, inputs: Mapping[str, Any], context: EvaluationContext) -> Verdict:
        """Judge the inputs: what is missing is unknown."""
        return self.judge(inputs, context).verdict

    def judge(
        self, inputs: Mapping[str, Any], context: EvaluationContext, *, subject: Any = None
    ) -> Judgement:
        """Judge the inputs and say what is missing or wrong."""
        if subject is None:
            value = self.fast.verdict(inputs, context)
            if value is True:
                return _PASS
            if value is False:
                return _FAIL
        run = Run(context, verdict=True)
        value = self.run(run, inputs, subject)
        return judgement_of(value, run.notes)

    def sentence(self, locale: str, parameters: Mapping[str, Any] | None = None) -> str:
        """Say the expression in Chinese or English."""
        speaker = Speaker(self.vocabulary, self.functions, locale, parameters)
        return speaker.say(self.tree)

    def explain(
        self,
        inputs: Mapping[str, Any],
        context: EvaluationContext,
        locale: str = "zh-CN",
        labels: Mapping[str, str] | None = None,
    ) -> tuple[Leaf, ...]:
        """List the parts that fail or are missing, as sentences."""
        explainer = Explainer(self.vocabulary, self.functions, inputs, context, locale, labels)
        return explainer.leaves(self.tree)

    def run(self, run: Run, inputs: Mapping[str, Any], subject: Any = None) -> Any:
        """Evaluate inside a run that is already under way."""
        scope = Scope(inputs if subject is None else {**inputs, "?": subject})
        try:
            value = self.closure(run, scope)
            if not isinstance(value, WideDate | WideMoment):
                return value
            run.error("feel_out_of_bounds", self.tree.span, operator="date")
        except Exhausted as bound:
            run.error(bound.code, self.tree.span)
        except RecursionError:
            run.error("feel_too_many_calls", self.tree.span)
        return None


def compile_expression(
    text: str,
    vocabulary: Vocabulary,
    *,
    profile: Profile = "gcrm",
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    path: str = "",
) -> tuple[Expression | None, Problems]:
    """Compile FEEL text over ids; all problems come back together, at `path`."""
    names = _names(vocabulary, functions)
    node, faults = parse_expression(text, names)
    return _finish(text, node, faults, vocabulary, profile, functions, path, None, ANY)


def compile_unary_tests(
    text: str,
    vocabulary: Vocabulary,
    *,
    subject: Input | None = None,
    subject_type: Type = ANY,
    profile: Profile = "gcrm",
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    path: str = "",
) -> tuple[Expression | None, Problems]:
    """Compile the text of a table's cell; `subject` is the input that the column asks about."""
    names = _names(vocabulary, functions)
    node, faults = parse_unary_tests(text, names)
    kind = type_of(subject.type) if subject is not None else subject_type
    return _finish(text, node, faults, vocabulary, profile, functions, path, subject, kind)


def _finish(
    text: str,
    node: tree.Node,
    faults: list[Fault],
    vocabulary: Vocabulary,
    profile: Profile,
    functions: Mapping[str, FeelFunction],
    path: str,
    subject: Input | None,
    subject_type: Type,
) -> tuple[Expression | None, Problems]:
    kind = ANY
    if not faults and profile == "gcrm":
        checker = Checker(vocabulary, functions, subject=subject, subject_type=subject_type)
        kind = checker.type(node)
        faults = checker.faults
    problems = tuple(problem_of(fault, text, path) for fault in faults)
    if problems:
        return None, problems
    known = vocabulary.ids()
    closure = Compiler(functions, known).compile(node)
    used = frozenset(_named(node, functions)) & known
    fast = FastPath(node, vocabulary, functions)
    return Expression(text, node, kind, used, vocabulary, functions, closure, fast), ()


def _named(node: tree.Node, functions: Mapping[str, FeelFunction]) -> list[str]:
    called = {
        id(n.function)
        for n in tree.walk(node)
        if isinstance(n, tree.Call) and isinstance(n.function, tree.Name)
        if n.function.name in functions
    }
    return [n.name for n in tree.walk(node) if isinstance(n, tree.Name) and id(n) not in called]


def problem_of(fault: Fault, text: str, path: str) -> Problem:
    """Turn a fault of a text into a problem, with the place and the words there."""
    start, end = fault.span
    values = {**fault.values, "start": start, "end": end, "at": start + 1}
    piece = text[start:end]
    values["text"] = piece if len(piece) <= 60 else piece[:59] + "…"
    return Problem(path, fault.code, values)


def _names(vocabulary: Vocabulary, functions: Mapping[str, FeelFunction]) -> Names:
    variables = [*(entry.id for entry in vocabulary if "." not in entry.id), "parameters"]
    return Names(variables, functions, PROPERTIES)


__all__ = [
    "Expression",
    "Profile",
    "compile_expression",
    "compile_unary_tests",
    "problem_of",
]
